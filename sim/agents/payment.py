"""Money that moves: what comes in, what can be parted with, what is paid, what is given up."""

from __future__ import annotations

from sim.agents import loan as loans
from sim.agents.facts import fact, received
from sim.core.domain import NEVER, Account, Cash, Deeds, Event, Loan, Mind, Posting, Promise
from sim.core.kernel import kernel
from sim.core.rng import Purpose, draw
from sim.scenario.world import World


@kernel
def income(world: World, account: Account, season: float) -> float:
    """Cents that the next payday brings."""
    depth = world.kinds[account.traits.kind].depth if account.cash.shocked else 1.0
    return account.traits.slack * depth * season


@kernel
def amount_from(world: World, account: Account, owed: int) -> int:
    """Cents that the borrower can part with: all, most of it, instalments, a round sum, none."""
    b, money, instalment = world.borrower, account.cash.buffer, account.loan.instalment
    if money >= owed:
        return owed
    if account.loan.accelerated and money >= b.settle_share * owed:
        return int(money)
    if money >= instalment:
        return int(money / instalment) * instalment
    if money >= b.part_from * instalment:
        return min(owed, round_sum(world, b.part_share * money))
    return 0


@kernel
def round_sum(world: World, cents: float) -> int:
    """Return the round sum that *cents* is enough for, at most a whole sum as it is."""
    step = int(100.0 * world.borrower.round_to)
    return int(cents) // step * step if step > 0 else int(cents)


@kernel
def decided(world: World, account: Account, owed: int, day: int) -> int:
    """Cents of a payment of one's own accord: who cannot end the matter mostly leaves it."""
    cents = amount_from(world, account, owed)
    b = world.borrower
    if not account.loan.accelerated or cents >= b.settle_share * owed:
        return cents
    partly = draw(account.traits.luck, Purpose.PAYMENT_SIZE, day) < b.late_part
    return cents if partly else 0


@kernel
def commission(world: World, account: Account, day: int, cents: int) -> float:
    """Cents that the agency keeps of a payment that comes while it has the account."""
    if account.case.placed_until <= day:
        return 0.0
    return world.agency.commission[min(2, account.case.placements - 1)] * cents


@kernel
def paid(world: World, account: Account, day: int, cents: int, out: list[Posting]) -> Account:
    """Take *cents* from the cash at hand to the loan and record it, and the cure if it is one.

    What is paid before an open promise falls due counts towards it: a promise is kept *by* its
    day (M8). A payment makes another more likely (M3).
    """
    loan = loans.pay(account.loan, cents)
    out.append(received(account, loan, day, cents, commission(world, account, day, cents)))
    if loans.past_due(loan, day) == 0:
        loan = _cured(account, loan, day, out)
    d, m = account.deeds, account.mind
    block, before = _blocks(d, day)
    return Account(
        account.id,
        account.traits,
        loan,
        Cash(account.cash.buffer - cents, account.cash.shocked),
        Mind(m.nudge, m.fear, m.resentment, m.trust, 1.0, m.bond, m.risk),
        _partly_kept(world, account.promise, cents),
        account.plan,
        account.mail,
        account.contacts,
        Deeds(
            day, block + cents, before, d.promises_kept, d.promises_broken, d.plan_status,
            d.plan_kept, d.plan_end, d.late_months, d.bucket, d.broken_day,
        ),
        account.case,
    )  # fmt: skip


@kernel
def _cured(account: Account, loan: Loan, day: int, out: list[Posting]) -> Loan:
    """Nothing is past due any more: the claim is no longer accelerated."""
    loan = loans.accelerate(loan, False)
    if account.deeds.bucket > 0:
        out.append(fact(account, loan, day, Event.CURED, 0))
    return loan


@kernel
def _partly_kept(world: World, promise: Promise, cents: int) -> Promise:
    """What an open promise still asks for after an early payment.

    It is lowered so that the share that counts as kept is reached by both payments together.
    """
    if promise.day == NEVER:
        return promise
    share = 1.0 if promise.waive > 0 else world.borrower.kept_share
    counts = int(cents / share) if share > 0.0 else promise.cents
    return Promise(promise.day, max(0, promise.cents - counts), promise.binding, promise.waive)


@kernel
def _blocks(deeds: Deeds, day: int) -> tuple[int, int]:
    """Cents paid in the present and the last 15-day block, seen from *day*."""
    gap = day // 15 - max(deeds.payment_day, 0) // 15
    if gap == 0:
        return deeds.paid_block, deeds.paid_before
    return 0, deeds.paid_block if gap == 1 else 0


@kernel
def waived(account: Account, day: int, cents: int, out: list[Posting]) -> Loan:
    """The lender gives up the rest of the arrears, as agreed; returns the loan."""
    loan = loans.give_up(account.loan, 0, min(cents, loans.past_due(account.loan, day)))
    given = loan.credited - account.loan.credited
    if given > 0:
        out.append(fact(account, loan, day, Event.WAIVED, given))
        if loans.past_due(loan, day) == 0:
            loan = _cured(account, loan, day, out)
    return loan
