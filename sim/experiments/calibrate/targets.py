"""What a fit is to meet: numbers with bands, from the evidence, a file, or a lender's history."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatch
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from sim.core.errors import BadInput, choose
from sim.core.intake import text
from sim.core.rng import stream
from sim.experiments.calibrate import aims
from sim.experiments.calibrate.lives import SPREAD, YEAR, tallies
from sim.experiments.calibrate.spells import Measured, Months, measures, months_of
from sim.play.cohort import cohort
from sim.scenario import Scenario
from sim.store.portfolio.files import opened
from sim.strategies.phone_only import PHONE_ONLY

COLUMNS = ("name", "low", "high")
LEAST = 60  #: cases below which a number of a history is no target
ROOM = 0.06  #: of a share in per cent, how far apart two lenders' months are alike; with 1 point
Numbers = dict[str, float]
Simulate = Callable[[Scenario, int, int], Numbers]
Measure = Callable[[Scenario, int, int], dict[str, Measured]]


class Target(NamedTuple):
    """One number that the model is to give, with the band that counts as meeting it."""

    name: str
    low: float
    high: float
    source: str
    held: bool = False  #: kept out of the fit, to judge it

    def miss(self, value: float) -> float:
        """Return how far *value* lies from the middle of the band, in half bands."""
        if not math.isfinite(value):
            return 5.0
        return (value - 0.5 * (self.low + self.high)) / (0.5 * (self.high - self.low))


class Task(NamedTuple):
    """Targets, and how their numbers come out of a scenario."""

    targets: tuple[Target, ...]
    simulate: Simulate  #: (scenario, accounts, seed) -> numbers by name
    checks: tuple[Target, ...] = ()  #: of other accounts, for the held-out score
    source: str = ""
    observed: Mapping[str, Measured] = MappingProxyType({})  #: a history's own numbers
    measure: Measure | None = None  #: the same of a scenario, with what they rest on


def evidence() -> Task:
    """Return the targets of the calibration table."""
    banded = [aim for aim in aims() if math.isfinite(aim.band[0])]
    targets = tuple(Target(a.name, *a.band, a.source) for a in banded if a.source != "sign")
    return Task(targets, of_evidence, source="evidence C2 and D")


def of_evidence(scenario: Scenario, accounts: int, seed: int) -> Numbers:
    """Play the arms of the calibration table and return its numbers."""
    batch = tallies(scenario, accounts, seed, 1)[0]
    total = defaultdict(float, batch)
    return {aim.name: aim.of(total) for aim in aims()}


def of_months(scenario: Scenario, accounts: int, seed: int) -> Numbers:
    """Follow entrants for a year under the incumbent and return what their months say."""
    return {name: m.value for name, m in measured(scenario, accounts, seed).items()}


def measured(scenario: Scenario, accounts: int, seed: int) -> dict[str, Measured]:
    """Return what the months of entrants say, with the cases on which it rests."""
    lives = cohort(scenario, PHONE_ONLY, range(accounts), stream(seed, 0), SPREAD + YEAR, SPREAD)
    return measures(months_of(lives))


def of_both(scenario: Scenario, accounts: int, seed: int) -> Numbers:
    """Return the numbers of the calibration table and those of months."""
    return of_evidence(scenario, accounts, seed) | of_months(scenario, accounts, seed)


def from_file(path: str | Path) -> Task:
    """Read targets from a CSV file: name, low, high, and if you like source and use (fit, hold).

    Raises
    ------
    BadInput
        No such file, an unknown name, or a band that is none.
    """
    file = Path(path)
    lines = text(path, "--targets").splitlines()
    body = "\n".join(line for line in lines if line[:1] != "#")
    cells = opened("targets.csv", body.encode() or b"\n", wanted=COLUMNS)._replace(name=file.name)
    rows: list[dict[str, str]] = [
        {str(k): str(v) for k, v in row.items()} for row in cells.frame.to_dict(orient="records")
    ]
    if not rows:
        raise BadInput(file.name, "rows", 0, "a header and at least one target")
    of_table = {aim.name for aim in aims()}
    months = {*measures(_nobody())}
    targets = tuple(_target(file.name, row, of_table | months) for row in rows)
    names = {t.name for t in targets}
    simulate = of_both
    if not names & of_table:
        simulate = of_months
    elif not names & months:
        simulate = of_evidence
    return Task(targets, simulate, source=file.name)


def _nobody() -> Months:
    empty = np.full((1, 5), np.nan)
    return Months(np.zeros((1, 5), dtype=np.int64), empty, empty)


def _target(where: str, row: Mapping[str, str | None], known: Iterable[str]) -> Target:
    missing = [name for name in COLUMNS if not row.get(name)]
    if missing:
        raise BadInput(where, missing[0], row.get(missing[0]) or "", "name, low and high")
    name = str(row["name"]).strip()
    if name not in known:
        choose(where, "name", name, known)
    ends = []
    for column in ("low", "high"):
        try:
            ends.append(float(str(row[column])))
        except ValueError:
            raise BadInput(where, f"{name}, {column}", row[column], "a number") from None
    if not (ends[0] < ends[1] and all(math.isfinite(end) for end in ends)):
        raise BadInput(where, name, f"{ends[0]} to {ends[1]}", "a low end below the high end")
    use = choose(where, f"{name}, use", (row.get("use") or "fit").strip(), ("fit", "hold"))
    return Target(name, ends[0], ends[1], (row.get("source") or where).strip(), use == "hold")


def from_history(months: Months, source: str) -> Task:
    """Return targets from a lender's months: every second account to fit, the others to check."""
    bucket, owed, paid = months
    first, second = (Months(bucket[i::2], owed[i::2], paid[i::2]) for i in (0, 1))
    targets = tuple(_banded(name, m, source) for name, m in measures(first).items() if _told(m))
    if not targets:
        raise BadInput(source, "months", f"{len(months.bucket)} accounts",
                       f"at least {2 * LEAST} late accounts with a month that follows")  # fmt: skip
    named = {t.name for t in targets}
    checks = tuple(
        _banded(name, m, source)
        for name, m in measures(second).items()
        if name in named and _told(m)
    )
    return Task(targets, of_months, checks, source, measures(months), measured)


def _told(m: Measured) -> bool:
    return m.cases >= LEAST and math.isfinite(m.value)


def _banded(name: str, m: Measured, source: str) -> Target:
    """Return a band of two standard errors and of what no two months of a lender share."""
    log = "log" in name
    half = 2.0 * m.error + (0.15 if log else 1.0 + ROOM * m.value)
    return Target(name, m.value - half, m.value + half, f"{source}, {m.cases} cases")


def held_out(task: Task, patterns: Iterable[str]) -> Task:
    """Return the task with the targets that fit a pattern kept for judging."""
    asked = tuple(p.strip() for p in patterns if p.strip())
    for pattern in asked:
        if not any(fnmatch(t.name, pattern) for t in task.targets):
            choose("--hold", "", pattern, [t.name for t in task.targets])
    held = tuple(
        t._replace(held=t.held or any(fnmatch(t.name, p) for p in asked)) for t in task.targets
    )
    if all(t.held for t in held):
        raise BadInput("--hold", "", ",".join(asked) or "every target", "some targets to fit")
    return task._replace(targets=held)
