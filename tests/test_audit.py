"""The parameter audit: every knob moves what it is declared to move, and nobody else's luck.

A knob is moved to an end of its range. What it must change stands in `MOVES`, by section or by
knob: how people live (`lives`: entrants treated with everything, no queues), whom the money pays
(`floor`), or what a whole run is worth (`run`). A knob that moves nothing fails.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from cohorts import ANYTHING

from sim.budget import attempt_cost, staff
from sim.cohort import cohort
from sim.domain import Event
from sim.experiment import play
from sim.population import newly_late
from sim.rng import stream
from sim.scenario import Scenario
from sim.scenario.changes import shape

pytestmark = pytest.mark.slow

#: What a section's knobs move first; the dearer outcomes are asked only where this one is silent.
MOVES = {
    "book": ("lives", "run"), "kinds": ("lives", "run"), "borrower": ("lives", "run"),
    "tones": ("lives",), "channels": ("lives", "floor", "run"), "floor": ("floor", "lives", "run"),
    "people": ("floor", "run"), "law": ("lives", "run"), "court": ("lives", "run"),
    "agency": ("run",), "money": ("run",), "budget": ("floor",), "trial": ("models",),
    "difference": ("verdict",),
}  # fmt: skip
#: Knobs of a question, not of the world, and what is asked of them elsewhere.
ELSEWHERE = {
    "trial": "what models learn from: tests/test_strategies.py",
    "difference": "limits of the verdict: tests/test_verdict.py",
    "channels.none": "no channel",
}
#: Where a knob speaks only if another does: what must be on.
CONTEXT = {
    "borrower.reputation": {"people.misconduct": 0.2},
    "borrower.habit": {}, "borrower.reveal_empathy": {},
    "borrower.nudge_unnamed": {"channels.sms.named": False, "channels.push.named": False},
    "budget.amortise_months": {},
    "floor.exponential": {},
    "people.supervisor_skill": {}, "people.supervisor_share": {},
}  # fmt: skip
#: Switched off by default, so half of nothing is nothing: the value to move to.
ENDS = {
    "borrower.habit": 0.5, "borrower.age_months": 1.0, "book.growth": 0.2, "book.count_low": 6,
    "book.count_high": 24, "book.older_than_m6": False, "floor.exponential": True,
    "law.adherence": 0.5, "law.quiet_from": 15, "law.quiet_to": 11, "law.talks_a_day": 0,
    "law.attempts_a_day": 1, "law.accelerate_dpd": 40, "budget.monthly": 2e7,
    "borrower.promise_span": 0.5, "floor.weekdays": (0, 1), "floor.country": "",
    "book.season": (0.5,) * 12, "book.regions": (0.1, 0.2, 0.3, 0.4),
    "book.grades": (0.6, 0.1, 0.1, 0.1, 0.1), "floor.travel_minutes": (5.0,) * 4,
    "floor.travel_cost": (0.0,) * 4,
}  # fmt: skip
BASE = Scenario().with_(
    {"book.pool": 100, "court.judgment_days": 20.0, "court.enforcement_days": 20.0,
     "law.sandbox": True}
)  # fmt: skip
KNOBS = [
    row.path
    for row in BASE.knobs()
    if not any(row.path == e or row.path.startswith(e + ".") for e in ELSEWHERE)
]


def moved(path: str) -> tuple[Scenario, Scenario] | None:
    """Return the world and the same with the knob at another end; None where it has no range."""
    world = BASE.with_(CONTEXT.get(path, {}))
    row = next(r for r in world.knobs() if r.path == path)
    low, high = (ENDS[path],) * 2 if path in ENDS else row.sweep if row.sweep else (None, None)
    if low is None:
        return None
    value = high if high != row.value else low
    if shape(path).kind == "whole":
        value = int(row.value + 1 if round(float(value)) == row.value else round(float(value)))
    changes = {path: value}
    if path.startswith("kinds.") and path.endswith(".share"):
        other = "gap" if ".gap." not in path else "collapse"
        rest = getattr(world.kinds, other).share - (value - row.value)
        changes[f"kinds.{other}.share"] = rest
    return world, world.with_(changes)


def lives(scenario: Scenario) -> tuple[float, ...]:
    """How people live whom somebody treats with everything: counts, cents, risks."""
    told = cohort(scenario, ANYTHING, range(150), stream(4, 0), 150)
    counts = np.bincount(told.ledger["event"], minlength=max(Event) + 1).tolist()
    columns = ("amount", "cost", "p_complaint", "p_regulator", "p_breach", "talk_seconds")
    sums = [float(told.ledger[c].sum()) for c in columns]
    return (*counts, *sums, float(told.owed.sum()))


def floor(scenario: Scenario) -> tuple[object, ...]:
    """Whom the money pays, and what an attempt costs."""
    return (staff(scenario, ANYTHING.organisation, 1_000, "same"), attempt_cost(scenario))


def run(scenario: Scenario) -> tuple[float, ...]:
    """Every measure of a short run of a strategy with people, crews, letters and a legal desk."""
    organised = ANYTHING.organised(
        field_share=0.2, legal_share=0.1, purse_share=0.2, bot_ports=20.0, supervisor_after=1,
        shared_notes=True, incentive=0.5, inspection=0.1, training_hours=2.0, coaching_hours=2.0,
        repair=1.0,
    )  # fmt: skip
    told = play(scenario, organised, accounts=150, days=100, detail="measures")
    return tuple(np.nan_to_num(told.measures["value"].to_numpy(dtype=float)).tolist())


OUTCOMES = {"lives": lives, "floor": floor, "run": run}


@cache
def usual(outcome: str, context: str) -> tuple[object, ...]:
    """Return what comes out before the knob is moved, once for all that need nothing special."""
    return OUTCOMES[outcome](BASE.with_(CONTEXT.get(context, {})))


@pytest.mark.parametrize("path", KNOBS)
def test_a_knob_moves_what_it_is_declared_to_move(path):
    pair = moved(path)
    if pair is None:
        pytest.skip("no range")
    _, other = pair
    for outcome in MOVES[path.partition(".")[0]]:
        if usual(outcome, path if CONTEXT.get(path) else "") != OUTCOMES[outcome](other):
            return
    pytest.fail(f"{path} moves nothing at {other}")


#: Drawn at entry from luck alone: no knob has a say in it.
OWN = ("luck", "best_hour", "payday", "patience")
#: Sections that say who becomes late. All others leave the same people with the same traits.
PEOPLE = ("book", "kinds", "borrower")


@pytest.mark.parametrize("path", KNOBS)
def test_a_knob_leaves_everybody_elses_luck_alone(path):
    pair = moved(path)
    if pair is None:
        pytest.skip("no range")
    for who in range(40):
        before, after = (newly_late(s, 11, 12, who, 3) for s in pair)
        assert all(getattr(before.traits, n) == getattr(after.traits, n) for n in OWN)
        if path.partition(".")[0] not in PEOPLE:
            assert before == after
