"""How a posting is made: the few fields that a fact needs, the rest empty."""

from __future__ import annotations

from sim.agents import loan as loans
from sim.domain import DAY, Account, Loan, Posting
from sim.kernel import kernel


@kernel
def fact(account: Account, loan: Loan, day: int, event: int, amount: int) -> Posting:
    """Posting of something that happened to *account* in the morning of *day*.

    *loan* is the loan after the event; `dpd` is that before it.
    """
    return Posting(
        day * DAY, account.id, event, 0, 0, 0, -1, 0, amount, 0.0,
        loans.dpd(account.loan, day), loans.balance(loan), 0, 0, 0.0, 0.0, 0.0, 0,
    )  # fmt: skip


@kernel
def priced(account: Account, day: int, event: int, amount: int, cost: float) -> Posting:
    """Posting with a cost in cents and no change to the loan."""
    return Posting(
        day * DAY, account.id, event, 0, 0, 0, -1, 0, amount, cost,
        loans.dpd(account.loan, day), loans.balance(account.loan), 0, 0, 0.0, 0.0, 0.0, 0,
    )  # fmt: skip
