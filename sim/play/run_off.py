"""The run-off table: what a cent of an open claim is worth, for where playing on is too slow.

Twenty thousand other lives, led under strategies of every kind, are each looked at once, at a
month end, and played on as the end of a run would be. A claim's worth is then that of claims of
which as much is known. The table sees what is known of a claim and not what a strategy left in
the borrower's mind: it is a guess, with a standard error of its own and a bias that a test bounds.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sim.core.cache import Keyed, kept
from sim.core.rng import Purpose, stream, uniform
from sim.engine.fast import tables
from sim.engine.fast.book import Start
from sim.play.cohort import cohort
from sim.play.metrics.open_claims import SHAPE, RunOff, shares, states
from sim.play.onward import played_on
from sim.play.pool import REPLICATION, SEED, back_to_start, renumbered, told
from sim.play.staging import OWN, Setting
from sim.strategies import SHELF, Strategy
from sim.strategies.phone_only import PHONE_ONLY

LIVES = 20_000
PARTS = 10  #: left out in turn, for the standard error
#: Strategies whose open claims the table was measured to value as playing on does, against the
#: present practice, within half the difference that matters (`make coverage`); none but itself.
TRUSTED = frozenset({PHONE_ONLY.name})
STREAM = 1_000_000  #: replications from here down are this table's lives'
#: Under what the lives are led: the present practice, with and without plans, and what others do.
LED = (
    PHONE_ONLY, PHONE_ONLY.tuned(offered=0.5),
    *(s for s in SHELF.values() if s.fit is None and s.name != PHONE_ONLY.name),
)  # fmt: skip


def run_off(at: Setting, strategy: Strategy, draw: int = 0) -> RunOff:
    """Return the table of what *strategy* makes of open claims; *draw* says of which lives."""
    return _remembered(_Key(at, strategy, draw))


class _Key(Keyed):
    """What a table depends on, compared by text."""

    def __init__(self, at: Setting, strategy: Strategy, draw: int) -> None:
        self.at, self.strategy, self.draw = at, strategy, draw
        who = f"{at.continuation == OWN} {strategy.name} {strategy.params}"
        who += f" {strategy.organisation}"
        book = f"{told(at.scenario, draw)} {at.scenario.fingerprint}"
        self.depends = f"{book} {who} {at.budget} {LIVES}"


@lru_cache(maxsize=64)
def _remembered(key: _Key) -> RunOff:
    made = kept("run_off", key.depends, lambda: tuple(_made(key.at, key.strategy, key.draw)))
    return RunOff(*made)


def _made(at: Setting, strategy: Strategy, draw: int) -> RunOff:
    wheres, values, claims = [], [], []
    before = replace(at, scenario=at.scenario.model_copy(update={"regime": ()}), days=0)
    for start in _lives(before, draw):
        end = tables.end(start.accounts, start.traits)
        wheres.append(np.array(states(end, 0)))
        values.append(played_on(before, strategy, start).net[:, -1])
        claims.append(end["balance"].astype(np.float64))
    where = np.concatenate(wheres, axis=-1)
    value, claim = np.concatenate(values), np.concatenate(claims)

    def table(chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        return shares(tuple(where[:, chosen]), value[chosen], claim[chosen])

    part = np.arange(len(claim)) % PARTS
    without = np.array([table(part != i) for i in range(PARTS)])
    return RunOff(table(part >= 0), without.reshape(PARTS, *SHAPE))


def _lives(at: Setting, draw: int) -> list[Start]:
    """Lead the lives; return each as it stood at one of its month ends, as of day 0."""
    luck, each = stream(SEED, REPLICATION - STREAM - draw), -(-LIVES // len(LED))
    found = []
    for i, strategy in enumerate(LED):
        ids = range(i * each, (i + 1) * each)
        lives = cohort(at.scenario, strategy, ids, luck, at.scenario.book.pool_days + 1)
        months = Start(back_to_start(lives.months.accounts, lives.seen), lives.months.traits)
        found.append(renumbered(months, _one_each(lives.months.accounts["id"], luck)))
    return found


def _one_each(ids: NDArray[np.int64], luck: int) -> NDArray[np.intp]:
    """Return one row of each id, by keyed luck; rows of one id follow one another."""
    who, first, count = np.unique(ids, return_index=True, return_counts=True)
    u = np.array([uniform(luck, int(i), Purpose.DONOR, 0) for i in who])
    found: NDArray[np.intp] = first + (u * count).astype(np.intp)
    return found
