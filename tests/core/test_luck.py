"""Shared luck: nobody's draws hang on somebody else, on the strategy, or on who computes them."""

from __future__ import annotations

import sys
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from multiprocessing import get_context
from types import ModuleType

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim.core.kernel
from sim import Scenario, play
from sim.agents.population import SERIAL, entrants
from sim.agents.population import book as starting_book
from sim.core.domain import Event
from sim.core.rng import Purpose, stream
from sim.play.pool import REPLICATION, SEED, pool_of
from sim.strategies import SHELF

NAMES = [name for name in SHELF if name != "ai"]
TABLES = ("ledger", "seats", "daily", "final", "measures")
LUCK = stream(1, 0)


def same(one, other) -> bool:
    return all(getattr(one, t).equals(getattr(other, t)) for t in TABLES)


def lines(facts):
    """Postings by account, without the collector who happened to be free."""
    told = defaultdict(list)
    for p in facts.postings:
        told[p.account].append(p._replace(resource=0))
    return told


# --- one more borrower, one more strategy ------------------------------------------------------


@pytest.fixture(scope="module")
def funded(plain):
    """Plain people, and money for every wish.

    The purse is shared: where it is short, one more borrower leaves less of it, and another is
    first in turn to draw on it. That is scarcity, as for seats, and not luck.
    """
    return plain.with_({"budget.monthly": 1e9})


@pytest.mark.parametrize("name", NAMES)
def test_one_more_borrower_changes_nobody_elses_life(funded, tell, seats, name):
    pool, posts = pool_of(funded), seats(200)
    few, more = (starting_book(funded, pool.late, pool.current, (LUCK, LUCK), n) for n in (60, 61))
    old, new = (
        lines(tell(funded, name, accounts=60, book=b, days=25, posts=posts, inflow=False))
        for b in (few, more)
    )
    assert not any(p.event == Event.UNFUNDED for life in new.values() for p in life)
    assert set(new) - set(old) == {60}
    assert all(new[who] == old[who] for who in old)


def test_a_larger_inflow_renames_nobody(small):
    streams = (stream(4, 0), stream(4, 0))
    busier = small.with_({"book.entry_rate": 2.0})
    assert sum(len(entrants(busier, streams, 100, d)) for d in range(30)) > 100
    for day in range(30):
        few, many = (entrants(s, streams, 100, day) for s in (small, busier))
        assert many[: len(few)] == few
        assert all(a.id // SERIAL == day + 1 for a in many)


def test_a_larger_inflow_changes_nobody_elses_life(funded, tell, seats):
    busier, posts = funded.with_({"book.entry_rate": 1.0}), seats(300)
    old, new = (lines(tell(s, "process", days=25, posts=posts)) for s in (funded, busier))
    assert set(old) < set(new)
    assert all(new[who] == old[who] for who in old)


@pytest.mark.parametrize("name", ["do_nothing", "process"])
def test_one_more_strategy_changes_no_other(small, name):
    alone = play(small, name, seed=2, accounts=60, days=25)
    play(small, "team", seed=2, accounts=60, days=25)
    assert same(play(small, name, seed=2, accounts=60, days=25), alone)


def test_every_strategy_meets_the_same_borrowers(small):
    runs = [play(small, n, seed=5, accounts=60, days=25).ledger for n in NAMES]
    came = [
        r.loc[r["event"].isin(["opened", "entered"]), ["account_id", "time", "amount", "dpd"]]
        for r in runs
    ]
    for rows in came[1:]:
        pd.testing.assert_frame_equal(
            rows.reset_index(drop=True), came[0].reset_index(drop=True), check_exact=True
        )


def test_until_the_first_touch_lives_run_alike(plain, tell, seats):
    posts = seats(100)
    idle, busy = (
        lines(tell(plain, n, days=25, posts=posts, inflow=False)) for n in ("do_nothing", "process")
    )
    for who, told in busy.items():
        untouched = next((i for i, p in enumerate(told) if p.channel), len(told))
        assert idle[who][:untouched] == told[:untouched]


# --- serial, parallel, replayed ----------------------------------------------------------------


def _one(name: str, replication: int):
    small = Scenario.load("weilidai", ["book.pool=100"])
    return play(small, name, seed=8, replication=replication, accounts=60, days=20)


def test_serial_parallel_and_replayed_runs_are_the_same(small, monkeypatch):
    # Pages that are drawn in tests leave their script as the main module, which a child would run.
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    pool_of(small)
    jobs = list(product(("phone_only", "process"), range(3)))
    serial = [_one(*job) for job in jobs]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        parallel = list(pool.map(_one, *zip(*jobs, strict=True)))
    assert all(map(same, serial, parallel))
    assert same(_one("process", 2), serial[-1])


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**4)), min_size=2, unique=True))
@settings(deadline=None)
def test_two_seeds_share_no_replication(pairs):
    assert len({stream(*pair) for pair in pairs}) == len(pairs)


