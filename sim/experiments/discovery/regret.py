"""Regret over an ensemble: what a strategy lacks, wherever another would have been better."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.compare import stats
from sim.core.errors import BadInput
from sim.experiments.sweep import Sweep, higher_is_better

COLUMNS = ["strategy", "max_regret", "ci_low", "ci_high", "worst_point", "mean_regret",
           "p90_regret", "best_share"]  # fmt: skip


def regret(swept: Sweep, metric: str = "net_value") -> pd.DataFrame:
    """Return the regret of each candidate over the points, the smallest maximum first.

    Columns: strategy, max_regret with the interval of the paired difference at that point,
    worst_point, mean_regret, p90_regret, best_share (points at which it is best). In the metric's
    unit; reference lines take no part.
    """
    names = [s for s in swept.strategies if s not in swept.about["reference"]]
    if len(names) < 2:
        raise BadInput("regret", "strategies", len(names), "two candidates at least")
    points, values = _together(swept, metric, names)
    means = values.mean(axis=2)
    best = means.argmax(axis=0)
    lacks = means.max(axis=0) - means
    rows = []
    for i, name in enumerate(names):
        worst = int(lacks[i].argmax())
        pair = values[best[worst], worst] - values[i, worst]
        ends = stats.interval(stats.ratio(pair, np.ones(len(pair))))
        share = float((best == i).mean())
        rows.append((name, lacks[i, worst], *ends, int(points[worst]), lacks[i].mean(),
                     np.quantile(lacks[i], 0.9), share))  # fmt: skip
    found = pd.DataFrame(rows, columns=COLUMNS)
    return found.sort_values("max_regret", kind="stable").reset_index(drop=True)


def _together(
    swept: Sweep, metric: str, names: list[str]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the points whole for all, and (strategies, points, replications), more is better."""
    found = {s: swept.outcome(metric, s) for s in names}
    points = found[names[0]].points
    for one in found.values():
        points = np.intersect1d(points, one.points)
    sign = 1.0 if higher_is_better(metric) else -1.0
    values = [sign * o.values[np.isin(o.points, points)] for o in found.values()]
    fewest = min(v.shape[1] for v in values)
    return points, np.array([v[:, :fewest] for v in values])
