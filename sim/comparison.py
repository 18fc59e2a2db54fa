"""Competing strategies through the same scenario with the same luck: `compare`.

Replications are interleaved, so that an interrupted comparison stays paired. Differences are
paired by replication; the few deciding rows carry simultaneous intervals, all other rows stand
for information with ordinary ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import NDArray

from sim import stats
from sim import verdict as verdicts
from sim.domain import Account
from sim.errors import BadInput
from sim.experiment import Setting, learned, replay, setting
from sim.metrics import SHELF, Metric
from sim.pool import pool_of
from sim.runs import RunFolder
from sim.scenario import Scenario, Text
from sim.strategies import Strategy, named

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
METRICS: dict[str, Metric] = {**SHELF, ADDED.name: ADDED}
Task = tuple[int, str]
Tables = dict[str, pd.DataFrame]


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

    @cached_property
    def replications(self) -> tuple[int, ...]:
        """Replications that every strategy has finished."""
        done = self.measures.groupby("replication")["strategy"].nunique()
        return tuple(int(r) for r in done.index[done == len(self.strategies)])

    @cached_property
    def _pairs(self) -> dict[tuple[str, str], tuple[NDArray[Any], NDArray[Any]]]:
        complete = self.measures[self.measures["replication"].isin(self.replications)]
        ordered = complete.sort_values("replication", kind="stable")
        return {
            (str(s), str(m)): (g["numerator"].to_numpy(), g["denominator"].to_numpy())
            for (s, m), g in ordered.groupby(["strategy", "metric"], sort=False, observed=True)
        }

    @cached_property
    def metrics(self) -> tuple[Metric, ...]:
        """Metrics present, in the order of the shelf."""
        present = {m for _, m in self._pairs}
        return tuple(m for name, m in METRICS.items() if name in present)

    def ratio(self, strategy: str, metric: str) -> stats.Ratio:
        """Estimate and residuals of one metric of one strategy."""
        return stats.ratio(*self._pairs[strategy, metric])

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
        rows = [
            stats.paired(self.ratio(s.name, m), self.ratio(base, m)).residuals
            for s in self.candidates(base)
            for m in DECIDING
        ]
        if not rows or len(self.replications) < 2:
            return float("nan")
        return stats.simultaneous(np.array(rows))

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
        if metric == "net_value":
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
        """Return the decision against *baseline* by the rules of the decision table."""
        base = self._known(baseline)
        rows = {(r["strategy"], r["metric"]): r for r in _rows(self.differences(base))}
        found = []
        for s in self.candidates(base):
            net = rows[s.name, "net_value"]
            limits = tuple(self._limit(rows[s.name, m], m, base) for m in DECIDING[1:])
            ends = net["difference"], net["ci_low"], net["ci_high"]
            found.append(verdicts.Candidate(s.name, *ends, limits, net["p_better"], net["wins"]))
        return verdicts.decide(
            found,
            baseline=base,
            margin=self.margin("net_value", base),
            replications=len(self.replications),
            planned=min(self.planned, verdicts.FEWEST),
        )

    def _limit(self, row: Mapping[str, Any], metric: str, base: str) -> verdicts.Limit:
        up, margin = METRICS[metric].better == "higher", self.margin(metric, base)
        low, high = row["ci_low"], row["ci_high"]
        state = stats.limit(low, high, margin, up)
        return verdicts.Limit(metric, state, row["difference"], low, high, margin, up)

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
            "verdict": {
                "state": v.state,
                "strategy": v.strategy,
                "baseline": v.baseline,
                "runner_up": v.runner_up,
                "replications_needed": v.replications_needed,
                "reason": v.reason,
            },
            "models": dict(self.models),
            "failures": _records(self.failures),
        }


def _number(x: Any) -> Any:
    return None if isinstance(x, float) and not np.isfinite(x) else x


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in row.items()} for row in frame.to_dict(orient="records")]


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{k: _number(v) for k, v in row.items()} for row in _rows(frame.astype(object))]


# --- running -----------------------------------------------------------------------------------


class CancelledError(Exception):
    """The user stopped the comparison; what was finished is in `partial`."""

    def __init__(self, partial: Comparison | None) -> None:
        super().__init__("cancelled")
        self.partial = partial


Progress = Callable[[int, int], None]


def compare(
    scenario: Scenario,
    strategies: Sequence[str | Strategy],
    *,
    replications: int = 20,
    seed: int = 0,
    accounts: int | None = None,
    days: int | None = None,
    engine: str = "auto",
    jobs: int = 1,
    budget: Literal["same", "own"] = "same",
    start: Literal["in_place", "from_today"] = "in_place",
    book: Literal["new", "same", "frozen"] = "new",
    baseline: str | None = None,
    late: tuple[Account, ...] = (),
    folder: RunFolder | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Play *strategies* through *scenario* with the same luck and compare them.

    Parameters
    ----------
    scenario, strategies
        The scenario, and names on the shelf or strategies; each at most once.
    replications
        Drawings of the world; below 5 no verdict is given.
    seed, accounts, days, engine, budget, start, book
        As for `play`.
    jobs
        Processes.
    baseline
        What the others are measured against: `phone_only` where it takes part, else the first.
    late
        Accounts of a portfolio instead of a drawn book.
    folder
        Run folder that keeps each finished replication; those already there are not repeated.
    progress
        Called with (finished, planned) after each replication of a strategy.

    Raises
    ------
    BadInput
        What cannot be compared, in one line.
    CancelledError
        On Ctrl-C, with what was finished.
    """
    chosen = _chosen(strategies)
    if engine not in ("auto", "story"):
        raise BadInput("engine", "", engine, "allowed: auto, story")
    for key, value, most in (("replications", replications, 100_000), ("jobs", jobs, 1_024)):
        if not isinstance(value, int) or not 1 <= value <= most:
            raise BadInput(key, "", value, f"a whole number from 1 to {most}")
    at = setting(scenario, seed, accounts, days, budget, start, book, late)
    pool_of(scenario, jobs)
    fits = {s.name: learned(at, s) for s in chosen}
    line = baseline or ("phone_only" if "phone_only" in fits else chosen[0].name)
    if line not in fits:
        raise BadInput("baseline", "", line, f"allowed: {', '.join(fits)}")
    done = folder.finished() if folder else set()
    tasks = [(r, s.name) for r in range(replications) for s in chosen if (s.name, r) not in done]
    shown = len(chosen) * replications - len(tasks)
    found: list[tuple[Task, Tables | str]] = []

    def result() -> Comparison:
        return _assembled(at, [s for s, _ in fits.values()], line, found, folder, replications,
                          {n: report for n, (_, report) in fits.items() if report})  # fmt: skip

    try:
        for task, tables in _played(at, {n: f[0] for n, f in fits.items()}, tasks, jobs):
            _keep(folder, found, task, tables)
            shown += 1
            if progress:
                progress(shown, len(chosen) * replications)
    except KeyboardInterrupt:
        raise CancelledError(result() if found or done else None) from None
    return result()


