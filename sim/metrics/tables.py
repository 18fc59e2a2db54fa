"""What one run left behind, what a metric is, and the shelf of them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.budget import Staffing
from sim.domain import DAY, Account, Event
from sim.ledger import Columns
from sim.model import World
from sim.scenario import Scenario, Text

Pair = tuple[float, float]
Mask = NDArray[np.bool_]
#: direct contacts: by voice, in person, by message
DIRECT = (Event.DIALLED, Event.REACHED, Event.VISITED, Event.SENT)


@dataclass(frozen=True)
class Tables:
    """What one run left behind, as arrays."""

    scenario: Scenario
    world: World
    staffing: tuple[Staffing, ...]  #: by month
    ledger: Columns
    seats: NDArray[np.float64]  #: columns `ledger.SEATS`
    final: tuple[Account, ...]
    run_off: tuple[tuple[float, ...], ...]
    days: int

    def event(self, *events: int) -> Mask:
        """Mask of the postings with one of *events*."""
        return np.isin(self.ledger["event"], [int(e) for e in events])

    def total(self, field: str, mask: Mask) -> float:
        """Sum of *field* over the postings in *mask*."""
        return float(self.ledger[field][mask].sum())

    @cached_property
    def day(self) -> NDArray[np.float64]:
        """Day of each posting."""
        return self.ledger["time"] // DAY

    @cached_property
    def opened(self) -> Mask:
        """Postings that put an account into the book."""
        return self.event(Event.OPENED, Event.ENTERED)

    @cached_property
    def placed(self) -> Mask:
        """Postings that place a late account."""
        return self.opened & (self.ledger["dpd"] > 0)

    @cached_property
    def recovered(self) -> Mask:
        """Payments of what was past due."""
        return self.event(Event.PAID) & (self.ledger["dpd"] > 0)

    @cached_property
    def accounts(self) -> float:
        """Accounts in the book, entrants included, in thousands."""
        return float(self.opened.sum()) / 1_000.0

    @cached_property
    def late_ids(self) -> frozenset[int]:
        """Accounts placed as late."""
        return frozenset(self.ledger["account"][self.placed].astype(int).tolist())

    @cached_property
    def placed_final(self) -> tuple[Account, ...]:
        """End state of the accounts placed as late."""
        return tuple(a for a in self.final if a.id in self.late_ids)

    def seat_sum(self, column: int, *roles: int) -> float:
        """Sum of one column of the seats table over *roles*."""
        rows = self.seats[np.isin(self.seats[:, 1], [int(r) for r in roles])]
        return float(rows[:, column].sum())

    @cached_property
    def months(self) -> float:
        """Length of the run in months of 30 days."""
        return self.days / 30.0


@dataclass(frozen=True)
class Metric:
    """A number with its name, title, unit and direction."""

    name: str
    title: Text
    unit: str
    better: Literal["higher", "lower", "neither"]
    group: str
    compute: Callable[[Tables], Pair]

    @property
    def doc(self) -> str:
        """What it means and on which basis."""
        return (self.compute.__doc__ or "").strip()


SHELF: dict[str, Metric] = {}


def metric(
    en: str, zh: str, *, unit: str, better: Literal["higher", "lower", "neither"], group: str
) -> Callable[[Callable[[Tables], Pair]], Metric]:
    """Declare a metric under the function's name."""

    def declare(function: Callable[[Tables], Pair]) -> Metric:
        name = function.__name__
        SHELF[name] = Metric(name, Text(en=en, zh=zh), unit, better, group, function)
        return SHELF[name]

    return declare


def compute(tables: Tables) -> dict[str, Pair]:
    """Return every metric of one run."""
    return {name: m.compute(tables) for name, m in SHELF.items()}
