"""Litigation: mediation, filing, judgment, enforcement, each with its delay.

Filing frightens those who have something to lose (M13); enforcement finds anything in the share
of cases that the courts report (evidence B4.1), and takes what is there.
"""

from __future__ import annotations

import math

from sim.agents import loan as loans
from sim.agents.agreements import settled
from sim.agents.facts import fact, priced, sent
from sim.agents.mind import intent
from sim.agents.state import ask_from, with_legal, with_loan, with_mind
from sim.agents.talk import may_plan, plan_chance, plan_terms
from sim.core.domain import (
    DAY,
    NEVER,
    Account,
    Channel,
    Event,
    LegalStage,
    Mind,
    Offer,
    Outcome,
    Posting,
    Today,
)
from sim.core.kernel import kernel
from sim.core.rng import Purpose, draw
from sim.scenario.world import World


@kernel
def court_fee(claim: int) -> float:
    """Court fee in cents for a claim in cents, halved for the summary procedure.

    Measures on the Payment of Litigation Costs, Art. 13, 15 and 16 (evidence B3.17): 50 CNY up to
    10,000 CNY, then 2.5 % of what lies between 10,000 and 100,000, 2 % up to 200,000 and so on;
    claims above 200,000 are charged 1.5 % here.
    """
    yuan = claim / 100.0
    fee = 50.0
    fee += 0.025 * min(max(yuan - 10_000.0, 0.0), 90_000.0)
    fee += 0.02 * min(max(yuan - 100_000.0, 0.0), 100_000.0)
    fee += 0.015 * max(yuan - 200_000.0, 0.0)
    return 50.0 * fee


@kernel
def _delay(account: Account, stage: int, mean: float) -> int:
    """Whole days of a legal stage: half of it fixed, the rest exponential."""
    luck = draw(account.traits.luck, Purpose.LEGAL_DELAY, stage)
    return int(0.5 * mean - 0.5 * mean * math.log(1.0 - luck)) + 1


@kernel
def frightened(world: World, kind: int, mind: Mind) -> Mind:
    """While a filing is felt, the fear of those who have something to lose stays up (M13)."""
    fear = max(mind.fear, 3.0 * world.kinds[kind].suit_fear)
    return Mind(
        mind.nudge, fear, mind.resentment, mind.trust, mind.excitement, mind.bond, mind.risk
    )


@kernel
def _served(world: World, account: Account) -> Mind:
    """A paper from the court is noticed."""
    m = frightened(world, account.traits.kind, account.mind)
    return Mind(1.0, m.fear, m.resentment, m.trust, m.excitement, m.bond, m.risk)


@kernel
def is_mediated(world: World, account: Account) -> bool:
    """Tell whether a mediator is asked before this suit; once is enough."""
    if account.case.legal_stage == LegalStage.UNSETTLED:
        return False
    return draw(account.traits.luck, Purpose.MEDIATES, 0) < world.court.mediation


@kernel
def suit_price(world: World, account: Account) -> float:
    """Cents that the next step of a suit takes: the mediator's fee, or batch price and court fee.

    The court's fee is paid when the suit is filed, which a settlement spares.
    """
    if is_mediated(world, account):
        return 100.0 * world.court.mediation_cost
    return world.channels[Channel.LITIGATION.value].cost + court_fee(loans.balance(account.loan))


@kernel
def go_to_court(world: World, account: Account, second: int, out: list[Posting]) -> Account:
    """Begin a suit: with a mediator first where one is asked, else at the court."""
    day = second // DAY
    if not is_mediated(world, account):
        return file_suit(world, account, second, out)
    cost, channel = 100.0 * world.court.mediation_cost, Channel.LITIGATION
    out.append(sent(account, second, Event.MEDIATED, channel, 0, Outcome.NONE, cost, 0.0, 0.0))
    until = day + world.court.mediation_days
    return with_mind(with_legal(account, LegalStage.MEDIATION, until, day), _served(world, account))


@kernel
def mediated(world: World, account: Account, today: Today, out: list[Posting]) -> Account:
    """The mediator's day: a settlement in instalments, or the strategy is asked for the suit."""
    day, months = today.day, world.court.mediation_months
    fits = may_plan(world, account, Offer.INSTALMENTS.value, day)
    if fits:
        terms = plan_terms(account, Offer.INSTALMENTS.value, months, 0.0, day)
        chance = plan_chance(world, account, intent(world, account, today), terms, today)
        if draw(account.traits.luck, Purpose.MEDIATES, day) < chance:
            account = with_legal(account, LegalStage.NONE, NEVER, day)
            return settled(world, account, today, Offer.INSTALMENTS.value, terms, out)
    return ask_from(with_legal(account, LegalStage.UNSETTLED, NEVER, day), day)


@kernel
def file_suit(world: World, account: Account, second: int, out: list[Posting]) -> Account:
    """File suit; the fee and the batch price are spent, the borrower is served."""
    day = second // DAY
    cost = world.channels[Channel.LITIGATION.value].cost + court_fee(loans.balance(account.loan))
    channel = Channel.LITIGATION
    out.append(sent(account, second, Event.FILED, channel, 0, Outcome.DELIVERED, cost, 0.0, 0.0))
    until = day + _delay(account, 1, world.court.judgment_days)
    return with_mind(
        with_legal(account, LegalStage.FILED, until, day + world.court.shock_days),
        _served(world, account),
    )


@kernel
def seized(world: World, claim: int, luck: float) -> int:
    """Cents that enforcement finds: nothing mostly, sometimes a part, seldom the whole claim."""
    c = world.court
    if luck >= c.hit:
        return 0
    whole = c.hit * c.full
    if luck < whole:
        return claim
    return int(claim * (c.hit - luck) / (c.hit - whole))


@kernel
def court_morning(world: World, account: Account, today: Today, out: list[Posting]) -> Account:
    """The mediator's day, judgment, or enforcement, which finds something or nothing."""
    loan, day = account.loan, today.day
    if loans.balance(loan) == 0 or account.deeds.bucket == 0:
        return with_legal(account, LegalStage.ENFORCED, NEVER, day)
    if account.case.legal_stage == LegalStage.MEDIATION:
        return mediated(world, account, today, out)
    if account.case.legal_stage == LegalStage.FILED:
        out.append(priced(account, day, Event.JUDGED, loans.balance(loan), 0.0))
        until = day + _delay(account, 2, world.court.enforcement_days)
        felt = max(day, account.case.legal_end)
        return with_mind(
            with_legal(account, LegalStage.JUDGED, until, felt), _served(world, account)
        )
    found, luck = 0, account.traits.luck
    stands = draw(luck, Purpose.GUARANTEED, 0) < world.court.guaranteed
    if stands:
        found = loans.balance(loan)
    else:
        found = seized(world, loans.balance(loan), draw(luck, Purpose.LEGAL_RESULT, 2))
    out.append(priced(account, day, Event.ENFORCED, found, 5_000.0))
    if found > 0:
        loan = loans.pay(loan, found)
        out.append(fact(account, loan, day, Event.PAID, found))
        if loans.past_due(loan, day) == 0:
            out.append(fact(account, loan, day, Event.CURED, 0))
    felt = max(day, account.case.legal_end)
    return with_legal(with_loan(account, loan), LegalStage.ENFORCED, NEVER, felt)
