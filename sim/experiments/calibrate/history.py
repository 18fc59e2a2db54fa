"""A lender's own history as months: the UCI card layout, or one row per account and month.

The second needs the columns ``account``, ``month`` (any whole number or date that sorts) and
``dpd`` or ``status`` (0 current, 1 for 1-30 days late and so on); ``payment`` (received in that
month) and ``balance`` (open at its end) where payment sizes are to be read. Only months and
amounts are used; nothing of a person is kept.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from sim.core.errors import BadInput
from sim.experiments.calibrate.spells import UNKNOWN, Floats, Ints, Months
from sim.store.portfolio import uci
from sim.store.portfolio.files import Cells, load

STATES = ("PAY_6", "PAY_5", "PAY_4", "PAY_3", "PAY_2")  #: April to August; September differs
BILLS = ("BILL_AMT6", "BILL_AMT5", "BILL_AMT4", "BILL_AMT3", "BILL_AMT2")
#: A state is that of its month's bill after the FOLLOWING month's payment.
PAID = ("PAY_AMT5", "PAY_AMT4", "PAY_AMT3", "PAY_AMT2", "PAY_AMT1")
CARD = (*STATES, *BILLS, *PAID)
TABLE = ("account", "month")
LONGEST = 600  #: months


def read_history(path: str | Path) -> Months:
    """Read the history in *path*, a ``.csv``, ``.csv.gz`` or ``.parquet`` file.

    Raises
    ------
    BadInput
        A file of neither layout, a column missing, or a cell that is no number.
    """
    cells, _ = load(Path(path))
    if uci.recognised(cells.header):
        return _card(cells)
    return _table(cells)


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


def _table(cells: Cells) -> Months:
    """Return the months of one row per account and month."""
    header = set(cells.header)
    state = next((name for name in ("status", "dpd") if name in header), "")
    missing = [*(name for name in TABLE if name not in header), *([] if state else ["status"])]
    if missing:
        allowed = "account, month, and status or dpd; or the UCI card layout"
        raise BadInput(cells.name, "missing columns", ", ".join(missing), allowed)
    late = _numbers(cells, (state,))[:, 0]
    bucket = (late + 29) // 30 if state == "dpd" else late
    if not len(late):
        raise BadInput(cells.name, "rows", 0, "at least one account and month")
    if (bucket < 0).any() or (bucket % 1 != 0).any():
        raise BadInput(cells.name, state, float(late.min()), "whole numbers from 0")
    rows, _ = pd.factorize(cells.frame["account"])
    columns = _calendar(cells)
    if len(set(zip(rows.tolist(), columns.tolist(), strict=True))) < len(rows):
        raise BadInput(cells.name, "account, month", "given twice", "one row each")
    shape = (int(rows.max()) + 1, int(columns.max()) + 1)
    states: Ints = np.full(shape, UNKNOWN, dtype=np.int64)
    states[rows, columns] = bucket.astype(np.int64)
    owed, paid = np.full(shape, np.nan), np.full(shape, np.nan)
    if "balance" in header:
        owed[rows, columns] = _numbers(cells, ("balance",))[:, 0]
    if "payment" in header:
        received = np.full(shape, np.nan)
        received[rows, columns] = _numbers(cells, ("payment",))[:, 0]
        paid[:, :-1] = received[:, 1:]  # received in the month after the state
    return Months(states, owed, paid)


def _calendar(cells: Cells) -> Ints:
    """Number the months from the first, without gaps closed: a month nobody has is unknown."""
    text = cells.frame["month"].astype(str).str.strip()
    when = pd.to_numeric(text, errors="coerce")
    if when.isna().any() or (when > 100_000).any():
        dates = pd.to_datetime(text, errors="coerce", format="mixed")
        if dates.isna().any():
            bad = text[dates.isna()].iloc[0]
            raise BadInput(cells.name, "month", bad, "a whole number or a date such as 2026-03-31")
        when = dates.dt.year * 12 + dates.dt.month
    elif (when >= 190_000).any() or when.between(190_001, 210_012).any():
        when = when // 100 * 12 + when % 100
    number: Ints = (when - when.min()).astype(np.int64).to_numpy()
    if number.max() >= LONGEST:
        raise BadInput(cells.name, "month", int(number.max()) + 1, f"at most {LONGEST} months")
    return number


def _numbers(cells: Cells, names: tuple[str, ...]) -> Floats:
    columns = []
    for name in names:
        text = cells.frame[name].astype(str).str.strip().str.replace(",", "")
        number = pd.to_numeric(text, errors="coerce")
        if not np.isfinite(number).all():
            row = int(np.flatnonzero(~np.isfinite(number))[0])
            where = f"{name}, line {int(cells.lines[row])}"
            raise BadInput(cells.name, where, text.iloc[row], "a number")
        columns.append(number.to_numpy(dtype=float))
    found: Floats = np.column_stack(columns)
    return found
