"""The preview moves with the inputs, in the right direction, and only where they say so."""

from __future__ import annotations

import numpy as np
import pytest

from sim import Scenario
from sim.core.domain import Channel, Tone
from sim.play import preview
from sim.strategies import SHELF

BASE = Scenario.load("weilidai")
PHONE = SHELF["phone_only"].organisation


def test_the_same_inputs_show_the_same_people():
    one, other = preview.people(BASE), preview.people(Scenario.load("weilidai"))
    assert (one.loans == other.loans).all()
    assert (one.free == other.free).all()


def test_a_larger_median_makes_every_loan_larger_and_leaves_the_kinds_alone():
    more = preview.people(BASE.with_({"book.loan_median": 2 * BASE.book.loan_median}))
    now = preview.people(BASE)
    assert (more.loans > now.loans).all()
    assert (more.kinds == now.kinds).all()


def test_shares_of_kinds_are_those_of_the_inputs():
    assert sum(preview.shares(BASE).values()) == pytest.approx(1.0)
    assert list(preview.shares(BASE).values()) == [k.share for k in BASE.kinds.in_order()]


def test_wrong_numbers_lower_the_reach_of_calls_and_not_of_visits():
    now = preview.reach(BASE)
    less = preview.reach(BASE.with_({"book.phone_valid": 0.5}))
    assert less[Channel.PHONE].max() < now[Channel.PHONE].max()
    assert less[Channel.SMS].max() < now[Channel.SMS].max()
    assert (less[Channel.VISIT] == now[Channel.VISIT]).all()


def test_nobody_is_reached_in_the_quiet_hours():
    later = preview.reach(BASE.with_({"law.quiet_to": 10}))
    for chances in later.values():
        assert (chances[:10] == 0).all()
        assert (chances[22:] == 0).all()
        assert np.all((chances >= 0) & (chances <= 1))


def test_longer_talks_and_training_leave_fewer_attempts_in_a_seats_day():
    usual = preview.seat_day(BASE, PHONE)
    long = preview.seat_day(BASE.with_({"floor.talk_minutes": 15.0}), PHONE)
    trained = preview.seat_day(BASE, PHONE._replace(training_hours=40.0))
    assert long.attempts < usual.attempts
    assert trained.attempts < usual.attempts
    assert trained.blocks[0].what == "away"


def test_a_seats_day_has_no_gaps_and_no_overlaps():
    day = preview.seat_day(BASE, SHELF["process"].organisation)
    ends = [block.ends for block in day.blocks]
    assert [block.begins for block in day.blocks[1:]] == ends[:-1]
    assert day.blocks[0].begins == BASE.floor.open_hour
    assert ends[-1] == BASE.floor.close_hour


def test_a_tone_with_the_numbers_of_another_works_like_it():
    neutral = BASE.tones.neutral.model_dump()
    same = BASE.with_({f"tones.stern.{k}": v for k, v in neutral.items()})
    assert preview.willing(same, Tone.STERN) == pytest.approx(preview.willing(same, Tone.NEUTRAL))


def test_more_anger_in_a_tone_leaves_fewer_willing():
    angry = BASE.with_({"tones.stern.resentment": 3.0})
    now, then = (preview.willing(s, Tone.STERN) for s in (BASE, angry))
    assert all(then[channel] < now[channel] for channel in preview.SHOWN)
    assert preview.willing(angry, Tone.WARM) == preview.willing(BASE, Tone.WARM)
