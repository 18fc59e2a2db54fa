"""Reach and conversation: M5 to M8. One touch, one outcome."""

from __future__ import annotations

import math
from typing import NamedTuple

from sim.agents import loan as loans
from sim.agents.borrower import income, paid
from sim.agents.collector import Speaker, harder
from sim.agents.mind import after_talk, intent, logistic, risk_of, years_owed
from sim.agents.world import World
from sim.domain import (
    DAY,
    HOUR,
    NEVER,
    Account,
    Action,
    Case,
    Channel,
    Deeds,
    Loan,
    Offer,
    Outcome,
    Plan,
    PlanStatus,
    Posting,
    Promise,
    Today,
    Tone,
)
from sim.domain import Event as E
from sim.kernel import kernel
from sim.rng import Purpose, draw, normal


class Manner(NamedTuple):
    """How the talk is really held: the tone taken, the offer made, the expected risk."""

    tone: int
    offer: int
    risk: float  #: expected public complaints, over the luck of misconduct
    drawn: float  #: the same, given what really happened
    breach: float  #: chance of an unlawful tone


class Terms(NamedTuple):
    """What was agreed; cents of the outcome, months, sums given up."""

    outcome: int
    cents: int
    day: int
    binding: float
    months: int
    tail: int  #: cents off the end of the loan
    arrears: int  #: cents off the arrears once paid


@kernel
def touch_key(account: Account, day: int) -> int:
    """Coordinate of this touch: the n-th of the account on this day."""
    return 8 * day + min(7, account.contacts.touches_today)


@kernel
def at_hour(world: World, account: Account, hour: int) -> float:
    """Reach by the hour: a bell of three hours around the borrower's best hour."""
    b = world.borrower
    off = abs(hour + 0.5 - account.traits.best_hour)
    off = min(off, 24.0 - off)
    return b.hour_low + (b.hour_high - b.hour_low) * math.exp(-off * off / 18.0)


@kernel
def reach_chance(world: World, account: Account, channel: int, second: int) -> float:
    """M6: chance to meet the right person by voice."""
    b, traits = world.borrower, account.traits
    if channel == Channel.VISIT:
        if not traits.valid_address:
            return 0.0
        return b.at_home * world.channels[channel].reach_by_region[traits.region]
    if account.case.number_dead:
        return 0.0
    hour = second % DAY // HOUR
    avoids = math.exp(-b.reach_avoid * account.mind.resentment)
    return min(b.reach_cap, b.reach * traits.reach * at_hour(world, account, hour) * avoids)


