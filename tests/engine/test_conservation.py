"""Nothing is lost or made: cents, seat-seconds, tickets, touches."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import ClassVar

import pytest
from conftest import ENDINGS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.agents import loan as loans
from sim.core.domain import DAY, Event, Outcome, Role
from sim.engine import Story
from sim.engine.ledger import SEATS
from sim.engine.story.calls import Calls
from sim.engine.story.touches import Touches
from sim.strategies import SHELF

#: refused in the morning, when something else can still be wished
AT_PLANNING = (Event.BLOCKED, Event.UNFUNDED, Event.CLOSED)
NAMES = [name for name in SHELF if name != "ai"]  # unfitted it calls; fitting takes a burn-in
quiet = settings(
    deadline=None, max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class Counted(Story):
    """A story that counts the touches it starts and the seats it gives, by role."""

    started = 0
    given: ClassVar[Counter[int]] = Counter()

    def __init__(self, *about):
        super().__init__(*about)
        self.touches = CountedTouches(self.scene, self.books, self._plan)
        self.calls = CountedCalls(self.scene, self.books)


class CountedTouches(Touches):
    def _touch(self, *about):
        Counted.started += 1
        yield from super()._touch(*about)

    def _may_go_on(self, who, action, role, seat, ready):
        Counted.given[role] += seat is not None
        return super()._may_go_on(who, action, role, seat, ready)


class CountedCalls(Calls):
    def _answer(self, who, role, *about):
        Counted.given[role] += 1
        yield from super()._answer(who, role, *about)


@pytest.fixture
def counted():
    Counted.started, Counted.given = 0, Counter()
    return Counted


@pytest.fixture(scope="module")
def easy(small):
    """Borrowers who pick up and agree easily, and keep little of it."""
    return small.with_(
        {"borrower.reach": 1.0, "borrower.take_plan": 3.0, "borrower.promise": 1.0,
         "borrower.pay_now": 0.0, "borrower.plan_kept": -1.0}
    )  # fmt: skip


def cents(facts, *events) -> int:
    return sum(p.amount for p in facts.postings if p.event in events)


def assert_conserved(facts):
    came = cents(facts, Event.OPENED, Event.ENTERED)
    went = cents(facts, Event.PAID, Event.WAIVED, Event.WRITTEN_DOWN, Event.SOLD)
    assert came == went + sum(loans.balance(a.loan) for a in facts.final)


@pytest.mark.parametrize("name", NAMES)
def test_every_cent_is_paid_given_up_or_open(small, tell, name):
    assert_conserved(tell(small, name, accounts=80, days=45))


@given(seed=st.integers(0, 10_000), accounts=st.integers(1, 60), days=st.integers(1, 60))
@quiet
def test_every_cent_is_kept_whatever_is_tried(easy, tell, anything, seed, accounts, days):
    assert_conserved(tell(easy, anything, accounts=accounts, days=days, seed=seed))


def test_every_account_keeps_its_own_cents(easy, tell, anything):
    facts = tell(easy, anything, accounts=80, days=60)
    left: Counter[int] = Counter()
    for p in facts.postings:
        if p.event in (Event.OPENED, Event.ENTERED):
            left[p.account] += p.amount
        if p.event in (Event.PAID, Event.WAIVED, Event.WRITTEN_DOWN, Event.SOLD):
            left[p.account] -= p.amount
            assert p.balance == left[p.account]
    assert all(left[a.id] == loans.balance(a.loan) >= 0 for a in facts.final)
    assert {a.id for a in facts.final} == set(left)


def test_concessions_and_their_taking_back_are_on_record(easy, tell, anything):
    seen = {p.event for p in tell(easy, anything, accounts=150, days=90).postings}
    assert {Event.WAIVED, Event.WRITTEN_DOWN, Event.PLAN, Event.PLAN_BROKEN} <= seen


# --- seats -------------------------------------------------------------------------------------


def seat_rows(facts):
    return [dict(zip(SEATS, row, strict=True)) for row in facts.seats]


@pytest.mark.parametrize("name", [*NAMES, "anything"])
def test_a_seat_is_never_busy_for_longer_than_it_is_open(small, tell, anything, name):
    facts = tell(small, anything if name == "anything" else name, accounts=80, days=30)
    for row in seat_rows(facts):
        assert 0 <= row["busy"] <= row["open"], row
        assert row["overtime"] >= 0


def work(facts) -> dict[int, list[tuple[int, int]]]:
    """From when to when each post talked, by the ledger."""
    spans = defaultdict(list)
    for p in facts.postings:
        if p.resource >= 0:
            spans[p.resource].append((p.time - p.talk_seconds, p.time))
    return spans


def test_busy_seconds_and_overtime_are_those_of_the_ledger(small, tell, anything, everybody):
    facts = tell(small, anything, accounts=400, days=30, posts=everybody)
    for role in (Role.PHONE, Role.FIELD, Role.SUPERVISOR):
        rows = [row for row in seat_rows(facts) if row["role"] == role]
        seconds = sum(
            end - start
            for post, spans in work(facts).items()
            for start, end in spans
            if post // 100_000 == role
        )
        assert seconds > 0, role
        assert seconds == sum(row["busy"] + row["overtime"] for row in rows), role


def test_idle_busy_and_off_fill_every_day_of_every_seat(small, tell, seats):
    posts = seats(3, start=9.0, end=15.5)
    facts = tell(small, "phone_only", accounts=150, days=14, posts=posts)
    spans = work(facts)
    for row in seat_rows(facts):
        if row["role"] != Role.PHONE or not row["open"]:
            continue
        start, end = row["day"] * DAY + posts[0].start, row["day"] * DAY + posts[0].end
        busy = idle = over = 0
        for p in posts:
            at = start
            for began, ended in spans[p.number]:
                if began // DAY == row["day"]:
                    assert at <= began, "one seat, two talks"
                    idle += began - at
                    busy += min(ended, end) - began
                    over += max(0, ended - end)
                    at = ended
            idle += max(0, end - at)
        assert (busy, over) == (row["busy"], row["overtime"])
        assert busy + idle == row["open"] == 3 * (end - start)


def test_overtime_is_less_than_one_piece_of_work_per_post_and_day(small, tell, seats):
    facts = tell(small, "phone_only", accounts=440, days=7, posts=seats(2, end=10.0))
    longest = max(p.talk_seconds for p in facts.postings)
    assert any(row["overtime"] for row in seat_rows(facts))
    assert all(row["overtime"] < 2 * longest for row in seat_rows(facts))


# --- tickets and touches -----------------------------------------------------------------------


def test_every_ticket_is_served_abandoned_or_turned_away(small, tell, anything, everybody, counted):
    facts = tell(small, anything, accounts=400, days=30, posts=everybody, kind=counted)
    for role in (Role.PHONE, Role.BOT, Role.FIELD, Role.LEGAL, Role.SUPERVISOR):
        rows = [row for row in seat_rows(facts) if row["role"] == role]
        served = sum(row["tickets"] - row["abandoned"] - row["unserved"] for row in rows)
        assert served == counted.given[role] > 0, role


@pytest.mark.parametrize("name", [*NAMES, "anything"])
def test_every_touch_ends_exactly_once(small, tell, anything, counted, name):
    strategy = anything if name == "anything" else name
    facts = tell(small, strategy, accounts=80, days=30, kind=counted)
    planned_only = sum(p.event in AT_PLANNING and p.wait_seconds == 0 for p in facts.postings)
    ended = sum(p.event in ENDINGS for p in facts.postings)
    assert ended - planned_only <= counted.started <= ended


ENDS = {*range(Outcome.NO_ANSWER, Outcome.HUNG_UP + 1), Outcome.LISTENED, Outcome.INVALID}
MISSED = (Outcome.NO_ANSWER, Outcome.OTHER_PERSON, Outcome.INVALID)
VOICE = (Event.DIALLED, Event.REACHED, Event.VISITED, Event.ANSWERED)


def test_every_conversation_has_one_outcome(small, tell, anything):
    for p in tell(small, anything, accounts=150, days=45).postings:
        if p.event in VOICE:
            assert p.outcome in ENDS
            unanswered = p.outcome in MISSED
            assert unanswered == (p.event == Event.DIALLED) or p.event == Event.VISITED
        elif p.event in ENDINGS:
            dropped = p.event in (Event.UNSERVED, Event.STALE, *AT_PLANNING)
            assert (p.outcome == Outcome.DROPPED) == dropped


def test_every_caller_is_answered_or_lost(small, tell):
    facts = tell(small, "process", accounts=200, days=40)
    ends = Counter(p.event for p in facts.postings)
    assert ends[Event.RANG] == ends[Event.ANSWERED] + ends[Event.ABANDONED]
