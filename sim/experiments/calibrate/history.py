"""A lender's own history as months: the UCI card layout, or one row per account and month.

The second needs the columns ``account``, ``month`` (a month end in any usual form, or a whole
number that sorts) and ``dpd`` or ``status`` (0 current, 1 for 1-30 days late and so on, and the
usual codes); ``payment`` (received in that month) and ``balance`` (open at its end) where payment
sizes are to be read. A table may also have a column for each month, or a row for each instalment
with its due day and the day it was paid. Only months and amounts are used; nothing of a person is
kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.core.errors import BadInput, choose
from sim.experiments.calibrate.schedule import months_of_schedule, scheduled
from sim.experiments.calibrate.spells import UNKNOWN, Floats, Ints, Months
from sim.experiments.calibrate.wide import are_days, long, relative, speaks_of, wide, with_years
from sim.store.portfolio import forms, uci, wanted
from sim.store.portfolio.ages import days_in, lateness
from sim.store.portfolio.columns import Distinct, Hints, column, distinct
from sim.store.portfolio.files import Cells, load, used_once
from sim.store.portfolio.forms import Twofold
from sim.store.portfolio.naming import guess, named_column, sayable, split
from sim.store.portfolio.phrases import in_periods
from sim.store.portfolio.privacy import shown
from sim.store.portfolio.told import Told, tell

STATES = ("PAY_6", "PAY_5", "PAY_4", "PAY_3", "PAY_2")  #: April to August; September differs
BILLS = ("BILL_AMT6", "BILL_AMT5", "BILL_AMT4", "BILL_AMT3", "BILL_AMT2")
#: A state is that of its month's bill after the FOLLOWING month's payment.
PAID = ("PAY_AMT5", "PAY_AMT4", "PAY_AMT3", "PAY_AMT2", "PAY_AMT1")
CARD = (*STATES, *BILLS, *PAID)
NAMES = ("account", "month", "status", "dpd", "payment", "balance")
LONGEST = 600  #: months
MOST = 200_000_000  #: accounts times months
REFUSED = 10  #: cells that a message names
#: Usual headers, by the letters in them.
GUESSES = {
    "month": ("month", "月份", "统计月", "统计月份", "账期", "MONTHS_BALANCE", "Monthly Reporting Period", "reporting_month",
              "report_month", "period", "month_end", "yyyymm", "年月", "数据日期", "report_date", "snapshot_date", "as_of_date"),
    "status": ("status", "逾期状态", "状态", "bucket", "Current Loan Delinquency Status", "delinquency_status",
               "dpd_bucket", "逾期期数", "五级分类"),
    "payment": ("payment", "还款金额", "实还金额", "amount_paid", "paid", "payment_amount"),
}  # fmt: skip
#: What codes of the usual credit bureaus say; a digit or ``M1`` says itself.
CODES = {
    **dict.fromkeys(("c", "current", "n", "m0", "正常", "closed", "结清", "已结清", "g", "*", "ok", "cur", "paid"), 0.0),
    **dict.fromkeys(("x", "u", "#", "xx", "unknown", "ra", "未知", "不详"), float(UNKNOWN)),
}  # fmt: skip


class History(NamedTuple):
    """A lender's months, and how they were read."""

    months: Months
    told: tuple[Told, ...] = ()


def read_history(path: str | Path, mapping: Mapping[str, str] | None = None) -> Months:
    """Read the history in *path*; see `history_of`."""
    return history_of(path, mapping).months


def history_of(path: str | Path, mapping: Mapping[str, str] | None = None) -> History:
    """Read the history in *path*, a CSV, Excel or Parquet file, and tell how.

    Parameters
    ----------
    mapping
        Our column name to the file's, where the file uses other names.

    Raises
    ------
    BadInput
        A file of neither layout, a column missing, or cells that say nothing.
    """
    mapping = dict(mapping or {})
    names = {*wanted(mapping), *GUESSES["month"], *GUESSES["status"]}
    cells, _ = load(Path(path), sheet=mapping.get("sheet", ""), wanted=names)
    if uci.recognised(cells.header) and not mapping:
        return History(_card(cells))
    if scheduled(cells.header) and not mapping:
        return History(*months_of_schedule(cells))
    columns, choices = split(mapping)
    used = _used(cells, columns)
    if "month" not in used and (months := wide(cells)) is not None:
        cells, used = long(cells, used, months)
    elif "month" in used:
        cells = with_years(cells, used["month"])
    return _table(cells, used, choices)


