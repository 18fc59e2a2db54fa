"""The learned benchmark: values beyond the week come out, seats have a price, nobody adopts it."""

from __future__ import annotations

import numpy as np
import pytest

from sim import Scenario, compare
from sim.agents.model import NO_SCORES, observe
from sim.agents.population import newly_late
from sim.core.domain import Channel
from sim.core.errors import BadInput
from sim.core.rng import stream
from sim.engine.seasoning import calendar
from sim.play.learning import _following
from sim.play.run import fitted, setting
from sim.strategies import SHELF, USUAL, YARDSTICKS, made, named
from sim.strategies.benchmark import ARMS, BENCHMARK, WEEK, Learner, Params, fit, iterated
from sim.strategies.features import COUNT, NAMES
from sim.strategies.trial import BOT, MESSAGE, NOTHING, PERSON

PLAIN = Scenario.load("weilidai")
STUCK = NAMES.index("over_90")
INSTALMENT = 10_000.0


def chain(weeks=80_000):
    """A world whose values are known.

    At once: a person's call brings one instalment and ends it; all else waits a week. Stuck:
    nobody pays, but a call brings the account to the former state; all else ends it.
    """
    rng = np.random.default_rng(1)
    x, arm = np.zeros((weeks, COUNT)), rng.integers(0, ARMS, weeks)
    stuck = rng.random(weeks) < 0.5
    x[stuck, STUCK] = 1.0
    called, easy = arm == PERSON, int(np.flatnonzero(~stuck)[0])
    return {
        "who": np.arange(weeks, dtype=float), "x": x, "arm": arm.astype(float),
        "day": np.tile([0.0, 50.0], weeks // 2), "until": np.tile([7.0, 57.0], weeks // 2),
        "instalment": np.full(weeks, INSTALMENT),
        "flow": (called & ~stuck).astype(float), "seconds": np.where(called, 400.0, 0.0),
        "next": np.where(stuck == called, easy, -1).astype(float),
        "settled": rng.integers(0, 2, weeks).astype(float), "cash": rng.random(weeks) + 0.1,
        "capacity": np.array(1e9),
    }  # fmt: skip


def values(weights):
    """Values of the arms, easy and stuck."""
    return weights[:, 0], weights[:, 0] + weights[:, 1 + STUCK]


LOG = chain()
LEARNER = Learner(LOG["x"], LOG["arm"].astype(int))
EVERY = np.arange(len(LOG["who"]))


def test_values_beyond_the_week_come_out():
    easy, stuck = values(iterated(LEARNER, LOG["x"], LOG, EVERY, price=0.0))
    assert easy[PERSON] == pytest.approx(1.0, abs=0.05)
    for arm in (NOTHING, MESSAGE, BOT):
        assert easy[arm] == pytest.approx(WEEK, abs=0.05)  # the call comes next week
        assert stuck[arm] == pytest.approx(0.0, abs=0.05)
    # No cash within the week, and yet it is worth a call: what looks at the week cannot see that.
    assert stuck[PERSON] == pytest.approx(WEEK, abs=0.05)


def test_a_price_of_seats_is_paid_by_calls_and_by_what_leads_to_them():
    price = 0.25 * INSTALMENT / 400.0  # a week of calls costs a quarter of an instalment
    easy, stuck = values(iterated(LEARNER, LOG["x"], LOG, EVERY, price))
    assert easy[PERSON] == pytest.approx(0.75, abs=0.05)
    assert easy[NOTHING] == pytest.approx(0.75 * WEEK, abs=0.05)
    assert stuck[PERSON] == pytest.approx(0.75 * WEEK - 0.25, abs=0.06)


def test_seats_are_free_where_they_suffice_and_dearer_the_fewer_there_are():
    few = chain(4_000)
    fits = [fit({**few, "capacity": np.array(c)}) for c in (1e9, 150.0, 10.0)]
    prices = [params.price for params, _ in fits]
    assert prices[0] == 0.0
    assert prices[0] < prices[1] <= prices[2]
    for (_, report), capacity in zip(fits, (1e9, 150.0, 10.0), strict=True):
        assert report["called"] * report["seconds"] <= capacity


def test_only_weeks_that_were_followed_for_a_month_count():
    _, report = fit(chain(4_000))
    assert report["followed"] == 2_000


def test_each_decision_is_followed_by_the_same_accounts_next_within_a_month():
    who = np.array([2, 1, 1, 2, 1])
    day = np.array([0, 3, 10, 40, 35])
    following, gap = _following(who, day)
    assert following.tolist() == [-1, 2, 4, -1, -1]
    assert gap.tolist() == [30, 7, 25, 30, 30]
    assert [len(part) for part in _following(np.array([]), np.array([]))] == [0, 0]


# --- the policy ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def late():
    today = calendar(PLAIN, 1).today[0]
    view = observe(newly_late(PLAIN, stream(1, 0), stream(1, 0), 7, 0), today, 9, NO_SCORES)
    return view._replace(dpd=20, past_due=view.instalment, days_since_talk=99,
                         days_since_message=99, days_since_attempt=9, attempts_today=0)  # fmt: skip


def flat(**worth):
    """Params under which each arm has one value, whoever it is, in instalments."""
    order = ("nothing", "message", "bot", "person")
    return Params(
        arms=tuple((worth.get(name, 0.0), *[0.0] * COUNT) for name in order), fitted=True,
        seconds=400.0,
    )  # fmt: skip


def test_the_best_arm_is_taken(late):
    for arm, channel in (("message", Channel.SMS), ("bot", Channel.BOT),
                         ("person", Channel.PHONE), ("nothing", Channel.NONE)):  # fmt: skip
        assert BENCHMARK.decide(flat(**{arm: 1.0}), late).channel == channel


def test_a_dear_seat_turns_a_call_into_a_message(late):
    params = flat(message=0.1, person=0.2)
    dear = params._replace(price=0.15 * late.instalment / 400.0)
    assert BENCHMARK.decide(params, late).channel == Channel.PHONE
    assert BENCHMARK.decide(dear, late).channel == Channel.SMS


def test_calls_rank_by_what_they_add_to_the_next_best(late):
    much, little = (BENCHMARK.decide(flat(message=m, person=0.5), late) for m in (0.1, 0.4))
    assert much.urgency > little.urgency > 0.0


def test_unfitted_it_calls_everybody_once_a_day(late):
    assert BENCHMARK.decide(Params(), late).channel == Channel.PHONE
    assert BENCHMARK.decide(Params(), late._replace(attempts_today=1)).channel == Channel.NONE


# --- its place -----------------------------------------------------------------------------------


def test_it_is_played_by_name_only_and_nobody_adopts_it():
    assert named("benchmark") is BENCHMARK is YARDSTICKS["benchmark"]
    assert "benchmark" not in SHELF
    assert "benchmark" not in USUAL
    assert BENCHMARK.reference
    with pytest.raises(BadInput, match="base"):
        made({"name": "mine", "base": "benchmark"})


def test_it_has_the_organisation_of_ai():
    assert BENCHMARK.organisation == SHELF["ai"].organisation


def test_it_learns_from_weeks_that_chance_decided_and_plays():
    scenario = Scenario.load("weilidai", ["book.pool=100", "trial.accounts=600"])
    ready, report = fitted(setting(scenario, 0, 60, 20), BENCHMARK)
    usual = fitted(setting(scenario, 0, 60, 20), SHELF["ai"])[1]
    assert ready.params.fitted
    assert sum(report["rows"]) > 2 * sum(usual["rows"])
    assert report["called"] * report["seconds"] <= report["capacity"] or report["price"] > 0.0
    found = compare(scenario, ["ai", "benchmark"], replications=5, accounts=60, days=20)
    assert found.candidates("ai") == ()
    assert found.models["benchmark"]["price"] >= 0.0
