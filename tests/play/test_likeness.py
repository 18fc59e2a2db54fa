"""An account of a lender's file gets the person that the model itself would see behind it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sim.agents import loan as loans
from sim.core.domain import NEVER, PlanStatus
from sim.core.rng import stream
from sim.engine.seasoning import calendar, follow
from sim.play.likeness import given, likeness, support
from sim.play.likeness.forest import shelf_of, weights
from sim.play.likeness.lives import LIVES, lives_of
from sim.play.likeness.sight import KNOWN, late_before, of_donors, pattern_of
from sim.play.run import from_portfolio
from sim.scenario import Scenario
from sim.scenario.world import world
from sim.store.portfolio import read
from sim.strategies.phone_only import PHONE_ONLY

STREAMS = (stream(5, 0), stream(6, 0))


@pytest.fixture(scope="module")
def scenario():
    return Scenario.load("weilidai")


@pytest.fixture
def book(tmp_path):
    """Return the accounts of a file with these columns, all alike."""

    def made(number=400, **columns):
        usual = {"balance": 3_000.0, "instalment": 500.0, "dpd": 15}
        frame = pd.DataFrame({"account_id": range(number), **usual, **columns})
        frame.to_csv(tmp_path / "book.csv", index=False)
        return from_portfolio(read(tmp_path / "book.csv"))

    return made


def cured(scenario, accounts):
    """Return the share that is up to date after 30 days with the incumbent, seats ample."""
    w, days = world(scenario, PHONE_ONLY.organisation), calendar(scenario, 31)
    ends = [follow(w, PHONE_ONLY, a, days, 1, []) for a in accounts]
    return np.mean([a.deeds.bucket == 0 or loans.balance(a.loan) == 0 for a in ends])


def test_who_was_late_often_cures_less(scenario, book):
    """The file's history was read the wrong way round: 44 % without, 51 % with six late months."""
    none, six = (cured(scenario, given(scenario, book(late_months=n), STREAMS)) for n in (0, 6))
    assert none > six + 0.05


def test_who_was_late_a_month_ago_cures_less(scenario, book):
    fresh, stays = (
        cured(scenario, given(scenario, book(late_months=1, last_bucket=b), STREAMS))
        for b in (0, 1)
    )
    assert fresh > stays + 0.05


def test_lives_exported_as_a_file_cure_as_they_did(scenario, tmp_path):
    """The model's own late accounts, seen only as a lender sees them, fare as they really did."""
    lives = lives_of(scenario)
    young = np.flatnonzero((lives.rows["deeds_bucket"] <= 2) & ~lives.plans[lives.life])
    some = np.random.default_rng(1).choice(young, 500, replace=False)
    file = as_file(lives, some)
    file.to_csv(tmp_path / "book.csv", index=False)
    filed = from_portfolio(read(tmp_path / "book.csv"))
    assert len(filed) == len(some)
    truth = lives.bucket[lives.life[some], lives.month[some] + 1] == 0
    found = cured(scenario, given(scenario, filed, STREAMS))
    assert abs(found - truth.mean()) < 3.5 * np.sqrt(2 * 0.25 / len(some))
    assert abs(found - truth.mean()) < 0.09


def as_file(lives, places):
    """Return donors as a lender would export them."""
    accounts = [_row(lives, int(place)) for place in places]
    frame = pd.DataFrame(accounts)
    frame["account_id"] = range(len(frame))
    return frame


def _row(lives, place):
    from sim.engine.fast.book import accounts_of
    from sim.play.likeness.lives import start

    (a,) = accounts_of(start(lives, np.array([place])))
    life, month = lives.life[place], int(lives.month[place])
    day = 30 * month
    return {
        "balance": loans.balance(a.loan) / 100, "instalment": a.loan.instalment / 100,
        "dpd": loans.dpd(a.loan, day), "past_due": loans.past_due(a.loan, day) / 100,
        "late_months": int(late_before(lives.bucket > 0, 0)[life, month]),
        "last_bucket": int(lives.bucket[life, month - 1]),
        "promises_kept": a.deeds.promises_kept, "promises_broken": a.deeds.promises_broken,
    }  # fmt: skip


