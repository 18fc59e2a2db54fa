"""The budget is a ceiling: plans stay under it, purses are not overdrawn, the rest comes back."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sim import Scenario, play
from sim.agents.budget import (
    GRAIN,
    NUMBERS,
    collector_pay,
    default_monthly,
    monthly,
    staff,
    tracing,
)
from sim.core.domain import HOUR, Event, Organisation, Role
from sim.core.errors import BadInput
from sim.scenario import names
from sim.strategies import DO_NOTHING, PHONE_ONLY, SHELF
from sim.strategies.recipe import LEVERS

BASE = Scenario.load("weilidai", ["book.pool=100"])
many = settings(
    deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
#: Tighter than what a recipe may say, so that most budgets pay for the fixed costs.
USUAL = {"fixed_monthly": (0.0, 2e6), "one_off": (0.0, 4e7), "agency_seats": (0.0, 20.0)}


def lever(name: str) -> st.SearchStrategy[float]:
    """Anything that a recipe may set this lever to."""
    low, high = USUAL.get(name, LEVERS[name][:2])
    kind = type(Organisation._field_defaults[name])
    if kind is bool:
        return st.booleans()
    return st.integers(int(low), int(high)) if kind is int else st.floats(low, high)


def least(scenario: Scenario, wish: Organisation) -> float:
    """CNY a month that the levers take before anything is done: fixed, spread, for searches."""
    late = scenario.book.real_accounts * (1.0 - scenario.book.coming_due)
    fixed = wish.fixed_monthly + wish.one_off / 36.0
    return fixed + tracing(scenario, wish) * late / 100.0


#: Paid out of what comes in, not out of the purse: court fees returned, commission.
LATER = (Event.ENFORCED, Event.PAID)

organisations = st.builds(Organisation, **{name: lever(name) for name in Organisation._fields})


@pytest.mark.parametrize("scenario", names())
@pytest.mark.parametrize("name", SHELF)
def test_no_plan_of_the_shelf_exceeds_the_budget(scenario, name):
    s = Scenario.load(scenario)
    for accounts in (1, 60, 1_000, 40_000):
        plan = staff(s, SHELF[name].organisation, accounts, "same")
        assert 0.0 <= plan.planned <= plan.budget * (1 + 1e-12)


@given(organisations, st.integers(1, 20_000), st.floats(1e5, 1e8))
@many
def test_no_plan_exceeds_the_budget_whatever_the_organisation_wants(wish, accounts, money):
    scenario = BASE.with_({"budget.monthly": money})
    if least(scenario, wish) > money:
        with pytest.raises(BadInput, match="at least"):
            staff(scenario, wish, accounts, "same")
        return
    plan = staff(scenario, wish, accounts, "same")
    assert plan.planned <= plan.budget * (1 + 1e-9)
    assert plan.purse >= 0.0
    assert all(p.wage >= 0.0 for p in plan.posts)


@given(organisations, st.integers(100, 5_000))
@many
def test_seats_come_in_grains_and_shifts_lie_within_opening_hours(wish, accounts):
    assume(least(BASE, wish) < monthly(BASE))
    plan, f = staff(BASE, wish, accounts, "same"), BASE.floor
    price = {
        Role.PHONE: 100 * collector_pay(BASE, wish)
        + 50 * BASE.people.wage_senior * wish.inspection,
        Role.FIELD: 100 * BASE.people.wage_senior * f.crew,
    }
    assert all(p.wage == 0.0 for p in plan.posts if p.role == Role.AGENCY)  # paid by commission
    for p in (p for p in plan.posts if p.role != Role.AGENCY):
        grains = GRAIN * p.wage / price.get(p.role, 100 * BASE.people.wage_senior)
        assert abs(grains - round(grains)) < 1e-4
        assert 1 <= round(grains) <= GRAIN
        assert f.open_hour * HOUR <= p.start <= p.end <= f.close_hour * HOUR
        assert p.end - p.start <= p.paid <= f.shift_hours * HOUR
        assert p.number // NUMBERS == p.role
    assert len({p.number for p in plan.posts}) == len(plan.posts)


def test_a_shift_longer_than_the_day_ends_with_the_day():
    long = BASE.with_({"floor.shift_hours": 12.0})
    posts = staff(long, PHONE_ONLY.organisation, 4_000, "same").posts
    assert {p.end for p in posts if p.role == Role.PHONE and p.paid == 12 * HOUR} == {18 * HOUR}


def test_the_default_budget_lets_phone_only_dial_everybody_once_a_day(small):
    run = play(small, "phone_only", accounts=200, days=20)
    left = run.ledger["event"].eq("unserved").sum()
    dialled = run.ledger["event"].isin(["dialled", "reached"]).sum()
    assert left < 0.15 * dialled
    assert monthly(small) == default_monthly(small)


def test_what_is_not_spent_comes_back(small):
    nothing = staff(small, DO_NOTHING.organisation, 1_000, "same")
    assert {p.role for p in nothing.posts} == {Role.COMPLAINTS}
    assert nothing.planned <= 0.02 * nothing.budget
    measures = play(small, "do_nothing", accounts=100, days=30).measures
    assert measures.value["budget_spent"] <= 2.0  # the desk that every lender keeps
    measures = measures.numerator
    assert measures["cost_variable"] == 0.0
    assert measures["cost_staff"] == pytest.approx(nothing.planned / 100.0 / 10.0, rel=0.05)


@pytest.mark.parametrize("name", [n for n in SHELF if n != "ai"])
def test_spending_stays_within_the_budget(small, name):
    """An agency's commission comes out of what it collects."""
    measures = play(small, name, accounts=120, days=60).measures
    spent, budget, _ = measures.loc["budget_spent"]
    commission = 100.0 * measures.loc["cost_commission", "numerator"]
    assert 0.0 <= spent - commission <= 100.0 * budget