def _card(cells: Cells) -> Months:
    """Return the card file's months.

    A state is the outcome of its month's bill, decided by the payment of the following month. So
    what an account late in month m pays next goes against the bill of m + 1, and its state then
    is that of m + 1.
    """
    missing = [name for name in CARD if name not in cells.header]
    if missing:
        raise BadInput(cells.name, "missing columns", ", ".join(missing), "the UCI card layout")
    state = _numbers(cells, STATES)
    bill, paid = _numbers(cells, BILLS), _numbers(cells, PAID)
    bucket = np.where(state >= 2, state - 1, 0).astype(np.int64)
    owed = np.full_like(bill, np.nan)
    after = np.full_like(paid, np.nan)
    owed[:, :-1], after[:, :-1] = np.where(bill[:, 1:] > 0, bill[:, 1:], np.nan), paid[:, 1:]
    return Months(bucket, owed, after)


def seems_history(cells: Cells) -> bool:
    """Tell whether a table has months of accounts, and not accounts of one day."""
    if uci.recognised(cells.header) or scheduled(cells.header):
        return True
    used = _used(cells, {})
    if "month" not in used:
        try:
            return wide(cells) is not None
        except BadInput:
            return True
    account = cells.frame[used["account"]] if "account" in used else None
    return account is not None and bool(account.duplicated().any())


# --- which column is which -----------------------------------------------------------------------


def _used(cells: Cells, mapping: Mapping[str, str]) -> dict[str, str]:
    """Return our name to the file's, by the mapping, by our names, and by usual ones."""
    used = {}
    for ours, theirs in mapping.items():
        choose("mapping", "column", ours, NAMES)
        if theirs:
            used[ours] = used_once(cells, named_column(cells.name, ours, theirs, cells.header))
    for ours in NAMES:
        if ours not in mapping and (header := _guess(cells, ours, used)):
            used[ours] = used_once(cells, header)
    return used


def _guess(cells: Cells, ours: str, used: Mapping[str, str]) -> str:
    free = [header for header in cells.header if header not in used.values()]
    if ours in free:
        return ours
    usual = {"account": "account_id"}.get(ours, ours)
    near = [h for name in GUESSES.get(ours, ()) for h in free if _same(h, name)]
    if near:
        return near[0]
    if ours == "account":
        near = [h for name in ("SK_ID_BUREAU", "SK_ID_PREV") for h in free if _same(h, name)]
    fitting = near or (guess(usual, free) if ours not in ("status", "month") else [])
    if ours in ("month", "status"):
        fitting = [header for header in free if speaks_of(ours, header)]
    return fitting[0] if len(fitting) == 1 else ""


def _same(header: str, name: str) -> bool:
    return re.sub(r"[\W_]", "", header.casefold()) == re.sub(r"[\W_]", "", name.casefold())


def _refuse_missing(cells: Cells, used: Mapping[str, str]) -> str:
    """Return which column says how late, or refuse what is missing with the file's own names."""
    state = next((name for name in ("status", "dpd") if name in used), "")
    missing = [*(n for n in ("account", "month") if n not in used), *([] if state else ["status"])]
    if missing:
        says = list(sayable(cells.header).values())
        names = ", ".join(says[:12])
        allowed = (f"account, month, and status or dpd; or the UCI card layout; "
                   f"the file has: {names}; "
                   f"say --mapping {missing[0]}={says[0] if says else 'THEIRS'}")  # fmt: skip
        raise BadInput(cells.name, "missing columns", ", ".join(missing), allowed)
    return "status" if in_periods(used[state]) else state


# --- a row for each account and month ------------------------------------------------------------


