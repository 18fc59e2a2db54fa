"""The forms in which lenders write numbers, dates and ages, recognised per column.

A form is chosen for a whole column, by what fits all of it; no cell is read in a form of its own.
Where two forms fit and mean different things the column is refused, unless the file's other
columns or the user decide.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.core.errors import BadInput
from sim.store.portfolio.coins import COIN, COIN_BEFORE

Floats = npt.NDArray[np.float64]
Style = Literal["", ".", ","]

MISSING = frozenset(
    ("", "na", "n/a", "n.a.", "n.a", "n/a n/a", "null", "nan", "none", "nil", "nat", "blank",
     "empty", "missing", "无", "空", "空白", "暂无", "暂缺", "缺失", "未知", "不详",
     "未填", "未填写", "未录入", "无数据", "不适用", "无记录",
     "unknown", "not available", "not applicable", "undefined", "tbd", "tba"),
)  # fmt: skip
_WRAPS = " ()[]<>{}\\#'\"【】“”‘’"
DIGITS = 15  #: exact in a float, through which decimals go

_BEHIND = rf"(?:{COIN}|天|日|days?\b|d\b|dys?\b|期|个月|months?\b|次|笔|/-)"
_SCALES = {"百万": 1e6, "千万": 1e7, "十万": 1e5, "万": 1e4, "萬": 1e4, "亿": 1e8, "千": 1e3,
           "lakh": 1e5, "lakhs": 1e5, "lac": 1e5, "lacs": 1e5, "crore": 1e7, "crores": 1e7,
           "mn": 1e6, "million": 1e6, "thousand": 1e3, "k": 1e3}  # fmt: skip
_SHAPE = re.compile(
    rf"(?P<open>\()?\s*(?P<sign>[-+])?\s*(?:{COIN_BEFORE})?\s*(?P<inner>[-+])?\s*"
    r"(?P<core>[0-9.,' _]*[0-9.,])(?:e(?P<power>[-+]?[0-9]{1,2}))?"
    rf"\s*(?P<scale>{'|'.join(sorted(_SCALES, key=len, reverse=True))})?"
    rf"\s*(?:{_BEHIND})?\s*(?:/-)?\s*(?P<side>dr|cr)?\.?\s*(?P<after>-)?\s*(?P<close>\))?"
)
_POINT = re.compile(
    r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+|"
    r"[1-9][0-9]{0,2}(?P<g>[,' _])[0-9]{3}(?:(?P=g)[0-9]{3})*(?:\.[0-9]*)?"
    r"|[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}(?:\.[0-9]*)?"
)
_COMMA = re.compile(
    r"[0-9]+(?:,[0-9]*)?|,[0-9]+|[1-9][0-9]{0,2}(?P<g>[.' ])[0-9]{3}(?:(?P=g)[0-9]{3})*(?:,[0-9]*)?"
)


def plain(text: str) -> str:
    """Return *text* with half-width signs, one kind of space and digits, and small letters."""
    if text.isascii():
        return text.strip().casefold()
    text = unicodedata.normalize("NFKC", text).translate(_SIGNS)
    text = "".join(str(unicodedata.decimal(ch)) if ch.isdecimal() else ch for ch in text)
    return " ".join(text.split()).casefold()


_SIGNS = str.maketrans({"−": "-", "’": "'", "٬": ",", "٫": ".", "\u200b": None, "\ufeff": None})


def is_missing(text: str) -> bool:
    """Tell whether a cell says that nothing stands there: no letter or digit, or a word for it."""
    said = plain(text)
    if any(map(str.isalnum, said)):
        return said.strip(_WRAPS) in MISSING or said == "\\n" or bool(_FAULT.fullmatch(said))
    return True


_FAULT = re.compile(
    r"#[a-z0-9/_]+[!?]?|0000[-/]?00[-/]?00.*|1900[-/]01[-/]00.*|00[-/]00[-/]0000.*"
)  # of spreadsheets, databases


# --- numbers -------------------------------------------------------------------------------------


class Core(NamedTuple):
    """A number without its signs and words: its digits and marks, and what they are times."""

    digits: str
    factor: float


def core_of(text: str) -> Core | None:
    """Return the digits in a cell and what they are multiplied by; None where it is no number."""
    found = _SHAPE.fullmatch(plain(text))
    if found is None or (found["open"] is None) is not (found["close"] is None):
        return None
    signs = [found["sign"] == "-", found["inner"] == "-", found["after"] == "-",
             found["open"] is not None, found["side"] == "cr"]  # fmt: skip
    if sum(signs) > 1 or sum(ch.isdigit() for ch in found["core"]) > DIGITS + 4:
        return None
    scale = _SCALES.get(found["scale"] or "", 1.0) * float(f"1e{found['power'] or 0}")
    digits = found["core"].strip()
    if found["power"] and not digits.isdigit():
        digits += "0"  # 1.234E+03 has a decimal mark, whatever 1.234 alone may be
    return Core(digits, -scale if any(signs) else scale)


def value_of(digits: str, style: Style) -> float:
    """Return what digits and marks mean in a style, nan where they do not fit it."""
    if not (_COMMA if style == "," else _POINT).fullmatch(digits):
        return np.nan
    if style == ",":
        digits = re.sub("[.' ]", "", digits).replace(",", ".")
    else:
        digits = re.sub("[,' _]", "", digits)
    whole = digits.partition(".")[0].lstrip("0")
    return float(digits) if len(whole) <= DIGITS else np.nan


class Evidence(NamedTuple):
    """How many cells of a column fit one style only, and an example of what fits two."""

    point: int
    comma: int
    grouped_comma: str  #: such as 1,234: thousands, or three decimals
    grouped_point: str  #: such as 1.234


def evidence(cores: Iterable[tuple[Core, int]]) -> Evidence:
    """Weigh a column's distinct cells, each with how often it stands."""
    point = comma = 0
    examples = {",": "", ".": ""}
    for core, times in cores:
        a, b = value_of(core.digits, "."), value_of(core.digits, ",")
        if np.isnan(a) and not np.isnan(b):
            comma += times
        elif np.isnan(b) and not np.isnan(a):
            point += times
        elif a != b and not np.isnan(a):
            mark = "," if "," in core.digits else "."
            examples[mark] = examples[mark] or core.digits
    return Evidence(point, comma, examples[","], examples["."])


