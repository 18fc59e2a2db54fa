"""Litigation as one pipeline of two delays (thin): filing, judgment, enforcement.

Filing frightens those who have something to lose (M13); enforcement finds anything in the share
of cases that the courts report (evidence B4.1), and takes what is there.
"""

from __future__ import annotations

import math

from sim.agents import loan as loans
from sim.agents.facts import fact, priced, sent
from sim.agents.state import with_legal, with_loan, with_mind
from sim.agents.world import World
from sim.domain import (
    DAY,
    NEVER,
    Account,
    Channel,
    Event,
    LegalStage,
    Mind,
    Outcome,
    Posting,
)
from sim.kernel import kernel
from sim.rng import Purpose, draw


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
def file_suit(world: World, account: Account, second: int, out: list[Posting]) -> Account:
    """File suit; the fee and the batch price are spent, the borrower is served."""
    day = second // DAY
    claim = loans.balance(account.loan)
    cost = world.channels[Channel.LITIGATION.value].cost + court_fee(claim)
    channel = Channel.LITIGATION
    out.append(sent(account, second, Event.FILED, channel, 0, Outcome.DELIVERED, cost, 0.0, 0.0))
    until = day + _delay(account, 1, world.court.judgment_days)
    return with_mind(
        with_legal(account, LegalStage.FILED, until, day + world.court.shock_days),
        _served(world, account),
    )


@kernel
def court_morning(world: World, account: Account, day: int, out: list[Posting]) -> Account:
    """Judgment is given, or enforcement finds something or nothing."""
    loan = account.loan
    if loans.balance(loan) == 0 or account.deeds.bucket == 0:
        return with_legal(account, LegalStage.ENFORCED, NEVER, day)
    if account.case.legal_stage == LegalStage.FILED:
        out.append(priced(account, day, Event.JUDGED, loans.balance(loan), 0.0))
        until = day + _delay(account, 2, world.court.enforcement_days)
        return with_mind(
            with_legal(account, LegalStage.JUDGED, until, day), _served(world, account)
        )
    found = 0
    if draw(account.traits.luck, Purpose.LEGAL_RESULT, 2) < world.court.hit:
        found = loans.balance(loan)
    out.append(priced(account, day, Event.ENFORCED, found, 5_000.0))
    if found > 0:
        loan = loans.pay(loan, found)
        out.append(fact(account, loan, day, Event.PAID, found))
        out.append(fact(account, loan, day, Event.CURED, 0))
    return with_legal(with_loan(account, loan), LegalStage.ENFORCED, NEVER, day)
