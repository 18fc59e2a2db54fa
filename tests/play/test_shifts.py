"""Evenings, Saturdays and overtime on the phone: worked, lawful, and paid for."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.agents.budget import GRAIN, _posts, overtime_most, sixth_days, staff
from sim.agents.shifts import begins
from sim.core.domain import DAY, HOUR, Event, Organisation, Role
from sim.engine import Story, purse
from sim.engine.ledger import SEATS
from sim.engine.seasoning import calendar
from sim.scenario import Scenario, names
from sim.scenario.world import world
from sim.strategies import SHELF

CALLS = (Event.DIALLED, Event.REACHED)
few = settings(
    deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
share = st.floats(0.0, 1.0)


class Watched(Story):
    """A story that leaves its purse behind."""

    left = 0.0

    def close(self):
        Watched.left = sum(self.scene.pots)
        return super().close()


def hours_of_calls(facts):
    """Hour at which each call began."""
    begun = (p.time - p.talk_seconds for p in facts.postings if p.event in CALLS)
    return Counter(second % DAY // HOUR for second in begun)


def rows(facts, role=Role.PHONE):
    table = [dict(zip(SEATS, row, strict=True)) for row in facts.seats]
    return [row for row in table if row["role"] == role]


# --- evenings ------------------------------------------------------------------------------------


def test_who_stays_in_the_evening_calls_in_the_evening(small, tell):
    usual, late = (
        hours_of_calls(tell(small, SHELF["process"].organised(evening_share=e), days=28))
        for e in (0.0, 0.5)
    )
    assert max(usual) <= small.floor.close_hour
    assert sum(n for hour, n in late.items() if hour >= 18) > 0.1 * late.total()
    assert max(late) < small.law.quiet_from


@given(share, st.integers(0, 40), st.integers(1, 30))
def test_each_post_works_late_in_its_turn(evenings, first, posts):
    """On every day the share of the floor, to one post; each post on the share of its days."""
    late = [
        [begins(1, 2, evenings, day + 100_000 + i) == 2 for i in range(posts)]
        for day in range(first, first + 30)
    ]
    assert all(abs(sum(day) - evenings * posts) < 1.0 + 1e-6 for day in late)
    for i in range(posts):
        assert abs(sum(day[i] for day in late) - 30 * evenings) < 1.0 + 1e-6


# --- small floors --------------------------------------------------------------------------------


@given(st.floats(0.03, 12.0), st.sampled_from([Role.PHONE, Role.LEGAL]))
def test_a_floor_of_any_size_answers_from_opening_to_closing(seats, role):
    """So does the larger floor of which it is a part; no part of a seat is lost."""
    s = Scenario.load("weilidai")
    posts = _posts(s, Organisation(), role, seats, 100.0)
    assert round(GRAIN * sum(p.wage for p in posts) / 100) == int(GRAIN * seats + 1e-9)
    if role == Role.PHONE:
        assert min(p.start for p in posts) == s.floor.open_hour * HOUR
        assert max(p.end for p in posts) == s.floor.close_hour * HOUR


# --- Saturdays -----------------------------------------------------------------------------------


def test_who_works_a_sixth_day_calls_on_saturdays_and_nobody_else_comes(small, tell):
    facts = tell(small, SHELF["process"].organised(saturday_share=1.0), days=35)
    days = calendar(small, 35)
    called = Counter(days.today[p.time // DAY].weekday for p in facts.postings if p.event in CALLS)
    assert called[5] > 0
    assert called[6] == 0
    free = {row["day"] for row in rows(facts) if row["open"] > 0} - days.works
    assert free == days.saturdays
    assert all(row["open"] == 0 for row in rows(facts, Role.LEGAL) if row["day"] in free)


def test_a_holiday_is_no_sixth_day():
    days = calendar(Scenario.load("weilidai", ["book.start=2026-10-01"]), 31)
    assert days.saturdays
    assert not days.saturdays & days.works
    assert 2 not in days.saturdays  # 3 October


# --- lawful, and paid for ------------------------------------------------------------------------


@given(share, share, st.floats(2.0, 9.0), st.sampled_from(names()))
@few
def test_no_month_has_more_overtime_than_is_lawful(evenings, sixth, hours, name):
    s = Scenario.load(name).with_({"floor.shift_hours": hours})
    o = Organisation(evening_share=evenings, saturday_share=sixth, purse_to_seats=1.0)
    month = sixth_days(s, o) + overtime_most(s, o) * s.floor.days_a_month
    assert month * hours <= s.people.overtime_month + 1e-9
    assert overtime_most(s, o) * hours <= s.people.overtime_day + 1e-9
    for post in staff(s, o, 5_000, "same").posts:
        assert post.late + post.end - post.start <= s.law.quiet_from * HOUR


@pytest.mark.parametrize("lever", ["evening_share", "saturday_share"])
def test_other_hours_cost_seats(lever):
    s = Scenario.load("weilidai")

    def seats(o):
        posts = staff(s, o, 10_000, "same").posts
        return sum(p.paid for p in posts if p.role == Role.PHONE)

    usual, moved = Organisation(), Organisation(**{lever: 1.0})
    assert seats(moved) < seats(usual)
    plan = staff(s, moved, 10_000, "same")
    assert plan.planned <= plan.budget


@given(share, st.integers(0, 99), st.floats(0.05, 0.5))
@few
def test_what_pays_overtime_comes_from_the_purse_to_the_cent(small, tell, moved, seed, purse):
    rich = SHELF["phone_only"].organised(
        purse_share=purse, seat_share=0.3, idle_days=0.0, purse_to_seats=moved
    )
    facts = tell(small, rich, accounts=80, days=25, seed=seed, kind=Watched)
    plan = facts.practices[0].staffing
    usual = min(row["wages"] for row in rows(facts))
    overtime = sum(row["wages"] - usual for row in rows(facts))
    touches = sum(p.cost for p in facts.postings if p.event not in (Event.PAID, Event.ENFORCED))
    assert touches + overtime + Watched.left == pytest.approx(plan.purse / 30.0 * 25)
    extra = sum(row["paid"] for row in rows(facts)) * 1.0
    assert overtime <= plan.overtime_price * plan.overtime_most * extra + 1.0


money = st.tuples(*[st.floats(0.0, 1e6)] * purse.POTS)


@given(money, money, share, st.floats(0.0, 1e5), share)
def test_overtime_takes_only_what_nothing_waits_for(pots, lacked, moved, pace, part):
    w = world(Scenario(), Organisation(visit_share=0.3, suit_share=0.3, purse_to_seats=moved))
    spares = purse.spare(w, pace, pots, lacked)
    after = purse.paid_by(pots, spares, part * purse.summed(spares))
    assert sum(pots) - sum(after) == pytest.approx(part * sum(spares), abs=1e-3)
    waiting = any(cost > held for cost, held in zip(lacked, pots, strict=True))
    for spare, left, held in zip(spares, after, lacked, strict=True):
        assert spare == 0.0 or not waiting
        assert left >= -1e-6
        assert spare == 0.0 or left >= held - 1e-3


def test_an_idle_purse_keeps_people_on_where_calls_were_left(small, tell):
    poor = SHELF["phone_only"].organised(purse_share=0.3, seat_share=0.3, idle_days=0.0)
    late = small.with_({"book.coming_due": 0.0})
    kept, moved = (tell(late, poor.organised(purse_to_seats=x), accounts=80) for x in (0.0, 1.0))
    done = [sum(p.event in CALLS for p in facts.postings) for facts in (kept, moved)]
    assert done[1] > 1.05 * done[0]
    assert {row["wages"] for row in rows(kept)} == {rows(kept)[0]["wages"]}
