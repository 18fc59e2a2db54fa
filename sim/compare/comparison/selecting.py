"""The best of many strategies: play those in contention, put out the others as soon as it is safe.

Everybody meets the same luck, so few replications tell strategies apart; who is out is not played
any more. Limits are not looked at: the one that is left is a candidate for `compare`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Protocol

import pandas as pd

from sim.compare import selection
from sim.compare.comparison.replications import Tables, Task
from sim.compare.comparison.result import METRICS, Comparison
from sim.compare.comparison.running import CancelledError, compare, setting_of
from sim.compare.selection import Out, Selected
from sim.compare.stats import Ratio
from sim.core.errors import BadInput, choose
from sim.scenario import Scenario
from sim.strategies import Strategy, named

KEY = ["strategy", "replication", "metric"]  #: of a row of measures


class Asked(NamedTuple):
    """What a selection goes by: the metric, the difference that does not matter, how sure."""

    pick: str
    indifference: float
    confidence: float


class Pick(NamedTuple):
    """Whom a selection found, and by what; `found` holds the numbers."""

    asked: Asked
    found: Selected
    strategies: tuple[Strategy, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the selection as JSON-able records."""
        found = self.found
        body = {**self.asked._asdict(), **found._asdict()}
        return body | {"out": [one._asdict() for one in found.out], "values": dict(found.values)}

    def rows(self) -> list[tuple[Strategy, float, int, Out | None]]:
        """Return strategy, value, replications and how it was put out, the best first."""
        out = {one.name: one for one in self.found.out}
        order = [self.found.best, *(n for n in self.found.left if n != self.found.best)]
        order += [one.name for one in reversed(self.found.out)]
        by_name = {s.name: s for s in self.strategies}
        return [
            (by_name[n], self.found.values[n],
             out[n].replications if n in out else self.found.replications, out.get(n))
            for n in order
        ]  # fmt: skip


def select(
    scenario: Scenario,
    strategies: Sequence[str | Strategy],
    *,
    indifference: float,
    pick: str = "net_value",
    confidence: float = 0.95,
    most: int | None = None,
    keep: Kept | None = None,
    **options: Any,
) -> Pick:
    """Find the strategy that is best on average in one metric.

    Parameters
    ----------
    scenario, strategies
        The scenario, and at least two names on the shelf or strategies.
    indifference
        A difference that does not matter, in the unit of the metric: 5000 for net value is CNY
        5,000 per 1,000 accounts. Half of it takes about four times the replications.
    pick
        The metric.
    confidence
        With which the best is found, if it is better than all others by the indifference.
    most
        Replications that no strategy exceeds; 1,000 where left out.
    keep
        What keeps each play and knows those of before; nothing is kept without it.
    options
        `seed`, `accounts`, `days`, `engine`, `jobs`, `cluster`, `budget`, `start`, `book`,
        `portfolio`, `mapping` and `progress` as for `compare`.

    Raises
    ------
    BadInput
        What cannot be selected from, in one line.
    KeyboardInterrupt
        On Ctrl-C; what is finished is with *keep*.
    """
    metric = METRICS[choose("pick", "", pick, METRICS)]
    chosen = tuple(named(s) if isinstance(s, str) else s for s in strategies)
    asked = Asked(pick, _positive("indifference", indifference), float(confidence))
    if metric.better == "neither":
        raise BadInput("pick", "", pick, "a metric of which more, or less, is better")
    if len(chosen) < 2:
        raise BadInput("strategies", "", len(chosen), "at least two")
    if not 0.5 < asked.confidence < 1:
        raise BadInput("confidence", "", confidence, "a number above 0.5 and below 1")
    if most is not None and not 2 <= most <= 100_000:
        raise BadInput("most", "", most, "a whole number from 2 to 100000")
    table = _Table(scenario, {s.name: s for s in chosen}, pick, options, keep)
    found = selection.select(
        table.play, tuple(s.name for s in chosen), indifference=asked.indifference,
        confidence=asked.confidence, higher=metric.better == "higher",
        most=selection.MOST if most is None else most,
    )  # fmt: skip
    return Pick(asked, found, chosen)


def _positive(key: str, value: float) -> float:
    if not 0 < value < float("inf"):
        raise BadInput(key, "", value, "a number above 0, in the unit of the metric")
    return float(value)


class Kept(Protocol):
    """What keeps the plays of a selection: `sim.experiments.selected` has one."""

    def known(self) -> pd.DataFrame:
        """Return what was played before: strategy, replication, metric, and its two numbers."""

    def add(self, task: Task, tables: Tables) -> None:
        """Keep a play."""


class _Table:
    """What was played so far; grows by the replications of those still in contention."""

    def __init__(
        self, scenario: Scenario, by_name: Mapping[str, Strategy], pick: str,
        options: Mapping[str, Any], keep: Kept | None = None,
    ) -> None:  # fmt: skip
        self.keep = keep
        self.scenario, self.by_name, self.pick, self.options = scenario, by_name, pick, options
        self.found: Comparison | None = None

    def play(self, names: tuple[str, ...], replications: int) -> Mapping[str, Ratio]:
        """Return the metric of *names* after so many replications."""
        strategies = tuple(self.by_name[n] for n in names)
        try:
            self.found = compare(
                self.scenario, strategies, replications=replications, baseline=names[0],
                already=_only(self._before(strategies, replications), strategies),
                heard=None if self.keep is None else self.keep.add, **self.options,
            )  # fmt: skip
        except CancelledError:
            raise KeyboardInterrupt from None
        if len(self.found.replications) < 2:
            raise BadInput("select", "", len(self.found.replications), "two whole replications")
        found = {n: self.found.ratio(n, self.pick) for n in names}
        if gone := [n for n in names if not math.isfinite(found[n].estimate)]:
            allowed = f"a metric that each of them has; it does not exist for {', '.join(gone)}"
            raise BadInput("pick", "", self.pick, allowed)
        return found

    def _before(self, strategies: tuple[Strategy, ...], replications: int) -> Comparison | None:
        """Return what was played before, with what is kept of the first so many replications."""
        if self.keep is None or (known := self.keep.known()).empty:
            return self.found
        rows = known[known["replication"] < replications]
        if self.found is not None:
            rows = pd.concat([self.found.measures, rows], ignore_index=True)
            return replace(self.found, measures=rows.drop_duplicates(KEY, ignore_index=True))
        if rows.empty:
            return None
        none = pd.DataFrame()
        return Comparison(
            setting_of(self.scenario, **self.options), strategies, strategies[0].name, rows, none,
            none, replications,
        )  # fmt: skip


def _only(found: Comparison | None, strategies: tuple[Strategy, ...]) -> Comparison | None:
    """Return the comparison without those that were put out."""
    if found is None:
        return None
    kept = {
        name: rows[rows["strategy"].isin([s.name for s in strategies])]
        for name in ("measures", "daily", "seats", "segments")
        if not (rows := getattr(found, name)).empty
    }
    return replace(found, strategies=strategies, baseline=strategies[0].name, **kept)
