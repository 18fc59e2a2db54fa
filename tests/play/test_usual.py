"""The lender's name: who goes on as before has the name that it had."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.engine.seasoning import calendar
from sim.play import usual
from sim.play.pool import pool_of
from sim.play.staging import fast, practice_by_month, setting
from sim.play.usual import anchored
from sim.strategies import SHELF


@pytest.fixture
def at(small):
    return setting(small, 3, 400, 60)


def name(at, pool, replication):
    days, practice = calendar(at.scenario, at.days), practice_by_month(at, SHELF["phone_only"])
    return fast(at, practice, days, pool, replication).lived().reputation


def test_the_present_practice_on_its_own_floor_has_the_usual_name(at):
    runs = range(10)
    scripted = [name(at, pool_of(at.scenario, r), r) for r in runs]
    floor = np.array([name(at, anchored(at, r), r) for r in runs])
    assert abs(floor.mean()) < 3.0 * floor.std(ddof=1) / np.sqrt(len(runs))
    assert abs(floor.mean()) < abs(np.mean(scripted))


def test_only_the_usual_risk_of_a_pool_is_another(at):
    mine, pool = anchored(at, 1), pool_of(at.scenario, 1)
    one, two = mine.arrays(), pool.arrays()
    assert all(np.array_equal(one[part], two[part]) for part in ("accounts", "traits"))
    assert one["numbers"][:2].tolist() == two["numbers"][:2].tolist()
    assert mine.usual_risk > 0.0


def test_what_a_run_asks_does_not_move_the_zero_and_the_floor_does(at):
    asked = replace(at, seed=9, days=30, accounts=70)
    callous = at.scenario.people.model_copy(update={"misconduct": 0.3})
    other = replace(at, scenario=at.scenario.model_copy(update={"people": callous}))
    assert anchored(asked, 0).usual_risk == anchored(at, 0).usual_risk
    assert anchored(other, 0).usual_risk > anchored(at, 0).usual_risk


def test_both_engines_find_the_same_zero(at, monkeypatch):
    quick = anchored(at, 0).usual_risk
    monkeypatch.setattr(usual, "fast", refuse)
    usual._remembered.cache_clear()
    monkeypatch.setattr(usual, "kept", lambda name, told, make: make())
    assert anchored(at, 0).usual_risk == pytest.approx(quick, rel=1e-12)
    usual._remembered.cache_clear()


def refuse(*_):
    raise usual.NotCompilableError("not today")
