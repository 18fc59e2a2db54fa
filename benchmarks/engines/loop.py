"""One definition, two speeds: the rules of R1 driven by a bare heap loop, in Python or compiled.

The compiled one is the yardstick of our own engine: what a loop of this kind costs when nothing
else is in it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks import r1
from benchmarks.engines import heap
from benchmarks.engines.base import MissingError, Run
from sim.core.kernel import COMPILED, compiled, kernel, mix

WHO_BITS, CLOCK_BITS = 30, 17
WHO, CLOCK = (1 << WHO_BITS) - 1, (1 << CLOCK_BITS) - 1


@kernel
def event(second: int, kind: int, who: int) -> int:
    """An event as one number that sorts by (second, kind, who)."""
    return (second << (WHO_BITS + 2)) | (kind << WHO_BITS) | who


@kernel
def ticket(rank: int, clock: int, who: int) -> int:
    """A ticket as one number that sorts by (rank, second of the day, who)."""
    return (rank << (WHO_BITS + CLOCK_BITS)) | (clock << WHO_BITS) | who


def morning_over(verbs: heap.Verbs) -> Callable[..., None]:
    """Everybody's morning with such heaps: fills and orders the events of the day."""
    add, order = verbs.add, verbs.order

    @kernel
    def mornings(book, rows, events, day):  # type: ignore[no-untyped-def]
        for who in range(len(book)):
            before = book[who]
            after, post = r1.morning(before, day)
            if post != r1.Post.NOTHING:
                rows.append((day * r1.DAY, int(post), who, day - before.due))
                book[who] = after
            second = r1.plan(after, day)
            if second != r1.NEVER:
                add(events, event(second, r1.Kind.READY, who))
        add(events, event(day * r1.DAY + r1.CLOSE, r1.Kind.CLOSE, 0))
        order(events)

    return mornings


def closing_over(verbs: heap.Verbs) -> Callable[..., None]:
    """The closing of the floor with such heaps: sends away who still waits."""
    size, pop = verbs.size, verbs.pop

    @kernel
    def send_away(waiting, rows, midnight):  # type: ignore[no-untyped-def]
        while size(waiting) > 0:
            one = pop(waiting)
            waited = r1.CLOSE - ((one >> WHO_BITS) & CLOCK)
            rows.append((midnight + r1.CLOSE, int(r1.Post.UNSERVED), one & WHO, waited))

    return send_away


def loop_over(verbs: heap.Verbs) -> Callable[[int], list[r1.Row]]:
    """The loop with such heaps; it plays R1 and returns its rows."""
    mornings, send_away = morning_over(verbs), closing_over(verbs)
    empty, size, push, pop = verbs.empty, verbs.size, verbs.push, verbs.pop

    @kernel
    def loop(borrowers: int) -> list[r1.Row]:
        book = [r1.first_day(who) for who in range(borrowers)]
        asked = [0 for _ in range(borrowers)]
        began = [0 for _ in range(borrowers)]
        rows = [(0, 0, 0, 0) for _ in range(0)]
        events, waiting = empty(borrowers + 1), empty(borrowers)
        free = r1.seats(borrowers)
        for day in range(r1.DAYS):
            mornings(book, rows, events, day)
            while size(events) > 0:
                first = pop(events)
                second, who = first >> (WHO_BITS + 2), first & WHO
                kind = (first >> WHO_BITS) & 3
                if kind == r1.Kind.READY:
                    asked[who] = second
                    push(waiting, ticket(r1.rank(book[who], day), second - day * r1.DAY, who))
                elif kind == r1.Kind.DONE:
                    book[who], post = r1.resolve(book[who], began[who])
                    rows.append((second, int(post), who, began[who] - asked[who]))
                    free += 1
                else:
                    send_away(waiting, rows, day * r1.DAY)
                while free > 0 and size(waiting) > 0:
                    free -= 1
                    who = pop(waiting) & WHO
                    began[who] = second
                    ends = second + r1.seat_time(book[who], second)
                    push(events, event(ends, r1.Kind.DONE, who))
        return rows

    return loop


def in_python() -> Run:
    """Drive the rules from Python."""
    loop = loop_over(heap.IN_PYTHON)
    return lambda borrowers: r1.traced(loop(borrowers))


def in_machine_code() -> Run:
    """Compile the same loop and rules; compiling is part of this call."""
    if not COMPILED:
        raise MissingError("numba is not installed")
    loop = loop_over(heap.COMPILED)

    @compiled
    def fast(borrowers):  # type: ignore[no-untyped-def]
        rows = loop(borrowers)
        table = np.empty((len(rows), 4), np.int64)
        total = mix(0)
        for n in range(len(rows)):
            second, kind, who, value = rows[n]
            table[n, 0], table[n, 1], table[n, 2], table[n, 3] = second, kind, who, value
            total += mix(r1.packed(second, kind, who, value))
        return table, total

    def run(borrowers: int) -> r1.Trace:
        table, total = fast(borrowers)
        return r1.Trace(table, int(total))

    run(1)
    return run
