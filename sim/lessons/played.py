"""A lesson played: what became of each twin under each arm, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from sim.lessons.asking import right_option
from sim.lessons.form import Lesson
from sim.lessons.measures import FIRST, MEASURES, added_up, discounted, parted
from sim.lessons.twins import setting
from sim.scenario import Text

RESAMPLES = 1_000
OUTCOMES = ("won", "lost", "either", "neither")


class Gain(NamedTuple):
    """A difference between two arms, with its 95 % range over twins."""

    mean: float
    low: float
    high: float


class Fourfold(NamedTuple):
    """Twins by what two arms made of them."""

    won: int  #: reached the goal under the arm only
    lost: int  #: reached it under the other only
    either: int
    neither: int

    def cells(self, number: int = 200) -> list[str]:
        """Return *number* cells for a picture, in order, rounded by largest remainders."""
        whole = sum(self)
        exact = [number * n / whole for n in self]
        counts = [int(x) for x in exact]
        by_rest = sorted(range(4), key=lambda i: counts[i] - exact[i])
        for i in by_rest[: number - sum(counts)]:
            counts[i] += 1
        return [name for name, n in zip(OUTCOMES, counts, strict=True) for _ in range(n)]

    def sentence(self, goal: Text, arm: Text, lang: str = "en") -> str:
        """Say the four numbers."""
        n = sum(self)
        if lang == "zh":
            return (
                f"{n} 位借款人中，因“{arm.zh}”挽回 {self.won} 位，流失 {self.lost} 位；"
                f"两种方式都{goal.zh}的 {self.either} 位，都没有的 {self.neither} 位。"
            )
        return (
            f"Of {n} borrowers {self.won} were won by “{arm.en}”, {self.lost} lost by it; "
            f"{goal.en} either way: {self.either}, under neither: {self.neither}."
        )


@dataclass(frozen=True)
class Played:
    """The result of a lesson.

    Attributes
    ----------
    lives
        One row per arm and twin; shares as 0 or 1, money in CNY, see `measures.MEASURES`.
    flows
        One row per posting with money or risk: arm, twin, day, cash, cost, risk.
    metrics
        For lessons on a floor: the metrics of each arm's run (index arm); else empty.
    seconds
        How long it took when it was played.
    """

    lesson: Lesson
    seed: int
    lives: pd.DataFrame
    flows: pd.DataFrame
    metrics: pd.DataFrame
    seconds: float

    @property
    def twins(self) -> int:
        """Number of borrowers."""
        return int(self.lives["twin"].nunique())

    @cached_property
    def measures(self) -> pd.DataFrame:
        """Every measure by arm; with a floor, net value counts what is still open as well."""
        found = added_up(self.lives)
        for name in self.metrics.columns:
            if name not in found:
                found[name] = self.metrics[name]
        if "net_value" in self.metrics:
            found["net"] = self.metrics["net_value"] / 1_000.0
        return found

    def value(self, arm: str, measure: str) -> float:
        """Return a measure of one arm, by a day if it says so (``cash@7``)."""
        name, day = parted(measure)
        if day is None:
            return float(self.measures[name].to_dict()[arm])
        if name in FIRST:
            return 100.0 * float((self.of_arm(arm)[FIRST[name]] < day).mean())
        return float(self.by_day(arm)[name].iloc[min(day, self.lesson.days) - 1])

    def by_day(self, arm: str) -> pd.DataFrame:
        """Return cash, cost, net (CNY per account) and complaints (per 1,000) so far, by day.

        Row d tells what the days before the end of day d brought.
        """
        rows = self.flows[self.flows["arm"] == arm]
        cash = rows["cash"].to_numpy(dtype=float)
        day = rows["day"].to_numpy(dtype=float)
        worth = discounted(setting(self.lesson, arm), cash, day)
        start = self.lesson.arm(arm).cost * self.twins
        sums = {
            "cash": (cash, 0.0),
            "cost": (rows["cost"].to_numpy(dtype=float), start),
            "net": (worth - rows["cost"].to_numpy(dtype=float), -start),
            "complaints": (1_000.0 * rows["risk"].to_numpy(dtype=float), 0.0),
        }
        days = self.lesson.days
        at = np.minimum(day, days - 1).astype(int)
        return pd.DataFrame(
            {
                name: (first + np.cumsum(np.bincount(at, values, minlength=days))) / self.twins
                for name, (values, first) in sums.items()
            }
        )

    @cached_property
    def right(self) -> int:
        """Index of the right option."""
        return right_option(self.lesson.question, self.lesson.names, self.value)

    @cached_property
    def amount(self) -> float:
        """The right number out of 100 borrowers; negative for fewer."""
        a = self.lesson.amount
        base = self.value(a.against, a.measure) if a.against else 0.0
        return self.value(a.arm, a.measure) - base

    def _pair(self, against: str | None, arm: str | None) -> tuple[str, str]:
        first, second = self.lesson.compared
        return against or first, arm or second

    def of_arm(self, arm: str) -> pd.DataFrame:
        """Return one arm's lives, indexed by twin."""
        return self.lives[self.lives["arm"] == arm].set_index("twin").sort_index()

    def outcomes(self, against: str | None = None, arm: str | None = None) -> pd.Series[str]:
        """Return each twin's outcome of the four."""
        one, other = (self.of_arm(a)[self.lesson.goal] > 0.5 for a in self._pair(against, arm))
        names = np.select(
            [other & ~one, one & ~other, one & other], list(OUTCOMES[:3]), default=OUTCOMES[3]
        )
        return pd.Series(names, index=one.index)

    def fourfold(self, against: str | None = None, arm: str | None = None) -> Fourfold:
        """Count won, lost, either way, neither; the lesson's own pair where none is named."""
        found = self.outcomes(against, arm).value_counts()
        return Fourfold(*(int(found.get(name, 0)) for name in OUTCOMES))

    def gain(
        self, measure: str = "net", against: str | None = None, arm: str | None = None
    ) -> Gain:
        """Return what the arm adds per account (shares: per 100), with its range over twins."""
        one, other = (self.of_arm(a)[measure] for a in self._pair(against, arm))
        scale = 100.0 if MEASURES[measure][1].en == "%" else 1.0
        apart = scale * (other - one).to_numpy(dtype=float)
        return Gain(float(apart.mean()), *spread(apart, self.seed))


def spread(values: np.ndarray[tuple[int], np.dtype[np.float64]], seed: int) -> tuple[float, float]:
    """Return the 95 % range of the mean, by resampling twins."""
    luck = np.random.default_rng([seed, len(values)])
    means = luck.choice(values, size=(RESAMPLES, len(values))).mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)
