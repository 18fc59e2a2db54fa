"""The model: the steps that every engine calls. Engines decide when, never what.

`morning` (from `agents.borrower`): what the borrower does alone. `observe`: what a strategy may
see. `plan`: ask the strategy, then the law. `seat_seconds`: how long a touch holds its seat.
`resolve`: carry a touch out: the borrower answers, the ledger gets its rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from sim.agents import loan as loans
from sim.agents.agreements import settled
from sim.agents.borrower import morning
from sim.agents.collector import Speaker, effort
from sim.agents.conduct import disturbed, wake_of
from sim.agents.court import go_to_court, suit_price
from sim.agents.facts import at_second, fact, risky, sent, spoken
from sim.agents.mail import is_letter, post_letter, send_message
from sim.agents.mind import after_attempt, in_public, logistic
from sim.agents.reach import meets, talk_seconds, touch_key
from sim.agents.shifts import phones_close
from sim.agents.state import (
    ask_from,
    held,
    in_the_book,
    placed_with,
    refuse,
    with_contacts,
    with_mind,
    with_reason,
    worked,
)
from sim.agents.talk import Manner, answer, felt, manner, taken_by_surprise
from sim.core.domain import (
    DAY,
    HOUR,
    NEVER,
    Account,
    Action,
    Channel,
    Contacts,
    Event,
    LegalStage,
    Offer,
    Outcome,
    PlanStatus,
    Posting,
    Prices,
    Reason,
    Role,
    Rule,
    Today,
    Tone,
    View,
)
from sim.core.kernel import kernel
from sim.core.rng import Purpose, draw, normal
from sim.rules import blocked_by, is_hardship
from sim.rules.gate import offensive
from sim.scenario.world import World, world

__all__ = [
    "NO_SCORES",
    "Manner",
    "Speaker",
    "World",
    "ask_from",
    "blocked_by",
    "meets",
    "morning",
    "observe",
    "plan",
    "price",
    "refuse",
    "resolve",
    "resolve_unseated",
    "role_of",
    "seat_seconds",
    "touch_cost",
    "wish",
    "worked",
    "world",
]  # fmt: skip

NO_SCORES = (0.0, 0.0, 0.0, 0.0)
AMPLE = 30.0  #: days of its pace that the purse holds where nothing runs short
FREE: Prices = (0.0,) * 12  #: a price for every channel
MOST_IN_A_ROW = 119  #: calls in vain, or talks, that are counted in a row
KNOWN_DEAD = 120  #: what stands there once the number itself has told that it reaches nobody
OFFICE = 18  #: hour at which the phones go silent on a usual floor
Decide = Callable[[Any, View], Action]


@kernel
def _days_since(day: int, then: int) -> int:
    return min(999, day - then) if then != NEVER else 999


@kernel
def _paid_lately(account: Account, day: int) -> int:
    """Cents paid in the present and the last 15-day block: 15 to 30 days."""
    d = account.deeds
    gap = day // 15 - max(d.payment_day, 0) // 15
    if gap == 0:
        return d.paid_block + d.paid_before
    return d.paid_block if gap == 1 else 0


@kernel
def observe(
    account: Account, today: Today, hour: int, scores: tuple[float, float, float, float]
) -> View:
    """Return what a strategy may see of *account* where money is no question."""
    return _seen(account, today, hour, scores, AMPLE, FREE, OFFICE, 1)


@kernel
def _seen(
    account: Account, today: Today, hour: int, scores: tuple[float, float, float, float],
    purse_days: float, prices: Prices, until: int, crew_in: int,
) -> View:  # fmt: skip
    """Return what a strategy may see of *account*; nothing latent enters."""
    day, loan, traits = today.day, account.loan, account.traits
    c, d, k = account.contacts, account.deeds, account.case
    late = loans.dpd(loan, day)
    paid_up = (loan.paid + loan.credited) // loan.instalment
    promise_in = account.promise.day - day if account.promise.day != NEVER else -1
    refusal = k.refusal
    shut = refusal.shut if refusal.day == day else 0
    stage = 0 if k.legal_stage == LegalStage.UNSETTLED else k.legal_stage
    return View(
        traits.product,
        loans.balance(loan),
        loans.past_due(loan, day),
        late,
        loans.bucket_of(late),
        loan.instalment,
        loan.count - paid_up,
        traits.months_on_book + day // 30,
        traits.grade,
        traits.region,
        d.late_months,
        c.attempts,
        c.attempts_today,
        c.talks,
        c.talks_today,
        c.unanswered,
        _days_since(day, c.attempt_day),
        _days_since(day, c.talk_day),
        _days_since(day, d.payment_day),
        _paid_lately(account, day),
        c.outcome,
        c.channel,
        c.tone,
        promise_in,
        d.promises_kept,
        d.promises_broken,
        d.plan_status,
        d.plan_kept,
        k.reason,
        c.unanswered < 9,
        not k.address_failed,
        k.disputed,
        k.complained,
        k.paused_until > day,
        stage,
        day,
        today.weekday,
        hour,
        scores,
        draw(traits.luck, Purpose.COIN, 0),
        draw(traits.luck, Purpose.COIN_TODAY, day),
        c.failed_talks,
        _days_since(day, c.message_day),
        loans.due_in(loan, day),
        k.placements,
        purse_days,
        prices,
        refusal.channel,
        refusal.why,
        refusal.in_a_row,
        shut,
        c.attempts + refusal.unseated,
        _days_since(day, d.broken_day),
        until,
        crew_in,
    )


@kernel
def agency_call(world: World, seen: View) -> Action:
    """What an agency does with an account that is placed with it: it dials until somebody talks.

    The lender's gate stands before it as before the lender's own people. Who has just paid rests.
    """
    rest = 1
    if seen.dpd == 0 or seen.plan_status == PlanStatus.RUNNING:
        rest = 7
    elif seen.promise_in_days >= 0:
        rest = seen.promise_in_days + 1
    elif seen.days_since_payment < world.agency.after_talk:
        rest = world.agency.after_talk - seen.days_since_payment
    elif seen.days_since_talk < world.agency.after_talk:
        rest = world.agency.after_talk - seen.days_since_talk
    elif not seen.paused and seen.attempts_today < world.agency.dials_a_day:
        hour = 9 + 4 * seen.attempts_today
        return Action(Channel.PHONE, world.agency.tone, Offer.NONE, 0, 0.0, hour, 0, 1.0)
    return Action(Channel.NONE, 0, 0, 0, 0.0, 0, rest, 0.0)


@kernel
def role_of(world: World, account: Account, channel: int, day: int) -> int:
    """Seat that a touch by *channel* needs: a placed account is called by the agency's people."""
    if channel == Channel.PHONE and account.case.placed_until > day:
        return Role.AGENCY.value
    return world.channels[channel].role


