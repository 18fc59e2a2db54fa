"""Read one column: its distinct cells are looked at once, and one form is chosen for all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.store.portfolio import forms
from sim.store.portfolio.ages import CLOSED, days_in, lateness
from sim.store.portfolio.forms import Day, Floats, Style, Twofold
from sim.store.portfolio.names import UNITS, split_unit
from sim.store.portfolio.phrases import in_periods
from sim.store.portfolio.told import Told, tell

if TYPE_CHECKING:
    from sim.store.portfolio.files import Cells

Bools = npt.NDArray[np.bool_]
MONTH = 30
MONTHLY = ("月", "个月", "months", "month")
OLDEST = 36_500  #: days that an age may have; larger whole numbers are dates


class Like(Protocol):
    """What must be known of a rule."""

    @property
    def money(self) -> bool:
        """Tell whether cells are amounts."""

    @property
    def age(self) -> str:
        """Return whether dates count as ages: "", ``since`` or ``late``."""


class Hints(NamedTuple):
    """What is known of a file's forms beside the column that is read.

    Parameters
    ----------
    decimal
        The decimal mark of the user's choice or of the file's other columns.
    dates
        ``day-first`` or ``month-first``, likewise.
    as_of
        Day to which ages are counted, one for the file or one for each row.
    delimiter
        What separates the file's fields.
    """

    decimal: Style = ""
    dates: str = ""
    as_of: npt.NDArray[np.datetime64] | None = None
    delimiter: str = ""


class Column(NamedTuple):
    """A column read: nan where a cell is no number, and which cells are empty."""

    units: Floats
    empty: Bools
    told: tuple[Told, ...] = ()


class Distinct(NamedTuple):
    """The distinct cells of a column that say something, and where each stands."""

    texts: dict[str, int]  #: and how often
    codes: npt.NDArray[np.int64]  #: place among `uniques` of each row
    uniques: list[str]
    empty: Bools

    def spread(self, values: Mapping[str, float]) -> Floats:
        """Return the value of each row's cell, nan where it has none."""
        each = np.array([values.get(text, np.nan) for text in self.uniques], dtype=np.float64)
        return each[self.codes] if len(each) else np.empty(0)

    def staged(self) -> Distinct:
        """Return the same where numbers count missed instalments: 2 is the stage M2."""
        named = [f"m{found[1]}" if (found := _COUNT.fullmatch(forms.plain(one))) else one
                 for one in self.uniques]  # fmt: skip
        if len(set(named)) < len(named):
            return self
        texts = dict(zip(self.uniques, named, strict=True))
        return self._replace(uniques=named, texts={texts[one]: n for one, n in self.texts.items()})


_COUNT = re.compile(r"0*([0-9]{1,2})(?:\.0+)?期?")


def distinct(text: pd.Series[str]) -> Distinct:
    """Return the distinct cells of a column."""
    codes, uniques = pd.factorize(text.to_numpy(dtype=object))
    names = [str(one) for one in uniques]
    counts = np.bincount(codes, minlength=len(names))
    missing = np.array([forms.is_missing(one) for one in names], dtype=np.bool_)
    texts = {one: int(n) for one, n, gone in zip(names, counts, missing, strict=True) if not gone}
    empty = missing[codes] if len(names) else np.zeros(0, dtype=np.bool_)
    return Distinct(texts, codes, names, empty)


def column(header: str, text: pd.Series[str], rule: Like, hints: Hints) -> Column:
    """Read a column as numbers: amounts, counts, or ages in days.

    Raises
    ------
    Twofold
        Two forms fit and differ.
    """
    seen = distinct(text)
    unit = split_unit(header)[1]
    if (
        rule.age == "late"
        and unit not in MONTHLY
        and (in_periods(header) or all(text.endswith("期") for text in seen.texts))
    ):
        seen = seen.staged()
    if rule.age and (found := _ages(header, seen, rule.age, hints)) is not None:
        return found
    cores = {one: core for one in seen.texts if (core := forms.core_of(one)) is not None}
    proof = forms.evidence((core, seen.texts[one]) for one, core in cores.items())
    style = forms.style_of(proof, hints.decimal, not rule.money, hints.delimiter)
    times = MONTH if rule.age and unit in MONTHLY else UNITS.get(unit, 1.0)
    values = {one: forms.value_of(core.digits, style) * core.factor * times
              for one, core in cores.items()}  # fmt: skip
    told = [*_styled(header, cores, style, proof)]
    if times != 1.0:
        told.append(tell("scaled", column=header, factor=f"{times:g}", unit=unit))
    return Column(seen.spread(values), seen.empty, tuple(told))


