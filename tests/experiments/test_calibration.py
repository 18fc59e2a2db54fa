"""The calibration table says what it says, and the directions of the evidence come out."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.core.domain import Event
from sim.experiments.calibrate import BATCHES, Aim, aims, calibrate_table, judged, lines
from sim.experiments.calibrate.lives import Callers, Tally, bot_first, decide, repaid
from sim.play.cohort import cohort
from sim.scenario import Scenario
from sim.strategies.phone_only import PHONE_ONLY

NAMES = [
    *(f"self-cure within {n} days" for n in (3, 7, 30)),
    "30-day collection",
    *(f"flow M{k} to M{k + 1}, per {basis}" for basis in ("entry", "cohort") for k in range(1, 6)),
    *(
        f"{what} {where}"
        for where in ("M1", "M2-3", "M4+")
        for what in ("right party per dial", "promises per talk", "promises kept")
    ),
    "promises kept, bot over people",
    "bot minus people, day 30",
    "bot minus people, day 365",
    "bot for 5 days minus people, day 365",
    "missed again within 60 days",
    "missed again within 90 days",
    "monthly recovery M4 to M6",
    "public complaints",
    "persistence above a Markov chain",
]


@pytest.fixture(scope="module")
def scenario():
    return Scenario.load("weilidai")


@pytest.fixture(scope="module")
def table(scenario):
    return {row.name: row for row in calibrate_table(scenario, accounts=1000)}


# --- the table is what it claims to be ---------------------------------------------------------


def test_the_rows_stand_in_their_published_order(table):
    assert list(table) == NAMES


def test_a_hit_lies_in_its_band_and_a_miss_outside(table):
    for row in table.values():
        inside = not (row.value < row.band_low or row.value > row.band_high)
        assert row.hit == (math.isfinite(row.value) and inside), row.name


def test_the_interval_holds_the_value_and_has_a_width(table):
    for row in table.values():
        assert row.low < row.value < row.high, row.name


def test_a_miss_stays_visible(table):
    for row, text in zip(table.values(), lines(list(table.values())), strict=True):
        assert row.name in text
        assert text.startswith("✗") == (not row.hit)
        assert text.startswith("✓") == (row.hit and math.isfinite(row.band_low))


def test_the_same_question_gets_the_same_table(scenario):
    assert repr(calibrate_table(scenario, 100)) == repr(calibrate_table(scenario, 100))


def test_other_luck_gives_another_table(scenario):
    assert repr(calibrate_table(scenario, 60)) != repr(calibrate_table(scenario, 60, seed=1))


def test_numbers_that_do_not_exist_are_missing_and_miss(scenario):
    nobody = [Tally(float) for _ in range(BATCHES)]
    for aim in aims():
        row = judged(aim, nobody)
        assert math.isnan(row.value), row.name
        assert not row.hit


def test_the_interval_is_students_for_a_plain_mean():
    batches = [Tally(float, {"top": float(i), "bottom": 1.0}) for i in range(20)]
    row = judged(Aim("mean", lambda t: t["top"] / t["bottom"], (0, 100), "", ""), batches)
    half = 2.093024 * math.sqrt(35 / 20)  # t with 19 degrees of freedom, variance of 0..19
    assert row.value == pytest.approx(9.5)
    assert (row.low, row.high) == pytest.approx((9.5 - half, 9.5 + half), rel=1e-6)


# --- directions that must come out -------------------------------------------------------------


def value(table, name):
    return table[name].value


def test_self_cure_rises_with_time_and_treatment_adds_to_it(table):
    cured = [value(table, f"self-cure within {n} days") for n in (3, 7, 30)]
    assert cured == sorted(cured)
    assert value(table, "30-day collection") > cured[-1] + 10


def test_people_beat_the_bot_and_the_gap_narrows(table):
    assert table["bot minus people, day 30"].high < 0
    assert table["bot minus people, day 365"].high < 0
    assert value(table, "bot minus people, day 30") < value(table, "bot minus people, day 365")


def test_a_handover_after_five_days_leaves_a_small_gap(table):
    late = value(table, "bot for 5 days minus people, day 365")
    assert value(table, "bot minus people, day 365") < late < 0


def test_promises_to_a_bot_are_kept_less(table):
    assert table["promises kept, bot over people"].high < 1


@pytest.mark.parametrize("what", ["right party per dial", "promises per talk", "promises kept"])
def test_collection_gets_harder_with_age(table, what):
    assert value(table, f"{what} M1") > value(table, f"{what} M2-3") > value(table, f"{what} M4+")


def test_who_never_fell_back_rolls_on_more_often(table):
    for k in range(1, 5):
        name = f"flow M{k} to M{k + 1}, per "
        assert value(table, name + "cohort") > value(table, name + "entry") - 1


def test_late_people_stay_late_longer_than_a_chain_says(table):
    assert table["persistence above a Markov chain"].low > 0


@pytest.mark.parametrize(
    "name",
    [
        "self-cure within 3 days",
        "self-cure within 7 days",
        "self-cure within 30 days",
        "right party per dial M1",
        "promises per talk M1",
        "promises kept, bot over people",
    ],
)
def test_what_hits_comfortably_hits(table, name):
    assert table[name].hit


# --- the arms ----------------------------------------------------------------------------------


def test_money_paid_early_counts_and_later_instalments_do_not(scenario):
    """Recounted payment by payment."""
    lives = cohort(scenario, PHONE_ONLY, range(40), 7, 150)
    for days, yearly in ((30, 0.0), (120, 0.0), (120, 0.1)):
        found = repaid(lives, days, yearly)
        for life in range(40):
            left, value = int(lives.instalments[life]), 0.0
            for i in np.flatnonzero((lives.life == life) & (lives.ledger["event"] == Event.PAID)):
                since = lives.day[i] - lives.firsts[life]
                part = min(left, int(lives.ledger["amount"][i])) if since < days else 0
                left, value = left - part, value + part * (1.0 + yearly) ** (-since / 365)
            assert found[life] == pytest.approx(value)
    assert (repaid(lives, 120, 0.1) < repaid(lives, 120)).any()


def test_the_bot_differs_from_phone_only_in_its_voice_alone(scenario):
    from sim.core.domain import Channel, View
    from sim.strategies import phone_only

    numbers = {
        "dpd": 3, "promise_in_days": -1, "days_since_attempt": 999, "days_since_talk": 999,
    }  # fmt: skip
    view = View(*([0] * len(View._fields)))._replace(**numbers)
    human = phone_only.decide(phone_only.Params(), view)
    params = bot_first(5, scenario.floor.weekdays).params
    assert human.channel == Channel.PHONE
    assert decide(params, view) == human._replace(channel=Channel.BOT)
    assert decide(params, view._replace(dpd=6)) == human
    assert decide(params, view._replace(weekday=6)).wait_days == 1
    assert isinstance(params, Callers)
