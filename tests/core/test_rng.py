"""Luck is even, independent and nobody else's: the hash under statistical tests.

Why no two keys collide in a run of 10^8 decisions. Within one account: `(purpose << 48) + k + 1`
is another number for every (purpose, k < 2**40), so is its product with the odd G1 modulo 2**64,
so is that xor the account's key, and `mix` is a bijection: two decisions of one account never
share a hash, and their uniforms, 52 of its 64 bits, are equal with chance 2**-52. Within one
replication: `key_of` is a bijection of `who` up to its last shift by one bit, so 10^8 accounts
hold a pair with the same key with chance 10^16 / 2 / 2**63, about one in 1,800. Decisions of
different accounts meet like random 64-bit numbers, one pair at a time, and share nothing after.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.special import ndtri

from sim.agents.population import newly_late
from sim.core import kernel
from sim.core.kernel import COMPILED, compiled
from sim.core.rng import BOOK, LUCK, Purpose, draw, key_of, normal, stream, uniform
from sim.scenario import Scenario

words = st.integers(0, 2**64 - 1)
pairs = st.tuples(st.integers(0, 2**31), st.integers(0, 100_000))
SEED = stream(7, 3)


def table(whos, purposes, coordinates, seed=SEED) -> np.ndarray:
    """Uniforms by account, purpose and coordinate."""
    keys = [key_of(seed, who) for who in whos]
    return np.array([[[draw(key, p, k) for k in coordinates] for p in purposes] for key in keys])


def correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Correlation in standard errors of its own."""
    return float(np.corrcoef(x.ravel(), y.ravel())[0, 1] * np.sqrt(x.size))


def surprise(x: np.ndarray, y: np.ndarray, cells: int = 16) -> float:
    """P-value of a chi-square test that the pairs fill a square evenly."""
    counts, _, _ = np.histogram2d(x.ravel(), y.ravel(), bins=cells, range=[[0, 1], [0, 1]])
    return float(stats.chisquare(counts.ravel()).pvalue)


# --- the hash, twice ---------------------------------------------------------------------------


def draws(seed, count):
    return [
        draw(key_of(seed, (i * 7_919) % 100_003), (i * 31) % 67, (i * 613) % 87_600)
        for i in range(count)
    ]


def decisions(seed, count):
    return [draw(key_of(seed, i), Purpose.OWN_PAYMENT, 3 * i) for i in range(count)]


def scrambled(seed, count):
    return [key_of(kernel.mix(seed + i), 10**12 + i) for i in range(count)]


@pytest.mark.skipif(not COMPILED, reason="numba is absent")
@pytest.mark.parametrize("loop", [draws, decisions, scrambled], ids=lambda f: f.__name__)
@pytest.mark.parametrize("seed", [5, 2**63 + 12_345], ids=["low", "high"])
def test_the_hash_is_the_same_compiled_and_in_plain_python(loop, seed):
    count = 1_000_000 if loop is draws else 50_000
    assert np.array_equal(np.array(compiled(loop)(seed, count)), np.array(loop(seed, count)))


@given(words)
def test_one_round_of_the_hash_can_be_undone(x):
    assert unmixed(kernel.mix(x)) == x


def unmixed(y: int) -> int:
    """Undo `mix` step by step: what can be undone is a bijection."""
    y = unshifted(y, 31) * pow(kernel.M2, -1, 2**64) & kernel.MASK
    y = unshifted(y, 27) * pow(kernel.M1, -1, 2**64) & kernel.MASK
    return unshifted(y, 30)


