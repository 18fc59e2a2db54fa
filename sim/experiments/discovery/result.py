"""What a sweep discovers: boxes, the smallest turn, regret; as tables and in words."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from sim.compare import figures, stats
from sim.core.errors import BadInput
from sim.experiments.discovery.condition import Cases, When, cases, said, when_of
from sim.experiments.discovery.flips import Space, Surface, beyond, flips, surface
from sim.experiments.discovery.prim import Box, Limits, boxes
from sim.experiments.discovery.regret import regret
from sim.experiments.sweep import Design, Play, Sweep, higher_is_better, sweep
from sim.experiments.sweep.design import whole

BOX = ["box", "input", "low", "high", "among", "coverage", "density", "points", "quasi_p",
       "shuffled_p"]  # fmt: skip
TRUSTED = 0.5  #: share of the variance that a surface must foretell before its turns are told
Names = Mapping[str, str] | None


@dataclass(frozen=True)
class Discovery:
    """Where a condition holds, by what it turns, and what each strategy risks."""

    sweep: Sweep
    when: When
    source: str = "F.parquet"  #: the sweep's file

    @cached_property
    def cases(self) -> Cases:
        """The points, and whether the condition holds there."""
        return cases(self.sweep, self.when)

    @property
    def share(self) -> float:
        """Share of the points at which the condition holds."""
        return float(self.cases.holds.mean())

    @property
    def exceptions(self) -> bool:
        """Whether the boxes hold the points where it does not hold, which are the fewer."""
        return self.share > 0.5

    @cached_property
    def boxes(self) -> list[Box]:
        """Boxes of the rarer side, the best first; none where nothing but chance makes one."""
        y = self.cases.holds != self.exceptions
        return boxes(self.cases.inputs, y, seed=self.sweep.design.seed)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row for each limit of each box.

        Columns: box, input, low, high (missing: no limit), among, coverage, density, points,
        quasi_p, shuffled_p.
        """
        rows = [
            (i + 1, name, one.low, one.high, ", ".join(map(str, one.among)), b.coverage, b.density,
             b.points, b.quasi_p[name], b.shuffled_p)
            for i, b in enumerate(self.boxes)
            for name, one in b.limits.items()
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=BOX)

    @cached_property
    def space(self) -> Space:
        """The inputs that are numbers, with their ranges and present values."""
        x = self.cases.inputs.select_dtypes("number")
        x = x.loc[:, x.nunique() > 1]
        if x.empty:
            raise BadInput("discover", "inputs", list(self.cases.inputs), "one that is a number")
        low, high = np.array(x.min(), dtype=float), np.array(x.max(), dtype=float)
        for i, name in enumerate(x.columns):
            if (one := self.sweep.design.inputs[name]).between:
                low[i], high[i] = one.values
        now = self.sweep.about["base"]
        base = [now.get(n, (a + b) / 2) for n, a, b in zip(x.columns, low, high, strict=True)]
        return Space(tuple(map(str, x.columns)), low, high, np.array(base, dtype=float))

    @cached_property
    def surface(self) -> Surface:
        """The gain as a quadratic of the inputs."""
        x = self.cases.inputs[list(self.space.names)].to_numpy(dtype=float)
        return surface(self.space.scaled(x), self.cases.gain)

    @cached_property
    def flips(self) -> pd.DataFrame:
        """The nearest turns; see `flips.flips`. Empty where no surface can be trusted."""
        found = flips(self.surface, self.space)
        return found if self.surface.explained >= TRUSTED else found.iloc[:0]

    @cached_property
    def risks(self) -> pd.DataFrame:
        """The minimax regret table, see `regret`; empty where there is one candidate only."""
        if len(set(self.sweep.strategies) - set(self.sweep.about["reference"])) < 2:
            return pd.DataFrame()
        return regret(self.sweep, self.when.metric)

    @property
    def command(self) -> str:
        """The command line that makes the same tables."""
        return shlex.join(["dunning", "discover", self.source, "--when", self.when.text])

    @property
    def snippet(self) -> str:
        """Python that makes the same tables."""
        asked = f"stored({self.source!r}), {self.when.text!r}, source={self.source!r}"
        return (
            "from sim.experiments.discovery import discover\n"
            "from sim.experiments.sweep import stored\n\n"
            f"result = discover({asked})\n"
        )

    def sentences(self, lang: str = "en", names: Names = None) -> list[str]:
        """Say where it holds, except where, what turns it, and who risks least."""
        return [*self._where(lang, names), self._turn(lang, names), self._risk(lang)]

    def sentence(self, lang: str = "en", names: Names = None) -> str:
        """Say it all in one paragraph."""
        return ("" if lang == "zh" else " ").join(self.sentences(lang, names))

    def _where(self, lang: str, names: Names) -> list[str]:
        yes, no = said(self.sweep, self.when, lang)
        share, n = figures.chance(self.share), len(self.cases.holds)
        zh = lang == "zh"
        first = (
            f"在 {n} 组取值中，{yes}的占 {share}。" if zh else f"{yes} at {share} of {n} points."
        )
        if self.share in (0.0, 1.0):
            return [first]
        rarer = no if self.exceptions else yes
        if not self.boxes:
            none = "没有能与随机波动区分开的条件组合。" if zh else (
                "No limits on the inputs say where, beyond what chance makes."
            )  # fmt: skip
            return [first, none]
        return [first, *(_box(b, rarer, lang, names) for b in self.boxes)]

    def _turn(self, lang: str, names: Names) -> str:
        zh, s = lang == "zh", self.surface
        if s.explained < TRUSTED:
            told = figures.chance(max(0.0, s.explained))
            return (f"曲面只能解释未见取值变动的 {told}，因此不给出最小翻转。" if zh else
                    f"A surface foretells only {told} of what points left out do: "
                    "no smallest turn is told.")  # fmt: skip
        if self.flips.empty:
            return ("在各输入的范围内，改动一项或两项都不会翻转结论。" if zh else
                    "No change of one or two inputs within their ranges turns it.")  # fmt: skip
        row = self.flips.iloc[0]
        parts = [
            (f"{_name(row[f'input{e}'], names)}从 {_moved(row, e)[0]} 变为 {_moved(row, e)[1]}"
             if zh else
             f"{_name(row[f'input{e}'], names)} from {_moved(row, e)[0]} to {_moved(row, e)[1]}")
            for e in ("", "_2") if row[f"input{e}"]
        ]  # fmt: skip
        told, far = figures.chance(s.explained), f"{row['distance']:.2f}"
        if zh:
            return (f"能翻转结论的最小改动：{'，同时'.join(parts)}（相当于范围的 {far} 倍；"
                    f"曲面解释 {told}，尚未实际模拟）。")  # fmt: skip
        return (f"The smallest change that turns it: {' and '.join(parts)} ({far} of a range; by a "
                f"surface that foretells {told}, not played yet).")  # fmt: skip

    def _least_is_sure(self) -> bool:
        """Tell whether the least regret lies apart from every other's interval."""
        first, *others = self.risks.to_dict(orient="records")
        return all(first["ci_high"] < other["ci_low"] for other in others)

    def _risk(self, lang: str) -> str:
        if self.risks.empty:
            return ""
        first, *_ = self.risks.to_dict(orient="records")
        title = self.sweep.title(first["strategy"], lang)
        most = figures.number(
            first["max_regret"], (first["ci_high"] - first["ci_low"]) / 2, lang=lang
        )
        share = figures.chance(first["best_share"])
        if not self._least_is_sure():
            if lang == "zh":
                return (f"最大遗憾相差在随机波动之内；“{title}”最坏情形落后 {most}，"
                        f"在 {share} 的取值中最优。")  # fmt: skip
            return (f"Which one risks least is within luck; at worst {title} lacks {most}, and "
                    f"it is best at {share} of the points.")  # fmt: skip
        if lang == "zh":
            return f"最大遗憾最小的是“{title}”：最坏情形落后 {most}，在 {share} 的取值中最优。"
        return (f"{title} risks least: at worst it lacks {most}, and it is best at {share} of the "
                "points.")  # fmt: skip


