"""Beat the lab: what a team chooses is a strategy that anybody can play, under one budget."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.core.errors import BadInput
from sim.lessons import contest
from sim.lessons.contest import LADDERS, Plan, Played
from sim.strategies import SHELF, made

PLANS = st.builds(
    Plan, st.sampled_from(sorted(LADDERS)), st.integers(0, 3), st.integers(0, 20),
    st.integers(0, 20),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(PLANS)
def test_every_plan_is_a_recipe_and_the_budget_pays_somebody(plan):
    strategy = made(contest.recipe(plan, "A team"))
    assert strategy.organisation.training_hours == plan.training
    assert contest.collectors(plan) > 0


@settings(max_examples=20, deadline=None)
@given(PLANS, st.integers(1, 19))
def test_whoever_inspects_more_has_fewer_collectors(plan, more):
    lean = plan._replace(checked=0)
    assert contest.collectors(lean) >= contest.collectors(plan._replace(checked=more))


@pytest.mark.parametrize(
    "plan",
    [Plan("bribes"), Plan(tone=4), Plan(tone=-1), Plan(training=21), Plan(checked=1.5),
     Plan(training=True)],
)  # fmt: skip
def test_what_cannot_be_chosen_is_refused(plan):
    with pytest.raises(BadInput):
        contest.recipe(plan)


def test_a_tone_reaches_the_strategy_where_the_ladder_has_one():
    for name, ladder in LADDERS.items():
        strategy = made(contest.recipe(Plan(name, tone=2)))
        usual = SHELF[ladder.base].params
        assert strategy.params == (usual._replace(**{ladder.tone: 2}) if ladder.tone else usual)


def test_all_meet_the_same_borrowers_and_luck():
    small = {"accounts": 30, "days": 8}
    plan = Plan("calls", tone=2)
    assert contest.played(plan, **small) == contest.played(plan, **small)
    usual = contest.played(Plan("calls", tone=1), **small)
    assert usual == contest.lab("phone_only", **small)


def test_the_weight_of_complaints_decides_who_leads():
    hard, soft = Played(1_500, 110_000, 10_000, 5.0), Played(1_500, 105_000, 10_000, 0.5)
    assert hard.points(1_000) > soft.points(1_000)
    assert hard.points(10_000) < soft.points(10_000)
