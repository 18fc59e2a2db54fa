"""Every word of ours on a page, in the reader's language; numbers, money and dates likewise.

The English sentence is the key of its translation. Catalogues are `locale/zh_CN/*.po`, one per
workspace; they are read together, once.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

from babel.dates import format_date, format_datetime, format_timedelta, get_timezone
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from sim.compare import figures

LANGUAGES = {"en": "English", "zh": "简体中文"}
LOCALES = {"en": "en_US", "zh": "zh_CN"}
HTML = {"en": "en", "zh": "zh-CN"}
CATALOGUES = Path(__file__).parents[1] / "locale" / "zh_CN"


class Pair(Protocol):
    """A text that carries both languages, such as a strategy's title."""

    @property
    def en(self) -> str: ...  # noqa: D102
    @property
    def zh(self) -> str: ...  # noqa: D102


@cache
def catalogue() -> dict[str, str]:
    """Return Chinese by English, of all catalogues."""
    found: dict[str, str] = {}
    for file in sorted(CATALOGUES.glob("*.po")):
        with file.open("rb") as lines:
            for message in read_po(lines, locale="zh_CN", abort_invalid=True):
                if message.id and message.string:
                    found[str(message.id)] = str(message.string)
    return found


def mark(message: str) -> str:
    """Return *message* as it is: it is translated later, where it is said."""
    return message


@dataclass(frozen=True)
class Words:
    """The words of one reader: `t("{n} runs", n=3)` says it in their language."""

    lang: str = "en"
    zone: str = "UTC"

    def __call__(self, message: str, /, **words: object) -> str:
        """Return *message* in the reader's language, its words filled in."""
        said = catalogue().get(message, message) if self.lang == "zh" else message
        if self.lang != "zh":
            said = figures.singular(said, words)
        return said.format(**words) if words else said

    def pick(self, text: Pair | tuple[str, str]) -> str:
        """Return a text that carries both languages in the reader's; English where one lacks."""
        en, zh = text if isinstance(text, tuple) else (text.en, text.zh)
        return (zh if self.lang == "zh" else en) or en or zh

    def knob(self, text: str) -> str:
        """Return what a knob means (`KnobRow.text`), its unit or its source."""
        return catalogue().get(text, text) if self.lang == "zh" else text

    def number(self, value: float, half_width: float | None = None, *, signed: bool = False) -> str:
        """Return a number rounded by its own uncertainty; never "nan" or "-0"."""
        return figures.number(value, half_width, signed=signed, lang=self.lang)

    def money(self, value: float, half_width: float | None = None, *, signed: bool = False) -> str:
        """Return CNY: thousands and millions, or 万元 and 亿元."""
        return figures.money(value, half_width, lang=self.lang, signed=signed)

    def count(self, value: int) -> str:
        """Return a whole number with its thousands apart."""
        return str(format_decimal(value, locale=LOCALES[self.lang]))

    def percent(self, share: float, decimals: int = 0) -> str:
        """Return a share of 1 in per cent."""
        form = "#,##0." + "0" * decimals + "%" if decimals else "#,##0%"
        return str(format_percent(share, form, locale=LOCALES[self.lang]))

    def unit(self, text: str, *, difference: bool = False) -> str:
        """Return a unit's name, a metric's or a knob's."""
        return self.knob(figures.unit(text, self.lang, difference=difference))

    def date(self, moment: dt.datetime | dt.date) -> str:
        """Return a day, such as Nov 22, 2026."""
        return str(format_date(moment, "medium", locale=LOCALES[self.lang]))

    def moment(self, moment: dt.datetime) -> str:
        """Return day and time on the reader's clock."""
        zone = get_timezone(self.zone)
        return str(format_datetime(moment, "short", tzinfo=zone, locale=LOCALES[self.lang]))

    def duration(self, seconds: float) -> str:
        """Return a rough length of time, such as 40 seconds or 3 minutes."""
        step = 1 if seconds < 10 else 5 if seconds < 60 else 60 if seconds < 3600 else 600
        rough = dt.timedelta(seconds=max(1, round(seconds / step) * step))
        return str(format_timedelta(rough, threshold=1.2, locale=LOCALES[self.lang]))

    def listed(self, names: list[str]) -> str:
        """Return names as a list in a sentence."""
        return ("、" if self.lang == "zh" else ", ").join(names)
