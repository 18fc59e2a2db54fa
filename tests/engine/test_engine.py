"""The engine: the same story every time, seats with faces and shifts, causes and effects."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import simpy
from scipy import stats

from sim import play
from sim.agents.budget import staff
from sim.agents.population import book as starting_book
from sim.agents.population import newly_late
from sim.core.domain import DAY, HOUR, Action, Event, Role
from sim.core.rng import stream
from sim.engine import Story
from sim.engine.seasoning import calendar
from sim.engine.story.floor import WORK, Pool, Ticket
from sim.engine.story.schedule import Practice
from sim.play.pool import pool_of
from sim.scenario.world import world
from sim.strategies import DO_NOTHING, PHONE_ONLY, SHELF

NAMES = [name for name in SHELF if name != "ai"]
LUCK = stream(1, 0)


def book(scenario, accounts):
    pool = pool_of(scenario)
    return starting_book(scenario, pool.late, pool.current, (LUCK, LUCK), accounts)


def events(facts, *kinds):
    return [p for p in facts.postings if p.event in kinds]


# --- the same story ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_playing_twice_gives_the_same_tables(small, name):
    one, two = (play(small, name, seed=3, accounts=60, days=25) for _ in range(2))
    for table in ("ledger", "seats", "daily", "final", "measures"):
        pd.testing.assert_frame_equal(getattr(one, table), getattr(two, table), check_exact=True)


def test_measures_are_the_same_without_the_ledger(small):
    full, measures = (
        play(small, "process", accounts=60, days=35, detail=d) for d in ("full", "measures")
    )
    pd.testing.assert_frame_equal(full.measures, measures.measures, check_exact=True)
    assert measures.ledger.empty
    assert len(full.ledger)


def test_a_run_by_days_is_a_run_at_once(small):
    def told():
        practice = Practice(
            world(small, PHONE_ONLY.organisation), PHONE_ONLY.decide, PHONE_ONLY.params,
            staff(small, PHONE_ONLY.organisation, 60, "same"),
        )  # fmt: skip
        days = calendar(small, 20)
        return Story(book(small, 60), lambda day: (), lambda month: practice, days, LUCK)

    at_once, by_days = told(), told()
    facts = at_once.run()
    for day in range(20):
        by_days.advance(day)
    assert by_days.close().postings == facts.postings


@pytest.mark.parametrize("name", NAMES)
def test_the_order_in_which_accounts_are_given_changes_nothing(small, tell, name):
    accounts = book(small, 80)
    shuffled = random.Random(5).sample(accounts, 80)
    one, two = (tell(small, name, accounts=80, book=b, days=20) for b in (accounts, shuffled))
    assert one.postings == two.postings
    assert one.final == two.final


def test_with_ample_seats_numbers_are_names_only(plain, tell, seats):
    accounts, posts = book(plain, 60), seats(200)
    numbers = random.Random(6).sample(range(1_000), 60)
    renamed = [a._replace(id=n) for a, n in zip(accounts, numbers, strict=True)]
    facts = [
        tell(plain, "team", book=b, days=20, posts=posts, inflow=False) for b in (accounts, renamed)
    ]
    old, new = (by_account(f) for f in facts)
    assert {numbers[who]: told for who, told in old.items()} == new


def by_account(facts):
    """Postings of each account without its number and the collector's."""
    told = defaultdict(list)
    for p in facts.postings:
        told[p.account].append(p._replace(account=0, resource=0))
    return dict(told)


# --- seats, shifts, people ---------------------------------------------------------------------


def test_nobody_talks_to_two_people_at_once_and_nobody_with_two_collectors(small, tell, anything):
    facts = tell(small, anything, accounts=150, days=40)
    spans = defaultdict(list)
    talks = events(facts, Event.REACHED, Event.ANSWERED, Event.DIALLED, Event.VISITED)
    for p in talks:
        if p.resource >= 0:
            spans["post", p.resource].append((p.time - p.talk_seconds, p.time))
        if p.event in (Event.REACHED, Event.ANSWERED):
            spans["account", p.account].append((p.time - p.talk_seconds, p.time))
    for rows in spans.values():
        rows.sort()
        assert all(end <= start for (_, end), (start, _) in pairwise(rows))


