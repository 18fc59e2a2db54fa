"""A sensitivity analysis: its sweep, its ranked table, and what it says."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.compare import figures
from sim.core.errors import BadInput, choose
from sim.experiments.sensitivity.asking import inputs_of
from sim.experiments.sensitivity.indices import morris, noise_share, sobol
from sim.experiments.sweep import Design, Input, Play, Sweep, cube, metric_title, sweep
from sim.play.own_book import asked_words
from sim.scenario import Scenario

METHODS = {"morris": "morris", "sobol": "saltelli"}  #: and the plan that each needs
USUAL_N = {"morris": 8, "sobol": 64}  #: trajectories; base points
TOLD = 3  #: inputs that a sentence names


@dataclass(frozen=True)
class Sensitivity:
    """What the difference between two strategies (or one strategy's outcome) hangs on."""

    sweep: Sweep
    pair: tuple[str, ...]  #: the strategy, and the one that is taken off it
    metrics: tuple[str, ...]

    @property
    def method(self) -> str:
        """Return ``morris`` or ``sobol``."""
        kinds = {plan: method for method, plan in METHODS.items()}
        return kinds[self.sweep.design.kind]

    @cached_property
    def table(self) -> pd.DataFrame:
        """The ranked table.

        Columns: metric, rank, input, then those of `indices.morris` or `indices.sobol`, the
        largest effect or total first. Effects of Morris are in the metric's unit, over the whole
        range of the input; Sobol indices are shares of the variance between points.
        """
        return pd.concat([self._ranked(m) for m in self.metrics], ignore_index=True)

    def _ranked(self, metric: str) -> pd.DataFrame:
        d, by = self.sweep.design, "effect" if self.method == "morris" else "total"
        kept, y = self._whole(metric)
        if self.method == "morris":
            found = morris(cube(d)[kept], y, seed=d.seed)
        else:
            found = sobol(len(d.inputs), y, seed=d.seed)
        found.insert(0, "input", list(d.inputs))
        found = found.sort_values(by, ascending=False, kind="stable").reset_index(drop=True)
        found.insert(0, "rank", np.arange(1, len(found) + 1))
        found.insert(0, "metric", metric)
        return found

    def _whole(self, metric: str) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Return which points belong to whole blocks, and their values by replication."""
        d, outcome = self.sweep.design, self.sweep.outcome(metric, *self.pair)
        size = len(d.inputs) + (1 if self.method == "morris" else 2)
        kept = np.zeros(d.n * size, dtype=bool)
        kept[outcome.points] = True
        kept = np.repeat(kept.reshape(-1, size).all(axis=1), size)
        if kept.sum() < 2 * size:
            gone = d.n * size - len(outcome.points)
            allowed = (
                f"a metric with a number at the points of two whole blocks; {gone} of "
                f"{d.n * size} points have none: it does not exist, or the play failed"
            )
            raise BadInput("sensitivity", "metric", metric, allowed)
        return kept, outcome.values[np.isin(outcome.points, np.flatnonzero(kept))]

    @cached_property
    def noise(self) -> pd.DataFrame:
        """How sure the points are: metric, noise_share, replications, blocks, dropped."""
        d, rows = self.sweep.design, []
        for metric in self.metrics:
            kept, y = self._whole(metric)
            blocks = len(y) * d.n // len(kept)
            rows.append((metric, noise_share(y), y.shape[1], blocks, d.n - blocks))
        names = ["metric", "noise_share", "replications", "blocks", "dropped"]
        return pd.DataFrame(rows, columns=names)

    @property
    def command(self) -> str:
        """The command line that makes the same table."""
        d = self.sweep.design
        if not all(one.between for one in d.inputs.values()):
            return self.sweep.command
        asked = dict(zip(self.sweep.strategies, d.strategies, strict=True))
        inputs = (f"{path}={one.values[0]}:{one.values[1]}" for path, one in d.inputs.items())
        words = ["dunning", "sensitivity", d.scenario, "--method", self.method]
        words += [
            "--inputs",
            ",".join(inputs),
            "--difference",
            ":".join(asked[s] for s in self.pair),
        ]
        words += ["--metric", ",".join(self.metrics)]
        for option in ("n", "replications", "seed", "accounts", "days"):
            if (value := getattr(d, option)) is not None:
                words += [f"--{option}", str(value)]
        words += asked_words(d)
        return shlex.join([*words, *(w for text in d.settings for w in ("--set", text))])

    @property
    def snippet(self) -> str:
        """Python that makes the same table."""
        asked = f"{self.pair!r}, {self.metrics!r}"
        return (
            self.sweep.snippet.replace(
                "from sim.experiments.sweep",
                "from sim.experiments.sensitivity import analysed\nfrom sim.experiments.sweep",
                1,
            ).replace("result = sweep(", "swept = sweep(", 1)
            + f"result = analysed(swept, {asked})\n"
        )

    def sentence(
        self, lang: str = "en", metric: str | None = None, names: Mapping[str, str] | None = None
    ) -> str:
        """Say what the outcome hangs on most, and how much of what moves is luck.

        *names* are what inputs are called; their paths where it says nothing.
        """
        metric = metric or self.metrics[0]
        rows = self.table[self.table["metric"] == metric]
        clear = rows[rows["clear"]].head(TOLD)
        told = [(names or {}).get(p, p) for p in clear["input"]]
        values = [self._told(row, lang) for _, row in clear.iterrows()]
        noise = self.noise[self.noise["metric"] == metric].iloc[0]
        text = _zh if lang == "zh" else _en
        return text(self._of(metric, lang), list(zip(told, values, strict=True)), noise)

    def _of(self, metric: str, lang: str) -> str:
        titles = [self.sweep.title(s, lang) for s in self.pair]
        what = metric_title(metric, lang)
        if len(titles) == 1:
            return f"“{titles[0]}”的{what}" if lang == "zh" else f"{what} of {titles[0]}"
        if lang == "zh":
            return f"“{titles[0]}”与“{titles[1]}”的{what}之差"
        return f"{what}, {titles[0]} minus {titles[1]},"

    def _told(self, row: pd.Series[Any], lang: str) -> str:
        if self.method == "sobol":
            ends = (figures.chance(min(1.0, row[c])) for c in ("total", "total_low", "total_high"))
            at, low, high = ends
            return f"{at}，{low} 至 {high}" if lang == "zh" else f"{at}, {low} to {high}"
        half = (row["ci_high"] - row["ci_low"]) / 2
        half = half if half > 1e-9 * abs(row["effect"]) else 0.0  # rounding is no uncertainty
        at = figures.number(row["effect"], half, lang=lang)
        both = figures.interval(row["ci_low"], row["ci_high"], half, lang=lang)
        return f"{at}，{both}" if lang == "zh" else f"{at}, {both}"


def _en(of: str, told: list[tuple[str, str]], noise: pd.Series[Any]) -> str:
    if not told:
        said = f"{of} is sensitive to no input distinguishable from noise (95 %)."
    else:
        said = f"{of} hangs most on {'; then '.join(f'{n} ({v})' for n, v in told)}."
    return said + (
        ""
        if math.isnan(noise["noise_share"])
        else f" {figures.chance(noise['noise_share'])} of what moves between points is the luck of "
        f"{int(noise['replications'])} replications."
    )


def _zh(of: str, told: list[tuple[str, str]], noise: pd.Series[Any]) -> str:
    if not told:
        said = f"{of}：没有任何输入的影响能与随机波动区分开。"
    else:
        said = f"{of}主要取决于{'；其次是'.join(f'{n}（{v}）' for n, v in told)}。"
    return said + (
        ""
        if math.isnan(noise["noise_share"])
        else f"各组取值之间的变动中，{figures.chance(noise['noise_share'])}来自"
        f" {int(noise['replications'])} 次重复的随机波动。"
    )


def analysed(swept: Sweep, pair: Sequence[str], metrics: Sequence[str]) -> Sensitivity:
    """Return the analysis of a sweep whose plan is Morris's or Saltelli's.

    *pair* is one strategy, or one and the one it is measured against.
    """
    choose("design", "kind", swept.design.kind, METHODS.values())
    for name in pair:
        choose("--difference", "", name, swept.strategies)
    _check(pair, metrics)
    found = Sensitivity(swept, tuple(pair), tuple(metrics))
    for metric in metrics:
        swept.outcome(metric, *pair)
    return found


def sensitivity(
    scenario: str,
    method: str = "morris",
    inputs: str | Sequence[str] | Mapping[str, Input] = "assumed",
    difference: Sequence[str] = ("ai", "process"),
    metrics: Sequence[str] = ("net_value",),
    *,
    n: int | None = None,
    replications: int = 3,
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
    command: str = "",
    foretell: Callable[[float], None] | None = None,
) -> Sensitivity:
    """Play a plan for Morris or Sobol and analyse it.

    Parameters
    ----------
    scenario
        Name on the shelf or file.
    method
        ``morris``: which of many inputs matter at all; ``sobol``: how much of the variance each
        of a few explains.
    inputs
        See `inputs_of`; or inputs with their ranges.
    difference
        One strategy, or two: the first minus the second.
    metrics
        What is analysed.
    n
        Trajectories (8 where None) or base points (64, a power of two).
    replications, seed, accounts, days, settings, portfolio, mapping, out, resume, jobs, play,
    progress, command
        As for `sweep`, and so is *foretell*.
    """
    d = design_of(
        scenario, method, inputs, difference, metrics, n=n, replications=replications, seed=seed,
        accounts=accounts, days=days, settings=settings, portfolio=portfolio, mapping=mapping,
    )  # fmt: skip
    swept = sweep(
        d, out, resume=resume, jobs=jobs, play=play, progress=progress, command=command,
        foretell=foretell,
    )  # fmt: skip
    pair = difference if play is not None else _names(swept, d, difference)
    return analysed(swept, tuple(pair), tuple(metrics))


def _check(pair: Sequence[str], metrics: Sequence[str]) -> None:
    if not 1 <= len(set(pair)) == len(pair) <= 2:
        allowed = "two strategies, such as ai:process, each at most once"
        raise BadInput("--difference", "", ":".join(pair), allowed)
    if not metrics:
        raise BadInput("--metric", "", "nothing", "at least one metric")


def _names(swept: Sweep, d: Design, asked: Sequence[str]) -> list[str]:
    """Return the names of strategies that were asked for by file."""
    return [dict(zip(d.strategies, swept.strategies, strict=True))[text] for text in asked]


def design_of(
    scenario: str,
    method: str,
    inputs: str | Sequence[str] | Mapping[str, Input],
    difference: Sequence[str],
    metrics: Sequence[str],
    *,
    n: int | None,
    replications: int,
    seed: int,
    accounts: int | None,
    days: int | None,
    settings: Sequence[str],
    portfolio: str | None = None,
    mapping: Mapping[str, str] | None = None,
) -> Design:
    """Return the design that a method needs; refuse what cannot be analysed."""
    choose("--method", "", method, METHODS)
    _check(difference, metrics)
    if not isinstance(inputs, Mapping):
        inputs = inputs_of(Scenario.load(scenario, settings), inputs)
    return Design(
        scenario, tuple(difference), inputs, METHODS[method], n or USUAL_N[method], replications,
        seed, accounts, days, tuple(settings), portfolio=portfolio, mapping=mapping or {},
    )  # fmt: skip
