"""The morning: people come and go, accounts enter, the doors open. `roster` for arrays."""

from __future__ import annotations

from sim.agents import loan as loans
from sim.agents.collector import found, hired, next_day, next_month
from sim.agents.population import SERIAL, enters
from sim.agents.shifts import FAR, begins, days_to, on_duty, overtime_rate, stays
from sim.core.domain import DAY, HOUR, Channel, Event, Posting, Role
from sim.core.kernel import kernel
from sim.core.records import Record
from sim.engine.fast.notes import note
from sim.engine.fast.queues import schedule
from sim.engine.fast.seats import comes
from sim.engine.fast.state import (
    ROLES,
    Rows,
    employ,
    keep,
    lacked_of,
    person_of,
    pots_of,
    row_of,
    seat_of,
    store_traits,
    traits_row,
)
from sim.engine.gate import shortened
from sim.engine.order import Kind
from sim.engine.purse import POTS, Pots, paid_by, released, spare, summed
from sim.scenario.world import World


@kernel
def people_come_and_go(world: World, s: Record, stream: int, day: int) -> None:
    """A new month's staff, leavers once a month, vacant posts filled, fatigue gone."""
    for i in range(s.n_seats):
        seat = seat_of(s, i)
        if seat.role == Role.BOT or not seat.employed:
            continue
        if seat.generation < 0:
            _staff(world, seat, stream, day)
        person = next_day(world, person_of(seat))
        if day > 0 and day % 30 == 0:
            person = next_month(world, stream, person, day, s.stands_for > 1.0)
        if day > 0 and person.absent_until == day:
            generation = person.generation + 1
            person = hired(world, stream, person.post, person.role, generation, day)
        employ(seat, person)


@kernel
def _staff(world: World, seat: Record, stream: int, day: int) -> None:
    """Staff a post that is new: with whom the run finds there, or with a new hire."""
    if day == 0:
        employ(seat, found(world, stream, seat.number, seat.role))
    else:
        employ(seat, hired(world, stream, seat.number, seat.role, 32, day))
        seat.absent = 0


@kernel
def who_is_there(s: Record, day: int, weekday: int) -> None:
    """Note which roles employ anybody, and in which anybody is there today."""
    s.crews_today = False
    s.crew_in = FAR + 1
    turn = s.turn + (1 if s.open_today else 0)
    for role in range(ROLES):
        s.staffed[role] = s.manned[role] = False
    for i in range(s.n_seats):
        seat = seat_of(s, i)
        if seat.employed:
            s.staffed[seat.role] = True
            if seat.absent <= day:
                s.manned[seat.role] = True
            if seat.role == Role.FIELD:
                s.crew_in = min(s.crew_in, days_to(seat.share, turn, weekday))
                s.crews_today = s.crews_today or comes(s, seat, day)
    if s.crew_in > FAR:
        s.crew_in = 1


@kernel
def money_comes(world: World, s: Record) -> None:
    """The day's money comes in."""
    pots = released(world, s.pace, pots_of(s), lacked_of(s))
    for pot in range(POTS):
        s.pots[pot] = pots[pot]


@kernel
def enter(
    origins: Rows, s: Record, streams: tuple[int, int], day: int, number: int, out: list[Posting]
) -> None:
    """Accounts become one day late today."""
    for i in range(number):
        account = enters(origins[0], streams[0], streams[1], (day + 1) * SERIAL + i, day)
        who, person = s.n_accounts, s.n_traits
        s.n_accounts, s.n_traits = who + 1, person + 1
        store_traits(traits_row(s, person), account.traits)
        row = row_of(s, who)
        row.person, row.luck = person, account.traits.luck
        keep(s, who, account)
        note(account, day * DAY, Event.ENTERED.value, loans.balance(account.loan), out)


