"""The smallest change of assumptions that turns a difference: one input, or two together.

The points of a sweep move everything at once, so the way from the present values to the nearest
turn is looked for on a curved surface laid through the points, and its error is told: what it
misses at points left out. `confirm` plays the turn itself.
"""

from __future__ import annotations

import math
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.experiments.sweep import whole

Floats = NDArray[np.float64]
RIDGES = (1e-6, 1e-3, 1e-2, 1e-1, 1.0)
STEPS_ONE, STEPS_TWO = 401, 81
BEYOND = 1.25  #: how much further than the turn a change is played
COLUMNS = ["input", "from", "to", "input_2", "from_2", "to_2", "distance"]


class Surface(NamedTuple):
    """A quadratic through the points, in inputs scaled to their ranges.

    `explained` is the share of the variance of points left out that it foretells, `error` the
    root mean square of what it misses there.
    """

    crossed: bool
    weights: Floats
    explained: float
    error: float

    def __call__(self, x: Floats) -> Floats:
        """Return the gain at scaled points (points, inputs)."""
        found: Floats = _terms(x, self.crossed) @ self.weights
        return found


def _terms(x: Floats, crossed: bool) -> Floats:
    k = x.shape[1]
    columns = [np.ones(len(x)), *x.T, *(x * x).T]
    if crossed:
        columns += [x[:, i] * x[:, j] for i, j in combinations(range(k), 2)]
    return np.column_stack(columns)


def surface(x: Floats, gain: Floats) -> Surface:
    """Return the surface through scaled points; its terms and stiffness foretell best.

    What counts is how well a point is foretold by the others.
    """
    tried = []
    for crossed in (False, True):
        terms = _terms(x, crossed)
        if terms.shape[1] >= len(x):
            continue
        for ridge in RIDGES:
            weights, missed = _fitted(terms, gain, ridge)
            tried.append((float(np.square(missed).mean()), crossed, weights))
    if not tried:
        return Surface(False, np.array([gain.mean()] + [0.0] * (2 * x.shape[1])), 0.0, math.nan)
    error, crossed, weights = min(tried, key=lambda one: one[0])
    whole = float(gain.var())
    return Surface(crossed, weights, 1.0 - error / whole if whole else 0.0, math.sqrt(error))


def _fitted(terms: Floats, gain: Floats, ridge: float) -> tuple[Floats, Floats]:
    """Return the weights, and by how much each point is missed when it is left out."""
    stiff = ridge * np.eye(terms.shape[1])
    stiff[0, 0] = 0.0
    inner = np.linalg.pinv(terms.T @ terms + stiff)
    weights = inner @ terms.T @ gain
    pull = np.einsum("ij,jk,ik->i", terms, inner, terms)
    return weights, (gain - terms @ weights) / np.maximum(1.0 - pull, 1e-9)


class Space(NamedTuple):
    """Inputs that are numbers: their names, both ends of their ranges and their present values."""

    names: tuple[str, ...]
    low: Floats
    high: Floats
    base: Floats

    def scaled(self, x: Floats) -> Floats:
        """Return points as shares of the ranges."""
        found: Floats = (x - self.low) / (self.high - self.low)
        return found


def flips(gain: Surface, space: Space) -> pd.DataFrame:
    """Return the nearest turn for every input and every pair that has one, the nearest first.

    Columns: input, from, to, input_2, from_2, to_2, distance. The distance is in ranges: 0.5 is
    half of one input's range, pairs count as the straight line. A pair stands only where it is
    nearer than each of its inputs alone.
    """
    start = space.scaled(space.base[None])[0]
    sign = float(gain(start[None])[0]) > 0.0
    alone = {(i,): _nearest(gain, start, (i,), STEPS_ONE, sign) for i in range(len(start))}
    pairs = {
        pair: _nearest(gain, start, pair, STEPS_TWO, sign)
        for pair in combinations(range(len(start)), 2)
    }
    rows = [_row(space, start, at) for at in alone.values() if at is not None]
    for pair, at in pairs.items():
        singles = [alone[i,] for i in pair]
        if at is not None and _far(start, at) < 0.95 * min(_far(start, s) for s in singles):
            rows.append(_row(space, start, at))
    found = pd.DataFrame(rows, columns=COLUMNS)
    return found.sort_values("distance", kind="stable").reset_index(drop=True)


def _nearest(
    gain: Surface, start: Floats, moved: tuple[int, ...], steps: int, sign: bool
) -> Floats | None:
    """Return the nearest point at which the sign is another, with only *moved* inputs moved."""
    axes = [np.unique(np.append(np.linspace(0.0, 1.0, steps), start[i])) for i in moved]
    points = np.array(np.meshgrid(*axes)).reshape(len(moved), -1).T
    whole = np.repeat(start[None], len(points), axis=0)
    whole[:, moved] = points
    turned = whole[(gain(whole) > 0.0) != sign]
    if not len(turned):
        return None
    found: Floats = turned[np.square(turned - start).sum(axis=1).argmin()]
    return found


def _far(start: Floats, at: Floats | None) -> float:
    return math.inf if at is None else float(np.sqrt(np.square(at - start).sum()))


def _row(space: Space, start: Floats, at: Floats) -> tuple[object, ...]:
    moved = [int(i) for i in np.flatnonzero(at != start)]
    moved.sort(key=lambda i: -abs(at[i] - start[i]))
    cells: list[object] = []
    for i in moved:
        to = space.low[i] + at[i] * (space.high[i] - space.low[i])
        cells += [space.names[i], float(space.base[i]), float(to)]
    cells += ["", math.nan, math.nan] * (2 - len(moved))
    return (*cells, _far(start, at))


def beyond(row: pd.Series, space: Space) -> dict[str, float]:
    """Return the inputs somewhat beyond a turn, within their ranges; the others as they are."""
    found = dict(zip(space.names, space.base.tolist(), strict=True))
    for end in ("", "_2"):
        if name := row[f"input{end}"]:
            i = space.names.index(name)
            to = row[f"from{end}"] + BEYOND * (row[f"to{end}"] - row[f"from{end}"])
            within = float(min(max(to, space.low[i]), space.high[i]))
            found[name] = round(within) if whole(name) else within
    return found
