"""Every strategy does what it says: nobody is left waiting, no means is a fiction, money is used.

Whole shelf, all scenarios, three sizes of book; minutes each.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from sim import play
from sim.agents.budget import staff
from sim.core.domain import Channel, Role
from sim.play.run import fitted, setting
from sim.scenario import Scenario, names
from sim.strategies import SHELF

DAYS = 90
STRATEGIES = [n for n, s in SHELF.items() if not s.reference]
FEW = 0.01  #: share of touches from which a means is really used
SIZES = [
    300,
    pytest.param(1_000, marks=pytest.mark.slow),
    pytest.param(5_000, marks=pytest.mark.slow),
]
shelf = pytest.mark.parametrize("name", STRATEGIES)
everywhere = pytest.mark.parametrize("scenario", names())
sizes = pytest.mark.parametrize("accounts", SIZES)
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("fast")]


@cache
def played(scenario, name, accounts):
    return play(Scenario.load(scenario), name, accounts=accounts, days=DAYS, detail="measures")


def by_channel(run, metric):
    rows = run.segments[(run.segments.segment == "channel") & (run.segments.metric == metric)]
    return {Channel(int(g)): n for g, n in zip(rows.group, rows.numerator, strict=True)}


def overtime(run, plan):
    """Cents that the purse paid for overtime: what wages are above the hours of the shifts."""
    posts = [p for p in plan.posts if p.role == Role.PHONE]
    phone = run.seats[(run.seats["role"] == Role.PHONE) & (run.seats["paid"] > 0)]
    if not posts or plan.overtime_price == 0.0:
        return 0.0
    usual = sum(p.wage for p in posts) / sum(p.paid for p in posts) / 30.0  # a day, per second
    above = phone["wages"] - usual * phone["paid"]
    return max(0.0, plan.overtime_price * float((above / (plan.overtime_price - usual)).sum()))


@sizes
@everywhere
@shelf
def test_nobody_is_refused_the_same_touch_five_days_running_without_other_work(
    scenario, name, accounts
):
    run = played(scenario, name, accounts)
    assert run.measures.loc["stuck", "numerator"] <= 0.001 * accounts


@sizes
@everywhere
@shelf
def test_every_means_that_a_strategy_names_is_really_used(scenario, name, accounts):
    run, strategy = played(scenario, name, accounts), SHELF[name]
    done = by_channel(run, "done")
    whole = sum(done.values())
    for channel in strategy.means:
        assert done[channel] >= FEW * whole or channel in strategy.sparing, (channel, done)
    assert bool(strategy.sparing) == bool(strategy.sparingly.en and strategy.sparingly.zh)


@sizes
@everywhere
@shelf
def test_no_budget_comes_back_while_wishes_are_lost(scenario, name, accounts):
    """What vacancies leave is nobody's choice: the plan counts, and what the purse has left."""
    s, strategy = Scenario.load(scenario), SHELF[name]
    plan, run = staff(s, strategy.organisation, accounts, "same"), played(scenario, name, accounts)
    spent = 100.0 * sum(by_channel(run, "cost").values()) + overtime(run, plan)
    left = plan.budget - plan.planned + max(0.0, plan.purse - spent * 30.0 / DAYS)
    assert left <= 0.1 * plan.budget or run.measures.loc["lost_days", "value"] <= 2.0


@pytest.mark.parametrize("scenario", ["weilidai", "internet_personal_loan"])
def test_a_larger_purse_is_never_worse_for_the_models_beyond_luck(scenario):
    s = Scenario.load(scenario)
    ready = replace(fitted(setting(s, 0, 1_000, DAYS), SHELF["ai"])[0], fit=None)

    def values(share):
        rich = ready.organised(purse_share=share)
        runs = (
            play(s, rich, replication=r, accounts=1_000, days=DAYS, detail="measures")
            for r in range(6)
        )
        return np.array([run.measures.loc["net_value", "value"] for run in runs])

    gain = values(0.1) - values(0.04)
    assert gain.mean() + 2.6 * gain.std(ddof=1) / np.sqrt(len(gain)) > 0.0
