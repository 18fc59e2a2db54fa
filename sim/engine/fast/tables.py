"""Records to columns: what the fast engine leaves behind, as every reader knows it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core.domain import NEVER
from sim.engine.fast.state import BUCKETS, DAYS, LONG_AGO, Rows, Told
from sim.engine.ledger import FINAL, KEPT_AS, SEATS, Columns


def postings(rows: Rows) -> Columns:
    """Return records of postings as one array per field."""
    return {name: rows[name].astype(kind) for name, kind in KEPT_AS.items()}


def end(accounts: Rows, traits: Rows) -> Columns:
    """Return the accounts at the end: columns `ledger.FINAL`."""
    who = traits[accounts["person"]]
    found = {"balance": _open(accounts)}
    for name, part in FINAL.items():
        if part.path.startswith("traits."):
            found[name] = who[part.path.removeprefix("traits.")]
        elif part.path:
            found[name] = field(accounts, part.path.replace(".", "_"))
    return {name: found[name].astype(part.kind) for name, part in FINAL.items()}


def field(a: Rows, name: str) -> NDArray[Any]:
    """Return one field of accounts as the rules know it."""
    values: NDArray[Any] = a[name]
    if name not in DAYS:
        return values
    return np.where(values == LONG_AGO, NEVER, values.astype(np.int64))


def _open(a: Rows) -> NDArray[np.int64]:
    claim = a["loan_instalment"] * a["loan_count"].astype(np.int64)
    left: NDArray[np.int64] = claim - a["loan_waived"] - a["loan_credited"] - a["loan_paid"]
    return left


def seats(told: Told) -> NDArray[np.float64]:
    """Return the days of the seats as rows of `ledger.SEATS`."""
    day, role = np.nonzero(told.there)
    counts = [told.seats[name][day, role] for name in SEATS[2:-1]]
    columns = [day, role, *counts, told.wages[day, role]]
    return np.column_stack(columns).astype(np.float64)


def daily(told: Told) -> NDArray[np.int64]:
    """Return the book by day and bucket as rows of `ledger.DAILY`; bucket 0 is always there."""
    days = len(told.daily)
    day, bucket = np.repeat(np.arange(days), BUCKETS), np.tile(np.arange(BUCKETS), days)
    rows = np.column_stack([day, bucket, told.daily.reshape(-1, 3)])
    kept: NDArray[np.int64] = rows[(rows[:, 1] == 0) | (rows[:, 2] > 0)]
    return kept
