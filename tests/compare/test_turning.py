"""A verdict that says adopt is not turned by the seed, the pools and fits, or the horizon.

`SEEDS` in the environment says over how many worlds; each has luck, pools and fits of its own, is
played over two horizons, and is doubted by joint draws of the assumptions.
"""

from __future__ import annotations

import itertools
import os
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from sim.compare import stats
from sim.compare.comparison import Comparison
from sim.compare.comparison.replications import one
from sim.compare.comparison.running import with_added
from sim.experiments.ensemble import doubt
from sim.play.staging import setting
from sim.scenario import Scenario
from sim.strategies import SHELF

pytestmark = pytest.mark.slow

SEEDS = range(int(os.environ.get("SEEDS", "5")))
NAMES = ("phone_only", "team", "process", "ai")
DAYS = (60, 90)
REPLICATIONS, GROUPS = 10, 10
SMALL = ["book.pool=1000", "trial.accounts=4000"]
DRAWS = 40  #: of the assumptions; 25 that all agree are enough to adopt


@cache
def played(seed: int, days: int) -> Comparison:
    """Compare the usual strategies in a world whose luck, pools and fits are its own."""
    at = setting(Scenario.load("weilidai", SMALL), seed, 400, days, groups=GROUPS)
    at, strategies = replace(at, first=1_000 * seed), tuple(SHELF[n] for n in NAMES)
    tables = [one(at, s, r) for r in range(REPLICATIONS) for s in strategies]
    assert not any(isinstance(t, str) for t in tables)
    frames = {k: pd.concat([t[k] for t in tables], ignore_index=True) for k in tables[0]}
    return Comparison(
        at, strategies, NAMES[0], with_added(frames["measures"]), frames["daily"],
        frames["seats"], REPLICATIONS, segments=frames["segments"],
    )  # fmt: skip


def surely_ahead(found: Comparison, name: str, other: str) -> bool:
    """Tell whether *name* is shown to be ahead of *other* by what matters."""
    gap = stats.paired(found.ratio(name, "net_value"), found.ratio(other, "net_value"))
    return bool(stats.interval(gap)[0] > found.margin("net_value"))


def test_no_two_verdicts_that_advise_contradict_each_other():
    """Given the assumptions: whom one verdict takes, no other shows to be behind."""
    found = {(s, d): played(s, d) for s, d in itertools.product(SEEDS, DAYS)}
    taken = {at: c.verdict() for at, c in found.items()}
    taken = {at: v.strategy for at, v in taken.items() if v.state in ("adopt", "given")}
    sys.stdout.write(f"taken: {taken} of {len(found)} verdicts\n")
    for (at, name), (there, other) in itertools.permutations(taken.items(), 2):
        assert not surely_ahead(found[there], NAMES[0], name), (at, there)
        contradict = surely_ahead(found[at], name, other) and surely_ahead(
            found[there], other, name
        )
        assert name == other or not contradict, (at, there)


def test_verdicts_that_adopt_with_both_lines_name_one_strategy(tmp_path: Path):
    adopted = set()
    for seed in SEEDS:
        place = tmp_path / f"{seed}"
        place.mkdir()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(doubt, "MOST", DRAWS)
            patch.setattr(doubt, "LEARNS", DRAWS + 1)
            found = doubt.doubted(played(seed, DAYS[-1]), place, 1e6)
        verdict = found.verdict()
        sys.stdout.write(f"seed {seed}: {verdict.state} {verdict.strategy} {found.over}\n")
        if verdict.state == "adopt":
            adopted.add(verdict.strategy)
    assert len(adopted) <= 1