def test_what_the_file_says_stands(scenario, book):
    filed = book(
        60, past_due=350.0, late_months=2, promises_kept=3, promises_broken=1, grade=4, region=2,
        days_since_payment=40, promise_in_days=5, promised=200.0,
    )  # fmt: skip
    for account in given(scenario, filed, STREAMS):
        assert loans.balance(account.loan) == 300_000
        assert (loans.dpd(account.loan, 0), loans.past_due(account.loan, 0)) == (15, 35_000)
        deeds, promise = account.deeds, account.promise
        assert (deeds.promises_kept, deeds.promises_broken, deeds.payment_day) == (3, 1, -40)
        assert (promise.day, promise.cents) == (5, 20_000)
        assert (account.traits.grade, account.traits.region) == (4, 2)


def test_what_the_file_does_not_say_is_the_donors(scenario, book):
    accounts = given(scenario, book(300), STREAMS)
    assert len({a.deeds.promises_broken for a in accounts}) > 1
    assert len({loans.past_due(a.loan, 0) for a in accounts}) > 1
    assert any(a.promise.day != NEVER for a in accounts)
    assert all(loans.balance(a.loan) == 300_000 for a in accounts)


def test_a_running_plan_runs_on(scenario, book):
    accounts = given(scenario, book(100, plan_status=1, plan_kept=1), STREAMS)
    running = [a for a in accounts if a.plan.left > 0]
    assert len(running) > 80
    assert all(a.deeds.plan_status == PlanStatus.RUNNING for a in accounts)
    assert all(a.plan.day >= 1 and loans.dpd(a.loan, 9) == 15 for a in running)


def test_many_people_stand_behind_an_account_and_their_number_is_told(scenario, book):
    found = support(likeness(scenario, book(50, late_months=2)))
    assert found.accounts == 50
    assert found.donors > LIVES / 2
    assert 30 <= found.least <= found.middle
    assert found.effective >= 0.999 * found.least


def test_chances_sum_to_one_and_are_the_frequencies_of_the_draws(scenario, book):
    filed = book(3_000, late_months=1)
    (group,) = likeness(scenario, filed).groups
    shelf = shelf_of(scenario, group.pattern)
    chance = weights(shelf.leaves, group.leaves[0], len(shelf.places))
    assert chance.sum() == pytest.approx(1.0)
    will = lives_of(scenario).traits["will"][lives_of(scenario).life[shelf.places]]
    drawn = [a.traits.will for a in given(scenario, filed, STREAMS)]
    spread = np.sqrt(chance @ np.square(will) - (chance @ will) ** 2)
    assert abs(np.mean(drawn) - chance @ will) < 4.0 * spread / np.sqrt(len(drawn))


def test_an_account_does_not_hang_on_its_neighbours(scenario, book):
    filed = book(40, late_months=1)
    assert given(scenario, filed[:5], STREAMS) == given(scenario, filed, STREAMS)[:5]


def test_longer_loans_than_the_scenarios_find_donors_of_their_length(scenario, book):
    filed = book(20, balance=500.0 * 30)
    at = likeness(scenario, filed)
    assert at.scenario.book.count_high == 36
    left = of_donors(lives_of(at.scenario), pattern_of(filed[0]))[:, 2]
    assert np.quantile(left, 0.8) > 15


def test_late_months_are_counted_in_a_window():
    late = np.array([[True, True, False, True, False]])
    assert late_before(late, 0).tolist() == [[0, 1, 2, 2, 3]]
    assert late_before(late, 2).tolist() == [[0, 1, 2, 1, 1]]


def test_every_known_fact_is_seen_at_the_donors(scenario, book):
    filed = book(
        1, late_months=1, last_bucket=0, days_since_payment=3, last_payment=500, grade=1,
        promises_kept=0, promises_broken=0, promise_in_days=-1, plan_status=0, plan_kept=0,
        past_due=500, months_on_book=9,
    )  # fmt: skip
    pattern = pattern_of(filed[0])
    assert set(pattern.names) == set(KNOWN)
    table = of_donors(lives_of(scenario), pattern)
    assert np.isfinite(table).all()
    assert (table.std(axis=0) > 0).all()
