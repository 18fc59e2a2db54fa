"""Response: one knob at several values, the strategies at each, and where their order turns.

Every value is played with the same luck, so what moves along the knob is the knob.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any, NamedTuple

from sim.compare import stats
from sim.compare.comparison import CancelledError, Comparison, compare
from sim.core.errors import BadInput
from sim.core.intake import Field, Form, checked, json_of
from sim.play.own_book import book_of
from sim.scenario import Scenario
from sim.scenario.changes import changed, shape, shown
from sim.store.runs import disk
from sim.store.runs.progress import clear, told
from sim.strategies import Strategy

METRICS = ("net_value", "recovery_rate", "cost", "complaints")
FILE = "response.json"
WRITTEN = "a folder that `dunning response` wrote"
FEWEST, MOST = 2, 25  #: values of the knob


class Point(NamedTuple):
    """One metric of one strategy at one value of the knob; the interval is 95 % of the mean."""

    value: float
    strategy: str
    metric: str
    mean: float
    low: float
    high: float


class Gap(NamedTuple):
    """Net value of strategy *a* minus that of *b* at one value, paired by replication."""

    value: float
    a: str
    b: str
    mean: float
    low: float
    high: float


class Crossing(NamedTuple):
    """Between two values the order of two strategies in net value turns.

    `ahead` leads below `at`, `behind` above it; `sure` tells whether the intervals at both ends
    of the stretch exclude a tie.
    """

    ahead: str
    behind: str
    at: float
    low: float
    high: float
    sure: bool


@dataclass(frozen=True)
class Asked:
    """What is asked: everything but the strategies themselves."""

    scenario: str
    settings: tuple[str, ...]
    knob: str
    values: tuple[float, ...]
    base: float
    strategies: tuple[tuple[str, str, str], ...]  #: name, title in English, in Chinese
    replications: int
    seed: int
    accounts: int
    days: int
    command: str = ""
    portfolio: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Response:
    """What was asked, and what is finished of it."""

    asked: Asked
    points: tuple[Point, ...]
    gaps: tuple[Gap, ...]

    @property
    def values(self) -> tuple[float, ...]:
        """Values of the knob that are finished."""
        return tuple(sorted({p.value for p in self.points}))

    def line(self, strategy: str, metric: str) -> list[Point]:
        """Return the points of one strategy and metric along the knob."""
        return [p for p in self.points if (p.strategy, p.metric) == (strategy, metric)]

    def half(self, value: float) -> float:
        """Return the half-width to which the net values at one value of the knob are told.

        Luck is common to the strategies, so it is that of their surest difference; or half of how
        far the rows of the table are from each other, so that what differs is not written alike.
        """
        worth = [p for p in self.points if p.metric == "net_value"]
        halves = [(g.high - g.low) / 2 for g in self.gaps if g.value == value]
        halves += [(p.high - p.low) / 2 for p in worth if p.value == value]
        means = [p.mean for p in worth] or [0.0]
        halves += [(max(means) - min(means)) / 2]
        return min((h for h in halves if h > 0.0), default=0.0)

    def crossings(self) -> list[Crossing]:
        """Return where the order in net value turns, along the knob; straight between points."""
        found = []
        for a, b in combinations([name for name, *_ in self.asked.strategies], 2):
            found += _crossings(sorted(g for g in self.gaps if (g.a, g.b) == (a, b)))
        return sorted(found, key=lambda c: c.at)


def _crossings(gaps: Sequence[Gap]) -> list[Crossing]:
    found = []
    for left, right in pairwise(gaps):
        if not left.mean * right.mean < 0:
            continue
        share = left.mean / (left.mean - right.mean)
        at = left.value + share * (right.value - left.value)
        order = (left.a, left.b) if left.mean > 0 else (left.b, left.a)
        sure = left.low * left.high > 0 and right.low * right.high > 0
        found.append(Crossing(*order, at, left.value, right.value, sure))
    return found


def values_of(scenario: Scenario, knob: str, values: Sequence[Any]) -> dict[float, Scenario]:
    """Return the scenario at each value of the knob; refuse what is no number or not allowed."""
    if shape(knob).kind not in ("number", "whole"):
        raise BadInput("--knob", "", knob, "a knob that holds one number")
    if not FEWEST <= len(set(values)) <= MOST:
        raise BadInput("--values", "", len(set(values)), f"{FEWEST} to {MOST} different values")
    found = {}
    for value in sorted(values, key=str if any(isinstance(v, str) for v in values) else float):
        at, problems = changed(scenario, {knob: value})
        if at is None:
            raise BadInput("--values", knob, shown(value), _allowed(knob, problems[0].said))
        found[float(value)] = at
    return found


def _allowed(knob: str, said: str) -> str:
    s = shape(knob)
    kind = "a whole number" if s.kind == "whole" else "a number"
    if said and s.low is s.high is None:
        return said
    low = f" from {shown(s.low)}" if s.low is not None else ""
    return f"{kind}{low}{f' to {shown(s.high)}' if s.high is not None else ''}" + (
        f"; {said}" if said.startswith("the shares") else ""
    )


def respond(
    asked: Asked,
    scenario: Scenario,
    strategies: Sequence[Strategy],
    folder: Path,
    *,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Response:
    """Play every value and keep what is finished in *folder* after each.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C, or where a file in the folder asks to stop; finished values are kept.
    """
    worlds = values_of(scenario, asked.knob, asked.values)
    late = book_of(asked).late
    report, each = told(folder, progress), asked.replications * len(strategies)
    found = begun(asked, folder)
    folder.mkdir(parents=True, exist_ok=True)
    keep(found, folder)
    clear(folder)
    report(each * len(found.values), each * len(worlds))
    for i, (value, at) in enumerate(worlds.items()):
        if value in found.values:
            continue
        progress_of = _shifted(report, i * each, each * len(worlds))
        try:
            played = compare(
                at, strategies, replications=asked.replications, seed=asked.seed,
                accounts=asked.accounts, days=asked.days, late=late, jobs=jobs,
                baseline=strategies[0].name, progress=progress_of,
            )  # fmt: skip
        except CancelledError:
            raise KeyboardInterrupt from None
        found = replace(
            found, points=(*found.points, *_points(value, played)),
            gaps=(*found.gaps, *_gaps(value, played)),
        )  # fmt: skip
        keep(found, folder)
    return found


def _shifted(
    report: Callable[[int, int], None], done: int, planned: int
) -> Callable[[int, int], None]:
    """Return a progress function for one value among others."""

    def told_of_all(more: int, _: int) -> None:
        report(done + more, planned)

    return told_of_all


def _points(value: float, played: Comparison) -> list[Point]:
    found = []
    for s in played.strategies:
        for metric in METRICS:
            r = played.ratio(s.name, metric)
            found.append(Point(value, s.name, metric, r.estimate, *stats.interval(r)))
    return found


def _gaps(value: float, played: Comparison) -> list[Gap]:
    found = []
    for a, b in combinations([s.name for s in played.strategies], 2):
        r = stats.paired(played.ratio(a, "net_value"), played.ratio(b, "net_value"))
        found.append(Gap(value, a, b, r.estimate, *stats.interval(r)))
    return found


# --- kept ----------------------------------------------------------------------------------------


def begun(asked: Asked, folder: Path) -> Response:
    """Return what *folder* holds of this response already; a folder of another one is refused."""
    if not (folder / FILE).exists():
        return Response(asked, (), ())
    found = stored(folder)
    if replace(found.asked, command=asked.command) != asked:
        raise BadInput(folder, FILE, "another question", "a new or empty folder, or its own")
    return found


def keep(found: Response, folder: Path) -> None:
    """Write what is finished."""
    body = {
        "asked": asdict(found.asked),
        "points": [_plain(p._asdict()) for p in found.points],
        "gaps": [_plain(g._asdict()) for g in found.gaps],
    }
    disk.write(folder / FILE, json.dumps(body, ensure_ascii=False, allow_nan=False, indent=1))


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in row.items()}


def stored(folder: Path) -> Response:
    """Return the response that a folder holds, as far as it is finished."""
    body = json_of(folder / FILE, said=WRITTEN)
    found = checked(ResponseFile, body, folder / FILE, WRITTEN)
    return Response(
        Asked(**dict(found.asked)),
        tuple(Point(**_numbers(p)) for p in found.points),
        tuple(Gap(**_numbers(g)) for g in found.gaps),
    )


class AskedForm(Form):
    """What was asked, as the file keeps it."""

    scenario: str
    settings: tuple[str, ...]
    knob: str
    values: tuple[float, ...]
    base: float
    strategies: tuple[tuple[str, str, str], ...] = Field(min_length=1)
    replications: int = Field(ge=1)
    seed: int = Field(ge=0)
    accounts: int = Field(ge=1)
    days: int = Field(ge=1)
    command: str = ""
    portfolio: str | None = None
    mapping: dict[str, str] = Field(default_factory=dict)


class Ends(Form):
    """A mean with its interval; None where there is no number."""

    value: float
    mean: float | None
    low: float | None
    high: float | None


class PointForm(Ends):
    """One point of a curve."""

    strategy: str
    metric: str


class GapForm(Ends):
    """One difference."""

    a: str
    b: str


class ResponseFile(Form):
    """The form of what a response leaves."""

    asked: AskedForm
    points: tuple[PointForm, ...]
    gaps: tuple[GapForm, ...]


def _numbers(row: Ends) -> dict[str, Any]:
    return {k: math.nan if v is None else v for k, v in dict(row).items()}
