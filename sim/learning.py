"""The burn-in from which strategies that learn get their models.

The log comes from other borrowers than any run plays (replication -1), holds View fields only,
and a share of it is randomised, so that what a treatment causes can be told from whom it met.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.cache import kept
from sim.domain import DAY, Event, View
from sim.engine import Facts
from sim.rng import Purpose, draw, uniform
from sim.scenario import Scenario
from sim.strategies import Strategy
from sim.strategies.base import idle_days
from sim.strategies.features import COUNT, features
from sim.strategies.trial import TRIAL, arm_of_week

Log = dict[str, NDArray[np.float64]]
Week = tuple[int, tuple[float, ...], int, int]  #: day, features, arm, instalment
Play = Callable[[Strategy], Facts]  #: plays a burn-in under a policy

ALIEN = 1  #: stream by which records of bad quality are mixed up


def learned(
    scenario: Scenario, seed: int, strategy: Strategy, play: Play
) -> tuple[Strategy, dict[str, Any]]:
    """Return *strategy* with its models fitted, and the report of the fit.

    The models are fitted once per scenario and seed and kept; intervals therefore speak of this
    model.
    """
    if strategy.fit is None:
        return strategy, {}
    params, report = _fitted(_Fit(scenario, seed, strategy, play))
    return replace(strategy, params=type(strategy.params)(*params)), report


class _Fit:
    """What a fit depends on, compared by fingerprint."""

    def __init__(self, scenario: Scenario, seed: int, strategy: Strategy, play: Play) -> None:
        self.scenario, self.strategy, self.play = scenario, strategy, play
        self.key = f"{scenario.fingerprint} {seed} {strategy.name} {strategy.params}"

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Fit) and other.key == self.key


@lru_cache(maxsize=8)
def _fitted(of: _Fit) -> tuple[tuple[Any, ...], dict[str, Any]]:
    def make() -> tuple[tuple[Any, ...], dict[str, Any]]:
        assert of.strategy.fit is not None
        params, report = of.strategy.fit(burn_in(of.scenario, of.play))
        return tuple(params), report

    answer: tuple[tuple[Any, ...], dict[str, Any]] = kept("fit", of.key, make)
    return answer


def burn_in(scenario: Scenario, play: Play) -> Log:
    """Play the randomised policy and return its log.

    One row per randomised account-week in which the account could be worked: ``who``, the
    account; ``x``, features at the week's first decision; ``arm``;
    ``paid``, within 7 days; ``cash``, instalments paid within 30 days, missing where the burn-in
    ended before.
    """
    weeks: dict[tuple[int, int], Week] = {}
    params = TRIAL.params._replace(randomised=scenario.trial.randomised)

    def spy(p: Any, view: View) -> Any:
        key = (_name(view.coin), view.day // 7)
        if idle_days(view) == 0 and key not in weeks:
            weeks[key] = (view.day, features(view), arm_of_week(p, view), view.instalment)
        return TRIAL.decide(p, view)

    facts = play(replace(TRIAL, params=params, decide=spy))
    return _log(scenario, facts, weeks)


def _name(coin: float) -> int:
    """The lasting coin as a name: the View has no id."""
    return round(coin * 2**52)


def _log(scenario: Scenario, facts: Facts, weeks: dict[tuple[int, int], Week]) -> Log:
    days, quality = scenario.trial.days, scenario.trial.data_quality
    ids = {_name(draw(a.traits.luck, Purpose.COIN, 0)): a.id for a in facts.final}
    paid: dict[int, list[tuple[int, int]]] = {}
    for p in facts.postings:
        if p.event == Event.PAID:
            paid.setdefault(p.account, []).append((p.time // DAY, p.amount))
    rows = []
    for (coin, _), (day, x, arm, instalment) in weeks.items():
        if arm < 0 or day + 7 > days:
            continue
        payments = paid.get(ids[coin], ())
        week = any(day <= d < day + 7 for d, _ in payments)
        cents = sum(c for d, c in payments if day <= d < day + 30)
        month = cents / instalment if day + 30 <= days else np.nan
        rows.append((ids[coin], arm, float(week), month, *x))
    body = np.array(rows, dtype=float).reshape(-1, 4 + COUNT)
    named = dict(zip(("who", "arm", "paid", "cash"), body[:, :4].T, strict=True))
    return {**named, "x": _mixed_up(body[:, 4:], quality)}


def _mixed_up(x: NDArray[np.float64], quality: float) -> NDArray[np.float64]:
    """Give the share of records of bad quality the fields of another record."""
    wrong = np.array(
        [uniform(ALIEN, i, Purpose.DATA_ERROR, 0) >= quality for i in range(len(x))], dtype=bool
    )
    return np.where(wrong[:, None], np.roll(x, 7, axis=0), x) if len(x) else x
