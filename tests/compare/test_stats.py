"""What the numbers of the decision table promise, on synthetic replications."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sim.compare.stats import (
    Ratio,
    cell,
    half_width,
    interval,
    limit,
    p_best,
    p_better,
    paired,
    ratio,
    replications_needed,
    replications_saved,
    simultaneous,
    spread,
    variance_ratio,
    wins,
    word,
)

amounts = st.integers(2, 30).flatmap(
    lambda r: st.tuples(
        *(arrays(float, r, elements=st.integers(0, 10**9).map(float)) for _ in range(2)),
        *(arrays(float, r, elements=st.integers(1, 10**6).map(float)) for _ in range(2)),
    )
)
numbers = st.floats(-1e6, 1e6)


def total(values):
    """A metric with denominator 1."""
    return ratio(values, np.ones(len(values)))


# --- ratios ------------------------------------------------------------------------------------


def test_a_ratio_is_the_ratio_of_the_totals_not_the_mean_of_the_ratios():
    assert ratio([1.0, 9.0], [1.0, 3.0]).estimate == 2.5


def test_the_residuals_of_a_total_are_deviations_from_its_mean():
    assert total([1.0, 2.0, 6.0]).residuals == pytest.approx([-2.0, -1.0, 3.0])


@given(amounts)
@settings(deadline=None)
def test_residuals_sum_to_nothing(sample):
    x, _, y, _ = sample
    r = ratio(x, y)
    assert abs(r.residuals.sum()) <= 1e-9 * (1 + np.abs(x).sum() / y.mean())


def test_no_denominator_at_all_is_missing_not_infinite():
    r = ratio([3.0, 0.0], [0.0, 0.0])
    assert math.isnan(r.estimate)
    assert np.isnan(r.residuals).all()
    assert all(map(math.isnan, interval(r)))
    assert math.isnan(p_better(r, True))
    assert all(map(math.isnan, spread([3.0, 0.0], [0.0, 0.0])))
    assert word(*interval(r), 1.0) == limit(*interval(r), 1.0, True) == "open"
    assert cell(r.estimate, *interval(r), 1.0, True) == "open"


def test_one_replication_without_denominator_does_not_spoil_the_others():
    r = ratio([1.0, 0.0, 3.0], [2.0, 0.0, 2.0])
    assert r.estimate == 1.0
    assert np.isfinite(r.residuals).all()
    assert spread([1.0, 0.0, 3.0], [2.0, 0.0, 2.0]) == pytest.approx((0.55, 1.45))


@pytest.mark.parametrize("shapes", [((3,), (2,)), ((0,), (0,)), ((2, 2), (2, 2))], ids=str)
def test_rows_that_do_not_match_are_refused(shapes):
    with pytest.raises(ValueError, match="shapes"):
        ratio(*map(np.ones, shapes))


def test_spread_is_that_of_replications_not_of_the_mean():
    values = np.arange(101.0)
    assert spread(values, np.ones(101)) == (5.0, 95.0)


# --- paired differences ------------------------------------------------------------------------


@given(amounts)
@settings(deadline=None)
def test_swapping_the_strategies_only_changes_the_sign(sample):
    xa, xb, ya, yb = sample
    a, b = ratio(xa, ya), ratio(xb, yb)
    there, back = paired(a, b), paired(b, a)
    assert there.estimate == -back.estimate
    assert np.array_equal(there.residuals, -back.residuals)
    low, high = interval(there)
    assert interval(back) == (-high, -low)
    assert p_better(there, True) == pytest.approx(p_better(back, False))


@given(amounts, st.sampled_from([0.01, 7.0, 1e4]))
@settings(deadline=None)
def test_changing_the_unit_changes_nothing_but_the_unit(sample, unit):
    xa, xb, ya, yb = sample
    small = paired(ratio(xa, ya), ratio(xb, yb))
    large = paired(ratio(xa * unit, ya), ratio(xb * unit, yb))
    tolerance = 1e-9 * (1 + abs(ratio(xa, ya).estimate) + abs(ratio(xb, yb).estimate))
    for one, other in zip(interval(small), interval(large), strict=True):
        assert other / unit == pytest.approx(one, rel=1e-6, abs=tolerance)


@given(amounts)
@settings(deadline=None)
def test_a_strategy_against_itself_is_equal_with_width_zero(sample):
    x, _, y, _ = sample
    itself = paired(ratio(x, y), ratio(x, y))
    assert interval(itself) == (0.0, 0.0)
    assert word(*interval(itself), 0.0) == "equal"
    assert p_better(itself, True) == 0.5


@given(numbers, st.integers(2, 40))
@settings(deadline=None)
def test_what_never_varies_has_width_zero(value, replications):
    r = total(np.full(replications, value))
    assert half_width(r.residuals) == 0.0
    assert interval(r) == (r.estimate, r.estimate)


def test_a_gain_that_never_varies_is_sure():
    a, b = total([3.0, 3.0, 3.0]), total([2.0, 2.0, 2.0])
    assert p_better(paired(a, b), True) == 1.0
    assert p_better(paired(a, b), False) == 0.0


def test_shared_luck_cancels():
    luck = np.random.default_rng(1).normal(size=20)
    a, b = total(luck + 1), total(luck)
    assert half_width(paired(a, b).residuals) < 1e-12 < half_width(a.residuals)


def test_different_numbers_of_replications_do_not_pair():
    with pytest.raises(ValueError, match="do not pair"):
        paired(total([1.0, 2.0]), total([1.0]))


def test_one_replication_has_no_interval():
    r = total([5.0])
    assert r.estimate == 5.0
    assert all(map(math.isnan, (*interval(r), half_width(r.residuals), p_better(r, True))))


def test_the_interval_is_students():
    # Ten numbers 0..9: sd 3.02765, t(9) 2.262157, so 2.16585 either side of 4.5.
    assert interval(total(np.arange(10.0))) == pytest.approx((2.334149, 6.665851), abs=1e-6)
    assert interval(total(np.arange(10.0)), critical=0.0) == (4.5, 4.5)


@pytest.mark.parametrize("replications", [5, 20])
def test_nineteen_of_twenty_intervals_cover_the_truth(replications):
    worlds = np.random.default_rng(2).normal(3.0, 2.0, size=(8000, replications))
    covered = [low <= 3.0 <= high for low, high in (interval(total(w)) for w in worlds)]
    assert 0.94 <= np.mean(covered) <= 0.96


def test_intervals_of_ratios_cover_the_truth():
    rng = np.random.default_rng(3)
    y = rng.uniform(50, 150, size=(4000, 20))
    x = 0.3 * y + rng.normal(0, 5, size=y.shape)
    intervals = [interval(ratio(*pair)) for pair in zip(x, y, strict=True)]
    assert 0.935 <= np.mean([low <= 0.3 <= high for low, high in intervals]) <= 0.965


# --- many intervals at once --------------------------------------------------------------------


@pytest.mark.parametrize("replications", [5, 20])
def test_a_family_of_intervals_holds_together(replications):
    rng = np.random.default_rng(4)
    trials, rows = 1000, 12
    held = 0
    for _ in range(trials):
        shared = rng.normal(size=replications)
        family = [total(shared + rng.normal(size=replications)) for _ in range(rows)]
        critical = simultaneous(np.array([r.residuals for r in family]))
        ends = [interval(r, critical=critical) for r in family]
        held += all(low <= 0 <= high for low, high in ends)
    assert 0.93 <= held / trials <= 0.975


def test_below_twenty_replications_bonferroni_decides():
    rows = np.random.default_rng(5).normal(size=(4, 10))
    assert simultaneous(rows) == pytest.approx(3.1109, abs=1e-4)  # t(9) at 1 - 0.05/8
    assert simultaneous(rows[:1]) == pytest.approx(2.262157)


def test_rows_that_say_the_same_cost_nothing_extra():
    row = np.random.default_rng(6).normal(size=30)
    row -= row.mean()
    assert simultaneous(np.tile(row, (12, 1))) == simultaneous(row[None, :])
    apart = np.random.default_rng(6).normal(size=(12, 30))
    assert simultaneous(apart) > simultaneous(row[None, :]) + 0.5


@pytest.mark.parametrize("replications", [10, 30])
def test_rows_without_luck_or_without_numbers_do_not_count(replications):
    rows = np.random.default_rng(7).normal(size=(3, replications))
    idle = np.vstack([rows, np.zeros(replications), np.full(replications, np.nan)])
    assert simultaneous(idle) == simultaneous(rows)
    assert simultaneous(idle[3:]) == pytest.approx(simultaneous(rows[:1]), abs=0.2)
    assert simultaneous(np.empty((0, replications))) > 2


@given(st.integers(1, 8), st.integers(2, 40), st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_deciding_together_never_narrows_an_interval(rows, replications, seed):
    family = np.random.default_rng(seed).lognormal(size=(rows, replications))
    family -= family.mean(axis=1, keepdims=True)
    alone = half_width(family[0])
    together = interval(Ratio(0.0, family[0]), critical=simultaneous(family))[1]
    assert together >= alone * (1 - 1e-12)


def test_the_same_table_always_gets_the_same_intervals():
    rows = np.random.default_rng(8).normal(size=(5, 25))
    assert simultaneous(rows) == simultaneous(rows)
    assert simultaneous(rows * 1e6) == pytest.approx(simultaneous(rows))


def test_a_row_that_flips_to_a_constant_gives_a_number():
    rows = np.tile([1.0, -1.0], (1, 10))
    assert simultaneous(rows, flips=200_000) < 10


# --- who is better -----------------------------------------------------------------------------


def test_a_better_mean_is_not_the_same_as_a_better_replication():
    gains = np.random.default_rng(9).normal(size=20)
    gains = (gains - gains.mean()) / gains.std(ddof=1) + 0.5
    assert p_better(total(gains), True) > 0.95
    assert wins(gains, np.zeros(20), True) < 16


def test_a_tie_is_nobodys_win():
    a, b = np.array([1.0, 2.0, 3.0, np.nan]), np.array([1.0, 1.0, 4.0, 0.0])
    assert wins(a, b, True) == 1
    assert wins(a, b, False) == 1


@given(amounts)
@settings(max_examples=20, deadline=None)
def test_the_chances_of_being_best_sum_to_one(sample):
    xa, xb, ya, yb = sample
    ratios = [ratio(xa, ya), ratio(xb, yb), ratio(xa, yb)]
    chances = p_best([r.estimate for r in ratios], [r.residuals for r in ratios], True)
    assert chances.sum() == pytest.approx(1.0)
    assert (chances >= 0).all()


def test_two_alike_are_best_half_the_time_each():
    luck = np.random.default_rng(10).normal(size=(2, 20))
    luck -= luck.mean(axis=1, keepdims=True)
    assert p_best([1.0, 1.0], luck, True) == pytest.approx([0.5, 0.5], abs=0.01)


@pytest.mark.parametrize("spread_of_luck", [0.0, 1.0, 1e7])
def test_the_same_strategy_three_times_is_best_a_third_each(spread_of_luck):
    row = np.random.default_rng(11).normal(size=10) * spread_of_luck
    chances = p_best([2.0] * 3, np.tile(row - row.mean(), (3, 1)), True)
    assert chances == pytest.approx([1 / 3] * 3, abs=1e-3)


@pytest.mark.parametrize("higher", [True, False])
def test_between_two_the_best_is_the_better(higher):
    rng = np.random.default_rng(12)
    shared = rng.normal(size=15)
    a, b = total(shared + rng.normal(0.1, 0.3, 15)), total(shared)
    chances = p_best([a.estimate, b.estimate], [a.residuals, b.residuals], higher)
    assert chances[0] == pytest.approx(p_better(paired(a, b), higher), abs=0.01)


def test_a_sure_winner_is_best_for_certain_and_the_missing_stay_missing():
    rows = np.vstack([np.zeros((2, 10)), np.full(10, np.nan)])
    chances = p_best([1.0, 2.0, math.nan], rows, True)
    assert chances[:2].tolist() == [0.0, 1.0]
    assert math.isnan(chances[2])
    assert p_best([1.0, 2.0], rows[:2], False).tolist() == [1.0, 0.0]
    assert np.isnan(p_best([1.0, 2.0], np.zeros((2, 1)), True)).all()


# --- words -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "margin", "said"),
    [
        (1.0, 3.0, 2.0, "different"),
        (-3.0, -1.0, 2.0, "different"),
        (0.5, 1.5, 2.0, "equal"),
        (-1.0, 1.0, 2.0, "equal"),
        (0.0, 0.0, 0.0, "equal"),
        (-1.0, 3.0, 2.0, "open"),
        (0.0, 3.0, 2.0, "open"),
        (math.nan, math.nan, 2.0, "open"),
    ],
)
def test_three_words_for_an_interval(low, high, margin, said):
    assert word(low, high, margin) == said


@pytest.mark.parametrize(
    ("difference", "low", "high", "higher", "said"),
    [
        (3.0, 1.0, 5.0, True, "better"),
        (3.0, 1.0, 5.0, False, "worse"),
        (-3.0, -5.0, -1.0, True, "worse"),
        (-3.0, -5.0, -1.0, False, "better"),
        (2.0, 2.0, 2.0, True, "better"),
        (1.0, 0.5, 1.5, True, "small"),
        (-1.0, -1.5, -0.5, True, "small"),
        (0.5, -1.0, 2.0, True, "same"),
        (0.0, 0.0, 0.0, True, "same"),
        (1.5, 0.5, 2.5, True, "open"),
        (3.0, -1.0, 7.0, True, "open"),
        (math.nan, math.nan, math.nan, True, "open"),
    ],
)
def test_five_states_of_a_cell(difference, low, high, higher, said):
    assert cell(difference, low, high, 2.0, higher) == said


@given(numbers, st.floats(0, 1e6), st.floats(0, 1e6))
@settings(deadline=None)
def test_cell_and_word_never_contradict(difference, half, margin):
    low, high = difference - half, difference + half
    state, said = cell(difference, low, high, margin, True), word(low, high, margin)
    assert cell(-difference, -high, -low, margin, False) == state
    assert state != "same" or low <= 0 <= high
    if said == "open":
        assert state == "open"
    if state in ("small", "same"):
        assert said == "equal"


@pytest.mark.parametrize(
    ("low", "high", "higher", "said"),
    [
        (-1.0, 1.9, False, "kept"),
        (-1.0, 2.1, False, "open"),
        (2.1, 3.0, False, "broken"),
        (-1.9, 5.0, True, "kept"),
        (-2.1, 1.0, True, "open"),
        (-3.0, -2.1, True, "broken"),
    ],
)
def test_a_limit_is_kept_broken_or_open(low, high, higher, said):
    assert limit(low, high, 2.0, higher) == said


def test_no_breaches_anywhere_keep_a_limit_of_none():
    assert limit(0.0, 0.0, 0.0, False) == "kept"


# --- how many replications ---------------------------------------------------------------------


def test_shared_luck_saves_replications():
    rng = np.random.default_rng(13)
    luck = rng.normal(size=400)
    a, b = total(luck + rng.normal(0, 0.3, 400)), total(luck + rng.normal(0, 0.3, 400))
    share = variance_ratio(paired(a, b).residuals, a.residuals, b.residuals)
    assert share == pytest.approx(0.09 / 1.09, rel=0.25)
    assert replications_saved(0.1, 20) == 180
    assert replications_saved(0.3, 20) == 47


def test_independent_luck_saves_about_nothing():
    a, b = (total(row) for row in np.random.default_rng(14).normal(size=(2, 2000)))
    share = variance_ratio(paired(a, b).residuals, a.residuals, b.residuals)
    assert share == pytest.approx(1.0, abs=0.1)
    assert replications_saved(1.0, 20) == 0
    assert replications_saved(1.25, 20) == -4


@pytest.mark.parametrize("share", [0.0, math.nan])
def test_no_number_of_saved_replications_is_named_where_there_is_none(share):
    assert replications_saved(share, 20) == 0


def test_nothing_varies_nothing_to_compare():
    assert math.isnan(variance_ratio(np.zeros(9), np.zeros(9), np.zeros(9)))
    assert math.isnan(variance_ratio(np.zeros(1), np.zeros(1), np.zeros(1)))


def test_steins_second_stage():
    pilot = np.arange(20.0) - 9.5  # sd 5.91608, t(19) 2.093024
    assert replications_needed(pilot, 1.0) == math.ceil((2.093024 * 5.91608) ** 2) == 154
    assert replications_needed(pilot, 100.0) == 20
    assert replications_needed(np.zeros(20), 1.0) == 20


@given(st.integers(2, 30), st.floats(0.01, 10.0), st.integers(0, 99))
@settings(deadline=None)
def test_a_narrower_interval_never_needs_fewer_replications(pilot, half, seed):
    luck = np.random.default_rng(seed).normal(size=pilot)
    assert replications_needed(luck, half / 2) >= replications_needed(luck, half) >= pilot


@pytest.mark.parametrize(("pilot", "half"), [(1, 1.0), (20, 0.0), (20, math.nan)])
def test_a_pilot_that_cannot_tell_is_refused(pilot, half):
    with pytest.raises(ValueError, match="half-width"):
        replications_needed(np.ones(pilot), half)


def test_two_stages_cover_as_promised():
    rng = np.random.default_rng(15)
    covered = []
    for _ in range(2000):
        pilot = rng.normal(size=20)
        more = rng.normal(size=replications_needed(pilot - pilot.mean(), 0.35) - 20)
        mean = np.concatenate([pilot, more]).mean()
        covered.append(abs(mean) <= 0.35)
    assert np.mean(covered) >= 0.94
