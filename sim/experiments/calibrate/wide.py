"""A history with a column for each month, and how columns of a history are called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from sim.core.errors import BadInput
from sim.store.portfolio import forms
from sim.store.portfolio.files import Cells
from sim.store.portfolio.forms import Twofold
from sim.store.portfolio.phrases import phrase_of
from sim.store.portfolio.told import tell

LEAST = 3  #: columns that make a table wide
MOST_LATE = 12  #: months late that a state counts before it is days
_DIGITS = re.compile(r"^(\D*)(.*?)(\D*)$")
_BARE = re.compile(r"(?:month|mth|m|period|第|t|mob)?[ _]?(-?[0-9]{1,3})(?:期|个月)?")
_STAGE = re.compile(r"[Mm][0-9]+")  #: as a column more often a stage than a month
_YEARS = ("year", "yr", "年", "年份", "年度")
_PHRASES = {
    "month": re.compile(
        r"(?:(?:report|reporting|statement|snapshot|observation|data|calendar|as of|performance"
        r"|billing|accounting|year|cycle) )?"
        r"(?:month|mth|period|yyyymm|ym)(?: (?:end|ending|date|key|id))*|date"
        r"|(?:统计|数据|观察|账务|账单|报告|报表|快照|业务|会计|所属)?"
        r"(?:年月|月份|月度|月末|月|账期|期间|时点)(?:日期)?"
    ),
    "status": re.compile(
        r"(?:(?:delinquency|delinq|dlq|arrears|overdue|dpd|loan|account|payment|repayment|perf) )*"
        r"(?:status|state|stat|bucket|stage|band)(?: code)?|delinq|dlq"
        r"|(?:当前|月末)?(?:逾期|拖欠|账户|还款|贷款)?(?:状态|期数|等级|阶段|档位|期次)|逾期"
    ),
    "dpd": re.compile(r".*\bdpd\b.*|.*days (?:past due|late|overdue|in arrears)|.*天数?|.*日数"),
}


class Wide(NamedTuple):
    """The columns that are months, what month each is, and what their names say is in them."""

    months: dict[str, str]
    days: bool = False


def speaks_of(ours: str, header: str) -> bool:
    """Tell whether a header is what lenders call a column of a history."""
    return _PHRASES[ours].fullmatch(phrase_of(header)) is not None


def wide(cells: Cells) -> Wide | None:
    """Return the columns that are months: at least three of one form, behind one word."""
    for days, named in _candidates(cells.header):
        if (found := _months(cells, named)) is not None:
            return Wide(found, days)
    return None


def _candidates(header: list[str]) -> list[tuple[bool, dict[str, str]]]:
    """Return what may be months of one thing: the names as they are, or without a shared word."""
    groups: dict[tuple[str, str], dict[str, str]] = {}
    for one in header:
        before, core, after = _DIGITS.fullmatch(one.strip()).groups()  # type: ignore[union-attr]
        if core and re.sub(r"[\s_:.-]", "", before + after):
            mark = "" if after[:1] in tuple("年月") else after
            groups.setdefault((before, mark), {})[one] = one.strip().removeprefix(before)
            groups[before, mark][one] = groups[before, mark][one].removesuffix(mark).strip(" _-")
    found = [(False, {one: one for one in header})]
    for (before, after), named in groups.items():
        word = f"{before.strip(' _-')} {after.strip(' _-')}".strip()
        if speaks_of("dpd", word):
            found.append((True, named))
        elif speaks_of("status", word) or word.casefold() in ("s", "m", "t", "month"):
            found.append((False, named))
    return found


def _months(cells: Cells, named: Mapping[str, str]) -> dict[str, str] | None:
    """Return the month that each of these names says; None where fewer than `LEAST` do."""
    kinds = {**forms.FORMS, **forms.SHORT_MONTHS}
    usual = [form for form in kinds if form not in ("Excel days", "Unix time")]
    dated = [h for h, short in named.items() if any(
        forms.dates_of({short: 1}, forms=(form,)) for form in usual)]  # fmt: skip
    if len(dated) < LEAST:
        return _numbered(named) or _excel(named)
    try:
        found = forms.dates_of({named[h]: 1 for h in dated}, "", usual)
    except Twofold as twofold:
        raise BadInput(cells.name, "header", twofold.cell, twofold.allowed) from None
    return (
        {h: str(found.days[named[h]]) for h in dated if named[h] in found.days} if found else None
    )


def relative(text: str) -> str | None:
    """Return the number of a month that is counted: ``Month 3``, ``第3期``, ``T-5``, ``3``."""
    found = _BARE.fullmatch(forms.plain(text))
    return str(int(found[1])) if found else None


def _numbered(named: Mapping[str, str]) -> dict[str, str] | None:
    counted = {h: n for h, short in named.items()
               if not _STAGE.fullmatch(short) and (n := relative(short)) is not None}  # fmt: skip
    numbers = sorted(int(n) for n in counted.values())
    inarow = len(numbers) >= LEAST and numbers == list(range(numbers[0], numbers[-1] + 1))
    return counted if inarow else None


def _excel(named: Mapping[str, str]) -> dict[str, str] | None:
    """Return months that are Excel's numbers of days: a month apart from each other."""
    found = [h for h, short in named.items() if re.fullmatch(r"[34][0-9]{4}", short)]
    days = sorted(int(named[h]) for h in found)
    if len(days) < LEAST or not all(28 <= gap <= 31 for gap in np.diff(days)):
        return None
    dated = forms.dates_of({named[h]: 1 for h in found}, "", ("Excel days",))
    return {h: str(dated.days[named[h]]) for h in found} if dated else None


