"""What one run left behind, what a metric is, and the shelf of them all."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.agents.budget import Staffing
from sim.agents.model import World
from sim.core.domain import DAY, Account, Event
from sim.core.errors import BadInput, choose
from sim.engine.ledger import SEATS, Columns, columns, final_columns
from sim.play.metrics.open_claims import Open, RunOff
from sim.scenario import Scenario, Text

T = TypeVar("T")
Pair = tuple[float, float]
Mask = NDArray[np.bool_]
Rows = NDArray[np.intp]  #: places of postings in the ledger, ascending
#: direct contacts: by voice, in person, by message
DIRECT = (Event.DIALLED, Event.REACHED, Event.VISITED, Event.SENT)


class OwnGroup(NamedTuple):
    """How a lender sorts its accounts: a column of its file.

    Parameters
    ----------
    column
        Our name of it.
    names
        The categories.
    ids, group
        Accounts, in order, and the category of each.
    """

    column: str
    names: tuple[str, ...]
    ids: NDArray[np.int64]
    group: NDArray[np.intp]


@dataclass(frozen=True, repr=False)
class Tables:
    """What one run left behind, as arrays.

    A block of accounts is tables too: the accounts' own postings, in the ledger's order, and their
    end states; seats and staffing are those of the whole floor.
    """

    scenario: Scenario
    world: World
    staffing: tuple[Staffing, ...]  #: by month
    ledger: Columns
    seats: NDArray[np.float64]  #: columns `ledger.SEATS`
    final: Columns | Sequence[Account]  #: columns `ledger.FINAL`, or what they are made of
    run_off: RunOff | None  #: where what is open is not played on
    days: int
    open_worth: Open | None = None  #: of the accounts of `end`, played on; None: by the table
    own: tuple[OwnGroup, ...] = ()  #: categories of the lender's file

    @cached_property
    def _known(self) -> dict[Hashable, Any]:
        return {}

    def once(self, name: Hashable, make: Callable[[Tables], T]) -> T:
        """What *make* finds here, found once; several metrics read it."""
        if name not in self._known:
            self._known[name] = make(self)
        known: T = self._known[name]
        return known

    # --- parts -------------------------------------------------------------------------------

    @property
    def people(self) -> Tables:
        """The same accounts without the floor."""
        return replace(self, staffing=(), seats=np.empty((0, len(SEATS))))

    @property
    def floor(self) -> Tables:
        """The same floor without accounts."""
        played = self.open_worth
        none = played and played._replace(cents=played.cents[:0])
        return replace(self, ledger=columns(()), final=(), open_worth=none)

    # --- postings ----------------------------------------------------------------------------

    @cached_property
    def codes(self) -> NDArray[np.uint8]:
        """Event of each posting."""
        return self.ledger["event"].astype(np.uint8, copy=False)

    def rows(self, *events: int) -> Rows:
        """Rows of the postings with one of *events*."""
        found = [self.once(int(e), partial(_rows_of, int(e))) for e in events]
        return found[0] if len(found) == 1 else np.sort(np.concatenate(found))

    def count(self, *events: int) -> float:
        """Number of postings with one of *events*."""
        return float(sum(len(self.rows(e)) for e in events))

    def at(self, field: str, rows: Rows) -> NDArray[Any]:
        """*field* of the postings in *rows*."""
        return self.ledger[field][rows]

    def days_of(self, rows: Rows) -> NDArray[np.int64]:
        """Day of each posting in *rows*."""
        return (self.at("time", rows) // DAY).astype(np.int64, copy=False)

    def total(self, field: str, rows: Rows) -> float:
        """Sum of *field* over the postings in *rows*."""
        return float(self.at(field, rows).sum())

    def sum(self, field: str) -> float:
        """Sum of *field* over the whole ledger."""
        return self.once(field, lambda t: float(t.ledger[field].sum()))

    @cached_property
    def day(self) -> NDArray[np.int64]:
        """Day of each posting."""
        return (self.ledger["time"] // DAY).astype(np.int64, copy=False)

    @cached_property
    def opened(self) -> Rows:
        """Postings that put an account into the book."""
        return self.rows(Event.OPENED, Event.ENTERED)

    @cached_property
    def placed(self) -> Rows:
        """Postings that place a late account."""
        return self.opened[self.at("dpd", self.opened) > 0]

    @cached_property
    def recovered(self) -> Rows:
        """Payments of what was past due."""
        paid = self.rows(Event.PAID)
        return paid[self.at("dpd", paid) > 0]

    # --- accounts ----------------------------------------------------------------------------

    @cached_property
    def accounts(self) -> float:
        """Accounts in the book, entrants included, in thousands."""
        return len(self.opened) / 1_000.0

    @cached_property
    def late_ids(self) -> NDArray[np.int64]:
        """Accounts placed as late, ascending."""
        return np.sort(self.at("account", self.placed))

    @cached_property
    def end(self) -> Columns:
        """The accounts at the end: columns `ledger.FINAL`."""
        return final_columns(self.final)

    @cached_property
    def placed_end(self) -> Mask:
        """Which accounts of `end` were placed as late."""
        return place_in(self.late_ids, self.end["id"]) >= 0

    # --- the floor ---------------------------------------------------------------------------

    def seat_sum(self, column: int, *roles: int) -> float:
        """Sum of one column of the seats table over *roles*."""
        rows = self.seats[np.isin(self.seats[:, 1], [int(r) for r in roles])]
        return float(rows[:, column].sum())


def _rows_of(event: int, t: Tables) -> Rows:
    return np.flatnonzero(t.codes == event)


def place_in(ids: NDArray[Any], wanted: NDArray[Any]) -> NDArray[np.intp]:
    """Place of each of *wanted* in the ascending *ids*; -1 for what is not there."""
    if len(ids) == 0:
        return np.full(len(wanted), -1, dtype=np.intp)
    place = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    place[ids[place] != wanted] = -1
    return place


Reads = Literal["accounts", "floor", "both"]


@dataclass(frozen=True)
class Metric:
    """A number with its name, title, unit and direction.

    Numerator and denominator are sums over accounts, over the floor (seats and staffing), or over
    both, so that a book counted in blocks of accounts gives the same number.
    """

    name: str
    title: Text
    unit: str
    better: Literal["higher", "lower", "neither"]
    group: str
    compute: Callable[[Tables], Pair]
    reads: Reads = "accounts"

    @property
    def doc(self) -> str:
        """What it means and on which basis."""
        return (self.compute.__doc__ or "").strip()


SHELF: dict[str, Metric] = {}


def metric(
    en: str,
    zh: str,
    *,
    unit: str,
    better: Literal["higher", "lower", "neither"],
    group: str,
    reads: Reads = "accounts",
) -> Callable[[Callable[[Tables], Pair]], Metric]:
    """Declare a metric under the function's name.

    Raises
    ------
    BadInput
        A name that another metric has, or a word that is not allowed.
    """

    def declare(function: Callable[[Tables], Pair]) -> Metric:
        name = function.__name__
        if name in SHELF and SHELF[name].compute.__module__ != function.__module__:
            raise BadInput("metric", "name", name, "a name that no metric on the shelf has")
        choose(f"metric {name}", "better", better, ("higher", "lower", "neither"))
        choose(f"metric {name}", "reads", reads, ("accounts", "floor", "both"))
        SHELF[name] = Metric(name, Text(en=en, zh=zh), unit, better, group, function, reads)
        return SHELF[name]

    return declare


def compute(tables: Tables) -> dict[str, Pair]:
    """Return every metric of one run."""
    return {name: answered(m, tables) for name, m in SHELF.items()}


ANSWER = "a pair of finite numbers, numerator and denominator"


def answered(m: Metric, tables: Tables) -> Pair:
    """Return what a metric answers; refuse what is no pair of numbers by the metric's name.

    Raises
    ------
    BadInput
        An answer of another kind, or an exception of a metric that is not ours.
    """
    ours = m.compute.__module__.startswith("sim.")
    try:
        found = m.compute(tables)
    except Exception as error:
        if ours or isinstance(error, BadInput):
            raise
        why = f"{type(error).__name__}: {error}"
        raise BadInput(f"metric {m.name}", "answer", why, ANSWER) from None
    pair = isinstance(found, tuple) and len(found) == 2
    if not (pair and (ours or all(_is_number(x) for x in found))):
        raise BadInput(f"metric {m.name}", "answer", str(found)[:60], ANSWER)
    return found


def _is_number(value: object) -> bool:
    """Tell whether a value is one finite number and no truth value."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return False
    return math.isfinite(value)


def compute_in_blocks(blocks: Iterable[Tables]) -> dict[str, Pair]:
    """Return every metric of one run whose accounts come in blocks, one at a time.

    Each account is in one block; all blocks carry the same floor, which is counted once.
    """
    sums = dict.fromkeys(SHELF, (0.0, 0.0))

    def add(part: Tables, other: Reads) -> None:
        for name, m in SHELF.items():
            if m.reads != other:
                x, y = answered(m, part)
                sums[name] = (sums[name][0] + x, sums[name][1] + y)

    for i, block in enumerate(blocks):
        add(block.people, "floor")
        if i == 0:
            add(block.floor, "accounts")
    return sums
