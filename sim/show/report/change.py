"""What one changed input did: the same strategy in two comparisons that shared their luck."""

from __future__ import annotations

import math
from typing import NamedTuple

from sim.compare import stats
from sim.compare.comparison import METRICS, Comparison


class Change(NamedTuple):
    """One metric of one strategy before and after, in the metric's unit.

    `state` says whether it matters, in the words of the decision table's cells.
    """

    strategy: str
    metric: str
    before: float
    after: float
    difference: float
    low: float
    high: float
    state: str


def shares_luck(before: Comparison, after: Comparison) -> bool:
    """Tell whether both drew the same people and the same luck, replication by replication."""
    one, other = before.setting, after.setting
    keys = ("seed", "accounts", "days", "book", "late")
    same = all(getattr(one, key) == getattr(other, key) for key in keys)
    return same and before.replications == after.replications


def change(before: Comparison, after: Comparison, strategy: str, metric: str) -> Change:
    """Return how *metric* of *strategy* moved from one comparison to the other.

    Paired by replication where both share their luck, else with the luck of both.
    """
    one, other = before.ratio(strategy, metric), after.ratio(strategy, metric)
    gap = other.estimate - one.estimate
    if shares_luck(before, after):
        half = stats.half_width(stats.paired(other, one).residuals)
    else:
        half = math.hypot(*(stats.half_width(r.residuals) for r in (one, other)))
    low, high = gap - half, gap + half
    better = METRICS[metric].better
    margin = before.margin(metric, strategy)
    state: str = stats.cell(gap, low, high, margin, better != "lower")
    if better == "neither" and state in ("better", "worse"):
        state = "moved"
    return Change(strategy, metric, one.estimate, other.estimate, gap, low, high, state)
