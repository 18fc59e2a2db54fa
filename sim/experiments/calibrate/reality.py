"""The reality check: a lender's next month, account by account, foretold by the model and scored.

Half of the accounts teach, the others judge. The model, as it stands and taught, is set beside
what needs no model: the share of all, a transition matrix, a chain that looks two months back.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import BadInput
from sim.experiments.calibrate.spells import Months
from sim.play.likeness.months import Cases, Foretold, cases, foretell, part, ranking, teller
from sim.scenario import Scenario

LEAST = 60  #: late accounts in each half
ENOUGH = 500  #: judged accounts with which the last month alone is foretold
BINS = 8  #: points of the calibration curve
DRAWS = 200  #: of the accounts, for the interval of the ranking
LEVEL_OFF = 0.05  #: how far the mean may be off
NAMES = ("base", "matrix", "chain", "model", "taught")

Floats = NDArray[np.float64]


class Mark(NamedTuple):
    """How well one way foretold who would be up to date."""

    name: str
    ranking: float  #: area under the curve
    low: float
    high: float
    log_loss: float
    mean: float  #: foretold share
    against_matrix: float  #: log-loss above that of the transition matrix
    error: float  #: its standard error, accounts paired


class Point(NamedTuple):
    """One point of the calibration curve."""

    name: str  #: `model` or `taught`
    foretold: float
    seen: float
    low: float
    high: float
    cases: int


class Reality(NamedTuple):
    """What the check says."""

    verdict: str  #: `fits`, `taught` (only then), or `not`
    marks: tuple[Mark, ...]
    curve: tuple[Point, ...]
    cured: float  #: share of the judged accounts that were up to date
    taught_by: int  #: late accounts
    judged: int
    donors: float  #: effective number behind the middle account, as the model stands
    donors_taught: float
    source: str


def check(scenario: Scenario, months: Months, source: str, seed: int = 0) -> Reality:
    """Foretell a lender's next months and score it.

    Parameters
    ----------
    months
        The history; see `history.read_history`.
    seed
        Which half of the accounts teaches.

    Raises
    ------
    BadInput
        Fewer late accounts than can be judged.
    """
    known = _recent(cases(*months))
    teaches = np.random.default_rng(seed).random(len(months.bucket)) < 0.5
    first, second = (part(known, teaches[known.who] == half) for half in (True, False))
    fewest = min(len(first.cured), len(second.cured))
    if fewest < LEAST:
        raise BadInput(source, "late accounts", 2 * fewest,
                       f"{2 * LEAST} late month ends with a month that follows")  # fmt: skip
    result = foretell(teller(scenario, known), first, second)
    return _scored(first, second, result, source, seed)


def _recent(known: Cases) -> Cases:
    """Return the last months, as few as hold cases enough: what is far back is another time."""
    for month in sorted(set(known.month.tolist()), reverse=True):
        recent = part(known, known.month >= month)
        if len(recent.cured) >= 2 * ENOUGH:
            return recent
    return known


def _scored(first: Cases, second: Cases, result: Foretold, source: str, seed: int) -> Reality:
    ways = {
        "base": np.full(len(second.cured), _share(first.cured)),
        "matrix": _counted(first.states[:, :1], first.cured, second.states[:, :1]),
        "chain": _counted(first.states, first.cured, second.states),
        "model": result.plain,
        "taught": result.taught,
    }
    marks = tuple(_mark(n, second.cured, ways[n], ways["matrix"], seed) for n in NAMES)
    curve = tuple(p for n in ("model", "taught") for p in _curve(n, second.cured, ways[n]))
    return Reality(
        _verdict(second.cured, ways), marks, curve, float(second.cured.mean()), len(first.cured),
        len(second.cured), float(np.median(result.donors)), float(np.median(result.donors_taught)),
        source,
    )  # fmt: skip


def _share(cured: NDArray[np.bool_]) -> float:
    return (float(cured.sum()) + 0.5) / (len(cured) + 1.0)


def _counted(
    states: NDArray[np.int64], cured: NDArray[np.bool_], wanted: NDArray[np.int64]
) -> Floats:
    """Return the share that cured from each state; of all where a state was never seen."""
    seen: dict[tuple[int, ...], list[bool]] = {}
    for state, cure in zip(map(tuple, states.tolist()), cured.tolist(), strict=True):
        seen.setdefault(state, []).append(cure)
    shares = {state: _share(np.array(cures)) for state, cures in seen.items()}
    return np.array([shares.get(tuple(s), _share(cured)) for s in wanted.tolist()])


def losses(cured: NDArray[np.bool_], chance: Floats) -> Floats:
    """Return the log-loss of each account."""
    loss: Floats = -np.log(np.clip(np.where(cured, chance, 1.0 - chance), 1e-9, 1.0))
    return loss


def _mark(name: str, cured: NDArray[np.bool_], chance: Floats, matrix: Floats, seed: int) -> Mark:
    luck, n = np.random.default_rng(seed), len(cured)
    draws = [luck.integers(0, n, n) for _ in range(DRAWS)] if name != "base" else []
    spread = [ranking(cured[d], chance[d]) for d in draws] or [0.5]
    low, high = np.nanquantile(spread, (0.025, 0.975))
    beyond = losses(cured, chance) - losses(cured, matrix)
    return Mark(
        name, ranking(cured, chance), float(low), float(high),
        float(losses(cured, chance).mean()), float(chance.mean()), float(beyond.mean()),
        float(beyond.std(ddof=1) / np.sqrt(n)),
    )  # fmt: skip


def _curve(name: str, cured: NDArray[np.bool_], chance: Floats) -> list[Point]:
    points = []
    for some in np.array_split(np.argsort(chance, kind="stable"), BINS):
        seen = cured[some]
        low, high = wilson(int(seen.sum()), len(some))
        points.append(
            Point(name, float(chance[some].mean()), float(seen.mean()), low, high, len(some))
        )
    return points


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927)."""
    z, p = 1.96, hits / n
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def _verdict(cured: NDArray[np.bool_], ways: dict[str, Floats]) -> str:
    """Say whether the model is as good as tables that know nothing of people, and level."""
    if _good(cured, ways["model"], ways["matrix"]):
        return "fits"
    return "taught" if _good(cured, ways["taught"], ways["chain"]) else "not"


def _good(cured: NDArray[np.bool_], chance: Floats, other: Floats) -> bool:
    beyond = losses(cured, chance) - losses(cured, other)
    error = float(beyond.std(ddof=1) / np.sqrt(len(beyond)))
    off = abs(float(chance.mean() - cured.mean()))
    room = max(LEVEL_OFF, 2.0 * float(cured.std() / np.sqrt(len(cured))))
    return float(beyond.mean()) <= 2.0 * error and off <= room and ranking(cured, chance) > 0.5
