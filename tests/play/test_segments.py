"""Numbers by group: the groups add up to the whole, and a difference names whom it concerns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sim.compare.comparison import compare, groups
from sim.core.domain import Kind, Rule
from sim.experiments.replay import stored, unlike
from sim.play.metrics.segments import PEOPLE, WAITS
from sim.play.outcome import grouped
from sim.play.run import play
from sim.store.runs import RunStore

WHOLE = ["recovery_rate", "success_rate", "complaints", "harsh_contacts", "satisfaction"]


@pytest.fixture(scope="module")
def run(small):
    return play(small, "phone_only", seed=3, accounts=80, days=25, engine="story")


@pytest.fixture(scope="module")
def found(small):
    return compare(
        small, ["phone_only", "process"], replications=5, seed=3, accounts=40, days=12,
        engine="story",
    )  # fmt: skip


def summed(segments: pd.DataFrame, segment: str, metric: str) -> tuple[float, float]:
    rows = segments[(segments["segment"] == segment) & (segments["metric"] == metric)]
    return rows["numerator"].sum(), rows["denominator"].sum()


@pytest.mark.parametrize("metric", WHOLE)
@pytest.mark.parametrize("segment", PEOPLE)
def test_the_groups_of_borrowers_add_up_to_the_book(run, segment, metric):
    whole = run.measures.loc[metric]
    x, y = summed(run.segments, segment, metric)
    assert x == pytest.approx(whole["numerator"], rel=1e-9, abs=1e-9)
    # harsh contacts have the shelf's denominator, accounts, in ones
    assert y == pytest.approx(whole["denominator"], rel=1e-9)


def test_the_groups_are_those_of_the_people_in_the_book(run):
    rows = run.segments.query("segment == 'kind' and metric == 'harsh_contacts'")
    counts = run.final["hidden_kind"].value_counts()
    for kind in Kind:
        mine = rows[rows["group"] == kind]["denominator"].iloc[0]
        assert mine == counts.get(int(kind), 0)


@pytest.mark.parametrize("metric", ["blocked", "breaches", "breaches_realised"])
def test_the_rules_add_up_to_the_law(small, metric):
    loose = small.with_({"law.adherence": 0.3, "law.talks_a_day": 0})
    run = play(loose, "phone_only", seed=3, accounts=80, days=25, engine="story")
    x, _ = summed(run.segments, "rule", metric)
    assert x > 0
    assert x == pytest.approx(run.measures.loc[metric]["numerator"])
    blocked = run.segments.query("segment == 'rule' and metric == 'blocked' and numerator > 0")
    assert Rule.CN_02 in set(blocked["group"])


def test_the_weeks_add_up_to_the_run(run):
    x, _ = summed(run.segments, "week", "unserved")
    assert x == run.measures.loc["unserved"]["numerator"]


def test_every_wait_of_a_phone_seat_is_in_one_bin(run):
    seats = run.seats[run.seats["role"] == 1]
    work, _ = summed(run.segments, "wait", "wait_work")
    ours = run.ledger["event"].isin(["dialled", "reached", "unserved"])
    assert work == (ours & (run.ledger["channel"] == "phone")).sum()
    assert work <= seats["tickets"].sum()


def test_blocks_of_accounts_add_up_to_the_book(run):
    rows = [tuple(r) for r in run.segments.itertuples(index=False)]
    twice = grouped([*rows, *rows])
    assert list(twice["segment"]) == list(run.segments["segment"])
    assert np.array_equal(twice["numerator"], 2 * run.segments["numerator"])


# --- compared -------------------------------------------------------------------------------------


def test_a_difference_in_a_group_is_the_strategys_less_the_baselines(found):
    for gap in groups.gaps(found, "process", "region", "recovery_rate"):
        mine, base = (
            groups.level(found, s, "region", "recovery_rate", gap.group)
            for s in ("process", "phone_only")
        )
        assert gap.difference == pytest.approx(mine - base)
        assert gap.low <= gap.difference <= gap.high


def test_the_groups_sizes_are_shares_of_one_book(found):
    for segment in PEOPLE:
        assert sum(s.share for s in groups.sizes(found, segment).values()) == pytest.approx(1.0)


def test_no_group_differs_from_itself(found):
    same = replace(found, baseline="process")
    for gap in groups.gaps(same, "process", "grade", "complaints"):
        assert gap.difference == 0


def test_the_median_wait_lies_where_half_have_waited(found):
    rows = pd.DataFrame(
        [("phone_only", 0, "wait", i, "wait_work", float(n), 1.0)
         for i, n in enumerate([0, 0, 4, 4] + [0] * (len(WAITS) - 3))],
        columns=["strategy", "replication", "segment", "group", "metric", "numerator",
                 "denominator"],
    )  # fmt: skip
    made = replace(found, segments=rows)
    middle, most = groups.waits(made, "phone_only", "wait_work", [0.5, 1.0])
    assert middle == WAITS[2]
    assert most == WAITS[3]


# --- kept -----------------------------------------------------------------------------------------


def test_a_run_keeps_its_groups_and_one_without_them_still_opens(small, tmp_path, found):
    from sim.experiments.question import Question
    from sim.experiments.replay import begin

    question = Question(small, "weilidai", (), ("phone_only", "process"), 5, 3, 40, 12, "same",
                        "in_place", "new", "story", "phone_only")  # fmt: skip
    for name, lacking in (("new", ()), ("old", ("segments",))):
        folder = begin(question, tmp_path / name)
        for replication in found.replications:
            for strategy in question.strategies:
                tables = {
                    key: rows[(rows["strategy"] == strategy) & (rows["replication"] == replication)]
                    for key, rows in (
                        ("measures", found.measures.query("metric != 'added_recovery'")),
                        ("daily", found.daily), ("seats", found.seats),
                        ("segments", found.segments),
                    )
                    if key not in lacking
                }  # fmt: skip
                folder.keep(strategy, replication, tables)
        folder.close("complete")
    old, new = (RunStore(tmp_path).open(tmp_path / name) for name in ("old", "new"))
    assert groups.known(stored(new), "region")
    assert not groups.known(stored(old), "region")
    assert stored(old).verdict().state == stored(new).verdict().state
    assert unlike(old, new) == []
