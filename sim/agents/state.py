"""An account with one part changed. A rule says what changes; the rest stays as it is.

Spelled out once here, because a compiled rule cannot use `_replace`.
"""

from __future__ import annotations

from sim.core.domain import (
    Account,
    Case,
    Cash,
    Contacts,
    Deeds,
    LegalStage,
    Loan,
    Mail,
    Mind,
    Plan,
    Promise,
    Refusal,
    Refused,
)
from sim.core.kernel import kernel

MOST_REFUSALS = 30_000  #: that are counted


# One constructor, one block: the order of the fields reads across.
# fmt: off

@kernel
def in_the_book(a: Account) -> bool:
    """Tell whether the claim is the lender's to work on: neither sold nor written off."""
    stage = a.case.legal_stage
    return stage != LegalStage.SOLD and stage != LegalStage.CHARGED_OFF


@kernel
def with_loan(a: Account, loan: Loan) -> Account:
    """Change the loan."""
    return Account(a.id, a.traits, loan, a.cash, a.mind, a.promise, a.plan, a.mail, a.contacts,
                   a.deeds, a.case)


@kernel
def with_cash(a: Account, cash: Cash) -> Account:
    """Change the cash at hand."""
    return Account(a.id, a.traits, a.loan, cash, a.mind, a.promise, a.plan, a.mail, a.contacts,
                   a.deeds, a.case)


@kernel
def with_mind(a: Account, mind: Mind) -> Account:
    """Change the feelings."""
    return Account(a.id, a.traits, a.loan, a.cash, mind, a.promise, a.plan, a.mail, a.contacts,
                   a.deeds, a.case)


@kernel
def with_agreement(a: Account, promise: Promise, plan: Plan) -> Account:
    """Change what is agreed."""
    return Account(a.id, a.traits, a.loan, a.cash, a.mind, promise, plan, a.mail, a.contacts,
                   a.deeds, a.case)


@kernel
def with_mail(a: Account, mail: Mail) -> Account:
    """Change what is in the post."""
    return Account(a.id, a.traits, a.loan, a.cash, a.mind, a.promise, a.plan, mail, a.contacts,
                   a.deeds, a.case)


@kernel
def with_contacts(a: Account, contacts: Contacts) -> Account:
    """Change the count of touches."""
    return Account(a.id, a.traits, a.loan, a.cash, a.mind, a.promise, a.plan, a.mail, contacts,
                   a.deeds, a.case)


@kernel
def with_deeds(a: Account, deeds: Deeds) -> Account:
    """Change what the borrower has done."""
    return Account(a.id, a.traits, a.loan, a.cash, a.mind, a.promise, a.plan, a.mail, a.contacts,
                   deeds, a.case)


@kernel
def with_case(a: Account, case: Case) -> Account:
    """Change the state of the file."""
    return Account(a.id, a.traits, a.loan, a.cash, a.mind, a.promise, a.plan, a.mail, a.contacts,
                   a.deeds, case)


@kernel
def ask_from(a: Account, day: int) -> Account:
    """The strategy is asked again from *day* on."""
    k = a.case
    return with_case(a, Case(k.reason, k.disputed, k.complained, k.paused_until, k.legal_stage,
                             k.legal_day, k.legal_end, day, k.number_dead, k.address_failed,
                             k.placed_until, k.placements, k.refusal))


@kernel
def with_refusal(a: Account, refusal: Refusal) -> Account:
    """Change what came of the strategy's wishes."""
    k = a.case
    return with_case(a, Case(k.reason, k.disputed, k.complained, k.paused_until, k.legal_stage,
                             k.legal_day, k.legal_end, k.next_day, k.number_dead, k.address_failed,
                             k.placed_until, k.placements, refusal))


@kernel
def is_shut(a: Account, channel: int, day: int) -> bool:
    """Tell whether a wish for *channel* was refused today."""
    r = a.case.refusal
    return r.day == day and (r.shut >> channel) & 1 == 1


@kernel
def refuse(a: Account, channel: int, why: int, day: int) -> Account:
    """Mark a wish that came to nothing."""
    r = a.case.refusal
    shut = (r.shut if r.day == day else 0) | (1 << channel)
    more = 1 if why == Refused.SEAT else 0
    return with_refusal(a, Refusal(channel, why, min(MOST_REFUSALS, r.in_a_row + 1), day, shut,
                                   min(MOST_REFUSALS, r.unseated + more)))


