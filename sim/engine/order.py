"""Order: every event has its place among those of the same second.

The place ``(kind, who, n)`` goes into SimPy as the event's priority, so that the order never
depends on the order of insertion.
"""

from __future__ import annotations

from collections.abc import Generator
from enum import IntEnum
from typing import Any

import simpy

Steps = Generator[simpy.Event, Any, None]


class Kind(IntEnum):
    """Kinds of events in their order at one instant."""

    MORNING = 0
    OPEN = 1
    DONE = 2
    RING = 3
    READY = 4
    HANG_UP = 5
    CLOSE = 6


def at(env: simpy.Environment, time: int, kind: int, who: int, n: int = 0) -> simpy.Event:
    """Event at *time* whose place among ties is ``(kind, who, n)``."""
    event = simpy.Event(env)
    event._ok, event._value = True, None
    # SimPy's own priorities are 0 and 1: what it resolves at once comes before all of ours.
    env.schedule(event, 2 + ((kind * (1 << 44) + who) << 4) + n, time - env.now)
    return event
