"""What the numbers of trials say: ratios, paired differences, limits, the frontier's winners."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.compare import stats
from sim.compare.comparison import METRICS
from sim.experiments.tune.asking import DECIDES, Question
from sim.experiments.tune.front import spread_out, undominated
from sim.experiments.tune.study import Numbers, Trial

TOP = 3  #: trials with the highest net value, on the frontier or not, that are winners too


def worse(metric: str) -> float:
    """Return 1 where more is worse, -1 where less is."""
    return 1.0 if METRICS[metric].better == "lower" else -1.0


def ratio(numbers: Numbers, metric: str, count: int | None = None) -> stats.Ratio:
    """Return a metric over the first *count* replications, all where None."""
    x, y = numbers[metric]
    return stats.ratio(x[:count], y[:count])


def difference(
    mine: Numbers, theirs: Numbers, metric: str, count: int | None = None
) -> stats.Ratio:
    """Return mine minus theirs, paired by replication."""
    return stats.paired(ratio(mine, metric, count), ratio(theirs, metric, count))


def excess(q: Question, numbers: Numbers, base: Numbers, count: int | None = None) -> list[float]:
    """Return by how much each limit is passed, as a share of its bound; above 0 where it is."""
    found = []
    for limit in q.limits:
        mine = ratio(numbers, limit.metric, count).estimate
        bound = limit.bound(ratio(base, limit.metric, count).estimate)
        found.append(worse(limit.metric) * (mine - bound) / (abs(bound) or 1.0))
    return found


def keeps(q: Question, numbers: Numbers, base: Numbers) -> bool:
    """Tell whether every limit is kept, by the estimates."""
    return all(x <= 0.0 for x in excess(q, numbers, base))


def front_of(q: Question, many: Sequence[Numbers]) -> list[bool]:
    """Tell of each whether nothing among *many* beats it in every objective."""
    rows = [[worse(m) * ratio(n, m).estimate for m in q.objectives] for n in many]
    return [bool(x) for x in undominated(np.array(rows, dtype=float))] if rows else []


def sound(q: Question, trials: Sequence[Trial], base: Numbers) -> list[Trial]:
    """Return the trials played to the end and within the limits, each levers once, not the base."""
    seen: dict[str, Trial] = {}
    for t in trials:
        if not t.stopped and t.numbers != base and keeps(q, t.numbers, base):
            seen.setdefault(repr(sorted(t.levers.items())), t)
    return list(seen.values())


def frontier(q: Question, trials: Sequence[Trial], base: Numbers) -> list[Trial]:
    """Return the trials on the frontier, of those that are `sound`."""
    there = sound(q, trials, base)
    return [t for t, on in zip(there, front_of(q, [t.numbers for t in there]), strict=True) if on]


def winners(q: Question, trials: Sequence[Trial], base: Numbers, most: int) -> list[Trial]:
    """Return at most so many of the frontier, evenly along its net values, and the best by them."""
    there, others = frontier(q, trials, base), sound(q, trials, base)
    chosen = [there[i] for i in spread_out(_values(there), most)]
    chosen += [others[i] for i in np.argsort(-_values(others), kind="stable")[:TOP]]
    return sorted({t.number: t for t in chosen}.values())


def _values(trials: Sequence[Trial]) -> NDArray[np.float64]:
    return np.array([ratio(t.numbers, DECIDES).estimate for t in trials])


__all__ = [
    "difference", "excess", "front_of", "frontier", "keeps", "ratio", "sound", "winners", "worse",
]  # fmt: skip
