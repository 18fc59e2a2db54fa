"""Both engines in lock-step: day by day, until their ledgers differ."""

from __future__ import annotations

from typing import NamedTuple

from sim.core.domain import Posting
from sim.engine.fast.tables import postings
from sim.engine.ledger import KEPT_AS
from sim.engine.seasoning import calendar
from sim.play.staging import Setting, fast, practice_by_month, story
from sim.play.usual import anchored
from sim.strategies import Strategy


class Difference(NamedTuple):
    """The first place at which the ledgers differ; a side that ended there has None."""

    place: int  #: number of equal postings before it
    story: Posting | None
    fast: Posting | None


class Parity(NamedTuple):
    """What lock-step found."""

    postings: int  #: that were compared and equal
    difference: Difference | None


def parity(at: Setting, strategy: Strategy, replication: int = 0) -> Parity:
    """Play one replication in both engines; stop on the day at which they differ.

    Raises
    ------
    NotCompilableError
        Without numba, or for a strategy that cannot be compiled.
    """
    pool, days = anchored(at, 0), calendar(at.scenario, at.days)
    practice = practice_by_month(at, strategy)
    quick = fast(at, practice, days, pool, replication)
    slow, equal = story(at, practice, days, pool, replication), 0
    for chunk in quick.run(chunk=1):
        slow.advance(chunk.first)
        fields = postings(chunk.rows)
        here = [Posting(*row) for row in zip(*(fields[n].tolist() for n in KEPT_AS), strict=True)]
        there = slow.books.out[equal:]
        for a, b in zip(there, here, strict=False):
            if tuple(a) != tuple(b):
                return Parity(equal, Difference(equal, a, b))
            equal += 1
        if len(there) != len(here):
            n = min(len(there), len(here))
            ends = [side[n] if len(side) > n else None for side in (there, here)]
            return Parity(equal, Difference(equal, *ends))
    return Parity(equal, None)
