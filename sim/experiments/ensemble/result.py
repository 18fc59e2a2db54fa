"""What an ensemble says: who is best over the assumptions, its risk, what to measure first."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.compare import figures
from sim.compare.over import Amount, Chance, Measure, Over, Standing, Weighing, chance, plain, sure
from sim.core.errors import BadInput
from sim.experiments.ensemble import worth
from sim.experiments.ensemble.priors import Prior, groups_of
from sim.experiments.sweep import Sweep, higher_is_better, metric_title
from sim.play.own_book import asked_words

Floats = NDArray[np.float64]
State = Literal["adopt", "open", "pilot", "keep"]

LEAST = 8  #: draws of equal weight from which on it is said what knowing everything is worth
RANKED = 3  #: inputs that are named as worth measuring
WORST = 0.1  #: share of the draws that the worst of them means
SAMPLES = (100, 400, 1_600)  #: sizes of a sample whose worth is looked at
ENOUGH = 0.5  #: share of an input's worth that a sample has to reach to be named


class Advice(NamedTuple):
    """What to do, over the assumptions: `strategy` leads on average."""

    state: State
    strategy: str
    p_best: Chance
    p_beats: Chance
    loss: float  #: expected loss of choosing it, against knowing which is best
    worst: float  #: mean gain over the baseline in the worst tenth of the draws


@dataclass(frozen=True)
class Ensemble:
    """Strategies through many joint draws of the assumptions, each with the same luck.

    Attributes
    ----------
    sweep
        The plays; a point is a draw, and point 0 has the present values.
    priors
        What was believed of each input.
    baseline
        What the others have to beat.
    margin
        The difference per 1,000 accounts that matters.
    scale
        Thousands of accounts of the lender's own book in a quarter.
    weights
        Of the draws, by point: how well each meets the calibration targets; 0 where it does not.
    centre
        Gain of each strategy over the baseline at the present values, where larger runs know it
        better: what the draws change is added to it.
    most
        Draws of equal weight than which these say no more, whatever their weights.
    weighing
        Where the weights come from.
    """

    sweep: Sweep
    priors: tuple[Prior, ...]
    baseline: str
    margin: float
    scale: float
    weights: Mapping[int, float]
    metric: str = "net_value"
    asked: str = "all"
    centre: Mapping[str, float] | None = None
    most: float = math.inf
    weighing: Weighing = "none"

    @property
    def strategies(self) -> tuple[str, ...]:
        """The candidates: reference lines take no part."""
        reference = set(self.sweep.about["reference"])
        names = [s for s in self.sweep.strategies if s not in reference]
        return (self.baseline, *(s for s in names if s != self.baseline))

    @cached_property
    def _whole(self) -> list[int]:
        """The draws that every strategy was played in, whatever they count."""
        every = [self.sweep.outcome(self.metric, s).points.tolist() for s in self.strategies]
        return sorted(set.intersection(*map(set, every)) - {0})

    @cached_property
    def _plays(self) -> tuple[NDArray[np.int64], Floats]:
        """The draws that are whole and count, and the values (draws, strategies, replications)."""
        found = [self.sweep.outcome(self.metric, s) for s in self.strategies]
        counted = [p for p in self._whole if self.weights.get(p, 0.0) > 0.0]
        if not counted:
            raise BadInput(
                "ensemble", "draws", f"{len(self._whole)} played, none kept",
                "a draw that meets the calibration targets: a larger --tolerance, or more --draws",
            )  # fmt: skip
        sign = 1.0 if higher_is_better(self.metric) else -1.0
        rows = [
            o.values[np.searchsorted(o.points, counted)] * sign for o in found
        ]  # points are sorted
        return np.array(counted), np.stack(rows, axis=1)

    @property
    def draws(self) -> NDArray[np.int64]:
        """The points that count."""
        return self._plays[0]

    @cached_property
    def gains(self) -> Floats:
        """Gain of each strategy over the baseline at each draw, without the spread of luck."""
        found = worth.denoised(self._plays[1])
        if self.centre is None:
            return found
        known = np.array([self.centre[s] for s in self.strategies])
        return found + (known - self._present())

    def _present(self) -> Floats:
        """Gain of each strategy at the present values, as played here."""
        plays = [self.sweep.outcome(self.metric, s) for s in self.strategies]
        sign = 1.0 if higher_is_better(self.metric) else -1.0
        means = [sign * float(o.means[np.searchsorted(o.points, 0)]) for o in plays]
        found: Floats = np.array(means) - means[0]
        return found

    @cached_property
    def weight(self) -> Floats:
        """Weight of each draw that counts; they sum to 1."""
        found = np.array([self.weights[int(p)] for p in self.draws], dtype=float)
        normed: Floats = found / found.sum()
        return normed

    @property
    def effective(self) -> float:
        """Draws of equal weight that would say as much (Kish)."""
        return min(self.most, float(1.0 / (self.weight**2).sum()))

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per strategy, by average gain.

        Columns: strategy, gain (mean over the draws, per 1,000 accounts, against the baseline), low
        and high (the middle 90 % of the draws), p_best, p_beats (the baseline by what matters),
        loss (expected, of choosing it), worst (mean gain in the worst tenth).
        """
        gains, w = self.gains, self.weight
        best = gains.max(axis=1, keepdims=True)
        first = np.isclose(gains, best, rtol=0.0, atol=1e-9)
        shares = w @ (first / first.sum(axis=1, keepdims=True))
        rows = []
        for i, name in enumerate(self.strategies):
            mine = gains[:, i]
            low, high = (_quantile(mine, w, q) for q in (0.05, 0.95))
            beats = float(w[mine >= self.margin].sum())
            loss = float(w @ (best[:, 0] - mine))
            rows.append((name, float(w @ mine), low, high, float(shares[i]), beats, loss,
                         _worst(mine, w)))  # fmt: skip
        names = ["strategy", "gain", "low", "high", "p_best", "p_beats", "loss", "worst"]
        found = pd.DataFrame(rows, columns=names)
        return found.sort_values("gain", ascending=False, kind="stable").reset_index(drop=True)

    @cached_property
    def standings(self) -> tuple[Standing, ...]:
        """The table with the intervals that so many draws allow."""
        return tuple(
            Standing(
                row["strategy"], row["gain"], chance(row["p_best"], self.effective),
                chance(row["p_beats"], self.effective), row["loss"], row["worst"],
            )
            for row in self.table.to_dict("records")
        )  # fmt: skip

    @cached_property
    def advice(self) -> Advice:
        """What to do over the assumptions, by the rule of `sim.compare.over.sure`."""
        one = self.standings[0]
        states: dict[str, State] = {"sure": "adopt", "open": "open", "doubtful": "pilot"}
        gains = one.strategy != self.baseline and one.gain > 0
        state = states[sure(one)] if gains else "keep"
        return Advice(state, one.strategy, one.best, one.beats, one.loss, one.worst)

    def over(self, *, learn: bool) -> Over:
        """Return what a verdict says of the draws; with *learn* also what to measure first."""
        ranked = self.ranked if learn else ()
        first = ranked[0] if ranked else None
        whole = len(self._whole)
        return Over(
            whole, len(self.priors), self.standings, first, learn,
            len(self.sweep.points) - 1 - whole, self.weighing, self.effective,
            whole - len(self.draws), self._perfect(), ranked,
        )  # fmt: skip

    def _perfect(self) -> Amount | None:
        """What knowing everything is worth in a quarter, where there are draws to say it."""
        if min(len(self.draws), self.effective) < LEAST:
            return None
        ends = worth.perfect_range(self.gains, self.weight)
        return Amount(*(x * self.scale for x in (self.perfect, *ends)))

    @cached_property
    def perfect(self) -> float:
        """What knowing every assumption before deciding is worth, per 1,000 accounts."""
        return worth.perfect(self.gains, self.weight)

    @cached_property
    def learn(self) -> pd.DataFrame:
        """What to measure first: inputs and groups by what knowing them exactly is worth.

        Columns: what (a path, or a group such as ``people.*``), inputs (how many), worth (per 1,000
        accounts), quarter (CNY on the lender's own book), noise (what shuffled inputs reach one
        time in twenty), sure.
        """
        paths = [p.path for p in self.priors]
        x = self.sweep.points.loc[self.draws, paths].to_numpy(dtype=float)
        several = {g: at for g, at in groups_of(paths).items() if len(at) > 1}
        found = [
            *zip(paths, [1] * len(paths), worth.each(self.gains, x, self.weight), strict=True),
            *((g, len(at), worth.partial(self.gains, x[:, at], self.weight))
              for g, at in several.items()),
        ]  # fmt: skip
        rows = [(what, n, w.value, w.value * self.scale, w.noise, w.sure) for what, n, w in found]
        names = ["what", "inputs", "worth", "quarter", "noise", "sure"]
        table = pd.DataFrame(rows, columns=names)
        return table.sort_values("worth", ascending=False, kind="stable").reset_index(drop=True)

    def sample(self, path: str, size: int) -> worth.Worth:
        """Return what a sample of *size* is worth that measures the share *path*."""
        points = self.sweep.points.loc[self.draws]
        if path not in points:
            raise BadInput("ensemble", "sample", path, "an input of this ensemble")
        shares = points[path].to_numpy(dtype=float)
        if shares.min() < 0.0 or shares.max() > 1.0:
            raise BadInput("ensemble", "sample", path, "an input that is a share from 0 to 1")
        return worth.sample(self.gains, shares, size, self.weight)

    @cached_property
    def ranked(self) -> tuple[Measure, ...]:
        """The inputs whose worth is more than luck, the worthiest first, a few of them."""
        single = self.learn[(self.learn["inputs"] == 1) & self.learn["sure"]]
        return tuple(
            self._measure(str(row["what"]), float(row["worth"]))
            for row in single.head(RANKED).to_dict("records")
        )

    def _measure(self, path: str, value: float) -> Measure:
        x = self.sweep.points.loc[self.draws, path].to_numpy(dtype=float)
        low, high = worth.partial_range(self.gains, x, self.weight, value)
        return Measure(path, value * self.scale, self._enough(path, value),
                       low * self.scale, high * self.scale)  # fmt: skip

    @cached_property
    def first(self) -> tuple[str, float, int | None] | None:
        """The input to measure first, its worth in a quarter, and a sample that would do."""
        single = self.learn[(self.learn["inputs"] == 1) & self.learn["sure"]]
        if single.empty:
            return None
        what, value = str(single.iloc[0]["what"]), float(single.iloc[0]["worth"])
        return what, value * self.scale, self._enough(what, value)

    def _enough(self, path: str, value: float) -> int | None:
        try:
            worths = ((n, self.sample(path, n).value) for n in SAMPLES)
            return next((n for n, found in worths if found >= ENOUGH * value), None)
        except BadInput:
            return None

    # --- in words ---------------------------------------------------------------------------------

    def sentences(self, lang: str = "en", names: Mapping[str, str] | None = None) -> list[str]:
        """Return what to do and what to measure first, each in a sentence."""
        return [self._said(lang), self._measured(lang, names or {})]

    def _said(self, lang: str) -> str:
        a, n = self.advice, len(self.draws)
        title = self.sweep.title(a.strategy, lang)
        base = self.sweep.title(self.baseline, lang)
        what = metric_title(self.metric, lang)
        loss, worst = (figures.money(x, lang=lang) for x in (a.loss, a.worst))
        sure = figures.likely(*a.p_best, lang=lang), figures.likely(*a.p_beats, lang=lang)
        if lang == "zh":
            head = {"adopt": f"在各项假设下也建议采用“{title}”",
                    "open": f"抽取太少，尚不能判断“{title}”是否值得采用",
                    "pilot": f"先试点：“{title}”平均领先，但假设一变未必最好",
                    "keep": f"维持“{base}”"}[a.state]  # fmt: skip
            return (
                f"{head}。{n} 组联合取值：最优概率 {sure[0]}，以有意义的差距胜过“{base}”的概率 "
                f"{sure[1]}；{what}预期损失每千户 {loss}，最差十分之一平均 {worst}。"
            )
        head = {"adopt": f"Adopt {title} over the assumptions too",
                "open": f"Too few draws to tell: {title} leads on average",
                "pilot": f"Pilot first: {title} leads on average, but not whatever is assumed",
                "keep": f"Keep {base}"}[a.state]  # fmt: skip
        return (
            f"{head}. Over {n} joint draws of the assumptions it is best with probability "
            f"{sure[0]} and beats {base} by what matters with probability {sure[1]}; expected "
            f"loss in {what.lower()} {loss} per 1,000 accounts, worst tenth {worst}."
        )

    def _measured(self, lang: str, names: Mapping[str, str]) -> str:
        whole = figures.money(self.perfect * self.scale, lang=lang)
        if self.first is None:
            if lang == "zh":
                return (f"全部假设都弄清，每季最多值 {whole}；没有哪一个输入单独值得先去测"
                        "（超出随机波动的没有）。")  # fmt: skip
            return (f"Knowing every assumption is worth at most {whole} a quarter; no single "
                    "input's worth is distinguishable from noise.")  # fmt: skip
        path, value, size = self.first
        name, worth_ = names.get(path, path), figures.money(value, lang=lang)
        if lang == "zh":
            more = f"；抽样 {size:,} 个即可得到其中一半以上" if size else ""
            return f"先测 {name}：弄清它每季约值 {worth_}（全部弄清 {whole}）{more}。"
        more = f"; a sample of {size:,} would bring more than half of that" if size else ""
        return (f"Measure {name} first: knowing it is worth about {worth_} a quarter (knowing "
                f"everything {whole}){more}.")  # fmt: skip

    @property
    def command(self) -> str:
        """The command line that makes the same."""
        d = self.sweep.design
        words = ["dunning", "ensemble", d.scenario, "--strategies", ",".join(d.strategies)]
        words += ["--draws", str(len(d.points) - 1), "--inputs", self.asked]
        words += ["--baseline", self.baseline]
        for option in ("replications", "seed", "accounts", "days"):
            if (value := getattr(d, option)) is not None:
                words += [f"--{option}", str(value)]
        words += asked_words(d)
        return shlex.join([*words, *(w for text in d.settings for w in ("--set", text))])

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {
            "command": self.command, "draws": len(self.draws), "effective": self.effective,
            "advice": plain(self.advice), "table": self.table.to_dict("records"),
            "perfect": self.perfect, "perfect_quarter": self.perfect * self.scale,
            "learn": self.learn.to_dict("records"),
            "sentences": {lang: self.sentences(lang) for lang in ("en", "zh")},
        }  # fmt: skip


def _quantile(values: Floats, weights: Floats, share: float) -> float:
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    place = min(int(np.searchsorted(reached, share)), len(values) - 1)
    return float(values[order][place])


def _worst(values: Floats, weights: Floats) -> float:
    """Return the mean of the worst tenth; the draw on its edge counts for the part inside."""
    order = np.argsort(values, kind="stable")
    left = np.clip(WORST - np.concatenate([[0.0], np.cumsum(weights[order])[:-1]]), 0.0, None)
    counted = np.minimum(weights[order], left)
    return float(counted @ values[order] / counted.sum())
