"""Who gains and who is hurt: paired differences by group of borrowers, and other groups' numbers.

The intervals of all groups of one segment hold together, so that the largest of them is not
picked by luck.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.compare import stats
from sim.compare.comparison.result import METRICS, Comparison
from sim.play.metrics.segments import OWN, WAITS


class Gap(NamedTuple):
    """One metric of one group, strategy minus baseline, in the metric's unit."""

    group: int
    metric: str
    level: float  #: the baseline's
    difference: float
    low: float
    high: float
    state: str  #: better, worse, small, same or open


class Size(NamedTuple):
    """How large a group is: accounts in one run, and its share of the balance placed."""

    accounts: float
    share: float


def known(comparison: Comparison, segment: str) -> bool:
    """Tell whether the runs kept numbers by the groups of *segment*."""
    return any(segment == there for there, _ in comparison.grouped)


def table(comparison: Comparison, segment: str, metric: str) -> pd.DataFrame:
    """Return numerators and denominators: one row per strategy, group and replication.

    Only replications that every strategy has finished.
    """
    return comparison.grouped[segment, metric]


def groups(comparison: Comparison, segment: str, metric: str) -> list[int]:
    """Return the groups of *segment* in which there was anybody."""
    there = table(comparison, segment, metric)["denominator"].groupby("group").sum()
    return [int(group) for group in there.index[there > 0]]


def gaps(comparison: Comparison, strategy: str, segment: str, metric: str) -> list[Gap]:
    """Return the paired difference from the baseline in every group of *segment*."""
    rows, base = table(comparison, segment, metric), comparison.baseline
    there = groups(comparison, segment, metric)
    shared = comparison.labels
    pairs = [(_ratio(rows, strategy, g, shared), _ratio(rows, base, g, shared)) for g in there]
    found = [stats.paired(mine, theirs) for mine, theirs in pairs]
    if not found:
        return []
    critical = None
    if found[0].residuals.size > 1:
        critical = stats.simultaneous(np.array([d.residuals for d in found]))
    up, margin = METRICS[metric].better == "higher", comparison.margin(metric)
    rows_found = []
    for group, (_, theirs), d in zip(there, pairs, found, strict=True):
        low, high = stats.interval(d, critical=critical)
        state = str(stats.cell(d.estimate, low, high, margin, up))
        rows_found.append(Gap(group, metric, theirs.estimate, d.estimate, low, high, state))
    return rows_found


def own_gaps(comparison: Comparison) -> pd.DataFrame:
    """Return every candidate's differences by the lender's own categories; empty without any."""
    rows = [
        (segment.removeprefix(OWN), names[gap.group],
         sizes(comparison, segment)[gap.group].accounts, s.name, *gap[1:])
        for segment, names in comparison.own_names.items()
        if known(comparison, segment)
        for s in comparison.candidates(comparison.baseline)
        for metric in ("recovery_rate", "success_rate", "complaints", "harsh_contacts")
        for gap in gaps(comparison, s.name, segment, metric)
    ]  # fmt: skip
    names = ["segment", "group", "accounts", "strategy", "metric", "baseline", "difference",
             "ci_low", "ci_high", "better"]  # fmt: skip
    return pd.DataFrame(rows, columns=names)


def level(comparison: Comparison, strategy: str, segment: str, metric: str, group: int) -> float:
    """Return a group's number under one strategy; missing where nobody is in it."""
    rows = table(comparison, segment, metric)
    there = rows.index.get_level_values
    if not ((there("strategy") == strategy) & (there("group") == group)).any():
        return float("nan")
    return _ratio(rows, strategy, group).estimate


def _ratio(
    rows: pd.DataFrame, strategy: str, group: int, shared: tuple[int, ...] = ()
) -> stats.Ratio:
    mine = rows.loc[(strategy, group), :]
    pair = mine["numerator"].to_numpy(), mine["denominator"].to_numpy()
    if not shared:
        return stats.ratio(*pair)
    return stats.ratio(*(stats.clustered(x, shared) for x in pair))


def sizes(comparison: Comparison, segment: str) -> dict[int, Size]:
    """Return how large each group of borrowers is; the same under every strategy."""
    base = comparison.baseline
    people = table(comparison, segment, "harsh_contacts").loc[base]["denominator"]
    owed = table(comparison, segment, "recovery_rate").loc[base]["denominator"]
    accounts = people.groupby("group").sum() / len(comparison.replications)
    placed = owed.groupby("group").sum()
    shares = placed / placed.sum() if placed.sum() else placed
    return {int(g): Size(float(accounts[g]), float(shares[g])) for g in accounts.index}


def by_group(comparison: Comparison, strategy: str, segment: str, metric: str) -> NDArray[Any]:
    """Return the number of every group under one strategy, groups in order."""
    mine = table(comparison, segment, metric).loc[strategy].groupby("group").sum()
    x, y = mine["numerator"].to_numpy(float), mine["denominator"].to_numpy(float)
    value: NDArray[Any] = np.divide(x, y, out=np.full(len(x), np.nan), where=y != 0)
    return value


def waits(comparison: Comparison, strategy: str, metric: str, shares: list[float]) -> list[float]:
    """Return the minutes within which *shares* of what waited was served or gave up.

    Read off the counted bins, evenly spread inside each; what lies in the open bin is its lower
    end. Missing where nothing waited.
    """
    counts = table(comparison, "wait", metric).loc[strategy]["numerator"].groupby("group").sum()
    total = float(counts.sum())
    if not total:
        return [float("nan")] * len(shares)
    ends = np.array([0.0, *WAITS, WAITS[-1]], dtype=float)
    below = np.concatenate(([0.0], np.cumsum(counts.to_numpy(dtype=float)))) / total
    upto = int(np.searchsorted(below, 1.0)) + 1  # nobody waited longer
    return [float(np.interp(share, below[:upto], ends[:upto])) for share in shares]
