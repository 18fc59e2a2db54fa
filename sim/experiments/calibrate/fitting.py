"""The fit: free knobs moved until the simulated numbers lie where the targets are.

Simulation-based: Optuna's Parzen estimator looks over the ranges, CMA-ES narrows; every trial
lives the same people with the same luck, so that trials differ by their knobs alone. What is not
ruled out (the trials whose misfit is near the best, as in history matching) says how well each
knob is known. The score on other people with other luck, and on targets kept out, says what the
fit is worth.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import optuna
from scipy import stats

from sim.core.errors import BadInput
from sim.core.knobs import KnobRow
from sim.experiments.calibrate import posterior
from sim.experiments.calibrate.keeping import Kept
from sim.experiments.calibrate.posterior import Draw
from sim.experiments.calibrate.sides import Side, beside
from sim.experiments.calibrate.targets import Numbers, Target, Task
from sim.scenario import Scenario
from sim.scenario.changes import shape

OTHERS = 1_000  #: added to the seed: people that the fit never saw
FIRST = 0.35  #: share of the trials that look over the whole range before the search narrows
FEW = 4  #: knobs below which the first search is the whole search
EASE = 0.5  #: half bands within which a number costs little
ANCHOR = 0.2  #: price of moving a knob from end to end of its range: a target is a better reason
LEVEL = 0.9  #: of the set that is not ruled out
START = 10  #: trials from which the narrowing search can tell where to begin
PER_KNOB = 12  #: trials per knob below which a fit is a sketch
Progress = Callable[[int, int], None]


class Fitted(NamedTuple):
    """One knob: before, after, and the values not ruled out; `known` compares them to the range."""

    path: str
    before: float
    value: float
    low: float
    high: float
    known: float  #: 1: a point; 0: the targets say nothing about it


class Check(NamedTuple):
    """One target before and after the fit, and after it on other people."""

    name: str
    low: float
    high: float
    held: bool
    before: float
    after: float
    elsewhere: float
    hit: bool  #: on other people
    source: str


class Fit(NamedTuple):
    """What a fit found."""

    knobs: tuple[Fitted, ...]
    changes: dict[str, Any]  #: what to set: the fitted values, and what had to give way to them
    checks: tuple[Check, ...]
    misfit: tuple[float, float]  #: mean squared miss in half bands, before and after
    held_out: tuple[float, float]  #: the same on other people (and kept targets, and accounts)
    trials: int
    kept: int  #: trials not ruled out
    accounts: int
    seed: int
    source: str
    draws: tuple[Draw, ...] = ()  #: the posterior: parameter sets with weights
    sides: tuple[Side, ...] = ()  #: the history beside the fitted model

    @property
    def better(self) -> bool:
        """Tell whether the fit is better than the start on people that it never saw."""
        return self.held_out[1] < self.held_out[0]


class Plan(NamedTuple):
    """How so many trials are spent."""

    look: int  #: over the whole range
    narrow: int  #: around the best
    advised: int  #: trials with which as many knobs can be told from each other


def planned(trials: int, knobs: int) -> Plan:
    """Return how *trials* are spent: few trials only look, they are too few to narrow."""
    advised = PER_KNOB * max(1, knobs)
    if knobs < FEW or trials < 2 * START:
        return Plan(trials, 0, advised)
    look = max(START, int(FIRST * trials))
    return Plan(look, trials - look, advised)


def free_knobs(scenario: Scenario, asked: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Return the knobs to move and their ranges; ``path=low:high`` gives one of its own.

    Raises
    ------
    BadInput
        A knob that is no single number, or a range that is none.
    """
    rows = {row.path: row for row in scenario.knobs()}
    found = {}
    for word in asked:
        path, equals, own = (part.strip() for part in word.partition("="))
        kind = shape(path, "--knobs").kind
        if kind not in ("number", "whole") or path not in rows:
            raise BadInput("--knobs", path, kind, "a knob of a number")
        found[path] = _own(path, own) if equals else _usual(rows[path])
    if not found:
        raise BadInput("--knobs", "", ",".join(asked), "knobs with commas between")
    return found


def _usual(row: KnobRow) -> tuple[float, float]:
    low, high = row.sweep if row.sweep else (row.value, row.value)
    if not low < high:
        raise BadInput("--knobs", row.path, row.value, f"a range for it, such as {row.path}=0:1")
    return float(low), float(high)


