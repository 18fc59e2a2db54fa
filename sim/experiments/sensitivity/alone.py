"""Each input alone at both ends of its range: which of them turn the verdict that one is best.

Many inputs, two points each and the present one: the cheapest look that touches them all. What
several inputs do together it does not see.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.compare import figures, stats
from sim.core.errors import BadInput
from sim.experiments.sensitivity.asking import inputs_of
from sim.experiments.sweep import Design, Input, Play, Sweep, higher_is_better, metric_title, sweep
from sim.play.own_book import asked_words
from sim.scenario import Scenario
from sim.scenario.changes import shown

TOLD = 5  #: inputs that a sentence names


@dataclass(frozen=True)
class Ends:
    """How far the best of several leads, with each input at either end of its range."""

    sweep: Sweep
    metric: str
    asked: str  #: the inputs, as they were asked for

    @property
    def best(self) -> str:
        """The strategy whose lead is looked at; the others are its rivals."""
        return self.sweep.strategies[0]

    @cached_property
    def table(self) -> pd.DataFrame:
        """The points, the smallest lead first.

        Columns: input (empty at the present values), value, rival (who is strongest there), lead
        (of the best over it, in the metric's unit) with its 95 % interval ci_low and ci_high, moved
        (lead less the lead over the same rival at present) with moved_low and moved_high, turns
        (whether another strategy is best than at present), sure (surely so; each interval for
        itself).
        """
        leads = {s: self._lead(s) for s in self.sweep.strategies[1:]}
        whole = sorted(set.intersection(*(set(found) for found in leads.values())))
        if not whole or whole[0] != 0:
            raise BadInput(
                "sensitivity", self.metric, self._why_none(), "a number at present values"
            )
        rows = [self._row(point, leads) for point in whole]
        ahead = rows[0][3] >= 0
        rows = [(*r, (r[3] >= 0) is not ahead, r[5] < 0 if ahead else r[4] > 0) for r in rows]
        names = ["input", "value", "rival", "lead", "ci_low", "ci_high", "moved", "moved_low",
                 "moved_high", "turns", "sure"]  # fmt: skip
        found = pd.DataFrame(rows, columns=names)
        return found.sort_values("lead", kind="stable").reset_index(drop=True)

    def _why_none(self) -> str:
        """Return why nothing can be compared at the present values."""
        broken = self.sweep.failures
        if len(broken):
            return str(broken["failure"].iloc[0])
        return f"undefined for {self.best} or for its rivals: nothing to divide by"

    def _lead(self, rival: str) -> dict[int, np.ndarray[Any, np.dtype[np.float64]]]:
        """Return the lead over a rival by point, one number for each replication."""
        found = self.sweep.outcome(self.metric, self.best, rival)
        sign = 1.0 if higher_is_better(self.metric) else -1.0
        return dict(zip(found.points.tolist(), sign * found.values, strict=True))

    def _row(
        self, point: int, leads: Mapping[str, dict[int, np.ndarray[Any, np.dtype[np.float64]]]]
    ) -> tuple[Any, ...]:
        rival = min(leads, key=lambda s: float(leads[s][point].mean()))
        here, present = leads[rival][point], leads[rival][0]
        (low, high), moved = _ends(here), here - present
        d = self.sweep.design
        told = _moves(d.points[0], d.inputs)[point - 1][:2] if point else ("", None)
        lead = float(here.mean())
        return (*told, rival, lead, low, high, float(moved.mean()), *_ends(moved))

    @property
    def turns(self) -> pd.DataFrame:
        """The rows at which it is another who is best than at present."""
        return self.table[self.table["turns"]]

    @property
    def command(self) -> str:
        """The command line that makes the same table."""
        d = self.sweep.design
        words = ["dunning", "sensitivity", d.scenario, "--method", "ends", "--inputs", self.asked]
        words += ["--difference", ":".join(d.strategies), "--metric", self.metric]
        for option in ("replications", "seed", "accounts", "days"):
            if (value := getattr(d, option)) is not None:
                words += [f"--{option}", str(value)]
        words += asked_words(d)
        return shlex.join([*words, *(w for text in d.settings for w in ("--set", text))])

    @property
    def snippet(self) -> str:
        """Python that makes the same table."""
        d = self.sweep.design
        told = {
            "replications": d.replications, "seed": d.seed, "accounts": d.accounts, "days": d.days,
            "settings": d.settings,
        }  # fmt: skip
        options = ", ".join(f"{k}={v!r}" for k, v in told.items())
        asked = f"{d.scenario!r}, {self.asked!r}, {d.strategies!r}, {self.metric!r}"
        return (
            f"from sim.experiments.sensitivity import ends\n\nresult = ends({asked}, {options})\n"
        )

    def sentence(self, lang: str = "en", names: Mapping[str, str] | None = None) -> str:
        """Say which inputs, each alone, turn who is best."""
        tried = len(self.sweep.design.inputs)
        turns, sure = self.turns, int(self.turns["sure"].sum())
        n, points = turns["input"].nunique(), len(self.table) - 1
        told = [
            f"{(names or {}).get(str(r['input']), r['input'])} = {_value(r['value'])} "
            f"({self.sweep.title(str(r['rival']), lang)}, {self._gap(r, lang)})"
            for r in turns.head(TOLD).to_dict(orient="records")
        ]
        best, what = self.sweep.title(self.best, lang), metric_title(self.metric, lang)
        base = self.table[self.table["input"] == ""].iloc[0]
        if lang == "zh":
            side = "领先" if base["lead"] >= 0 else "落后"
            rival = self.sweep.title(str(base["rival"]), lang)
            said = f"按当前取值，就{what}而言，“{best}”相对最强对手“{rival}”{side} "
            said += f"{self._gap(base, lang)}。"
            said += f"{tried} 个输入逐个取两端，共 {points} 组：{n} 个输入会改变谁最优"
            return said + (f"（{sure} 组确定）：{'；'.join(told)}。" if n else "。")
        side = "ahead" if base["lead"] >= 0 else "behind"
        said = f"At present {best} is {side} in {what.lower()} by {self._gap(base, lang)}. "
        said += f"Of {tried} inputs, each alone at its two ends ({points} points), {n} "
        said += "turns who is best" if n == 1 else "turn who is best"
        return said + (f", {sure} of the points surely: {'; '.join(told)}." if n else ".")

    def _gap(self, row: Any, lang: str) -> str:
        half = (row["ci_high"] - row["ci_low"]) / 2
        low, high = sorted((row["ci_low"], row["ci_high"]))
        if row["lead"] < 0:
            low, high = -high, -low
        both = figures.interval(low, high, half, lang=lang)
        lead = figures.number(abs(row["lead"]), half, lang=lang)
        return f"{lead}（95% 区间 {both}）" if lang == "zh" else f"{lead}, {both}"


def _value(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else shown(value)


def _ends(values: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[float, float]:
    return stats.interval(stats.Ratio(float(values.mean()), values - values.mean()))


def ends(
    scenario: str,
    inputs: str | Mapping[str, Input] = "assumed",
    strategies: Sequence[str] = ("team", "process"),
    metric: str = "net_value",
    *,
    out: str | Path | None = None,
    play: Play | None = None,
    resume: bool = False,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
    foretell: Callable[[float], None] | None = None,
    **size: Any,
) -> Ends:
    """Play each input alone at both ends of its range, and look who is best there.

    Parameters
    ----------
    scenario
        Name on the shelf or file.
    inputs
        See `inputs_of`; or inputs with their ranges.
    strategies
        The one that is said to be best, then its rivals.
    metric
        In what.
    size
        replications, seed, accounts, days, settings: as for `sweep`, and so are the others.
    """
    d = design_of(scenario, inputs, strategies, **size)
    found = sweep(
        d, out, play=play, resume=resume, jobs=jobs, progress=progress, foretell=foretell
    )  # fmt: skip
    asked = inputs if isinstance(inputs, str) else ",".join(inputs)
    return Ends(found, metric, asked)


def design_of(
    scenario: str, inputs: str | Mapping[str, Input], strategies: Sequence[str], **size: Any
) -> Design:
    """Return the design: the present values, then each input at its ends, where it is not there."""
    if len(set(strategies)) < 2:
        allowed = "two strategies or more, such as team:process, each at most once"
        raise BadInput("--difference", "", ":".join(strategies), allowed)
    base = Scenario.load(scenario, size.get("settings", ()))
    if isinstance(inputs, str):
        inputs = inputs_of(base, inputs)
    now = {row.path: row.value for row in base.knobs()}
    present = tuple(now[path] for path in inputs)
    points = [present, *(row for *_, row in _moves(present, inputs))]
    given = {k: v for k, v in size.items() if v is not None}
    return Design(
        scenario, tuple(strategies), dict(inputs), "given", points=tuple(points), **given
    )  # fmt: skip


def _moves(
    present: tuple[Any, ...], inputs: Mapping[str, Input]
) -> list[tuple[str, Any, tuple[Any, ...]]]:
    """Return each input, an end of its range at which it is not, and the values of all there.

    Where the share of a kind of borrower moves, the others make room in proportion.
    """
    found = []
    for i, (path, one) in enumerate(inputs.items()):
        for end in one.values:
            row = list(present)
            row[i] = end
            if _share(path):
                room = (1.0 - end) / (1.0 - present[i])
                row = [v * room if _share(p) and p != path else v
                       for p, v in zip(inputs, row, strict=True)]  # fmt: skip
            if end != present[i]:
                found.append((path, end, tuple(row)))
    return found


def _share(path: str) -> bool:
    return path.startswith("kinds.") and path.endswith(".share")


__all__ = ["Ends", "design_of", "ends"]
