"""The validation page tells what it found: hits, misses, and every target of the evidence."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.core.domain import Channel, Event
from sim.core.errors import BadInput
from sim.core.rng import stream
from sim.experiments.calibrate import Aim
from sim.experiments.calibrate.lives import Tally
from sim.experiments.validate import Proof, counted, page, proved, validate
from sim.experiments.validate.arms import Once, Remind, Sue, arm
from sim.experiments.validate.floors import courts
from sim.experiments.validate.late import late_stage
from sim.experiments.validate.messages import before_due, named_or_not, paid_between
from sim.experiments.validate.page import PARTS
from sim.experiments.validate.running import Size
from sim.play.cohort import cohort
from sim.scenario import Scenario

SMALL = Size(accounts=400, worlds=2, book=60)
TARGETS = ("V1", "V2", "V3", "V6", "V7", "V8", "V15", "V16", "V17", "V22", "V23", "V24", "V25",
           "VR", *(f"VL{n}" for n in range(1, 8)))  # fmt: skip


@pytest.fixture(scope="module")
def scenario():
    return Scenario.load("weilidai")


@pytest.fixture(scope="module")
def proofs():
    return validate(SMALL, 3, ("table", "texts", "differences"))


def proof(**changes):
    one = Proof("V1", "gap", "arms", "weilidai", 1.0, 0.5, 1.5, 0.0, 2.0, "pp", "A1", "why")
    return one._replace(**changes)


# --- a proof is what it says -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "ends", "hit", "sure"),
    [(1.0, (0.5, 1.5), True, True), (1.9, (1.5, 2.5), True, False), (2.1, (1.8, 2.5), False, False),
     (math.nan, (0, 1), False, False)],
)  # fmt: skip
def test_a_hit_lies_in_its_band_and_a_sure_one_with_its_whole_interval(value, ends, hit, sure):
    one = proof(value=value, low=ends[0], high=ends[1])
    assert (one.hit, one.sure) == (hit, sure)


def test_a_number_is_measured_over_batches():
    batches = [Tally(float, {"top": 2.0 + i, "bottom": 10.0}) for i in range(20)]
    aim = Aim("x", lambda t: t["top"] / t["bottom"], (0.0, 2.0), "", "A1")
    one = proved("V1", aim, batches, "said", "weilidai")
    assert one.value == pytest.approx(np.mean([2.0 + i for i in range(20)]) / 10.0)
    assert one.low < one.value < one.high


def test_a_miss_is_shown_as_a_miss_with_its_reason():
    text = page([proof(), proof(name="far", value=9.0)], SMALL, 3)
    assert "| ✗ | V1 | far |" in text
    assert "**Misses: far.** why." in text
    assert "1 of 2 numbers lie in their band" in text
    assert counted([proof(), proof(value=9.0)]) == (1, 2)


def test_every_target_has_a_place_on_the_page():
    placed = {target for _, targets in PARTS for target in targets}
    assert placed >= {*TARGETS, "C2", "taiwan_card", "bureau", *(f"V-E{n}" for n in range(1, 13))}


def test_whatever_was_played_stands_on_the_page(proofs):
    text = page(proofs, SMALL, 3)
    assert all(p.name in text for p in proofs)
    assert {p.target for p in proofs} == {
        "V1", "V2", "V3", "V6", "V7", "V8", "V15", "V16", "V17", "C2", "taiwan_card", "bureau",
    }  # fmt: skip


def test_an_unknown_experiment_is_refused():
    with pytest.raises(BadInput, match="did you mean 'table'"):
        validate(SMALL, 3, ("tabel",))


# --- the arms ----------------------------------------------------------------------------------


def sent(lives, channel):
    return (lives.ledger["event"] == Event.SENT) & (lives.ledger["channel"] == channel)


def test_one_message_is_sent_on_the_first_day_late_of_a_spell_and_nothing_else(scenario):
    lives = cohort(scenario, arm(Once(day=1)), range(100), stream(1, 0), 60)
    texts = sent(lives, Channel.SMS)
    assert len(set(lives.life[texts])) > 30
    assert (lives.ledger["dpd"][texts] == 1).all()
    assert not (lives.ledger["event"] == Event.DIALLED).any()
    none = cohort(scenario, arm(Once(day=0)), range(100), stream(1, 0), 60)
    assert not (none.ledger["event"] == Event.SENT).any()


def test_a_reminder_goes_to_who_is_up_to_date_the_day_before_the_due_day(scenario):
    lives = cohort(scenario, arm(Remind(28)), range(200), stream(1, 0), 61, 1)
    texts = sent(lives, Channel.SMS)
    assert texts.sum() > 50
    assert (lives.day[texts] % 30 == 28).all()
    assert (lives.ledger["dpd"][texts] == 0).all()


def test_everybody_who_is_late_enough_is_sued_once(scenario):
    lives = cohort(scenario, arm(Sue()), range(300), stream(1, 0), 150)
    filed = lives.ledger["event"] == Event.FILED
    assert filed.sum() > 10
    assert np.bincount(lives.life[filed]).max() == 1
    assert (lives.ledger["dpd"][filed] >= 91).all()


def test_payments_are_found_by_their_day(scenario):
    lives = cohort(scenario, arm(Once(day=0)), range(200), stream(1, 0), 40)
    whole = paid_between(lives, 0, 40)
    parts = [paid_between(lives, 0, 4), paid_between(lives, 5, 40)]
    assert (whole == (parts[0] | parts[1])).all()


# --- what must come out ------------------------------------------------------------------------


def test_a_message_with_name_and_amount_beats_one_without_and_that_one_none(scenario):
    generic, named, both = named_or_not(scenario, 4_000, 2)
    assert generic.low > 0
    assert named.low > 0
    assert both.value == pytest.approx(generic.value + named.value)


def test_a_reminder_brings_payments_forward(scenario):
    on_time, days = before_due(scenario, 4_000, 2)
    assert on_time.low > 0
    assert days.high < 0


def test_the_late_stage_is_measured_whole_and_old_claims_pay_seldom_and_mostly_once(scenario):
    rows = late_stage(scenario, 4_000, 300, 2, 2)
    assert {p.target for p in rows} == {f"VL{n}" for n in range(1, 8)}
    paid, once = rows[:2]
    assert paid.value < 40.0 < once.value
    assert all(math.isfinite(p.value) for p in rows if p.target != "VL4")


def test_enforcement_finds_little_and_seldom_all(scenario):
    recovered, full = courts(scenario, 4_000, 2)
    assert 0.0 < full.value < recovered.value < 25.0


def test_a_court_that_finds_nothing_recovers_nothing(scenario):
    recovered, full = courts(scenario.with_({"court.hit": 0.0}), 600, 2)
    assert (recovered.value, full.value) == (0.0, 0.0)


def test_cure_falls_with_earlier_late_months_in_both_data_sets_and_in_both_scenarios(proofs):
    for name, among in (("bureau", "late months"), ("taiwan_card", "of 3 months before")):
        rows = [p for p in proofs if p.target == name and among in p.name]
        middle = [0.5 * (p.band_low + p.band_high) for p in rows]
        assert middle == sorted(middle, reverse=True)
        assert rows[0].value > rows[-1].value + 10.0
