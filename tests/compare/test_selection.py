"""The best of many: how often it is found, on worlds made as hard as they can be."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import world

from sim import select
from sim.compare.comparison import replications, running
from sim.compare.selection import FIRST, losers, reach
from sim.compare.selection import select as best_of
from sim.compare.stats import Ratio
from sim.core.errors import BadInput
from sim.scenario import Scenario

TRIALS = 400
ZONE = 1.0


def table(seed: int, means, luck=2.0, shared: float = 0.0, *, skewed: bool = False):
    """Return names, and a play over numbers that share so much of their variance."""
    rng = np.random.default_rng(seed)
    size = (len(means), 2_000)
    own = rng.exponential(size=size) - 1.0 if skewed else rng.normal(size=size)
    common = rng.normal(size=size[1])
    level = np.asarray(means, dtype=float)[:, None]
    deviations = np.broadcast_to(np.asarray(luck, dtype=float), len(means))[:, None]
    values = level + deviations * (math.sqrt(shared) * common + math.sqrt(1 - shared) * own)
    names = tuple(f"s{i}" for i in range(len(means)))

    def play(left, count):
        rows = {n: values[int(n[1:]), :count] for n in left}
        return {n: Ratio(float(r.mean()), r - r.mean()) for n, r in rows.items()}

    return names, play


def found(seed, means, **how):
    names, play = table(seed, means, **how)
    return best_of(play, names, indifference=ZONE)


def slippage(count: int, first: int = 0) -> list[float]:
    """One is better than all others by just what matters: the hardest case there is."""
    return [ZONE * (i == first) for i in range(count)]


# --- the promise ---------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [2, 5, 25])
@pytest.mark.parametrize("shared", [0.0, 0.7])
@pytest.mark.parametrize("skewed", [False, True])
def test_the_best_is_found_as_surely_as_stated_where_it_is_hardest(count, shared, skewed):
    right = [
        found(seed, slippage(count), shared=shared, skewed=skewed).best == "s0"
        for seed in range(TRIALS)
    ]
    assert np.mean(right) >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / TRIALS)


def test_so_it_is_where_the_best_has_most_of_the_luck_or_least():
    for luck in ([3.0, 1.0, 1.0, 1.0, 1.0], [1.0, 3.0, 3.0, 3.0, 3.0]):
        right = [found(s, slippage(5), luck=luck).best == "s0" for s in range(TRIALS)]
        assert np.mean(right) >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / TRIALS)


def test_where_several_are_alike_one_that_is_no_worse_than_matters_is_found():
    means = [1.0, 0.8, 0.5, -1.0, -1.0]
    good = [found(s, means).best in ("s0", "s1", "s2") for s in range(TRIALS)]
    assert np.mean(good) >= 0.95


def test_it_always_ends_even_among_equals():
    for seed in range(50):
        one = found(seed, [0.0] * 4)
        assert one.decided
        assert one.best in one.left


def test_more_confidence_takes_more_and_a_wider_zone_takes_less():
    def plays(zone, confidence):
        total = 0
        for seed in range(60):
            names, play = table(seed, slippage(6))
            total += best_of(play, names, indifference=zone, confidence=confidence).plays
        return total

    assert plays(1.0, 0.99) > plays(1.0, 0.9)
    assert plays(0.5, 0.95) > plays(2.0, 0.95)


# --- what it saves -------------------------------------------------------------------------------


def test_those_far_behind_are_out_after_the_first_stage():
    one = found(1, [0.0, -10.0, -20.0, -30.0])
    assert (one.best, one.left, one.replications) == ("s0", ("s0",), FIRST)
    assert [out.name for out in one.out] == ["s3", "s2", "s1"]
    assert {out.by for out in one.out} == {"s0"}


def test_who_is_out_is_not_played_any_more():
    names, play = table(2, [0.0, -0.1, -10.0])
    asked = []

    def watched(left, count):
        asked.append((left, count))
        return play(left, count)

    one = best_of(watched, names, indifference=0.5)
    assert asked[0] == (names, FIRST)
    assert all("s2" not in left for left, _ in asked[1:])
    assert one.plays == sum(
        len(left) * (count - before)
        for (left, count), before in zip(asked, [0, *(c for _, c in asked)], strict=False)
    )
    assert one.plays < one.plays_alike == 3 * asked[-1][1]


def test_shared_luck_takes_a_fraction_of_the_replications():
    alone, together = (
        sum(found(seed, slippage(10), luck=4.0, shared=shared).plays for seed in range(40))
        for shared in (0.0, 0.9)
    )
    assert together < alone / 3


# --- the rule ------------------------------------------------------------------------------------


@given(st.integers(0, 1000), st.floats(-1e3, 1e3))
@settings(max_examples=40, deadline=None)
def test_a_level_that_all_share_and_their_order_change_nothing(seed, level):
    names, play = table(seed, [0.3, 0.0, 0.6, -2.0])
    moved, play_moved = table(seed, np.array([0.3, 0.0, 0.6, -2.0]) + level)
    one, other = (best_of(p, n, indifference=ZONE) for n, p in ((names, play), (moved, play_moved)))
    assert (one.best, one.left, one.plays) == (other.best, other.left, other.plays)
    back = best_of(play, names[::-1], indifference=ZONE)
    assert (back.best, set(back.left), back.plays) == (one.best, set(one.left), one.plays)


def test_less_is_better_where_it_is():
    names, play = table(3, [5.0, 0.0, 9.0])
    assert best_of(play, names, indifference=ZONE, higher=False).best == "s1"


def test_the_one_ahead_is_never_put_out():
    names, play = table(4, [0.0, 0.0, 0.0])
    values = play(names, 40)
    ahead = max(values, key=lambda n: values[n].estimate)
    assert ahead not in {out.name for out in losers(values, 2, 1e-6, 0.4)}


def test_the_reach_closes_as_replications_come_in_and_grows_with_the_luck():
    at = [float(reach(np.array(4.0), n, 4, ZONE, 0.05)) for n in (20, 40, 80, 160)]
    assert at == sorted(at, reverse=True)
    assert at[-1] == 0.0
    assert reach(np.array(8.0), 20, 4, ZONE, 0.05) > at[0]
    assert reach(np.array(4.0), 20, 40, ZONE, 0.05) > at[0]
    assert reach(np.array(0.0), 20, 4, ZONE, 0.05) == 0.0


def test_the_constant_is_that_of_the_published_procedure():
    # Kim & Nelson 2001 with k = 10, n0 = 20, 95 %: eta = 0.3033, h^2 = 2 * eta * 19 = 11.53.
    eta = ((2 * 0.05 / 9) ** (-2 / 19) - 1) / 2
    assert eta == pytest.approx(0.3028, abs=2e-3)
    expected = ZONE / 2 * (2 * eta * 19 * 4.0 / ZONE**2 / 20 - 1)
    assert float(reach(np.array(4.0), 20, 9, ZONE, 0.05)) == pytest.approx(expected)


def test_a_budget_leaves_those_that_are_not_out():
    names, play = table(5, [0.0, 0.05, -50.0])
    one = best_of(play, names, indifference=0.01, most=30)
    assert not one.decided
    assert (set(one.left), one.replications) == ({"s0", "s1"}, 30)


@pytest.mark.parametrize(
    "wrong",
    [{"indifference": 0.0}, {"confidence": 0.2}, {"confidence": 1.0}, {"first": 1}],
    ids=str,
)
def test_what_cannot_be_promised_is_refused(wrong):
    names, play = table(6, [0.0, 1.0])
    with pytest.raises(ValueError, match="need two names"):
        best_of(play, names, **{"indifference": 1.0, **wrong})


# --- with strategies -----------------------------------------------------------------------------


SCENARIO = Scenario.load("weilidai")
NAMES = ("phone_only", "process", "team", "ai")


@pytest.fixture
def played(monkeypatch):
    """Play numbers instead of borrowers; `team` is best."""
    log: list[tuple[str, int]] = []
    gains = {("team", "net_value"): 9e4, ("process", "net_value"): 8.6e4, ("ai", "cost"): 1.0}

    def one(at, strategy, replication):
        log.append((strategy.name, replication))
        whole = world(at.seed, replication + 1, gains, NAMES).measures
        mine = whole[(whole["strategy"] == strategy.name) & (whole["replication"] == replication)]
        daily = pd.DataFrame({"strategy": [strategy.name], "replication": [replication], "day": 0})
        return {"measures": mine, "daily": daily, "seats": daily, "segments": daily}

    monkeypatch.setattr(replications, "one", one)
    monkeypatch.setattr(running, "pool_of", lambda *_: None)
    monkeypatch.setattr(running, "fitted", lambda _, strategy: (strategy, {}))
    return log


def test_the_best_strategy_is_selected_and_the_worst_are_not_played_on(played):
    one = select(SCENARIO, NAMES, indifference=15_000, seed=2)
    plays = pd.Series([name for name, _ in played]).value_counts()
    assert one.found.best in ("team", "process")
    assert one.found.decided
    assert plays["phone_only"] == plays["ai"] == FIRST
    assert plays.sum() == one.found.plays == len(set(played))
    assert plays["team"] == one.found.replications
    assert next(s.name for s, *_ in one.rows()) == one.found.best
    json.dumps(one.to_dict())


def test_the_lowest_is_picked_where_less_is_better(played):
    one = select(SCENARIO, NAMES[:2], pick="complaints", indifference=0.5, seed=2)
    assert one.found.decided
    assert one.asked.pick == "complaints"


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ({"pick": "net_valu"}, "pick = 'net_valu': allowed"),
        ({"pick": "budget_spent"}, "pick = 'budget_spent': a metric of which more"),
        ({"indifference": 0.0}, "indifference = 0.0: a number above 0"),
        ({"indifference": math.nan}, "indifference = nan: a number above 0"),
        ({"confidence": 0.5}, "confidence = 0.5: a number above 0.5"),
        ({"most": 1}, "most = 1: a whole number from 2"),
        ({"strategies": ["team"]}, "strategies = 1: at least two"),
    ],
)
def test_a_selection_that_cannot_be_made_is_refused_in_one_line(asked, line):
    with pytest.raises(BadInput) as refused:
        select(SCENARIO, **{"strategies": NAMES, "indifference": 1.0, **asked})
    assert str(refused.value).startswith(line)
