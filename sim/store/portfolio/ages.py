"""Ages and states in words: durations, ranges of days, stages, and what is closed."""

from __future__ import annotations

import re

import numpy as np

from sim.store.portfolio.forms import plain

_DURATION = re.compile(
    r"(?P<before>已?(?:逾期|拖欠|超期)|days?:?|dpd:?|overdue:?|late:?)?\s*(?:p)?(?P<n>-?[0-9]+(?:\.[0-9]+)?)\s*"
    r"(?P<unit>day\(s\)|days?|dpd|tage?|jours?|d[ií]as?|d|天|日|weeks?|wks?|w|周|months?|mo|m|个月|月)?"
    r"(?:,?\s*-?[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?|t(?:0h)?(?:0m)?(?:0(?:\.0+)?s)?)?"
    r"\s*(?P<after>(?:past due|overdue|late|in arrears|delinquent|逾期))?"
)
_SPAN = {"w": 7, "周": 7, "m": 30, "个": 30, "月": 30}
CLOSED = -1  #: of a state: paid or written off, nothing to collect
_DONE = re.compile(
    r"fully.?paid|paid.?(?:off|in.?full|up)|^paid$|complete|closed?$|repaid|settled|结清|还清|已债转|cancel+ed|prepaid|已还完|结束"
)
_GOOD = re.compile(
    r"current|正常|performing|in.?grace|^ok$|up.?to.?date|未逾期|not.?(?:late|overdue|past.?due)|^active$|on.?time"
)
_RANGE = re.compile(r"(?<![0-9])([0-9]{1,4})\s*(?:-|–|to|~|至|到|_)\s*([0-9]{1,4})(?![0-9])")
_OPEN = re.compile(
    r"(?:>=?|over|more than|above|超过|大于)\s*([0-9]{1,4})"
    r"|([0-9]{1,4})\s*(?:\+|days?\s*\+|天?以上)"
)
_STAGE = re.compile(
    r"(?:m|b|bkt|bucket|stage)[ _-]?([0-9]{1,2})\+?"
    r"|(?:逾期|拖欠)?([0-9]{1,2}|[一二三四五六七八九])(?:期|档)(?:以上)?"
)
_HAN = "〇一二三四五六七八九"
#: India's classes of assets: special mention accounts by 30 days, then not performing.
_CLASSES = {"std": 0.0, "standard": 0.0, "sma-0": 15.0, "sma0": 15.0, "sma 0": 15.0, "sma-1": 45.0, "sma1": 45.0,
            "sma 1": 45.0, "sma-2": 75.0, "sma2": 75.0, "sma 2": 75.0, "npa": 105.0}  # fmt: skip


def days_in(text: str) -> float:
    """Return the days in a duration such as ``45 days`` or ``5 days, 0:00:00``, else nan."""
    found = _DURATION.fullmatch(plain(text))
    if found is None or not (found["unit"] or found["before"] or found["after"]):
        return np.nan
    return float(found["n"]) * _SPAN.get((found["unit"] or "d")[0], 1)


def lateness(text: str) -> float:
    """Return the days late that a label says, in the middle of a range; `CLOSED`; else nan.

    Examples
    --------
    >>> lateness("Late (31-120 days)"), lateness("M2"), lateness("Fully Paid")
    (76.0, 45.0, -1.0)
    """
    said = plain(text)
    if said in _CLASSES:
        return _CLASSES[said]
    if found := _STAGE.fullmatch(said):
        stage = found[1] or found[2]
        return max(0.0, 30.0 * ((int(stage) if stage.isdigit() else _HAN.index(stage)) - 1) + 15.0)
    if found := _RANGE.search(said):
        low, high = int(found[1]), int(found[2])
        return float((low + high + 1) // 2) if low <= high else np.nan
    if found := _OPEN.search(said):
        return float(int(found[1] or found[2]) + 15)
    if _DONE.search(said):
        return float(CLOSED)
    return 0.0 if _GOOD.search(said) else np.nan
