"""The scenario at a point, and the simulator as a function of a point."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sim.core.cache import Keyed
from sim.core.errors import BadInput
from sim.experiments.sweep.design import SCENARIO, Design
from sim.play.affordable import check_files
from sim.play.own_book import DRAWN, OwnBook
from sim.play.run import fitted, replay, setting
from sim.scenario import Scenario
from sim.scenario.changes import changed, shape, shown
from sim.strategies import named

Measures = Mapping[str, tuple[float, float]]  #: metric: numerator and denominator
#: What stands where the simulator stands: inputs, strategy, replication -> measures.
Play = Callable[[Mapping[str, Any], str, int], Measures]
SHARE = ".share"


def check(d: Design) -> None:
    """Refuse inputs that are no knobs of numbers or words, and strategies that nobody knows.

    A recipe must be paid for in each scenario and at each value by itself. Where only several
    values together leave nobody to pay, that point's row says so; see `Simulator`.
    """
    base = Scenario.load(d.scenario, d.settings)
    for text in d.strategies:
        named(text, "strategies")
    check_files(base, d.strategies, d.days)
    for path, one in d.inputs.items():
        if path == SCENARIO:
            for name in one.values:
                check_files(Scenario.load(name, d.settings), d.strategies, d.days)
            continue
        if (kind := shape(path).kind) in ("list", "text"):
            raise BadInput("design", path, kind, "a knob that holds one number, a choice or a bool")
        for value in one.values:
            found, problems = changed(base, _together(base, {path: value}))
            if problems and problems[0].path == path:
                raise BadInput("design", path, shown(value), problems[0].said or _bounds(path))
            if found is not None:
                _payable(found, d, path, value)


def _payable(world: Scenario, d: Design, path: str, value: Any) -> None:
    """Refuse a value of an input at which nobody can pay for what a recipe names."""
    try:
        check_files(world, d.strategies, d.days)
    except BadInput as poor:
        raise BadInput("design", path, value, f"other values: {poor}") from None


def _bounds(path: str) -> str:
    s = shape(path)
    low = f" from {shown(s.low)}" if s.low is not None else ""
    return f"{s.kind}{low}{f' to {shown(s.high)}' if s.high is not None else ''}"


def world(d: Design, inputs: Mapping[str, Any]) -> Scenario:
    """Return the scenario at a point; refuse what cannot be.

    Shares of the kinds of borrowers that do not move make room for those that do, each in
    proportion, so that all sum to 1.
    """
    name = inputs.get(SCENARIO, d.scenario)
    moved = {path: v for path, v in inputs.items() if path != SCENARIO}
    return with_inputs(Scenario.load(name, d.settings), moved)


def with_inputs(base: Scenario, moved: Mapping[str, Any]) -> Scenario:
    """Return *base* with other values; see `world`."""
    found, problems = changed(base, _together(base, moved))
    if found is None:
        p = problems[0]
        raise BadInput("point", p.path, shown(p.value), p.said or _bounds(p.path))
    return found


def _together(base: Scenario, moved: Mapping[str, Any]) -> dict[str, Any]:
    """Return the changes, with the shares of the kinds brought back to a sum of 1."""
    shares = {p: v for p, v in moved.items() if p.startswith("kinds.") and p.endswith(SHARE)}
    if not shares:
        return dict(moved)
    every = {k.path: k.value for k in base.knobs() if k.path.endswith(SHARE)}
    rest = {p: v for p, v in every.items() if p.startswith("kinds.") and p not in shares}
    left, before = 1.0 - sum(shares.values()), sum(rest.values())
    if before > 0.0 and left >= 0.0:
        return dict(moved) | {p: v * left / before for p, v in rest.items()}
    if not rest:
        return dict(moved) | {p: v / sum(shares.values()) for p, v in shares.items()}
    return dict(moved)


@dataclass(frozen=True)
class Simulator:
    """The simulator as a function of a point."""

    design: Design
    book: OwnBook = DRAWN

    def __call__(self, inputs: Mapping[str, Any], strategy: str, replication: int) -> Measures:
        """Play one replication of one strategy at a point."""
        d, there = self.design, _world(_Point(self.design, inputs))
        check_files(there, [strategy], d.days)
        at = setting(there, d.seed, d.accounts, d.days, late=self.book.late)
        ready, report = fitted(at, named(strategy))
        found = replay(at, ready, replication, report, full=False).measures
        pairs = zip(found["numerator"], found["denominator"], strict=True)
        return {str(m): (float(x), float(y)) for m, (x, y) in zip(found.index, pairs, strict=True)}


class _Point(Keyed):
    """A point, compared by what it says."""

    def __init__(self, d: Design, inputs: Mapping[str, Any]) -> None:
        self.design, self.inputs = d, inputs
        self.depends = repr((d.scenario, d.settings, sorted(inputs.items())))


@lru_cache(maxsize=64)
def _world(of: _Point) -> Scenario:
    return world(of.design, of.inputs)


__all__ = ["Measures", "Play", "Simulator", "check", "with_inputs", "world"]
