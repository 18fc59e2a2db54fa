"""Cohorts and burn-ins: the compiled loop lives the same lives as plain Python."""

from __future__ import annotations

import ctypes
from importlib import import_module

import numpy as np
import pytest

from sim.agents import loan as loans
from sim.core.kernel import COMPILED, NotCompilableError
from sim.core.rng import stream
from sim.engine.fast.book import accounts_of, start_of
from sim.experiments.calibrate.lives import bot_first
from sim.play import cohort as cohorts
from sim.play import learning
from sim.play.cohort import cohort
from sim.play.pool import pool_of
from sim.play.run import Played, fitted
from sim.play.staging import setting
from sim.scenario import Scenario
from sim.strategies import SHELF
from sim.strategies.phone_only import PHONE_ONLY

compiled = pytest.mark.skipif(not COMPILED, reason="numba is not installed")


@pytest.fixture(scope="module")
def scenario():
    return Scenario.load("weilidai", ["book.pool=100", "trial.accounts=150", "trial.days=40"])


def plain(*_):
    raise NotCompilableError


@compiled
@pytest.mark.parametrize(
    "strategy",
    [*SHELF.values(), PHONE_ONLY.tuned(offered=0.5), bot_first(5, (0, 1, 2, 3, 4))],
    ids=lambda s: s.name,
)
def test_both_live_the_same_lives(scenario, strategy, monkeypatch):
    fast = cohort(scenario, strategy, range(7, 57), stream(3, 0), 200)
    monkeypatch.setattr(cohorts, "lived", plain)
    slow = cohort(scenario, strategy, range(7, 57), stream(3, 0), 200)
    for name, one, other in zip(fast._fields, fast, slow, strict=True):
        if name == "ledger":
            assert all(np.array_equal(one[key], other[key]) for key in one)
        elif name != "months":
            assert np.array_equal(one, other), name
    assert fast.month_ends() == slow.month_ends()


def test_a_cohort_keeps_count_of_its_money(scenario):
    lives = cohort(scenario, PHONE_ONLY, range(60), stream(1, 0), 150)
    for life, _, account in lives.month_ends():
        assert account.id == life
        assert account.loan.instalment == lives.instalments[life]
    assert all(
        lives.owed[life, day] == loans.balance(account.loan)
        for life, day, account in lives.month_ends()
    )


def test_accounts_come_back_from_records_as_they_were(scenario):
    donors = [a._replace(id=i) for i, a in enumerate(pool_of(scenario).late[:50])]
    assert accounts_of(start_of(donors)) == donors


@compiled
def test_both_burn_ins_write_the_same_log(scenario, monkeypatch):
    logs = []
    real = learning.burn_in

    def noted(*arguments):
        logs.append(real(*arguments))
        return logs[-1]

    monkeypatch.setattr(learning, "burn_in", noted)
    monkeypatch.setattr(learning, "kept", lambda name, key, make: make())
    for numba in (True, False):
        monkeypatch.setattr(learning, "COMPILED", numba)
        monkeypatch.setattr(import_module("sim.play.run"), "COMPILED", numba)
        learning._fitted.cache_clear()
        fitted(setting(scenario, 0, 20, 5), SHELF["ai"])
    learning._fitted.cache_clear()
    fast, slow = logs
    assert len(fast["who"]) > 50
    assert all(np.array_equal(fast[key], slow[key], equal_nan=True) for key in fast)


@compiled
def test_a_log_that_outgrows_its_room_is_played_again():
    plays = []

    def play(policy):
        plays.append(policy.params.room)
        counter = ctypes.c_int64.from_address(policy.params.counter)
        counter.value = 300_000 if len(plays) == 1 else 10
        return Played({}, np.zeros(0), np.zeros(0))

    _, rows = learning._compiled(learning.TRIAL.params, play)
    assert plays == [200_000, 300_000]
    assert len(rows) == 10
