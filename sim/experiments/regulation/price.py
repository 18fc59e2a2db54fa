"""The price of a rule: the same book and luck, played with it and without it.

Without means from the first day on: the book at the start was worked under the rules, and what is
open at the end is valued as under them. A rule that refused nothing in a replication, and for which
no file rests, made no difference to it; that replication is not played again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from sim.compare import stats
from sim.core.domain import Rule
from sim.core.errors import BadInput
from sim.experiments.sweep import plays
from sim.play.run import Run, Setting, fitted, replay
from sim.scenario import Scenario
from sim.scenario.regime import Regime
from sim.strategies import Strategy

METRICS = ("net_value", "recovery_rate", "complaints")
#: Rules that work through the date until which a file rests, which strategies can see.
RESTING = (Rule.CN_25, Rule.US_07, Rule.UK_04, Rule.UK_05)


EVERY = ""  #: the world with every rule
Task = tuple[int, str]  #: replication, and the name of the rule that is lifted


class Answer(NamedTuple):
    """What a play says: measures with numerator and denominator, and what each rule met."""

    measures: dict[str, tuple[float, float]]
    met: dict[str, float]


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


@dataclass(frozen=True)
class Worlds:
    """All that the plays share; a worker gets it once."""

    at: Setting
    ready: Strategy  #: with its models
    rules: tuple[Rule, ...]

    def __call__(self, task: Task) -> Answer | str:
        """Play one replication with every rule, or without one; what breaks off is a reason."""
        number, name = task
        try:
            return self._played(number, name)
        except Exception as error:
            return plays.broke_off(error)

    def _played(self, number: int, name: str) -> Answer:
        at = self.at
        if name != EVERY:
            at = replace(at, scenario=without(at.scenario, Rule[name]))
        run = replay(at, self.ready, number, {}, full=False)
        rows = run.measures.loc[list(METRICS), ["numerator", "denominator"]]
        pairs = zip(METRICS, rows.to_numpy(dtype=np.float64).tolist(), strict=True)
        return Answer({m: (x, y) for m, (x, y) in pairs}, {r.name: met(run, r) for r in self.rules})


def prices(
    at: Setting,
    strategy: Strategy,
    rules: Sequence[Rule],
    replications: int,
    progress: Callable[[int, int], None] | None = None,
    *,
    keep: plays.Keep = plays.NOWHERE,
    jobs: int = 1,
) -> list[Price]:
    """Play *strategy* with every rule, and without each of *rules* in turn.

    Parameters
    ----------
    at, strategy, rules
        The setting, who is played, and which rules are lifted.
    replications
        Drawings of the world.
    progress
        Called with finished and planned plays.
    keep
        Where plays are kept; see `kept_at`.
    jobs
        Processes.

    Raises
    ------
    BadInput
        No replication in which every world comes to its end.
    """
    work = Worlds(at, fitted(at, strategy)[0], tuple(rules))
    every = [(number, EVERY) for number in range(replications)]
    planned = replications * (1 + len(rules))
    tell = None if progress is None else lambda done, _: progress(done, planned)
    answers = plays.played(work, every, keep, jobs=jobs, warm=__name__, progress=tell)
    lifted = [
        (number, rule.name)
        for rule in rules
        for number, _ in every
        if rule in RESTING or _refused(answers[number, EVERY], rule)
    ]
    again = keep._replace(resume=keep.place is not None)
    answers |= plays.played(
        work, [*every, *lifted], again, jobs=jobs, warm=__name__, progress=tell, known=answers
    )
    whole, failed = plays.whole(answers, replications)
    if not whole:
        raise BadInput("rules", "", failed[0][2], "a replication that comes to its end")
    return [_price(answers, whole, rule) for rule in rules]


def _refused(answer: Any, rule: Rule) -> float:
    return 0.0 if isinstance(answer, str) else float(answer.met[rule.name])


def _price(answers: plays.Answers, whole: Sequence[int], rule: Rule) -> Price:
    """Return what one rule costs: where it met nothing, both worlds are the same."""
    kept = [answers[number, EVERY] for number in whole]
    others = [answers.get((n, rule.name), one) for n, one in zip(whole, kept, strict=True)]
    refused = sum(_refused(one, rule) for one in kept) / len(whole)
    return Price(rule, refused, tuple(_gap(metric, kept, others) for metric in METRICS))


def read(body: Any) -> Answer:
    """Return an answer as it was before JSON."""
    pairs = {str(m): (float(x), float(y)) for m, (x, y) in body["measures"].items()}
    return Answer(pairs, {str(rule): float(n) for rule, n in body["met"].items()})


def met(run: Run, rule: Rule) -> float:
    """Return how often *rule* refused a touch in *run*, or was broken."""
    rows = run.segments[(run.segments["segment"] == "rule") & (run.segments["group"] == int(rule))]
    counted = rows[rows["metric"].isin(["blocked", "breaches_realised"])]
    return float(counted["numerator"].sum())


def _gap(metric: str, kept: Sequence[Answer], others: Sequence[Answer]) -> Gap:
    gap = stats.paired(_ratio(metric, kept), _ratio(metric, others))
    low, high = stats.interval(gap)
    return Gap(metric, gap.estimate, low, high)


def _ratio(metric: str, answers: Sequence[Answer]) -> stats.Ratio:
    numerators, denominators = np.array([a.measures[metric] for a in answers]).T
    return stats.ratio(numerators, denominators)
