"""What a run leaves behind, as arrays: the same from either engine."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.engine.ledger import SEATS, Columns, columns, final_columns
from sim.engine.story.books import Facts
from sim.engine.story.scene import Practice


class Trail(NamedTuple):
    """What a run leaves behind; tables are made of it later."""

    ledger: Columns
    seats: NDArray[np.float64]  #: rows of `ledger.SEATS`
    daily: NDArray[np.int64]  #: rows of `ledger.DAILY`
    final: Columns  #: the accounts at the end, see `ledger.FINAL`
    practices: list[Practice]


def trail_of(facts: Facts) -> Trail:
    """Return the facts of `story` as arrays; callers from outside the book are no accounts."""
    return Trail(
        columns(facts.postings),
        np.array(facts.seats, dtype=np.float64).reshape(-1, len(SEATS)),
        np.array(facts.daily, dtype=np.int64),
        final_columns([a for a in facts.final if a.id >= 0]),
        facts.practices,
    )
