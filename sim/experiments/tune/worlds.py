"""One replication of a strategy with other levers: the simulator as a function of the levers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sim.experiments.tune.asking import Question, sorted_levers
from sim.play.own_book import DRAWN, OwnBook
from sim.play.run import Setting, fitted, replay, setting
from sim.scenario import Scenario
from sim.strategies import Strategy, named
from sim.strategies.recipe import made

Measures = Mapping[str, tuple[float, float]]  #: metric: numerator and denominator
#: What stands where the simulator stands: strategy, changed levers, replication, seed -> measures.
Play = Callable[[str, Mapping[str, Any], int, int], Measures]
Levers = tuple[tuple[str, Any], ...]
Task = tuple[str, Levers, int, int]  #: strategy, levers, replication, seed
TUNED = "tuned"


def body_of(base: str, levers: Mapping[str, Any], name: str = TUNED) -> dict[str, Any]:
    """Return the recipe: what a strategy file says."""
    params, organisation = sorted_levers(levers)
    body: dict[str, Any] = {"name": name, "base": base}
    return body | {
        key: part for key, part in (("params", params), ("organisation", organisation)) if part
    }


def changed(strategy: Strategy, levers: Mapping[str, Any], name: str = TUNED) -> Strategy:
    """Return a fitted strategy with other levers; its models stay."""
    if not levers:
        return strategy
    return made(body_of(strategy.name, levers, name), {strategy.name: strategy}, "tune")


@dataclass(frozen=True)
class Simulator:
    """The simulator as a function of strategy, levers, replication and seed."""

    question: Question
    book: OwnBook = DRAWN

    def __call__(
        self, strategy: str, levers: Mapping[str, Any], replication: int, seed: int
    ) -> Measures:
        """Play one replication; models are fitted once for a strategy and seed."""
        at, ready, report = _ready(self._key(), self.book, strategy, seed)
        run = replay(at, changed(ready, levers), replication, report, full=False)
        found = run.measures.loc[list(self.question.metrics)]
        pairs = zip(found["numerator"], found["denominator"], strict=True)
        return {str(m): (float(x), float(y)) for m, (x, y) in zip(found.index, pairs, strict=True)}

    def _key(self) -> _Key:
        q = self.question
        return q.scenario, q.settings, q.accounts, q.days, q.budget


_Key = tuple[str, tuple[str, ...], int | None, int | None, str]


@lru_cache(maxsize=64)
def _ready(
    key: _Key, book: OwnBook, strategy: str, seed: int
) -> tuple[Setting, Strategy, dict[str, Any]]:
    scenario, settings, accounts, days, budget = key
    at = setting(Scenario.load(scenario, settings), seed, accounts, days, budget, late=book.late)
    ready, report = fitted(at, named(strategy))
    return at, replace(ready, fit=None), report


@dataclass(frozen=True)
class Work:
    """What a worker gets once."""

    play: Play

    def __call__(self, task: Task) -> Measures | str:
        """Answer a task; what breaks off is a reason."""
        strategy, levers, replication, seed = task
        try:
            return self.play(strategy, dict(levers), replication, seed)
        except Exception as error:
            return f"{type(error).__name__}: {error}"


__all__ = ["Measures", "Play", "Simulator", "Task", "Work", "body_of", "changed"]