def clear_style(seen: Evidence) -> Style:
    """Return the style that a column's own cells show, "" where they show none or both."""
    if seen.point >= 4 * seen.comma and seen.point:
        return "."
    return "," if seen.comma >= 4 * seen.point and seen.comma else ""


class Twofold(ValueError):  # noqa: N818
    """Two forms fit a column and differ.

    Parameters
    ----------
    cell
        A cell that may mean two things.
    allowed
        How the user can decide.
    """

    def __init__(self, cell: str, allowed: str) -> None:
        self.cell, self.allowed = cell, allowed
        super().__init__(f"{cell!r}: {allowed}")


def style_of(seen: Evidence, usual: Style, whole: bool, delimiter: str) -> Style:
    """Return the style of a column.

    Parameters
    ----------
    seen
        What its cells show.
    usual
        The style of the file's other columns or of the user's choice, "" where unknown.
    whole
        Only whole numbers make sense in it.
    delimiter
        What separates the file's fields: a semicolon points to a comma in numbers.

    Raises
    ------
    Twofold
        The cells fit two styles and nothing decides.
    """
    clear = clear_style(seen)
    if clear:
        return clear
    if seen.point and seen.comma:
        raise Twofold("1.5 and 1,5", "one decimal mark in the whole column")
    cell = seen.grouped_comma or seen.grouped_point
    if not cell:
        return usual or "."
    if seen.grouped_comma and seen.grouped_point:
        raise Twofold(f"{seen.grouped_comma} and {seen.grouped_point}", "one decimal mark")
    if usual and not (usual == "," and seen.grouped_comma):
        return usual
    if whole:
        return "." if seen.grouped_comma else ","
    if seen.grouped_comma and not usual and delimiter != ";":
        return "."  # money has no three decimals
    raise Twofold(cell, "thousands or decimals: both fit; say --mapping decimal=. or decimal=,")


# --- dates ---------------------------------------------------------------------------------------