def _table(cells: Cells, used: Mapping[str, str], choices: Mapping[str, str]) -> History:
    """Return the months of one row per account and month."""
    state = _refuse_missing(cells, used)
    if not len(cells.lines):
        raise BadInput(cells.name, "rows", 0, "at least one account and month")
    hints = Hints(choices.get("decimal", ""), choices.get("dates", ""), None, cells.delimiter)  # type: ignore[arg-type]
    late = used["status" if "status" in used else "dpd"]
    bucket, codes = _buckets(cells, late, state, hints)
    rows, _ = pd.factorize(cells.frame[used["account"]])
    columns, form = _calendar(cells, used["month"], hints.dates)
    shape = (int(rows.max()) + 1, int(columns.max()) + 1)
    _once(cells, rows, columns, shape)
    states: Ints = np.full(shape, UNKNOWN, dtype=np.int64)
    states[rows, columns] = bucket.astype(np.int64)
    owed, paid = np.full(shape, np.nan), np.full(shape, np.nan)
    if "balance" in used:
        owed[rows, columns] = _amounts(cells, used["balance"], hints)
    if "payment" in used:
        received = np.full(shape, np.nan)
        received[rows, columns] = _amounts(cells, used["payment"], hints)
        paid[:, :-1] = received[:, 1:]  # received in the month after the state
    return History(Months(states, owed, paid), (*cells.told, *codes, *form))


def _once(cells: Cells, rows: Ints, columns: Ints, shape: tuple[int, int]) -> None:
    """Refuse an account that stands twice in a month, and a table too large to lay out."""
    if shape[0] * shape[1] > MOST:
        raise BadInput(cells.name, "accounts and months", shape[0] * shape[1], f"at most {MOST}")
    twice = pd.Series(rows * shape[1] + columns).duplicated().to_numpy()
    if twice.any():
        lines = _some(cells.lines[twice])
        raise BadInput(cells.name, "account, month", f"given twice, line {lines}", "one row each")


def _buckets(
    cells: Cells, header: str, state: str, hints: Hints
) -> tuple[Floats, tuple[Told, ...]]:
    """Return the bucket of each row, and what codes were taken to mean."""
    seen = distinct(cells.frame[header])
    values: dict[str, float] = {}
    codes: dict[str, str] = {}
    for text in seen.uniques:
        value, code = _state(text, state)
        values[text] = value
        if code:
            codes[text] = code
    bucket = seen.spread(values)
    if state != "dpd" and are_days(pd.Series(bucket)):
        state, codes = "dpd", codes | {f"{bucket.max():g}": f"days: M{int(-(-bucket.max() // 30))}"}
    if state == "dpd":
        bucket = np.where(bucket > 0, np.ceil(bucket / 30.0), bucket)
    bad = ~(bucket >= UNKNOWN) | (bucket % 1 != 0)
    if bad.any():
        allowed = "a number: whole numbers from 0; or codes such as C, X, M1"
        raise _refused(cells, header, bad, allowed)
    if not codes:
        return bucket, ()
    said = {
        text: code for text, code in sorted(codes.items()) if text.casefold() != code.casefold()
    }
    if not said:
        return bucket, ()
    english = ", ".join(f"{text or 'empty'} is {code}" for text, code in said.items())
    chinese = "，".join(f"{text or '空'} 为{_chinese(code)}" for text, code in said.items())
    return bucket, (tell("codes", column=header, codes=english, codes_zh=chinese),)


def _chinese(code: str) -> str:
    """Return what a code was taken to mean, in Chinese."""
    for english, chinese in (("current or closed", "正常或已结清"), ("unknown", "未知"),
                             ("days: ", "天数，即 "), (" days", " 天")):  # fmt: skip
        code = code.replace(english, chinese)
    return code if "一" <= code[0] <= "鿿" else f" {code}"


def _state(text: str, state: str) -> tuple[float, str]:
    """Return the bucket (or the days) that a cell says, and what a code was taken to mean."""
    said = forms.plain(text)
    if said in CODES:
        value = CODES[said]
        return value, "unknown" if value == UNKNOWN else "current or closed"
    if forms.is_missing(text):
        return float(UNKNOWN), "unknown"
    core = forms.core_of(text)
    if core is not None:
        number = forms.value_of(core.digits, ".") * core.factor
        return (number if number >= 0 else np.nan), ""
    if np.isfinite(days := days_in(text)):
        return (days if state == "dpd" else np.ceil(days / 30.0)), f"{days:g} days"
    late = lateness(text)
    if not np.isfinite(late):
        return np.nan, ""
    late = max(late, 0.0)
    return (late if state == "dpd" else np.ceil(late / 30.0)), f"M{int(np.ceil(late / 30.0))}"


