"""What is open at the end of a run, played on: its value is what it brings, not a table's guess.

Nobody enters. Every account goes on with its own keyed luck under one stated continuation, the
same for all strategies: worked until it is settled, sold (`SOLD_AT` days late, with neither plan
nor suit), or a year is over, with seats ample and each touch at the cost of its seat's time. The
lender's name recovers from where the run left it, as it does under the usual practice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.budget import seat_cents
from sim.core.cache import Keyed
from sim.core.domain import Account
from sim.engine.fast.book import Start, start_of
from sim.engine.fast.onward import Days, Means, carried
from sim.engine.seasoning import Calendar, calendar
from sim.engine.story.scene import Practice
from sim.play.staging import OWN, Setting, in_force, practice_by_month
from sim.scenario import Scenario
from sim.strategies import SHELF, Strategy

UNTIL = (30, 90, 180, 365)  #: days for which is played on; the last is the value
YEAR = UNTIL[-1]
FADES = 59.0 / 60.0  #: what is left of yesterday's excess of public risk (M10)


class Worth(NamedTuple):
    """What open claims bring, in cents of the last day of the run: accounts x `UNTIL`."""

    cash: NDArray[np.float64]
    cost: NDArray[np.float64]
    harm: NDArray[np.float64]  #: complaints, fines, disputes, counter-suits

    @property
    def net(self) -> NDArray[np.float64]:
        """Cash less what it costs."""
        return self.cash - self.cost - self.harm

    def of(self, chosen: NDArray[np.bool_]) -> Worth:
        """Return that of the *chosen* accounts."""
        return Worth(*(part[chosen] for part in self))


def follower(at: Setting, strategy: Strategy, ready: Callable[[Strategy], Strategy]) -> Strategy:
    """Return who carries on what *strategy* leaves open; *ready* fits one that learns."""
    return strategy if at.continuation == OWN else ready(SHELF[at.continuation])


def played_on(
    at: Setting, strategy: Strategy, state: Start | Sequence[Account], reputation: float = 0.0
) -> Worth:
    """Play on what *state* leaves open after the last day, under *strategy*.

    Parameters
    ----------
    strategy
        The continuation, fitted; see `follower`.
    state
        The accounts as the last day left them.
    reputation
        The lender's name on the morning after.
    """
    means, days = _plan(at, strategy)
    fading = reputation * FADES ** np.arange(YEAR, dtype=np.float64)
    book = state if isinstance(state, Start) else start_of(state)
    found = carried(book, means, days._replace(reputation=fading), UNTIL)
    return Worth(*(np.ascontiguousarray(found[:, part]) for part in range(found.shape[1])))


def _plan(at: Setting, strategy: Strategy) -> tuple[list[Means], Days]:
    """Return what is in force on each day after the last, each thing once."""
    present = replace(at, start="in_place", timetable=None) if at.continuation != OWN else at
    practice = practice_by_month(present, strategy)
    first, means, place = at.days, list[Means](), dict[int, int]()
    seen: list[Practice] = []
    months = range(first // 30, (first + YEAR - 1) // 30 + 1)
    for month in months:
        p = practice(month)
        place[month] = next((i for i, other in enumerate(seen) if other is p), len(seen))
        if place[month] == len(seen):
            seen.append(p)
            seats = seat_cents(in_force(at.scenario, month), p.world.organisation)
            means.append(Means(p.world, p.decide, p.params, seats))
    dates, day = _calendar(at.scenario, first + YEAR), np.arange(first, first + YEAR)
    today = dates.today[first:]
    return means, Days(
        day,
        np.array([t.weekday for t in today], dtype=np.int64),
        np.array([t.season for t in today], dtype=np.float64),
        np.zeros(YEAR),
        np.array([d in dates.works for d in day.tolist()], dtype=np.bool_),
        np.array([place[d // 30] for d in day.tolist()], dtype=np.int64),
        (1.0 + at.scenario.money.discount) ** (-np.arange(YEAR) / 365.0),
    )


class _Dates(Keyed):
    """A scenario that is compared only by what its calendar depends on."""

    def __init__(self, scenario: Scenario) -> None:
        book, floor = scenario.book, scenario.floor
        self.scenario = scenario
        self.depends = (book.start, book.season, floor.weekdays, floor.country)


def _calendar(scenario: Scenario, days: int) -> Calendar:
    return _dated(_Dates(scenario), days)


@lru_cache(maxsize=8)
def _dated(dates: _Dates, days: int) -> Calendar:
    return calendar(dates.scenario, days)
