"""What models learn from: an outcome begins after the act, whatever the label."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.core.domain import DAY, HOUR, Channel, Event
from sim.core.rng import Purpose, draw
from sim.play import learning
from sim.play.learning import Played, act_second, follows, within
from sim.scenario import Scenario
from sim.strategies import SHELF
from sim.strategies.ai import _cards
from sim.strategies.features import COUNT
from sim.strategies.trial import ARMS, PERSON

LUCK, DECIDED = 77, 3  #: an account's luck, and the day on which chance decided
#: With the days of their windows.
LABELS = {"paid": 7, "settled": 14, "cash": 30, "flow": 30, "seconds": 30}


@given(st.integers(0, 400), st.integers(0, 23), st.integers(0, 86_399), st.integers(1, 40))
def test_the_window_opens_after_the_act_and_closes_with_a_morning(day, hour, second, days):
    act = act_second(day, hour)
    assert day * DAY + hour * HOUR <= act < (day + 1) * DAY
    assert not follows(act, act, days)
    assert follows(act, act + 1, days)
    assert follows(act_second(day, 0), (day + days) * DAY, days)
    assert not follows(act_second(day, 0), (day + days) * DAY + 1 + second, days)


@given(
    st.lists(st.tuples(st.integers(0, 50 * DAY), st.integers(1, 900)), max_size=30),
    st.integers(0, 40), st.integers(0, 23), st.integers(1, 30),
)  # fmt: skip
def test_the_sums_count_exactly_what_the_kernel_lets_in(postings, day, hour, days):
    act = act_second(day, hour)
    when = np.array([second for second, _ in postings], dtype=np.int64)
    values = np.array([value for _, value in postings], dtype=np.int64)
    found = within(when, values, np.array([act]), days)
    assert found[0] == sum(v for s, v in postings if follows(act, s, days))


def log_of(event, second, amount=500, channel=Channel.PHONE):
    """Return the log of one decision and one posting."""
    scenario = Scenario.load("weilidai").with_({"trial.days": 60, "trial.data_quality": 1.0})
    ledger = {
        "event": np.array([event], dtype=np.uint8), "account": np.array([5]),
        "time": np.array([second], dtype=np.int64), "amount": np.array([amount]),
        "channel": np.array([channel], dtype=np.uint8),
    }  # fmt: skip
    rows = np.zeros(1, dtype=learning.ROW)
    rows["coin"], rows["day"], rows["instalment"] = draw(LUCK, Purpose.COIN, 0), DECIDED, 500
    played = Played(ledger, np.array([5]), np.array([LUCK]))
    return learning._log(scenario, played, rows)


@pytest.mark.parametrize(("label", "days"), LABELS.items())
def test_no_label_counts_what_came_before_the_act(label, days):
    event = Event.REACHED if label == "seconds" else Event.PAID
    morning = DECIDED * DAY
    for second, counts in (
        (morning - 1, False), (morning, False), (morning + 1, True),
        ((DECIDED + days) * DAY, True), ((DECIDED + days) * DAY + 1, False),
    ):  # fmt: skip
        assert bool(log_of(event, second)[label][0]) is counts, (label, second)


def test_every_label_of_a_log_is_tested_above():
    known = {"who", "arm", "x", "day", "instalment", "until", "next"}  # these are no outcomes
    assert set(log_of(Event.PAID, 0)) == known | set(LABELS)


def rows_of(seed, effect, count=4_000):
    rng = np.random.default_rng(seed)
    x, arm = rng.normal(size=(count, COUNT)), rng.integers(0, ARMS, count)
    odds = -1.0 + x[:, 0] + effect * (arm == PERSON)
    return SimpleNamespace(x=x, arm=arm, paid=(rng.random(count) < 1 / (1 + np.exp(-odds))) * 1)


def test_scorecards_find_an_effect_and_hardly_differ_where_arms_are_alike():
    found = np.array([_cards(r.x, r.arm, r.paid) for r in (rows_of(s, 0.8) for s in range(4))])
    effect = found[:, PERSON, 0] - found[:, 0, 0]
    assert effect == pytest.approx(0.8, abs=0.25)
    apart = np.abs(found[:, PERSON, 1:] - found[:, 0, 1:])
    assert apart.max() < 0.1
    assert found[:, PERSON, 1] == pytest.approx(1.0, abs=0.15)


def test_another_draw_is_another_fit_and_the_same_draw_the_same():
    from sim.play.run import fitted
    from sim.play.staging import setting

    at = setting(
        Scenario.load("weilidai", ["book.pool=100", "trial.accounts=3000", "trial.days=60"]),
        0,
        50,
        20,
    )
    cards = [fitted(at, SHELF["ai"], d)[0].params for d in (0, 1, 0)]
    assert cards[0] == cards[2] != cards[1]
