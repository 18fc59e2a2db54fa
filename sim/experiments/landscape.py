"""Two knobs at several values each: who wins where, and how sure that is."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.compare import stats
from sim.core.errors import BadInput
from sim.experiments.sweep import (
    Design,
    Input,
    Play,
    Sweep,
    higher_is_better,
    metric_title,
    sweep,
    whole,
)
from sim.play.own_book import asked_words
from sim.scenario import Scenario

LEVELS = 5  #: values of a knob where none are given
COLUMNS = ["winner", "value", "second", "lead", "ci_low", "ci_high", "sure"]


@dataclass(frozen=True)
class Landscape:
    """The strategies over two knobs, by one metric."""

    sweep: Sweep
    metric: str = "net_value"

    @property
    def knobs(self) -> tuple[str, str]:
        """The two knobs."""
        first, second = self.sweep.design.inputs
        return first, second

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per cell.

        Columns: the two knobs, winner, its value, second, lead of the winner over the second with
        the interval of the paired difference, sure (whether it excludes a tie). Reference lines
        take no part; a cell that broke off is missing.
        """
        values, points = self._values(), self.sweep.points
        names = list(values)
        common = sorted(set.intersection(*(set(v) for v in values.values())))
        rows = []
        for point in common:
            at = np.array([values[s][point] for s in names])
            order = np.argsort(-at.mean(axis=1), kind="stable")
            first, second = int(order[0]), int(order[1])
            gap = stats.ratio(at[first] - at[second], np.ones(at.shape[1]))
            low, high = stats.interval(gap)
            worth = self._sign * at[first].mean()
            rows.append((*points.loc[point], names[first], worth, names[second], gap.estimate,
                         low, high, bool(low > 0)))  # fmt: skip
        return pd.DataFrame(rows, columns=[*self.knobs, *COLUMNS])

    @property
    def _sign(self) -> float:
        return 1.0 if higher_is_better(self.metric) else -1.0

    def _values(self) -> dict[str, dict[int, Any]]:
        """Return each candidate's replications by point, more is better."""
        names = [s for s in self.sweep.strategies if s not in self.sweep.about["reference"]]
        if len(names) < 2:
            raise BadInput("--strategies", "", ",".join(names), "two candidates at least")
        outcomes = {s: self.sweep.outcome(self.metric, s) for s in names}
        return {
            s: dict(zip(o.points.tolist(), self._sign * o.values, strict=True))
            for s, o in outcomes.items()
        }

    def heat(self, lang: str = "en") -> pd.DataFrame:
        """Return the heat table: the first knob down, the second across, who wins in each cell.

        A question mark follows where the lead over the second may be a tie.
        """
        first, second = self.knobs
        cells = self.table.copy()
        cells["cell"] = [
            self.sweep.title(w, lang) + ("" if sure else " ?")
            for w, sure in zip(cells["winner"], cells["sure"], strict=True)
        ]
        return cells.pivot(index=first, columns=second, values="cell").fillna("")

    @property
    def command(self) -> str:
        """The command line that makes the same table."""
        d, (first, second) = self.sweep.design, self.knobs
        words = ["dunning", "response", d.scenario, "--knob", first, "--values", _list(d, first)]
        words += ["--and", second, "--and-values", _list(d, second)]
        words += ["--strategies", ",".join(d.strategies)]
        for option in ("replications", "seed", "accounts", "days"):
            if (value := getattr(d, option)) is not None:
                words += [f"--{option}", str(value)]
        words += asked_words(d)
        return shlex.join([*words, *(w for text in d.settings for w in ("--set", text))])

    @property
    def snippet(self) -> str:
        """Python that makes the same table."""
        head = "from sim.experiments.landscape import Landscape\n"
        body = self.sweep.snippet.replace("result = sweep(", "swept = sweep(", 1)
        return f"{head}{body}result = Landscape(swept, {self.metric!r})\n"

    def sentence(self, lang: str = "en", names: Mapping[str, str] | None = None) -> str:
        """Say who wins in how many cells, and how many of these are sure."""
        table, metric = self.table, metric_title(self.metric, lang)
        said = []
        for name, cells in table.groupby("winner", sort=False):
            title, n, sure = self.sweep.title(str(name), lang), len(cells), int(cells["sure"].sum())
            said.append((n, f"“{title}” {n} 格（{sure} 格可确定）" if lang == "zh"
                         else f"{title} in {n} (sure in {sure})"))  # fmt: skip
        told = [text for _, text in sorted(said, key=lambda one: -one[0])]
        a, b = ((names or {}).get(k, k) for k in self.knobs)
        if lang == "zh":
            return f"{a}与{b}的 {len(table)} 格中，{metric}最优者：{'、'.join(told)}。"
        return f"{metric} over {a} and {b}, best of {len(table)} cells: {', '.join(told)}."


def _list(d: Design, knob: str) -> str:
    return ",".join(f"{v}" for v in d.inputs[knob].values)


def levels(scenario: Scenario, knob: str) -> tuple[Any, ...]:
    """Return five values over a knob's own range."""
    row = next((k for k in scenario.knobs() if k.path == knob), None)
    if row is None or not row.sweep or not row.sweep[0] < row.sweep[1]:
        raise BadInput("--values", "", knob, f"values for {knob}: it has no range of its own")
    found = np.linspace(row.sweep[0], row.sweep[1], LEVELS).tolist()
    steps = (round(v) if whole(knob) else round(v, 12) for v in found)
    return tuple(dict.fromkeys(steps))


def landscape(
    scenario: str,
    strategies: Sequence[str],
    knobs: Mapping[str, Sequence[Any]],
    metric: str = "net_value",
    *,
    replications: int = 5,
    seed: int = 0,
    accounts: int | None = None,
    days: int | None = None,
    settings: Sequence[str] = (),
    portfolio: str | None = None,
    mapping: Mapping[str, str] | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    jobs: int = 1,
    play: Play | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Landscape:
    """Play two knobs at several values each, every strategy in each cell with the same luck.

    *knobs* are two paths with their values; the other arguments are those of `sweep`.
    """
    if len(knobs) != 2:
        raise BadInput("--and", "", ",".join(knobs), "two different knobs")
    inputs = {knob: Input(tuple(values)) for knob, values in knobs.items()}
    d = Design(
        scenario, tuple(strategies), inputs, "grid", 2, replications, seed, accounts, days,
        tuple(settings), portfolio=portfolio, mapping=mapping or {},
    )  # fmt: skip
    return Landscape(sweep(d, out, resume=resume, jobs=jobs, play=play, progress=progress), metric)


__all__ = ["Landscape", "landscape", "levels"]
