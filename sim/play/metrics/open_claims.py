"""What is open at the end of a run and what it is worth: played on, or looked up in a table."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.domain import NEVER
from sim.engine.ledger import Columns

Values = NDArray[np.float64]
#: What the table knows of a claim: days late in months, agreement (none, promise, plan), paid
#: lately, talked lately, number works, suit runs.
SHAPE = (8, 3, 2, 2, 2, 2)
LATELY = 30  #: days
LEAN = 20.0


class Open(NamedTuple):
    """What each account that is open at the end brings when it is played on, net of its cost."""

    cents: Values  #: of the last day: accounts x `until`
    until: tuple[int, ...]  #: days for which is played on; the last is the value


class RunOff(NamedTuple):
    """What a cent of an open claim is worth, by what is known of it."""

    shares: Values  #: `SHAPE`
    without: Values  #: parts x `SHAPE`: the same without one part of the lives

    def cents(self, end: Columns, day: int) -> Values:
        """Return what each account of *end*, as it stands on *day*, is worth."""
        worth: Values = self.shares[states(end, day)] * end["balance"]
        return worth

    def error(self, end: Columns, day: int) -> float:
        """Return the standard error of the sum of `cents` that the table's own lives leave."""
        where, count = states(end, day), len(self.without)
        sums = np.array([(part[where] * end["balance"]).sum() for part in self.without])
        return float(math.sqrt((count - 1) / count * np.square(sums - sums.mean()).sum()))


def states(end: Columns, day: int) -> tuple[NDArray[np.intp], ...]:
    """Return the place of each account of *end* in a table of `SHAPE`."""

    def lately(name: str) -> NDArray[np.bool_]:
        then: NDArray[np.int64] = end[name]
        found: NDArray[np.bool_] = (then != NEVER) & (day - then <= LATELY)
        return found

    agreed = np.where(end["plan_left"] > 0, 2, np.where(end["promise_day"] >= day, 1, 0))
    parts = (
        np.minimum(end["bucket"], SHAPE[0] - 1), agreed, lately("payment_day"),
        lately("talk_day"), ~end["number_dead"].astype(bool), end["legal_day"] > day,
    )  # fmt: skip
    return tuple(part.astype(np.intp) for part in parts)


def shares(where: tuple[NDArray[np.intp], ...], value: Values, claim: Values) -> Values:
    """Return worth by claim in every cell; thin cells lean on those that know less.

    Each further thing that is known moves a cell away from its parent as far as its own lives
    bear: a parent counts like `LEAN` claims of mean size.
    """
    lean = LEAN * max(1.0, float(claim.mean()))
    table = np.full((), value.sum() / max(1.0, claim.sum()))
    for known in range(1, len(SHAPE) + 1):
        shape = SHAPE[:known]
        place = np.ravel_multi_index(where[:known], shape)
        size = int(np.prod(shape))
        sums = np.bincount(place, value, size).reshape(shape)
        claims = np.bincount(place, claim, size).reshape(shape)
        table = (sums + lean * table[..., None]) / (claims + lean)
    found: Values = table
    return found
