"""Seats and tickets: `floor` in arrays. Who has been free longest takes the first ticket."""

from __future__ import annotations

from sim.agents.shifts import on_duty
from sim.core.domain import Role
from sim.core.kernel import kernel
from sim.core.records import Record, wide
from sim.engine.fast.queues import merged, without_first
from sim.engine.fast.state import TOUCH, free_of, seat_of, slot_of

Granted = list[tuple[int, int]]  #: (slot, seat or -1), in the order in which they are told


@kernel
def _earlier(s: Record, role: int, i: int, j: int) -> bool:
    a, b = free_of(s, role, i), free_of(s, role, j)
    if a.since != b.since:
        return bool(a.since < b.since)
    return bool(seat_of(s, a.seat).number < seat_of(s, b.seat).number)


@kernel
def _swap(s: Record, role: int, i: int, j: int) -> None:
    a, b = free_of(s, role, i), free_of(s, role, j)
    seat, since = a.seat, a.since
    a.seat, a.since = b.seat, b.since
    b.seat, b.since = seat, since


@kernel
def _now_free(s: Record, role: int, seat: int, since: int) -> None:
    i = s.frees[role]
    s.frees[role] = i + 1
    place = free_of(s, role, i)
    place.seat, place.since = seat, since
    while i > 0 and _earlier(s, role, i, (i - 1) >> 1):
        _swap(s, role, i, (i - 1) >> 1)
        i = (i - 1) >> 1


@kernel
def _drop_first_free(s: Record, role: int) -> None:
    last = s.frees[role] - 1
    s.frees[role] = last
    _swap(s, role, 0, last)
    i = 0
    while 2 * i + 1 < last:
        down = 2 * i + 1
        if down + 1 < last and _earlier(s, role, down + 1, down):
            down += 1
        if not _earlier(s, role, down, i):
            break
        _swap(s, role, i, down)
        i = down


@kernel
def _count(s: Record, seat: Record, now: int) -> None:
    """Count the work in progress of a taken seat up to now."""
    inside = max(0, min(now, seat.ends) - seat.since)
    s.tally[seat.role].busy += inside
    s.tally[seat.role].overtime += now - seat.since - inside
    seat.since = now


@kernel
def settle(s: Record, role: int, now: int) -> None:
    """Count the work in progress of a role; what follows belongs to the next tally."""
    for i in range(s.n_seats):
        seat = seat_of(s, i)
        if seat.role == role and seat.since >= 0:
            _count(s, seat, now)


@kernel
def _answer(s: Record, role: int, slot: int, seat: int, now: int, told: Granted) -> None:
    ticket = slot_of(s, slot)
    ticket.waiting = False
    s.tally[role].waited += now - ticket.ready
    told.append((slot, seat))


@kernel
def _first_ticket(s: Record, role: int) -> int:
    slot = wide(s.first[role])
    s.first[role] = without_first(s, slot)
    ticket = slot_of(s, slot)
    ticket.child = ticket.next = -1
    ticket.queued = False
    release(s, slot)
    return slot


@kernel
def release(s: Record, slot: int) -> None:
    """A visitor that is over, in no queue and with no hanging up to come leaves its slot."""
    visitor = slot_of(s, slot)
    if visitor.what != TOUCH and visitor.done and not visitor.queued and not visitor.hangs:
        visitor.next = s.visitors
        s.visitors = slot
        visitor.done = False


@kernel
def serve(s: Record, role: int, now: int, told: Granted) -> None:
    """Give free seats to waiting tickets, best first; tickets that left are passed over."""
    while s.frees[role] > 0 and s.first[role] >= 0:
        seat = free_of(s, role, 0).seat
        if seat_of(s, seat).ends <= now:
            _drop_first_free(s, role)
            continue
        slot = _first_ticket(s, role)
        if slot_of(s, slot).waiting:
            _drop_first_free(s, role)
            seat_of(s, seat).since = now
            _answer(s, role, slot, seat, now, told)


@kernel
def ask(s: Record, role: int, slot: int, now: int, told: Granted) -> None:
    """Queue a ticket; it is served at once where a seat is free, and never after closing."""
    ticket = slot_of(s, slot)
    ticket.role, ticket.waiting = role, True
    s.made[role] = True
    s.tally[role].tickets += 1
    if now >= s.until[role]:
        s.tally[role].unserved += 1
        _answer(s, role, slot, -1, now, told)
        return
    s.turns[role] += 1
    ticket.turn, ticket.child, ticket.next, ticket.queued = s.turns[role], -1, -1, True
    s.first[role] = merged(s, s.first[role], slot)
    serve(s, role, now, told)


@kernel
def give_back(s: Record, seat: int, now: int, told: Granted) -> None:
    """The seat is free again; time beyond the shift's end was overtime."""
    taken = seat_of(s, seat)
    _count(s, taken, now)
    taken.since = -1
    if now < taken.ends:
        _now_free(s, taken.role, seat, now)
        serve(s, taken.role, now, told)


@kernel
def hang_up(s: Record, slot: int, now: int, told: Granted) -> None:
    """The caller's patience is over, unless a seat came first."""
    caller = slot_of(s, slot)
    caller.hangs = False
    if caller.waiting:
        s.tally[caller.role].abandoned += 1
        _answer(s, wide(caller.role), slot, -1, now, told)
    else:
        release(s, slot)


@kernel
def comes_on(s: Record, i: int, role: int, start: int, day: int) -> bool:
    """Tell whether seat *i* begins its shift in *role* at second *start* of *day*."""
    seat = seat_of(s, i)
    there = seat.role == role and seat.employed and seat.begins == start
    return bool(there and (role == Role.BOT or comes(s, seat, day)))


@kernel
def comes(s: Record, seat: Record, day: int) -> bool:
    """Tell whether the seat's post is filled and on duty today."""
    if s.saturday:
        due = on_duty(seat.saturdays, day // 7 + seat.number)
    else:
        due = on_duty(seat.share, s.turn)
    return bool(seat.employed and seat.absent <= day and due)


@kernel
def come_on(s: Record, role: int, day: int, start: int, now: int, told: Granted) -> None:
    """The posts whose shift begins now start it."""
    s.made[role] = True
    settle(s, role, now)
    free, s.frees[role] = s.frees[role], 0
    for i in range(free):  # a heap's beginning is a heap: no place is read after it is written
        place = free_of(s, role, i)
        seat, since = place.seat, place.since
        if not comes_on(s, seat, role, start, day):
            _now_free(s, role, seat, since)
    for i in range(s.n_seats):
        if comes_on(s, i, role, start, day):
            seat_of(s, i).ends = now + seat_of(s, i).lasts
            if seat_of(s, i).since < 0:
                _now_free(s, role, i, now)
    serve(s, role, now, told)


@kernel
def close(s: Record, role: int, now: int, told: Granted) -> None:
    """The doors close: nobody else is served today."""
    s.frees[role] = 0
    while s.first[role] >= 0:
        slot = _first_ticket(s, role)
        if slot_of(s, slot).waiting:
            s.tally[role].unserved += 1
            _answer(s, role, slot, -1, now, told)
