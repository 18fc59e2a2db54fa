"""The escalation laboratory: how hard, how often, how fast; and where more becomes less.

One play of ninety days per point of the dial; the horizons of 7, 30 and 90 days are cut out of
it, so that turning from one to the other shows what looked like a gain.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core.cache import kept
from sim.core.domain import Tone
from sim.core.errors import BadInput, choose
from sim.lessons.form import Lesson, Treatment, Twins
from sim.lessons.living import live, stage
from sim.lessons.measures import discounted, flows
from sim.lessons.shelf import read_lesson
from sim.lessons.twins import setting, twins
from sim.lessons.words import text
from sim.scenario import Text

HORIZONS = (7, 30, 90)
OUTCOMES = ("net", "cash", "complaints", "resentment")
RESAMPLES = 1_000
TONES = tuple(tone.name.lower() for tone in Tone)
#: words before and after a point of a dial, in Chinese
_AROUND = {
    "tone": ("语气为", ""),
    "per_week": ("每周拨打 ", " 次"),
    "step_days": ("升级间隔 ", " 天"),
}
SUE_ABOVE = 8_000.0  #: CNY; smaller claims do not bear the cost of a suit
#: Who the borrowers are: shares of kinds, and the least resentment that they take.
MIXES: dict[str, tuple[Text, Twins]] = {
    "all": (text("everybody", "全部"), Twins()),
    "able_unwilling": (text("able, unwilling", "有钱不愿还"), Twins(kinds={"evasive": 1.0})),
    "unable": (
        text("unable", "还不起"), Twins(kinds={"collapse": 0.6, "over_indebted": 0.4}),
    ),
    "proud": (text("proud", "自尊心强"), Twins(proud_above=1.5)),
}  # fmt: skip


class Points(NamedTuple):
    """One dial: its name, its unit, where it may stand."""

    title: Text
    unit: Text
    values: tuple[float, ...]


DIALS = {
    "tone": Points(text("Tone", "语气"), text("warm to abusive", "温和至辱骂"), (0, 1, 2, 3, 4)),
    "per_week": Points(
        text("Attempts a week", "每周拨打"), text("calls", "次"), (0, 1, 2, 4, 7, 10, 14)
    ),
    "step_days": Points(
        text("Days between ladder steps", "升级间隔"), text("days", "天"),
        (2, 4, 7, 10, 15, 20, 30),
    ),
}  # fmt: skip


class Dials(NamedTuple):
    """Where the dials stand."""

    tone: int = int(Tone.NEUTRAL)
    per_week: float = 5.0
    step_days: int = 10


class Limit(NamedTuple):
    """Where the law stops the dial; *at* is the last lawful value, None where it does not."""

    at: float | None
    rule: str
    text: Text


class Turning(NamedTuple):
    """Where the outcome is highest, as a band over twins."""

    best: float
    low: float
    high: float
    at_edge: bool  #: the band touches the dial's end: the turning point may lie beyond


@dataclass(frozen=True)
class Dose:
    """Outcome by twin, for each point of one dial.

    Attributes
    ----------
    values
        ``{horizon: {outcome: array[points, twins]}}``; CNY, expected complaints per 1,000, 0-4.
    """

    dial: str
    dials: Dials
    mix: str
    points: tuple[float, ...]
    values: dict[int, dict[str, NDArray[np.float64]]]
    seed: int

    def rows(self, horizon: int) -> pd.DataFrame:
        """Return x, measure, mean, low, high (95 %, over twins) of one horizon."""
        table = []
        for measure in OUTCOMES:
            means = self._resampled(horizon, measure)
            low, high = np.quantile(means, [0.025, 0.975], axis=1)
            mean = self._of(horizon, measure).mean(axis=1)
            table += [
                (x, measure, float(mean[i]), float(low[i]), float(high[i]))
                for i, x in enumerate(self.points)
            ]
        return pd.DataFrame(table, columns=["x", "measure", "mean", "low", "high"])

    def _of(self, horizon: int, measure: str) -> NDArray[np.float64]:
        if horizon not in self.values:
            raise BadInput("horizon", "", horizon, "allowed: 7, 30, 90")
        return self.values[horizon][choose("measure", "", measure, OUTCOMES)]

    def _resampled(self, horizon: int, measure: str) -> NDArray[np.float64]:
        """Means by point and resample; every point sees the same twins, as the luck does."""
        values = self._of(horizon, measure)
        n = values.shape[1]
        luck = np.random.default_rng([self.seed, n])
        weights = luck.multinomial(n, np.full(n, 1.0 / n), size=RESAMPLES) / n
        means: NDArray[np.float64] = values @ weights.T
        return means

    def turning(self, horizon: int, measure: str = "net") -> Turning:
        """Return where *measure* is highest, with the band that holds 90 % of the resamples."""
        best = self._of(horizon, measure).mean(axis=1).argmax()
        peaks = np.array(self.points)[self._resampled(horizon, measure).argmax(axis=0)]
        low, high = np.quantile(peaks, [0.05, 0.95], method="nearest")
        edge = low == self.points[0] or high == self.points[-1]
        return Turning(self.points[best], float(low), float(high), bool(edge))

    @property
    def limit(self) -> Limit:
        """Where the law stops this dial."""
        law = setting(_lesson(self.dials, self.mix, 10)).law
        if self.dial == "tone":
            told = text("harsher is unlawful (CN-14)", "更严厉即违法（CN-14）")
            return Limit(float(Tone.STERN), "CN-14", told)
        if self.dial == "per_week":
            most = 5.0 * law.attempts_a_day
            told = text(
                f"{law.attempts_a_day} unanswered attempts a day (CN-03), {most:.0f} a week: "
                "beyond this dial",
                f"每天 {law.attempts_a_day} 次未接（CN-03），每周 {most:.0f} 次：超出可调范围",
            )
            return Limit(most, "CN-03", told)
        return Limit(None, "", text("no rule sets a pace", "没有规定升级速度"))

    def sentence(self, horizon: int, lang: str = "en") -> str:
        """Say where more becomes less, and how it looked on day 7."""
        t, early = self.turning(horizon), self.turning(HORIZONS[0])
        drop, later = self._drop(horizon, t.best), horizon != HORIZONS[0]
        band, first = self._band(t, lang), self._band(early, lang)
        if lang == "zh":
            told = f"到第 {horizon} 天，净收益在{band}时最高。"
            told += f"从该处调到范围上限，每户损失 {drop:,.1f} 元。" * (drop > 0.05)
            return told + f"若只看前 {HORIZONS[0]} 天，会以为{first}最好。" * later
        told = f"By day {horizon} net value is highest {band}."
        told += f" From there to the dial's end each account loses CNY {drop:,.1f}." * (drop > 0.05)
        return told + f" By day {HORIZONS[0]} alone it seemed highest {first}." * later

    def _drop(self, horizon: int, best: float) -> float:
        mean = self._of(horizon, "net").mean(axis=1)
        return float(mean[self.points.index(best)] - mean[-1])

    def _band(self, t: Turning, lang: str) -> str:
        """Return where the turning point lies; the word for the dial stands where it belongs."""
        low, high = (self.told(x, lang) for x in (t.low, t.high))
        beyond = ("（已到可调范围边界）" if lang == "zh" else " (the end of the range)") * t.at_edge
        if lang == "zh":
            before, after = _AROUND[self.dial]
            span = f"{low}{after}" if low == high else f"{low} 至 {high}{after}"
            return f"{before}{span}{beyond}"
        unit = "" if self.dial == "tone" else " " + DIALS[self.dial].unit.en
        return (
            f"at {low}{unit}{beyond}" if low == high else f"between {low} and {high}{unit}{beyond}"
        )

    def told(self, x: float, lang: str) -> str:
        """Return a point of the dial as it is read."""
        if self.dial != "tone":
            return f"{x:g}"
        zh = ("温和", "中性", "坚定", "严厉", "辱骂")
        return zh[int(x)] if lang == "zh" else TONES[int(x)]


def treatment(dials: Dials) -> Treatment:
    """Return the ladder at the pace of the dials: texts and talks, plan, letters, visit, suit."""
    step = int(dials.step_days)
    return Treatment.model_validate(
        {
            "tone": TONES[int(dials.tone)], "per_week": dials.per_week, "after_talk": 0,
            "channel": "phone" if dials.per_week > 0 else "none", "sms_every": 7,
            "offer": "instalments", "months": 3, "offer_from": step, "letter_day": 2 * step,
            "lawyer_day": 3 * step, "visit_day": 4 * step, "visits": 2,
            "visit_tone": TONES[int(dials.tone)], "sue_day": 5 * step, "sue_above": SUE_ABOVE,
        }
    )  # fmt: skip


def _lesson(dials: Dials, mix: str, number: int) -> Lesson:
    """Return the dials as a lesson with one arm of interest, so that twins are drawn as ever."""
    people = MIXES[choose("mix", "", mix, MIXES)][1].model_dump() | {"number": number}
    arm = {"id": "ladder", "treatment": treatment(dials).model_dump()}
    still = {"id": "still", "treatment": {"channel": "none"}}
    option = {"text": {"en": "-", "zh": "-"}}
    return read_lesson(
        {
            "id": "laboratory", "days": HORIZONS[-1], "sandbox": True, "twins": people,
            "arms": [still, arm], "compared": ("still", "ladder"),
            "question": {"arm": "ladder", "options": [option, option]},
            "amount": {"arm": "ladder"},
        },
        "laboratory",
    )  # fmt: skip


def dose_response(
    dials: Dials,
    dial: str = "per_week",
    mix: str = "all",
    *,
    twins: int = 200,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Dose:
    """Turn one dial through its points with the others fixed; one play per point.

    Raises
    ------
    BadInput
        An unknown dial or mix, or a dial that stands out of bounds.
    """
    choose("dial", "", dial, DIALS)
    choose("mix", "", mix, MIXES)
    for name, value in zip(Dials._fields, dials, strict=True):
        points = DIALS[name].values
        if not points[0] <= value <= points[-1]:
            raise BadInput("dials", name, value, f"{points[0]:g} to {points[-1]:g}")
    if not 10 <= twins <= 2_000:
        raise BadInput("twins", "", twins, "a whole number from 10 to 2000")
    points = DIALS[dial].values
    parts = []
    for i, x in enumerate(points):
        at = turned(dials, dial, x)
        parts.append(_point(at, mix, twins, seed))
        if progress is not None:
            progress(i + 1, len(points))
    values = {h: {m: np.array([part[h][m] for part in parts]) for m in OUTCOMES} for h in HORIZONS}
    return Dose(dial, dials, mix, points, values, seed)


def turned(dials: Dials, dial: str, x: float) -> Dials:
    """Return the dials with one of them at *x*."""
    values: dict[str, float] = dials._asdict() | {dial: x}
    return Dials(int(values["tone"]), values["per_week"], int(values["step_days"]))


def _point(dials: Dials, mix: str, number: int, seed: int) -> dict[int, dict[str, Any]]:
    key = json.dumps([tuple(map(float, dials)), mix, number, seed])
    found: dict[int, dict[str, Any]] = kept(
        "dose", key, lambda: _played(_lesson(dials, mix, number), seed)
    )
    return found


def _played(lesson: Lesson, seed: int) -> dict[int, dict[str, Any]]:
    """Play every twin once; return outcome by horizon and twin."""
    at = stage(lesson, "ladder")
    rows: dict[int, list[tuple[float, ...]]] = {h: [] for h in HORIZONS}
    for twin in twins(lesson, seed):
        anger = np.zeros(HORIZONS[-1])

        def seen(day: int, account: Any, anger: NDArray[np.float64] = anger) -> None:
            anger[day:] = account.mind.resentment

        _, postings = live(at, twin, seen)
        money = flows(at.scenario, at.world, postings)
        for h in HORIZONS:
            some = [f for f in money if f.day < h]
            cash = np.array([f.cash for f in some])
            worth = discounted(at.scenario, cash, np.array([float(f.day) for f in some])).sum()
            cost, risk = sum(f.cost for f in some), 1_000.0 * sum(f.risk for f in some)
            rows[h].append((worth - cost, cash.sum(), risk, anger[h - 1]))
    return {h: dict(zip(OUTCOMES, np.array(r).T.tolist(), strict=True)) for h, r in rows.items()}
