"""What a run leaves behind, as arrays: the same from either engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.engine.ledger import SEATS, Columns, columns, final_columns
from sim.engine.story.books import Facts
from sim.engine.story.scene import Practice

if TYPE_CHECKING:
    from sim.core.domain import Account
    from sim.engine.fast.book import Start


class Trail(NamedTuple):
    """What a run leaves behind; tables are made of it later."""

    ledger: Columns
    seats: NDArray[np.float64]  #: rows of `ledger.SEATS`
    daily: NDArray[np.int64]  #: rows of `ledger.DAILY`
    final: Columns  #: the accounts at the end, see `ledger.FINAL`
    practices: list[Practice]
    state: Start | Sequence[Account] = ()  #: the accounts themselves, in the order of `final`
    reputation: float = 0.0  #: the lender's name on the morning after


def trail_of(facts: Facts) -> Trail:
    """Return the facts of `story` as arrays; callers from outside the book are no accounts."""
    accounts = sorted((a for a in facts.final if a.id >= 0), key=lambda a: a.id)
    return Trail(
        columns(facts.postings),
        np.array(facts.seats, dtype=np.float64).reshape(-1, len(SEATS)),
        np.array(facts.daily, dtype=np.int64),
        final_columns(accounts),
        facts.practices,
        accounts,
        facts.reputation,
    )
