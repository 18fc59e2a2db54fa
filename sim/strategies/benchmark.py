"""A yardstick: approximate dynamic programming on the same View, with a price for the seats.

What `ai` leaves out it has: what a touch is worth beyond the week, and what a seat could earn
elsewhere. Fitted value iteration on a log in which chance decided every account-week; the price of
a seat-second (the Lagrange multiplier of capacity) is raised until the calls that it leaves fit
into the seats. Four arms, linear values and estimates from one log: not an upper bound, and never
a candidate. Same organisation as `ai`, so that a difference is one of decisions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.domain import Action, Channel, Offer, Tone, View
from sim.core.kernel import kernel
from sim.scenario import Text
from sim.strategies import ai
from sim.strategies.base import Strategy, idle_days, is_open, message, parts_of_day, wait
from sim.strategies.features import features, linear
from sim.strategies.trial import BOT, LETTER, MESSAGE, NOTHING, PERSON

Floats = NDArray[np.float64]
WEEK = 0.98  #: what next week's value is worth today (assumed; keeps the iteration from creeping)
ARMS = LETTER  #: those that cost next to nothing: what a letter is worth it does not learn
SWEEPS = 40  #: of the value iteration; the discount leaves less than a half of what is further off
OWN = 30.0  #: how much more an arm's own part of the value is held back than the common one
HOLD = 10.0  #: ridge, in rows
CLIP = 6.0  #: instalments paid between two decisions beyond which a row counts no more
STEPS = 25  #: of the search for the price


class Params(NamedTuple):
    """Values and price."""

    arms: tuple[tuple[float, ...], ...] = (ai.NEUTRAL,) * ARMS  #: value of each arm, instalments
    ability: tuple[float, ...] = ai.NEUTRAL
    fitted: bool = False
    price: float = 0.0  #: cents a second of a phone seat
    seconds: float = 0.0  #: of a seat that a week of calls takes
    bot_cost: float = 15.0
    message_cost: float = 5.0
    second_above: float = 2_000.0  #: cents of gain that bear a second attempt on one day
    second_after: int = 4
    after_talk: int = 4
    most_months: int = 12


@kernel
def advantage(params: Params, view: View, arm: int, over: int) -> float:
    """Cents that an arm is worth above another, before its cost."""
    x = features(view)
    return (linear(params.arms[arm], x) - linear(params.arms[over], x)) * view.instalment


@kernel
def decide(params: Params, view: View) -> Action:
    """Take the arm of the highest value; calls pay for the seat, and rank by what is left."""
    rest = idle_days(view)
    if rest > 0:
        return wait(rest)
    if not params.fitted:
        return _call(params, view, 1.0) if view.attempts_today == 0 else wait(1)
    text = advantage(params, view, MESSAGE, NOTHING) - params.message_cost
    bot = advantage(params, view, BOT, NOTHING) - params.bot_cost
    if view.talks_today > 0 or view.days_since_talk < params.after_talk:
        return _text(view, text)
    person = advantage(params, view, PERSON, NOTHING) - params.price * params.seconds
    rank = person - max(0.0, text, bot)
    if view.attempts_today > (1 if rank > params.second_above else 0):
        return _text(view, text)
    if rank > 0.0 and is_open(view, Channel.PHONE):
        return _call(params, view, rank)
    if bot > 0.0 and bot >= text and is_open(view, Channel.BOT):
        return Action(Channel.BOT, Tone.WARM, Offer.NONE, 0, 0.0, _hour(params, view), 0, bot)
    return _text(view, text)


@kernel
def _text(view: View, worth: float) -> Action:
    late = view.days_since_message < 3 or view.talks_today > 0
    if worth <= 0.0 or late or not is_open(view, Channel.SMS):
        return wait(1)
    return message(Channel.SMS, Tone.WARM, 9)


@kernel
def _hour(params: Params, view: View) -> int:
    """Another part of the day at each attempt."""
    if view.attempts_today > 0:
        return min(view.phones_until - 1, max(view.hour, 9) + params.second_after)
    return 9 + 3 * (view.tries % parts_of_day(view))


@kernel
def _call(params: Params, view: View, urgency: float) -> Action:
    """A call, with the plans of `ai`."""
    months = ai.affordable(params, view)  # type: ignore[arg-type]  # it has those fields
    stuck = view.failed_talks > 0 and view.dpd > 30 and months > 2
    offer = Offer.INSTALMENTS if stuck else Offer.NONE
    return Action(Channel.PHONE, Tone.NEUTRAL, offer, months, 0.0, _hour(params, view), 0, urgency)


# --- fitting -------------------------------------------------------------------------------------


class Learner:
    """Values of the arms by ridge regression: a part common to all, and one of each arm's own."""

    def __init__(self, x: Floats, arm: NDArray[np.int64]) -> None:
        self.x = np.column_stack([np.ones(len(x)), x])
        self._rows = [np.flatnonzero(arm == a) for a in range(ARMS)]
        self._parts = [self.x[rows] for rows in self._rows]
        grams = [part.T @ part for part in self._parts]
        width = self.x.shape[1]
        hold = np.concatenate([np.full(width, HOLD), np.full(ARMS * width, HOLD * OWN)])
        hold[0] = 0.0
        whole = np.diag(hold)
        whole[:width, :width] += np.add.reduce(grams)
        for a, gram in enumerate(grams, start=1):
            here = slice(a * width, (a + 1) * width)
            whole[here, here] += gram
            whole[:width, here] += gram
            whole[here, :width] += gram
        self._inverse = np.linalg.inv(whole)

    def arms(self, y: Floats) -> Floats:
        """Return the weights of each arm's value, shape (arms, features + 1), from targets."""
        sums = [part.T @ y[rows] for part, rows in zip(self._parts, self._rows, strict=True)]
        found = self._inverse @ np.concatenate([np.add.reduce(sums), *sums])
        width = self.x.shape[1]
        weights: Floats = found[:width] + found[width:].reshape(ARMS, width)
        return weights


