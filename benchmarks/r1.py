"""R1, the reduced collections workload: small enough to be written in every engine.

N borrowers, N // 200 seats (one at least), 90 days, one priority queue. Time is whole seconds
from the first midnight. Luck is `sim.core.rng`'s, keyed by borrower and day (by borrower and hour
of the call for the reach), so that every engine draws the same.

Each day
    00:00  *Morning*, every borrower in id order. Whose payment is not due yet (``day < due``) does
           nothing. A promise falls due on its day and is kept or broken; who has none outstanding
           may pay unasked. A payment is good for `NEXT_DUE` days. Then the *plan*: who is late,
           has promised nothing and is not to be left in peace will ask for a seat once today, on
           an even second between 09:00 and 17:00.
    asked  The ticket joins the queue ``(most days late, asked first, lowest id)``. A free seat
           takes the first ticket at once.
    ended  The call ends on an odd second and leads to no answer (try again tomorrow), a refusal
           (again in three days) or a promise (one to seven days). The seat takes the next ticket.
    18:00  Who still waits is sent away and may ask again tomorrow. Calls under way are finished.

Order
    ``(second, kind, who)`` with kinds MORNING < DONE < READY < CLOSE. Calls end on odd seconds and
    everything else happens on even ones, a borrower asks once a day and asks are scheduled in id
    order at midnight: engines that break ties by the order of scheduling keep the same order.
    Requests are spread over the day because SimPy's priority queue sorts itself at every request:
    with everybody asking at nine, the comparison would measure that sort.

Trace
    Rows ``(second, kind of posting, borrower, value)``; value is the days late of a payment or a
    broken promise, and the seconds waited of a call or a ticket sent away. The order of rows within
    a second is free (`Trace.ordered` sorts); the checksum is a sum over rows modulo 2**64, so every
    engine can keep it as it goes. Two engines agree when count and checksum do.

The rules are kernels: engines in Python and the compiled loop call the same four, `morning`,
`plan`, `seat_time` and `resolve`; C gets their numbers when it is compiled.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.kernel import MASK, draw, kernel, key_of, mix
from sim.core.rng import Purpose, stream

DAYS = 90
DAY, HOUR = 86_400, 3_600
OPEN, LAST_ASK, CLOSE = 9 * HOUR, 17 * HOUR, 18 * HOUR
BORROWERS_PER_SEAT = 200
MOST = 1 << 21  #: borrowers that a row of the checksum can name

OLDEST, YOUNGEST = -30, 30  #: day on which the first payment is due, earliest and end
NEXT_DUE = 21  #: days for which a payment is good
OWN_PAYMENT = 0.006  #: chance to pay unasked, per late day
REACHED = 0.35  #: chance that a call is answered
PROMISES = 0.2  #: chance that who answers promises
KEPT = 0.5  #: chance that a promise is kept
LONGEST_PROMISE = 7  #: days
LEFT_IN_PEACE = 3  #: days after a refusal
RINGING, RINGING_SPREAD = 40, 40  #: seconds of an unanswered call
TALK, TALK_SPREAD = 120, 2_400  #: seconds of an answered one, the spread squared towards short
LATEST = 127  #: days late beyond which nobody comes sooner

LUCK = stream(1, 0)
DUE_LUCK = int(Purpose.BUCKET)
PAYMENT_LUCK = int(Purpose.OWN_PAYMENT)
PROMISE_LUCK = int(Purpose.PROMISE_KEPT)
ASK_LUCK = int(Purpose.RING_HOUR)
REACH_LUCK = int(Purpose.REACHED)
TALK_LUCK = int(Purpose.TALK)
OUTCOME_LUCK = int(Purpose.OUTCOME)
DELAY_LUCK = int(Purpose.REASON)

NEVER = -1

#: borrowers to postings and checksum: what R1 is. They change only if the definition does.
PUBLISHED = {
    200: (6_936, 0xCD27A7B646916985),
    500: (18_208, 0x090E044AA9EB3771),
    2_000: (70_190, 0x80240DFCB361686E),
    20_000: (703_149, 0x8AFE8F0DC73A5CDA),
    100_000: (3_509_516, 0x21596FBAD6ADF328),
}


class Post(IntEnum):
    """What a row of the trace says."""

    NOTHING = 0
    PAID = 1
    KEPT = 2
    BROKEN = 3
    UNANSWERED = 4
    REFUSED = 5
    PROMISED = 6
    UNSERVED = 7


class Kind(IntEnum):
    """Events in their order within one second."""

    MORNING = 0
    DONE = 1
    READY = 2
    CLOSE = 3


class Borrower(NamedTuple):
    """All that the workload knows of one borrower."""

    key: int  #: luck
    due: int  #: day from which the borrower is late
    promised: int  #: day on which a promise falls due, or NEVER
    next_try: int  #: day before which nobody calls


Row = tuple[int, int, int, int]


class Trace(NamedTuple):
    """What an engine did."""

    rows: NDArray[np.int64]  #: shape (postings, 4): second, kind, borrower, value
    checksum: int  #: 64 bits

    @property
    def ordered(self) -> NDArray[np.int64]:
        """Rows by second, borrower, kind: the same in every engine."""
        second, kind, who, _ = self.rows.T
        return self.rows[np.lexsort((kind, who, second))]

    @property
    def services(self) -> int:
        """Calls that a seat made."""
        kind = self.rows[:, 1]
        return int(np.count_nonzero((kind >= Post.UNANSWERED) & (kind <= Post.PROMISED)))


# --- the rules ---------------------------------------------------------------------------------


@kernel
def seats(borrowers: int) -> int:
    """Seats of a floor for *borrowers*."""
    return max(1, borrowers // BORROWERS_PER_SEAT)


@kernel
def first_day(who: int) -> Borrower:
    """Borrower *who* before the first morning."""
    key = key_of(LUCK, who)
    due = OLDEST + int(draw(key, DUE_LUCK, 0) * (YOUNGEST - OLDEST))
    return Borrower(key, due, NEVER, 0)


@kernel
def morning(b: Borrower, day: int) -> tuple[Borrower, int]:
    """Live through midnight; return the borrower and what to post."""
    if day < b.due:
        return b, Post.NOTHING
    if b.promised == day:
        if draw(b.key, PROMISE_LUCK, day) < KEPT:
            return Borrower(b.key, day + NEXT_DUE, NEVER, b.next_try), Post.KEPT
        return Borrower(b.key, b.due, NEVER, day), Post.BROKEN
    if b.promised == NEVER and draw(b.key, PAYMENT_LUCK, day) < OWN_PAYMENT:
        return Borrower(b.key, day + NEXT_DUE, NEVER, b.next_try), Post.PAID
    return b, Post.NOTHING


@kernel
def plan(b: Borrower, day: int) -> int:
    """Second at which a seat is asked for today, or NEVER."""
    if day < b.due or b.promised != NEVER or day < b.next_try:
        return NEVER
    return day * DAY + OPEN + 2 * int(draw(b.key, ASK_LUCK, day) * ((LAST_ASK - OPEN) // 2))


@kernel
def rank(b: Borrower, day: int) -> int:
    """Place in the queue: the most days late come first, 0 the very first."""
    return LATEST - min(day - b.due, LATEST)


@kernel
def answered(b: Borrower, began: int) -> bool:
    """Tell whether a call that begins at second *began* is answered: luck of the hour."""
    return draw(b.key, REACH_LUCK, began // HOUR) < REACHED


@kernel
def seat_time(b: Borrower, began: int) -> int:
    """Seconds that the call holds its seat, such that it ends on an odd one."""
    u = draw(b.key, TALK_LUCK, began // DAY)
    if answered(b, began):
        length = TALK + int(u * u * TALK_SPREAD)
    else:
        length = RINGING + int(u * RINGING_SPREAD)
    return ((began + length) | 1) - began


@kernel
def resolve(b: Borrower, began: int) -> tuple[Borrower, int]:
    """End the call that began at second *began*; return the borrower and what to post."""
    day = began // DAY
    if not answered(b, began):
        return Borrower(b.key, b.due, NEVER, day + 1), Post.UNANSWERED
    if draw(b.key, OUTCOME_LUCK, day) >= PROMISES:
        return Borrower(b.key, b.due, NEVER, day + LEFT_IN_PEACE), Post.REFUSED
    delay = 1 + int(draw(b.key, DELAY_LUCK, day) * LONGEST_PROMISE)
    return Borrower(b.key, b.due, day + delay, b.next_try), Post.PROMISED


# --- the checksum ------------------------------------------------------------------------------


@kernel
def packed(second: int, kind: int, who: int, value: int) -> int:
    """One row in 64 bits: 23 of second, 3 of kind, 21 of borrower, 17 of value."""
    return (second << 41) | (kind << 38) | (who << 17) | value


def checksum(rows: NDArray[np.int64]) -> int:
    """Sum of the scrambled rows, modulo 2**64."""
    return int(np.sum(mix(packed(*rows.T.astype(np.uint64)))))


def traced(rows: Iterable[Row]) -> Trace:
    """Trace of *rows*, with its checksum."""
    table = np.array(list(rows), dtype=np.int64).reshape(-1, 4)
    return Trace(table, checksum(table))


assert DAYS * DAY < 1 << 23
assert MASK == 2**64 - 1
