"""A finished sweep: its tidy table, and the numbers of one outcome, points by replications."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.compare.comparison import METRICS
from sim.core.errors import BadInput, choose
from sim.experiments.sweep.design import Design
from sim.experiments.sweep.pace import Seconds
from sim.experiments.sweep.plans import points_of

Floats = NDArray[np.float64]


class Row(NamedTuple):
    """What one replication of one strategy at one point left; *failure* where it broke off."""

    point: int
    strategy: str
    replication: int
    measures: Mapping[str, tuple[float, float]]
    failure: str = ""


class Outcome(NamedTuple):
    """One outcome over the points that are whole: *values* has shape (points, replications)."""

    points: NDArray[np.int64]
    values: Floats

    @property
    def means(self) -> Floats:
        """The outcome at each point, over its replications."""
        found: Floats = self.values.mean(axis=1)
        return found

    @property
    def errors(self) -> Floats:
        """Standard error of the outcome at each point; missing below two replications."""
        count = self.values.shape[1]
        if count < 2:
            return np.full(len(self.values), np.nan)
        found: Floats = self.values.std(axis=1, ddof=1) / np.sqrt(count)
        return found


@dataclass(frozen=True)
class Sweep:
    """A sweep and what was asked.

    `table` has the columns point, one for each input, strategy, replication, metric, numerator,
    denominator, value, failure. A replication that broke off is one row without a metric.
    """

    design: Design
    about: Mapping[str, Any]
    table: pd.DataFrame
    seconds: Seconds | None = None  #: foretold and taken, where it was played just now

    @property
    def command(self) -> str:
        """The command line that makes the same table."""
        return str(self.about["command"])

    @property
    def snippet(self) -> str:
        """Python that makes the same table."""
        return str(self.about["python"])

    @cached_property
    def points(self) -> pd.DataFrame:
        """Value of each input at each point, all that were planned."""
        return points_of(self.design)

    @property
    def strategies(self) -> tuple[str, ...]:
        """Names of the strategies."""
        return tuple(str(s) for s in self.about["strategies"])

    @property
    def failures(self) -> pd.DataFrame:
        """Rows that hold a reason instead of a number."""
        return self.table[self.table["failure"] != ""]

    def title(self, strategy: str, lang: str) -> str:
        """Return what a strategy is called."""
        return str(self.about["strategies"][strategy][lang == "zh"]) or strategy

    def outcome(self, metric: str, strategy: str, minus: str | None = None) -> Outcome:
        """Return a metric of *strategy*, or its difference from that of *minus*, per replication.

        A point that broke off in any replication is left out whole; so is a replication that not
        every point has tried yet. A ratio is linearised, so that a row's mean is the ratio of
        its totals.
        """
        both = [strategy] if minus is None else [strategy, minus]
        for name in both:
            choose("strategy", "", name, self.strategies)
        rows = self.table[self.table["strategy"].isin(both)]
        tried = rows.drop_duplicates(["point", "strategy", "replication"]).groupby("replication")
        sizes = tried.size()
        complete = sizes.index[sizes == len(both) * len(self.points)]
        known = rows[(rows["metric"] == metric) & rows["replication"].isin(complete)]
        if known.empty:
            if metrics := {str(m) for m in rows["metric"] if m}:
                choose("metric", "", metric, metrics)
            broke = [*rows["failure"][rows["failure"] != ""]]
            if not broke:
                raise BadInput(
                    "sweep", "replications", 0, "one finished at every point; go on with it"
                )
            raise BadInput("sweep", metric, broke[0], "a replication that ends well at every point")
        values, points = _values(known, strategy, len(complete))
        if minus is not None:
            others, theirs = _values(known, minus, len(complete))
            points, mine, their = np.intersect1d(points, theirs, return_indices=True)
            values = values[mine] - others[their]
        return Outcome(points, values)

    def sentence(self, lang: str = "en") -> str:
        """Say what was played and what broke off."""
        done = self.table.groupby(["point", "strategy", "replication"]).ngroups
        n, s, r, f = (
            len(self.points),
            len(self.strategies),
            self.design.replications,
            len(self.failures),
        )
        if lang == "zh":
            broke = f"{f} 次未能完成" if f else "全部完成"
            return f"{n} 组取值 × {s} 种策略 × {r} 次重复：已有 {done} 行结果，{broke}。"
        broke = f"{f} broke off" if f else "none broke off"
        return f"{n} points × {s} strategies × {r} replications: {done} played, {broke}."


def _values(
    known: pd.DataFrame, strategy: str, replications: int
) -> tuple[Floats, NDArray[np.int64]]:
    """Return (points, replications) of one strategy's metric, and which points those are.

    Each row is `stats.ratio`'s estimate plus its residuals.
    """
    mine = known[known["strategy"] == strategy].sort_values(["point", "replication"])
    count = mine.groupby("point")["replication"].transform("size")
    mine = mine[count == replications]
    x, y = (mine[c].to_numpy().reshape(-1, replications) for c in ("numerator", "denominator"))
    points = mine["point"].to_numpy()[::replications]
    sums = y.sum(axis=1)
    good = np.isfinite(x).all(axis=1) & np.isfinite(sums) & (sums != 0)
    x, y = x[good], y[good]
    share = (x.sum(axis=1) / y.sum(axis=1))[:, None]
    values: Floats = share + (x - share * y) / y.mean(axis=1, keepdims=True)
    return values, points[good].astype(np.int64)


def higher_is_better(metric: str) -> bool:
    """Tell which way a metric is better; what is not on the shelf is better the higher."""
    return metric not in METRICS or METRICS[metric].better != "lower"


def metric_title(metric: str, lang: str) -> str:
    """Return what a metric is called; its name where it is not on the shelf."""
    return getattr(METRICS[metric].title, lang) if metric in METRICS else metric


def tidy(
    d: Design, points: pd.DataFrame, strategies: Sequence[str], rows: Iterable[Row]
) -> pd.DataFrame:
    """Return the tidy table: by point, strategy as asked, replication, metric."""
    place = {name: i for i, name in enumerate(strategies)}
    lines = []
    for row in sorted(rows, key=lambda r: (r.point, place[r.strategy], r.replication)):
        head = (row.point, row.strategy, row.replication)
        if row.failure:
            lines.append((*head, "", np.nan, np.nan, row.failure))
        lines += [(*head, metric, x, y, "") for metric, (x, y) in row.measures.items()]
    names = ["point", "strategy", "replication", "metric", "numerator", "denominator", "failure"]
    frame = pd.DataFrame(lines, columns=names).astype(
        {"point": "int64", "replication": "int64", "numerator": "float64", "denominator": "float64"}
    )
    share = frame["numerator"] / frame["denominator"].where(frame["denominator"] != 0)
    frame.insert(6, "value", share)
    inputs = points.iloc[frame["point"].to_numpy()].reset_index(drop=True)
    return pd.concat([frame[["point"]], inputs, frame.iloc[:, 1:]], axis=1)


__all__ = ["Outcome", "Row", "Sweep", "higher_is_better", "metric_title", "tidy"]
