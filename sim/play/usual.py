"""The zero of the lender's name: what the present practice does on its own floor.

The risk that a pool is followed with is that of calls which nobody has to wait for. On the floor
seats are few, people err, and some are callous: the name of whoever goes on as before is no worse
for that. So each drawing of the pool is led once under the present practice on the scenario's
floor, by luck of its own, and its risk per late account and day is the usual one.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import lru_cache

import numpy as np

from sim.core.cache import Keyed, kept
from sim.engine import Trail, trail_of
from sim.engine.fast import NotCompilableError
from sim.engine.seasoning import calendar
from sim.play.pool import Pool, pool_of, told
from sim.play.staging import PRESENT, Setting, fast, lived, practice_by_month
from sim.strategies import SHELF

ACCOUNTS = 1_000  #: of the book that is led, or as many of a portfolio's
DAYS = 90
REPLICATION = -2_000_000  #: no run, burn-in or table has this number or one below


def anchored(at: Setting, draw: int) -> Pool:
    """Return a drawing of the pool with the usual risk of the floor of *at*."""
    return _remembered(_Key(at, draw))


class _Key(Keyed):
    """What the usual risk depends on, compared by text."""

    def __init__(self, at: Setting, draw: int) -> None:
        scenario = at.scenario.model_copy(update={"regime": ()})
        late = at.late[:: -(-len(at.late) // ACCOUNTS)] if at.late else ()
        self.at, self.draw = Setting(scenario, 0, len(late) or ACCOUNTS, DAYS, late=late), draw
        filed = hashlib.sha256(repr(late).encode()).hexdigest() if late else ""
        self.depends = f"{told(scenario, draw)} {scenario.fingerprint} {filed} {ACCOUNTS} {DAYS}"


@lru_cache(maxsize=8)
def _remembered(key: _Key) -> Pool:
    pool = pool_of(key.at.scenario, key.draw)
    risk = float(kept("usual", key.depends, lambda: _risk(_present(key.at, pool, key.draw))))
    return replace(pool, usual_risk=risk)


def _present(at: Setting, pool: Pool, draw: int) -> Trail:
    """Lead the book under the present practice, its name as it always was."""
    nameless, days = replace(pool, usual_risk=0.0), calendar(at.scenario, at.days)
    practice, number = practice_by_month(at, SHELF[PRESENT]), REPLICATION - draw
    try:
        return fast(at, practice, days, nameless, number).lived()
    except NotCompilableError:
        return trail_of(lived(at, practice, days, nameless, number))


def _risk(trail: Trail) -> float:
    """Return expected public complaints per late account and day."""
    late = trail.daily[trail.daily[:, 1] > 0, 2].sum()
    return float(np.sum(trail.ledger["p_regulator"])) / max(1, int(late))
