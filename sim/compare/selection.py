"""Ranking and selection: the best of many, put out one after another as soon as it is safe.

Fully sequential with an indifference zone (Kim & Nelson 2001, ACM TOMACS 11(3); variances updated
while one goes on as in KN++, Kim & Nelson 2006, Operations Research 54(3)), on paired differences,
so that shared luck counts. A strategy is out once another is ahead of it by more than `reach`,
which closes as replications come in. If the best is better than every other by at least the
indifference, it is chosen with at least the stated confidence; otherwise one that is no worse than
that, up to the same error (measured in `tests/compare/test_selection.py`).

Two differences to KN++: the constant keeps the first procedure's degrees of freedom, because 20
replications are too few for its asymptotic one, and one looks after batches instead of after each
replication, which puts nobody out whom a closer watch would have kept.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from sim.compare.stats import Floats, Ratio

FIRST, MOST = 20, 1_000
BATCH, GROWTH = 5, 0.2  #: replications between looks: five, later a fifth of what there is

#: (names of those in contention, replications in all) -> their values, paired by replication
Play = Callable[[tuple[str, ...], int], Mapping[str, Ratio]]


class Out(NamedTuple):
    """Who was put out, after how many replications, by whom and how far behind it was then."""

    name: str
    replications: int
    by: str
    behind: float


class Selected(NamedTuple):
    """What a selection found.

    `left` are those never put out: one if it ended, several if the budget did first; then `best`
    is only the one ahead. `plays` counts replications times strategies, `plays_alike` what it had
    taken to play all of them to the end.
    """

    best: str
    left: tuple[str, ...]
    decided: bool
    out: tuple[Out, ...]
    values: Mapping[str, float]
    replications: int
    plays: int
    plays_alike: int


def reach(variances: Floats, replications: int, rivals: int, zone: float, error: float) -> Floats:
    """Return by how much a mean must be ahead to put another out, in the unit of the metric.

    `variances` are those of the paired differences, any shape; `rivals` all that were there at
    first, less one; `zone` is the indifference, `error` one less the confidence. 0 where `zone`
    is reached: then the higher mean alone decides.
    """
    freedom = replications - 1
    eta = ((2.0 * error / rivals) ** (-2.0 / freedom) - 1.0) / 2.0
    spread = 2.0 * eta * freedom * np.asarray(variances) / zone**2
    ahead: Floats = np.maximum(0.0, zone / 2.0 * (spread / replications - 1.0))
    return ahead


def losers(
    values: Mapping[str, Ratio], rivals: int, zone: float, error: float, *, higher: bool = True
) -> list[Out]:
    """Return who is put out by these replications, the furthest behind first.

    `values` holds those in contention, each with R residuals.
    """
    names = list(values)
    means = np.array([values[n].estimate for n in names]) * (1.0 if higher else -1.0)
    rows = np.array([values[n].residuals for n in names])
    count = rows.shape[1]
    covariance = np.atleast_2d(np.cov(rows))
    own = np.diag(covariance)
    variances = np.maximum(0.0, own[:, None] + own[None, :] - 2.0 * covariance)
    behind = means[None, :] - means[:, None]  # [i, j]: how far i is behind j
    beaten = (behind > reach(variances, count, rivals, zone, error)) & (behind > 0.0)
    found = []
    for i in np.flatnonzero(beaten.any(axis=1)):
        j = int(np.argmax(np.where(beaten[i], behind[i], -math.inf)))
        found.append(Out(names[i], count, names[j], float(behind[i, j])))
    return sorted(found, key=lambda one: -one.behind)


def select(
    play: Play,
    names: tuple[str, ...],
    *,
    indifference: float,
    confidence: float = 0.95,
    higher: bool = True,
    first: int = FIRST,
    most: int = MOST,
) -> Selected:
    """Return the best of *names*, playing those in contention until one is left.

    Raises
    ------
    ValueError
        If there are fewer than two, the indifference is not positive, the confidence is not
        better than drawing lots, or the first stage has fewer than two replications.
    """
    rivals, error = len(names) - 1, 1.0 - confidence
    if rivals < 1 or not indifference > 0 or not 1 / (rivals + 1) < confidence < 1 or first < 2:
        allowed = "two names, an indifference above 0, a confidence above chance, two replications"
        raise ValueError(f"{len(names)}, {indifference}, {confidence}, {first}: need {allowed}")
    left, out, plays, count = names, [], 0, min(first, most)
    values: dict[str, Ratio] = {}
    done = 0
    while True:
        values |= play(left, count)
        plays += len(left) * (count - done)
        there = {n: values[n] for n in left}
        gone = losers(there, rivals, indifference, error, higher=higher)
        out += gone
        left = tuple(n for n in left if n not in {one.name for one in gone})
        if len(left) == 1 or count >= most or _alike(there, rivals, indifference, error):
            break
        done, count = count, min(most, count + max(BATCH, math.ceil(GROWTH * count)))
    sign = 1.0 if higher else -1.0
    best = max(left, key=lambda n: (sign * values[n].estimate, -names.index(n)))
    decided = len(left) == 1 or _alike(there, rivals, indifference, error)
    means = {n: values[n].estimate for n in names}
    return Selected(best, left, decided, tuple(out), means, count, plays, len(names) * count)


def _alike(values: Mapping[str, Ratio], rivals: int, zone: float, error: float) -> bool:
    """Tell whether nothing but an exact tie is left: all are known closer than matters."""
    rows = np.array([r.residuals for r in values.values()])
    gaps = (rows[:, None, :] - rows[None, :, :]).var(axis=2, ddof=1)
    return not reach(gaps, rows.shape[1], rivals, zone, error).any()
