"""Conversation: how it is held, how it is felt, how it is answered (M5, M7, M8)."""

from __future__ import annotations

import math
from typing import NamedTuple

from sim.agents import loan as loans
from sim.agents.agreements import Terms
from sim.agents.collector import Speaker, harder
from sim.agents.conduct import impersonates
from sim.agents.mind import (
    after_talk,
    complaints_added,
    given_up,
    intent,
    logistic,
    offended,
    risk_of,
    years_owed,
)
from sim.agents.payment import income, round_sum
from sim.agents.reach import announced, touch_key
from sim.agents.state import with_mind
from sim.core.domain import NEVER, Account, Action, Channel, Mind, Offer, Outcome, Today, Tone
from sim.core.kernel import kernel
from sim.core.rng import Purpose, draw
from sim.scenario.world import World


class Manner(NamedTuple):
    """How the talk is really held: the tone taken, the offer made, the expected risk."""

    tone: int
    offer: int
    risk: float  #: expected complaints, over the luck of misconduct
    drawn: float  #: public risk, given what really happened
    breach: float  #: chance of a breach: an unlawful tone, a false authority
    posed: bool  #: a false authority was claimed


@kernel
def manner(world: World, account: Account, action: Action, speaker: Speaker, day: int) -> Manner:
    """How this speaker really holds the talk.

    Who departs from the script takes a harder tone and forgets the offer; misconduct takes the
    tone one step further, or claims an authority that nobody here has.
    """
    touch, luck = touch_key(account, day), account.traits.luck
    tone, offer = action.tone, action.offer
    if draw(luck, Purpose.ADHERES, touch) >= speaker.script:
        tone, offer = min(max(tone, Tone.STERN), tone + 1), Offer.NONE
    talks = account.contacts.talks_today + 1
    plain = risk_of(world, account, tone, talks, False)
    bad = risk_of(world, account, harder(tone, 1), talks, True)
    if not speaker.bot:
        calm = math.exp(-world.borrower.skill_calm * speaker.skill)
        plain, bad = plain * calm, bad * calm
    risk = complaints_added(world, account.mind.risk, plain, bad, speaker.misconduct)
    unlawful = 1.0 if tone == Tone.ABUSIVE else 0.0
    share = 1.0 if harder(tone, 1) == Tone.ABUSIVE else world.people.impersonation
    unlawful = max(unlawful, speaker.misconduct * share)
    if draw(luck, Purpose.MISCONDUCT, touch) >= speaker.misconduct:
        return Manner(tone, offer, risk, plain, unlawful, False)
    if impersonates(world, account, day):
        return Manner(max(tone, Tone.STERN), offer, risk, bad, unlawful, tone != Tone.ABUSIVE)
    return Manner(harder(tone, 1), offer, risk, bad, unlawful, False)


@kernel
def felt(world: World, account: Account, m: Manner, speaker: Speaker) -> Account:
    """The account after the talk was heard, before it is answered."""
    first = account.contacts.talks == 0
    mind = after_talk(
        world,
        account.mind,
        m.tone,
        speaker.bot,
        first,
        account.traits.pride,
        m.drawn,
        speaker.skill,
    )
    return with_mind(account, mind)


@kernel
def taken_by_surprise(world: World, account: Account, day: int) -> Account:
    """A visit that nobody announced offends."""
    if announced(world, account, day):
        return account
    m = account.mind
    anger = offended(m, world.borrower.unannounced * account.traits.pride)
    return with_mind(account, Mind(m.nudge, m.fear, anger, m.trust, m.excitement, m.bond, m.risk))


@kernel
def cash_in_sight(world: World, account: Account, today: Today) -> float:
    """Cash at hand plus the income of a payday that a promise may wait for."""
    wait = (account.traits.payday - today.day) % 30
    near = 0 < wait < world.borrower.promise_days
    soon = income(world, account, today.season) if near else 0.0
    return account.cash.buffer + soon


@kernel
def may_plan(world: World, account: Account, offer: int, day: int) -> bool:
    """A plan can be taken: one is offered, none runs, none ended lately."""
    offered = offer == Offer.INSTALMENTS or offer == Offer.EXTENSION or offer == Offer.WRITE_DOWN
    lately = day - account.deeds.plan_end < world.borrower.plan_pause_days
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
    return Terms(Outcome.PLAN, cents, day + _first_date(account, day), 0.0, months, tail, 0)