@pytest.mark.parametrize("name", ["phone_only", "team", "process"])
def test_talks_begin_within_the_shift_on_working_days(small, tell, seats, name):
    posts = seats(2, start=9.5, end=16.0)
    facts = tell(small, name, accounts=150, days=21, posts=posts)
    works = calendar(small, 21).works
    begun = [p.time - p.talk_seconds for p in facts.postings if p.resource >= 0]
    assert len(begun) > 100
    assert all(second // DAY in works for second in begun)
    assert all(9.5 * HOUR <= second % DAY < 16 * HOUR for second in begun)


def dials_at(hour):
    def decide(params, view):
        busy = view.attempts_today > 0 or view.dpd == 0
        return Action(*(0,) * 6, 1, 0.0) if busy else Action(6, 1, 0, 0, 0.0, hour, 0, 0.0)

    return replace(PHONE_ONLY, decide=decide)


def test_a_call_wanted_after_closing_is_unserved_the_same_day_and_asked_again_the_next(
    small, tell, seats
):
    facts = tell(small, dials_at(19), accounts=20, days=5, posts=seats(9))
    left = events(facts, Event.UNSERVED)
    assert not events(facts, Event.DIALLED, Event.REACHED)
    assert all(p.time % DAY == 19 * HOUR and p.wait_seconds == 0 for p in left)
    assert {p.time // DAY for p in left} == {0, 1, 2, 3, 4}


def test_a_call_wanted_before_opening_waits_for_the_first_shift(small, tell, seats):
    facts = tell(small, dials_at(8), accounts=20, days=3, posts=seats(50, start=10.0))
    begun = [p.time - p.talk_seconds for p in events(facts, Event.DIALLED, Event.REACHED)]
    assert begun
    assert all(second % DAY == 10 * HOUR for second in begun)


def floor_with(*shifts):
    """A pool, and posts that come on at given seconds until given seconds."""
    env = simpy.Environment()
    pool = Pool(env)
    pool.open_until(10 * DAY)

    def shift(start, end, number):
        yield env.timeout(start)
        pool.come_on([(number, end)])

    for row in shifts:
        env.process(shift(*row))
    return env, pool


def served(env, pool, *jobs):
    """When, and by which post, each job ``(second asked, seconds of work)`` is taken up."""
    log = []

    def job(at, seconds):
        yield env.timeout(at)
        ticket = Ticket(env, Role.PHONE, (WORK, 0.0, at, 7))
        pool.ask(ticket)
        seat = yield ticket.granted
        log.append((env.now, seat.post))
        yield env.timeout(seconds)
        pool.give_back(seat)

    for row in jobs:
        env.process(job(*row))
    env.run()
    return log


def test_a_shift_that_follows_at_once_hands_over_without_a_gap():
    env, pool = floor_with((0, 100, 1), (100, 200, 1))
    log = served(env, pool, (60, 70), (61, 30), (62, 30))
    assert log == [(60, 1), (130, 1), (160, 1)]
    assert (pool.tally.busy, pool.tally.overtime) == (130, 0)


def test_who_is_still_at_work_does_not_come_on_a_second_time():
    env, pool = floor_with((0, 100, 1), (150, 300, 1))
    assert served(env, pool, (90, 100), (160, 10)) == [(90, 1), (190, 1)]
    assert (pool.tally.busy, pool.tally.overtime) == (10 + 40 + 10, 50)


def test_two_tickets_alike_in_everything_are_served_in_turn():
    assert served(*floor_with((5, 100, 1)), (1, 10), (1, 10)) == [(5, 1), (15, 1)]


def test_a_vacant_post_is_neither_paid_nor_open_nor_left_again(small, tell, seats):
    leaves = small.with_({"people.quit_early": 1.0, "people.quit_late": 1.0})
    seats_table = tell(leaves, "phone_only", days=95, posts=seats(4)).seats
    phone = {row[0]: row for row in seats_table if row[1] == Role.PHONE}
    full = phone[1][10]
    assert full > 0
    for day in range(95):
        vacant = 30 <= day < 60 or day >= 90
        assert phone[day][10] == (0.0 if vacant else full), day
        assert phone[day][2] == 0 or not vacant, day


def test_one_more_seat_renames_nobody(small):
    few, many = (staff(small, PHONE_ONLY.organisation, n, "same").posts for n in (3_000, 6_000))
    assert {p.number for p in few} < {p.number for p in many}
    assert len({p.number for p in many}) == len(many)


def test_a_vacant_supervisors_post_holds_nobody_up(small, tell, seats):
    escalates = SHELF["team"].organised(supervisor_after=1)
    facts = tell(small, escalates, accounts=100, days=15, posts=seats(4))
    talked = defaultdict(int)
    for p in events(facts, Event.REACHED):
        talked[p.account] += 1
    assert max(talked.values()) > 1


def test_a_complaint_of_the_weekend_is_handled_on_monday(small, tell, seats):
    angry = small.with_({"borrower.complaint": 100.0, "tones.neutral.risk": 0.001})
    desk = seats(4, Role.COMPLAINTS)
    facts = tell(angry, "phone_only", accounts=100, days=12, posts=seats(3) + desk)
    filed = [p.time // DAY for p in events(facts, Event.COMPLAINED)]
    busy = {row[0]: row[3] + row[4] for row in facts.seats if row[1] == Role.COMPLAINTS}
    assert any(day % 7 == 5 for day in filed)
    assert sum(busy.values()) == len(filed) * 45 * 60
    assert busy[5] == busy[6] == 0
    assert busy[7] == 45 * 60 * sum(5 <= day <= 7 for day in filed)


def test_callers_from_outside_are_no_part_of_the_book(small, tell, seats):
    stranger = newly_late(small, 1, 1, 0, 0)._replace(id=-1)
    rings = lambda day: [(stranger, 12 * HOUR)] if day == 1 else []  # noqa: E731
    facts = tell(small, DO_NOTHING, book=(), inflow=False, days=3, posts=seats(1), callers=rings)
    assert [p.event for p in facts.postings][:1] == [Event.RANG]
    assert events(facts, Event.ANSWERED)
    assert all(row[2] == 0 for row in facts.daily)
    assert not facts.final


# --- what follows from what --------------------------------------------------------------------


def test_more_seats_do_not_lengthen_the_mean_wait(small):
    richer = small.with_({"budget.monthly": 30_000_000.0})
    poorer = small.with_({"budget.monthly": 10_000_000.0})
    gaps = []
    for r in range(8):
        few, many = (
            play(s, "phone_only", replication=r, accounts=100, days=15).measures.value
            for s in (poorer, richer)
        )
        gaps.append(many["wait_phone"] - few["wait_phone"])
    half = stats.t.ppf(0.975, 7) * np.std(gaps, ddof=1) / np.sqrt(8)
    assert np.mean(gaps) + half < 0.0


def test_nobody_is_met_at_wrong_numbers_and_addresses(small):
    lost = small.with_({"book.phone_valid": 0.0, "book.address_valid": 0.0, "people.trace": 0.0})
    runs = [play(lost, n, accounts=100, days=40).ledger for n in ("do_nothing", "phone_only")]
    assert not runs[1]["event"].isin(["reached", "visited", "answered"]).any()
    assert runs[1]["event"].eq("dialled").any()
    paid = [r.loc[r["event"] == "paid", ["account_id", "time", "amount"]].to_numpy() for r in runs]
    assert len(paid[0]) > 0
    assert (paid[0] == paid[1]).all()


def test_without_cash_nobody_pays_whoever_asks(small, tell, anything):
    names = type(small.kinds).model_fields
    poor = small.with_(
        {f"kinds.{k}.{what}": 0.0 for k in names for what in ("slack", "buffer")}
        | {"borrower.windfall": 0.0}
    )
    penniless = [
        a._replace(cash=a.cash._replace(buffer=0.0), traits=a.traits._replace(slack=0.0))
        for a in (newly_late(poor, LUCK, LUCK, who, 0) for who in range(60))
    ]
    for strategy in ("phone_only", "process", anything):
        facts = tell(poor, strategy, book=penniless, inflow=False, days=40)
        assert events(facts, Event.REACHED)
        assert not events(facts, Event.PAID)