def with_years(cells: Cells, month: str) -> Cells:
    """Return the same with months that say their year, where a column beside them has it."""
    years = next((h for h in cells.header if phrase_of(h) in _YEARS and h != month), "")
    said = {text: _of_year(text) for text in set(cells.frame[month])} if years else {}
    if not years or not all(said.values()):
        return cells
    whole = [f"{forms.bare(year)}-{said[text]:02}" for year, text in
             zip(cells.frame[years], cells.frame[month], strict=True)]  # fmt: skip
    return cells._replace(frame=cells.frame.assign(**{month: whole}))


def _of_year(text: str) -> int:
    """Return which month of a year a cell says, 0 where it says none."""
    said = forms.bare(text).removesuffix("月份").removesuffix("月")
    number = int(said) if said.isdigit() else forms.MONTHS.get(said[:3], 0)
    return number if 1 <= number <= 12 else 0


def long(cells: Cells, used: dict[str, str], found: Wide) -> tuple[Cells, dict[str, str]]:
    """Return the same table with a row for each account and month."""
    months = found.months
    account = used.get("account", next((h for h in cells.header if h not in months), ""))
    if not account:
        return cells, used
    parts = [
        pd.DataFrame({"account": cells.frame[account], "month": month, "status": cells.frame[h]})
        for h, month in months.items()
    ]
    ordered = sorted(months.values(), key=lambda m: (int(m), "") if _is_count(m) else (0, m))
    told = tell("wide", n=len(months), first=ordered[0][:7], last=ordered[-1][:7])
    frame = pd.concat(parts, ignore_index=True)
    names = {"account": "account", "month": "month", "status": "status"}
    if found.days or any("dpd" in h.casefold() or "天" in h for h in months):
        names["dpd"] = names.pop("status")
    lines = np.tile(cells.lines, len(parts))
    return cells._replace(frame=frame, lines=lines).with_told(told), names


def _is_count(month: str) -> bool:
    return re.fullmatch(r"-?[0-9]{1,3}", month) is not None


def are_days(numbers: pd.Series[float]) -> bool:
    """Tell whether states are days: more of them are beyond a count of months than small."""
    beyond = (numbers > MOST_LATE).sum()
    return bool(beyond > ((numbers > 0) & (numbers <= 4)).sum())