def test_other_seeds_and_replications_are_other_worlds(small):
    runs = [
        play(small, "phone_only", seed=s, replication=r, accounts=40, days=10)
        for s, r in ((0, 0), (0, 1), (1, 0), (1, 1))
    ]
    opened = [tuple(r.ledger.loc[r.ledger["event"] == "opened", "amount"]) for r in runs]
    assert len(set(opened)) == 4


def test_no_run_shares_the_pools_people():
    assert REPLICATION < 0
    assert stream(SEED, REPLICATION) not in {stream(SEED, r) for r in range(1_000)}


def test_a_frozen_book_keeps_its_people_and_changes_their_luck(small):
    frozen = [
        play(small, "phone_only", replication=r, accounts=40, days=20, book="frozen", budget="own")
        for r in (0, 1)
    ]
    opened = [
        r.ledger.loc[r.ledger["event"] == "opened", ["account_id", "amount"]].to_numpy()
        for r in frozen
    ]
    assert (opened[0] == opened[1]).all()
    assert not frozen[0].ledger.equals(frozen[1].ledger)


# --- keys --------------------------------------------------------------------------------------

#: Decided once per touch: a second draw of the same key would be another touch's luck. TALK is
#: left out: a crew asks how long a visit will take before it leaves.
PER_TOUCH = {
    Purpose.OUTCOME, Purpose.ADHERES, Purpose.MISCONDUCT, Purpose.REASON,
    Purpose.ATTEMPT_MISCONDUCT,
}  # fmt: skip
#: Asked of people in two ways that are one decision, or shown to strategies.
SHARED = {Purpose.VALID, Purpose.GATE}


@pytest.fixture
def keys(monkeypatch):
    """Every draw of a run: (purpose, key, k) to the places in the source that asked."""
    asked = defaultdict(list)
    draw = sim.core.kernel.draw

    def watched(key, purpose, k):
        frame = sys._getframe(1)
        asked[int(purpose), key, k].append(
            (frame.f_code.co_filename.rpartition("/")[2], frame.f_code.co_name)
        )
        return draw(key, purpose, k)

    for name, module in list(sys.modules.items()):
        if name.startswith("sim.") and getattr(module, "draw", None) is draw:
            monkeypatch.setattr(module, "draw", watched)
    return asked


def test_no_key_is_used_for_two_decisions(small, tell, anything, everybody, keys):
    chatty = small.with_({"borrower.rings": 2.0, "borrower.reach": 0.8})
    tell(chatty, anything, accounts=100, days=40, posts=everybody)
    places = defaultdict(set)
    for (purpose, _, _), askers in keys.items():
        places[purpose] |= set(askers)
        if purpose in PER_TOUCH:
            assert len(askers) == 1, (Purpose(purpose).name, askers)
    assert {int(p) for p in PER_TOUCH} <= set(places)
    for purpose, found in places.items():
        assert len(found) == 1 or purpose in SHARED, (Purpose(purpose).name, found)
