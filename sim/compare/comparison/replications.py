"""One replication as work for a crew: what goes along once, what comes back."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

import pandas as pd

from sim.compare.comparison.result import REFITTED
from sim.core.cache import source
from sim.core.errors import BadInput
from sim.play.run import Setting, fitted, ready, replay
from sim.strategies import Strategy

Task = tuple[int, str]  #: replication and strategy
Tables = dict[str, pd.DataFrame]
SWAPPED = 8  #: replications that are played with another fit too, to know what a fit is worth


class Played(NamedTuple):
    """What one replication of one strategy left."""

    tables: Tables | str  #: or the reason why there are none
    seconds: float = 0.0  #: that it took


@dataclass(frozen=True)
class Replications:
    """All that the replications of a comparison share; a worker gets it once."""

    at: Setting
    strategies: Mapping[str, Strategy]  #: fitted where they are played
    code: str = field(default_factory=source)

    def __call__(self, task: Task) -> Played:
        """Play one replication of one strategy; one that breaks off is a reason."""
        replication, name = task
        self._settle()
        began = time.perf_counter()
        found = one(self.at, self.strategies[name], replication)
        return Played(found, time.perf_counter() - began)

    def _settle(self) -> None:
        """Refuse other code than the one that asks, which might answer otherwise."""
        if source() != self.code:
            allowed = f"{self.code[:12]!r}, the code of the one who asks; install the same"
            raise BadInput("worker", "source", source()[:12], allowed)


def one(at: Setting, strategy: Strategy, replication: int) -> Tables | str:
    """Play one replication; return its tables, or why it broke off."""
    try:
        run = replay(at, ready(at, strategy, replication), replication, {}, full=False)
        refitted = _refitted(at, strategy, replication)
    except BadInput:
        raise
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    measures = run.measures.reset_index()[["metric", "numerator", "denominator"]]
    measures = pd.concat([measures, refitted], ignore_index=True)
    tables = {
        "measures": measures, "daily": run.daily, "seats": run.seats, "segments": run.segments,
    }  # fmt: skip
    for t in tables.values():
        t.insert(0, "replication", replication)
        t.insert(0, "strategy", strategy.name)
    return tables


def _refitted(at: Setting, strategy: Strategy, replication: int) -> pd.DataFrame:
    """Return the net value with the next fit instead; nothing where no model learns."""
    if strategy.fit is None or replication >= min(SWAPPED, at.groups):
        return pd.DataFrame()
    other = at.group(replication + 1)
    run = replay(at, fitted(at, strategy, other)[0], replication, {}, full=False)
    row = run.measures.loc[["net_value"], ["numerator", "denominator"]].reset_index()
    return row.assign(metric=REFITTED)


def interleaved(tasks: Sequence[Task], seconds: Mapping[str, float]) -> Iterator[Task]:
    """Yield the tasks replication by replication, in each the strategy that took longest first.

    So that an interrupted comparison stays paired, and nobody waits at the end for a long one
    that was begun last. *seconds* may grow meanwhile.
    """
    for _, group in groupby(tasks, key=lambda task: task[0]):
        yield from longest_first(group, seconds)


def longest_first(tasks: Iterable[Task], seconds: Mapping[str, float]) -> list[Task]:
    """Return the tasks by how long their strategy took last; in their order where it is equal."""
    return sorted(tasks, key=lambda task: -seconds.get(task[1], 0.0))
