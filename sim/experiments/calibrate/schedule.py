"""Instalments with due day and day of payment as month ends: Home Credit's layout.

Days count back from an application (0), as in ``installments_payments``: a month ends every 30
days before it. A loan is as late at a month end as its oldest instalment due by then and not
wholly paid by then.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.core.errors import BadInput
from sim.experiments.calibrate.spells import MONTH, UNKNOWN, Floats, Ints, Months
from sim.store.portfolio.columns import Hints, column
from sim.store.portfolio.files import Cells
from sim.store.portfolio.forms import Twofold
from sim.store.portfolio.told import Told, tell

DUE, PAID, OWED, GOT = "DAYS_INSTALMENT", "DAYS_ENTRY_PAYMENT", "AMT_INSTALMENT", "AMT_PAYMENT"
LOANS = ("SK_ID_PREV", "SK_ID_CURR")
NUMBER = "NUM_INSTALMENT_NUMBER"
NEVER = 10**9
LONGEST = 240  #: months looked back


class _Signed:
    """Days before a day: negative whole numbers."""

    money = True
    age = ""


def scheduled(header: list[str]) -> bool:
    """Tell whether *header* is that of a list of instalments and payments."""
    return {DUE, PAID, OWED, GOT} <= set(header) and any(name in header for name in LOANS)


def months_of_schedule(cells: Cells) -> tuple[Months, tuple[Told, ...]]:
    """Return the month ends of the loans of a list of instalments.

    Raises
    ------
    BadInput
        A cell that is no number.
    """
    rows = _rows(cells)
    table = _instalments(rows)
    loans, names = pd.factorize(table["loan"])
    first = int(np.ceil(-table["due"].min() / MONTH))
    if not 1 <= first <= LONGEST:
        raise BadInput(cells.name, DUE, int(table["due"].min()), f"at most {LONGEST} months back")
    shape = (len(names), first)
    bucket: Ints = np.full(shape, UNKNOWN, dtype=np.int64)
    paid: Floats = np.full(shape, np.nan)
    loan_of_row = pd.Series(np.arange(len(names)), index=names).reindex(rows["loan"]).to_numpy()
    for k in range(first):
        end = -MONTH * (first - 1 - k)
        bucket[:, k] = _late(table, loans, len(names), end)
        if k:
            inside = (rows["paid"] > end - MONTH) & (rows["paid"] <= end)
            got = np.bincount(loan_of_row[inside], rows["got"][inside], len(names))
            paid[:, k - 1] = np.where(bucket[:, k] >= 0, got, np.nan)
    told = tell("schedule", n=len(table), accounts=len(names))
    return Months(bucket, np.full(shape, np.nan), paid), (*cells.told, told)


def _late(table: pd.DataFrame, loans: Ints, size: int, end: int) -> Ints:
    """Return the bucket of each loan at a month end, `UNKNOWN` before its first instalment."""
    due = table["due"].to_numpy() <= end
    begun = np.bincount(loans[due], minlength=size) > 0
    open_ = due & (table["settled"].to_numpy() > end)
    oldest = np.full(size, float(end))
    np.minimum.at(oldest, loans[open_], table["due"].to_numpy()[open_])
    days = end - oldest
    late = np.bincount(loans[open_], minlength=size) > 0
    found = np.where(late, np.maximum(np.ceil(days / MONTH), 0), 0)
    return np.where(begun, found, UNKNOWN).astype(np.int64)


def _rows(cells: Cells) -> pd.DataFrame:
    loan = next(name for name in LOANS if name in cells.header)
    paid = _numbers(cells, PAID)
    number = cells.frame[NUMBER] if NUMBER in cells.header else cells.frame[DUE]
    return pd.DataFrame(
        {"loan": cells.frame[loan], "number": number, "due": _needed(cells, DUE),
         "paid": np.where(np.isnan(paid), NEVER, paid), "owed": _needed(cells, OWED),
         "got": np.nan_to_num(_numbers(cells, GOT))}
    )  # fmt: skip


def _instalments(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row per instalment: when it was due, and when it was wholly paid."""
    by = rows.groupby(["loan", "number", "due"], sort=False)
    table = by.agg(owed=("owed", "max"), got=("got", "sum"), settled=("paid", "max")).reset_index()
    short = table["got"] < table["owed"] - 0.005
    return table.assign(settled=table["settled"].where(~short, NEVER))


def _needed(cells: Cells, header: str) -> Floats:
    found = _numbers(cells, header)
    if np.isnan(found).any():
        row = int(np.flatnonzero(np.isnan(found))[0])
        raise BadInput(cells.name, f"{header}, line {cells.lines[row]}", "", "a number")
    return found


def _numbers(cells: Cells, header: str) -> Floats:
    try:
        found = column(header, cells.frame[header], _Signed(), Hints(delimiter=cells.delimiter))
    except Twofold as twofold:
        raise BadInput(cells.name, header, twofold.cell, twofold.allowed) from None
    bad = ~found.empty & ~np.isfinite(found.units)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        value = cells.frame[header].iloc[row][:24]
        raise BadInput(cells.name, f"{header}, line {cells.lines[row]}", value, "a number")
    return found.units
