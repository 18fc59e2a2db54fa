"""A touch, from the question what to do until it is over: `touches` for arrays."""

from __future__ import annotations

from sim.agents.collector import Speaker, bot_speaker, speaker
from sim.agents.model import (
    NO_SCORES,
    ask_from,
    blocked_by,
    meets,
    price,
    refuse,
    resolve,
    resolve_unseated,
    role_of,
    seat_seconds,
    wish,
)
from sim.agents.state import is_shut, shut_today
from sim.core.domain import (
    DAY,
    HOUR,
    Account,
    Action,
    Channel,
    Event,
    Posting,
    Refused,
    Role,
    Rule,
    Today,
)
from sim.core.kernel import kernel
from sim.core.records import Record, wide
from sim.engine.fast.doors import asked, blame
from sim.engine.fast.notes import dropped, refused
from sim.engine.fast.queues import schedule
from sim.engine.fast.seats import Granted, give_back
from sim.engine.fast.state import (
    TOUCH,
    account_of,
    keep,
    pack_day,
    person_of,
    row_of,
    seat_of,
    slot_of,
)
from sim.engine.gate import (
    WISHES,
    refusal,
    slips_through,
    stale,
    supervised,
    supervisors,
    waits_for_crew,
)
from sim.engine.order import Kind
from sim.engine.purse import days_left, paying_pot
from sim.scenario.world import World


@kernel
def can_serve(s: Record, role: int) -> bool:
    """Tell whether the role works today at all."""
    if role == Role.NOBODY:
        return True
    if role == Role.BOT:
        return bool(s.ports > 0)
    if role == Role.FIELD and not s.crews_today:
        return False
    if role == Role.PHONE and s.saturday:
        return True
    return bool(s.open_today and s.staffed[role])


@kernel
def consider(
    world: World, s: Record, today: Today, who: int, second: int, out: list[Posting]
) -> None:
    """Ask the strategy, and again at once where its wish is refused."""
    for _ in range(WISHES):
        if not _wish(world, s, today, who, second, out):
            return


@kernel
def _wish(world: World, s: Record, today: Today, who: int, second: int, out: list[Posting]) -> bool:
    """Ask the strategy, the law and the purse; tell whether to ask for something else."""
    account, day, row = account_of(s, who), today.day, row_of(s, who)
    left = days_left(world, s.pace, s.pots[0])
    action, rule = wish(world, asked, s, account, today, second, NO_SCORES, left, s.crew_in)
    blame(s, who)
    if action.channel == Channel.NONE or action.wait_days > 0:
        row.case_next_day = pack_day(day + max(1, action.wait_days))
        return False
    role = role_of(world, account, action.channel, day)
    if supervised(world, account, role, action.hour) and s.manned[Role.SUPERVISOR.value]:
        role = Role.SUPERVISOR.value
    if account.contacts.touches_today >= 7:
        row.case_next_day = day + 1
        return False
    cost, pot = price(world, account, action.channel), paying_pot(world, action.channel)
    why = refusal(world, account, rule, can_serve(s, role), cost, s.pots[pot], day)
    if why != Refused.NOTHING:
        return _refused(world, s, day, who, action, why, rule, second, out)
    s.pots[pot] -= cost
    if cost > 0.0:
        s.lacked[pot] = 0.0
    opens = 0 if rule > 0 else world.channels[action.channel].open_hour
    ready = max(second, day * DAY + max(action.hour, opens) * HOUR)
    _begin(s, who, action, role, ready, cost)
    return False


@kernel
def _refused(
    world: World, s: Record, day: int, who: int, action: Action, why: int, rule: int, second: int,
    out: list[Posting],
) -> bool:  # fmt: skip
    """Mark and write down the refusal; the same wish twice on one day ends the asking."""
    account, channel = account_of(s, who), action.channel
    if is_shut(account, channel, day):
        row_of(s, who).case_next_day = day + 1
        return False
    if waits_for_crew(why, channel, bool(s.staffed[Role.FIELD.value])):
        keep(s, who, ask_from(shut_today(account, channel, day), day + 1))
        return True
    if why == Refused.LAW:
        refused(world, account, action, second, rule, Event.BLOCKED.value, out)
    elif why == Refused.MONEY:
        cost = price(world, account, channel)
        s.lacked[paying_pot(world, channel)] = cost
        dropped(account, action, second, Event.UNFUNDED.value, 0, int(cost), out)
    elif s.open_today:
        dropped(account, action, second, Event.CLOSED.value, 0, 0, out)
    keep(s, who, ask_from(refuse(account, channel, why, day), day + 1))
    return True


@kernel
def _begin(s: Record, who: int, action: Action, role: int, ready: int, paid: float) -> None:
    """Let the touch, which is paid for, run its course from second *ready*."""
    t = slot_of(s, who)
    t.who, t.what, t.role, t.busy = who, TOUCH, role, True
    t.channel, t.tone, t.offer, t.months = action.channel, action.tone, action.offer, action.months
    t.share, t.urgency, t.ready, t.price = action.share, action.urgency, ready, paid
    schedule(s, ready, Kind.READY.value, who, 0, 0)


