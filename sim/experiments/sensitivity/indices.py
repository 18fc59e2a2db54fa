"""Sensitivity indices of a noisy function: Morris and Sobol, luck kept apart.

Everything here is a pure function of arrays. *y* has shape (points, replications). Indices are
built of products of two values; an index that takes both out of the same replication counts its
luck as an effect. So every product here is taken between two different replications, all pairs of
them, which is right on average however few there are. With one replication nothing can be kept
apart and the indices are the plain ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.experiments.sweep import problem

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
RESAMPLES = 200
LEVEL = 0.95
ROUNDING = 1e-9  #: share of a value below which what moves is rounding


def apart(q: Callable[[Floats], Floats], y: Floats, weights: Floats) -> Floats:
    """Return the mean of a quadratic form *q* over pairs of different replications.

    Parameters
    ----------
    q
        Quadratic form of values of shape (..., replications), applied to the last axis' slices.
    y
        Values; the last axis holds the replications.
    weights
        How often each replication counts, shape (replications,).
    """
    total, own = weights.sum(), np.square(weights).sum()
    together = q(y @ weights)
    if len(weights) == 1:
        return together
    alone = sum(w * w * q(y[..., r]) for r, w in enumerate(weights) if w)
    split: Floats = (together - alone) / (total * total - own)
    return split


def noise_share(y: Floats) -> float:
    """Return the share of the variance between points' means that is luck; missing for one."""
    replications = y.shape[1]
    if replications < 2:
        return math.nan
    means = y.mean(axis=1)
    raw = float(means.var())
    if raw <= (ROUNDING * float(np.abs(means).max())) ** 2:
        return math.nan
    split = float(apart(lambda v: np.var(v, axis=0), y, np.ones(replications)))
    return min(1.0, max(0.0, 1.0 - split / raw))


# --- Morris --------------------------------------------------------------------------------------


def effects(u: Floats, y: Floats) -> Floats:
    """Return the elementary effects, shape (trajectories, inputs, replications).

    *u* (points, inputs) are the points in the unit cube, trajectory after trajectory: an effect is
    what a step over the whole range would do.
    """
    k = u.shape[1]
    steps = np.diff(u.reshape(-1, k + 1, k), axis=1)
    moved = np.abs(steps).argmax(axis=2)
    size = np.take_along_axis(steps, moved[..., None], axis=2)
    change = np.diff(y.reshape(-1, k + 1, y.shape[1]), axis=1) / size
    found: Floats = np.take_along_axis(change, np.argsort(moved, axis=1)[..., None], axis=1)
    return found


def morris(u: Floats, y: Floats, *, seed: int = 0) -> pd.DataFrame:
    """Return the screening of each input, in the order of the inputs.

    Columns: effect (root mean square of what the whole range does, luck kept apart) with its
    interval ci_low and ci_high; mu, mu_star and sigma as usual; luck, the mu_star of an input that
    does nothing; clear, whether luck alone does not explain the effect.
    """
    from SALib.analyze import morris as salib

    k, found = u.shape[1], effects(u, y)
    plain = salib.analyze(problem(k), u, y.mean(axis=1), num_resamples=2, seed=seed)

    def square(e: Floats, w: Floats) -> Floats:
        found: Floats = apart(np.square, e, w).mean(axis=0)
        return found

    at, low, high = _resampled(square, found, seed)
    spread = found.var(axis=2, ddof=1) if y.shape[1] > 1 else np.full(found.shape[:2], np.nan)
    luck = np.sqrt(2.0 / np.pi * spread.mean(axis=0) / y.shape[1])
    columns = {"effect": _root(at), "ci_low": _root(low), "ci_high": _root(high)}
    columns |= {name: np.asarray(plain[name], dtype=float) for name in ("mu", "mu_star", "sigma")}
    return pd.DataFrame(columns | {"luck": luck, "clear": low > 0.0})


def _root(square: Floats) -> Floats:
    found: Floats = np.sqrt(np.maximum(square, 0.0))
    return found


# --- Sobol ---------------------------------------------------------------------------------------


def sobol(k: int, y: Floats, *, seed: int = 0) -> pd.DataFrame:
    """Return the Sobol indices of each input, of points in Saltelli's order.

    Columns: total and first with their intervals (total_low ...), luck kept apart; total_plain and
    first_plain, as computed from the means as if they were exact; clear, whether the total is
    told from nothing.
    """
    from SALib.analyze import sobol as salib

    blocks = (y - y.mean(axis=0)).reshape(-1, k + 2, y.shape[1])

    def index(b: Floats, w: Floats) -> Floats:
        between = apart(_variance, b, w)
        if not between > 0.0:
            return np.full((2, k), np.nan)
        found: Floats = np.array([apart(_first, b, w), apart(_total, b, w)]) / between
        return found

    at, low, high = _resampled(index, blocks, seed)
    means = blocks.mean(axis=2)
    a, ab, b = means[:, 0], means[:, 1:-1], means[:, -1]
    plain = [
        [float(one(a, ab[:, i], b)) for i in range(k)] if np.ptp(means) > 0 else [math.nan] * k
        for one in (salib.first_order, salib.total_order)
    ]
    columns: dict[str, object] = {}
    for row, name in ((1, "total"), (0, "first")):
        columns |= {name: at[row], f"{name}_low": low[row], f"{name}_high": high[row]}
    columns |= {"total_plain": plain[1], "first_plain": plain[0], "clear": low[1] > 0.0}
    return pd.DataFrame(columns)


def _variance(b: Floats) -> Floats:
    return np.asarray(np.var(b[:, [0, -1]]))


def _first(b: Floats) -> Floats:
    found: Floats = (b[:, -1:] * (b[:, 1:-1] - b[:, :1])).mean(axis=0)
    return found


def _total(b: Floats) -> Floats:
    found: Floats = 0.5 * np.square(b[:, :1] - b[:, 1:-1]).mean(axis=0)
    return found


# --- intervals -----------------------------------------------------------------------------------


def _resampled(
    statistic: Callable[[Floats, Floats], Floats], blocks: Floats, seed: int
) -> tuple[Floats, Floats, Floats]:
    """Return a statistic of blocks (blocks, ..., replications) and both ends of its interval.

    Blocks (trajectories, base points) and replications are drawn again together, so that the
    interval holds the luck of the plan and that of the simulation.
    """
    rng = np.random.default_rng(seed)
    count, replications = len(blocks), blocks.shape[-1]
    at = statistic(blocks, np.ones(replications))
    if np.isnan(at).all():
        return at, at, at
    drawn = []
    for _ in range(RESAMPLES):
        rows = rng.integers(0, count, count)
        drawn.append(statistic(blocks[rows], _weights(rng, replications)))
    ends = np.nanquantile(np.array(drawn), [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return at, ends[0], ends[1]


def _weights(rng: np.random.Generator, replications: int) -> Floats:
    """Return how often each replication is drawn; two different ones at least."""
    if replications < 2:
        return np.ones(1)
    while True:
        weights = np.bincount(rng.integers(0, replications, replications), minlength=replications)
        if np.count_nonzero(weights) > 1:
            return weights.astype(float)
