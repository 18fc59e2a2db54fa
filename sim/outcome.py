"""What a run is told as: measures, the book by day, every account's end state."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sim import metrics
from sim.agents import loan as loans
from sim.domain import Account
from sim.engine import Facts
from sim.ledger import DAILY, frame


def measured(tables: metrics.Tables) -> pd.DataFrame:
    """Return every metric as numerator, denominator and value (missing where undefined)."""
    pairs = metrics.compute(tables)
    return pd.DataFrame(
        [(n, float(x), float(y), x / y if y else float("nan")) for n, (x, y) in pairs.items()],
        columns=["metric", "numerator", "denominator", "value"],
    ).set_index("metric")


def by_day(tables: metrics.Tables, facts: Facts) -> pd.DataFrame:
    """Return the book by day and bucket, with the day's cash, cost and expected complaints.

    Cash, cost and risk are of the whole day and stand in the row of bucket 0.
    """
    rows = frame(facts.daily, DAILY)
    c, last = tables.ledger, tables.days
    day = np.minimum(tables.day, last - 1).astype(int)
    for name, values in (
        ("cash", np.where(tables.recovered, c["amount"], 0.0)),
        ("variable_cost", c["cost"]),
        ("risk", c["p_complaint"] + c["p_regulator"]),
    ):
        total = np.bincount(day, weights=values, minlength=last) if len(day) else np.zeros(last)
        rows[name] = np.where(rows["bucket"] == 0, total[rows["day"].to_numpy(dtype=int)], 0.0)
    return rows


def end_states(final: Sequence[Account]) -> pd.DataFrame:
    """Return one row per account at the end; latent columns are prefixed ``hidden_``."""
    return pd.DataFrame(
        {
            "account_id": [a.id for a in final],
            "bucket": [a.deeds.bucket for a in final],
            "balance": [loans.balance(a.loan) for a in final],
            "grade": [a.traits.grade for a in final],
            "region": [a.traits.region for a in final],
            "talks": [a.contacts.talks for a in final],
            "attempts": [a.contacts.attempts for a in final],
            "plan_status": [int(a.deeds.plan_status) for a in final],
            "paused": [a.case.paused_until for a in final],
            "hidden_kind": [a.traits.kind for a in final],
            "hidden_trust": [a.mind.trust for a in final],
            "hidden_resentment": [a.mind.resentment for a in final],
            "hidden_number_dead": [a.case.number_dead for a in final],
            "hidden_buffer": [a.cash.buffer for a in final],
        }
    )
