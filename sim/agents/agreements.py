"""Promises and plans: begun in a talk, kept or broken in a morning (M8, M9).

A promise or a plan is kept if the cash is there and the will holds; never by coin alone.
"""

from __future__ import annotations

from typing import NamedTuple

from sim.agents import loan as loans
from sim.agents.collector import training_effect
from sim.agents.facts import fact
from sim.agents.mind import intent, logistic
from sim.agents.payment import income, paid, waived
from sim.agents.state import (
    ask_from,
    held,
    in_bucket,
    with_agreement,
    with_broken,
    with_loan,
    with_mind,
    with_plan_record,
    with_promise_done,
)
from sim.core.domain import (
    NEVER,
    Account,
    Event,
    Mind,
    Offer,
    Outcome,
    Plan,
    PlanStatus,
    Posting,
    Promise,
    Rule,
    Today,
)
from sim.core.kernel import kernel
from sim.core.rng import Purpose, draw
from sim.scenario.world import World

NO_PROMISE = Promise(NEVER, 0, 0.0, 0)
NO_PLAN = Plan(NEVER, 0, 0, 0, 0, 0)


class Terms(NamedTuple):
    """How a talk ended, and what was agreed in it."""

    outcome: int
    cents: int
    day: int
    binding: float
    months: int
    tail: int  #: cents off the end of the loan
    arrears: int  #: cents off the arrears once paid


@kernel
def settled(
    world: World, account: Account, today: Today, offer: int, terms: Terms, out: list[Posting]
) -> Account:
    """Carry out what was agreed: cash paid, promise noted, plan begun, dispute opened."""
    day, loan = today.day, account.loan
    if terms.outcome == Outcome.PAID:
        account = paid(world, account, day, terms.cents, out)
        if terms.arrears > 0:
            account = with_loan(account, waived(account, day, terms.arrears, out))
    elif terms.outcome == Outcome.PROMISED:
        out.append(fact(account, loan, day, Event.PROMISED, terms.cents))
        promise = Promise(terms.day, terms.cents, terms.binding, terms.arrears)
        account = with_agreement(account, promise, account.plan)
    elif terms.outcome == Outcome.PLAN:
        account = _begin_plan(account, day, offer, terms, out)
    elif terms.outcome == Outcome.DISPUTED:
        out.append(fact(account, loan, day, Event.DISPUTED, 0))
        r = world.rules
        rests = r[Rule.CN_25.value] or r[Rule.US_07.value] or r[Rule.UK_05.value]
        hold = 1.0 - world.people.crisis_gain * training_effect(world)
        until = day + (int(world.law.dispute_days * hold) if rests else 0)
        account = held(account, until, True, False)
    return account


@kernel
def _begin_plan(
    account: Account, day: int, offer: int, terms: Terms, out: list[Posting]
) -> Account:
    """The loan's clock stops; what is given up comes back if the plan breaks."""
    loan = account.loan
    if terms.tail > 0:
        loan = loans.give_up(loan, terms.tail, 0)
        out.append(fact(account, loan, day, Event.WRITTEN_DOWN, terms.tail))
    if offer == Offer.EXTENSION:
        plan = Plan(day + 30 * terms.months, 0, 1, 0, offer, 0)
    else:
        plan = Plan(terms.day, terms.cents, terms.months, 0, offer, terms.tail)
    out.append(fact(account, loan, day, Event.PLAN, terms.cents * terms.months))
    account = with_agreement(with_loan(account, loans.hold(loan, day)), NO_PROMISE, plan)
    return with_plan_record(account, PlanStatus.RUNNING, False, account.deeds.plan_end)


@kernel
def _trusting(mind: Mind, step: float) -> Mind:
    """Trust after a step up, towards one, or down, not below zero by this alone."""
    trust = mind.trust + (step * (1.0 - mind.trust) if step > 0.0 else step)
    trust = max(min(0.0, mind.trust), trust)
    return Mind(
        mind.nudge, mind.fear, mind.resentment, trust, mind.excitement, mind.bond, mind.risk
    )


