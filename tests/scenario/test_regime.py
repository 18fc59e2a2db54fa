"""A change of regime in mid-run: nothing differs before its month, and it holds from then on."""

from __future__ import annotations

import pandas as pd
import pytest

from sim.agents.budget import monthly
from sim.core.domain import DAY, Rule
from sim.core.errors import BadInput
from sim.engine.fast import COMPILED
from sim.experiments.regulation import audited
from sim.play.parity import parity
from sim.play.run import play, setting
from sim.play.staging import in_force, practice_by_month
from sim.scenario import Scenario
from sim.strategies import SHELF

MONTH = 30 * DAY
PHONE_ONLY = SHELF["phone_only"]
STRICTER = {"law.calls_a_week": 1, "law.pack": "us"}


def regime(*changes: tuple[int, dict]) -> list[dict]:
    return [{"from_month": month, "set": values} for month, values in changes]


def told(scenario: Scenario, days: int = 75, **how) -> pd.DataFrame:
    size = {"accounts": 60, "days": days, "engine": "story"} | how
    return play(scenario, "phone_only", **size).ledger


@pytest.fixture(scope="module")
def changed(small):
    return small.with_({"regime": regime((2, STRICTER))})


@pytest.fixture(scope="module")
def ledgers(small, changed):
    return told(small), told(changed)


# --- what happens --------------------------------------------------------------------------------


def test_before_the_month_nothing_differs(ledgers):
    before = [rows[rows["time"] < MONTH].reset_index(drop=True) for rows in ledgers]
    assert len(before[0]) > 100
    pd.testing.assert_frame_equal(*before)


def test_from_the_month_on_it_holds(ledgers, changed):
    _, after = ledgers
    refused = after[after["event"] == "blocked"]
    assert len(refused) > 5
    assert refused["time"].min() >= MONTH
    assert {Rule[name.upper()] for name in refused["rule"]} <= {Rule.US_01, Rule.US_02, Rule.US_07}
    assert audited(after, changed).empty


def test_the_law_of_the_second_month_is_not_that_of_the_first(ledgers, small, changed):
    """The audit asks of each month its own law."""
    always = small.with_(STRICTER)
    free, _ = ledgers
    found = audited(free, always)
    assert (found["time"] < MONTH).any()
    later = audited(free, changed)
    assert len(later) > 5
    assert later["time"].min() >= MONTH


def test_a_change_in_the_first_month_is_there_from_the_first_morning(small):
    """On the book as it was: the pool does not know of it."""
    silent = small.with_({"regime": regime((1, {"law.calls_a_week": 0, "law.pack": "us"}))})
    rows = told(silent, days=10)
    assert not rows["event"].isin(["dialled", "reached"]).any()
    opened = rows[rows["event"] == "opened"].reset_index(drop=True)
    was = told(small, days=10)
    pd.testing.assert_frame_equal(opened, was[was["event"] == "opened"].reset_index(drop=True))


def test_a_rule_whose_date_comes_in_mid_run_begins_with_the_next_month(small):
    """Days 0 to 29 lie before the standard's date of day 13, and so does all of the first month."""
    early = small.with_({"book.start": "2025-02-15", "law.talks_a_day": 0})
    rows = told(early)
    refused = rows[rows["event"] == "blocked"]
    assert refused["time"].min() // DAY == 30
    assert set(refused["rule"]) == {"cn_02"}
    assert audited(rows, early).empty
    assert early.since_month(0) == 0
    assert early.since_month(2) == 1


# --- what is in force ----------------------------------------------------------------------------


def test_later_changes_are_laid_over_earlier_ones(small):
    scenario = small.with_(
        {"regime": regime((2, {"law.talks_a_day": 2}), (4, {"law.attempts_a_day": 3}))}
    )
    laws = [scenario.in_month(month).law for month in range(5)]
    assert [(law.talks_a_day, law.attempts_a_day) for law in laws] == [
        (3, 6), (2, 6), (2, 6), (2, 3), (2, 3),
    ]  # fmt: skip
    assert [scenario.since_month(month) for month in range(5)] == [0, 1, 1, 3, 3]