def _styled(
    header: str, cores: Mapping[str, forms.Core], style: Style, proof: forms.Evidence
) -> tuple[Told, ...]:
    """Say the style where cells have marks for thousands, or a comma for decimals."""
    cell = next((core.digits for core in cores.values() if _marked(core.digits, style)), "")
    if not cell:
        return ()
    key = "decimal_comma" if style == "," else "decimal_point"
    value = f"{forms.value_of(cell, style):.15g}"
    return (tell(key, column=header, cell=cell, value=value),)


def _marked(digits: str, style: Style) -> bool:
    return "," in digits or (style == "," and "." in digits)


def _ages(header: str, seen: Distinct, age: str, hints: Hints) -> Column | None:
    """Read ages that are written as durations, dates or labels; None where they are numbers."""
    plain_numbers = sum(n for text, n in seen.texts.items() if forms.core_of(text) is not None)
    total = sum(seen.texts.values())
    spans = {text: days for text in seen.texts if np.isfinite(days := days_in(text))}
    if spans and sum(seen.texts[text] for text in spans) * 10 >= total * 9:
        return Column(seen.spread(spans), seen.empty)
    dated = forms.dates_of(seen.texts, hints.dates) if _maybe_dates(seen, plain_numbers) else None
    if dated is not None:
        return _to_days(header, seen, dated, age, hints)
    if age != "late" or plain_numbers * 2 > total:
        return None
    labels = {text: late for text in seen.texts if np.isfinite(late := lateness(text))}
    if sum(seen.texts[text] for text in labels) * 10 < total * 9 or not labels:
        return None
    example = max(labels, key=lambda text: labels[text])
    told = tell("labels", column=header, cell=example, value=f"{labels[example]:g}")
    return Column(seen.spread(labels), seen.empty, (told,))


def _maybe_dates(seen: Distinct, plain_numbers: int) -> bool:
    """Tell whether cells may be dates: with marks or words, or whole numbers too large for ages."""
    if plain_numbers * 10 < sum(seen.texts.values()):
        return bool(seen.texts)
    bare = [forms.bare(text) for text in seen.texts]
    if all(text.count(".") == 2 for text in bare):
        return True
    return all(text.isdigit() and int(text) > OLDEST for text in bare)


def _to_days(header: str, seen: Distinct, dated: forms.Dates, age: str, hints: Hints) -> Column:
    """Count dates to the day of the report."""
    if hints.as_of is None:
        raise Twofold(
            next(iter(seen.texts)), "dates need the day of the report: --as-of 2026-09-30"
        )
    days = np.full(len(seen.uniques), np.datetime64("NaT"), dtype="datetime64[D]")
    for place, text in enumerate(seen.uniques):
        if text in dated.days:
            days[place] = dated.days[text]
    each = days[seen.codes]
    gone = np.isnat(each)
    units = (hints.as_of - each).astype("timedelta64[D]").astype(np.float64)
    units[gone] = np.nan
    units = np.maximum(units, 0.0) if age == "late" else units
    as_of = str(hints.as_of.max())
    told = [tell("age", column=header, form=dated.form, as_of=as_of)]
    if dated.form in forms.MONTH_FORMS:
        told.append(tell("month_days", column=header))
        units = np.maximum(units, 0.0)
    return Column(units, seen.empty, tuple(told))


def with_usual(
    cells: Cells, used: Mapping[str, str], rules: Mapping[str, Like], hints: Hints
) -> Hints:
    """Return the hints with the decimal mark that the file's clear columns share."""
    hints = hints._replace(delimiter=cells.delimiter)
    if hints.decimal:
        return hints
    styles = set()
    for ours in rules:
        if ours not in used or used[ours] not in cells.frame:
            continue
        seen = distinct(cells.frame[used[ours]])
        cores = [(core, n) for text, n in seen.texts.items() if (core := forms.core_of(text))]
        if clear := forms.clear_style(forms.evidence(cores)):
            styles.add(clear)
    return hints._replace(decimal=styles.pop()) if len(styles) == 1 else hints


def day_of_rows(text: pd.Series[str], choice: str) -> npt.NDArray[np.datetime64] | None:
    """Return the day of each row of a column of dates, the latest where a cell is empty."""
    seen = distinct(text)
    try:
        dated = forms.dates_of(seen.texts, choice) if seen.texts else None
    except Twofold:
        return None
    if dated is None:
        return None
    month = dated.form in forms.MONTH_FORMS
    ends: dict[str, Day] = {t: _end(day) if month else day for t, day in dated.days.items()}
    last = max(ends.values())
    days = np.array([ends.get(text, last) for text in seen.uniques], dtype="datetime64[D]")
    return days[seen.codes]


def _end(day: Day) -> Day:
    return forms.month_end(day)


def closed(text: pd.Series[str]) -> Bools:
    """Tell which states say that nothing is left to collect."""
    seen = distinct(text)
    found: Bools = seen.spread({one: lateness(one) for one in seen.texts}) == CLOSED
    return found
