"""What follows from finished replications: summary, paired differences, verdict.

Differences are paired by replication; the few deciding rows carry simultaneous intervals, all
other rows stand for information with ordinary ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.compare import sequential, stats
from sim.compare import verdict as verdicts
from sim.compare.over import Over, plain
from sim.core.errors import BadInput
from sim.play.metrics import SHELF, Metric
from sim.play.metrics.segments import OWN
from sim.play.run import Setting
from sim.play.run_off import TRUSTED
from sim.scenario import Text
from sim.strategies import Strategy
from sim.strategies.prices import unpriced, warning

#: Net value decides; the others limit. Their intervals hold together.
DECIDING = ("net_value", "complaints", "breaches", "satisfaction")
ADDED = Metric(
    "added_recovery",
    Text(en="Added by collecting", zh="催收新增"),
    "CNY per 1,000 accounts",
    "higher",
    "money",
    lambda tables: (0.0, 0.0),
)
#: Net value is cash and open claims, less cost and complaints.
PARTS = {
    "net_value": "net_value", "cash": "value_cash", "open": "value_open", "cost": "value_cost",
    "complaints": "value_complaints",
}  # fmt: skip
#: Net value by how many days open claims are played on; the last is net value itself.
HORIZONS = {"value_on_30": 30, "value_on_90": 90, "value_on_180": 180, "value_on_365": 365}
REFITTED = "net_value_refitted"  #: net value of the same replication with another fit
METRICS: dict[str, Metric] = {**SHELF, ADDED.name: ADDED}


@dataclass(frozen=True)
class Comparison:
    """Finished replications of several strategies, and what follows from them.

    Attributes
    ----------
    setting
        Scenario, seed, accounts, days and options.
    strategies
        In the order asked for.
    baseline
        The strategy that the others are measured against.
    measures
        Tidy table: strategy, replication, metric, numerator, denominator.
    daily
        Book by strategy, replication, day and bucket.
    planned
        Replications planned; fewer may be finished.
    failures
        Failed replications: strategy, replication, reason.
    models
        Reports of fitted models by strategy.
    looks
        Replications after which the verdict was seen before; see `sim.compare.sequential`.
    own_book
        Whether it was played on the accounts of a portfolio file: a stored run knows that it was,
        and not the accounts.
    segments
        Tidy table: strategy, replication, segment, group, metric, numerator, denominator; empty
        for runs of versions that did not keep it.
    damaged
        One line for each stored part that could not be read and is left out.
    over
        What joint draws of other assumptions say; None where none were played.
    """

    setting: Setting
    strategies: tuple[Strategy, ...]
    baseline: str
    measures: pd.DataFrame
    daily: pd.DataFrame
    seats: pd.DataFrame
    planned: int
    failures: pd.DataFrame = field(default_factory=pd.DataFrame)
    models: Mapping[str, Any] = field(default_factory=dict)
    segments: pd.DataFrame = field(default_factory=pd.DataFrame)
    looks: tuple[int, ...] = ()
    own_book: bool = False
    damaged: tuple[str, ...] = ()
    over: Over | None = None

    @property
    def of_file(self) -> bool:
        """Whether the book is a portfolio file's and not a drawn one."""
        return self.own_book or bool(self.setting.late)

    @cached_property
    def replications(self) -> tuple[int, ...]:
        """Replications that every strategy has finished."""
        done = self.measures.groupby("replication")["strategy"].nunique()
        return tuple(int(r) for r in done.index[done == len(self.strategies)])

    @property
    def labels(self) -> tuple[int, ...]:
        """Number of the pool, and of the fits, with which each of `replications` was played."""
        return tuple(self.setting.group(r) for r in self.replications)

    @cached_property
    def _pairs(self) -> dict[tuple[str, str], tuple[NDArray[Any], NDArray[Any]]]:
        complete = self.measures[self.measures["replication"].isin(self.replications)]
        ordered = complete.sort_values("replication", kind="stable")
        return {
            (str(s), str(m)): (g["numerator"].to_numpy(), g["denominator"].to_numpy())
            for (s, m), g in ordered.groupby(["strategy", "metric"], sort=False, observed=True)
        }

    @cached_property
    def grouped(self) -> Mapping[tuple[str, str], pd.DataFrame]:
        """Numbers by segment and metric: rows per strategy, group and replication, in this order.

        Only replications that every strategy has finished; empty where the runs kept none.
        """
        if self.segments.empty:
            return {}
        rows = self.segments[self.segments["replication"].isin(self.replications)]
        named = rows["segment"].astype("str").str.replace(_OWN, r"\1", regex=True)
        rows, keys = rows.assign(segment=named), ["strategy", "group", "replication"]
        return {
            (str(segment), str(metric)): part.set_index(keys).sort_index()[
                ["numerator", "denominator"]
            ]
            for (segment, metric), part in rows.groupby(["segment", "metric"], sort=False)
        }

    @cached_property
    def own_names(self) -> dict[str, dict[int, str]]:
        """The lender's own categories: by segment, each group's name."""
        found: dict[str, dict[int, str]] = {}
        if not self.segments.empty:
            own = self.segments[["segment", "group"]].drop_duplicates()
            for segment, group in zip(own["segment"].astype("str"), own["group"], strict=True):
                if segment.startswith(OWN):
                    column, _, name = segment.removeprefix(OWN).partition(":")
                    found.setdefault(f"{OWN}{column}", {})[int(group)] = name
        return found

    @cached_property
    def metrics(self) -> tuple[Metric, ...]:
        """Metrics present, in the order of the shelf."""
        present = {m for _, m in self._pairs}
        return tuple(m for name, m in METRICS.items() if name in present)

    def ratio(self, strategy: str, metric: str) -> stats.Ratio:
        """Estimate and residuals of one metric of one strategy.

        One residual per group of replications that share their pool and their fits, which is one
        per replication where there are no more replications than groups: see `sim.compare.stats`.
        """
        key = strategy, metric
        if key not in self._ratios:
            pair = (stats.clustered(x, self.labels) for x in self._pairs[key])
            self._ratios[key] = stats.ratio(*pair)
        return self._ratios[key]

    def alone(self, strategy: str, metric: str) -> stats.Ratio:
        """Estimate of one metric, with one residual per replication whatever they share."""
        return stats.ratio(*self._pairs[strategy, metric])

    @cached_property
    def _ratios(self) -> dict[tuple[str, str], stats.Ratio]:
        return {}

    def values(self, strategy: str, metric: str) -> NDArray[Any]:
        """The metric's value in each replication; missing where undefined."""
        x, y = self._pairs[strategy, metric]
        value: NDArray[Any] = np.divide(x, y, out=np.full(len(x), np.nan), where=y != 0)
        return value

    def summary(self) -> pd.DataFrame:
        """Return mean, 95 % interval and spread of each metric of each strategy.

        Columns: strategy, metric, mean, ci_low, ci_high, p05, p95, replications.
        """
        rows = []
        for s in self.strategies:
            for m in self.metrics:
                r = self.ratio(s.name, m.name)
                low, high = stats.interval(r)
                p05, p95 = stats.spread(*self._pairs[s.name, m.name])
                rows.append(
                    (s.name, m.name, r.estimate, low, high, p05, p95, len(self.replications))
                )
        names = ["strategy", "metric", "mean", "ci_low", "ci_high", "p05", "p95", "replications"]
        return pd.DataFrame(rows, columns=names)

    def candidates(self, baseline: str) -> tuple[Strategy, ...]:
        """Strategies that may win against *baseline*: reference lines may not."""
        return tuple(s for s in self.strategies if not s.reference and s.name != baseline)

    def differences(self, baseline: str | None = None) -> pd.DataFrame:
        """Return every strategy's paired differences from *baseline*, strategy minus baseline.

        Columns: strategy, metric, difference, ci_low, ci_high, better (better, worse, small,
        same, open), p_better, deciding, wins, replications, variance_ratio (of the paired
        difference, relative to independent luck).
        """
        base = self._known(baseline)
        if base not in self._found:
            self._found[base] = self._differences(base)
        return self._found[base].copy()

    @cached_property
    def _found(self) -> dict[str, pd.DataFrame]:
        """Differences by baseline: the table, the verdict and the sentences all ask for them."""
        return {}

    def _differences(self, base: str) -> pd.DataFrame:
        critical = self._critical(base)
        rows = [
            self._difference(s, base, m, critical if m.name in DECIDING else None)
            for s in self.strategies
            if s.name != base
            for m in self.metrics
        ]
        return pd.DataFrame(
            rows,
            columns=[
                "strategy", "metric", "difference", "ci_low", "ci_high", "better", "p_better",
                "deciding", "wins", "replications", "variance_ratio",
            ],
        )  # fmt: skip

    def _known(self, baseline: str | None) -> str:
        base = self.baseline if baseline is None else baseline
        names = [s.name for s in self.strategies]
        if base not in names:
            raise BadInput("baseline", "", base, f"allowed: {', '.join(names)}")
        return base

    def _critical(self, base: str) -> float:
        """Critical value of the deciding rows together."""
        rows = [gap.independent for _, _, gap in self.gaps(base)]
        if not rows or len(self.replications) < 2:
            return float("nan")
        return stats.simultaneous(np.array(rows), self.level)

    @property
    def level(self) -> float:
        """Level at which the deciding intervals hold together: each earlier look costs."""
        return sequential.level(len(self.looks))

    def first(self, replications: int) -> Comparison:
        """Return the comparison of the first so many replications."""
        kept = self.measures["replication"] < replications
        return replace(self, measures=self.measures[kept])

    def gaps(self, baseline: str | None = None) -> list[tuple[str, str, sequential.Gap]]:
        """Return each candidate's deciding differences: strategy, metric, residuals and margin."""
        base = self._known(baseline)
        if not self.replications:
            return []
        return [
            (
                s.name,
                m,
                sequential.Gap(
                    self._gap(s.name, base, m),
                    self.margin(m, base),
                    self.labels,
                    self.setting.groups,
                ),
            )
            for s in self.candidates(base)
            for m in DECIDING
        ]

    def parts(self) -> pd.DataFrame:
        """Return what net value is made of, replication by replication.

        Columns: strategy, replication, pool, fit (numbers of the draws; who shares a number
        shares the draw), accounts (thousands), then CNY in all: net_value and its parts cash,
        open, cost, complaints.
        """
        rows, pools = [], [self.setting.pool(r) for r in self.replications]
        for s in self.strategies:
            named = {new: self._pairs[s.name, old][0] for new, old in PARTS.items()}
            rows.append(
                pd.DataFrame(
                    {
                        "strategy": s.name, "replication": self.replications,
                        "pool": pools, "fit": self.labels,
                        "accounts": self._pairs[s.name, "net_value"][1], **named,
                    }
                )
            )  # fmt: skip
        return pd.concat(rows, ignore_index=True)

    def doubts(self, baseline: str | None = None) -> pd.DataFrame:
        """Return where the variance of each candidate's net value difference comes from.

        Columns: strategy, luck, pool, fit, all as standard deviations of one replication, in CNY
        per 1,000 accounts, and total. Missing where it cannot be told: luck and pool apart only
        where groups have two replications; a fit only where models learn and were swapped.
        """
        base, rows = self._known(baseline), []
        for s in self.candidates(base):
            gap = self._gap(s.name, base, "net_value")
            split = stats.components(gap, self.labels)
            fit = self._refit(s.name)
            pool = np.maximum(0.0, split.shared - np.nan_to_num(fit))  # missing stays missing
            total = float(gap.var(ddof=1)) if gap.size > 1 else float("nan")
            rows.append((s.name, *np.sqrt([split.luck, pool, fit, total])))
        return pd.DataFrame(rows, columns=["strategy", "luck", "pool", "fit", "total"])

    def _refit(self, strategy: str) -> float:
        """Variance between fits: half the mean square of what another fit changes; 0 if none."""
        if next(s for s in self.strategies if s.name == strategy).fit is None:
            return 0.0
        there = self.measures[self.measures["strategy"] == strategy].set_index("replication")
        mine, swapped = (there[there["metric"] == m] for m in ("net_value", REFITTED))
        if swapped.empty:
            return float("nan")
        other = mine.loc[swapped.index]
        gap = (swapped["numerator"] - other["numerator"]) / other["denominator"]
        return float(np.square(gap.to_numpy()).mean()) / 2.0

    def _gap(self, strategy: str, base: str, metric: str) -> NDArray[Any]:
        return stats.paired(self.alone(strategy, metric), self.alone(base, metric)).residuals

    def luck(self, baseline: str | None = None) -> pd.DataFrame:
        """Return how narrow each deciding difference is, and what the shared luck was worth.

        Columns: strategy, metric, half_width (of the simultaneous interval), margin (that
        matters), reached, needed (replications in all for the margin), variance_ratio, saved
        (replications more that independent luck needs for the same half-width), replications.
        """
        base, rows = self._known(baseline), []
        gaps = self.gaps(base)
        bare = [gap for _, _, gap in gaps]
        widths = sequential.half_widths(bare, self.level)
        totals = sequential.needed(bare, self.level)
        for (name, metric, gap), width, needed in zip(gaps, widths, totals, strict=True):
            mine, theirs = (self.alone(n, metric).residuals for n in (name, base))
            ratio = stats.variance_ratio(gap.residuals, mine, theirs)
            count = len(self.replications)
            saved = stats.replications_saved(ratio, count)
            reached = bool(width <= gap.margin)
            rows.append((name, metric, width, gap.margin, reached, needed, ratio, saved, count))
        names = ["strategy", "metric", "half_width", "margin", "reached", "needed",
                 "variance_ratio", "saved", "replications"]  # fmt: skip
        return pd.DataFrame(rows, columns=names).astype({"needed": "Int64"})

    def _difference(
        self, s: Strategy, base: str, m: Metric, critical: float | None
    ) -> tuple[Any, ...]:
        a, b = self.ratio(s.name, m.name), self.ratio(base, m.name)
        d = stats.paired(a, b)
        low, high = stats.interval(d, critical=critical)
        up = m.better == "higher"
        state = stats.cell(d.estimate, low, high, self.margin(m.name, base), up)
        mine, theirs = self.values(s.name, m.name), self.values(base, m.name)
        return (
            s.name, m.name, d.estimate, low, high, state if m.better != "neither" else "open",
            stats.p_better(d, up), m.name in DECIDING, stats.wins(mine, theirs, up),
            len(self.replications), stats.variance_ratio(d.residuals, a.residuals, b.residuals),
        )  # fmt: skip

    def margin(self, metric: str, baseline: str | None = None) -> float:
        """Difference that matters, in the metric's unit (app defaults, scenario knobs)."""
        base, d = self._known(baseline), self.setting.scenario.difference
        if metric == "net_value" or metric.startswith("value_"):
            placed = self._pairs[base, "recovery_rate"][1].sum() / 100.0
            return float(d.net_value * placed / self._pairs[base, "net_value"][1].sum())
        level = abs(self.ratio(base, metric).estimate)
        if metric == "complaints":
            return max(d.complaints * level, d.complaints_floor)
        if metric == "breaches":
            return d.complaints * level
        fixed = {"satisfaction": d.satisfaction, "recovery_rate": 0.5, "success_rate": 1.0,
                 "npl_share": 0.3}  # fmt: skip
        return fixed.get(metric, 0.05 * level if level == level else 0.0)

    def verdict(self, baseline: str | None = None) -> verdicts.Verdict:
        """Return the decision against *baseline* by the rules of the decision table.

        With the draws of other assumptions, which were weighed against the baseline of the run.
        """
        base = self._known(baseline)
        rows = {(r["strategy"], r["metric"]): r for r in _rows(self.differences(base))}
        found = []
        for s in self.candidates(base):
            net = rows[s.name, "net_value"]
            limits = tuple(self._limit(rows[s.name, m], m, base) for m in DECIDING[1:])
            ends = net["difference"], net["ci_low"], net["ci_high"]
            found.append(
                verdicts.Candidate(
                    s.name,
                    *ends,
                    limits,
                    net["p_better"],
                    net["wins"],
                    free=unpriced(self.setting.scenario, s.organisation),
                    against=self._against(s.name, base),
                )
            )
        decided = verdicts.decide(
            found,
            baseline=base,
            margin=self.margin("net_value", base),
            replications=len(self.replications),
            planned=min(self.planned, verdicts.FEWEST),
        )
        return verdicts.weighed(decided, self.over if base == self.baseline else None)

    def _against(self, name: str, base: str) -> tuple[verdicts.Horizon, ...]:
        """Return the counts by which *name* is shown not to be the one to take.

        By the cash of the run it is behind the baseline; or, played on for fewer days, it is
        behind the baseline, or behind another candidate by what matters. By the table nobody is
        taken whom it is not shown to value as playing on does.
        """
        if self.setting.value == "table" and not {name, base} <= TRUSTED:
            return (verdicts.Horizon(verdicts.UNSEEN, base, *[float("nan")] * 3),)
        known = {m.name for m in self.metrics}
        rivals = [base, *(s.name for s in self.candidates(base) if s.name != name)]
        counts = [("value_cash", 0, [base])]
        counts += [(metric, days, rivals) for metric, days in HORIZONS.items()]
        found = []
        for metric, days, others in counts:
            if metric not in known or not np.isfinite(self.ratio(name, metric).estimate):
                continue
            gaps = [self._horizon(name, other, metric, days) for other in others]
            margins = [0.0 if g.rival == base else self.margin("net_value", base) for g in gaps]
            shown = [g for g, m in zip(gaps, margins, strict=True) if g.ci_high < -m]
            found += sorted(shown, key=lambda g: g.difference)[:1]
        return tuple(found)

    def _horizon(self, name: str, rival: str, metric: str, days: int) -> verdicts.Horizon:
        gap = stats.paired(self.ratio(name, metric), self.ratio(rival, metric))
        return verdicts.Horizon(days, rival, gap.estimate, *stats.interval(gap))

    def horizons(self, baseline: str | None = None) -> pd.DataFrame:
        """Return each candidate's net value difference by how long open claims are played on.

        Columns: strategy, days, difference, ci_low, ci_high. Empty where a table valued them.
        """
        base, known = self._known(baseline), {m.name for m in self.metrics}
        rows = [
            (s.name, days, gap.difference, gap.ci_low, gap.ci_high)
            for s in self.candidates(base)
            for metric, days in HORIZONS.items()
            if metric in known
            for gap in [self._horizon(s.name, base, metric, days)]
            if np.isfinite(gap.difference)
        ]
        names = ["strategy", "days", "difference", "ci_low", "ci_high"]
        return pd.DataFrame(rows, columns=names)

    def _limit(self, row: Mapping[str, Any], metric: str, base: str) -> verdicts.Limit:
        up, margin = METRICS[metric].better == "higher", self.margin(metric, base)
        low, high = row["ci_low"], row["ci_high"]
        state = stats.limit(low, high, margin, up)
        could = metric != "breaches" or self.can_occur(metric, row["strategy"], base)
        return verdicts.Limit(metric, state, row["difference"], low, high, margin, up, could)

    def warnings(self, lang: str) -> list[str]:
        """Say of every strategy which of its means cost nothing in this scenario."""
        at = self.setting.scenario
        told = [
            warning(at, getattr(s.title, lang) or s.name, unpriced(at, s.organisation), lang)
            for s in self.strategies
        ]
        return [line for line in told if line]

    def can_occur(self, metric: str, *strategies: str) -> bool:
        """Tell whether *metric*, an expectation, was above 0 anywhere in the strategies' runs."""
        return any(bool(self._pairs[name, metric][0].any()) for name in strategies)

    def p_best(self) -> pd.Series[float]:
        """Probability of each candidate to be best on average in net value, given these runs."""
        names = [s.name for s in self.strategies if not s.reference]
        ratios = [self.ratio(n, "net_value") for n in names]
        if len(self.replications) < 2:
            return pd.Series(np.nan, index=names)
        p = stats.p_best(
            [r.estimate for r in ratios], np.array([r.residuals for r in ratios]), True
        )
        return pd.Series(p, index=names)

    def expected_loss(self) -> pd.Series[float]:
        """What choosing each candidate now may cost on average in net value, given these runs.

        CNY per 1,000 accounts against the best of all candidates, the baseline included.
        """
        names = [s.name for s in self.strategies if not s.reference]
        if len(self.replications) < 2:
            return pd.Series(np.nan, index=names)
        ratios = [self.ratio(n, "net_value") for n in names]
        rows = np.array([r.residuals for r in ratios])
        losses = stats.expected_loss([r.estimate for r in ratios], rows, True)
        return pd.Series(losses, index=names)

    def to_dict(self, command: str = "") -> dict[str, Any]:
        """Return the comparison as JSON-able records; missing numbers are None."""
        v = self.verdict()
        return {
            "command": command,
            "scenario": self.setting.scenario.name,
            "baseline": self.baseline,
            "replications": len(self.replications),
            "planned": self.planned,
            "summary": _records(self.summary()),
            "differences": _records(self.differences()),
            "p_best": {k: _number(x) for k, x in self.p_best().items()},
            "expected_loss": {k: _number(x) for k, x in self.expected_loss().items()},
            "luck": _records(self.luck()),
            "horizons": _records(self.horizons()),
            "doubts": _records(self.doubts()),
            "value": self.setting.value,
            "continuation": self.setting.continuation,
            "groups": len(set(self.labels)),
            "looks": list(self.looks),
            "level": self.level,
            "over": plain(self.over),
            "verdict": {
                "state": v.state,
                "strategy": v.strategy,
                "baseline": v.baseline,
                "runner_up": v.runner_up,
                "replications_needed": v.replications_needed,
                "reason": v.reason,
                "against": [one._asdict() for one in v.leader.against] if v.leader else [],
            },
            "models": dict(self.models),
            "failures": _records(self.failures),
        }


_OWN = rf"^({OWN}[^:]+):.*$"


def _number(x: Any) -> Any:
    return None if x is pd.NA or (isinstance(x, float) and not np.isfinite(x)) else x


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in row.items()} for row in frame.to_dict(orient="records")]


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{k: _number(v) for k, v in row.items()} for row in _rows(frame.astype(object))]