@kernel
def meets(world: World, account: Account, channel: int, second: int) -> int:
    """Who answers: 2 the right person, 1 somebody else, 0 nobody; one uniform, ordered."""
    day, hour = second // DAY, second % DAY // HOUR
    chance = reach_chance(world, account, channel, second)
    if channel == Channel.VISIT:
        luck = draw(account.traits.luck, Purpose.AT_HOME, 4 * day + hour // 6)
    else:
        luck = draw(account.traits.luck, Purpose.REACHED, 24 * day + hour)
    if luck < chance:
        return 2
    return 1 if luck < chance + (1.0 - chance) * world.borrower.other_person else 0


@kernel
def talk_seconds(world: World, account: Account, channel: int, day: int) -> int:
    """Seconds of conversation; they belong to the touch, not to the seat."""
    f = world.floor
    if channel == Channel.BOT:
        return int(60.0 * f.bot_minutes)
    luck = draw(account.traits.luck, Purpose.TALK, touch_key(account, day))
    mean = f.visit_minutes if channel == Channel.VISIT else f.talk_minutes
    if f.exponential:
        return max(1, int(-60.0 * mean * math.log(1.0 - luck)))
    sd = f.talk_sd
    return max(1, int(60.0 * mean * math.exp(sd * normal(luck) - 0.5 * sd * sd)))


@kernel
def manner(world: World, account: Account, action: Action, speaker: Speaker, day: int) -> Manner:
    """How this speaker really holds the talk.

    Who departs from the script takes a harder tone and forgets the offer; misconduct takes the
    tone one step further, nothing else.
    """
    touch, luck = touch_key(account, day), account.traits.luck
    tone, offer = action.tone, action.offer
    if draw(luck, Purpose.ADHERES, touch) >= speaker.script:
        tone, offer = min(max(tone, Tone.STERN), tone + 1), Offer.NONE
    talks = account.contacts.talks_today + 1
    plain = risk_of(world, account, tone, talks, False)
    bad = risk_of(world, account, harder(tone, 1), talks, True)
    risk = plain + speaker.misconduct * (bad - plain)
    unlawful = 1.0 if tone == Tone.ABUSIVE else 0.0
    if harder(tone, 1) == Tone.ABUSIVE:
        unlawful = max(unlawful, speaker.misconduct)
    if draw(luck, Purpose.MISCONDUCT, touch) < speaker.misconduct:
        return Manner(harder(tone, 1), offer, risk, bad, unlawful)
    return Manner(tone, offer, risk, plain, unlawful)


@kernel
def felt(world: World, account: Account, m: Manner, speaker: Speaker) -> Account:
    """The account after the talk was heard, before it is answered."""
    first = account.contacts.talks == 0
    mind = after_talk(
        world, account.mind, m.tone, speaker.bot, first, account.traits.pride, m.drawn
    )
    return Account(
        account.id, account.traits, account.loan, account.cash, mind, account.promise,
        account.plan, account.mail, account.contacts, account.deeds, account.case,
    )  # fmt: skip


@kernel
def cash_in_sight(world: World, account: Account, today: Today) -> float:
    """Cash at hand plus the income of a payday within ten days."""
    wait = (account.traits.payday - today.day) % 30
    soon = income(world, account, today.season) if 0 < wait <= 10 else 0.0
    return account.cash.buffer + soon


@kernel
def may_plan(world: World, account: Account, offer: int, day: int) -> bool:
    """A plan can be taken: one is offered, none runs, none broke lately."""
    offered = offer == Offer.INSTALMENTS or offer == Offer.EXTENSION or offer == Offer.WRITE_DOWN
    deeds = account.deeds
    lately = (
        deeds.plan_status == PlanStatus.BROKEN
        and day - deeds.plan_end < world.borrower.plan_pause_days
    )
    return offered and account.plan.left == 0 and not lately


@kernel
def plan_terms(account: Account, offer: int, months: int, share: float, day: int) -> Terms:
    """Instalments spread the arrears; an extension waits; a write-down cuts the whole claim."""
    months = max(1, min(60, months))
    tail, cents = 0, 0
    if offer == Offer.INSTALMENTS:
        cents = -(-loans.past_due(account.loan, day) // months)
    elif offer == Offer.WRITE_DOWN:
        claim = loans.balance(account.loan)
        tail = int(claim * max(0.0, min(0.9, share)))
        cents = -(-(claim - tail) // months)
    return Terms(Outcome.PLAN, cents, day + 30, 0.0, months, tail, 0)


@kernel
def plan_chance(world: World, account: Account, x: float, terms: Terms, today: Today) -> float:
    """Chance to take the plan: it fits free cash or not; relief counts, time does not."""
    b = world.borrower
    fits = terms.cents <= income(world, account, today.season)
    claim = loans.balance(account.loan)
    relief = b.debt * years_owed(world, account) * terms.tail / claim if claim > 0 else 0.0
    return logistic(b.take_plan + x + relief + (b.plan_fits if fits else b.plan_misfits))


@kernel
def promise_terms(world: World, account: Account, ask: int, today: Today, cheap: bool) -> Terms:
    """M8: when and how much is promised."""
    b, instalment, money = world.borrower, account.loan.instalment, account.cash.buffer
    wait = 3
    if money < 0.8 * ask:
        wait = max(1, min(10, (account.traits.payday - today.day) % 30 + 1))
    cents = min(ask, int(max(cash_in_sight(world, account, today), 0.3 * instalment)))
    binding = b.cheap_binding if cheap else 0.0
    return Terms(Outcome.PROMISED, max(1, cents), today.day + wait, binding, 0, 0, 0)


@kernel
def answer(
    world: World, account: Account, today: Today, action: Action, offer: int, speaker: Speaker
) -> Terms:
    """M7: the borrower's answer; one uniform over outcomes from best to worst."""
    b, day = world.borrower, today.day
    luck = draw(account.traits.luck, Purpose.OUTCOME, touch_key(account, day))
    owed = loans.past_due(account.loan, day)
    given = int(owed * max(0.0, min(0.9, action.share))) if offer == Offer.WAIVER else 0
    ask = owed - given
    x = intent(world, account, today) + speaker.skill
    cut = 0.0
    if account.cash.buffer >= 0.5 * ask:
        cut = logistic(b.pay_now + x)
        if luck < cut:
            cents = min(ask, int(account.cash.buffer))
            return Terms(Outcome.PAID, cents, day, 0.0, 0, 0, given if cents == ask else 0)
    sight = cash_in_sight(world, account, today)
    if sight < 0.6 * ask and may_plan(world, account, offer, day):
        terms = plan_terms(account, offer, action.months, action.share, day)
        cut = cut + (1.0 - cut) * plan_chance(world, account, x, terms, today)
        if luck < cut:
            return terms
    if account.promise.day == NEVER:
        base = b.promise + x + b.promise_cash * (min(1.0, sight / max(1, ask)) - 0.5)
        meant = cut + (1.0 - cut) * logistic(base)
        annoyed = b.cheap_talk * (account.mind.fear + account.mind.resentment)
        said = cut + (1.0 - cut) * logistic(base + annoyed)
        if luck < said:
            terms = promise_terms(world, account, ask, today, luck >= meant)
            binding = terms.binding + (b.binding_bot if speaker.bot else 0.0)
            return Terms(terms.outcome, terms.cents, terms.day, binding, 0, 0, given)
        cut = said
    return Terms(_no(world, account, luck, cut), 0, day, 0.0, 0, 0, 0)


@kernel
def _no(world: World, account: Account, luck: float, cut: float) -> int:
    """How the borrower says no."""
    b, anger = world.borrower, account.mind.resentment
    if not account.case.disputed:
        disputes = world.kinds[account.traits.kind].disputes
        if luck > 1.0 - (1.0 - cut) * disputes:
            return Outcome.DISPUTED
    if anger > b.refuse_above + 1.0:
        return Outcome.HUNG_UP
    return Outcome.REFUSED if anger > b.refuse_above else Outcome.PUT_OFF


@kernel
def settled(
    world: World, account: Account, today: Today, offer: int, terms: Terms, out: list[Posting]
) -> Account:
    """Carry out what was agreed: cash paid, promise noted, plan begun, dispute opened."""
    day = today.day
    if terms.outcome == Outcome.PAID:
        account = paid(world, account, day, terms.cents, True, out)
        if terms.arrears > 0:
            account = _waive(account, day, terms.arrears, out)
        return account
    if terms.outcome == Outcome.PROMISED:
        promise = Promise(terms.day, terms.cents, terms.binding, terms.arrears)
        out.append(_event(account, account.loan, day, E.PROMISED, terms.cents))
        return _agreed(account, account.loan, promise, account.plan, account.deeds, account.case)
    if terms.outcome == Outcome.PLAN:
        return _begin_plan(account, day, offer, terms, out)
    if terms.outcome == Outcome.DISPUTED:
        k = account.case
        until = max(k.paused_until, day + world.law.dispute_days)
        case = Case(
            k.reason, True, k.complained, until, k.legal_stage, k.legal_day, k.legal_end,
            k.next_day, k.number_dead, k.address_failed,
        )  # fmt: skip
        out.append(_event(account, account.loan, day, E.DISPUTED, 0))
        return _agreed(account, account.loan, account.promise, account.plan, account.deeds, case)
    return account


@kernel
def _event(account: Account, loan: Loan, day: int, event: int, amount: int) -> Posting:
    return Posting(
        day * DAY, account.id, event, 0, 0, 0, -1, 0, amount, 0.0,
        loans.dpd(account.loan, day), loans.balance(loan), 0, 0, 0.0, 0.0, 0.0, 0,
    )  # fmt: skip


@kernel
def _agreed(
    account: Account, loan: Loan, promise: Promise, plan: Plan, deeds: Deeds, case: Case
) -> Account:
    return Account(
        account.id, account.traits, loan, account.cash, account.mind, promise, plan,
        account.mail, account.contacts, deeds, case,
    )  # fmt: skip


@kernel
def _waive(account: Account, day: int, cents: int, out: list[Posting]) -> Account:
    loan = loans.give_up(account.loan, 0, min(cents, loans.past_due(account.loan, day)))
    out.append(_event(account, loan, day, E.WAIVED, loan.credited - account.loan.credited))
    if loans.past_due(loan, day) == 0:
        loan = loans.accelerate(loan, False)
        out.append(_event(account, loan, day, E.CURED, 0))
    return _agreed(account, loan, account.promise, account.plan, account.deeds, account.case)


@kernel
def _begin_plan(
    account: Account, day: int, offer: int, terms: Terms, out: list[Posting]
) -> Account:
    loan = account.loan
    if terms.tail > 0:
        loan = loans.give_up(loan, terms.tail, 0)
        out.append(_event(account, loan, day, E.WRITTEN_DOWN, terms.tail))
    loan = loans.hold(loan, day)
    if offer == Offer.EXTENSION:
        plan = Plan(day + 30 * terms.months, 0, 1, 0, offer, 0)
    else:
        plan = Plan(terms.day, terms.cents, terms.months, 0, offer, terms.tail)
    out.append(_event(account, loan, day, E.PLAN, terms.cents * terms.months))
    d = account.deeds
    deeds = Deeds(
        d.payment_day, d.paid_block, d.paid_before, d.promises_kept, d.promises_broken,
        PlanStatus.RUNNING, d.plan_kept, d.plan_end, d.late_months, d.bucket,
    )  # fmt: skip
    return _agreed(account, loan, Promise(NEVER, 0, 0.0, 0), plan, deeds, account.case)
