"""What a strategy may see: observables only, so that no strategy reaches a latent value."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.agents.model import NO_SCORES, observe
from sim.agents.population import NO_REFUSAL
from sim.core.domain import (
    NEVER,
    Account,
    Action,
    Case,
    Cash,
    Channel,
    Contacts,
    Deeds,
    Loan,
    Mail,
    Mind,
    Offer,
    Plan,
    PlanStatus,
    Promise,
    Refusal,
    Today,
    Traits,
    View,
)
from sim.strategies import PHONE_ONLY, SHELF

#: Fields of `Traits` and `Case` that the lender's own system knows.
OBSERVABLE_TRAITS = {"region", "grade", "product", "months_on_book", "luck"}
LATENT_CASE = {"number_dead"}
LATENT = (
    (set(Traits._fields) - OBSERVABLE_TRAITS) | set(Cash._fields) | set(Mind._fields) | LATENT_CASE
)

#: The shelf, and the learning strategy as if its models were fitted.
STRATEGIES = {**SHELF, "ai, fitted": SHELF["ai"].tuned(fitted=True)}

small_ints = st.integers(0, 9)
days = st.one_of(st.just(NEVER), st.integers(-60, 100))
money = st.integers(0, 300_000)
floats = st.floats(-5.0, 5.0)
yes_or_no = st.booleans()


@st.composite
def files(draw) -> Account:
    """Accounts as the lender's system knows them, with some latent state."""
    instalment, count = draw(st.integers(100, 100_000)), draw(st.integers(1, 24))
    paid = draw(st.integers(0, instalment * count))
    plan_left = draw(st.integers(0, 3))
    status = PlanStatus.RUNNING if plan_left else draw(st.sampled_from([0, 2, 3]))
    return Account(
        7,
        draw(traits(luck=draw(st.integers(0, 2**63 - 1)), seen=draw(st.tuples(*[small_ints] * 4)))),
        Loan(instalment, count, draw(st.integers(-300, 100)), paid, 0, 0, NEVER, False),
        draw(cash),
        draw(mind),
        Promise(draw(days), draw(money), 0.0, 0),
        Plan(draw(days), draw(money), plan_left, 0, 1, 0),
        Mail(draw(days), 7, 1),
        Contacts(*draw(st.tuples(*[small_ints] * 7, days, days, days, *[small_ints] * 5))),
        Deeds(draw(days), draw(money), draw(money), 1, draw(small_ints), status, 0,
              draw(days), draw(small_ints), draw(small_ints)),
        Case(draw(st.integers(0, 6)), draw(yes_or_no), draw(yes_or_no), draw(days),
             draw(st.integers(0, 3)), draw(days), draw(days), draw(days), False, draw(yes_or_no),
             draw(days), draw(st.integers(0, 3)),
             Refusal(draw(st.integers(0, 11)), draw(st.integers(0, 4)), draw(st.integers(0, 9)),
                     draw(days), draw(st.integers(0, 4_095)), draw(st.integers(0, 9)))),
    )  # fmt: skip


cash = st.builds(Cash, st.floats(0, 1e7), st.booleans())
mind = st.builds(Mind, *[floats] * 7)


def traits(luck: int, seen: tuple[int, int, int, int]):
    """Traits with the same observables and any latent values."""
    region, grade, product, months = seen
    return st.builds(
        Traits, luck=st.just(luck), kind=st.integers(0, 7), will=floats, slack=st.floats(1, 1e6),
        reach=floats, best_hour=st.floats(9, 21), payday=st.integers(0, 29), patience=floats,
        pride=floats, valid_address=yes_or_no, region=st.just(region % 4),
        grade=st.just(grade % 5), product=st.just(product), months_on_book=st.just(months),
    )  # fmt: skip


