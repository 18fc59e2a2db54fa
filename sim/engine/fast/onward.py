"""What is open, carried on by one compiled loop: account by account, with seats ample.

No entrants, no queue: each account is worked by the policy in force until it is settled or sold,
or the days are over, and what that brings and costs is added up. Two loops, one for the compiler
and one for plain Python, share the kernel of a day.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents import loan as loans
from sim.agents.borrower import sold
from sim.agents.collector import Speaker
from sim.agents.model import Decide, morning
from sim.agents.state import in_the_book
from sim.core import cache
from sim.core.domain import NEVER, Account, Channel, Event, Posting, Role, Today, Traits
from sim.core.kernel import COMPILED, NotCompilableError, compiled, kernel, released
from sim.core.records import filled_once, wide
from sim.engine.fast.book import Start, accounts_of
from sim.engine.fast.doors import asked, folder, open_door
from sim.engine.fast.notes import none_yet
from sim.engine.fast.state import ROLES, Rows, load_state, load_traits
from sim.engine.seasoning import average_person, one_day
from sim.scenario.world import World

SOLD_AT = 181  #: days late from which a claim with neither plan nor suit is sold
PARTS = 3  #: cash, what the work costs, what complaints cost


class Means(NamedTuple):
    """What is in force for some of the days."""

    world: World
    decide: Decide
    params: Any
    seats: tuple[float, ...]  #: cents of one second of a seat, by role


#: The seats of `Means` as a record: one that is handed on is not counted, an array is.
SEATS = np.dtype([("seats", "f8", (ROLES,))])


class Days(NamedTuple):
    """The days on which is carried on, one number each."""

    day: NDArray[np.int64]
    weekday: NDArray[np.int64]
    season: NDArray[np.float64]
    reputation: NDArray[np.float64]
    works: NDArray[np.bool_]
    means: NDArray[np.int64]  #: place among the means in force
    worth: NDArray[np.float64]  #: of a cent of that day


@kernel
def _seat_cents(world: World, means: Any, placed: bool, p: Posting) -> float:
    """Cents of the seat that a touch held; an agency's people are paid by commission."""
    row = world.channels[p.channel]
    seconds = 1.0 * p.talk_seconds
    if p.event == Event.SENT or p.event == Event.FILED:
        seconds = 60.0 * row.desk_minutes
    if row.role == Role.PHONE and placed:
        seconds = 0.0
    cents: float = means.seats[row.role] * seconds
    return cents


@kernel
def _harm_cents(world: World, p: Posting) -> float:
    """Cents that complaints, fines, disputes and counter-suits are expected to cost."""
    money, people = world.money, world.people
    public = money.sanction * money.fine + money.news * money.news_cost
    harm = p.p_complaint * money.complaint_cost + p.p_regulator * public
    harm += p.p_breach * money.counter_suit * money.counter_suit_cost
    if p.event == Event.DISPUTED:
        trained = 1.0 - math.exp(-world.organisation.training_hours / people.training_hours)
        harm += money.dispute_cost * (1.0 - people.crisis_gain * trained)
    return 100.0 * harm


@kernel
def _holds(account: Account, day: int) -> bool:
    """Tell whether a plan or a suit runs, for which a claim is kept."""
    return account.plan.left > 0 or (
        account.case.legal_day != NEVER and account.case.legal_day > day
    )


@kernel
def carry(
    world: World, decide: Decide, params: Any, means: Any, account: Account, today: Today,
    works: bool, speaker: Speaker, out: list[Posting],
) -> tuple[Account, float, float, float]:  # fmt: skip
    """Carry one account on for one day; return it with the day's cash, cost and harm in cents."""
    account, ring = morning(world, account, today, out)
    placed = account.case.placed_until > today.day
    if loans.balance(account.loan) > 0:
        late = loans.dpd(account.loan, today.day) >= SOLD_AT
        if late and in_the_book(account) and not _holds(account, today.day):
            account = sold(account, today.day, out)
        else:
            account = one_day(world, decide, params, account, today, works, ring, speaker, out)
    cash, cost, harm = 0.0, 0.0, 0.0
    for i in range(len(out)):
        p = out[i]
        if p.event == Event.PAID:
            cash += p.amount
        elif p.event == Event.SOLD:
            cash += p.amount * world.money.sale_price
        cost += p.cost
        if p.channel != Channel.NONE:
            cost += _seat_cents(world, means, placed, p)
        harm += _harm_cents(world, p)
    out.clear()
    return account, cash, cost, harm


