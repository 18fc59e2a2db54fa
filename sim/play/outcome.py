"""What a run is told as: measures, the book by day, every account's end state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core.domain import Account
from sim.engine import Facts
from sim.engine.ledger import DAILY, FINAL, Columns, final_columns, frame
from sim.play import metrics


def measured(tables: metrics.Tables) -> pd.DataFrame:
    """Return every metric as numerator, denominator and value (missing where undefined)."""
    return listed(metrics.compute(tables))


def listed(pairs: Mapping[str, metrics.Pair]) -> pd.DataFrame:
    """Return metrics that were computed, in blocks or at once, as `measured` does."""
    return pd.DataFrame(
        [(n, float(x), float(y), x / y if y else float("nan")) for n, (x, y) in pairs.items()],
        columns=["metric", "numerator", "denominator", "value"],
    ).set_index("metric")


def grouped(rows: Iterable[metrics.Row]) -> pd.DataFrame:
    """Return the metrics by group; those of several blocks of accounts are added up.

    Columns: segment, group, metric, numerator, denominator; in one order, whatever happened.
    """
    sums: dict[tuple[str, int, str], metrics.Pair] = {}
    for segment, group, metric, x, y in rows:
        old = sums.get(where := (segment, group, metric), (0.0, 0.0))
        sums[where] = (old[0] + x, old[1] + y)
    return pd.DataFrame(
        [(*where, *pair) for where, pair in sums.items()], columns=list(metrics.Row._fields)
    )


def by_day(
    tables: metrics.Tables, daily: Facts | NDArray[Any] | Sequence[tuple[float, ...]]
) -> pd.DataFrame:
    """Return the book by day and bucket, with the day's cash, cost and expected complaints.

    Cash, cost and risk are of the whole day and stand in the row of bucket 0.

    Parameters
    ----------
    daily
        Rows of `ledger.DAILY`, or the facts that hold them.
    """
    rows = frame(daily.daily if isinstance(daily, Facts) else daily, DAILY)
    c, last = tables.ledger, tables.days
    day, paid = np.minimum(tables.day, last - 1), tables.recovered
    first, days = rows["bucket"] == 0, rows["day"].to_numpy(dtype=np.int64)
    for name, when, values in (
        ("cash", day[paid], c["amount"][paid]),
        ("variable_cost", day, c["cost"]),
        ("risk", day, c["p_complaint"] + c["p_regulator"]),
    ):
        total = np.bincount(when, weights=values, minlength=last)
        rows[name] = np.where(first, total[days], 0.0)
    return rows


def added(blocks: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return the book by day of all accounts from that of each block of them."""
    return pd.concat(list(blocks)).groupby(["day", "bucket"], as_index=False).sum()


#: columns of the end states, and the columns of `ledger.FINAL` that they show
SHOWN = {
    "account_id": "id",
    "bucket": "bucket",
    "balance": "balance",
    "grade": "grade",
    "region": "region",
    "talks": "talks",
    "attempts": "attempts",
    "plan_status": "plan_status",
    "paused": "paused_until",
    "hidden_kind": "kind",
    "hidden_trust": "trust",
    "hidden_resentment": "resentment",
    "hidden_number_dead": "number_dead",
    "hidden_buffer": "buffer",
}


def end_states(final: Columns | Sequence[Account]) -> pd.DataFrame:
    """Return one row per account at the end; latent columns are prefixed ``hidden_``."""
    end = final_columns(final)
    return pd.DataFrame(
        {shown: end[name].astype(FINAL[name].kind, copy=False) for shown, name in SHOWN.items()}
    )