def _own(path: str, text: str) -> tuple[float, float]:
    low, _, high = text.partition(":")
    try:
        ends = float(low), float(high)
    except ValueError:
        ends = (0.0, 0.0)
    bounds = shape(path)
    if not ends[0] < ends[1] or not all(map(math.isfinite, ends)):
        raise BadInput("--knobs", path, text, "low:high, such as 0.5:1")
    if ends[0] < (bounds.low or -math.inf) or ends[1] > (bounds.high or math.inf):
        raise BadInput("--knobs", path, text, f"within {bounds.low} to {bounds.high}")
    return ends


def cost(targets: Sequence[Target], numbers: Numbers) -> float:
    """Return the misfit: flat in the middle of a band, steep beyond its ends."""
    total = 0.0
    for target in targets:
        miss = abs(target.miss(numbers.get(target.name, math.nan)))
        total += 0.15 * miss * miss + 4.0 * max(0.0, miss - EASE) ** 2
    return total


def mean_squared(targets: Sequence[Target], numbers: Numbers) -> float:
    """Return the mean squared miss in half bands."""
    misses = [min(25.0, t.miss(numbers.get(t.name, math.nan)) ** 2) for t in targets]
    return float(np.mean(misses)) if misses else math.nan


def calibrate(
    scenario: Scenario,
    task: Task,
    knobs: Mapping[str, tuple[float, float]],
    *,
    trials: int = 200,
    accounts: int = 2_000,
    seed: int = 0,
    progress: Progress | None = None,
    memory: Kept | None = None,
    paced: Callable[[float], None] | None = None,
) -> Fit:
    """Fit *knobs* of *scenario* to the targets of *task*.

    Parameters
    ----------
    knobs
        Path and range; see `free_knobs`.
    trials
        Simulations, the present values among them.
    accounts
        Entrants followed in each arm of each trial.
    memory
        Takes the trials as they come, and has those of a fit that was stopped.
    paced
        Called with the seconds of one trial, before the search begins.
    """
    memory = Kept(None) if memory is None else memory
    fitting = [t for t in task.targets if not t.held]
    start = {path: float(_value(scenario, path)) for path in knobs}

    def play(values: Mapping[str, float], luck: int) -> Numbers:
        changed = _with(scenario, values)
        return memory.of(values, luck, lambda: task.simulate(changed, accounts, luck))

    def away(values: Mapping[str, float]) -> float:
        return sum(
            ANCHOR * ((values[p] - start[p]) / (high - low)) ** 2
            for p, (low, high) in knobs.items()
        )

    def objective(trial: optuna.Trial) -> float:
        values = {p: trial.suggest_float(p, *ends) for p, ends in knobs.items()}
        try:
            return cost(fitting, play(values, seed)) + away(values)
        except ValueError as error:  # several knobs that cannot stand together
            raise optuna.TrialPruned from error

    here = {p: min(max(start[p], low), high) for p, (low, high) in knobs.items()}
    before = play(start, seed)  # the first simulation may compile: the second tells the pace
    began = time.perf_counter()
    new_before = play(start, seed + OTHERS)
    if paced is not None:
        paced(time.perf_counter() - began)
    study = _searched(objective, here, trials, seed, _told(progress, trials))
    best, inside = _not_ruled_out(study, len(knobs))
    after, new_after = play(best, seed), play(best, seed + OTHERS)
    others = task.checks or tuple(task.targets)
    return Fit(
        tuple(_known(p, start[p], best[p], ends, inside) for p, ends in knobs.items()),
        _typed(scenario, best),
        tuple(_check(t, before, after, new_after) for t in task.targets),
        (mean_squared(fitting, before), mean_squared(fitting, after)),
        (mean_squared(others, new_before), mean_squared(others, new_after)),
        trials, len(inside), accounts, seed, task.source,
        _draws(scenario, study, len(fitting), knobs),
        _sides(task, _with(scenario, best), accounts, seed + OTHERS),
    )  # fmt: skip


def _sides(task: Task, scenario: Scenario, accounts: int, seed: int) -> tuple[Side, ...]:
    if task.measure is None:
        return ()
    return beside(task.observed, task.measure(scenario, accounts, seed))