def test_while_nothing_changes_the_practice_is_one_and_the_same(small, changed):
    practice = practice_by_month(setting(changed, 0, 50, 120), PHONE_ONLY)
    assert practice(0) is not practice(1)
    assert practice(1) is practice(3)
    steady = practice_by_month(setting(small, 0, 50, 120), PHONE_ONLY)
    assert steady(0) is steady(3)


def test_dearer_seats_are_fewer_because_the_budget_stays(small):
    dearer = small.with_({"regime": regime((2, {"people.wage": 16_000.0}))})
    practice = practice_by_month(setting(dearer, 0, 4_000, 60), PHONE_ONLY)
    seats = [len(practice(month).staffing.posts) for month in (0, 1)]
    assert seats[1] < seats[0]
    assert monthly(in_force(dearer, 1)) == monthly(dearer)


def test_it_is_part_of_what_makes_a_scenario_the_same(small, changed):
    assert changed.fingerprint != small.fingerprint
    assert Scenario.parse(changed.model_dump(mode="json")).fingerprint == changed.fingerprint


# --- both engines --------------------------------------------------------------------------------


@pytest.mark.skipif(not COMPILED, reason="numba is absent")
@pytest.mark.xdist_group("fast")
@pytest.mark.parametrize(
    "changes",
    [
        {"regime": regime((2, STRICTER))},
        {"regime": regime((2, {"people.wage": 16_000.0, "floor.talk_minutes": 9.0,
                               "borrower.rings": 1.5, "law.adherence": 0.6}))},
        {"regime": regime((1, {"law.suspended": ["CN_14"]}),
                          (3, {"law.pack": "uk", "law.suspended": []}))},
        {"book.start": "2025-02-15"},
    ],
    ids=["law", "costs", "twice", "date"],
)  # fmt: skip
def test_both_engines_change_on_the_same_day(small, changes):
    from test_fast import EVERYTHING

    scenario = small.with_(changes)
    for strategy in (PHONE_ONLY, EVERYTHING):
        found = parity(setting(scenario, 0, 60, 65), strategy)
        assert found.difference is None
        assert found.postings > 100


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{from_month = 0, set = {'law.talks_a_day' = 1}}", r"from_month = 0: 1 or more"),
        ("{from_month = 2, set = {}}", "set = "),
        ("{from_month = 2}", "set = 'nothing': needed"),
        ("{from_month = 2, put = 1, set = {'law.talks_a_day' = 1}}", "unknown key"),
        ("{from_month = 2, set = {'law.talks_a_dya' = 1}}", r"law\.talks_a_dya = 1: a knob"),
        ("{from_month = 2, set = {'law.talks_a_day' = -1}}", r"law\.talks_a_day = -1: 0 or more"),
        ("{from_month = 2, set = {'law' = 1}}", "cannot change|a knob"),
        (
            "{from_month = 2, set = {'book.growth' = 0.1}}",
            r"book\.growth cannot change .* allowed: ",
        ),
        ("{from_month = 2, set = {'money.discount' = 0.1}}", "cannot change in mid-run"),
        ("{from_month = 2, set = {'floor.weekdays' = [0]}}", "the calendar is drawn once"),
        ("{from_month = 2, set = {'borrower.will_sd' = 1.0}}", "from their entry on"),
        ("{from_month = 2, set = {'law.suspended' = ['CN_99']}}", "rules of the pack"),
    ],
)
def test_what_cannot_change_is_refused_in_one_line(entry, said):
    with pytest.raises(BadInput, match=said) as refused:
        Scenario.load("weilidai", [f"regime = [{entry}]"])
    assert "\n" not in str(refused.value)


def test_two_changes_have_two_months_in_their_order():
    one, two = (
        "{from_month = 3, set = {'law.talks_a_day' = 1}}",
        "{from_month = 2, set = {'law.talks_a_day' = 2}}",
    )
    for entries in (f"[{one}, {two}]", f"[{one}, {one}]"):
        with pytest.raises(BadInput, match="one after the other"):
            Scenario.load("weilidai", [f"regime = {entries}"])