def _moved(row: Any, end: str) -> tuple[str, str]:
    """Return from where and to where an input moves; a whole number stays one."""
    start, to = float(row[f"from{end}"]), float(row[f"to{end}"])
    if whole(str(row[f"input{end}"])):
        to = math.ceil(to) if to > start else math.floor(to)
    return f"{start:.4g}", f"{to:.4g}"


def _name(path: str, names: Names) -> str:
    return (names or {}).get(path, path)


def _limit(name: str, one: Limits, lang: str) -> str:
    low, high = f"{one.low:.4g}", f"{one.high:.4g}"
    if one.among:
        among = "、".join(map(str, one.among)) if lang == "zh" else " or ".join(map(str, one.among))
        return f"{name}为{among}" if lang == "zh" else f"{name} is {among}"
    if math.isnan(one.low):
        return f"{name}不高于 {high}" if lang == "zh" else f"{name} is at most {high}"
    if math.isnan(one.high):
        return f"{name}不低于 {low}" if lang == "zh" else f"{name} is at least {low}"
    return f"{name}在 {low} 至 {high} 之间" if lang == "zh" else f"{name} is {low} to {high}"


def _box(b: Box, what: str, lang: str, names: Names) -> str:
    limits = [_limit(_name(n, names), one, lang) for n, one in b.limits.items()]
    density, coverage = figures.chance(b.density), figures.chance(b.coverage)
    p = figures.chance(b.shuffled_p)
    if lang == "zh":
        where = f"当{'，且'.join(limits)}时，其中 {density} 的取值{what}，"
        rest = f"占全部此类取值的 {coverage}；随机打乱后 {p} 的情形能得到同样好的条件。"
        return where + rest
    where = f"Where {' and '.join(limits)}, {what} at {density} of the points"
    rest = f"{coverage} of all such points lie there"
    return f"{where}, and {rest}; of outcomes dealt out at random {p} do as well."


