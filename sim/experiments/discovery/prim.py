"""Boxes of inputs in which something mostly happens: the patient rule induction method.

Friedman and Fisher 1999 (Statistics and Computing 9), as used for finding scenarios by Bryant and
Lempert 2010 (Technological Forecasting and Social Change 77): thin slices are peeled off the box
of all points, each time the one that leaves most cases among what remains; then limits that came
too close are pasted back, and those that a test does not support are given up.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special  # not scipy.stats, which takes half a second to import

Mask = NDArray[np.bool_]
SLICE = 0.05  #: share of the box that a peel takes
SMALLEST = 0.05  #: share of all points that a box keeps
FEWEST = 6  #: points in a box
CHANCE = 0.05  #: a limit, or a box, that chance makes this often is given up
SHUFFLES = 59


class Limits(NamedTuple):
    """What one input is inside a box: between two ends (missing: no limit), or one of some."""

    low: float = math.nan
    high: float = math.nan
    among: tuple[Any, ...] = ()


class Box(NamedTuple):
    """A box: `coverage` of all cases lie in it, `density` of its points are cases.

    `quasi_p` says for each limit how often chance alone would make the box as dense without it,
    `shuffled_p` how often outcomes dealt out at random have a box that is as good.
    """

    limits: dict[str, Limits]
    coverage: float
    density: float
    points: int
    quasi_p: dict[str, float]
    shuffled_p: float = math.nan


def inside(x: pd.DataFrame, limits: dict[str, Limits]) -> Mask:
    """Return which points lie in a box."""
    found = np.ones(len(x), dtype=bool)
    for name, one in limits.items():
        column = x[name].to_numpy()
        if one.among:
            found &= np.isin(column, one.among)
        if not math.isnan(one.low):
            found &= column >= one.low
        if not math.isnan(one.high):
            found &= column <= one.high
    return found


def boxes(x: pd.DataFrame, y: Mask, *, most: int = 3, seed: int = 0) -> list[Box]:
    """Return boxes that hold the cases *y*, one after another among the points that are left.

    Coverage is of all cases. A box that chance makes in 5 % of shuffles is not returned.
    """
    rng = np.random.default_rng(seed)
    found: list[Box] = []
    left = np.ones(len(x), dtype=bool)
    while len(found) < most and y[left].sum() >= FEWEST:
        here, cases = x[left], y[left]
        limits = best(here, cases)
        if not limits:
            break
        score = _score(cases, inside(here, limits))
        luck = [_score(z, inside(here, best(here, z))) for z in _shuffled(cases, rng)]
        p = (1 + sum(s >= score for s in luck)) / (1 + SHUFFLES)
        if p > CHANCE:
            break
        within = left & inside(x, limits)
        coverage, density = y[within].sum() / y.sum(), y[within].mean()
        quasi = {name: _quasi_p(here, cases, limits, name) for name in limits}
        found.append(Box(limits, float(coverage), float(density), int(within.sum()), quasi, p))
        left &= ~within
    return found


def _shuffled(y: Mask, rng: np.random.Generator) -> Iterator[Mask]:
    for _ in range(SHUFFLES):
        yield rng.permutation(y)


def best(x: pd.DataFrame, y: Mask) -> dict[str, Limits]:
    """Return the limits of the best box: the highest mean of coverage and density, harmonic.

    No limits where none is supported.
    """
    limits, _ = max(_peeled(x, y), key=lambda one: (_score(y, one[1]), -len(one[0])))
    limits = _pasted(x, y, limits)
    while limits:
        p, name = max((_quasi_p(x, y, limits, n), n) for n in limits)
        if p < CHANCE:
            break
        limits = {n: one for n, one in limits.items() if n != name}
    return limits


def _score(y: Mask, within: Mask) -> float:
    cases = float(y[within].sum())
    return 2.0 * cases / (float(y.sum()) + float(within.sum())) if cases else 0.0


def _peeled(x: pd.DataFrame, y: Mask) -> Iterator[tuple[dict[str, Limits], Mask]]:
    """Yield box after box, each a slice smaller, and which points it holds."""
    columns = {str(name): x[name].to_numpy() for name in x.columns}
    limits: dict[str, Limits] = {}
    within = np.ones(len(x), dtype=bool)
    fewest = max(FEWEST, math.ceil(SMALLEST * len(x)))
    while True:
        yield limits, within
        smaller = [one for one in _slices(columns, limits, within) if one[1].sum() >= fewest]
        if not smaller or y[within].all():
            return
        # The densest remainder; among equals the one that gives up the fewest points.
        limits, within = max(smaller, key=lambda one: (y[one[1]].mean(), one[1].sum()))


def _slices(
    columns: Mapping[str, NDArray[Any]], limits: dict[str, Limits], within: Mask
) -> Iterator[tuple[dict[str, Limits], Mask]]:
    """Yield the boxes that are one slice smaller, and which points they hold."""
    for name, column in columns.items():
        now = limits.get(name, Limits())
        here = np.unique(column[within])
        if len(here) < 2:
            continue
        if column.dtype.kind not in "if":
            for value in here:
                among = tuple(v for v in here if v != value)
                yield limits | {name: Limits(among=among)}, within & (column != value)
            continue
        sorted_ = np.sort(column[within])
        take = max(1, int(SLICE * len(sorted_)))
        low = _between(here, sorted_[take - 1], up=True)
        high = _between(here, sorted_[-take], up=False)
        yield limits | {name: now._replace(low=low)}, within & (column >= low)
        yield limits | {name: now._replace(high=high)}, within & (column <= high)


def _between(values: NDArray[Any], at: float, *, up: bool) -> float:
    """Return the middle between a value and its next neighbour, where a limit stands."""
    i = int(np.searchsorted(values, at))
    j = min(i + 1, len(values) - 1) if up else max(i - 1, 0)
    return float((values[i] + values[j]) / 2)


def _pasted(x: pd.DataFrame, y: Mask, limits: dict[str, Limits]) -> dict[str, Limits]:
    """Return the box with each limit moved out again as long as the box gets better."""
    better = True
    while better:
        better, score = False, _score(y, inside(x, limits))
        for box in _wider(x, limits):
            if (more := _score(y, inside(x, box))) > score:
                limits, score, better = box, more, True
    return limits


def _wider(x: pd.DataFrame, limits: dict[str, Limits]) -> Iterator[dict[str, Limits]]:
    for name, one in limits.items():
        if one.among:
            continue
        values = np.unique(x[name].to_numpy())
        below, above = values[values < one.low], values[values > one.high]
        if len(below):
            low = (below[-2] + below[-1]) / 2 if len(below) > 1 else math.nan
            yield _with(limits, name, one._replace(low=float(low)))
        if len(above):
            high = (above[0] + above[1]) / 2 if len(above) > 1 else math.nan
            yield _with(limits, name, one._replace(high=float(high)))


def _with(limits: dict[str, Limits], name: str, one: Limits) -> dict[str, Limits]:
    rest = {n: o for n, o in limits.items() if n != name}
    return rest if math.isnan(one.low) and math.isnan(one.high) else limits | {name: one}


def _quasi_p(x: pd.DataFrame, y: Mask, limits: dict[str, Limits], name: str) -> float:
    """Return how often a sample as large as the box is as dense, if the limit did nothing."""
    within = inside(x, limits)
    without = inside(x, {n: one for n, one in limits.items() if n != name})
    cases, size, share = int(y[within].sum()), int(within.sum()), float(y[without].mean())
    if cases == 0:
        return 1.0
    return float(special.bdtrc(cases - 1, size, share))
