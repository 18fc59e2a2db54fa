"""What an engine of the race is."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from benchmarks.r1 import Trace

Run = Callable[[int], Trace]


class MissingError(Exception):
    """An engine that cannot run here, and why."""


class Engine(NamedTuple):
    """One row of the race."""

    name: str
    title: str
    prepare: Callable[[], Run]  #: import, compile; not part of the measured time
    most: int  #: borrowers beyond which it takes too long to be asked
