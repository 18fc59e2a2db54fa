"""Where the header of a table is: below a title, on one line or two; and what is no row."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from sim.store.portfolio.forms import core_of, dates_of, is_missing, plain
from sim.store.portfolio.names import UNITS, key_of
from sim.store.portfolio.phrases import is_name
from sim.store.portfolio.told import Told, tell

SOUGHT = 30  #: records at the top among which the header is
BODY = 12  #: records below by which two lines of a header are told from one
#: In the cell that names an account, of no account.
_TOTAL = re.compile(
    r"(?:grand |sub[- ]?|overall |page )?totals?(?:[ :].*)?"
    r"|(?:sum|averages?|avg\.?|mean|median|counts?)(?::.*)?"
    r"|(?:本页|本日|本月|部门|分行)?(?:合\s*计|总\s*计|小\s*计|共\s*计|汇\s*总|平均值?|均值)(?:[(].*)?:?"
)
_SUM = re.compile(r"all")  #: a total where other cells are empty
_FOOT = re.compile(
    r"(?:total|合计|总计|共|备注|注|说明|制表"
    r"|note|source|generated|printed|report|end of|#|\*|--).*"
)


class Head(NamedTuple):
    """A header: the columns' names, and how many records it and what is above it take."""

    names: list[str]
    rows: int
    told: tuple[Told, ...] = ()


def sought(records: Sequence[tuple[int, list[str]]], wanted: Collection[str]) -> Head | None:
    """Return the header among the first records, None where there is none."""
    place = _place([fields for _, fields in records[:SOUGHT]], wanted)
    if place is None:
        return None
    line, fields = records[place]
    names = _trimmed([" ".join(field.split()) for field in fields])
    told: list[Told] = []
    if place:
        told.append(tell("title", line=line, n=place))
    rows = place + 1
    body = [below for _, below in records[rows : rows + BODY]]
    if _second(names, body):
        second = _trimmed([" ".join(field.split()) for field in body[0]])
        names = _joined(names, second)
        told.append(tell("two_lines", first=line, second=records[rows][0]))
        rows += 1
    return Head(names, rows, tuple(told))


def _place(rows: list[list[str]], wanted: Collection[str]) -> int | None:
    """Return which record is the header: the one with most known names, else the first wide one."""
    if not rows:
        return None
    known = [_known(row, wanted) for row in rows]
    best = max(known)
    width = max(len(_filled(row)) for row in rows)
    first = next(i for i, row in enumerate(rows) if 2 * len(_filled(row)) >= width)
    if best >= 2 or (best and width == 1):
        place = known.index(best)
        # Where the line above a known header is as full, the two are one header: begin there.
        above = rows[place - 1] if place else []
        if (
            place
            and first < place
            and _headish(above)
            and best == known[place]
            and known[place - 1]
        ):
            return place - 1
        return place
    return first


def _known(row: list[str], wanted: Collection[str]) -> int:
    texts = {" ".join(field.split()) for field in row} - {""}
    return len({key_of(t) for t in texts if t in wanted or is_name(t)})


def knows(rows: Sequence[list[str]]) -> bool:
    """Tell whether a table has a header with at least two names of ours."""
    return any(_known(row, ()) > 1 for row in rows[:SOUGHT])


def _filled(row: Sequence[str]) -> list[str]:
    return [field for field in row if field.strip()]


def _trimmed(names: list[str]) -> list[str]:
    while names and not names[-1]:
        names.pop()
    return names


def _headish(row: Sequence[str]) -> bool:
    """Tell whether a row holds words only, at least two."""
    cells = [plain(field) for field in _filled(row)]
    words = [c for c in cells if not is_missing(c) and not any(ch.isdigit() for ch in c)]
    return len(words) >= 2 and len(words) == len(cells)


def _second(names: list[str], body: list[list[str]]) -> bool:
    """Tell whether the first record below a header belongs to it."""
    if len(body) < 2 or not _headish(body[0]):
        return False
    units = [plain(field).strip("()[] ") for field in _filled(body[0])]
    if all(unit in UNITS for unit in units):
        return True
    below = sum(any(_valued(field) for field in row) for row in body[1:])
    if below < len(body) - 1:
        return False
    gaps = any(not name for name in names) or len(set(names)) < len(names)
    return gaps or _known(body[0], ()) >= 2


def _valued(field: str) -> bool:
    return core_of(field) is not None or (bool(field) and dates_of({field: 1}) is not None)


def _joined(first: list[str], second: list[str]) -> list[str]:
    """Return one name for each column of a header on two lines."""
    width = max(len(first), len(second))
    tops = first + [""] * (width - len(first))
    lows = second + [""] * (width - len(second))
    names, group = [], ""
    for top, low in zip(tops, lows, strict=True):
        group = top or group
        names.append(_one(top, low))
    clear = []
    group = ""
    for top, name in zip(tops, names, strict=True):
        group = top or group
        clear.append(f"{group} {name}" if names.count(name) > 1 and name != group else name)
    return clear


def _one(top: str, low: str) -> str:
    if not low or not top:
        return low or top
    unit = plain(low).strip("()[] ")
    if unit in UNITS:
        return f"{top} ({unit})"
    if is_name(low):
        return low
    return top if is_name(top) else low


def is_remark(fields: Sequence[str], width: int) -> bool:
    """Tell whether a record is a total or a remark below the table and no row of it."""
    filled = _filled(fields)
    if not filled:
        return False
    first = plain(filled[0])
    if _TOTAL.fullmatch(first) or (_SUM.fullmatch(first) and len(filled) < len(fields)):
        return True
    return len(filled) == 1 and width >= 3 and _FOOT.match(first) is not None