@kernel
def promise_due(world: World, account: Account, today: Today, out: list[Posting]) -> Account:
    """M8: the day of the promise."""
    b, day, promise = world.borrower, today.day, account.promise
    owed = loans.past_due(account.loan, day)
    kept = owed == 0 or promise.cents == 0
    least = min(b.part_from * account.loan.instalment, b.kept_share * promise.cents)
    if owed > 0 and account.cash.buffer >= max(1.0, least):
        chance = logistic(b.promise_kept + intent(world, account, today) + promise.binding)
        if draw(account.traits.luck, Purpose.PROMISE_KEPT, day) < chance:
            most = promise.cents if promise.waive > 0 else owed
            cents = min(owed, int(account.cash.buffer), most)
            account = paid(world, account, day, cents, out)
            kept = cents >= b.kept_share * promise.cents
    if kept and promise.waive > 0 and owed > 0:
        account = with_loan(account, waived(account, day, promise.waive, out))
    event = Event.KEPT if kept else Event.BROKEN
    out.append(fact(account, account.loan, day, event, promise.cents))
    account = with_agreement(with_promise_done(account, kept), NO_PROMISE, account.plan)
    if not kept:
        account = with_broken(account, day)
    step = b.promise_trust if kept else -b.promise_trust
    return ask_from(with_mind(account, _trusting(account.mind, step)), day)


@kernel
def plan_due(world: World, account: Account, today: Today, out: list[Posting]) -> Account:
    """M9: one instalment of the plan: another chance to keep it and another to fail."""
    b, day, plan = world.borrower, today.day, account.plan
    if plan.offer == Offer.EXTENSION:
        return _plan_ends(world, account, day, True, out)
    owed = min(plan.cents, loans.balance(account.loan))
    kept = owed == 0
    if owed > 0 and account.cash.buffer >= 1.0:
        burden = min(2.0, plan.cents / max(1.0, income(world, account, today.season)))
        ease = b.plan_burden * (0.5 - burden)
        chance = logistic(b.plan_kept + intent(world, account, today) + ease)
        if draw(account.traits.luck, Purpose.PLAN_KEPT, day) < chance:
            cents = min(owed, int(account.cash.buffer))
            account = paid(world, account, day, cents, out)
            kept = cents >= b.kept_share * owed
    if kept:
        out.append(fact(account, account.loan, day, Event.PLAN_KEPT, plan.cents))
    misses, left = 0 if kept else plan.misses + 1, plan.left - 1
    if misses >= 2:
        return _plan_ends(world, account, day, False, out)
    if left == 0 or loans.balance(account.loan) == 0:
        return _plan_ends(world, account, day, misses == 0, out)
    next_one = Plan(day + 30, plan.cents, left, misses, plan.offer, plan.given_up)
    account = with_agreement(account, account.promise, next_one)
    return with_plan_record(account, account.deeds.plan_status, kept, account.deeds.plan_end)


@kernel
def pay_ahead(
    world: World, account: Account, day: int, spare: float, out: list[Posting]
) -> Account:
    """Pay whole instalments of the plan out of *spare* cents before they fall due.

    They count from its end; who has paid the last one has kept it.
    """
    plan = account.plan
    number = min(plan.left, int(spare / plan.cents))
    cents = min(number * plan.cents, loans.balance(account.loan))
    account = paid(world, account, day, cents, out)
    left = plan.left - number
    fewer = Plan(plan.day, plan.cents, max(1, left), plan.misses, plan.offer, plan.given_up)
    account = with_agreement(account, account.promise, fewer)
    if left > 0 and loans.balance(account.loan) > 0:
        return account
    return _plan_ends(world, account, day, True, out)


@kernel
def _plan_ends(world: World, account: Account, day: int, kept: bool, out: list[Posting]) -> Account:
    """The plan is over: kept, its schedule moves on; broken, what was due is due again."""
    loan, plan = account.loan, account.plan
    if not kept and plan.given_up > 0:
        loan = loans.give_up(loan, -plan.given_up, 0)
        out.append(fact(account, loan, day, Event.WRITTEN_DOWN, -plan.given_up))
    loan = loans.resume(loan, day, kept)
    if kept and loans.past_due(loan, day) == 0:
        loan = loans.accelerate(loan, False)
    if not kept:
        out.append(fact(account, loan, day, Event.PLAN_BROKEN, plan.cents))
        broken = _trusting(account.mind, -world.borrower.plan_broken_trust)
        account = with_broken(with_mind(account, broken), day)
    account = with_agreement(with_loan(account, loan), account.promise, NO_PLAN)
    status = PlanStatus.KEPT if kept else PlanStatus.BROKEN
    account = with_plan_record(account, status, kept, day)
    return ask_from(in_bucket(account, loans.bucket_of(loans.dpd(loan, day)), False), day)
