"""Which points nothing else beats in everything: pure functions of arrays, less is better."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.compare import stats

Floats = NDArray[np.float64]


def undominated(costs: Floats) -> NDArray[np.bool_]:
    """Tell of each point, shape (points, objectives), whether no other is as good and better.

    A point with a missing value is dominated.
    """
    known = np.all(np.isfinite(costs), axis=1)
    no_worse = np.all(costs[:, None] <= costs[None], axis=2)
    better = np.any(costs[:, None] < costs[None], axis=2)
    beaten = np.any(no_worse & better & known[:, None], axis=0)
    found: NDArray[np.bool_] = known & ~beaten
    return found


def surely_worse(differences: list[stats.Ratio], level: float) -> bool:
    """Tell whether paired differences are above 0, each with *level*, or no difference at all.

    That all of them are is claimed only if each is, so no allowance for their number is needed
    (an intersection-union test). One above 0 at least.
    """
    lows = [_low(d, level) for d in differences]
    return all(low >= 0.0 for low in lows) and any(low > 0.0 for low in lows)


def surely_above(difference: stats.Ratio, bound: float, level: float) -> bool:
    """Tell whether a paired difference is above *bound*, with one-sided *level*."""
    return _low(difference, level) > bound


def _low(d: stats.Ratio, level: float) -> float:
    return stats.interval(d, level=2.0 * level - 1.0)[0]


def spread_out(values: Floats, most: int) -> list[int]:
    """Return at most so many places, evenly along the order of *values*, both ends among them."""
    order = np.argsort(-values, kind="stable")
    if len(order) <= most:
        return [int(i) for i in order]
    steps = np.linspace(0, len(order) - 1, most).round().astype(int)
    return [int(order[i]) for i in dict.fromkeys(steps)]


__all__ = ["spread_out", "surely_above", "surely_worse", "undominated"]