@kernel
def _action(touch: Record) -> Action:
    return Action(
        wide(touch.channel), wide(touch.tone), wide(touch.offer),
        wide(touch.months), touch.share, 0, 0, touch.urgency,
    )  # fmt: skip


@kernel
def _over(
    world: World, s: Record, today: Today, who: int, now: int, again: bool, out: list[Posting]
) -> None:
    """The touch is over; the strategy is asked again at once, or tomorrow."""
    slot_of(s, who).busy = False
    if again:
        row_of(s, who).case_refusal_in_a_row = 0
    if again and now // DAY == today.day:
        consider(world, s, today, who, now, out)
    else:
        row_of(s, who).case_next_day = today.day + 1


@kernel
def _may_go_on(
    world: World, s: Record, today: Today, account: Account, action: Action, who: int, seat: int,
    now: int, out: list[Posting],
) -> bool:  # fmt: skip
    """Ask again when the seat is there: served at all, still wanted, lawful."""
    touch = slot_of(s, who)
    waited = now - touch.ready
    if touch.role != Role.NOBODY and (
        seat < 0 or _too_late(world, account, action, now, seat_of(s, seat).ends)
    ):
        dropped(account, action, now, Event.UNSERVED.value, waited, 0, out)
        keep(s, who, refuse(account, action.channel, Refused.SEAT.value, today.day))
        return False
    engaged = world.channels[action.channel].voice and touch.on_line
    if engaged or stale(account, action.offer, today.day):
        dropped(account, action, now, Event.STALE.value, waited, 0, out)
        return False
    rule = blocked_by(world, account, action, now)
    if rule != Rule.NONE and not slips_through(world, account, today.day):
        refused(world, account, action, now, rule, Event.BLOCKED.value, out)
        keep(s, who, refuse(account, action.channel, Refused.LAW.value, today.day))
        return False
    if rule != Rule.NONE:
        refused(world, account, action, now, rule, Event.BREACH.value, out)
    return True


@kernel
def _too_late(world: World, account: Account, action: Action, now: int, ends: int) -> bool:
    """No visit starts that cannot end."""
    if action.channel != Channel.VISIT:
        return False
    met = meets(world, account, action.channel, now)
    return bool(now + seat_seconds(world, account, action.channel, met, now) > ends)


@kernel
def start(
    world: World, s: Record, today: Today, who: int, seat: int, now: int, out: list[Posting],
    told: Granted,
) -> None:  # fmt: skip
    """A touch has its seat, needs none (-1), or gets none (-1)."""
    account, touch = account_of(s, who), slot_of(s, who)
    action = _action(touch)
    if not _may_go_on(world, s, today, account, action, who, seat, now, out):
        if seat >= 0:
            give_back(s, seat, now, told)
        s.pots[paying_pot(world, action.channel)] += touch.price
        _over(world, s, today, who, now, False, out)
        return
    if seat < 0:
        keep(s, who, resolve_unseated(world, account, action, now, out))
        _over(world, s, today, who, now, True, out)
        return
    channel = action.channel
    met = meets(world, account, channel, now) if world.channels[channel].voice else 0
    seconds = max(1, seat_seconds(world, account, channel, met, now))
    touch.met, touch.started, touch.seat = met, now, seat
    if met == 2 and channel != Channel.VISIT:
        touch.on_line = True
    schedule(s, now + seconds, Kind.DONE.value, who, 0, seat)


@kernel
def finish(
    world: World, s: Record, today: Today, who: int, seat: int, now: int, out: list[Posting],
    told: Granted,
) -> None:  # fmt: skip
    """The call, the visit or the desk work is done: what came of it."""
    account, touch = account_of(s, who), slot_of(s, who)
    action, started, met = _action(touch), wide(touch.started), wide(touch.met)
    touch.on_line = False
    if world.channels[action.channel].voice:
        said = bot_speaker(world)
        if touch.role != Role.BOT:
            said = voice(world, s, seat, today, account)
        if touch.role == Role.SUPERVISOR:
            action = supervisors(world, action)
        waited = started - touch.ready
        after = resolve(world, account, today, action, said, met, started, now, waited, False, out)
        keep(s, who, after)
        if met == 2:
            seat_of(s, seat).talked += now - started
    else:
        keep(s, who, resolve_unseated(world, account, action, now, out))
    give_back(s, seat, now, told)
    _over(world, s, today, who, now, True, out)


@kernel
def voice(world: World, s: Record, seat: int, today: Today, account: Account) -> Speaker:
    """Whoever sits there, as this borrower meets them."""
    return speaker(world, person_of(seat_of(s, seat)), today.day, account.contacts.talks > 0)
