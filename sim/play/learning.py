"""The burn-in from which strategies that learn get their models.

The log comes from other borrowers than any run plays (replication -1), holds View fields only,
and a share of it is randomised, so that what a treatment causes can be told from whom it met.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.agents.budget import staff
from sim.core.cache import Keyed, kept
from sim.core.domain import DAY, HOUR, Action, Channel, Event, Role, View
from sim.core.kernel import COMPILED, kernel, record_at
from sim.core.rng import Purpose, draw, uniform
from sim.engine.ledger import Columns
from sim.scenario import Scenario
from sim.strategies import Strategy, trial
from sim.strategies.base import idle_days
from sim.strategies.features import COUNT, features
from sim.strategies.trial import BLOCK, TRIAL, Params, arm_of_block

Log = dict[str, NDArray[np.float64]]
Rows = NDArray[Any]


class Played(NamedTuple):
    """What a burn-in leaves behind."""

    ledger: Columns
    ids: NDArray[np.int64]  #: of the accounts
    lucks: NDArray[np.int64]  #: and the keys of their luck


Play = Callable[[Strategy], Played]  #: plays a burn-in under a policy

#: One decision that chance made.
ROW = np.dtype(
    [
        ("coin", "f8"),
        ("day", "i8"),
        ("hour", "i8"),
        ("instalment", "i8"),
        ("arm", "i8"),
        ("x", "f8", (COUNT,)),
    ]
)
ROW_SIZE = ROW.itemsize
COUNTER = np.dtype([("decisions", "i8")])
MONTH = 30  #: days for which one looks ahead
FAR = 1 << 36  #: more seconds than any run has
ALIEN = 1  #: stream by which records of bad quality are mixed up


def learned(
    scenario: Scenario, seed: int, strategy: Strategy, play: Play, draw: int = 0
) -> tuple[Strategy, dict[str, Any]]:
    """Return *strategy* with its models fitted, and the report of the fit.

    The models are fitted once per scenario, seed and *draw* and kept. Another draw is another
    burn-in, and so another model: a comparison takes several in turn.
    """
    if strategy.fit is None:
        return strategy, {}
    params, report = _fitted(_Fit(scenario, seed, strategy, play, draw))
    return replace(strategy, params=type(strategy.params)(*params)), report


class _Fit(Keyed):
    """What a fit depends on, compared by fingerprint."""

    def __init__(
        self, scenario: Scenario, seed: int, strategy: Strategy, play: Play, draw: int = 0
    ) -> None:
        self.scenario, self.strategy, self.play = scenario, strategy, play
        self.depends = f"{scenario.fingerprint} {seed} {strategy.name} {strategy.params} {draw}"


@lru_cache(maxsize=256)
def _fitted(of: _Fit) -> tuple[tuple[Any, ...], dict[str, Any]]:
    def make() -> tuple[tuple[Any, ...], dict[str, Any]]:
        assert of.strategy.fit is not None
        log = burn_in(of.scenario, of.play, of.strategy.randomised)
        log["capacity"] = _capacity(of.scenario, of.strategy, log)
        params, report = of.strategy.fit(log)
        return tuple(params), report

    answer: tuple[tuple[Any, ...], dict[str, Any]] = kept("fit", of.depends, make)
    return answer


class Watching(NamedTuple):
    """The trial's parameters, and where a compiled run writes its decisions down."""

    trial: Params
    counter: int  #: address of the number of decisions so far
    rows: int  #: address of the rows
    room: int


@kernel
def is_trial(params: Params, view: View) -> bool:
    """Tell whether this account can be worked, and chance decides how this fortnight."""
    return idle_days(view) == 0 and arm_of_block(params, view) >= 0


@kernel
def watched(params: Watching, view: View) -> Action:
    """Play the trial, and write down what chance decides."""
    if is_trial(params.trial, view):
        counter = record_at(params.counter, COUNTER)
        place = counter.decisions
        counter.decisions = place + 1
        if place < params.room:
            row = record_at(params.rows + place * ROW_SIZE, ROW)
            row.coin, row.day, row.hour = view.coin, view.day, view.hour
            row.instalment = view.instalment
            row.arm = arm_of_block(params.trial, view)
            x = features(view)
            for i in range(COUNT):
                row.x[i] = x[i]
    return trial.decide(params.trial, view)