def discover(swept: Sweep, when: str | When, *, source: str = "F.parquet") -> Discovery:
    """Return what a sweep says about a condition such as ``ai beats process``.

    Raises
    ------
    BadInput
        A condition in other words, a strategy or a metric that the sweep has not.
    """
    found = Discovery(swept, when_of(when) if isinstance(when, str) else when, source)
    if len(found.cases.holds) < 2:
        raise BadInput("discover", "points", len(found.cases.holds), "two whole ones at least")
    return found


def confirm(
    found: Discovery, most: int = 3, *, jobs: int = 1, play: Play | None = None
) -> pd.DataFrame:
    """Play the present values and a step beyond each of the nearest turns.

    Columns: input, input_2, gain (of the condition's first strategy) with its interval, turned
    (whether the played gain has the other sign than at the present values), sure (whether its
    interval excludes 0). The first row is the present values.
    """
    s, d = found.space, found.sweep.design
    rows = found.flips.head(most)
    points = [dict(zip(s.names, s.base.tolist(), strict=True))]
    points += [beyond(row, s) for _, row in rows.iterrows()]
    asked = {n: d.inputs[n] for n in s.names}
    given: Design = replace(
        d, kind="given", n=1, inputs=asked, points=tuple(tuple(p.values()) for p in points)
    )
    out = sweep(given, jobs=jobs, play=play).outcome(found.when.metric, found.when.a, found.when.b)
    sign = 1.0 if higher_is_better(found.when.metric) else -1.0
    told = pd.DataFrame(
        {
            "gain": sign * out.means - found.when.by,
            "half": [stats.half_width(v) for v in out.values],
        },
        index=out.points,
    ).reindex(range(len(points)))
    gain, half = told["gain"].to_numpy(), told["half"].to_numpy()
    table: dict[str, Any] = {"input": ["", *rows["input"]], "input_2": ["", *rows["input_2"]]}
    table |= {"gain": gain, "ci_low": gain - half, "ci_high": gain + half}
    turned = (gain > 0.0) != (gain[0] > 0.0)
    return pd.DataFrame(table | {"turned": turned, "sure": np.abs(gain) > half})
