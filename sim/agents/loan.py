"""The loan: equal instalments, one every 30 days; payments fill the oldest first.

Interest is inside the instalment. A running plan stops the loan's clock (`hold_day`), so that
nothing further falls due and the days past due stand still until it ends.
"""

from __future__ import annotations

from sim.core.domain import NEVER, Loan
from sim.core.kernel import kernel


@kernel
def clock(loan: Loan, day: int) -> int:
    """Day on the loan's own clock."""
    return loan.hold_day if loan.hold_day != NEVER else day


@kernel
def instalments_due(loan: Loan, day: int) -> int:
    """Number of instalments fallen due by *day*; all of them once accelerated."""
    if loan.accelerated:
        return loan.count
    passed = clock(loan, day) - loan.first_due
    if passed < 0:
        return 0
    return min(loan.count, 1 + passed // 30)


@kernel
def past_due(loan: Loan, day: int) -> int:
    """Cents that are due and not paid."""
    claim = loan.instalment * loan.count - loan.waived
    due = min(loan.instalment * instalments_due(loan, day), claim)
    return max(0, due - loan.paid - loan.credited)


@kernel
def dpd(loan: Loan, day: int) -> int:
    """Days past due of the oldest unpaid instalment; 0 where nothing is past due."""
    if past_due(loan, day) == 0:
        return 0
    covered = (loan.paid + loan.credited) // loan.instalment
    late = clock(loan, day) - loan.first_due - 30 * covered
    return max(1, late) if loan.accelerated else late


@kernel
def bucket_of(days: int) -> int:
    """Bucket M0, M1 (1-30 days), M2 (31-60) and so on, as a number."""
    return (days + 29) // 30


@kernel
def balance(loan: Loan) -> int:
    """Cents of the whole open claim."""
    return loan.instalment * loan.count - loan.waived - loan.credited - loan.paid


@kernel
def due_in(loan: Loan, day: int) -> int:
    """Days to the next instalment, from 1 to 30; 0 once the schedule has ended."""
    passed = day - loan.first_due
    if passed < 0:
        return -passed
    return 30 - passed % 30 if passed // 30 + 1 < loan.count else 0


@kernel
def pay(loan: Loan, cents: int) -> Loan:
    """Return the loan after a payment of *cents*."""
    return Loan(
        loan.instalment, loan.count, loan.first_due, loan.paid + cents, loan.waived,
        loan.credited, loan.hold_day, loan.accelerated,
    )  # fmt: skip


@kernel
def give_up(loan: Loan, tail: int, arrears: int) -> Loan:
    """Return the loan with *tail* cents off its end and *arrears* cents off what is due."""
    return Loan(
        loan.instalment, loan.count, loan.first_due, loan.paid, loan.waived + tail,
        loan.credited + arrears, loan.hold_day, loan.accelerated,
    )  # fmt: skip


@kernel
def hold(loan: Loan, day: int) -> Loan:
    """Stop the loan's clock at *day*: a plan begins."""
    return Loan(
        loan.instalment, loan.count, loan.first_due, loan.paid, loan.waived, loan.credited,
        day, loan.accelerated,
    )  # fmt: skip


@kernel
def resume(loan: Loan, day: int, shift: bool) -> Loan:
    """Start the clock again; with *shift* the schedule moves by the time that it stood still.

    A kept plan shifts the schedule; a broken plan restores what would have been due.
    """
    moved = day - loan.hold_day if shift else 0
    return Loan(
        loan.instalment, loan.count, loan.first_due + moved, loan.paid, loan.waived,
        loan.credited, NEVER, loan.accelerated,
    )  # fmt: skip


@kernel
def accelerate(loan: Loan, yes: bool) -> Loan:
    """Return the loan with its whole claim due, or not."""
    return Loan(
        loan.instalment, loan.count, loan.first_due, loan.paid, loan.waived, loan.credited,
        loan.hold_day, yes,
    )  # fmt: skip