@kernel
def act_second(day: int, hour: int) -> int:
    """Return the second at which a decision seen at *hour* of *day* is made, at the latest.

    Mornings are lived before anybody is asked, all at the day's first second; later in the day
    only the hour is seen, and its last second is taken.
    """
    return day * DAY + (hour * HOUR + HOUR - 1 if hour > 0 else 0)


@kernel
def follows(act: int, second: int, days: int) -> bool:
    """Tell whether what happens at *second* is an outcome of an act within *days* days.

    The window opens after the act: what came in that morning, before anybody decided, is no
    outcome. It closes with the morning as many days later.
    """
    return act < second and second <= act + days * DAY


def _capacity(scenario: Scenario, strategy: Strategy, log: Log) -> NDArray[np.float64]:
    """Seconds of phone seats that a strategy's budget buys per row of its log."""
    t = scenario.trial
    posts = staff(scenario, strategy.organisation, t.accounts, "same").posts
    phone = [p for p in posts if p.role == Role.PHONE]
    weekly = sum((p.end - p.start) * (len(scenario.floor.weekdays) + p.saturdays) for p in phone)
    daily = weekly / len(scenario.floor.weekdays)
    days = t.days * scenario.floor.days_a_month / 30.0
    return np.array(daily * days / max(1, len(log["who"])))


