"""How numbers are written."""

from __future__ import annotations

import math
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.compare import figures
from sim.compare.stats import Cell

NAN = math.nan


@pytest.mark.parametrize(
    ("half_width", "decimals"),
    [(0.034, 2), (0.0134, 3), (0.96, 1), (9.6, 0), (3.0, 0), (1340.0, -2), (340.0, -2), (1.0, 1)],
)
def test_the_half_width_leaves_one_digit_and_two_where_it_is_one(half_width, decimals):
    assert figures.places(half_width) == decimals


@pytest.mark.parametrize(
    ("value", "half_width", "text"),
    [
        (18_512.0, 3_400.0, "19,000"),
        (18_512.0, 1_400.0, "18,500"),
        (18_512.0, 24_000.0, "20,000"),
        (-0.0123, 0.034, "−0.01"),
        (-0.0001, 0.3, "0.0"),
        (0.0, 0.3, "0.0"),
        (1_234_567.0, None, "1,234,567"),
        (100.0, None, "100"),
        (0.012345, None, "0.0123"),
        (0.0, 0.0, "0"),
        (3.14159, NAN, "3.14"),
        (NAN, 1.0, "none"),
        (math.inf, None, "none"),
    ],
)
def test_a_number_is_rounded_by_its_half_width(value, half_width, text):
    assert figures.number(value, half_width) == text


def test_a_signed_number_has_a_true_sign_and_a_zero_has_none():
    assert figures.number(3.2, 0.3, signed=True) == "+3.2"
    assert figures.number(-3.2, 0.3, signed=True) == "−3.2"
    assert figures.number(-0.01, 0.3, signed=True) == "0.0"


@pytest.mark.parametrize(
    ("value", "half_width", "en", "zh"),
    [
        (12.0, None, "CNY 12", "12 元"),
        (999.7, None, "CNY 1 thousand", "1,000 元"),
        (18_512.0, 3_400.0, "CNY 19 thousand", "1.9 万元"),
        (-30_000.0, 2_000.0, "−CNY 30 thousand", "−3.0 万元"),
        (2.5e8, None, "CNY 250 million", "2.5 亿元"),
        (0.0, None, "CNY 0", "0 元"),
        (NAN, None, "none", "无"),
    ],
)
def test_money_has_the_units_of_its_language(value, half_width, en, zh):
    assert figures.money(value, half_width) == en
    assert figures.money(value, half_width, lang="zh") == zh


def test_a_sign_stands_before_the_currency():
    assert figures.money(1_500.0, 100.0, signed=True) == "+CNY 1.50 thousand"
    assert figures.money(-1_500.0, 100.0, lang="zh") == "−1,500 元"


def test_both_ends_of_an_interval_have_the_same_place():
    assert figures.interval(-1_234.0, 5_678.0) == "−1,000 to 6,000"
    assert figures.interval(-0.5, 1.5, 1.0, signed=True, lang="zh") == "−0.5 至 +1.5"
    assert figures.interval(NAN, NAN) == "none"


def test_no_two_cells_look_alike():
    signs = [figures.glyph(c) for c in get_args(Cell)]
    assert len(set(signs)) == 5
    assert not set(signs) & set("▲▼△▽▵▿↑↓"), "an arrow beside a number says where it goes"
    for lang in ("en", "zh"):
        assert len({figures.word(c, lang) for c in get_args(Cell)}) == 5
        assert len({figures.short(c, lang) for c in get_args(Cell)}) == 5


def test_a_difference_of_rates_is_in_points():
    assert figures.unit("%", difference=True) == "pp"
    assert figures.unit("%", "zh", difference=True) == "个百分点"
    assert figures.unit("CNY", "zh") == "元"


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.0, "0 %"), (0.004, "< 1 %"), (0.5, "50 %"), (0.996, "> 99 %"), (1.0, "100 %"),
     (NAN, "none")],
)  # fmt: skip
def test_a_chance_is_never_called_certain(p, text):
    assert figures.chance(p) == text


@given(
    st.floats(allow_nan=True, allow_infinity=True, width=32),
    st.one_of(st.none(), st.floats(min_value=0.0, max_value=2.0**80, width=32)),
    st.sampled_from(["en", "zh"]),
)
def test_nothing_is_ever_nan_or_minus_zero(value, half_width, lang):
    for text in (
        figures.number(value, half_width, signed=True, lang=lang),
        figures.money(value, half_width, signed=True, lang=lang),
    ):
        assert "nan" not in text
        assert "inf" not in text
        assert "-" not in text
        assert not text.startswith(("−", "+")) or any(d in text for d in "123456789")