def _draws(
    scenario: Scenario, study: optuna.Study, targets: int,
    knobs: Mapping[str, tuple[float, float]],
) -> tuple[Draw, ...]:  # fmt: skip
    """Return the trials weighted; a model that cannot meet its targets is less sure (Birge)."""
    costs = {_key(t.params): float(t.value) for t in study.trials if t.value is not None}
    wide = max(1.0, min(costs.values()) / targets)
    tried = [dict(key) for key in costs]
    weights = posterior.weighted(tried, [cost / wide for cost in costs.values()], knobs)
    short = [{path: _short(v) for path, v in values.items()} for values in tried]
    return posterior.slim(
        [Draw(w, _typed(scenario, v)) for w, v in zip(weights, short, strict=True)]
    )


def _key(values: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(values.items()))


def _told(progress: Progress | None, trials: int) -> Callable[[optuna.Study, Any], None]:
    def told(_: optuna.Study, trial: Any) -> None:
        if progress is not None:
            progress(trial.number + 1, trials)

    return told


def _searched(
    objective: Callable[[optuna.Trial], float], start: Mapping[str, float], trials: int, seed: int,
    told: Callable[[optuna.Study, Any], None],
) -> optuna.Study:  # fmt: skip
    """Look over the whole range first, then narrow: CMA-ES needs where to begin."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    first = planned(trials, len(start)).look
    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=max(5, first // 2))
    study = optuna.create_study(sampler=sampler)
    study.enqueue_trial(dict(start))
    study.optimize(objective, n_trials=first, callbacks=[told])
    done = [t for t in study.trials if t.value is not None]
    if trials > first:
        if len(done) >= START:  # else too many could not stand together: go on looking
            study.sampler = _narrowing(seed, done)
        study.optimize(objective, n_trials=trials - first, callbacks=[told])
    return study


def _narrowing(seed: int, done: list[Any]) -> optuna.samplers.CmaEsSampler:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return optuna.samplers.CmaEsSampler(seed=seed, source_trials=done)


def _value(scenario: Scenario, path: str) -> Any:
    here: Any = scenario
    for name in path.split("."):
        here = getattr(here, name)
    return here


def _with(scenario: Scenario, values: Mapping[str, float]) -> Scenario:
    """Return the scenario with *values*; whole knobs are rounded, shares of kinds made one.

    The shares that are not free give way in proportion to what they are.
    """
    return scenario.with_(_typed(scenario, values))


def _typed(scenario: Scenario, values: Mapping[str, float]) -> dict[str, Any]:
    typed = {p: round(v) if shape(p).kind == "whole" else v for p, v in values.items()}
    return typed | _other_shares(scenario, typed)


def _other_shares(scenario: Scenario, values: Mapping[str, Any]) -> dict[str, float]:
    names = list(type(scenario.kinds).model_fields)
    free = {n for n in names if f"kinds.{n}.share" in values}
    if not free:
        return {}
    rest = {n: getattr(scenario.kinds, n).share for n in names if n not in free}
    left = 1.0 - sum(float(values[f"kinds.{n}.share"]) for n in free)
    if left < 0.0 or not sum(rest.values()):
        raise ValueError("the shares of kinds exceed one")
    return {f"kinds.{n}.share": share * left / sum(rest.values()) for n, share in rest.items()}


def _not_ruled_out(
    study: optuna.Study, free: int
) -> tuple[dict[str, float], list[dict[str, float]]]:
    """Return the best values, and all whose cost is within a chi-square of it."""
    done = [t for t in study.trials if t.value is not None]
    limit = float(study.best_value) + float(stats.chi2.ppf(LEVEL, free))
    inside = [t.params for t in done if t.value is not None and t.value <= limit]
    return {path: _short(value) for path, value in study.best_params.items()}, inside


def _known(
    path: str, before: float, value: float, ends: tuple[float, float],
    inside: Sequence[Mapping[str, float]],
) -> Fitted:  # fmt: skip
    low, high = min(v[path] for v in inside), max(v[path] for v in inside)
    known = 1.0 - (high - low) / (ends[1] - ends[0])
    return Fitted(path, before, value, min(value, low), max(value, high), known)


def _short(value: float) -> float:
    """Return the value to three digits: more were never measured."""
    return float(f"{value:.3g}")


def _check(target: Target, before: Numbers, after: Numbers, elsewhere: Numbers) -> Check:
    name = target.name
    value = elsewhere.get(name, math.nan)
    return Check(
        name, target.low, target.high, target.held, before.get(name, math.nan),
        after.get(name, math.nan), value, target.low <= value <= target.high, target.source,
    )  # fmt: skip
