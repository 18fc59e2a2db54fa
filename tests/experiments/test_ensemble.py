"""All assumptions together: beliefs, who is best over them, and what knowledge is worth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.core.errors import BadInput
from sim.experiments.ensemble import Prior, ensemble, priors_of, worth
from sim.experiments.ensemble.priors import WIDEST, drawn
from sim.scenario import Scenario, names

ENDS = st.floats(0.01, 50.0)


# --- beliefs -------------------------------------------------------------------------------------


@given(now=ENDS, down=st.floats(1.1, 15.0), up=st.floats(1.1, 15.0), share=st.floats(0.0, 1.0))
def test_a_belief_stays_in_its_range_and_grows_with_the_share(now, down, up, share):
    prior = Prior("people.wage", now, now / down, now * up, "assumed")
    assert prior.low - 1e-9 <= prior.at(share) <= prior.high + 1e-9
    assert prior.at(share) <= prior.at(1.0) + 1e-9


@given(now=ENDS, down=st.floats(1.1, 15.0), up=st.floats(1.1, 15.0))
def test_half_of_the_belief_lies_below_the_present_value(now, down, up):
    prior = Prior("people.wage", now, now / down, now * up, "assumed")
    assert prior.at(0.5) == pytest.approx(now)


def test_a_cited_number_is_doubted_less_than_an_assumed_one():
    scenario = Scenario.load("weilidai")
    for prior in priors_of(scenario, "all"):
        row = next(r for r in scenario.knobs() if r.path == prior.path)
        width = {"cited": 0.25, "estimated": 0.5, "assumed": 1.0}[row.mark]
        whole = max(row.sweep[1], row.value) - min(row.sweep[0], row.value)
        assert prior.high - prior.low <= width * whole * (1 + 1e-9) + 2


@pytest.mark.parametrize("name", names())
def test_no_range_is_a_default_times_hundreds_by_accident(name):
    for prior in priors_of(Scenario.load(name), "all"):
        assert prior.times <= WIDEST, prior


def test_a_range_that_is_an_accident_is_refused_with_its_path():
    scenario = Scenario.load("weilidai")
    with pytest.raises(BadInput, match=r"tones\.warm\.risk"):
        priors_of(scenario, "tones.warm.risk=0:0.01")


def test_draws_cover_each_belief_evenly():
    priors = (Prior("book.phone_valid", 0.8, 0.6, 1.0, "assumed"),)
    values = sorted(v for (v,) in drawn(priors, 10, 0))
    assert sum(v < 0.8 for v in values) == 5
    assert len(values) == 10


# --- what knowledge is worth, on toys whose answer is known --------------------------------------


def toy(n: int, noise: float = 0.0, replications: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """The second strategy gains x, even over -1 to 1; knowing x is worth E max(0, x) = 1/4."""
    rng = np.random.default_rng(3)
    x = rng.permutation(np.linspace(-1.0, 1.0, n))
    gains = np.stack([np.zeros(n), x], axis=1)[:, :, None]
    return gains + noise * rng.standard_normal((n, 2, replications)), x


def test_perfect_knowledge_of_a_toy_is_worth_what_the_formula_says():
    values, _ = toy(2_001)
    found = worth.perfect(worth.denoised(values), np.ones(2_001))
    assert found == pytest.approx(0.25, abs=0.002)


def test_knowing_the_input_that_decides_is_worth_all_and_another_nothing():
    values, x = toy(400)
    gains, w = worth.denoised(values), np.ones(400)
    other = np.random.default_rng(9).random(400)
    known = worth.partial(gains, x[:, None], w)
    assert known.sure
    assert known.value == pytest.approx(0.25, abs=0.03)
    assert worth.partial(gains, other[:, None], w).value < 0.02


@pytest.mark.parametrize("draws", [10, 20, 40])
def test_the_range_of_perfect_knowledge_holds_the_known_answer_as_often_as_it_says(draws):
    held = []
    for seed in range(200):  # the two strategies are as good as each other: the hardest case
        x = np.random.default_rng(seed).uniform(-1.0, 1.0, draws)
        low, high = worth.perfect_range(np.stack([np.zeros(draws), x], axis=1), np.ones(draws))
        held.append(low <= 0.25 <= high)
    assert 0.85 <= np.mean(held) <= 0.99


def test_the_range_of_one_inputs_worth_holds_the_known_answer():
    held = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        x, w = rng.uniform(-1.0, 1.0, 40), np.ones(40)
        gains = np.stack([np.zeros(40), x + 0.2 * rng.standard_normal(40)], axis=1)
        value = worth.partial(gains, x[:, None], w, seed).value
        low, high = worth.partial_range(gains, x, w, value, seed)
        held.append(low <= 0.25 <= high)
        assert 0.0 <= low <= value <= high
    assert sum(held) >= 9  # of 12, where nine in ten are promised


def test_luck_of_the_replications_adds_no_worth():
    loud, _ = toy(500, noise=2.0, replications=4)
    found = worth.perfect(worth.denoised(loud), np.ones(500))
    raw = worth.perfect(loud.mean(axis=2) - loud.mean(axis=2)[:, :1], np.ones(500))
    assert raw > 0.4
    assert found == pytest.approx(0.25, abs=0.08)


def test_a_larger_sample_is_worth_more_and_never_more_than_knowing():
    rng = np.random.default_rng(1)
    share = rng.random(600)
    gains = np.stack([np.zeros(600), share - 0.5], axis=1)
    w = np.ones(600)
    small, large = (worth.sample(gains, share, n, w).value for n in (2, 200))
    # A sample of n from an even share shifts its mean to (k + 1) / (n + 2): E max(0, that - 1/2).
    expected = sum(max(0.0, (k + 1) / 4 - 0.5) for k in range(3)) / 3
    assert small == pytest.approx(expected, abs=0.02)
    assert small < large <= worth.partial(gains, share[:, None], w).value + 0.01


def test_of_many_inputs_that_matter_nothing_none_is_named():
    rng = np.random.default_rng(5)
    gains = np.c_[np.zeros(40), rng.standard_normal(40)]
    assert not any(w.sure for w in worth.each(gains, rng.random((40, 60)), np.ones(40)))


@given(st.integers(0, 50))
def test_what_is_known_is_never_worth_less_than_nothing(seed):
    rng = np.random.default_rng(seed)
    gains = np.c_[np.zeros(20), rng.standard_normal(20)]
    w = rng.random(20) + 0.1
    assert worth.perfect(gains, w) >= 0.0
    assert worth.partial(gains, rng.random((20, 2)), w).value >= 0.0


# --- an ensemble of a world made of one formula --------------------------------------------------


def gain(inputs, strategy, replication):
    """`team` gains where numbers work; `process` gains a little everywhere."""
    luck = 3.0 * math.sin(7.0 * replication)
    extra = {"phone_only": 0.0, "team": 400_000.0 * (inputs.get("book.phone_valid", 0.8) - 0.8)}
    value = 1_000_000.0 + extra.get(strategy, 12_000.0) + luck
    return {"net_value": (value, 1.0)}


def small(**options):
    given = {"draws": 40, "accounts": 100, "play": gain} | options
    return ensemble(
        "weilidai", ("phone_only", "team", "process"),
        "book.phone_valid=0.6:1,people.wage,borrower.debt", **given,
    )  # fmt: skip


def test_the_advice_over_the_assumptions_is_not_that_at_the_present_values():
    found = small()
    assert found.advice.strategy in ("team", "process")
    assert found.advice.state == "pilot"
    assert 0.2 < found.advice.p_best.p < 0.8
    assert found.table["p_best"].sum() == pytest.approx(1.0)


def test_the_input_that_decides_is_the_one_to_measure_first():
    found = small(draws=80)
    what, value, size = found.first
    assert what == "book.phone_valid"
    assert value > 0.0
    assert size is not None
    for lang, word in (("en", "Measure book.phone_valid first"), ("zh", "先测 book.phone_valid")):
        assert word in found.sentences(lang)[1]


def test_without_a_doubt_that_turns_it_the_leader_is_adopted():
    found = ensemble(
        "weilidai", ("phone_only", "process"), "people.wage", draws=40, accounts=100, play=gain,
    )  # fmt: skip
    assert found.advice.state == "adopt"
    assert found.advice.p_best.p == pytest.approx(1.0)
    assert found.perfect == 0.0


def test_draws_that_miss_the_targets_count_less_or_not_at_all():
    near = small(score=lambda s: 1.0 - s.book.phone_valid, tolerance=0.05)
    assert 0 < len(near.draws) < 40
    assert near.effective < len(near.draws)
    assert near.sweep.points.loc[near.draws, "book.phone_valid"].min() >= 0.85


def test_with_little_time_one_block_is_played_and_with_enough_all():
    assert len(small(seconds=0.0).draws) == 8
    whole = small(seconds=600.0)
    assert len(whole.draws) == 40
    assert len({tuple(row) for row in whole.sweep.points.itertuples(index=False)}) == 41


def test_an_ensemble_without_a_draw_that_meets_the_targets_says_so():
    def miss(scenario: Scenario) -> float:
        return 9.0 if scenario.book.phone_valid < 1.0 else 0.0

    with pytest.raises(BadInput, match="meets the calibration targets"):
        _ = small(score=miss).table


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"draws": 3}, "--draws"),
        ({"tolerance": 0.0}, "--tolerance"),
        ({"baseline": "nobody"}, "--baseline"),
        ({"targets": "all"}, "--targets"),
        ({"seconds": 5.0, "resume": True}, "--seconds"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_one_line(options, line):
    with pytest.raises(BadInput, match=line):
        small(**options)
