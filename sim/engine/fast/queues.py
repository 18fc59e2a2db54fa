"""Two orders: events by time and place (a binary heap), tickets by rank (a pairing heap).

The pairing heap has its links in the slots, so that a queue of any length takes no room of its
own: to put a ticket in costs the same however long the queue is, to take the first out costs
about the logarithm of its length (Fredman, Sedgewick, Sleator and Tarjan 1986).
"""

from __future__ import annotations

from sim.core.kernel import kernel
from sim.core.records import Record, wide
from sim.engine.fast.state import CALL, event_of, slot_of


@kernel
def _sooner(time: int, place: int, other: Record) -> bool:
    return bool(time < other.time or (time == other.time and place < other.place))


@kernel
def _put(s: Record, i: int, time: int, place: int, load: int) -> None:
    e = event_of(s, i)
    e.time, e.place, e.load = time, place, load


@kernel
def schedule(s: Record, time: int, kind: int, who: int, n: int, load: int) -> None:
    """Put in an event; its place among those of the same second is ``(kind, who, n)``."""
    place = (kind << 48) + (who << 4) + n
    i = s.n_events
    s.n_events = i + 1
    while i > 0:
        up = event_of(s, (i - 1) >> 1)
        if not _sooner(time, place, up):
            break
        _put(s, i, up.time, up.place, up.load)
        i = (i - 1) >> 1
    _put(s, i, time, place, load)


@kernel
def forget_first(s: Record) -> None:
    """Take the first event out."""
    last = s.n_events - 1
    s.n_events = last
    moved = event_of(s, last)
    time, place, load = wide(moved.time), wide(moved.place), wide(moved.load)
    i, down = 0, 1
    while down < last:
        child = event_of(s, down)
        if down + 1 < last:
            other = event_of(s, down + 1)
            if _sooner(other.time, other.place, child):
                child, down = other, down + 1
        if _sooner(time, place, child):
            break
        _put(s, i, child.time, child.place, child.load)
        i = down
        down = 2 * i + 1
    _put(s, i, time, place, load)


@kernel
def _before(x: Record, y: Record) -> bool:
    if (x.what == CALL) != (y.what == CALL):
        return bool(x.what == CALL)
    if x.urgency != y.urgency:
        return bool(x.urgency > y.urgency)
    if x.ready != y.ready:
        return bool(x.ready < y.ready)
    if x.who != y.who:
        return bool(x.who < y.who)
    return bool(x.turn < y.turn)


@kernel
def merged(s: Record, a: int, b: int) -> int:
    """Join two queues by their first tickets; -1 is an empty one."""
    if a < 0:
        return b
    if b < 0:
        return a
    if _before(slot_of(s, b), slot_of(s, a)):
        a, b = b, a
    slot_of(s, b).next = slot_of(s, a).child
    slot_of(s, a).child = b
    return a


@kernel
def without_first(s: Record, root: int) -> int:
    """Return the queue *root* without its first ticket: its children, joined in two passes."""
    pairs, child = -1, wide(slot_of(s, root).child)
    while child >= 0:
        other = wide(slot_of(s, child).next)
        rest = -1
        if other >= 0:
            rest = wide(slot_of(s, other).next)
            slot_of(s, child).next = slot_of(s, other).next = -1
        pair = merged(s, child, other)
        slot_of(s, pair).next = pairs
        pairs, child = pair, rest
    root = -1
    while pairs >= 0:
        rest = wide(slot_of(s, pairs).next)
        slot_of(s, pairs).next = -1
        root = merged(s, root, pairs)
        pairs = rest
    return root
