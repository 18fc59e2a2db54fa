"""Replications that share a pool or a fit: intervals count groups, and so does `auto`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import world

from sim.compare import sequential, stats
from sim.compare.comparison.result import PARTS, REFITTED
from sim.compare.sequential import Gap

GROUPS = 8


def shared(seed, replications, luck=1.0, between=1.0, groups=GROUPS):
    """Residuals in which the same hidden draw moves all replications of one group."""
    rng = np.random.default_rng(seed)
    draws = between * rng.normal(size=groups)
    return draws[np.arange(replications) % groups] + luck * rng.normal(size=replications)


def labels(replications, groups=GROUPS):
    return tuple(r % groups for r in range(replications))


@given(st.integers(0, 10_000), st.sampled_from([8, 16, 20, 33]))
def test_an_interval_over_groups_is_that_of_their_means(seed, replications):
    x = shared(seed, replications)
    label = labels(replications)
    y = np.ones(replications)
    r = stats.ratio(stats.clustered(x, label), stats.clustered(y, label))
    assert r.estimate == pytest.approx(x.mean())
    assert r.residuals.size == GROUPS
    assert abs(r.residuals.sum()) < 1e-9


def test_with_as_many_groups_as_replications_nothing_changes():
    x = np.array([3.0, 1.0, 2.0])
    assert (stats.clustered(x, (0, 1, 2)) == x).all()
    assert (stats.clustered(x, (5, 0, 5)) == [1.0, 5.0]).all()


@pytest.mark.parametrize("between", [0.0, 1.0, 3.0])
def test_intervals_over_groups_hold_and_those_over_replications_do_not(between):
    hits, naive = 0, 0
    for seed in range(1_500):
        x, y = shared(seed, 24, between=between), np.ones(24)
        pair = (stats.clustered(v, labels(24)) for v in (x, y))
        low, high = stats.interval(stats.ratio(*pair))
        hits += low <= 0.0 <= high
        low, high = stats.interval(stats.ratio(x, y))
        naive += low <= 0.0 <= high
    assert hits / 1_500 == pytest.approx(0.95, abs=0.02)
    assert between == 0.0 or naive / 1_500 < 0.85


def test_the_variance_is_split_into_luck_and_what_groups_share():
    splits = [stats.components(shared(s, 40, 1.0, 2.0), labels(40)) for s in range(400)]
    luck, between = np.mean(splits, axis=0)
    assert luck == pytest.approx(1.0, rel=0.05)
    assert between == pytest.approx(4.0, rel=0.15)


def test_what_cannot_be_split_is_missing():
    split = stats.components(np.arange(8.0), labels(8))
    assert np.isnan(split.luck)
    assert np.isnan(split.shared)


def test_a_difference_that_groups_leave_too_wide_asks_for_no_replications():
    wide = Gap(shared(1, 80, 0.1, 5.0), 0.5, labels(80), GROUPS)
    narrow = Gap(shared(1, 80, 5.0, 0.0), 0.5, labels(80), GROUPS)
    assert sequential.needed([wide]) == [None]
    assert sequential.after([wide]) == 80
    assert sequential.needed([narrow])[0] > 80


def test_widths_are_those_of_the_groups():
    x = shared(2, 24, 0.1, 5.0)
    together = sequential.half_widths([Gap(x, 1.0, labels(24), GROUPS)])
    apart = sequential.half_widths([Gap(x, 1.0)])
    assert together > 1.4 * apart


def in_groups(found, groups):
    return replace(found, setting=replace(found.setting, groups=groups))


def test_a_comparison_counts_groups_wherever_it_says_how_sure_it_is():
    found = in_groups(world(3, 24), GROUPS)
    assert found.ratio("process", "net_value").residuals.size == GROUPS
    assert found.alone("process", "net_value").residuals.size == 24
    assert set(found.labels) == set(range(GROUPS))
    row = found.luck().set_index("metric").loc["net_value"]
    gap = found.differences().set_index("metric").loc["net_value"]
    assert row["half_width"] == pytest.approx((gap["ci_high"] - gap["ci_low"]) / 2)


def test_missing_replications_leave_the_others_in_their_groups():
    found = world(3, 24)
    found = in_groups(replace(found, measures=found.measures.query("replication != 3")), GROUPS)
    assert found.labels == tuple(r % GROUPS for r in range(24) if r != 3)
    assert found.ratio("process", "net_value").residuals.size == GROUPS


def test_the_parts_of_a_comparison_come_with_the_numbers_of_their_draws():
    found = in_groups(world(3, 20), GROUPS)
    rows = [found.measures]
    for metric in set(PARTS.values()) - {"net_value"}:
        net = found.measures[found.measures["metric"] == "net_value"]
        rows.append(net.assign(metric=metric))
    whole = replace(found, measures=pd.concat(rows, ignore_index=True))
    table = whole.parts()
    assert list(table.columns) == [
        "strategy", "replication", "pool", "fit", "accounts", *PARTS
    ]  # fmt: skip
    assert (table["pool"] == table["replication"] % GROUPS).all()


def test_another_fit_of_the_same_replication_tells_what_a_fit_is_worth():
    found = world(3, 10, strategies=("phone_only", "ai"))
    mine = found.measures.query("strategy == 'ai' and metric == 'net_value' and replication < 8")
    step = np.where(mine["replication"] % 2, 3_000.0, -3_000.0)
    other = mine.assign(metric=REFITTED, numerator=mine["numerator"] + step)
    whole = replace(found, measures=pd.concat([found.measures, other], ignore_index=True))
    row = whole.doubts().iloc[0]
    assert row["fit"] == pytest.approx(3_000.0 / 2.0**0.5)
    assert np.isnan(found.doubts().iloc[0]["fit"])
    assert world(3, 10).doubts().iloc[0]["fit"] == 0.0  # nothing is fitted
