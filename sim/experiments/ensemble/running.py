"""Play an ensemble: joint draws of what is assumed, each strategy through each draw."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from sim.core.errors import BadInput, choose
from sim.experiments.calibrate.targets import evidence
from sim.experiments.ensemble.likely import missed, weight
from sim.experiments.ensemble.priors import Prior, drawn, priors_of
from sim.experiments.ensemble.result import Ensemble
from sim.experiments.sweep import Design, Input, Play, Sweep, points_of, sweep, world
from sim.play.own_book import own_book
from sim.scenario import Scenario
from sim.strategies import named

TARGETS = ("evidence", "none")
BLOCK = 8  #: draws that are played before the clock is looked at
Score = Callable[[Scenario], float]  #: how far a world is from the targets, in half bands


def ensemble(
    scenario: str,
    strategies: Sequence[str],
    inputs: str = "all",
    *,
    draws: int = 32,
    replications: int = 2,
    seed: int = 0,
    accounts: int | None = None,
    days: int | None = None,
    settings: Sequence[str] = (),
    portfolio: str | None = None,
    mapping: Mapping[str, str] | None = None,
    baseline: str | None = None,
    targets: str = "none",
    tolerance: float = 1.0,
    seconds: float | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    jobs: int = 1,
    play: Play | None = None,
    score: Score | None = None,
    progress: Callable[[int, int], None] | None = None,
    foretell: Callable[[float], None] | None = None,
) -> Ensemble:
    """Play *strategies* through joint draws of the assumptions and return what follows.

    Parameters
    ----------
    scenario, strategies
        As for a sweep.
    inputs
        Which inputs are doubted; see `inputs_of`.
    draws
        Joint draws, a Latin hypercube; at least 4.
    baseline
        What the others have to beat: `phone_only` where it takes part, else the first.
    targets
        ``evidence``: draws that miss the targets of the calibration table count less, or not at
        all; ``none``: all count alike.
    tolerance
        Half bands by which a draw may miss the targets more than the present values do.
    seconds
        Draws are played in blocks of 8 as long as the next block is likely to end within this time;
        *draws* is then the most that are played.
    play, score
        What stands where the simulator and the targets stand.

    Raises
    ------
    BadInput
        Too few draws, an unknown baseline, a range that is none, or no draw that meets the targets.
    """
    if draws < 4:
        raise BadInput("--draws", "", draws, "4 or more")
    if not tolerance > 0:
        raise BadInput("--tolerance", "", tolerance, "above 0")
    choose("--targets", "", targets, TARGETS)
    base = Scenario.load(scenario, settings)
    believed = priors_of(base, inputs)
    size = {
        "replications": replications, "seed": seed, "accounts": accounts, "days": days,
        "settings": tuple(settings), "portfolio": portfolio, "mapping": mapping,
    }  # fmt: skip
    names = [named(s).name for s in strategies] if play is None else list(strategies)
    line = baseline or ("phone_only" if "phone_only" in names else names[0])
    choose("--baseline", "", line, names)
    if targets == "evidence" and score is None:
        score = partial(missed, evidence(), seed=seed)
    if seconds is None:
        d = _design(scenario, strategies, believed, draws, size)
        found = sweep(
            d, out, resume=resume, jobs=jobs, play=play, progress=progress, foretell=foretell
        )  # fmt: skip
    else:
        _no_file(out, resume)
        found = _within(seconds, scenario, strategies, believed, draws, size, jobs, play, progress)
    weights = _weights(found.design, score, tolerance)
    count = own_book(portfolio, mapping, accounts).played or accounts or base.book.accounts
    thousands = found.table.query("metric == 'net_value'")["denominator"].mean()
    scale = (thousands if math.isfinite(thousands) else count / 1_000) * (
        base.book.real_accounts / count
    )
    margin = base.difference.net_value * _placed(found.table, line)
    return Ensemble(found, believed, line, margin, float(scale), weights, asked=inputs)


def _no_file(out: str | Path | None, resume: bool) -> None:
    if out is not None or resume:
        raise BadInput("--seconds", "", "--out", "one of them: a kept ensemble has its draws fixed")


def _within(
    seconds: float, scenario: str, strategies: Sequence[str], believed: Sequence[Prior], most: int,
    size: Mapping[str, Any], jobs: int, play: Play | None,
    progress: Callable[[int, int], None] | None,
) -> Sweep:  # fmt: skip
    """Play block after block of draws while the next one is likely to end in time."""
    begun, last, found = time.monotonic(), 0.0, None
    for start in range(0, most, BLOCK):
        began = time.monotonic()
        if found is not None and began - begun + last > seconds:
            break
        some = min(BLOCK, most - start)
        d = _design(scenario, strategies, believed, some, size, start, present=found is None)
        block = sweep(d, jobs=jobs, play=play, progress=progress)
        found = block if found is None else _joined(found, block)
        last = time.monotonic() - began
    assert found is not None
    return found


def _joined(first: Sweep, more: Sweep) -> Sweep:
    """Return two sweeps of one question as one; the second's points follow the first's."""
    d = replace(first.design, points=(*first.design.points, *more.design.points))
    table = more.table.assign(point=more.table["point"] + len(first.design.points))
    return replace(first, design=d, table=pd.concat([first.table, table], ignore_index=True))


def _placed(table: pd.DataFrame, baseline: str) -> float:
    """Return the balance placed per 1,000 accounts in CNY, at the present values."""
    mine = table[(table["strategy"] == baseline) & (table["point"] == 0)]
    sums = mine.groupby("metric")["denominator"].sum()
    if not {"recovery_rate", "net_value"} <= set(sums.index):
        return 0.0
    return float(sums["recovery_rate"] / 100.0 / sums["net_value"])


def design_of(
    scenario: str, strategies: Sequence[str], inputs: str, draws: int, **size: Any
) -> Design:
    """Return the design that `ensemble` plays: the present values, then the draws."""
    believed = priors_of(Scenario.load(scenario, size.get("settings", ())), inputs)
    return _design(scenario, strategies, believed, draws, size)


def _design(
    scenario: str, strategies: Sequence[str], believed: Sequence[Prior], draws: int,
    size: Mapping[str, Any], start: int = 0, *, present: bool = True,
) -> Design:  # fmt: skip
    """Return the present values, where wanted, and a block of draws that no other start repeats."""
    points = drawn(believed, draws, [size.get("seed", 0), start])
    if present:
        points = [tuple(p.present for p in believed), *points]
    ranges = {p.path: Input((p.low, p.high), between=True) for p in believed}
    given = {k: v for k, v in size.items() if v is not None}
    return Design(scenario, tuple(strategies), ranges, "given", points=tuple(points), **given)


def _weights(d: Design, score: Score | None, tolerance: float) -> dict[int, float]:
    """Return the weight of each point: one where nothing is scored.

    A draw counts by how much further from the targets it is than the present values, as a normal
    error would have it; beyond three tolerances it is no world that the evidence allows (history
    matching), and a draw that cannot be is none either.
    """
    points = points_of(d).to_dict("records")
    if score is None:
        return dict.fromkeys(range(len(points)), 1.0)
    own = score(Scenario.load(d.scenario, d.settings))
    return {i: _weight(d, p, score, own, tolerance) for i, p in enumerate(points)}


def _weight(
    d: Design, point: Mapping[Any, Any], score: Score, own: float, tolerance: float
) -> float:
    try:
        return weight(score(world(d, point)), own, tolerance)
    except BadInput:
        return 0.0