def carried(
    start: Start, means: Sequence[Means], days: Days, until: Sequence[int]
) -> NDArray[np.float64]:
    """Carry the accounts of *start* on; return what each brings, in cents of the first day.

    Parameters
    ----------
    means
        What is in force, by `Days.means`.
    until
        Ascending numbers of days within which is counted.

    Returns
    -------
    ndarray
        Accounts x `PARTS` x *until*: cash, cost and harm so far.
    """
    found = np.zeros((len(start.accounts), PARTS, len(until)))
    if not len(found):
        return found
    try:
        _compiled(start, means, days, until, found)
    except NotCompilableError:
        _plain(start, means, days, until, found)
    return found


def _compiled(
    start: Start, means: Sequence[Means], days: Days, until: Sequence[int], found: Any
) -> None:
    if not COMPILED:
        raise NotCompilableError("numba is not installed")
    doors = [open_door(m.decide, m.params) for m in means]
    worlds = np.concatenate([filled_once(m.world) for m in means])
    ways = np.concatenate([door.record() for door in doors])
    seats = np.array([(m.seats,) for m in means], dtype=SEATS)
    arguments = (worlds, ways, seats, start.accounts, start.traits, days)
    with cache.alone("compiling"):
        loop = _loop()
        loop(*arguments, np.array(until, dtype=np.int64), found)


def _plain(
    start: Start, means: Sequence[Means], days: Days, until: Sequence[int], found: Any
) -> None:
    """Carry on in plain Python; see `carry_all`."""
    out: list[Posting] = []
    for i, account in enumerate(accounts_of(start)):
        sums, k = [0.0] * PARTS, 0
        for n in range(len(days.day)):
            m = means[days.means[n]]
            today = Today(
                int(days.day[n]), int(days.weekday[n]), float(days.season[n]),
                float(days.reputation[n]),
            )  # fmt: skip
            works, speaker = bool(days.works[n]), average_person(m.world)
            account, *parts = carry(
                m.world, m.decide, m.params, m, account, today, works, speaker, out
            )
            for part, cents in enumerate(parts):
                sums[part] += cents * float(days.worth[n])
            if n + 1 == until[k]:
                found[i, :, k], k = sums, k + 1
            if k == len(until) or loans.balance(account.loan) == 0:
                break
        for rest in range(k, len(until)):
            found[i, :, rest] = sums


@lru_cache(maxsize=1)
def _loop() -> Callable[..., Any]:
    return compiled(carry_all, folder=folder())


@kernel
def _account(row: Any, traits: Rows) -> Account:
    """Return the account that a record holds."""
    t = load_traits(traits[row.person])
    account: Account = load_state(
        row,
        Traits(
            wide(row.luck), t.kind, t.will, t.slack, t.reach, t.best_hour, t.payday, t.patience,
            t.pride, t.region, t.grade, t.product, t.months_on_book, t.valid_address, t.pace,
            t.lasting,
        ),
    )  # fmt: skip
    return account


def carry_all(
    worlds: Any, doors: Rows, seats: Any, accounts: Rows, traits: Rows, days: Days, until: Any,
    found: Any,
) -> None:  # fmt: skip
    """Carry all accounts on, one after the other; see `carried`."""
    out = none_yet()
    for i in range(len(accounts)):
        account, k = _account(accounts[i], traits), 0
        cash, cost, harm = 0.0, 0.0, 0.0
        for n in range(len(days.day)):
            m = days.means[n]
            w = worlds[m]
            today = Today(days.day[n], days.weekday[n], days.season[n], days.reputation[n])
            account, got, spent, hurt = carry(
                w, asked, doors[m], seats[m], account, today, days.works[n], average_person(w), out
            )
            cash += got * days.worth[n]
            cost += spent * days.worth[n]
            harm += hurt * days.worth[n]
            if n + 1 == until[k]:
                found[i, 0, k], found[i, 1, k], found[i, 2, k] = cash, cost, harm
                k += 1
            if k == len(until) or loans.balance(account.loan) == 0:
                break
        for rest in range(k, len(until)):
            found[i, 0, rest], found[i, 1, rest], found[i, 2, rest] = cash, cost, harm
    released(out)