@kernel
def _first_date(account: Account, day: int) -> int:
    """Days to a plan's first instalment: the day after the next payday, not in three days."""
    wait = (account.traits.payday - day) % 30 + 1
    return wait + 30 if wait < 4 else wait


@kernel
def cut_to_size(
    world: World, account: Account, terms: Terms, today: Today, speaker: Speaker
) -> Terms:
    """A collector who sees that the instalment is too high spreads it over more months."""
    b, can = world.borrower, income(world, account, today.season)
    if terms.cents <= can or terms.tail > 0 or can < 1.0 or speaker.bot:
        return terms
    sees = logistic(b.sizing + b.sizing_skill * speaker.skill)
    touch = touch_key(account, today.day)
    if draw(account.traits.luck, Purpose.SIZED, touch) >= sees:
        return terms
    owed = terms.cents * terms.months
    months = max(terms.months, min(12, world.law.plan_months, 1 + int(owed / can)))
    cents = -(-loans.past_due(account.loan, today.day) // months)
    return Terms(terms.outcome, cents, terms.day, 0.0, months, 0, 0)


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
    b, money = world.borrower, account.cash.buffer
    luck = draw(account.traits.luck, Purpose.PROMISE_DAY, touch_key(account, today.day))
    spread = 0.5 + b.promise_spread * (luck - 0.5)
    wait = (account.traits.payday - today.day) % 30 + 1
    if money >= 0.8 * ask:
        wait = 1 + int(5.0 * spread)
    elif wait > b.promise_days:
        wait = 2 + int((b.promise_days - 2) * spread)
    cents = min(ask, _promised(world, account, today, ask))
    binding = b.cheap_binding if cheap else 0.0
    return Terms(Outcome.PROMISED, max(1, cents), today.day + wait, binding, 0, 0, 0)


@kernel
def _promised(world: World, account: Account, today: Today, ask: int) -> int:
    """Cents that are promised: all that is asked where it is in sight, else a round sum."""
    sight = cash_in_sight(world, account, today)
    if sight >= 0.8 * ask:
        return ask
    least = world.borrower.promise_least * account.loan.instalment
    return max(int(least), round_sum(world, sight))


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
    if offer == Offer.CARE or owed == 0:
        return Terms(Outcome.LISTENED, 0, day, 0.0, 0, 0, 0)
    x = intent(world, account, today) + speaker.skill + at_the_door(world, account, action.channel)
    cut = 0.0
    if account.cash.buffer >= max(1.0, 0.5 * ask):
        cut = logistic(b.pay_now + x)
        if luck < cut:
            cents = min(ask, int(account.cash.buffer))
            return Terms(Outcome.PAID, cents, day, 0.0, 0, 0, given if cents == ask else 0)
    sight = cash_in_sight(world, account, today)
    if sight < 0.6 * ask and may_plan(world, account, offer, day):
        terms = plan_terms(account, offer, action.months, action.share, day)
        if offer == Offer.INSTALMENTS:
            terms = cut_to_size(world, account, terms, today, speaker)
        cut = cut + (1.0 - cut) * plan_chance(world, account, x, terms, today)
        if luck < cut:
            return terms
    if account.promise.day == NEVER:
        aim = max(1.0, min(ask, b.promise_span * account.loan.instalment))
        base = b.promise + x + b.promise_cash * (min(1.0, sight / aim) - 0.5)
        meant = cut + (1.0 - cut) * logistic(base)
        annoyed = b.cheap_talk * (account.mind.fear + account.mind.resentment)
        if given_up(world, account, day):
            annoyed = annoyed + b.closed_talk
        said = cut + (1.0 - cut) * logistic(base + annoyed)
        if luck < said:
            terms = promise_terms(world, account, ask, today, luck >= meant)
            bound = b.binding_bot if speaker.bot else b.skill_binding * speaker.skill
            binding = terms.binding + bound
            return Terms(terms.outcome, terms.cents, terms.day, binding, 0, 0, given)
        cut = said
    return Terms(_no(world, account, luck, cut), 0, day, 0.0, 0, 0, 0)


@kernel
def at_the_door(world: World, account: Account, channel: int) -> float:
    """Skill that a crew has where it knows the place."""
    near = channel == Channel.VISIT and account.traits.region <= 1
    return world.people.local_skill if near else 0.0


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
