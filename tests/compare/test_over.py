"""What draws of the assumptions say beside the verdict, with how little so few of them know."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.compare.over import (
    BEATS,
    BEST,
    LEARNS,
    Amount,
    Chance,
    Measure,
    Over,
    Standing,
    Weighing,
    chance,
    lines,
    sure,
)

NAMES = {"ai": "AI", "team": "Team", "phone_only": "Phone only"}


def over(best: Chance, beats: Chance, **more) -> Over:
    mine = Standing("ai", 300.0, best, beats, 10.0, -50.0)
    rival = Standing("team", 200.0, chance(0.1, 40), chance(0.9, 40), 110.0, 40.0)
    return Over(40, 367, (mine, rival), **more)


def say(found: Over | None, lang: str = "en", leader: str = "ai", **more) -> str:
    told = lines(found, leader, "phone_only", lang, inputs=367, names=NAMES, money=str, **more)
    return " ".join(told)


@given(p=st.floats(0.0, 1.0), draws=st.integers(1, 5_000))
def test_the_interval_holds_the_share_and_stays_a_probability(p, draws):
    found = chance(p, draws)
    assert 0.0 <= found.low <= found.p <= found.high <= 1.0
    assert found.high - found.low > chance(p, 4 * draws).high - chance(p, 4 * draws).low


def test_the_interval_is_that_of_the_textbook():
    found = chance(0.8, 40)  # Wilson, 90 %
    assert (found.low, found.high) == pytest.approx((0.678, 0.884), abs=0.002)


def test_ten_draws_that_all_agree_are_not_enough_to_adopt():
    assert sure(over(chance(1.0, 10), chance(1.0, 10)).standings[0]) == "open"
    assert sure(over(chance(1.0, 40), chance(1.0, 40)).standings[0]) == "sure"


@given(best=st.floats(0.0, 1.0), beats=st.floats(0.0, 1.0), draws=st.integers(1, 400))
def test_nobody_is_both_sure_and_doubtful(best, beats, draws):
    one = over(chance(best, draws), chance(beats, draws)).standings[0]
    if sure(one) == "sure":
        assert best >= BEST
        assert beats >= BEATS
    if sure(one) == "doubtful":
        assert best < BEST or beats < BEATS


def test_the_line_says_the_draws_and_how_little_they_know():
    said = say(over(chance(0.8, 40), chance(0.95, 40)))
    assert "40 joint draws of 367 inputs" in said
    assert "P = .8 (.68 to .88)" in said
    assert "Too few draws" in said


def test_a_low_probability_is_called_what_it_is_and_a_pilot_named():
    said = say(over(chance(0.3, 100), chance(0.9, 100)), pilot="dunning pilot weilidai")
    assert "hangs on what is assumed" in said
    assert "dunning pilot weilidai" in said


def test_another_leader_over_the_draws_is_named():
    assert "Over them AI leads" in say(over(chance(0.3, 100), chance(0.9, 100)), leader="team")


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({}, "too few draws to say"),
        ({"learned": True}, "distinguishable from noise"),
        ({"learned": True, "first": Measure("book.phone_valid", 3e6, 400)}, "a sample of 400"),
    ],
)
def test_what_to_measure_first_is_said_as_far_as_it_is_known(more, word):
    assert word in say(over(chance(0.8, 40), chance(0.9, 40), **more))


@pytest.mark.parametrize(
    ("weighing", "word"),
    [
        ("targets", "as much as 12 of equal weight; 3 miss them"),
        ("few", "all count alike, and are as uncertain as 12"),
        ("elsewhere", "of other books"),
        ("none", "not weighted by the calibration targets"),
    ],
)
def test_the_line_says_what_the_draws_count(weighing, word):
    best = chance(0.8, 12)
    assert word in say(over(best, best, weighing=weighing, effective=12.2, rejected=3))


FIRST = (
    Measure("book.phone_valid", 3e6, 400, 1e6, 5e6),
    Measure("floor.close_hour", 2e6, None, 0.0, 3e6),
)


def test_what_to_measure_is_ranked_with_how_little_the_draws_know():
    found = over(chance(0.8, 40), chance(0.9, 40), learned=True, first=FIRST[0], ranked=FIRST)
    said = say(found)
    assert "book.phone_valid first" in said
    assert "3000000.0 (1000000.0 to 5000000.0) a quarter; a sample of 400" in said
    assert "Then floor.close_hour: 2000000.0 (0.0 to 3000000.0)" in said


def test_few_draws_say_how_many_it_takes_and_what_knowing_all_is_worth():
    few = over(chance(0.8, 9), chance(0.9, 9), perfect=Amount(3e6, 2e6, 5e6))
    said = say(few._replace(draws=9))
    assert f"too few draws to say (9 of the {LEARNS} that it takes" in said
    assert "worth about 3000000.0 (2000000.0 to 5000000.0) a quarter" in said


FOUND = [
    None,
    over(chance(0.3, 9), chance(1.0, 9)),
    over(chance(0.3, 90), chance(1.0, 90), learned=True),
    over(chance(0.3, 90), chance(1.0, 90), learned=True, first=FIRST[0], ranked=FIRST),
    over(chance(0.3, 9), chance(1.0, 9), perfect=Amount(3e6, 2e6, 5e6)),
    *(over(chance(0.3, 9), chance(1.0, 9), weighing=w) for w in get_args(Weighing)),
]


@pytest.mark.parametrize("found", FOUND)
def test_the_line_is_whole_in_chinese_too(found):
    said = say(found, "zh")
    assert not re.search(r"[{}]|nan|joint|draws", said)


def test_without_draws_the_line_says_that_nothing_was_tested():
    assert "not tested" in say(None)
