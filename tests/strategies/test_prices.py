"""No free lunch: every lever has a price, or whoever uses it cannot be adopted."""

from __future__ import annotations

import math

import pytest

from sim.agents.budget import checks, collector_pay, hours_off, staff, tracing
from sim.compare import verdict
from sim.core.domain import Organisation, Role
from sim.scenario import Scenario
from sim.strategies import SHELF, prices

BASE = Scenario.load("weilidai")


def test_every_lever_is_priced_or_is_money_or_no_gain():
    assert set(prices.PRICES) | set(prices.MONEY) == set(Organisation._fields)
    assert not set(prices.PRICES) & set(prices.MONEY)


def test_every_price_is_a_knob_with_a_source_and_is_above_zero_by_default():
    knobs = {k.path: k for k in BASE.knobs()}
    for lever, paths in prices.PRICES.items():
        assert all(path in knobs and knobs[path].source for path in paths), lever
        assert not prices.costs_nothing(BASE, lever)


@pytest.mark.parametrize("name", SHELF)
def test_nothing_on_the_shelf_is_free(name):
    assert prices.unpriced(BASE, SHELF[name].organisation) == ()


def test_a_price_of_zero_is_said_in_both_languages():
    free = BASE.with_({"people.trace_price": 0.0})
    assert prices.unpriced(free, SHELF["team"].organisation) == ("repair",)
    assert prices.warning(free, "Team", ["repair", "inspection"]).endswith("repair.")
    assert "Team" in prices.warning(free, "Team", ["repair"], "zh")
    assert prices.warning(BASE, "Team", ["repair"]) == ""


def test_a_low_wage_is_free_only_where_pay_touches_nothing():
    assert not prices.costs_nothing(BASE, "wage_factor")
    off = BASE.with_({"people.skill_premium": 0.0, "people.quit_pay": 0.0})
    assert prices.costs_nothing(off, "wage_factor")


def test_who_uses_what_costs_nothing_is_not_adopted():
    def state(free):
        one = verdict.Candidate("x", 10.0, 8.0, 12.0, (), 1.0, 10, free)
        return verdict.decide([one], baseline="base", margin=1.0, replications=10)

    assert state(()).state == "adopt"
    found = state(("repair",))
    assert found.state == "unpriced"
    for language in ("en", "zh"):
        said = verdict.sentence(found, language, names={}, money=str)
        assert "repair" in said


def test_a_limit_that_nothing_could_break_is_not_said_to_be_kept():
    limit = verdict.Limit("breaches", "kept", 0.0, 0.0, 0.0, 0.0, False, False)
    one = verdict.Candidate("x", 10.0, 8.0, 12.0, (limit,))
    found = verdict.decide([one], baseline="base", margin=1.0, replications=10)
    assert found.state == "adopt"
    assert "cannot occur here" in verdict.sentence(found, names={}, money=str)


@pytest.mark.parametrize(
    "levers",
    [{"repair": 1.0}, {"cohesion": 0.5}, {"knowledge": 0.5}, {"resilience": 0.5},
     {"incentive": 1.0}, {"bottom_exit": 0.2}, {"machine_inspection": 0.5}],
)  # fmt: skip
def test_what_a_lever_costs_is_taken_from_seats_or_their_hours(levers):
    def floor_hours(organisation):
        posts = staff(BASE, organisation, 10_000, "same").posts
        return sum(p.end - p.start for p in posts if p.role == Role.PHONE)

    usual = Organisation(purse_share=0.0)
    assert floor_hours(usual._replace(**levers)) < 0.9999 * floor_hours(usual)


def test_no_number_of_hours_reaches_the_whole_effect():
    some, most = (hours_off(BASE, Organisation(cohesion=x)) for x in (0.63, 1.0))
    assert some == pytest.approx(BASE.people.cohesion_hours, rel=0.01)
    assert most > 6.0 * some
    assert math.isfinite(most)


def test_the_lines_are_nothing_where_nothing_is_asked():
    none = Organisation()
    assert (tracing(BASE, none), checks(BASE, none), hours_off(BASE, none)) == (0.0, 0.0, 0.0)
    assert collector_pay(BASE, none) == BASE.people.wage


# --- small floors ------------------------------------------------------------------------------


def test_a_part_of_a_crew_goes_out_on_a_share_of_the_days_for_a_whole_shift():
    posts = staff(BASE, Organisation(field_share=0.1), 300, "same").posts
    crews = [p for p in posts if p.role == Role.FIELD]
    full = BASE.floor.shift_hours * 3600
    assert crews
    assert all(p.end - p.start == full for p in crews)
    assert 0 < sum(p.share for p in crews) < 1


def test_a_share_of_the_days_is_kept_to():
    from sim.agents.shifts import on_duty

    for share in (0.01, 0.19, 0.5, 0.99, 1.0):
        days = sum(on_duty(share, turn) for turn in range(1_000))
        assert days == pytest.approx(1_000 * share, abs=1)
