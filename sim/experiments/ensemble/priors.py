"""What is believed of an input before anything is measured, from its mark and its range.

The median is the present value: half of the belief lies below it and half above, each spread evenly
to its end of the range (evenly in the logarithm where the input is above zero throughout, so that
a third and three times the value are as far away as each other). A cited number keeps a quarter of
its range, an estimated one half, an assumed one all of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import BadInput
from sim.core.knobs import KnobRow
from sim.experiments.sensitivity.asking import inputs_of
from sim.experiments.sweep import whole
from sim.scenario import Scenario

Floats = NDArray[np.float64]
#: Share of its range that an input keeps, by the mark of its source.
KEEPS = {"cited": 0.25, "estimated": 0.5, "assumed": 1.0}
WIDEST = 20.0  #: times its value, beyond which a range is taken for an accident


class Prior(NamedTuple):
    """The belief about one input."""

    path: str
    now: float
    low: float
    high: float
    mark: str

    def at(self, share: float) -> float | int:
        """Return the value below which *share* (0 to 1) of the belief lies."""
        below = 0.0 if self.now <= self.low else 1.0 if self.now >= self.high else 0.5
        if share < below:
            value = _between(self.low, self.now, share / below)
        else:
            value = _between(self.now, self.high, (share - below) / (1.0 - below or 1.0))
        return _rounded(value, self.low, self.high) if whole(self.path) else value

    @property
    def present(self) -> float | int:
        """The present value, whole where the input is."""
        return int(self.now) if whole(self.path) else self.now

    @property
    def times(self) -> float:
        """How many times the present value the further end of the range is."""
        ends = [self.high / self.now] if self.now > 0 else []
        ends += [self.now / self.low] if self.low > 0 else []
        return max(ends, default=1.0)


def _between(low: float, high: float, share: float) -> float:
    if low > 0.0:
        return math.exp(math.log(low) + share * (math.log(high) - math.log(low)))
    return low + share * (high - low)


def _rounded(value: float, low: float, high: float) -> int:
    return int(min(max(round(value), math.ceil(low)), math.floor(high)))


def priors_of(scenario: Scenario, asked: str | Sequence[str] = "all") -> tuple[Prior, ...]:
    """Return the belief about each input that *asked* names; see `inputs_of`.

    Raises
    ------
    BadInput
        An input without a range, or one whose range is an accident: more than 20 times its value.
    """
    rows = {row.path: row for row in scenario.knobs()}
    inputs = inputs_of(scenario, asked)
    every = (_prior(rows[path], one.values) for path, one in inputs.items())
    found = tuple(prior for prior in every if prior.low < prior.high)
    for prior in found:
        if prior.times > WIDEST:
            raise BadInput(
                "--inputs", prior.path, f"{prior.low:g} to {prior.high:g}",
                f"a range within {WIDEST:g} times {prior.now:g}; say {prior.path}=low:high",
            )  # fmt: skip
    return found


def _prior(row: KnobRow, ends: Sequence[float]) -> Prior:
    now, keeps = float(row.value), KEEPS[row.mark]
    low, high = (now + keeps * (end - now) for end in ends)
    if whole(row.path):
        low, high = math.ceil(low), math.floor(high)
    return Prior(row.path, now, min(low, now), max(high, now), row.mark)


def drawn(
    priors: Sequence[Prior], draws: int, seed: int | Sequence[int]
) -> list[tuple[float | int, ...]]:
    """Return joint draws, a row each: a Latin hypercube, so that each belief is covered evenly."""
    from scipy.stats import qmc

    cube: Floats = qmc.LatinHypercube(len(priors), rng=np.random.default_rng(seed)).random(draws)
    return [tuple(p.at(float(u)) for p, u in zip(priors, row, strict=True)) for row in cube]


def groups_of(paths: Sequence[str]) -> Mapping[str, list[int]]:
    """Return the places of the inputs of each section; a kind or a channel is one of its own."""
    found: dict[str, list[int]] = {}
    for place, path in enumerate(paths):
        found.setdefault(path.rpartition(".")[0] + ".*", []).append(place)
    return found