def iterated(
    learner: Learner, all_x: Floats, log: Mapping[str, Floats], rows: NDArray[np.int64],
    price: float,
) -> Floats:  # fmt: skip
    """Return the values of the arms at a price, cents a second: fitted value iteration.

    A row's target is what was paid until the account's next row, less the seats' price, plus the
    value of the best arm there; nothing where no row follows: the debt is paid, or agreed.
    """
    cost = price * log["seconds"][rows] / log["instalment"][rows]
    paid = np.minimum(log["flow"][rows], CLIP) - cost
    next_ = log["next"][rows].astype(int)
    weeks = (log["until"][rows] - log["day"][rows]) / 7.0
    onward = np.where(next_ >= 0, WEEK**weeks, 0.0)
    there = np.column_stack([np.ones(len(rows)), all_x[next_]])
    weights = learner.arms(paid)
    for _ in range(SWEEPS):
        best = np.maximum(0.0, (there @ weights.T).max(axis=1))
        weights = learner.arms(paid + onward * best)
    return weights


def fit(log: Mapping[str, NDArray[np.float64]]) -> tuple[Params, dict[str, Any]]:
    """Fit values and price on a log in which chance decided.

    Parameters
    ----------
    log
        See `sim.play.learning.burn_in`; and ``capacity``, seconds of phone seats per row.

    Returns
    -------
    Params
        Unfitted where an arm has too few rows.
    dict
        Rows, the price, how many calls it leaves, and what the fit fell back to.
    """
    card, report = ai.fit(log)
    if not card.fitted:
        return Params(), report
    x, arm = log["x"], log["arm"].astype(int)
    ends = log["day"].max() + 7  # the last decision that counts lies a week before the end
    whole = np.flatnonzero((log["day"] + 30 <= ends) & (arm < ARMS))
    learner = Learner(x[whole], arm[whole])
    person = arm[whole] == PERSON
    seconds = float(log["seconds"][whole][person].mean())

    def called(price: float) -> tuple[Floats, float]:
        weights = iterated(learner, x, log, whole, price)
        value = learner.x @ weights.T
        calls = value[:, PERSON] > np.delete(value, PERSON, axis=1).max(axis=1)
        return weights, float(calls.mean())

    price, weights, share = _priced(called, seconds, float(log["capacity"]))
    found = Params(
        arms=tuple(tuple(float(w) for w in row) for row in weights), ability=card.ability,
        fitted=True, price=price, seconds=seconds,
    )  # fmt: skip
    told = {"rows": report["rows"], "followed": len(whole), "price": round(price, 4)}
    return found, told | {"called": round(share, 3), "seconds": round(seconds, 1),
                          "capacity": round(float(log["capacity"]), 1)}  # fmt: skip


def _priced(called: Any, seconds: float, capacity: float) -> tuple[float, Floats, float]:
    """Return the lowest price at which the calls fit into the seats, with its values."""
    weights, share = called(0.0)
    if share * seconds <= capacity:
        return 0.0, weights, share
    low, high = 0.0, 100.0
    for _ in range(STEPS):
        middle = (low + high) / 2.0
        weights, share = called(middle)
        low, high = (low, middle) if share * seconds <= capacity else (middle, high)
    weights, share = called(high)
    return high, weights, share


BENCHMARK = Strategy(
    name="benchmark",
    title=Text(en="Learned benchmark", zh="学习型标尺"),
    why=Text(
        en="What the same data allow: values learned beyond the week, seats priced. No bound.",
        zh="同样的数据能做到多少：学习一周之后的价值，并给坐席定价。并非上限。",
    ),
    params=Params(),
    decide=decide,
    organisation=ai.AI.organisation,
    fit=fit,
    randomised=1.0,
    reference=True,
)
