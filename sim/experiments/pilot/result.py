"""What simulated pilots say about the live one: its bias, its size, its length, its limits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.compare import figures, stats
from sim.compare.comparison import METRICS as SHELF
from sim.experiments.pilot import planning
from sim.experiments.pilot.playing import METRICS, Reading, Readings
from sim.scenario import Scenario, Text

GUARD = "complaints"  #: what a live test counts and must not get worse


@dataclass(frozen=True)
class Pilot:
    """Finished simulated pilots, and what follows for the live one.

    Attributes
    ----------
    champion, challenger
        Their titles.
    share
        Of the accounts that the challenger's policy treats.
    weeks
        Length that was asked for.
    power
        Chance wanted to find a difference that matters.
    metric
        What decides.
    readings
        By weeks, one per replication.
    placed
        Balance placed per 1,000 accounts, CNY, by weeks.
    started
        Accounts of a simulated book on the first day; entrants join the test as they come.
    """

    scenario: Scenario
    champion: Text
    challenger: Text
    share: float
    weeks: int
    power: float
    metric: str
    readings: Mapping[int, list[Readings]]
    placed: Mapping[int, float]
    started: int
    failures: tuple[tuple[int, int, str], ...] = ()
    command: str = ""
    snippet: str = ""

    @property
    def replications(self) -> int:
        """Pilots that were simulated to the end, of each length."""
        return len(self.readings[self.weeks])

    @property
    def real_accounts(self) -> int:
        """Accounts of the real book."""
        return int(self.scenario.book.real_accounts)

    def of(self, metric: str, weeks: int) -> list[Reading]:
        """Return what every pilot of that length says of a metric."""
        return [r[metric] for r in self.readings[weeks]]

    def margin(self, metric: str, weeks: int) -> float:
        """Return the difference that matters, per 1,000 accounts."""
        d = self.scenario.difference
        level = abs(float(np.mean([r.level for r in self.of(metric, weeks)])))
        if metric == "net_value":
            return float(d.net_value * self.placed[weeks])
        if metric == GUARD:
            return float(max(d.complaints * level, d.complaints_floor))
        return 0.05 * level

    def spread(self, metric: str, weeks: int) -> planning.Spread:
        """Return how much accounts and pilots vary; complaints also by the luck of a count."""
        rows = self.of(metric, weeks)
        old, new = (
            math.sqrt(float(np.mean([getattr(r, name) ** 2 for r in rows])))
            for name in ("sd_champion", "sd_challenger")
        )
        inside = [
            r.sd_challenger**2 / r.treated + r.sd_champion**2 / (r.accounts - r.treated)
            for r in rows
        ]
        estimates = np.array([r.estimate for r in rows])
        effect = planning.design_effect(estimates, np.array(inside))
        if metric == GUARD:
            level, rise = (
                float(np.mean([getattr(r, k) for r in rows])) for k in ("level", "policy")
            )
            old, new = (_counted(sd, at) for sd, at in ((old, level), (new, level + rise)))
        return planning.Spread(old, new, effect)

    # --- tables --------------------------------------------------------------------------------

    def bias(self) -> pd.DataFrame:
        """Return what pilots say, what is true, and the bias.

        Columns: metric, weeks, estimate (mean of the pilots), policy (everybody under the
        challenger's policy, the same floor), bias (against that, on the same accounts), ci_low,
        ci_high, rollout (the challenger with its own organisation and all costs), left_out
        (estimate less rollout), left_low, left_high. Per 1,000 accounts.
        """
        rows = []
        for metric in METRICS:
            for weeks in sorted(self.readings):
                found = self.of(metric, weeks)
                column = {
                    name: np.array([getattr(r, name) for r in found]) for name in Reading._fields
                }
                lack = column["policy"] + column["bias"] - column["rollout"]
                rows.append(
                    (metric, weeks, column["estimate"].mean(), column["policy"].mean(),
                     column["bias"].mean(), *_ends(column["bias"]), column["rollout"].mean(),
                     lack.mean(), *_ends(lack))
                )  # fmt: skip
        names = ["metric", "weeks", "estimate", "policy", "bias", "ci_low", "ci_high", "rollout",
                 "left_out", "left_low", "left_high"]  # fmt: skip
        return pd.DataFrame(rows, columns=names)

    def size(self) -> pd.DataFrame:
        """Return how many accounts a test needs, by its length.

        Columns: metric, weeks, matters (the difference that matters), expected (what the policy
        brings here), design_effect, needed_matters and needed_expected (accounts in both arms),
        power_matters and power_expected (with the whole real book), simulated and formula (how
        often the simulated pilots found a difference, and what the formula says of theirs).
        """
        rows = []
        for metric in METRICS:
            for weeks in sorted(self.readings):
                spread, margin = self.spread(metric, weeks), self.margin(metric, weeks)
                readings = self.of(metric, weeks)
                expected = float(np.mean([r.policy + r.bias for r in readings]))
                live = planning.standard_error(spread, self.available(weeks), self.share)
                here = planning.standard_error(
                    spread, float(np.mean([r.accounts for r in readings])), self.share
                )
                rows.append(
                    (metric, weeks, margin, expected, spread.design_effect,
                     *(planning.accounts_needed(d, spread, self.share, self.power)
                       for d in (margin, expected)),
                     planning.power(margin, live), planning.power(expected, live),
                     float(np.mean([r.found for r in readings])), planning.power(expected, here))
                )  # fmt: skip
        names = ["metric", "weeks", "matters", "expected", "design_effect", "needed_matters",
                 "needed_expected", "power_matters", "power_expected", "simulated",
                 "formula"]  # fmt: skip
        return pd.DataFrame(rows, columns=names)

    def available(self, weeks: int) -> float:
        """Return the accounts that the real book brings into a test of that length."""
        seen = float(np.mean([r.accounts for r in self.of(self.metric, weeks)]))
        return self.real_accounts * seen / self.started

    def guard(self, accounts: float | None = None) -> pd.DataFrame:
        """Return how well the limit on complaints is watched, by length.

        With *accounts* in both arms; with the whole real book without. Columns: weeks, margin (by
        how much complaints may rise), expected (the rise here), error (standard error), notices
        (chance to notice a rise of the margin), shows_kept (chance to show that the limit is kept,
        if the rise is as here), needed (accounts to notice it with the power wanted).
        """
        rows = []
        for weeks in sorted(self.readings):
            spread, margin = self.spread(GUARD, weeks), self.margin(GUARD, weeks)
            expected = float(np.mean([r.policy for r in self.of(GUARD, weeks)]))
            size = self.available(weeks) if accounts is None else accounts
            error = planning.standard_error(spread, size, self.share)
            rows.append(
                (weeks, margin, expected, error, planning.notices(margin, error),
                 planning.shows_kept(margin, expected, error),
                 planning.accounts_needed(margin, spread, self.share, self.power))
            )  # fmt: skip
        names = ["weeks", "margin", "expected", "error", "notices", "shows_kept", "needed"]
        return pd.DataFrame(rows, columns=names)

    def duration(self) -> int | None:
        """Return the shortest length tried at which the real book is large enough; None if none.

        Large enough: the difference that matters in the deciding metric is found with the power
        wanted.
        """
        table = self.size()
        mine = table[table["metric"] == self.metric]
        for _, row in mine.iterrows():
            if row["needed_matters"] <= self.available(int(row["weeks"])):
                return int(row["weeks"])
        return None

    # --- told ----------------------------------------------------------------------------------

    def sentence(self, lang: str = "en") -> str:
        """Say what the test reads, how far that is from the truth, and how large it must be."""
        zh = lang == "zh"
        row = self.row(self.bias(), self.weeks)
        size = self.row(self.size(), self.weeks)
        half = (row["ci_high"] - row["ci_low"]) / 2
        policy = np.array([r.policy for r in self.of(self.metric, self.weeks)])
        low, high = _ends(policy)
        known = row["ci_low"] > 0 or row["ci_high"] < 0
        truth, bias, far = figures.together(
            [row["policy"], row["bias"], row["left_out"]],
            [(high - low) / 2, half, (row["left_high"] - row["left_low"]) / 2],
            signed=True, lang=lang,
        )  # fmt: skip
        needed = count(size["needed_matters"], lang)
        name = getattr(SHELF[self.metric].title, lang)
        unit = figures.unit(SHELF[self.metric].unit, lang)
        if zh:
            sure = "" if known else "（与零无法区分）"
            return (
                f"{self.weeks} 周试点：{name}的真实差异（同一坐席、全部采用）为 {truth} {unit}，"
                f"试点读数偏差 {bias}{sure}；与连同组织一起全面推行相比，相差 {far}。"
                f"要以 {figures.chance(self.power)} 的把握发现有意义的差异，需要 {needed} 个账户。"
            )
        sure = "" if known else ", not to be told from nothing"
        return (
            f"Pilot, length in weeks: {self.weeks}. The policy truly changes {name.lower()} by "
            f"{truth} ({unit}) on the same floor; what the pilot reads is off by {bias}{sure}, and "
            f"by {far} from a full roll-out with its organisation. To find a difference that "
            f"matters with {figures.chance(self.power)} takes {needed} accounts."
        )

    def row(self, table: pd.DataFrame, weeks: int, metric: str = "") -> pd.Series[float]:
        """Return a table's row of one length and metric, the deciding one without."""
        found = table["metric"] == (metric or self.metric)
        return table[found & (table["weeks"] == weeks)].iloc[0]


def count(value: float, lang: str = "en") -> str:
    """Return a number of accounts to two significant digits, rounded up."""
    if not math.isfinite(value):
        return "无限多" if lang == "zh" else "infinitely many"
    step = 10 ** max(0, len(str(int(value))) - 2)
    return f"{math.ceil(value / step) * step:,}"


def _counted(sd: float, level: float) -> float:
    """Return how much counts vary between accounts whose risk varies by *sd*, per 1,000 of them.

    A count has, beside the spread of the risk, a variance like its mean (rare, as Poisson's).
    """
    return math.sqrt(sd**2 + 1_000.0 * max(0.0, level))


def _ends(values: planning.Floats) -> tuple[float, float]:
    mean = float(values.mean())
    return stats.interval(stats.Ratio(mean, values - mean))
