"""Searches that were stopped go on where they were, and end as if nobody had stopped them."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from sim import Scenario, select
from sim.compare.comparison import running
from sim.core.domain import Rule
from sim.core.errors import BadInput
from sim.experiments.regulation import price
from sim.experiments.regulation.price import prices, read
from sim.experiments.selected import About, kept
from sim.experiments.sweep import plays
from sim.experiments.tune import Reach, tune
from sim.play.run import setting

WORLD = Scenario.load("weilidai", ["book.pool=100"])
NAMES = ("phone_only", "team", "process")


@pytest.fixture
def toy(monkeypatch):
    """Replications without borrowers: who is better is known, and every play is counted."""
    played = []

    def answers(self, work, tasks, told):
        for replication, name in tasks:
            played.append((name, replication))
            luck = np.random.default_rng(replication).normal() * 100
            value = 1e6 + 1e3 * NAMES.index(name) + luck
            rows = pd.DataFrame(
                {"strategy": [name], "replication": [replication], "metric": ["net_value"],
                 "numerator": [value], "denominator": [1.0]}
            )  # fmt: skip
            tables = {"measures": rows, "daily": rows, "seats": rows, "segments": pd.DataFrame()}
            yield (replication, name), SimpleNamespace(tables=tables, seconds=1.0)

    monkeypatch.setattr(running.Alone, "answers", answers)
    return played


def picked(place, *, resume=False, progress=None, seed=0):
    from sim.strategies import SHELF

    about = About(WORLD.fingerprint, [SHELF[n] for n in NAMES], {"seed": seed})
    with kept(place, about, resume=resume) as keep:
        return select(
            WORLD, NAMES, indifference=50.0, most=60, seed=seed, accounts=50, days=5, keep=keep,
            progress=progress,
        )  # fmt: skip


def test_a_selection_goes_on_and_repeats_nothing(toy, tmp_path):
    whole = picked(tmp_path / "whole.jsonl")
    plays_of_whole = list(toy)
    toy.clear()

    def stop(done, planned):
        if len(toy) == len(plays_of_whole) // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        picked(tmp_path / "cut.jsonl", progress=stop)
    before = list(toy)
    again = picked(tmp_path / "cut.jsonl", resume=True)
    assert again.to_dict() == whole.to_dict()
    assert sorted(toy) == sorted(plays_of_whole)
    assert set(before).isdisjoint(toy[len(before) :])


def test_a_selection_is_not_mixed_with_another(toy, tmp_path):
    picked(tmp_path / "a.jsonl")
    with pytest.raises(BadInput, match="a new file"):
        picked(tmp_path / "a.jsonl")
    with pytest.raises(BadInput, match="with which it began"):
        picked(tmp_path / "a.jsonl", resume=True, seed=1)
    with pytest.raises(BadInput, match="a file to go on with"):
        picked(None, resume=True)


def test_prices_go_on_and_repeat_nothing(tmp_path, monkeypatch):
    counted = []

    def replay(at, strategy, number, report, *, full):
        without = bool(at.scenario.regime)
        counted.append((number, without))
        value = 10.0 + number - (5.0 if without else 0.0)
        rows = {m: (value, 1.0, value) for m in price.METRICS}
        measures = pd.DataFrame.from_dict(
            rows, orient="index", columns=["numerator", "denominator", "value"]
        )
        if without and number == 1 and len(counted) <= 4:
            raise KeyboardInterrupt
        met = {"segment": ["rule"], "group": [int(Rule.CN_08)], "metric": ["blocked"],
               "numerator": [2.0], "denominator": [1.0]}  # fmt: skip
        return SimpleNamespace(measures=measures, segments=pd.DataFrame(met))

    monkeypatch.setattr(price, "replay", replay)
    at = setting(WORLD, 0, 20, 3)
    from sim.strategies import SHELF

    def priced(resume):
        keep = plays.Keep(tmp_path / "p.jsonl", {"verb": "rules", "hash": "x"}, read, resume)
        return prices(at, SHELF["phone_only"], [Rule.CN_08, Rule.CN_12], 2, keep=keep)

    with pytest.raises(KeyboardInterrupt):
        priced(False)
    first, second = priced(True)
    assert sorted(counted) == [(0, False), (0, True), (1, False), (1, True), (1, True)]
    assert first.refused == 2.0
    assert [gap.mean for gap in first.gaps] == [5.0] * 3
    assert (second.refused, second.gaps[0].mean) == (0.0, 0.0)


def world(strategy, levers, replication, seed):
    """A toy without borrowers: more of the lever is better, and luck is common."""
    luck = np.random.default_rng([seed, replication]).normal()
    gain = levers.get("legal_share", 0.0)
    return {m: (100.0 + gain + luck, 1.0) for m in ("net_value", "amount_recovered")}


def search(place, trials, *, resume=False):
    return tune(
        "toy", "toy", {"legal_share": Reach(0.0, 1.0)}, limits=(), study=place, resume=resume,
        objectives=("amount_recovered",), trials=trials, replications=2, held_out=2, shelf=(),
        play=world,
    )  # fmt: skip


def test_a_search_goes_on_with_more_trials(tmp_path):
    few = search(tmp_path / "s.jsonl", 3)
    more = search(tmp_path / "s.jsonl", 6, resume=True)
    assert len(few.trials) == 3
    assert len(more.trials) == 6
    assert more.trials[:3] == few.trials
    with pytest.raises(BadInput, match="replications"):
        tune(
            "toy", "toy", {"legal_share": Reach(0.0, 1.0)}, limits=(), study=tmp_path / "s.jsonl",
            resume=True, objectives=("amount_recovered",), trials=6, replications=3, held_out=2,
            shelf=(), play=world,
        )  # fmt: skip


def test_what_a_file_keeps_is_one_line_for_each_play(toy, tmp_path):
    picked(tmp_path / "a.jsonl")
    lines = (tmp_path / "a.jsonl").read_text().splitlines()
    about, *rest = [json.loads(line.partition("\t")[0]) for line in lines if line.strip()]
    assert about["verb"] == "select"
    assert sorted((name, r) for (r, name), _ in rest) == sorted(toy)
