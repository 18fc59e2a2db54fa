"""The price of a rule: the same book and luck, played with it and without it.

Without means from the first day on: the book at the start was worked under the rules, and what is
open at the end is valued as under them. A rule that refused nothing in a replication, and for which
no file rests, made no difference to it; that replication is not played again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from sim.compare import stats
from sim.core.domain import Rule
from sim.play.run import Run, Setting, fitted
from sim.play.run import replay as played
from sim.scenario import Scenario
from sim.scenario.regime import Regime
from sim.strategies import Strategy

METRICS = ("net_value", "recovery_rate", "complaints")
#: Rules that work through the date until which a file rests, which strategies can see.
RESTING = (Rule.CN_25, Rule.US_07, Rule.UK_04, Rule.UK_05)


class Gap(NamedTuple):
    """A metric with the rule less without it; 95 % interval of the mean, paired by replication."""

    metric: str
    mean: float
    low: float
    high: float


class Price(NamedTuple):
    """What one rule costs and spares."""

    rule: Rule
    refused: float  #: touches refused or done all the same, per replication
    gaps: tuple[Gap, ...]


def without(scenario: Scenario, rule: Rule) -> Scenario:
    """Return *scenario* with *rule* lifted from the first day on, on the same starting book."""
    pack = scenario.law.pack
    now: dict[str, object] = {"law.suspended": sorted({*scenario.law.suspended, rule.name})}
    later = []
    for one in scenario.regime:
        changes = dict(one.set)
        if changes.get("law.pack", pack) != pack:
            changes.setdefault("law.suspended", ())
        elif "law.suspended" in changes:
            changes["law.suspended"] = sorted({*changes["law.suspended"], rule.name})
        if one.from_month == 1:
            now |= changes
        else:
            later.append(Regime(from_month=one.from_month, set=changes))
    return scenario.model_copy(update={"regime": (Regime(from_month=1, set=now), *later)})


def prices(
    at: Setting,
    strategy: Strategy,
    rules: Sequence[Rule],
    replications: int,
    progress: Callable[[int, int], None] | None = None,
) -> list[Price]:
    """Play *strategy* with every rule, and without each of *rules* in turn."""
    ready, report = fitted(at, strategy)
    planned, done = replications * (1 + len(rules)), 0

    def tell() -> None:
        nonlocal done
        done += 1
        if progress:
            progress(done, planned)

    def play(setting: Setting, number: int) -> Run:
        run = played(setting, ready, number, report, full=False)
        tell()
        return run

    kept = [play(at, number) for number in range(replications)]
    found = []
    for rule in rules:
        lifted = replace(at, scenario=without(at.scenario, rule))
        refused = [met(run, rule) for run in kept]
        others = []
        for number, run in enumerate(kept):
            if refused[number] or rule in RESTING:
                others.append(play(lifted, number))
            else:
                others.append(run)
                tell()
        gaps = tuple(_gap(metric, kept, others) for metric in METRICS)
        found.append(Price(rule, sum(refused) / replications, gaps))
    return found


def met(run: Run, rule: Rule) -> float:
    """Return how often *rule* refused a touch in *run*, or was broken."""
    rows = run.segments[(run.segments["segment"] == "rule") & (run.segments["group"] == int(rule))]
    counted = rows[rows["metric"].isin(["blocked", "breaches_realised"])]
    return float(counted["numerator"].sum())


def _gap(metric: str, kept: Sequence[Run], others: Sequence[Run]) -> Gap:
    gap = stats.paired(_ratio(metric, kept), _ratio(metric, others))
    low, high = stats.interval(gap)
    return Gap(metric, gap.estimate, low, high)


def _ratio(metric: str, runs: Sequence[Run]) -> stats.Ratio:
    pairs = [run.measures.loc[metric, ["numerator", "denominator"]].to_numpy() for run in runs]
    numerators, denominators = np.array(pairs, dtype=np.float64).T
    return stats.ratio(numerators, denominators)