@kernel
def shut_today(a: Account, channel: int, day: int) -> Account:
    """Mark a wish that waits for another day: it is not refused."""
    r = a.case.refusal
    shut = (r.shut if r.day == day else 0) | (1 << channel)
    return with_refusal(a, Refusal(r.channel, r.why, r.in_a_row, day, shut, r.unseated))


@kernel
def worked(a: Account) -> Account:
    """Something was done for the account: the row of refusals ends."""
    r = a.case.refusal
    if r.in_a_row == 0:
        return a
    return with_refusal(a, Refusal(r.channel, r.why, 0, r.day, r.shut, r.unseated))


@kernel
def held(a: Account, until: int, disputed: bool, complained: bool) -> Account:
    """Outbound work rests until the day *until*, because of a dispute or a complaint."""
    k = a.case
    return with_case(a, Case(k.reason, k.disputed or disputed, k.complained or complained,
                             max(k.paused_until, until), k.legal_stage, k.legal_day, k.legal_end,
                             k.next_day, k.number_dead, k.address_failed, k.placed_until,
                             k.placements, k.refusal))


@kernel
def with_legal(a: Account, stage: int, day: int, end: int) -> Account:
    """The suit is at *stage*; the next follows on *day*; the filing is felt until *end*."""
    k = a.case
    return with_case(a, Case(k.reason, k.disputed, k.complained, k.paused_until, stage, day, end,
                             k.next_day, k.number_dead, k.address_failed, k.placed_until,
                             k.placements, k.refusal))


@kernel
def with_contact_data(a: Account, number_dead: bool, address_failed: bool) -> Account:
    """Change what is wrong with the contact data."""
    k = a.case
    return with_case(a, Case(k.reason, k.disputed, k.complained, k.paused_until, k.legal_stage,
                             k.legal_day, k.legal_end, k.next_day, number_dead, address_failed,
                             k.placed_until, k.placements, k.refusal))


@kernel
def placed_with(a: Account, until: int) -> Account:
    """The account is with one more agency until the day *until*."""
    k = a.case
    return with_case(a, Case(k.reason, k.disputed, k.complained, k.paused_until, k.legal_stage,
                             k.legal_day, k.legal_end, k.next_day, k.number_dead, k.address_failed,
                             until, k.placements + 1, k.refusal))


@kernel
def with_reason(a: Account, reason: int) -> Account:
    """The borrower has said why."""
    k = a.case
    return with_case(a, Case(reason, k.disputed, k.complained, k.paused_until, k.legal_stage,
                             k.legal_day, k.legal_end, k.next_day, k.number_dead, k.address_failed,
                             k.placed_until, k.placements, k.refusal))


@kernel
def in_bucket(a: Account, bucket: int, rolled: bool) -> Account:
    """The account is in *bucket*; one more late month if it *rolled* there."""
    d = a.deeds
    return with_deeds(a, Deeds(d.payment_day, d.paid_block, d.paid_before, d.promises_kept,
                               d.promises_broken, d.plan_status, d.plan_kept, d.plan_end,
                               d.late_months + (1 if rolled else 0), bucket, d.broken_day))


@kernel
def with_promise_done(a: Account, kept: bool) -> Account:
    """Count a promise kept or broken."""
    d = a.deeds
    return with_deeds(a, Deeds(d.payment_day, d.paid_block, d.paid_before,
                               d.promises_kept + (1 if kept else 0),
                               d.promises_broken + (0 if kept else 1), d.plan_status, d.plan_kept,
                               d.plan_end, d.late_months, d.bucket, d.broken_day))


@kernel
def with_broken(a: Account, day: int) -> Account:
    """Note that a promise or a plan was broken on *day*."""
    d = a.deeds
    return with_deeds(a, Deeds(d.payment_day, d.paid_block, d.paid_before, d.promises_kept,
                               d.promises_broken, d.plan_status, d.plan_kept, d.plan_end,
                               d.late_months, d.bucket, day))


@kernel
def with_plan_record(a: Account, status: int, kept: bool, end: int) -> Account:
    """Note the plan's status, an instalment of it kept, and the day on which it ended."""
    d = a.deeds
    return with_deeds(a, Deeds(d.payment_day, d.paid_block, d.paid_before, d.promises_kept,
                               d.promises_broken, status, d.plan_kept + (1 if kept else 0), end,
                               d.late_months, d.bucket, d.broken_day))
