"""Lives without queues as one compiled loop: `seasoning.follow` for many entrants at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents import loan as loans
from sim.agents.model import morning
from sim.agents.population import Origins, enters
from sim.agents.state import in_the_book
from sim.core import cache
from sim.core.domain import Today
from sim.core.kernel import (
    COMPILED,
    NotCompilableError,
    compiled,
    kernel,
    released,
    with_room,
)
from sim.core.records import Record, filled
from sim.engine.fast.book import Start
from sim.engine.fast.doors import asked, blame, folder, open_door
from sim.engine.fast.notes import none_yet
from sim.engine.fast.state import (
    ACCOUNT,
    POSTING,
    TRAITS,
    Rows,
    store_posting,
    store_state,
    store_traits,
)
from sim.engine.seasoning import Calendar, average_person, one_day
from sim.scenario.world import World
from sim.strategies.base import Strategy
from sim.strategies.border import explained


class Lived(NamedTuple):
    """What lives leave behind, one row per life unless it says otherwise."""

    rows: Rows  #: postings, life by life
    until: NDArray[np.int64]  #: number of postings once the life has ended
    buckets: NDArray[np.int8]  #: by day, in the morning; -1 before the entry and after the end
    owed: NDArray[np.int64]  #: by day: cents open in the morning
    instalments: NDArray[np.int64]  #: cents of one instalment
    months: Start  #: accounts at month ends, while anything is open
    seen: NDArray[np.int64]  #: the days of these


def room(number: int, horizon: int) -> Lived:
    """Return room for so many lives of at most so many days."""
    ends = number * (horizon // 30 + 1)
    return Lived(
        np.empty(64 * number + 1_024, dtype=POSTING.dtype),
        np.zeros(number, dtype=np.int64),
        np.full((number, horizon), -1, dtype=np.int8),
        np.zeros((number, horizon), dtype=np.int64),
        np.zeros(number, dtype=np.int64),
        Start(np.zeros(ends, dtype=ACCOUNT), np.zeros(number, dtype=TRAITS.dtype)),
        np.zeros(ends, dtype=np.int64),
    )


def lived(
    world: World, strategy: Strategy, origins: Origins, stream: int, ids: NDArray[np.int64],
    firsts: NDArray[np.int64], days: Calendar,
) -> Lived:  # fmt: skip
    """Live through the entrants *ids*, each from its first day to the calendar's end.

    Raises
    ------
    NotCompilableError
        Without numba, or for a strategy that cannot be compiled.
    """
    if not COMPILED:
        raise NotCompilableError("numba is not installed")
    horizon = len(days.today)
    door, told = open_door(strategy.decide, strategy.params), room(len(ids), horizon)
    calendar = (
        np.array([t.weekday for t in days.today]),
        np.array([t.season for t in days.today]),
        np.array([d in days.works for d in range(horizon)]),
    )
    way = door.record()
    with cache.alone("compiling"):
        rows, n, kept = _loop()(
            filled(world), filled(origins), way, np.uint64(stream), (ids, firsts),
            calendar, told,
        )  # fmt: skip
    if fault := int(way[0]["fault"]):
        who = int(ids[int(way[0]["culprit"])])
        raise explained(strategy.decide, strategy.params, door.view(), strategy.name, who, fault)
    months = Start(told.months.accounts[:kept], told.months.traits)
    return told._replace(rows=rows[:n], months=months, seen=told.seen[:kept])


@lru_cache(maxsize=1)
def _loop() -> Callable[..., Any]:
    return compiled(live, folder=folder())


@kernel
def put(account: Any, who: int, row: Record) -> None:
    """Keep the account as it stands."""
    store_state(row, account)
    row.luck, row.person = account.traits.luck, who


def live(
    world: Any, origins: Rows, door: Rows, stream: int, entrants: Any, calendar: Any, told: Lived
) -> tuple[Rows, int, int]:
    """Live through all entrants, one after the other.

    Parameters
    ----------
    world, origins, door
        One record each: the numbers in force, what entrants are drawn from, whom to ask.
    entrants
        Arrays of ids and of first days.
    calendar
        By day: weekday, multiplier of income, whether the floor works.
    told
        Where lives are written down.

    Returns
    -------
    tuple
        Postings, how many there are, and how many month ends.
    """
    w, o, d, n, kept, out = world[0], origins[0], door[0], 0, 0, none_yet()
    rows, (ids, firsts), (weekdays, seasons, works) = told.rows, entrants, calendar
    speaker = average_person(w)
    for i in range(len(ids)):
        account = enters(o, stream, stream, ids[i], firsts[i])
        store_traits(told.months.traits[i], account.traits)
        told.instalments[i] = account.loan.instalment
        for day in range(firsts[i], len(weekdays)):
            today = Today(day, weekdays[day], seasons[day], 0.0)
            account, ring = morning(w, account, today, out)
            balance = loans.balance(account.loan)
            told.buckets[i, day], told.owed[i, day] = min(127, account.deeds.bucket), balance
            if balance == 0:
                break
            if day % 30 == 0 and in_the_book(account):
                put(account, i, told.months.accounts[kept])
                told.seen[kept] = day
                kept += 1
            account = one_day(w, asked, d, account, today, works[day], ring, speaker, out)
            blame(d, i)
            if d.fault != 0:
                released(out)
                return rows, n, kept
        rows = with_room(rows, n, len(out))
        for k in range(len(out)):
            store_posting(rows[n], out[k])
            n += 1
        out.clear()
        told.until[i] = n
    released(out)
    return rows, n, kept
