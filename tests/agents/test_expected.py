"""What is expected is the expectation of what is drawn: complaints and breaches, day by day."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.agents.mind import complains, complaints_added
from sim.core.domain import DAY, Organisation
from sim.engine.fast import COMPILED
from sim.play.run import play
from sim.scenario import Scenario
from sim.scenario.world import world
from sim.strategies import SHELF

WORLD = world(Scenario(), Organisation())
FAR = 4.0  #: standard errors that chance does not explain
DAYS = 45


def chance_of_a_day(touches: list[tuple[float, float, float]]) -> float:
    """Chance of a complaint after touches (plain, bad, misconduct), over all their luck."""
    calm = 1.0
    for plain, bad, m in touches:
        calm *= (1 - m) * (1 - complains(WORLD, plain)) + m * (1 - complains(WORLD, bad))
    return 1.0 - calm


risks = st.tuples(st.floats(0, 0.5), st.floats(0, 0.5), st.floats(0, 1))


@given(st.lists(risks, min_size=1, max_size=3))
def test_the_touches_of_a_day_add_up_to_the_chance_of_its_one_complaint(touches):
    """Summed over what happened in the earlier touches, weighted with its chance."""
    paths, expected = [(1.0, 0.0)], 0.0
    for plain, bad, m in touches:
        expected += sum(p * complaints_added(WORLD, risk, plain, bad, m) for p, risk in paths)
        paths = [
            (p * share, risk + more)
            for p, risk in paths
            for share, more in ((1 - m, plain), (m, bad))
        ]
    assert expected == pytest.approx(chance_of_a_day(touches), abs=1e-12)


@given(st.floats(0, 0.5), st.floats(0, 0.5), st.floats(0, 0.5), st.floats(0, 1))
def test_no_day_expects_more_than_one_complaint(before, plain, bad, chance):
    already = complains(WORLD, before)
    assert already + complaints_added(WORLD, before, plain, bad, chance) <= 1.0 + 1e-12


@pytest.mark.skipif(not COMPILED, reason="numba is absent")
@pytest.mark.parametrize("times", [1, 5, 60])
@pytest.mark.parametrize("name", [n for n, s in SHELF.items() if s.fit is None])
def test_complaints_drawn_are_those_expected(small, name, times):
    scenario = small.with_({"borrower.complaint": float(times), "law.pause_days": 0})
    run = play(scenario, name, accounts=1_500, days=DAYS)
    day = run.ledger["time"].to_numpy() // DAY
    risk = (run.ledger["p_complaint"] + run.ledger["p_regulator"]).to_numpy()
    expected = risk[day < DAYS - 1].sum()  # what the last day leaves is drawn the day after
    drawn = int(((run.ledger["event"] == "complained").to_numpy() & (day > 0)).sum())
    assert abs(drawn - expected) <= FAR * math.sqrt(max(1.0, expected))


@pytest.mark.skipif(not COMPILED, reason="numba is absent")
@pytest.mark.parametrize("name", ["phone_only", "team", "process", "segmented", "outsourced"])
def test_breaches_that_happen_are_those_expected(small, name):
    """Misconduct reaches every strategy that talks, whatever its tones."""
    often = small.with_({"people.misconduct": 0.05})
    measures = play(often, name, accounts=1_500, days=DAYS).measures["numerator"]
    expected, found = float(measures["breaches"]), float(measures["breaches_realised"])
    assert expected > 50
    assert abs(found - expected) <= FAR * math.sqrt(expected)


def test_where_nobody_speaks_no_breach_can_occur(small):
    run = play(small, "do_nothing", accounts=60, days=20, engine="story")
    assert not np.any(run.ledger["p_breach"])