_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTHS = {name: i + 1 for i, name in enumerate(_NAMES)}
_LONG = {"january", "february", "march", "april", "june", "july", "august", "september", "sept",
         "october", "november", "december"}  # fmt: skip
_TIME = re.compile(
    r"[t ]\s*[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?\s*(?:[ap]m)?\s*"
    r"(?:z|utc|[-+][0-9]{2}:?[0-9]{2})?$"
)
DAY_FORMS = {
    "YYYY-MM-DD": (r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?", "ymd"),
    "YYYYMMDD": (r"([0-9]{4})([0-9]{2})([0-9]{2})", "ymd"),
    "DD/MM/YYYY": (r"([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{4}|[0-9]{2})", "dmy"),
    "MM/DD/YYYY": (r"([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{4}|[0-9]{2})", "mdy"),
    "YY/MM/DD": (r"([0-9]{2})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})", "ymd"),
    "DD Mon YYYY": (
        r"([0-9]{1,2})(?:st|nd|rd|th)?[-/ .]*([a-z]{3,9})[-/ .,]*([0-9]{4}|[0-9]{2})", "dmy"),
    "Mon DD YYYY": (r"([a-z]{3,9})[-/ .]*([0-9]{1,2})(?:st|nd|rd|th)?[-/ .,]+([0-9]{4})", "mdy"),
    "YY年M月D日": (r"([0-9]{2})年([0-9]{1,2})月([0-9]{1,2})日", "ymd"),
    "Unix time": (r"(1[0-9]{9}(?:[0-9]{3})?)", "u"),
    "Excel days": (r"([0-9]{5})(?:\.[0-9]+)?", "x"),
}  # fmt: skip
MONTH_FORMS = {
    "YYYYMM": (r"([0-9]{4})([0-9]{2})", "ym"),
    "YYMM": (r"([0-9]{2})([0-9]{2})", "ym"),
    "YYYY-MM": (r"([0-9]{4})[-/.年 _]m?([0-9]{1,2})月?份?", "ym"),
    "YY年M月": (r"([0-9]{2})年([0-9]{1,2})月份?", "ym"),
    "YYYYMmm": (r"([0-9]{4})m([0-9]{1,2})", "ym"),
    "MM/YYYY": (r"([0-9]{1,2})[-/. ]([0-9]{4})", "my"),
    "Mon-YY": (r"([a-z]{3,9})[-/ .,']*([0-9]{4}|[0-9]{2})", "my"),
    "YY-Mon": (r"([0-9]{4}|[0-9]{2})[-/ .']*([a-z]{3,9})", "ym"),
}
FORMS = {**DAY_FORMS, **MONTH_FORMS}
#: Where only months may stand: elsewhere they are as often a range or a share.
SHORT_MONTHS = {
    "MM/YY": (r"([0-9]{1,2})[-/]([0-9]{2})", "my"),
    "YY/MM": (r"([0-9]{2})[-/]([0-9]{1,2})", "ym"),
    "YYYYMM grouped": (r"([0-9]{3},[0-9])([0-9]{2})", "ym"),
}
_PATTERNS = {
    name: (re.compile(pattern), order)
    for name, (pattern, order) in {**FORMS, **SHORT_MONTHS}.items()
}
FIRST, LAST = 1950, 2100  #: years
MIDDLE = 15  #: day of a month that is all a cell says
Day = np.datetime64


def _numbered(part: str, what: str) -> int:
    part = part.replace(",", "")
    if what == "y" and len(part) == 2:
        return int(part) + (2000 if int(part) < 80 else 1900)
    if part.isdigit():
        return int(part)
    return MONTHS.get(part[:3], 0) if part in MONTHS or part in _LONG else 0


def _date(text: str, form: str) -> Day | None:
    """Return the day that a cell says in a form; of a month its middle."""
    pattern, order = _PATTERNS[form]
    found = pattern.fullmatch(text)
    if found is None:
        return None
    if order == "u":
        return np.datetime64("1970-01-01", "D") + int(found[1][:10]) // 86_400
    if order == "x":
        days = int(found[1])
        return np.datetime64("1899-12-30", "D") + days if 18_000 <= days <= 80_000 else None
    at = {what: _numbered(part, what) for what, part in zip(order, found.groups(), strict=True)}
    at.setdefault("d", MIDDLE)
    if not (FIRST <= at["y"] <= LAST and 1 <= at["m"] <= 12 and 1 <= at["d"] <= 31):
        return None
    try:
        return np.datetime64(f"{at['y']:04d}-{at['m']:02d}-{at['d']:02d}", "D")
    except ValueError:
        return None


_WEEKDAY = re.compile(
    r"^(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?[., ]+"
    r"|[（(]?(?:周|星期)[一二三四五六日天][)）]?"
)


def bare(text: str) -> str:
    """Return a date's text without its time, and a whole number without a point and zeros."""
    said = _WEEKDAY.sub("", _TIME.sub("", plain(text))).strip()
    return re.sub(r"^([0-9]+)\.0+$", r"\1", re.sub(r"\s*([-/])\s*", r"\1", said))


class Dates(NamedTuple):
    """A column of dates."""

    form: str
    days: dict[str, Day]  #: by the cell's text; what does not fit is not in it


def dates_of(texts: dict[str, int], choice: str = "", forms: Iterable[str] = FORMS) -> Dates | None:
    """Return the dates in a column's distinct cells, or None where it holds none.

    Parameters
    ----------
    texts
        Each distinct cell, nothing missing, and how often it stands.
    choice
        ``day-first`` or ``month-first`` where that is known, else "".
    forms
        Which forms may be meant.

    Raises
    ------
    Twofold
        Day first and month first both fit, and differ.
    """
    short = {text: bare(text) for text in texts}
    fitting = []
    for form in forms:
        days = {t: day for t, s in short.items() if (day := _date(s, form)) is not None}
        hits = sum(texts[t] for t in days)
        if hits:
            fitting.append((hits, Dates(form, days)))
    total = sum(texts.values())
    if not total:
        return None
    best = max((hits for hits, _ in fitting), default=0)
    if best * 10 < total * 9:
        return None
    return _decided([found for hits, found in fitting if hits == best], choice)


def _decided(found: list[Dates], choice: str) -> Dates:
    first = found[0]
    if all(other.days == first.days for other in found[1:]):
        return first
    for one in found:
        if one.form in CHOSEN.get(choice, ()):
            return one
    for test in (_monthly, _ends):
        fitting = [one for one in found if test(one)]
        if len(fitting) == 1:
            return fitting[0]
    cell = next(t for t in first.days if any(o.days.get(t) != first.days[t] for o in found[1:]))
    names = " or ".join(one.form for one in found)
    ways = [f"dates={c}" for c, fits in CHOSEN.items() if any(o.form in fits for o in found)]
    raise Twofold(cell, f"{names}: both fit; say --mapping {' or '.join(ways)}")


#: How a user decides between forms.
CHOSEN = {
    "day-first": ("DD/MM/YYYY",),
    "month-first": ("MM/DD/YYYY", "MM/YY"),
    "year-first": ("YY/MM/DD", "YY/MM"),
}


def _ends(one: Dates) -> bool:
    """Tell whether all days are ends of months."""
    return all(day == month_end(day) for day in one.days.values())


def _monthly(one: Dates) -> bool:
    """Tell whether the distinct days are one for each month, as reporting dates are."""
    days = sorted(set(one.days.values()))
    if len(days) < 3:
        return False
    months = [day.astype("datetime64[M]") for day in days]
    return len(set(months)) == len(months) and len({day.astype(object).day for day in days}) <= 4


def day_in(where: str, key: str, text: str) -> Day:
    """Return the one day that a user names, such as the day of a report.

    Raises
    ------
    BadInput
        No day, or one of which month and day are not clear.
    """
    try:
        found = dates_of({text: 1})
    except Twofold as twofold:
        raise BadInput(where, key, text, twofold.allowed) from None
    if found is None:
        raise BadInput(where, key, text, "a date such as 2026-09-30")
    day = found.days[text]
    if found.form in MONTH_FORMS:  # a report of a month is of its end
        return month_end(day)
    return day


def month_end(day: Day) -> Day:
    """Return the last day of a day's month."""
    end: Day = (day.astype("datetime64[M]") + 1).astype("datetime64[D]") - np.timedelta64(1, "D")
    return end
