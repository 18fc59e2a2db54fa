"""The day as one compiled loop: the schedule of `story`, event by event, over arrays.

What happens at an event is asked of the same rules, in the same order; the files of this room
decide only when. Each function has its counterpart in `story`, `touches`, `calls`, `roster` or
`books`.
"""

from __future__ import annotations

from typing import Any

from sim.agents import loan as loans
from sim.agents.model import morning
from sim.core.domain import DAY, Event, Posting, Role, Today
from sim.core.kernel import growing, kernel, released, with_room
from sim.core.records import Record, wide
from sim.engine.fast.mornings import (
    doors_open,
    enter,
    hours,
    money_comes,
    people_come_and_go,
    sixth_day,
    who_is_there,
)
from sim.engine.fast.notes import moved, none_yet, note, reputation, tally
from sim.engine.fast.queues import forget_first, schedule
from sim.engine.fast.seats import Granted, ask, close, come_on, hang_up
from sim.engine.fast.state import (
    CALL,
    COMPLAINT,
    TOUCH,
    Rows,
    Told,
    account_of,
    event_of,
    keep,
    loan_of,
    row_of,
    slot_of,
)
from sim.engine.fast.touches import consider, finish, start
from sim.engine.fast.visitors import (
    answered,
    complaint_done,
    complaint_taken,
    complaint_tomorrow,
    complaint_waits,
    lost,
    opening,
    pick_up,
    ring,
    visitor,
)
from sim.engine.gate import first_in_turn
from sim.engine.order import Kind
from sim.scenario.world import World

ROOM = 64  #: events that the floor itself schedules in a day, and some more
NEVER_AGAIN = 32_767  #: day from which a settled account is asked about
FULL = 4_096  #: postings that wait before they are moved to the ledger's rows
DONE, NO_ROOM = 0, 1
CLOSED, WORKS, SIXTH = 0, 1, 2  #: what a day is to the floor

# --- events ------------------------------------------------------------------------------------


@kernel
def granted(
    world: World, s: Record, today: Today, slot: int, seat: int, now: int, out: list[Posting],
    told: Granted,
) -> None:  # fmt: skip
    """A ticket is told its seat, or that none comes."""
    what = slot_of(s, slot).what
    if what == TOUCH:
        start(world, s, today, slot, seat, now, out, told)
    elif what == CALL and seat >= 0:
        pick_up(world, s, slot, seat, now)
    elif what == CALL:
        lost(s, slot, now, out)
    elif seat >= 0:
        complaint_taken(world, s, slot, seat, now)
    else:
        complaint_tomorrow(world, s, slot, now)


@kernel
def happen(
    world: World, s: Record, today: Today, now: int, place: int, load: int, out: list[Posting],
    told: Granted,
) -> None:  # fmt: skip
    """One event."""
    kind, who, n = place >> 48, (place >> 4) & 0xFFF_FFFF_FFFF, place & 15
    if kind == Kind.READY:
        if n > 0:
            complaint_waits(world, s, load, now, told)
        elif slot_of(s, who).role == Role.NOBODY:
            start(world, s, today, who, -1, now, out, told)
        else:
            ask(s, wide(slot_of(s, who).role), who, now, told)
    elif kind == Kind.DONE:
        if n == 0:
            finish(world, s, today, who, load, now, out, told)
        elif n == 1:
            answered(world, s, today, load, now, out, told)
        else:
            complaint_done(s, load, now, told)
    else:
        happen_on_the_floor(world, s, today, kind, who, now, load, out, told)


@kernel
def happen_on_the_floor(
    world: World, s: Record, today: Today, kind: int, who: int, now: int, load: int,
    out: list[Posting], told: Granted,
) -> None:  # fmt: skip
    """A call comes in or is given up, a shift begins, the doors close."""
    if kind == Kind.RING:
        ring(world, s, today, load, now, out, told)
    elif kind == Kind.HANG_UP:
        hang_up(s, load, now, told)
    elif kind == Kind.OPEN:
        come_on(s, who, today.day, now - today.day * DAY, now, told)
    else:
        close(s, who, now, told)


# --- the day -----------------------------------------------------------------------------------


@kernel
def wake(
    world: World, s: Record, today: Today, who: int, rings: list[tuple[int, int]],
    complaints: list[int], out: list[Posting],
) -> None:  # fmt: skip
    """One account's morning; note whether it rings, and complains."""
    row = len(out)
    account, second = morning(world, account_of(s, who), today, out)
    keep(s, who, account)
    if second >= 0:
        rings.append((who, second))
    for i in range(row, len(out)):
        if out[i].event == Event.COMPLAINED and s.staffed[Role.COMPLAINTS.value]:
            complaints.append(who)


