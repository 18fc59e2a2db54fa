"""R1 in SimPy's fastest style: bare events with callbacks, an own heap as queue, numpy mornings.

The luck and the rules of a morning are drawn for the whole book at once, and with them everything
of today's calls that does not depend on when they begin. Only one request at a time lies in
SimPy's event list: each brings the next.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Any, NamedTuple

import numpy as np
import simpy
from numpy.typing import NDArray

from benchmarks import r1
from benchmarks.engines.base import Run
from sim.core.kernel import G1, MASK, STEP, draw, key_of, mix


def luck(key: NDArray[np.uint64], purpose: int, k: int) -> NDArray[np.float64]:
    """`draw` for many borrowers at once."""
    meaning = np.uint64(((purpose << 48) + k + 1) * G1 & MASK)
    scrambled: Any = mix(key ^ meaning)  # type: ignore[arg-type]
    return ((scrambled >> 12) + 0.5) * STEP


class Book:
    """All borrowers as columns."""

    def __init__(self, borrowers: int) -> None:
        keys = [key_of(r1.LUCK, who) for who in range(borrowers)]
        self.key = np.array(keys, dtype=np.uint64)
        spread = luck(self.key, r1.DUE_LUCK, 0) * (r1.YOUNGEST - r1.OLDEST)
        self.due = r1.OLDEST + spread.astype(np.int64)
        self.promised = np.full(borrowers, r1.NEVER)
        self.next_try = np.zeros(borrowers, dtype=np.int64)

    def morning(self, day: int) -> list[r1.Row]:
        """Live through midnight; return what to post."""
        late = day - self.due
        falls_due = np.flatnonzero((late >= 0) & (self.promised == day))
        free = np.flatnonzero((late >= 0) & (self.promised == r1.NEVER))
        kept = luck(self.key[falls_due], r1.PROMISE_LUCK, day) < r1.KEPT
        paid = luck(self.key[free], r1.PAYMENT_LUCK, day) < r1.OWN_PAYMENT
        self.promised[falls_due] = r1.NEVER
        self.next_try[falls_due[~kept]] = day
        found = (
            (r1.Post.PAID, free[paid]),
            (r1.Post.KEPT, falls_due[kept]),
            (r1.Post.BROKEN, falls_due[~kept]),
        )
        for _, who in found[:2]:
            self.due[who] = day + r1.NEXT_DUE
        return [
            (day * r1.DAY, int(post), who, days)
            for post, those in found
            for who, days in zip(those.tolist(), late[those].tolist(), strict=True)
        ]

    def calls(self, day: int) -> list[Call]:
        """Today's calls in the order in which they are asked for."""
        who = np.flatnonzero(
            (day >= self.due) & (self.promised == r1.NEVER) & (day >= self.next_try)
        )
        key = self.key[who]
        slot = luck(key, r1.ASK_LUCK, day) * ((r1.LAST_ASK - r1.OPEN) // 2)
        second = day * r1.DAY + r1.OPEN + 2 * slot.astype(np.int64)
        rank = r1.LATEST - np.minimum(day - self.due[who], r1.LATEST)
        u = luck(key, r1.TALK_LUCK, day)
        delay = 1 + (luck(key, r1.DELAY_LUCK, day) * r1.LONGEST_PROMISE).astype(np.int64)
        promises = luck(key, r1.OUTCOME_LUCK, day) < r1.PROMISES
        columns = (
            rank, second, who, key,
            r1.TALK + (u * u * r1.TALK_SPREAD).astype(np.int64),
            r1.RINGING + (u * r1.RINGING_SPREAD).astype(np.int64),
            np.where(promises, day + delay, r1.NEVER),
        )  # fmt: skip
        order = np.lexsort((who, second))
        return [Call(*row) for row in zip(*(c[order].tolist() for c in columns), strict=True)]


class Call(NamedTuple):
    """A call as planned in the morning; sorts like a place in the queue."""

    rank: int
    second: int
    who: int
    key: int
    talk: int  #: seconds if answered
    ringing: int  #: seconds if not
    promise: int  #: day promised if answered, NEVER if refused


class Floor:
    """Seats, the queue and the clock."""

    def __init__(self, borrowers: int) -> None:
        self.env = simpy.Environment()
        self.book = Book(borrowers)
        self.free = r1.seats(borrowers)
        self.waiting: list[Call] = []
        self.rows: list[r1.Row] = []
        self.at(0, self.morning, None)

    def at(self, second: int, what: Any, value: Any) -> None:
        """Call *what* at *second* with an event that carries *value*."""
        event = simpy.Event(self.env)
        event._ok, event._value = True, value
        event.callbacks = [what]
        self.env.schedule(event, 1, second - self.env.now)

    def morning(self, _: simpy.Event) -> None:
        day = self.env.now // r1.DAY
        self.rows += self.book.morning(day)
        self.today = iter(self.book.calls(day))
        self.next_request()
        self.at(day * r1.DAY + r1.CLOSE, self.close, None)
        if day + 1 < r1.DAYS:
            self.at((day + 1) * r1.DAY, self.morning, None)

    def next_request(self) -> None:
        call = next(self.today, None)
        if call is not None:
            self.at(call.second, self.ready, call)

    def ready(self, event: simpy.Event) -> None:
        self.next_request()
        if self.free:
            self.begin(event._value)
        else:
            heappush(self.waiting, event._value)

    def begin(self, call: Call) -> None:
        now = self.env.now
        answered = draw(call.key, r1.REACH_LUCK, now // r1.HOUR) < r1.REACHED
        self.free -= 1
        length = call.talk if answered else call.ringing
        self.at((now + length) | 1, self.done, (call, answered, now))

    def done(self, event: simpy.Event) -> None:
        call, answered, began = event._value
        self.free += 1
        if self.waiting:
            self.begin(heappop(self.waiting))
        day, who = began // r1.DAY, call.who
        if not answered:
            post, self.book.next_try[who] = r1.Post.UNANSWERED, day + 1
        elif call.promise == r1.NEVER:
            post, self.book.next_try[who] = r1.Post.REFUSED, day + r1.LEFT_IN_PEACE
        else:
            post, self.book.promised[who] = r1.Post.PROMISED, call.promise
        self.rows.append((self.env.now, int(post), who, began - call.second))

    def close(self, _: simpy.Event) -> None:
        now = self.env.now
        self.rows += [(now, int(r1.Post.UNSERVED), c.who, now - c.second) for c in self.waiting]
        self.waiting.clear()


def fastest() -> Run:
    """Nothing to prepare."""

    def run(borrowers: int) -> r1.Trace:
        floor = Floor(borrowers)
        floor.env.run()
        return r1.traced(floor.rows)

    return run