def _chosen(strategies: Sequence[str | Strategy]) -> list[Strategy]:
    if isinstance(strategies, str) or not strategies:
        raise BadInput("strategies", "", strategies, "a list of at least one strategy")
    chosen = [named(s) if isinstance(s, str) else s for s in strategies]
    names = [s.name for s in chosen]
    for name in names:
        if names.count(name) > 1:
            raise BadInput("strategies", "", name, "each strategy at most once")
    return chosen


def _played(
    at: Setting, fitted: Mapping[str, Strategy], tasks: Sequence[Task], jobs: int
) -> Iterator[tuple[Task, Tables | str]]:
    """Play the tasks in order, over processes if asked; a failed one is a reason."""
    if jobs == 1:
        yield from ((t, _one(at, fitted[t[1]], t[0])) for t in tasks)
        return
    work = Parallel(n_jobs=jobs, return_as="generator")(
        delayed(_one)(at, fitted[name], r) for r, name in tasks
    )
    yield from zip(tasks, work, strict=True)


def _one(at: Setting, strategy: Strategy, replication: int) -> Tables | str:
    try:
        run = replay(at, strategy, replication, {}, full=False)
    except BadInput:
        raise
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    measures = run.measures.reset_index()[["metric", "numerator", "denominator"]]
    tables = {"measures": measures, "daily": run.daily, "seats": run.seats}
    for t in tables.values():
        t.insert(0, "replication", replication)
        t.insert(0, "strategy", strategy.name)
    return tables


def _keep(
    folder: RunFolder | None,
    found: list[tuple[Task, Tables | str]],
    task: Task,
    tables: Tables | str,
) -> None:
    found.append((task, tables))
    if folder is None:
        return
    if isinstance(tables, str):
        folder.failed(task[1], task[0], tables)
    else:
        folder.keep(task[1], task[0], tables)


def _assembled(
    at: Setting,
    strategies: Sequence[Strategy],
    baseline: str,
    found: Iterable[tuple[Task, Tables | str]],
    folder: RunFolder | None,
    planned: int,
    models: Mapping[str, Any],
) -> Comparison:
    failed = [(n, r, why) for (r, n), why in found if isinstance(why, str)]
    if folder is not None:
        tables = {name: folder.table(name) for name in ("measures", "daily", "seats")}
    else:
        good = [t for _, t in found if not isinstance(t, str)]
        tables = {
            name: pd.concat([t[name] for t in good], ignore_index=True) if good else pd.DataFrame()
            for name in ("measures", "daily", "seats")
        }
    if tables["measures"].empty:
        why = failed[0][2] if failed else "nothing was played"
        raise BadInput("compare", "", why, "every replication failed")
    return Comparison(
        at,
        tuple(strategies),
        baseline,
        with_added(tables["measures"]),
        tables["daily"],
        tables["seats"],
        planned,
        pd.DataFrame(failed, columns=["strategy", "replication", "reason"]),
        models,
    )


def with_added(measures: pd.DataFrame) -> pd.DataFrame:
    """Add what collecting adds: recovered cash minus that of `do_nothing`, same luck."""
    cash = measures[measures["metric"] == "amount_recovered"]
    idle = cash[cash["strategy"] == "do_nothing"].set_index("replication")["numerator"]
    if idle.empty:
        return measures
    added = cash[cash["replication"].isin(idle.index)].assign(
        metric=ADDED.name,
        numerator=lambda f: f["numerator"] - idle.loc[f["replication"]].to_numpy(),
    )
    return pd.concat([measures, added], ignore_index=True)
