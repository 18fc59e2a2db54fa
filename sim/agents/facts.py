"""How a posting is made: the few fields that a fact needs, the rest empty."""

from __future__ import annotations

from sim.agents import loan as loans
from sim.core.domain import DAY, Account, Event, Loan, Posting
from sim.core.kernel import kernel


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
def received(account: Account, loan: Loan, day: int, cents: int, cost: float) -> Posting:
    """Posting of a payment; *cost* in cents is what somebody else keeps of it."""
    return Posting(
        day * DAY, account.id, Event.PAID, 0, 0, 0, -1, 0, cents, cost,
        loans.dpd(account.loan, day), loans.balance(loan), 0, 0, 0.0, 0.0, 0.0, 0,
    )  # fmt: skip


@kernel
def priced(account: Account, day: int, event: int, amount: int, cost: float) -> Posting:
    """Posting with a cost in cents and no change to the loan."""
    return Posting(
        day * DAY, account.id, event, 0, 0, 0, -1, 0, amount, cost,
        loans.dpd(account.loan, day), loans.balance(account.loan), 0, 0, 0.0, 0.0, 0.0, 0,
    )  # fmt: skip


@kernel
def sent(
    account: Account, second: int, event: int, channel: int, tone: int, outcome: int, cost: float,
    to_lender: float, public: float,
) -> Posting:  # fmt: skip
    """Posting of a touch that speaks to nobody: message, letter, suit."""
    day = second // DAY
    return Posting(
        second, account.id, event, channel, tone, 0, -1, outcome, 0, cost,
        loans.dpd(account.loan, day), loans.balance(account.loan), 0, 0, to_lender, public, 0.0, 0,
    )  # fmt: skip


@kernel
def spoken(
    account: Account, second: int, event: int, channel: int, tone: int, offer: int, post: int,
    outcome: int, cents: int, cost: float, waited: int, lasted: int,
) -> Posting:  # fmt: skip
    """Posting of a voice touch that ended at *second*, its risk still to be put in."""
    day = second // DAY
    return Posting(
        second, account.id, event, channel, tone, offer, post, outcome, cents, cost,
        loans.dpd(account.loan, day), loans.balance(account.loan), waited, lasted, 0.0, 0.0, 0.0, 0,
    )  # fmt: skip


@kernel
def risky(p: Posting, to_lender: float, public: float, breach: float) -> Posting:
    """Return the posting with the probabilities that its draws used."""
    return Posting(
        p.time, p.account, p.event, p.channel, p.tone, p.offer, p.resource, p.outcome, p.amount,
        p.cost, p.dpd, p.balance, p.wait_seconds, p.talk_seconds, to_lender, public, breach, p.rule,
    )  # fmt: skip


@kernel
def at_second(p: Posting, second: int) -> Posting:
    """Return the posting with the time at which the talk ended."""
    return Posting(
        second, p.account, p.event, p.channel, p.tone, p.offer, p.resource, p.outcome, p.amount,
        p.cost, p.dpd, p.balance, p.wait_seconds, p.talk_seconds, p.p_complaint, p.p_regulator,
        p.p_breach, p.rule,
    )  # fmt: skip