def _calendar(cells: Cells, header: str, choice: str) -> tuple[Ints, tuple[Told, ...]]:
    """Number the months from the first, without gaps closed: a month nobody has is unknown."""
    seen = distinct(cells.frame[header])
    if seen.empty.any():
        raise _refused(cells, header, seen.empty, "a month in every row")
    short = {text: forms.bare(text) for text in seen.texts}
    counted = {text: relative(said) or said for text, said in short.items()}
    if all(re.fullmatch(r"-?[0-9]{1,4}", text) for text in counted.values()) and not _yymm(short):
        when = seen.spread({text: float(number) for text, number in counted.items()})
        told: tuple[Told, ...] = ()
    else:
        when, told = _dated(cells, header, seen, choice)
    number: Ints = (when - when.min()).astype(np.int64)
    if number.max() >= LONGEST:
        raise BadInput(cells.name, header, int(number.max()) + 1, f"at most {LONGEST} months")
    return number, told


def _yymm(short: Mapping[str, str]) -> bool:
    """Tell whether numbers of four digits are years and months, such as 2509 for September 2025."""
    return all(re.fullmatch(r"[0-9]{2}(?:0[1-9]|1[0-2])", text) for text in short.values())


def _dated(
    cells: Cells, header: str, seen: Distinct, choice: str
) -> tuple[Floats, tuple[Told, ...]]:
    try:
        found = forms.dates_of(seen.texts, choice, (*forms.FORMS, *forms.SHORT_MONTHS))
    except Twofold as twofold:
        raise BadInput(cells.name, header, twofold.cell, twofold.allowed) from None
    allowed = "a whole number or a date in one form: 202509, 2025-09, Sep-25, 2026-03-31"
    months: dict[str, float] = {}
    if found is not None:
        months = {text: float(day.astype("datetime64[M]").astype(int))
                  for text, day in found.days.items()}  # fmt: skip
    when = seen.spread(months)
    bad: npt.NDArray[np.bool_] = np.isnan(when)
    if found is None or bad.any():
        raise _refused(cells, header, bad, allowed)
    cell = min(found.days, key=lambda text: (found.days[text], text))
    value = str(found.days[cell].astype("datetime64[M]"))
    return when, (tell("dates", column=header, form=found.form, cell=cell, value=value),)


# --- cells ---------------------------------------------------------------------------------------


def _refused(cells: Cells, header: str, bad: npt.NDArray[np.bool_], allowed: str) -> BadInput:
    """Return the refusal of cells: the first, and on which lines the others are."""
    rows = np.flatnonzero(bad)
    value = shown(str(cells.frame[header].iloc[rows[0]]))
    where = f"{header}, line {_some(cells.lines[rows])}"
    return BadInput(cells.name, where, value, allowed)


def _some(lines: npt.NDArray[np.int64]) -> str:
    more = f" and {len(lines) - REFUSED} more" if len(lines) > REFUSED else ""
    return ", ".join(str(int(line)) for line in lines[:REFUSED]) + more


class _Like(NamedTuple):
    money: bool = True
    age: str = ""


def _amounts(cells: Cells, header: str, hints: Hints) -> Floats:
    """Return a column of amounts, nan where a cell is empty."""
    try:
        found = column(header, cells.frame[header], _Like(), hints)
    except Twofold as twofold:
        raise BadInput(cells.name, header, twofold.cell, twofold.allowed) from None
    bad = ~found.empty & ~np.isfinite(found.units)
    if bad.any():
        raise _refused(cells, header, bad, "a number")
    return found.units


def _numbers(cells: Cells, names: tuple[str, ...]) -> Floats:
    columns = []
    for name in names:
        number = _amounts(cells, name, Hints(delimiter=cells.delimiter))
        if np.isnan(number).any():
            raise _refused(cells, name, np.isnan(number), "a number")
        columns.append(number)
    found: Floats = np.column_stack(columns)
    return found
