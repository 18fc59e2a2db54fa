"""The loan's arithmetic against a schedule written out by hand."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import assume, given
from hypothesis import strategies as st

from sim.agents import loan as loans
from sim.core.domain import NEVER, Loan

days = st.integers(-500, 2_500)
spans = st.integers(0, 700)


@st.composite
def running(draw):
    """A loan that runs: something paid, something given up, nothing held or accelerated."""
    instalment, count = draw(st.integers(1, 1_000_000)), draw(st.integers(1, 60))
    claim = instalment * count
    waived = draw(st.integers(0, claim))
    paid = draw(st.integers(0, claim - waived))
    credited = draw(st.integers(0, claim - waived - paid))
    first = draw(st.integers(-400, 400))
    return Loan(instalment, count, first, paid, waived, credited, NEVER, False)


class Slot(NamedTuple):
    """One instalment of the naive schedule."""

    day: int
    unpaid: int


def schedule(loan: Loan) -> list[Slot]:
    """Write every instalment out: the tail is cut off the end, money fills the oldest first."""
    cents = [loan.instalment] * loan.count
    cut = loan.waived
    for i in reversed(range(loan.count)):
        off = min(cut, cents[i])
        cents[i] -= off
        cut -= off
    money = loan.paid + loan.credited
    slots = []
    for i, amount in enumerate(cents):
        filled = min(money, amount)
        money -= filled
        slots.append(Slot(loan.first_due + 30 * i, amount - filled))
    return slots


def late(loan: Loan, day: int) -> list[Slot]:
    return [slot for slot in schedule(loan) if slot.day <= day and slot.unpaid > 0]


@given(running(), days)
def test_what_is_past_due_is_what_the_schedule_leaves_unpaid(loan, day):
    assert loans.past_due(loan, day) == sum(slot.unpaid for slot in late(loan, day))


@given(running(), days)
def test_days_past_due_count_from_the_oldest_unpaid_instalment(loan, day):
    open_slots = late(loan, day)
    assert loans.dpd(loan, day) == (day - open_slots[0].day if open_slots else 0)


@given(running(), days)
def test_instalments_fall_due_every_thirty_days(loan, day):
    assert loans.instalments_due(loan, day) == sum(slot.day <= day for slot in schedule(loan))


@given(running(), days, st.integers(1, 10**8))
def test_a_payment_fills_the_oldest_instalment_first(loan, day, cents):
    cents = min(cents, loans.balance(loan))
    after = loans.pay(loan, cents)
    for old, new in zip(schedule(loan), schedule(after), strict=True):
        assert new.unpaid == max(0, old.unpaid - cents)
        cents -= old.unpaid - new.unpaid
    assert cents == 0
    assert loans.dpd(after, day) <= loans.dpd(loan, day)


@given(running(), days)
def test_paying_what_is_past_due_cures_and_one_cent_less_does_not(loan, day):
    owed = loans.past_due(loan, day)
    assume(owed > 0)
    cured = loans.pay(loan, owed)
    assert loans.past_due(cured, day) == loans.dpd(cured, day) == 0
    assert loans.past_due(loans.pay(loan, owed - 1), day) == 1


@given(running(), days)
def test_something_is_past_due_exactly_when_days_are(loan, day):
    assert (loans.past_due(loan, day) > 0) == (loans.dpd(loan, day) > 0 or on_the_day(loan, day))


def on_the_day(loan: Loan, day: int) -> bool:
    """The oldest unpaid instalment falls due today: owed, but zero days late."""
    open_slots = late(loan, day)
    return bool(open_slots) and open_slots[0].day == day


@given(running(), days, spans)
def test_days_past_due_stand_still_while_a_plan_holds_the_clock(loan, day, later):
    held = loans.hold(loan, day)
    assert loans.dpd(held, day + later) == loans.dpd(loan, day)
    assert loans.past_due(held, day + later) == loans.past_due(loan, day)


@given(running(), days, spans, spans)
def test_a_kept_plan_moves_the_schedule_by_the_time_it_took(loan, day, held, later):
    after = loans.resume(loans.hold(loan, day), day + held, True)
    assert loans.dpd(after, day + held + later) == loans.dpd(loan, day + later)
    assert loans.past_due(after, day + held + later) == loans.past_due(loan, day + later)


@given(running(), days, spans)
def test_a_broken_plan_restores_what_would_have_been_due(loan, day, held):
    assert loans.resume(loans.hold(loan, day), day + held, False) == loan


@given(running(), days)
def test_acceleration_makes_the_whole_claim_due_and_is_undone_exactly(loan, day):
    whole = loans.accelerate(loan, True)
    assert loans.past_due(whole, day) == loans.balance(loan)
    assert (loans.dpd(whole, day) > 0) == (loans.balance(loan) > 0)
    assert loans.dpd(whole, day) >= loans.dpd(loan, day)
    assert loans.accelerate(whole, False) == loan


steps = st.lists(st.tuples(st.sampled_from(["pay", "tail", "arrears"]), st.integers(0, 10**7)))


@given(running(), steps, days)
def test_no_cent_is_lost_or_made(loan, moves, day):
    opened, paid, given_up = loans.balance(loan), 0, 0
    for what, wish in moves:
        owed = loans.past_due(loan, day)
        cents = min(wish, owed if what == "arrears" else loans.balance(loan))
        if what == "pay":
            loan, paid = loans.pay(loan, cents), paid + cents
        else:
            tail, arrears = (cents, 0) if what == "tail" else (0, cents)
            loan, given_up = loans.give_up(loan, tail, arrears), given_up + cents
        assert loans.balance(loan) == opened - paid - given_up >= 0
        assert 0 <= loans.past_due(loan, day) <= loans.balance(loan)


@given(running(), st.integers(0, 10**7), days)
def test_a_write_down_taken_back_leaves_the_loan_as_it_was(loan, cents, day):
    tail = min(cents, loans.balance(loan))
    assert loans.give_up(loans.give_up(loan, tail, 0), -tail, 0) == loan


@given(st.integers(0, 3_000))
def test_a_bucket_is_thirty_days_wide_and_m0_is_exactly_zero(late_days):
    bucket = loans.bucket_of(late_days)
    assert 30 * (bucket - 1) < late_days <= 30 * bucket