def test_the_purse_is_never_overdrawn_and_what_a_month_leaves_the_next_has(
    small, tell, anything, everybody
):
    wide = anything.organised(
        purse_share=0.02, machine_inspection=0.0
    )  # checks have their own line
    facts = tell(small, wide, accounts=120, days=90, posts=everybody)
    spent = [0.0] * 90
    for p in facts.postings:
        spent[p.time // 86_400] += p.cost if p.event not in LATER else 0.0
    purse = facts.practices[0].staffing.purse
    for day in range(90):
        assert sum(spent[: day + 1]) <= purse / 30.0 * (day + 1) + 1e-6
    assert sum(spent) > 0.5 * 3 * purse
    assert any(p.event == Event.UNFUNDED for p in facts.postings)


def test_without_a_purse_nothing_that_costs_is_done(small, tell, anything, everybody):
    broke = anything.organised(purse_share=0.0, machine_inspection=0.0)
    facts = tell(small, broke, accounts=150, days=20, posts=everybody)
    assert sum(p.cost for p in facts.postings if p.event not in LATER) == 0.0
    assert any(p.event == Event.UNFUNDED for p in facts.postings)
    assert any(p.event == Event.REACHED for p in facts.postings)


def test_an_own_budget_pays_the_declared_seats(small):
    own = staff(small, PHONE_ONLY.organisation._replace(own_seats=7.5), 1_000, "own")
    phone = [p for p in own.posts if p.role == Role.PHONE]
    late = 1.0 - small.book.coming_due  # seats are declared per 1,000 late accounts
    full = 7.5 * late * small.floor.shift_hours * HOUR
    assert sum(p.paid for p in phone) == pytest.approx(full, rel=0.01)


@given(st.integers(1, 50_000))
@many
def test_twice_the_book_has_twice_the_money(accounts):
    one, two = (
        staff(BASE, SHELF["process"].organisation, n, "same") for n in (accounts, 2 * accounts)
    )
    for field in ("purse", "fixed", "one_off", "budget"):
        assert getattr(two, field) == pytest.approx(2 * getattr(one, field))
