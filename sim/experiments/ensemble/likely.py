"""How much a draw counts: by how much worse it meets the calibration targets than the present.

History matching: what misses them by far is no world that the evidence allows; what misses them by
a little counts a little less, as a normal error would have it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from sim.compare.over import Weighing
from sim.experiments.calibrate.targets import Task
from sim.scenario import Scenario

LIVES = 2_000  #: accounts whose lives are held against the targets at each draw
REJECT = 3.0  #: tolerances beyond the present values' own misses, from which a draw is no world
CAP = 5.0  #: half bands beyond which a missed target counts no more
TOLERANCE = 0.5  #: half bands: one standard error, where a band is two to each side
FAR = 2.0  #: half bands; where the present values miss by more, the targets are of other books
FEWEST = 5.0  #: draws of equal weight: fewer are nothing to weigh by


class Weights(NamedTuple):
    """What draws count, by number; and how many of equal weight would meet the targets as well."""

    of: Mapping[int, float]
    how: Weighing
    effective: float


def missed(task: Task, scenario: Scenario, seed: int) -> float:
    """Return the root mean square of the misses, each capped, in half bands."""
    numbers = task.simulate(scenario, LIVES, seed)
    misses = [min(abs(t.miss(numbers[t.name])), CAP) for t in task.targets]
    return float(np.sqrt(np.mean(np.square(misses))))


def weight(miss: float, present: float, tolerance: float) -> float:
    """Return what a draw counts that misses the targets by *miss*, the present by *present*."""
    more = max(0.0, miss - present) / tolerance
    return math.exp(-0.5 * more * more) if more <= REJECT else 0.0


def weights(misses: Mapping[int, float | None]) -> Weights:
    """Return the weights of draws by their misses; 0 is the present values.

    Where a miss is not known, where the targets are of other books, or where too few draws meet
    them, all count alike.
    """
    others, present = {i: m for i, m in misses.items() if i}, misses.get(0)
    alike = dict.fromkeys(misses, 1.0)
    known = [m for m in others.values() if m is not None]
    if present is None or len(known) < len(others):
        return Weights(alike, "none", float(len(others)))
    if present > FAR:
        return Weights(alike, "elsewhere", float(len(others)))
    found = {i: weight(m, present, TOLERANCE) for i, m in others.items() if m is not None}
    squares = sum(w * w for w in found.values())
    effective = sum(found.values()) ** 2 / squares if squares else 0.0
    if effective < min(FEWEST, 0.5 * len(others)):
        return Weights(alike, "few", effective)
    return Weights({0: 1.0, **found}, "targets", effective)
