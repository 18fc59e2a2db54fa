"""The fast engine: the schedule of `story` as one compiled loop over arrays, with the same rules.

It decides when and in what order, never what; its ledger is that of `story`, row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.population import Origins
from sim.core import cache
from sim.core.domain import HOUR, Channel, Role
from sim.core.kernel import COMPILED, NotCompilableError, compiled
from sim.core.records import filled_once
from sim.engine.fast import loop, tables
from sim.engine.fast.book import Start, Stock, drawn, start_of, stock
from sim.engine.fast.doors import folder, open_door
from sim.engine.fast.state import (
    BUCKETS,
    EVENT,
    FREE,
    POSTING,
    ROLES,
    SCENE,
    SEAT,
    SLOT,
    TALLY,
    Rows,
    Told,
)
from sim.engine.ledger import Columns
from sim.engine.seasoning import Calendar
from sim.engine.story.scene import Practice
from sim.engine.trail import Trail
from sim.strategies.border import SOUND, explained

#: What `story` can do and this engine cannot; a test holds the list to the truth.
LACKS = {"callers": "calls from outside the book, which only queueing theory asks for"}

__all__ = [
    "COMPILED",
    "LACKS",
    "Chunk",
    "Fast",
    "NotCompilableError",
    "Start",
    "Stock",
    "drawn",
    "start_of",
    "stock",
    "tables",
]

COPIED = ("start", "end", "wage", "paid", "share", "evenings", "late", "saturdays")
CHUNK = 1_000_000  #: account-days that are lived through before their postings are handed over


class Chunk(NamedTuple):
    """Postings of a stretch of days, in order."""

    first: int  #: day
    rows: Rows


@lru_cache(maxsize=1)
def _live() -> Callable[..., Any]:
    return compiled(loop.live, folder=folder())


_warm = False


def _lived(*arguments: Any) -> Any:
    """Call the loop; the first process that needs it compiles it, the others wait and read."""
    global _warm
    if _warm:
        return _live()(*arguments)
    with cache.alone("compiling"):
        found = _live()(*arguments)
    _warm = True
    return found


class Fast:
    """One replication of one strategy.

    Parameters
    ----------
    start
        Accounts at the start.
    origins, streams, comers
        What entrants are drawn from, the book's and the run's luck, and how many come each day.
    practice
        ``month -> Practice``.
    days
        The calendar of the run.
    usual_risk
        Expected public complaints per late account and day under the incumbent; 0: no reputation.

    Raises
    ------
    NotCompilableError
        A strategy in force cannot be compiled.
    """

    def __init__(
        self,
        start: Start,
        origins: Origins,
        streams: tuple[int, int],
        comers: NDArray[np.int64],
        practice: Callable[[int], Practice],
        days: Calendar,
        usual_risk: float = 0.0,
    ) -> None:
        horizon = len(days.today)
        self.practices = [practice(month) for month in range(-(-horizon // 30))]
        self.doors = [open_door(p.decide, p.params) for p in self.practices]
        self.origins, self.usual_risk = filled_once(origins), usual_risk
        self.streams = (np.uint64(streams[0]), np.uint64(streams[1]))
        self.calendar = (
            np.array([t.weekday for t in days.today], dtype=np.int64),
            np.array([t.season for t in days.today], dtype=np.float64),
            np.array([_kind(d, days) for d in range(horizon + 1)]),
            np.asarray(comers, dtype=np.int64),
        )
        people = int(np.sum(comers))
        self._accounts = _longer(start.accounts, people)
        self.traits = _longer(start.traits, people)
        self.seats = _seats(self.practices)
        self.free = np.zeros(ROLES * len(self.seats), dtype=FREE)
        self.slots = np.zeros(len(self._accounts), dtype=SLOT)
        self.events = np.zeros(0, dtype=EVENT)
        self.scene = self._scene(start)
        self.told = Told(
            np.zeros((horizon, ROLES), dtype=TALLY),
            np.zeros((horizon, ROLES)),
            np.zeros((horizon, ROLES), dtype=np.bool_),
            np.zeros((horizon, BUCKETS, 3), dtype=np.int64),
        )

    def _scene(self, start: Start) -> Rows:
        scene = np.zeros(1, dtype=SCENE)
        s = scene[0]
        s["accounts"], s["traits"] = self._accounts.ctypes.data, self.traits.ctypes.data
        s["slots"], s["seats"] = self.slots.ctypes.data, self.seats.ctypes.data
        s["free"] = self.free.ctypes.data
        s["n_accounts"], s["n_traits"] = len(start.accounts), len(start.traits)
        s["n_seats"], s["visitors"], s["public_risk"] = len(self.seats), -1, self.usual_risk
        s["n_slots"], s["first"] = len(self.slots), -1
        return scene

    def run(self, chunk: int = 0) -> Iterator[Chunk]:
        """Live through all days; yield the ledger as it is written.

        Parameters
        ----------
        chunk
            Days after which postings are handed over; as many as `CHUNK` allows without.
        """
        chunk, horizon = chunk or max(1, CHUNK // max(1, len(self._accounts))), len(self.told.wages)
        for month, practice in enumerate(self.practices):
            world = filled_once(practice.world)
            self._staff(practice)
            self.doors[month].put_into(self.scene[0])
            end = min(30 * month + 30, horizon)
            for day in range(30 * month, end, chunk):
                yield self._days(world, day, min(day + chunk, end))

    def _days(self, world: Rows, first: int, end: int) -> Chunk:
        room = np.empty(1_024 + 2 * len(self._accounts), dtype=POSTING.dtype)
        self.slots, self.events, rows, n = _lived(
            world, self.origins, self.scene, self.told, self.slots, self.events, room,
            (first, end), self.calendar, self.streams, self.usual_risk,
        )  # fmt: skip
        self._refuse_wrong(first // 30)
        return Chunk(first, rows[:n])

    def _refuse_wrong(self, month: int) -> None:
        """Say what a strategy answered that cannot be done, if it did."""
        scene = self.scene[0]
        if scene["fault"] == SOUND:
            return
        practice, view = self.practices[month], self.doors[month].view()
        who = int(self._accounts["id"][int(scene["culprit"])])
        raise explained(
            practice.decide, practice.params, view, practice.name, who, int(scene["fault"])
        )

    def _staff(self, practice: Practice) -> None:
        """Put the month's posts, ports and purse in force; whoever is there stays."""
        staff = {p.number: p for p in practice.staffing.posts}
        ports = practice.staffing.bot_ports
        bot = practice.world.channels[Channel.BOT]
        for seat in self.seats:
            number = int(seat["number"])
            here = -number <= ports if number < 0 else number in staff
            if here and not seat["employed"]:
                seat["generation"] = -1
            seat["employed"] = here
            if here and number < 0:
                seat["start"], seat["end"] = bot.open_hour * HOUR, bot.close_hour * HOUR
            elif here:
                for name in COPIED:
                    seat[name] = getattr(staff[number], name)
        self.scene["pace"], self.scene["ports"] = practice.staffing.purse / 30.0, ports
        self.scene["stands_for"] = practice.staffing.stands_for
        self.scene["price"] = practice.staffing.overtime_price
        self.scene["most"] = practice.staffing.overtime_most

    def lived(self) -> Trail:
        """Live through all days; return what is left behind."""
        chunks = [chunk.rows for chunk in self.run()]
        rows = chunks[0] if len(chunks) == 1 else np.concatenate(chunks)
        return self.trail(tables.postings(rows))

    def end(self, chosen: NDArray[np.bool_]) -> Columns:
        """Return the *chosen* accounts at the end: columns `ledger.FINAL`."""
        return tables.end(self.accounts[chosen], self.traits)

    def trail(self, ledger: Columns, *, none: bool = False) -> Trail:
        """Return what is left behind after the last day, with *ledger*; with *none* no accounts."""
        return Trail(
            ledger,
            tables.seats(self.told),
            tables.daily(self.told),
            tables.end(self.accounts[:0] if none else self.accounts, self.traits),
            self.practices,
            () if none else self.state(),
            self.reputation,
        )

    def state(self, chosen: NDArray[np.bool_] | None = None) -> Start:
        """Return the accounts as they stand now, or the *chosen* of them."""
        rows = self.accounts
        return Start(rows.copy() if chosen is None else rows[chosen], self.traits)

    @property
    def reputation(self) -> float:
        """The lender's name on the next morning; see `notes.reputation`."""
        s = self.scene[0]
        if self.usual_risk == 0.0 or s["late"] == 0:
            return 0.0
        risk = float(s["public_risk"])
        risk += (float(s["risk_today"]) / int(s["late"]) - risk) / 60.0
        return min(20.0, risk / self.usual_risk - 1.0)

    @property
    def accounts(self) -> Rows:
        """The accounts so far, as records (see `state.ACCOUNT`)."""
        return self._accounts[: int(self.scene["n_accounts"][0])]


def _kind(day: int, days: Calendar) -> int:
    """Tell an engine what the day is: the floor is closed, works, or may on a sixth day."""
    if day in days.works:
        return loop.WORKS
    return loop.SIXTH if day in days.saturdays else loop.CLOSED


def _longer(rows: Rows, more: int) -> Rows:
    return np.concatenate([rows, np.zeros(more, dtype=rows.dtype)])


def _seats(practices: Sequence[Practice]) -> Rows:
    """All seats that any month has, in the order of their numbers, ports last."""
    posts = {p.number: p for month in practices for p in month.staffing.posts}
    ports = max((p.staffing.bot_ports for p in practices), default=0)
    seats = np.zeros(len(posts) + ports, dtype=SEAT)
    seats["number"] = [*sorted(posts), *range(-1, -1 - ports, -1)]
    seats["role"] = [*(posts[n].role for n in sorted(posts)), *[int(Role.BOT)] * ports]
    seats["since"] = -1
    return seats
