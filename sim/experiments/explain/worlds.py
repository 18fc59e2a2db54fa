"""The worlds that are played to explain a difference, each with the same luck."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.core.errors import BadInput
from sim.experiments.explain.accounts import Accounts, accounts_from, accounts_of
from sim.experiments.explain.shapley import Coalition
from sim.experiments.sweep import plays
from sim.experiments.sweep.plays import Keep, Progress
from sim.play.run import replay
from sim.play.staging import Setting
from sim.strategies import Strategy

Measures = dict[str, tuple[float, float]]  #: by metric: numerator and denominator
Task = tuple[int, str]  #: replication and world
Answer = Measures | Accounts | str


@dataclass(frozen=True)
class Worlds:
    """All that the plays share; a worker gets it once."""

    at: Setting
    strategies: Mapping[str, Strategy]  #: by world, with their models
    apart: frozenset[str]  #: worlds that are told account by account

    def __call__(self, task: Task) -> Answer:
        """Play one replication of one world; one that breaks off is a reason."""
        replication, world = task
        try:
            if world in self.apart:
                return accounts_of(self.at, self.strategies[world], replication)
            found = replay(self.at, self.strategies[world], replication, {}, full=False).measures
        except Exception as error:
            return plays.broke_off(error)
        pairs = zip(found["numerator"], found["denominator"], strict=True)
        return {str(m): (float(x), float(y)) for m, (x, y) in zip(found.index, pairs, strict=True)}


def played(
    worlds: Worlds,
    replications: int,
    keep: Keep,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
) -> tuple[dict[str, list[Any]], tuple[tuple[str, int, str], ...]]:
    """Play every world; return the answers of the replications that all worlds finished.

    Returns
    -------
    dict
        By world, one answer per such replication, in order.
    tuple
        What broke off: world, replication, reason.

    Raises
    ------
    BadInput
        Every replication broke off somewhere.
    """
    tasks = [(r, world) for r in range(replications) for world in worlds.strategies]
    answers = plays.played(worlds, tasks, keep, jobs=jobs, warm=__name__, progress=progress)
    whole, failed = plays.whole(answers, replications)
    if not whole:
        raise BadInput("explain", "", failed[0][2], "a replication that every world finishes")
    return {w: [answers[r, w] for r in whole] for w in worlds.strategies}, failed


def read(body: Any) -> Answer:
    """Return an answer as it was before JSON."""
    if "coins" in body:
        return accounts_from(body)
    return {str(metric): (float(x), float(y)) for metric, (x, y) in body.items()}


def joined(who: Coalition) -> str:
    """Return the name of the world in which they have joined."""
    return f"joined:{','.join(map(str, sorted(who)))}"


def totals(answers: Sequence[Measures], metric: str) -> tuple[list[float], list[float]]:
    """Return numerators and denominators of a metric over the replications."""
    pairs = [answer[metric] for answer in answers]
    return [x for x, _ in pairs], [y for _, y in pairs]
