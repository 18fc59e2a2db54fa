"""How many replications are enough: what the rule promises, on worlds whose truth is known."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import spread, world

from sim import compare, extend
from sim.compare import sequential
from sim.compare.comparison import DECIDING, replications, running
from sim.compare.sequential import FIRST, GROWTH, Gap, after, half_widths, level, needed
from sim.compare.stats import half_width
from sim.core.errors import BadInput
from sim.scenario import Scenario

SEEDS = 500
TRUTH = np.array([-40.0, 0.0, 40.0])  # luck has a standard deviation of 30


def lowest(share: float, trials: int) -> float:
    """Three standard errors of a binomial share below it."""
    return share - 3.0 * math.sqrt(share * (1.0 - share) / trials)


def drawn(seed: int, *, skewed: bool = False):
    """Return a function that continues the same three paired differences."""
    rng = np.random.default_rng(seed)

    def more(count: int) -> np.ndarray:
        if skewed:
            return TRUTH[:, None] + 15.0 * (rng.gamma(4.0, size=(3, count)) - 4.0)
        shared = rng.normal(size=count)
        own = rng.normal(size=(3, count))
        return TRUTH[:, None] + 30.0 * (0.6 * shared + 0.8 * own)

    return more


def gaps(rows: np.ndarray, margin: float) -> list[Gap]:
    return [Gap(row - row.mean(), margin) for row in rows]


def enough(seed: int, margin: float, **how: bool) -> np.ndarray:
    """Return the replications after which the rule stops."""
    more = drawn(seed, **how)
    rows = more(FIRST)
    while (wanted := after(gaps(rows, margin))) > rows.shape[1]:
        rows = np.hstack([rows, more(wanted - rows.shape[1])])
    return rows


def covered(rows: np.ndarray, margin: float) -> np.ndarray:
    return np.abs(rows.mean(axis=1) - TRUTH) <= half_widths(gaps(rows, margin))


# --- the promise ---------------------------------------------------------------------------------


@pytest.mark.parametrize("margin", [16.0, 10.0])
def test_intervals_cover_at_the_stated_rate_whatever_the_sign_of_the_difference(margin):
    held = np.array([covered(enough(seed, margin), margin) for seed in range(SEEDS)])
    assert held.all(axis=1).mean() >= lowest(0.95, SEEDS)
    assert held.all(axis=1).mean() <= 0.99  # and not by being far too wide
    assert (held.mean(axis=0) >= lowest(0.975, SEEDS)).all()  # negative, none, positive


def test_moderate_skewness_costs_the_intervals_two_points_at_most():
    held = [covered(enough(seed, 10.0, skewed=True), 10.0).all() for seed in range(SEEDS)]
    assert np.mean(held) >= lowest(0.93, SEEDS)


@pytest.mark.parametrize("seed", range(5))
def test_where_it_stops_every_difference_is_as_narrow_as_matters(seed):
    rows = enough(seed, 8.0)
    assert (half_widths(gaps(rows, 8.0)) <= 8.0).all()
    assert (half_widths(gaps(rows[:, :FIRST], 8.0)) > 8.0).any()


def test_who_looks_again_because_a_verdict_does_not_please_is_not_led_astray():
    """Four times doubled while nothing is shown, with no true difference, one candidate."""
    astray = naive = 0
    trials, looks = 2_000, [20, 40, 80, 160, 320]
    for seed in range(trials):
        luck = np.random.default_rng(seed).normal(size=looks[-1])
        paid = bare = False
        for k, count in enumerate(looks):
            mean, rest = luck[:count].mean(), luck[:count] - luck[:count].mean()
            paid |= mean > half_width(rest, level(k))
            bare |= mean > half_width(rest)
        astray += paid
        naive += bare
    assert astray / trials <= 0.05
    assert naive / trials > 0.05  # so it would be without the price


def test_the_errors_of_all_looks_together_stay_below_a_tenth():
    assert level(0) == 0.95
    assert sum(1.0 - level(k) for k in range(50)) <= 0.1 + 1e-9


# --- the rule ------------------------------------------------------------------------------------


rows_of_luck = st.integers(0, 10_000).map(
    lambda seed: np.random.default_rng(seed).normal(size=(3, FIRST)) * 30.0
)


@given(rows_of_luck, st.floats(-1e4, 1e4), st.floats(2.0, 40.0))
@settings(max_examples=50, deadline=None)
def test_how_far_apart_two_strategies_are_never_counts(rows, shift, margin):
    moved = gaps(rows + shift, margin)
    assert after(moved) == pytest.approx(after(gaps(rows, margin)), abs=1)
    assert after(gaps(-rows, margin)) == after(gaps(rows, margin))


@given(rows_of_luck, st.floats(1.0, 40.0))
@settings(max_examples=50, deadline=None)
def test_it_stops_or_grows_by_a_quarter(rows, margin):
    found = after(gaps(rows, margin))
    assert found == FIRST or found >= GROWTH * FIRST
    assert found >= FIRST
    assert after(gaps(rows, margin / 2)) >= found


def test_a_large_need_is_estimated_again_on_the_way():
    rows = np.random.default_rng(1).normal(size=(1, FIRST)) * 30.0
    (total,) = needed(gaps(rows, 2.0))
    assert total > 10 * FIRST
    assert after(gaps(rows, 2.0)) == math.ceil(sequential.SHARE * total)


def test_what_never_varies_or_has_no_margin_asks_for_nothing():
    still, lively = np.zeros(FIRST), np.random.default_rng(2).normal(size=FIRST)
    assert after([Gap(still, 1.0), Gap(lively, 0.0), Gap(lively, math.nan)]) == FIRST
    assert needed([Gap(still, 1.0), Gap(lively, 0.0)]) == [0, None]
    assert after([]) == 0


def test_one_replication_has_no_width():
    assert np.isnan(half_widths([Gap(np.zeros(1), 1.0)])).all()
    assert needed([Gap(np.zeros(1), 1.0)]) == [None]


def test_the_first_stage_is_what_was_seen_before_and_never_over_the_budget():
    assert sequential.first() == FIRST
    assert sequential.first(looks=(20, 60)) == 60
    assert sequential.first(12) == 12
    assert sequential.first(50, (60,)) == 50


def test_a_number_of_replications_halves_nothing_but_the_luck():
    rows = np.random.default_rng(3).normal(size=(1, 400))
    wide, narrow = (half_widths(gaps(rows[:, :n], 1.0))[0] for n in (100, 400))
    assert narrow == pytest.approx(wide / 2, rel=0.15)


# --- in a comparison -----------------------------------------------------------------------------


SCENARIO = Scenario.load("weilidai")
PAIR = ("phone_only", "process")


@pytest.fixture
def played(monkeypatch):
    """Play numbers instead of borrowers; return the list of what was played."""
    log: list[tuple[str, int]] = []

    def one(at, strategy, replication):
        log.append((strategy.name, replication))
        whole = world(at.seed, replication + 1).measures
        mine = whole[(whole["strategy"] == strategy.name) & (whole["replication"] == replication)]
        daily = pd.DataFrame({"strategy": [strategy.name], "replication": [replication], "day": 0})
        return {"measures": mine, "daily": daily, "seats": daily, "segments": daily}

    monkeypatch.setattr(replications, "one", one)
    monkeypatch.setattr(running, "pool_of", lambda *_: None)
    monkeypatch.setattr(running, "fitted", lambda _, strategy: (strategy, {}))
    return log


def test_auto_plays_until_the_deciding_differences_are_known(played):
    found = compare(SCENARIO, PAIR, replications="auto", seed=1)
    table = found.luck()
    assert len(found.replications) > FIRST
    assert found.planned == len(found.replications)
    assert table["reached"].all()
    assert set(table["metric"]) == set(DECIDING)
    assert len(played) == len(set(played)) == 2 * len(found.replications)


def test_a_budget_ends_it_and_says_what_is_still_wide(played):
    found = compare(SCENARIO, PAIR, replications="auto", most=22, seed=1)
    table = found.luck().set_index("metric")
    assert len(found.replications) == 22
    assert not table.loc["net_value", "reached"]
    assert table.loc["net_value", "needed"] > 22
    assert len(compare(SCENARIO, PAIR, replications="auto", most=6, seed=1).replications) == 6


def test_seconds_end_it_after_the_first_stage(played):
    found = compare(SCENARIO, PAIR, replications="auto", seconds=1e-6, seed=1)
    assert len(found.replications) == FIRST


def test_the_first_stage_alone_is_enough_where_luck_is_small(played, monkeypatch):
    monkeypatch.setitem(world.__globals__["LUCK"], "net_value", 10.0)
    assert len(compare(SCENARIO, PAIR, replications="auto", seed=1).replications) == FIRST


def test_a_run_is_extended_without_playing_anything_again(played):
    small = compare(SCENARIO, PAIR, replications=6, seed=4)
    before = len(played)
    large = extend(small, 9)
    assert sorted(played[before:]) == [(name, r) for name in PAIR for r in (6, 7, 8)]
    fresh = compare(SCENARIO, PAIR, replications=9, seed=4)
    assert large.measures.equals(fresh.measures)
    assert large.summary().equals(fresh.summary())


def test_an_extended_run_pays_for_the_verdict_that_was_seen(played):
    small = compare(SCENARIO, PAIR, replications=20, seed=4)
    large, fresh = extend(small, 30), compare(SCENARIO, PAIR, replications=30, seed=4)
    assert (large.looks, fresh.looks) == ((20,), ())
    assert (large.level, extend(large, 40).level) == (0.975, 0.9875)
    assert (large.luck()["half_width"] > fresh.luck()["half_width"]).all()
    rows, others = (c.differences().set_index("metric") for c in (large, fresh))
    assert rows.loc["recovery_rate", "ci_low"] == others.loc["recovery_rate", "ci_low"]
    same = compare(SCENARIO, PAIR, replications=30, seed=4, looks=(20,))
    assert same.to_dict() == large.to_dict()


def test_a_run_can_be_extended_by_the_rule_itself(played):
    small = compare(SCENARIO, PAIR, replications=5, seed=1)
    large = extend(small, "auto")
    assert large.luck()["reached"].all()
    assert len(played) == 2 * len(large.replications)


def test_luck_is_worth_what_independent_luck_would_have_cost():
    found = world(5, 200)
    row = found.luck().set_index("metric").loc["net_value"]
    assert row["variance_ratio"] == pytest.approx(0.16 / 1.16, rel=0.25)
    assert row["saved"] == pytest.approx(200 / row["variance_ratio"] - 200, abs=1)
    ends = found.differences().set_index("metric").loc["net_value"]
    assert row["half_width"] == pytest.approx((ends["ci_high"] - ends["ci_low"]) / 2)
    # The other strategy's luck of another replication is independent of this one's.
    mine, theirs = found.values("process", "net_value"), found.values("phone_only", "net_value")
    apart = np.roll(mine, 1) - theirs
    assert np.var(mine - theirs) / np.var(apart) == pytest.approx(row["variance_ratio"], rel=0.3)
    assert spread("net_value") == pytest.approx(np.std(mine - theirs), rel=0.2)


def test_the_json_carries_the_luck_of_every_deciding_metric():
    body = json.loads(json.dumps(world(6, 20).to_dict()))
    assert {row["metric"] for row in body["luck"]} == set(DECIDING)
    assert (body["looks"], body["level"]) == ([], 0.95)
    assert all(row["saved"] >= 0 for row in body["luck"])


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ({"replications": 5, "most": 9}, "most = 9: only with replications = 'auto'"),
        ({"replications": 5, "seconds": 9.0}, "seconds = 9.0: only with replications = 'auto'"),
        ({"replications": "auto", "most": 0}, "most = 0: a whole number from 1 to 100000"),
        ({"replications": "auto", "seconds": 0.0}, "seconds = 0.0: a number above 0"),
        ({"replications": "many"}, "replications = 'many': a whole number from 1 to 100000, or a"),
        ({"replications": 5, "looks": (0,)}, "looks = 0: a whole number from 1 to 100000"),
    ],
)
def test_a_budget_that_says_nothing_is_refused_in_one_line(asked, line):
    with pytest.raises(BadInput) as refused:
        compare(SCENARIO, PAIR, **asked)
    assert str(refused.value).startswith(line)