def burn_in(scenario: Scenario, play: Play, randomised: float | None = None) -> Log:
    """Play the randomised policy and return its log.

    One row per randomised account-fortnight in which the account could be worked: ``who``, the
    account; ``x``, features at the fortnight's first decision; ``arm``; ``paid``, within 7 days of
    the decision (`follows`); ``settled``, half an instalment at least within 14 days; ``cash``,
    instalments paid within 30 days, missing where the burn-in ended before. For what follows a
    decision: ``next``, the account's next row within 30 days or -1; until then (or for 30 days)
    ``flow``, instalments paid, and ``seconds`` of seats; ``day`` and ``until``, its last day.
    *randomised* overrides the scenario's share.
    """
    share = scenario.trial.randomised if randomised is None else randomised
    params = TRIAL.params._replace(randomised=share)
    played, rows = (_compiled if COMPILED else _told)(params, play)
    blocks = pd.DataFrame({"coin": rows["coin"], "block": rows["day"] // BLOCK})
    whole = rows["day"] + BLOCK < scenario.trial.days
    return _log(scenario, played, rows[~blocks.duplicated().to_numpy() & whole])


def _compiled(params: Params, play: Play) -> tuple[Played, Rows]:
    """Play with a compiled witness; again with more room if there were more decisions."""
    room = 200_000
    while True:
        rows, count = np.zeros(room, dtype=ROW), np.zeros(1, dtype=COUNTER)
        watching = Watching(params, count.ctypes.data, rows.ctypes.data, room)
        played = play(replace(TRIAL, params=watching, decide=watched))
        made = int(count["decisions"][0])
        if made <= room:
            return played, rows[:made]
        room = made


def _told(params: Params, play: Play) -> tuple[Played, Rows]:
    """Play with a witness in plain Python."""
    seen: list[tuple[Any, ...]] = []

    def spy(p: Params, view: View) -> Action:
        if is_trial(p, view):
            arm = arm_of_block(p, view)
            seen.append((view.coin, view.day, view.hour, view.instalment, arm, features(view)))
        return trial.decide(p, view)

    played = play(replace(TRIAL, params=params, decide=spy))
    return played, np.array(seen, dtype=ROW)


def _log(scenario: Scenario, played: Played, rows: Rows) -> Log:
    """Join the decisions with what was paid after them; the View has no id, but a coin."""
    coins = np.array([draw(int(luck), Purpose.COIN, 0) for luck in played.lucks])
    by_coin, by_id = np.argsort(coins), np.argsort(played.ids)
    who = played.ids[by_coin[np.searchsorted(coins, rows["coin"], sorter=by_coin)]]
    paid = played.ledger["event"] == Event.PAID
    account = np.searchsorted(played.ids, played.ledger["account"][paid], sorter=by_id)
    when = account * FAR + played.ledger["time"][paid]
    amounts = played.ledger["amount"][paid]
    acts = np.array([act_second(d, h) for d, h in zip(rows["day"], rows["hour"], strict=True)])
    here = np.searchsorted(played.ids, who, sorter=by_id) * FAR + acts.astype(np.int64)

    def cents(days: int | NDArray[np.int64]) -> NDArray[np.float64]:
        return within(when, amounts, here, days)

    known = rows["day"] + MONTH < scenario.trial.days
    half = rows["instalment"] / 2.0
    following, gap = _following(who, rows["day"])
    return {
        "who": who.astype(float),
        "arm": rows["arm"].astype(float),
        "paid": (cents(7) > 0).astype(float),
        "settled": (cents(BLOCK) >= half).astype(float),
        "cash": np.where(known, cents(30) / rows["instalment"], np.nan),
        "x": _mixed_up(rows["x"], scenario.trial.data_quality),
        "day": rows["day"].astype(float),
        "instalment": rows["instalment"].astype(float),
        "until": (rows["day"] + gap).astype(float),
        "next": following.astype(float),
        "flow": cents(gap) / rows["instalment"],
        "seconds": _seat_seconds(scenario, played, here, gap, by_id),
    }


def within(
    when: NDArray[np.int64], values: Rows, acts: NDArray[np.int64], days: int | NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the sum of *values* that follow each act within *days*; see `follows`.

    *when* and *acts* are seconds, those of one account apart from those of others.
    """
    order = np.argsort(when, kind="stable")
    summed = np.concatenate([[0.0], np.cumsum(values[order], dtype=np.float64)])
    ends = np.searchsorted(when[order], acts + np.asarray(days) * DAY, side="right")
    found: NDArray[np.float64] = (
        summed[ends] - summed[np.searchsorted(when[order], acts, side="right")]
    )
    return found


def _following(who: NDArray[np.int64], day: NDArray[np.int64]) -> tuple[Any, Any]:
    """Return each row's next row of the same account within 30 days (or -1), and the days to it."""
    order = np.lexsort((day, who))
    following, gap = np.full(len(who), -1), np.full(len(who), MONTH)
    if len(order):
        here, there = order[:-1], order[1:]
        soon = (who[here] == who[there]) & (day[there] - day[here] <= MONTH)
        following[here[soon]] = there[soon]
        gap[here[soon]] = (day[there] - day[here])[soon]
    return following, gap


def _seat_seconds(
    scenario: Scenario, played: Played, here: Rows, gap: Rows, by_id: Rows
) -> NDArray[np.float64]:
    """Seconds of phone seats spent on an account from each decision until the next."""
    f, ledger = scenario.floor, played.ledger
    phone = ledger["channel"] == Channel.PHONE
    each = np.zeros(len(phone))
    each[ledger["event"] == Event.DIALLED] = 60.0 * (f.prepare_minutes + f.ring_minutes)
    each[ledger["event"] == Event.REACHED] = 60.0 * (f.talk_minutes + f.wrap_minutes)
    used = phone & (each > 0.0)
    account = np.searchsorted(played.ids, ledger["account"][used], sorter=by_id)
    return within(account * FAR + ledger["time"][used], each[used], here, gap)


def _mixed_up(x: NDArray[np.float64], quality: float) -> NDArray[np.float64]:
    """Give the share of records of bad quality the fields of another record."""
    wrong = np.array(
        [uniform(ALIEN, i, Purpose.DATA_ERROR, 0) >= quality for i in range(len(x))], dtype=bool
    )
    return np.where(wrong[:, None], np.roll(x, 7, axis=0), x) if len(x) else x