@kernel
def come_in(
    world: World, s: Record, day: int, rings: list[tuple[int, int]], complaints: list[int]
) -> None:
    """Callers and complaints are on their way."""
    for i in range(len(complaints)):
        who = complaints[i]
        slot = visitor(s, COMPLAINT, who)
        schedule(s, opening(world, day), Kind.READY.value, who, 2, slot)
    for i in range(len(rings)):
        who, second = rings[i]
        schedule(s, day * DAY + second, Kind.RING.value, who, 0, visitor(s, CALL, who))


@kernel
def consider_all(world: World, s: Record, today: Today, out: list[Posting]) -> None:
    """Ask the strategy about every account whose waiting is over."""
    day = today.day
    first = first_in_turn(day, s.n_accounts)
    for i in range(s.n_accounts):
        who = (first + i) % s.n_accounts
        row = row_of(s, who)
        if row.case_next_day <= day and not slot_of(s, who).busy:
            if loans.balance(loan_of(row)) == 0:
                row.case_next_day = NEVER_AGAIN
            else:
                consider(world, s, today, who, day * DAY, out)


@kernel
def missing(s: Record, slots: Rows, visitors: int) -> int:
    """Return how many slots lack for so many more visitors; *s* counts those that exist."""
    free, i = 0, s.visitors
    while i >= 0 and free < visitors:
        free, i = free + 1, wide(slots[i].next)
    return visitors - free


@kernel
def link(s: Record, slots: Rows) -> None:
    """Put new slots with the free ones."""
    for k in range(s.n_slots, len(slots)):
        slots[k].next = s.visitors
        s.visitors = k
    s.n_slots = len(slots)


def live(
    world: Any, origins: Rows, scene: Rows, told: Told, slots: Rows, events: Rows, rows: Rows,
    days: tuple[int, int], calendar: Any, streams: tuple[int, int], usual: float,
) -> tuple[Rows, Rows, Rows, int]:  # fmt: skip
    """Live through *days*, all of one month.

    Parameters
    ----------
    world, origins, scene
        One record each: the numbers in force, what entrants are drawn from, `state.SCENE`.
    told
        Where days are written down.
    slots, events, rows
        Room for what waits, for events, and for postings; longer ones are made when needed.
    days
        First day, and the day after the last.
    calendar
        By day: weekday, multiplier of income, what it is to the floor, number of entrants.
    streams
        Streams of the book's and of the run's luck.
    usual
        Expected public complaints per late account and day; 0: no reputation.

    Returns
    -------
    tuple
        Slots, events and rows as they are now, and how many rows are filled.
    """
    # A variable that may be another array after a turn is counted at every turn; a list is not.
    w, s, n, out, ledger = world[0], scene[0], 0, none_yet(), [rows]
    seats, rings, complaints = growing((0, 0)), growing((0, 0)), growing(0)
    weekdays, seasons, works, comers = calendar
    for day in range(days[0], days[1]):
        if day == 0:
            for who in range(s.n_accounts):
                a = account_of(s, who)
                note(a, 0, Event.OPENED.value, loans.balance(a.loan), out)
                if len(out) > FULL:
                    n = moved(s, out, ledger, n)
        today = Today(day, weekdays[day], seasons[day], reputation(s, usual))
        s.turn += 1 if s.open_today else 0
        s.open_today = works[day] == WORKS
        money_comes(w, s)
        people_come_and_go(w, s, streams[1], day)
        sixth_day(s, day, works[day] == SIXTH)
        who_is_there(s, day, today.weekday)
        hours(w, s, day)
        enter(origins, s, streams, day, comers[day], out)
        rings.clear()
        complaints.clear()
        for who in range(s.n_accounts):
            wake(w, s, today, who, rings, complaints, out)
            if len(out) > FULL:
                n = moved(s, out, ledger, n)
        comers_in = len(rings) + len(complaints)
        slots = with_room(slots, len(slots), missing(s, slots, comers_in))
        link(s, slots)
        events = with_room(events, s.n_events, s.n_accounts + 3 * comers_in + ROOM)
        s.slots, s.events = slots.ctypes.data, events.ctypes.data
        come_in(w, s, day, rings, complaints)
        doors_open(w, s, day, works[day + 1] == WORKS)
        consider_all(w, s, today, out)
        n = moved(s, out, ledger, n)
        while s.fault == 0 and s.n_events > 0 and event_of(s, 0).time < (day + 1) * DAY:
            first = event_of(s, 0)
            now, place, load = wide(first.time), wide(first.place), wide(first.load)
            forget_first(s)
            happen(w, s, today, now, place, load, out, seats)
            done = 0
            while done < len(seats):
                slot, seat = seats[done]
                granted(w, s, today, slot, seat, now, out, seats)
                done += 1
            seats.clear()
            if len(out) > FULL:
                n = moved(s, out, ledger, n)
        n = moved(s, out, ledger, n)
        tally(s, told, day)
    released(out)
    released(seats)
    released(rings)
    released(complaints)
    return slots, events, ledger[0], n