@kernel
def sixth_day(s: Record, day: int, free: bool) -> None:
    """On a Saturday that is *free* those come who are on the rota."""
    s.saturday = free
    if free:
        s.saturday = False
        for i in range(s.n_seats):
            seat = seat_of(s, i)
            if seat.role == Role.PHONE and seat.employed and seat.absent <= day:
                s.saturday = s.saturday or on_duty(seat.saturdays, day // 7 + seat.number)


@kernel
def hours(world: World, s: Record, day: int) -> None:
    """When each post begins today and how long it works, overtime included."""
    s.rate = s.extra = 0.0
    paid = 0
    for i in range(s.n_seats):
        seat = seat_of(s, i)
        evenings = 0.0 if s.saturday else seat.evenings
        seat.begins = begins(seat.start, seat.late, evenings, s.turn + seat.number)
        seat.lasts = seat.end - seat.start
        if seat.role != Role.BOT:
            seat.lasts = shortened(seat.lasts, seat.thin)
        if seat.role == Role.PHONE and comes(s, seat, day):
            paid += shortened(seat.paid, seat.thin)
    if s.open_today and day < s.short_until:
        spares = spare(world, s.pace, pots_of(s), lacked_of(s))
        s.rate = overtime_rate(paid, s.price, s.most, summed(spares))
        _stay_on(world, s, day, spares)


@kernel
def _stay_on(world: World, s: Record, day: int, spares: Pots) -> None:
    """People on the phone stay on; the purse pays."""
    seconds = 0
    for i in range(s.n_seats):
        seat = seat_of(s, i)
        if seat.role == Role.PHONE and comes(s, seat, day):
            seconds += _more(world, s, seat)
            seat.lasts += _more(world, s, seat)
    s.extra = s.price * seconds
    pots = paid_by(pots_of(s), spares, s.extra)
    for pot in range(POTS):
        s.pots[pot] = pots[pot]


@kernel
def _more(world: World, s: Record, seat: Record) -> int:
    paid = shortened(seat.paid, seat.thin)
    length = shortened(seat.end - seat.start, seat.thin)
    return stays(world, s.rate, paid, seat.begins + length)


@kernel
def doors_open(world: World, s: Record, day: int, works_on: bool) -> None:
    """Schedule today's shifts and closing times; bots work every day."""
    if s.ports > 0:
        _bots(world, s, day)
    if not s.open_today and not s.saturday:
        return
    f = world.floor
    close = day * DAY + int(f.close_hour * HOUR)
    last = max(close, day * DAY + _shifts(s, day))
    round_the_clock = f.close_hour - f.open_hour >= 24.0 and works_on
    for role in range(1, ROLES):
        if role != Role.BOT and s.staffed[role] and (s.open_today or role == Role.PHONE):
            end = last if role == Role.PHONE else close
            s.made[role] = True
            s.until[role] = end
            if not round_the_clock:
                schedule(s, end, Kind.CLOSE.value, role, 0, 0)


@kernel
def _bots(world: World, s: Record, day: int) -> None:
    bot, role = world.channels[Channel.BOT.value], Role.BOT.value
    begin, end = day * DAY + bot.open_hour * HOUR, day * DAY + bot.close_hour * HOUR
    s.made[role] = True
    s.tally[role].open += s.ports * (end - begin)
    schedule(s, begin, Kind.OPEN.value, role, 0, 0)
    s.until[role] = end
    if end - begin < DAY:
        schedule(s, end, Kind.CLOSE.value, role, 0, 0)


@kernel
def _shifts(s: Record, day: int) -> int:
    """Count today's hours, and schedule each shift of each role once.

    Returns the second of the day at which the last phone goes silent.
    """
    last = 0
    for i in range(s.n_seats):
        seat = seat_of(s, i)
        if seat.role == Role.BOT or not comes(s, seat, day):
            continue
        more = seat.lasts - shortened(seat.end - seat.start, seat.thin)
        s.made[seat.role] = True
        s.tally[seat.role].open += seat.lasts
        s.tally[seat.role].paid += shortened(seat.paid, seat.thin) + more
        if seat.role == Role.PHONE:
            last = max(last, seat.begins + seat.lasts)
        if _first_of_shift(s, i, day):
            schedule(s, day * DAY + seat.begins, Kind.OPEN.value, seat.role, 0, 0)
    return last


@kernel
def _first_of_shift(s: Record, i: int, day: int) -> bool:
    """Tell whether no seat before *i* begins the same shift of the same role."""
    seat = seat_of(s, i)
    for j in range(i - 1, -1, -1):
        other = seat_of(s, j)
        if other.role != seat.role:
            return True
        if other.begins == seat.begins and comes(s, other, day):
            return False
    return True