@kernel
def place(world: World, account: Account, months: int, second: int, out: list[Posting]) -> Account:
    """Place the account with an agency for so many months; then it is recalled."""
    channel, day = Channel.AGENCY.value, second // DAY
    cost = world.channels[channel].cost
    out.append(sent(account, second, Event.PLACED, channel, 0, Outcome.NONE, cost, 0.0, 0.0))
    return placed_with(account, day + 30 * max(1, min(24, months)))


@kernel
def spending(world: World, account: Account, day: int) -> float:
    """What purchases tell of free cash, with the month's noise; 0: no data.

    Free cash is the logarithm of what is left a month in instalments, cut at ±2; a shock to
    income shows in the shopping too. The strength is its weight against the noise: at 1 there is
    no noise.
    """
    tells = world.borrower.spending_signal
    if tells == 0.0:
        return 0.0
    cash = math.log(account.traits.slack / account.loan.instalment)
    if account.cash.shocked:
        cash -= 1.0
    noise = normal(draw(account.traits.luck, Purpose.SIGNAL, 8 * (day // 30)))
    return tells * max(-2.0, min(2.0, cash)) + math.sqrt(1.0 - tells * tells) * noise


@kernel
def plan(
    world: World,
    decide: Decide,
    params: Any,
    account: Account,
    today: Today,
    second: int,
    scores: tuple[float, float, float, float],
) -> tuple[Action, int]:
    """Ask the strategy, then the law, where money is no question; see `wish`."""
    return wish(world, decide, params, account, today, second, scores, AMPLE, 1)


@kernel
def prices(world: World, account: Account) -> Prices:
    """Cents that a touch by each channel takes from the purse, by `Channel`."""
    c = world.channels
    return (
        0.0, c[1].cost, c[2].cost, c[3].cost, c[4].cost, c[5].cost,
        touch_cost(world, account, Channel.PHONE.value), c[7].cost, c[8].cost,
        touch_cost(world, account, Channel.VISIT.value),
        price(world, account, Channel.LITIGATION.value), c[11].cost,
    )  # fmt: skip


@kernel
def wish(
    world: World, decide: Decide, params: Any, account: Account, today: Today, second: int,
    scores: tuple[float, float, float, float], purse_days: float, crew_in: int,
) -> tuple[Action, int]:  # fmt: skip
    """Ask the strategy, then the law. One letter at a time is in the post.

    A number that is known to be dead is on nobody's list until another is traced; what is written
    off is worked by others.

    Parameters
    ----------
    purse_days
        Money at hand for messages and bots, in days of its pace.
    crew_in
        Days until a field crew goes out, after today.

    Returns
    -------
    Action
        What the strategy wants.
    int
        The rule that forbids it, or 0.
    """
    if not in_the_book(account):
        return Action(Channel.NONE, 0, 0, 0, 0.0, 0, 360, 0.0), 0
    seen_in_shops = spending(world, account, today.day)
    known = (scores[0] + seen_in_shops, scores[1], scores[2], scores[3])
    hour, costs = second % DAY // HOUR, prices(world, account)
    until = phones_close(world) // HOUR
    seen = _seen(account, today, hour, known, purse_days, costs, until, crew_in)
    if account.case.placed_until > today.day:
        action = agency_call(world, seen)
    else:
        action = decide(params, seen)
    dials = action.channel == Channel.PHONE or action.channel == Channel.BOT
    if dials and account.contacts.unanswered >= KNOWN_DEAD:
        return Action(Channel.NONE, 0, 0, 0, 0.0, 0, 5, 0.0), 0
    if is_letter(action.channel) and account.mail.day != NEVER:
        return Action(Channel.NONE, 0, 0, 0, 0.0, 0, 1, 0.0), 0
    if action.channel == Channel.NONE or action.wait_days > 0:
        return action, 0
    row = world.channels[action.channel]
    at = max(second, today.day * DAY + max(action.hour, row.open_hour) * HOUR)
    if at % DAY // HOUR >= row.close_hour:
        return Action(Channel.NONE, 0, 0, 0, 0.0, 0, 1, 0.0), 0
    return action, blocked_by(world, account, action, at)


@kernel
def seat_seconds(world: World, account: Account, channel: int, met: int, second: int) -> int:
    """Seconds for which a touch holds its seat: way, preparation, ringing, talk, wrap-up."""
    f = world.floor
    if channel == Channel.VISIT:
        stay = talk_seconds(world, account, channel, second // DAY) if met == 2 else 300
        way, trip = 60.0 * f.travel_minutes[account.traits.region], world.organisation.visits_a_trip
        lining_up = 60.0 * f.plan_minutes if trip > 1.0 else 0.0
        return stay + int(way / max(1.0, trip) + lining_up)
    if channel != Channel.PHONE and channel != Channel.BOT:
        return int(60.0 * world.channels[channel].desk_minutes)
    if met != 2:
        alone = f.ring_minutes + (0.5 if met == 1 else 0.0)
        prepare = f.prepare_minutes if channel == Channel.PHONE else 0.0
        return int(60.0 * (alone + prepare) / (effort(world) if channel == Channel.PHONE else 1.0))
    talk = talk_seconds(world, account, channel, second // DAY)
    if channel == Channel.BOT:
        return talk
    notes = f.note_minutes if world.organisation.shared_notes else 0.0
    return talk + int(60.0 * (f.prepare_minutes + f.wrap_minutes + notes) / effort(world))


@kernel
def _unanswered(before: int, met: int) -> int:
    """Attempts in vain in a row; a number that says so itself counts as lost at once."""
    if met == 2:
        return 0
    return KNOWN_DEAD if met == 3 or before >= KNOWN_DEAD else min(MOST_IN_A_ROW, before + 1)


@kernel
def _after_attempt(
    world: World, account: Account, action: Action, day: int, met: int, outcome: int, rang: bool
) -> Account:
    """Count the attempt; M5: attempts beyond the first of a day offend."""
    c = account.contacts
    talked = met == 2
    called = not rang and (action.channel == Channel.PHONE or action.channel == Channel.BOT)
    agreed = outcome == Outcome.PAID or outcome == Outcome.PLAN or outcome == Outcome.PROMISED
    failed = 0 if agreed else min(MOST_IN_A_ROW, c.failed_talks + 1)
    if outcome == Outcome.LISTENED:
        failed = c.failed_talks
    ours, talk, theirs = 0 if rang else 1, 1 if talked else 0, 1 if talked and not rang else 0
    unanswered = _unanswered(c.unanswered, met)
    failed = failed if talked else c.failed_talks
    attempt_day = c.attempt_day if rang else day
    talk_day, notice_day = (day, day) if talked else (c.talk_day, c.notice_day)
    calls = 1 if called and c.week_calls & 15 < 15 else 0
    contacts = Contacts(
        c.attempts + ours, c.attempts_today + ours, c.talks + talk, c.talks_today + theirs,
        c.touches_today + 1, unanswered, failed, attempt_day, talk_day, c.message_day,
        c.week_messages, c.week_calls + calls, outcome, action.channel, action.tone, notice_day,
    )  # fmt: skip
    mind = account.mind
    if not rang:
        mind = after_attempt(world, mind, c.attempts_today)
    return with_contacts(with_mind(account, mind), contacts)


@kernel
def _reveal(
    world: World, account: Account, tone: int, touch: int, ease: float, out: list[Posting]
) -> Account:
    """The borrower says why, or does not (M7): trust and a warm voice help, anger hinders.

    So does who asks, and where: *ease*, logit.
    """
    b, k, mind = world.borrower, account.case, account.mind
    if k.reason != Reason.UNKNOWN:
        return account
    chance = logistic(
        b.reveal
        + ease
        + mind.trust
        - mind.resentment
        + (b.reveal_empathy if tone == Tone.WARM else 0.0)
    )
    if draw(account.traits.luck, Purpose.REASON, touch) >= chance:
        return account
    reason, day = world.kinds[account.traits.kind].reason, touch // 8
    out.append(fact(account, account.loan, day, Event.REVEALED, reason))
    account = with_reason(account, reason)
    if world.rules[Rule.UK_04.value] and is_hardship(reason):
        account = held(account, day + world.law.hardship_days, False, False)
    return account


@kernel
def _touch_event(channel: int, met: int, rang: bool) -> int:
    if rang:
        return Event.ANSWERED.value
    if channel == Channel.VISIT:
        return Event.VISITED.value
    return Event.REACHED.value if met == 2 else Event.DIALLED.value


@kernel
def _missed(met: int) -> int:
    """How a touch ended that met nobody, or somebody else."""
    if met == 3:
        return Outcome.INVALID.value
    return Outcome.OTHER_PERSON.value if met == 1 else Outcome.NO_ANSWER.value


@kernel
def touch_cost(world: World, account: Account, channel: int) -> float:
    """Cents that a touch costs beside its seat; doors visited on one way share it."""
    cost = world.channels[channel].cost
    if channel == Channel.VISIT:
        trip = max(1.0, world.organisation.visits_a_trip)
        cost = cost + world.floor.travel_cost[account.traits.region] / trip
    return cost


@kernel
def price(world: World, account: Account, channel: int) -> float:
    """Cents that a touch takes from the purse."""
    if channel == Channel.LITIGATION:
        return suit_price(world, account)
    return touch_cost(world, account, channel)


@kernel
def _checked(world: World, account: Account, channel: int, day: int) -> float:
    """Cents for the machine that checks talks: those of the lender's own people."""
    if channel != Channel.PHONE or account.case.placed_until > day:
        return 0.0
    return world.organisation.machine_inspection * world.floor.machine_check


@kernel
def _breach(world: World, account: Account, action: Action, second: int) -> Posting:
    """Posting of misconduct that no tone shows: its chance stands with the touch."""
    rule, day = offensive(world, Tone.ABUSIVE.value), second // DAY
    return Posting(
        second, account.id, Event.BREACH, action.channel, action.tone, action.offer, -1,
        Outcome.NONE, 0, 0.0, loans.dpd(account.loan, day), loans.balance(account.loan), 0, 0,
        0.0, 0.0, 0.0, rule,
    )  # fmt: skip


@kernel
def resolve(
    world: World,
    account: Account,
    today: Today,
    action: Action,
    speaker: Speaker,
    met: int,
    started: int,
    second: int,
    waited: int,
    rang: bool,
    out: list[Posting],
) -> Account:
    """Carry one voice touch out: call, bot call, visit or inbound call.

    Parameters
    ----------
    met
        Who answered (see `talk.meets`).
    started, second, waited
        Seconds at which the seat was taken and left, and seconds waited for it.
    rang
        The borrower called in.
    """
    day, channel, post = today.day, action.channel, speaker.post
    event, lasted = _touch_event(channel, met, rang), second - started
    cost = 0.0 if rang and channel != Channel.BOT else touch_cost(world, account, channel)
    if met != 2:
        outcome = _missed(met)
        told = spoken(
            account, second, event, channel, action.tone, action.offer, post, outcome, 0,
            cost, waited, lasted,
        )  # fmt: skip
        wake = wake_of(world, account, action, speaker, met, day)
        public = wake.risk * in_public(world)
        out.append(risky(told, wake.risk - public, public, wake.chance))
        if wake.breach:
            out.append(_breach(world, account, action, second))
        account = disturbed(account, wake)
        return _after_attempt(world, account, action, day, met, outcome, rang)
    cost = cost + _checked(world, account, channel, day)
    if channel == Channel.VISIT:
        account = taken_by_surprise(world, account, day)
    touch = touch_key(account, day)
    m = manner(world, account, action, speaker, day)
    heard = felt(world, account, m, speaker)
    terms = answer(world, heard, today, action, m.offer, speaker)
    told = spoken(
        account, second, event, channel, m.tone, m.offer, post, terms.outcome, terms.cents,
        cost, waited, lasted,
    )  # fmt: skip
    row = len(out)
    public = m.risk * in_public(world)
    out.append(risky(told, m.risk - public, public, m.breach))
    if m.posed:
        out.append(_breach(world, account, action, second))
    after = settled(world, heard, today, m.offer, terms, out)
    ease = 0.0 if speaker.bot else world.borrower.skill_reveal * speaker.skill
    if channel == Channel.VISIT:
        ease = ease + world.borrower.door_reveal
    after = _reveal(world, after, m.tone, touch, ease, out)
    for i in range(row + 1, len(out)):
        out[i] = at_second(out[i], second)
    return _after_attempt(world, after, action, day, met, terms.outcome, rang)


@kernel
def resolve_unseated(
    world: World, account: Account, action: Action, second: int, out: list[Posting]
) -> Account:
    """Carry out a touch that speaks to nobody: message, letter or suit."""
    channel = action.channel
    if channel == Channel.LITIGATION:
        return go_to_court(world, account, second, out)
    if channel == Channel.AGENCY:
        return place(world, account, action.months, second, out)
    if is_letter(channel):
        return post_letter(world, account, channel, action.tone, second, out)
    return send_message(world, account, channel, action.tone, second, out)