def unshifted(y: int, by: int) -> int:
    """Undo ``x ^ (x >> by)``."""
    x = y
    for _ in range(64 // by + 1):
        x = y ^ (x >> by)
    return x


@given(words, st.integers(0, 2**40 - 1), st.sampled_from(Purpose))
def test_a_draw_lies_strictly_between_zero_and_one(key, k, purpose):
    assert 0.0 < draw(key, purpose, k) < 1.0


@pytest.mark.parametrize("digest", [0, 1, 2**63, kernel.MASK - 1, kernel.MASK])
def test_even_the_rarest_draws_lie_strictly_between_zero_and_one(digest):
    purpose, k = Purpose.OUTCOME, 12_345
    key = unmixed(digest) ^ (((purpose << 48) + k + 1) * kernel.G1 & kernel.MASK)
    assert draw(key, purpose, k) == ((digest >> 12) + 0.5) / 2**52
    assert 0.0 < draw(key, purpose, k) < 1.0


@given(words, st.integers(0, 2**50))
def test_a_key_fits_a_signed_integer(seed, who):
    assert 0 <= key_of(seed, who) < 2**63


# --- evenness and independence -----------------------------------------------------------------


@pytest.mark.parametrize("purpose", [Purpose.KIND, Purpose.OWN_PAYMENT, Purpose.OUTCOME])
def test_draws_are_even(purpose):
    by_account = table(range(50_000), [purpose], [0])
    by_day = table([1], [purpose], range(50_000))
    assert stats.kstest(by_account.ravel(), "uniform").pvalue > 0.001
    assert stats.kstest(by_day.ravel(), "uniform").pvalue > 0.001


def test_the_lowest_bits_are_as_even_as_the_highest():
    values = table(range(500), [Purpose.REACHED], range(200)).ravel()
    low = (values * 2.0**40) % 1.0
    assert stats.kstest(low, "uniform").pvalue > 0.001


def test_purposes_tell_nothing_about_each_other():
    values = table(range(600), list(Purpose), range(10))
    scores = [
        correlation(values[:, i], values[:, j])
        for i, j in itertools.combinations(range(len(Purpose)), 2)
    ]
    assert stats.kstest(scores, "norm").pvalue > 0.001
    assert max(map(abs, scores)) < stats.norm.isf(0.001 / len(scores))


@pytest.mark.parametrize("apart", [1, 2, 8, 64, 1_000])
def test_neighbouring_accounts_tell_nothing_about_each_other(apart):
    values = table(range(3_000), [Purpose.OWN_PAYMENT], range(20))
    assert abs(correlation(values[:-apart], values[apart:])) < 4.0
    assert surprise(values[:-apart], values[apart:]) > 0.001


@pytest.mark.parametrize("apart", [1, 2, 7, 8, 24, 30])
def test_neighbouring_days_tell_nothing_about_each_other(apart):
    values = table(range(100), [Purpose.REACHED], range(1_000))
    assert abs(correlation(values[..., :-apart], values[..., apart:])) < 4.0
    assert surprise(values[..., :-apart], values[..., apart:]) > 0.001


@pytest.mark.parametrize(("one", "other"), [((0, 0), (0, 1)), ((0, 0), (1, 0)), ((9, 5), (8, 6))])
def test_replications_tell_nothing_about_each_other(one, other):
    first, second = (
        table(range(1_000), [Purpose.OWN_PAYMENT], range(50), stream(*pair))
        for pair in (one, other)
    )
    assert abs(correlation(first, second)) < 4.0
    assert surprise(first, second) > 0.001


# --- nobody else's luck ------------------------------------------------------------------------


@given(pairs, pairs)
def test_every_seed_and_replication_has_a_stream_of_its_own(one, other):
    assert (stream(*one) == stream(*other)) == (one == other)


def test_the_next_seed_is_not_the_next_replication():
    streams = [stream(seed, replication) for seed in range(300) for replication in range(300)]
    assert len(set(streams)) == len(streams)


def test_two_million_keys_do_not_collide():
    """Nor is anybody's sequence another's, shifted: then values would come twice."""
    values = table(range(500), [Purpose.OWN_PAYMENT, Purpose.REACHED], range(2_000))
    assert len(np.unique(values)) == values.size == 2_000_000


def test_accounts_have_keys_of_their_own():
    starting, entrants = range(300_000), range(10**6, 10**6 + 90 * 10**6, 10**3)
    keys = {key_of(SEED, who) for who in itertools.chain(starting, entrants)}
    assert len(keys) == len(starting) + len(entrants)


@given(st.integers(0, 2**40), st.sampled_from(Purpose), st.integers(0, 10**6), st.integers(0, 99))
def test_one_more_account_changes_nobody_elses_luck(who, purpose, k, more):
    before = uniform(SEED, who, purpose, k)
    for other in range(more):
        uniform(SEED, who + 1 + other, purpose, k)
    assert uniform(SEED, who, purpose, k) == before == draw(key_of(SEED, who), purpose, k)


def test_a_larger_book_holds_the_smaller_one():
    scenario = Scenario()
    small, large = ([newly_late(scenario, 1, 2, i, 0) for i in range(n)] for n in (50, 200))
    assert large[:50] == small


def test_who_the_borrowers_are_hangs_on_the_book_alone():
    scenario = Scenario()
    for who in range(100):
        one, other = (newly_late(scenario, 1, luck, who, 0) for luck in (2, 3))
        assert one.traits.luck != other.traits.luck
        assert one._replace(traits=one.traits._replace(luck=0)) == other._replace(
            traits=other.traits._replace(luck=0)
        )


def test_every_purpose_is_of_the_book_or_of_luck():
    assert set(Purpose) == BOOK | LUCK
    assert not BOOK & LUCK


# --- the normal distribution -------------------------------------------------------------------


@given(st.floats(1e-300, 1.0, exclude_max=True))
def test_normal_agrees_with_scipy(u):
    assert normal(u) == pytest.approx(ndtri(u), rel=1e-14, abs=1e-14)


@given(st.integers(0, 2**52 - 1), st.integers(0, 2**52 - 1))
def test_normal_is_monotone(one, other):
    """On the grid of draws."""
    u, v = ((step + 0.5) * 2.0**-52 for step in sorted((one, other)))
    assert normal(u) <= normal(v)


def test_normal_is_monotone_from_step_to_step():
    grid = np.linspace(2.0**-53, 1.0 - 2.0**-53, 200_001)  # from the lowest draw to the highest
    assert np.all(np.diff([normal(float(u)) for u in grid]) > 0.0)


def test_draws_turned_normal_are_normal():
    values = table(range(20_000), [Purpose.WILL], [0]).ravel()
    assert stats.kstest([normal(float(u)) for u in values], "norm").pvalue > 0.001
