"""Calls that come in, and complaints that wait for their desk: `calls` for arrays."""

from __future__ import annotations

from sim.agents.collector import bot_speaker
from sim.agents.model import price, resolve, seat_seconds
from sim.core.domain import DAY, HOUR, Channel, Event, Posting, Role, Today
from sim.core.kernel import kernel
from sim.core.records import Record, wide
from sim.engine.fast.notes import on_the_phone
from sim.engine.fast.queues import schedule
from sim.engine.fast.seats import Granted, ask, give_back, release
from sim.engine.fast.state import account_of, keep, seat_of, slot_of
from sim.engine.fast.touches import can_serve, voice
from sim.engine.gate import machine_serves, patience_seconds
from sim.engine.order import Kind
from sim.engine.seasoning import inbound, willing
from sim.scenario.world import World


@kernel
def visitor(s: Record, what: int, who: int) -> int:
    """Take a free slot for somebody who comes in."""
    slot = wide(s.visitors)
    v = slot_of(s, slot)
    s.visitors = v.next
    v.who, v.what, v.child, v.next = who, what, -1, -1
    v.waiting = v.queued = v.hangs = v.done = False
    return slot


@kernel
def leave(s: Record, slot: int) -> None:
    """A visitor is done."""
    slot_of(s, slot).done = True
    release(s, slot)


# --- callers -----------------------------------------------------------------------------------


@kernel
def ring(
    world: World, s: Record, today: Today, slot: int, now: int, out: list[Posting], told: Granted
) -> None:
    """A borrower calls: a seat, or patience runs out. Who is on the line does not call."""
    caller = slot_of(s, slot)
    who = wide(caller.who)
    line = slot_of(s, who)
    if line.on_line:
        leave(s, slot)
        return
    account = account_of(s, who)
    on_the_phone(account, now, Event.RANG.value, 0, out)
    role = Role.PHONE.value if s.staffed[Role.PHONE.value] else Role.COMPLAINTS.value
    if machine_serves(world, account, today.day, s.ports, s.pots[0]):
        role = Role.BOT.value
        s.pots[0] -= price(world, account, Channel.BOT.value)
    line.on_line = True
    caller.urgency, caller.ready = 0.0, now
    if not can_serve(s, role):
        lost(s, slot, now, out)
        return
    ask(s, role, slot, now, told)
    caller.hangs = True
    patience = patience_seconds(world, account, today.day, s.stands_for)
    schedule(s, now + patience, Kind.HANG_UP.value, who, 0, slot)


@kernel
def lost(s: Record, slot: int, now: int, out: list[Posting]) -> None:
    """The caller was not answered."""
    caller = slot_of(s, slot)
    who = wide(caller.who)
    on_the_phone(account_of(s, who), now, Event.ABANDONED.value, now - caller.ready, out)
    slot_of(s, who).on_line = False
    leave(s, slot)


@kernel
def _line(caller: Record) -> int:
    """Whom the caller talks to: a machine or a person."""
    return Channel.BOT.value if caller.role == Role.BOT else Channel.PHONE.value


@kernel
def pick_up(world: World, s: Record, slot: int, seat: int, now: int) -> None:
    """Somebody answers the caller."""
    caller = slot_of(s, slot)
    who = wide(caller.who)
    seconds = seat_seconds(world, account_of(s, who), _line(caller), 2, now)
    caller.started, caller.seat = now, seat
    schedule(s, now + max(1, seconds), Kind.DONE.value, who, 1, slot)


@kernel
def answered(
    world: World, s: Record, today: Today, slot: int, now: int, out: list[Posting], told: Granted
) -> None:
    """The talk with a caller is over."""
    caller = slot_of(s, slot)
    who, seat, started = wide(caller.who), wide(caller.seat), wide(caller.started)
    account, waited = account_of(s, who), started - caller.ready
    action = inbound(_line(caller))
    said = bot_speaker(world)
    if caller.role != Role.BOT:
        said = voice(world, s, seat, today, account)
    said = willing(world, said)
    after = resolve(world, account, today, action, said, 2, started, now, waited, True, out)
    keep(s, who, after)
    seat_of(s, seat).talked += now - started
    give_back(s, seat, now, told)
    slot_of(s, who).on_line = False
    leave(s, slot)


# --- complaints --------------------------------------------------------------------------------


@kernel
def opening(world: World, day: int) -> int:
    """Second at which the desk opens on *day*."""
    return day * DAY + int(world.floor.open_hour * HOUR)


@kernel
def complaint_waits(world: World, s: Record, slot: int, now: int, told: Granted) -> None:
    """The desk takes a complaint today, or tomorrow."""
    if can_serve(s, Role.COMPLAINTS.value):
        v = slot_of(s, slot)
        v.urgency, v.ready = 0.0, now
        ask(s, Role.COMPLAINTS.value, slot, now, told)
    else:
        complaint_tomorrow(world, s, slot, now)


@kernel
def complaint_tomorrow(world: World, s: Record, slot: int, now: int) -> None:
    """What is left at closing time waits for the next day's opening."""
    who = wide(slot_of(s, slot).who)
    schedule(s, opening(world, now // DAY + 1), Kind.READY.value, who, 2, slot)


@kernel
def complaint_taken(world: World, s: Record, slot: int, seat: int, now: int) -> None:
    """The desk begins to handle it."""
    v = slot_of(s, slot)
    v.seat = seat
    seconds = max(1, int(60 * world.floor.complaint_minutes))
    schedule(s, now + seconds, Kind.DONE.value, wide(v.who), 2, slot)


@kernel
def complaint_done(s: Record, slot: int, now: int, told: Granted) -> None:
    """The desk has handled it."""
    give_back(s, wide(slot_of(s, slot).seat), now, told)
    leave(s, slot)
