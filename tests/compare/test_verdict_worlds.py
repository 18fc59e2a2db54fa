"""The verdict on worlds whose truth is known: how often it errs, and how often it sees."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from synthetic import MATTERS, spread, world

from sim.compare import sequential
from sim.compare.stats import expected_loss, p_best

SEEDS = 300
TWO, FOUR = ("phone_only", "process"), ("phone_only", "process", "team", "ai")
NARROW = 45  #: replications after which a net value is known to what matters


def highest(share: float, trials: int) -> float:
    """Three standard errors of a binomial share above it."""
    return share + 3.0 * math.sqrt(share * (1.0 - share) / trials)


def states(gains, strategies=TWO, replications=NARROW, seeds=SEEDS, **how) -> list[str]:
    return [
        world(seed, replications, gains, strategies, **how).verdict().state for seed in range(seeds)
    ]


# --- how often it errs ---------------------------------------------------------------------------


@pytest.mark.parametrize(("strategies", "replications"), [(TWO, 10), (FOUR, 10), (FOUR, NARROW)])
def test_a_strategy_that_adds_nothing_is_hardly_ever_adopted(strategies, replications):
    found = states({}, strategies, replications)
    assert found.count("given") / SEEDS <= 0.05
    assert {"open", "same"} >= set(found) - {"given", "keep"}


@pytest.mark.parametrize("skewed", [False, True])
def test_a_gain_is_hardly_ever_claimed_where_there_is_none(skewed):
    """One-sided and without the margin: the best of three nulls beats its own lower end."""
    claimed = 0
    for seed in range(SEEDS):
        rows = world(seed, NARROW, {}, FOUR, skewed=skewed).differences()
        claimed += bool((rows[rows["metric"] == "net_value"]["ci_low"] > 0).any())
    assert claimed / SEEDS <= highest(0.025, SEEDS)


def test_a_strategy_that_just_breaks_a_limit_is_hardly_ever_called_safe():
    """Complaints exactly at the limit, net value far better."""
    gains = {("process", "net_value"): 5 * MATTERS, ("process", "complaints"): 0.2}
    found = states(gains)
    assert found.count("given") / SEEDS <= highest(0.025, SEEDS)
    assert found.count("none") / SEEDS <= highest(0.025, SEEDS)
    assert found.count("safety_open") > 0.9 * SEEDS


def test_auto_adopts_the_same_share_of_what_adds_nothing():
    """The rule looks at spread only, so looking several times leads nobody astray."""
    adopted = 0
    for seed in range(150):
        found = enough(seed, {})
        assert found.luck()["reached"].all()
        adopted += found.verdict().state == "given"
    assert adopted / 150 <= 0.05


def enough(seed, gains, strategies=TWO):
    """Return the comparison after which the rule stops."""
    count = sequential.FIRST
    while True:
        found = world(seed, count, gains, strategies)
        wanted = sequential.after([gap for _, _, gap in found.gaps()], found.level)
        if wanted <= count:
            return found
        count = wanted


# --- how often it sees ---------------------------------------------------------------------------


def test_a_gain_of_twice_what_matters_is_nearly_always_adopted():
    gains = {("process", "net_value"): 2 * MATTERS}
    assert states(gains).count("given") / SEEDS >= 0.95


def test_power_grows_with_the_gain_and_with_the_runs():
    share = {}
    for gain, runs in itertools.product((1.0, 2.0), (8, NARROW)):
        found = states({("process", "net_value"): gain * MATTERS}, TWO, runs, 150)
        share[gain, runs] = found.count("given") / 150
    assert share[2.0, NARROW] > share[1.0, NARROW] >= share[1.0, 8]
    assert share[2.0, NARROW] > share[2.0, 8]


def test_a_gain_in_ten_is_not_missed_among_four_strategies():
    gains = {("team", "net_value"): 2 * MATTERS}
    found = [world(seed, NARROW, gains, FOUR).verdict() for seed in range(100)]
    assert [v.state for v in found].count("given") >= 90
    assert {v.strategy for v in found if v.state == "given"} == {"team"}


# --- every state is reached by the world it speaks of -----------------------------------------

GAIN, LESS = 6 * MATTERS, 3 * MATTERS
WORLDS = {
    "given": {("process", "net_value"): GAIN, ("team", "net_value"): LESS},
    "trade_off": {
        ("process", "net_value"): GAIN,
        ("process", "complaints"): 1.0,
        ("team", "net_value"): LESS,
    },
    "safety_open": {("process", "net_value"): GAIN, ("process", "satisfaction"): -2.0},
    "none": {
        ("process", "net_value"): GAIN,
        ("process", "breaches"): 1.0,
        ("team", "net_value"): LESS,
        ("team", "satisfaction"): -5.0,
    },
    "keep": {("process", "net_value"): -GAIN, ("team", "net_value"): -LESS},
    "same": {},
    "open": {("process", "net_value"): 0.5 * MATTERS, ("team", "net_value"): -GAIN},
}
#: "same" needs luck to be known to well within what matters, "open" that it is not.
RUNS = {"same": 300, "open": 8}


@pytest.mark.parametrize("state", WORLDS)
def test_every_state_is_what_its_world_gives(state):
    three = ("phone_only", "process", "team")
    found = states(WORLDS[state], three, RUNS.get(state, 60), 20)
    assert found.count(state) >= 18, found


def test_too_few_runs_give_no_verdict_whatever_the_gain():
    assert set(states(WORLDS["given"], TWO, 4, 5)) == {"partial"}


# --- how sure, and at what price -----------------------------------------------------------------


def test_quarters_won_and_the_chance_to_be_best_are_two_things():
    """A small sure gain: ahead in a little more than half the quarters, best for certain."""
    found = world(3, 300, {("process", "net_value"): 0.4 * spread("net_value")})
    row = found.differences().set_index("metric").loc["net_value"]
    assert found.p_best()["process"] > 0.99
    assert row["wins"] / 300 == pytest.approx(0.655, abs=0.08)
    assert row["p_better"] > 0.99


def test_the_expected_loss_is_the_price_of_choosing_too_early():
    found = world(8, 20, {("process", "net_value"): MATTERS / 2})
    loss, best = found.expected_loss(), found.p_best()
    assert loss.idxmin() == best.idxmax()
    assert (loss > 0).all()
    later = world(8, 320, {("process", "net_value"): MATTERS / 2}).expected_loss()
    assert later.min() < loss.min()
    gap = abs(found.ratio("process", "net_value").estimate
              - found.ratio("phone_only", "net_value").estimate)  # fmt: skip
    assert loss.max() - loss.min() == pytest.approx(gap, rel=0.02)


def test_a_near_tie_has_a_small_loss_though_nobody_knows_who_is_best():
    rng = np.random.default_rng(4)
    rows = rng.normal(size=(2, 30)) * 0.01
    rows -= rows.mean(axis=1, keepdims=True)
    assert p_best([1.0, 1.0], rows, True) == pytest.approx([0.5, 0.5], abs=0.01)
    assert expected_loss([1.0, 1.0], rows, True).max() < 0.002
    assert expected_loss([1.0, 2.0], rows, True) == pytest.approx([1.0, 0.0], abs=1e-3)
    assert expected_loss([1.0, 2.0], rows, False) == pytest.approx([0.0, 1.0], abs=1e-3)


def test_what_is_missing_has_no_expected_loss():
    rows = np.zeros((3, 10))
    losses = expected_loss([1.0, 2.0, math.nan], rows, True)
    assert losses[:2].tolist() == [1.0, 0.0]
    assert math.isnan(losses[2])
    assert np.isnan(expected_loss([1.0, 2.0], np.zeros((2, 1)), True)).all()


@pytest.mark.parametrize("seed", range(3))
def test_luck_that_all_share_costs_nothing(seed):
    rng = np.random.default_rng(seed)
    own = rng.normal(size=(3, 25))
    shared = own + 1e6 * rng.normal(size=25)
    one, other = (
        expected_loss([0.0, 0.1, 0.2], r - r.mean(axis=1, keepdims=True), True)
        for r in (own, shared)
    )
    assert one == pytest.approx(other, rel=0.05)