@st.composite
def twins(draw) -> tuple[Account, Account]:
    """Two accounts that differ in latent state only."""
    one = draw(files())
    t = one.traits
    other = one._replace(
        traits=draw(traits(t.luck, (t.region, t.grade, t.product, t.months_on_book))),
        cash=draw(cash),
        mind=draw(mind),
        case=one.case._replace(number_dead=draw(st.booleans())),
        promise=one.promise._replace(binding=draw(floats)),
    )
    return one, other


def seen(account: Account, day: int, hour: int) -> View:
    return observe(account, Today(day, day % 7, 1.0, 0.0), hour, NO_SCORES)


busy = settings(
    deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def test_no_latent_value_has_a_field_in_the_view():
    assert not LATENT & set(View._fields)


@given(twins(), st.integers(0, 100), st.integers(0, 23))
@busy
def test_two_accounts_that_differ_in_latent_state_only_look_the_same(pair, day, hour):
    one, other = pair
    assert seen(one, day, hour) == seen(other, day, hour)


@pytest.mark.parametrize("name", STRATEGIES)
@given(pair=twins(), day=st.integers(0, 100), hour=st.integers(0, 23))
@busy
def test_no_strategy_reaches_a_latent_value(name, pair, day, hour):
    strategy = STRATEGIES[name]
    wishes = [strategy.decide(strategy.params, seen(a, day, hour)) for a in pair]
    assert wishes[0] == wishes[1]


@pytest.mark.parametrize("name", STRATEGIES)
@given(account=files(), day=st.integers(0, 100), hour=st.integers(0, 23))
@busy
def test_every_wish_is_a_word_of_the_domain(name, account, day, hour):
    strategy = STRATEGIES[name]
    wish = strategy.decide(strategy.params, seen(account, day, hour))
    assert isinstance(wish, Action)
    assert wish.channel in set(Channel)
    assert 0 <= wish.tone <= 3
    assert wish.offer in set(Offer)
    assert 0.0 <= wish.share <= 0.9
    assert 0 <= wish.hour <= 23
    assert wish.wait_days >= 0
    assert wish.channel or wish.wait_days


@given(files(), st.integers(0, 100))
@busy
def test_the_coins_are_even_numbers_of_the_account_and_the_day(account, day):
    one, again, tomorrow = seen(account, day, 9), seen(account, day, 15), seen(account, day + 1, 9)
    assert (one.coin, one.coin_today) == (again.coin, again.coin_today)
    assert one.coin == tomorrow.coin
    assert one.coin_today != tomorrow.coin_today
    assert 0.0 < one.coin < 1.0


def test_the_engine_hands_a_strategy_views_and_nothing_else(small, tell):
    handed = set()

    def spy(params, view):
        handed.add((type(params), type(view)))
        return PHONE_ONLY.decide(params, view)

    tell(small, replace(PHONE_ONLY, decide=spy), accounts=30, days=10)
    assert handed == {(type(PHONE_ONLY.params), View)}


def test_days_since_what_never_happened_are_many():
    never = Contacts(*(0,) * 7, NEVER, NEVER, NEVER, 0, 0, 0, 0, 0)
    account = Account(
        1, Traits(5, *(0,) * 12, True, 1.0, 1.0), Loan(1_000, 3, 0, 0, 0, 0, NEVER, False),
        Cash(0.0, False),
        Mind(*(0.0,) * 7), Promise(NEVER, 0, 0.0, 0), Plan(NEVER, 0, 0, 0, 0, 0),
        Mail(NEVER, 0, 0), never, Deeds(NEVER, *(0,) * 6, NEVER, 0, 0),
        Case(0, False, False, NEVER, 0, NEVER, NEVER, 0, False, False, NEVER, 0, NO_REFUSAL),
    )  # fmt: skip
    view = seen(account, 2, 9)
    since = ("days_since_attempt", "days_since_talk", "days_since_payment", "days_since_message")
    assert [getattr(view, name) for name in since] == [999] * 4
    assert view.promise_in_days == -1
    assert (view.dpd, view.past_due, view.balance) == (2, 1_000, 3_000)
