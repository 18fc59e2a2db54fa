"""A finished search: its trials, the frontier with the shelf on it, the best compromise."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from sim.compare import figures, stats
from sim.experiments.tune.asking import DECIDES, Question
from sim.experiments.tune.judging import difference, excess, front_of, frontier, keeps, ratio
from sim.experiments.tune.study import Numbers, Trial
from sim.play.own_book import asked_words
from sim.scenario import Scenario
from sim.scenario.changes import shown
from sim.strategies import prices

#: How the best compromise is chosen, in words.
RULE = {
    "en": "the highest net value on held-out luck among those that keep every limit there",
    "zh": "在留出的随机数上守住全部限额者中净收益最高的一个",
}


@dataclass(frozen=True)
class Tuned:
    """What a search found.

    Attributes
    ----------
    question
        What was asked.
    trials
        All that were finished, in order.
    base, shelf
        Numbers of the base and of the strategies on the shelf, with the luck of the search.
    held
        Numbers on held-out luck, by name: `base`, `trial 7`, names on the shelf.
    fresh
        Numbers of the base and the best on luck that had no part in choosing it; may be empty.
    out, study
        The strategy file and the journal that were asked for.
    """

    question: Question
    trials: tuple[Trial, ...]
    base: Numbers
    shelf: Mapping[str, Numbers]
    held: Mapping[str, Numbers]
    fresh: Mapping[str, Numbers]
    out: str | None = None
    study: str | None = None

    @cached_property
    def table(self) -> pd.DataFrame:
        """Every trial.

        Columns: trial, one for each lever, replications, stopped, keeps_limits, front, then each
        metric's value and, ending in ``_gain``, its paired difference from the base.
        """
        q = self.question
        best = {t.number for t in frontier(q, self.trials, self.base)}
        rows = []
        for t in self.trials:
            row = {"trial": t.number, **t.levers, "replications": t.replications}
            row |= {"stopped": t.stopped, "keeps_limits": False, "front": t.number in best}
            if t.replications:
                over = excess(q, t.numbers, self.base, t.replications)
                row["keeps_limits"] = all(x <= 0 for x in over)
                row |= self._values(t.numbers, self.base, t.replications)
            rows.append(row)
        return pd.DataFrame(rows)

    def _values(self, numbers: Numbers, base: Numbers, count: int) -> dict[str, float]:
        found = {}
        for m in self.question.metrics:
            found[m] = ratio(numbers, m, count).estimate
            found[f"{m}_gain"] = difference(numbers, base, m, count).estimate
        return found

    @cached_property
    def frontier(self) -> pd.DataFrame:
        """The frontier's winners, the base and the shelf, as points of one table.

        Columns: name, kind (tuned, base, shelf), levers, front and keeps_limits (with the luck of
        the search), front_held and keeps_held (with held-out luck), then for each metric its
        value and ``_held``; gain (of net value over the base, luck of the search), gain_held with
        gain_low and gain_high, and optimism: what the search promised above it.
        """
        rows = [self._row(name) for name in self.held]
        found = pd.DataFrame(rows)
        for column, numbers in (("front", self._searched), ("front_held", self.held)):
            on = front_of(self.question, [numbers[n] for n in self.held])
            found.insert(3, column, on)
        return found.sort_values("gain_held", ascending=False, kind="stable", ignore_index=True)

    @cached_property
    def _searched(self) -> dict[str, Numbers]:
        tuned = {f"trial {t.number}": t.numbers for t in self.trials}
        return {"base": self.base, **self.shelf, **tuned}

    def _row(self, name: str) -> dict[str, Any]:
        q, mine, held, held_base = (
            self.question, self._searched[name], self.held[name], self.held["base"]
        )  # fmt: skip
        kind = "base" if name == "base" else "shelf" if name in self.shelf else "tuned"
        levers = self._trial(name).levers if kind == "tuned" else {}
        row: dict[str, Any] = {
            "name": q.base if kind == "base" else name, "kind": kind, "levers": levers,
            "keeps_limits": keeps(q, mine, self.base), "keeps_held": keeps(q, held, held_base),
        }  # fmt: skip
        for m in q.metrics:
            row |= {m: ratio(mine, m).estimate, f"{m}_held": ratio(held, m).estimate}
        gain, honest = difference(mine, self.base, DECIDES), difference(held, held_base, DECIDES)
        low, high = stats.interval(honest)
        return row | {
            "gain": gain.estimate, "gain_held": honest.estimate, "gain_low": low,
            "gain_high": high, "optimism": gain.estimate - honest.estimate,
        }  # fmt: skip

    def _trial(self, name: str) -> Trial:
        return self.trials[int(name.removeprefix("trial "))]

    @cached_property
    def best(self) -> Trial | None:
        """The best compromise by `RULE`; None where no trial is better than the base."""
        q, base = self.question, self.held["base"]
        there = [n for n in self.held if n.startswith("trial ") and keeps(q, self.held[n], base)]
        gains = {n: difference(self.held[n], base, DECIDES).estimate for n in there}
        if not gains or max(gains.values()) <= 0.0:
            return None
        return self._trial(max(gains, key=lambda n: gains[n]))

    @property
    def gain(self) -> stats.Ratio | None:
        """Net value of the best over the base on fresh luck, per 1,000 accounts."""
        return difference(self.fresh["best"], self.fresh["base"], DECIDES) if self.fresh else None

    @property
    def command(self) -> str:
        """The command line that makes the same."""
        q = self.question
        levers = (f"{n}={shown(x.low)}:{shown(x.high)}" for n, x in q.levers.items())
        words = ["dunning", "tune", q.scenario, "--base", q.base, "--levers", ",".join(levers)]
        for limit in q.limits:
            words += ["--limit", limit.text()]
        words += ["--objectives", ",".join(q.objectives), "--shelf", ",".join(q.shelf) or "none"]
        for option in ("trials", "replications", "held_out", "sampler", "seed", "accounts", "days",
                       "budget"):  # fmt: skip
            if (value := getattr(q, option)) is not None:
                words += [f"--{option.replace('_', '-')}", str(value)]
        words += [w for text in q.settings for w in ("--set", text)] + asked_words(q)
        return shlex.join([*words, *(["--out", self.out] if self.out else [])])

    @property
    def snippet(self) -> str:
        """Python that makes the same."""
        return (
            "from sim.experiments.tune import Question, tune\n\n"
            f"asked = Question.of({self.question.plain()!r})\n"
            "result = tune(**vars(asked))\n"
        )

    def warning(self, lang: str = "en") -> str:
        """Say which levers cost nothing in this scenario; empty where all are paid."""
        q = self.question
        return prices.warning(Scenario.load(q.scenario, q.settings), q.base, q.levers, lang)

    def sentence(self, lang: str = "en") -> str:
        """Say what was found, and what of it was luck."""
        gone = sum(t.stopped.startswith(("undefined", "failed")) for t in self.trials)
        stopped = sum(bool(t.stopped) for t in self.trials) - gone
        on = len(frontier(self.question, self.trials, self.base))
        best, told = self.best, self._told(lang)
        if lang == "zh":
            none = f"{gone} 组无数值（{self._why_none(lang)}），" if gone else ""
            said = f"试了 {len(self.trials)} 组，其中 {stopped} 组提前停止，"
            said += f"{none}{on} 组在有效前沿上。"
            if best is None:
                return f"{said}没有一组在留出的随机数上守住限额且优于“{self.question.base}”。"
            return f"{said}最佳折中是第 {best.number} 组（{RULE['zh']}）：{told}"
        none = f"{gone} without a number ({self._why_none(lang)}), " if gone else ""
        said = f"{len(self.trials)} trials, {stopped} stopped early, {none}{on} on the frontier."
        if best is None:
            return (
                f"{said} No trial keeps the limits and beats {self.question.base} on held-out luck."
            )
        return f"{said} Best compromise: trial {best.number} ({RULE['en']}); {told}"

    def _why_none(self, lang: str) -> str:
        """Return the reasons of the trials without a number, the first trials of each."""
        by: dict[str, list[str]] = {}
        for one in self.trials:
            if one.stopped.startswith(("undefined", "failed")):
                by.setdefault(one.stopped, []).append(str(one.number))
        zh = lang == "zh"
        comma, colon = ("、", "：") if zh else (", ", ": ")
        names = {
            why: comma.join(numbers[:3]) + ("…" if len(numbers) > 3 else "")
            for why, numbers in by.items()
        }
        return "; ".join(
            f"{'第 ' if zh else 'trial '}{which}{' 组' if zh else ''}{colon}{why}"
            for why, which in names.items()
        )

    def _told(self, lang: str) -> str:
        if self.best is None:
            return ""
        rows = self.frontier[self.frontier["kind"] == "tuned"].set_index("name")
        row, gain = dict(rows.loc[f"trial {self.best.number}"]), self.gain
        half = float(row["gain_high"] - row["gain_low"]) / 2

        def money(x: float) -> str:
            known = half if math.isfinite(half) else None
            return figures.money(x, known, lang=lang, signed=True)

        promised, held = money(float(row["gain"])), money(float(row["gain_held"]))
        last = ""
        if gain is not None:
            ends = [money(x) for x in stats.interval(gain)]
            last = f"{money(gain.estimate)} ({ends[0]} to {ends[1]})"
            if lang == "zh":
                last = f"{money(gain.estimate)}（{ends[0]} 至 {ends[1]}）"
        if lang == "zh":
            end = f"，在未参与挑选的随机数上为 {last}" if last else ""
            return (
                f"每千户净收益较“{self.question.base}”，寻优时看似 {promised}，留出时 {held}{end}。"
            )
        end = f", {last} on luck that had no part in choosing it" if last else ""
        return (
            f"net value over {self.question.base} per 1,000 accounts: {promised} in the search, "
            f"{held} held out{end}."
        )


__all__ = ["RULE", "Tuned"]
