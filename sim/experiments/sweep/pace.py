"""How long a sweep takes, foretold from its first plays.

The first replication at a point makes ready a book and perhaps models, later ones only play. So one
of each kind is measured, at a point that is not the very first: that one also loads the program.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

Task = tuple[int, int, tuple[str, ...]]  #: replication, point, strategies


class Seconds(NamedTuple):
    """How long a sweep was said to take, and how long it took."""

    estimated: float
    actual: float


def probes(tasks: Sequence[Task]) -> list[Task]:
    """Return up to three tasks to begin with: the first, another point, that point once more."""
    if not tasks:
        return []
    start = tasks[0]
    other = next((t for t in tasks if t[0] == start[0] and t[1] != start[1]), None)
    found = [start, *([other] if other else [])]
    again = next((t for t in tasks if t[0] != start[0] and t[1] == found[-1][1]), None)
    return [*found, *([again] if again else [])]


def estimate(tasks: Sequence[Task], took: Mapping[Task, float], jobs: int) -> float | None:
    """Return the seconds that the tasks without an answer take; None until the probes are back."""
    measured = probes(tasks)
    if not measured or any(t not in took for t in measured):
        return None
    start = tasks[0][0]
    first = [took[t] for t in measured if t[0] == start][-1]
    again = took[measured[-1]]
    left = (first if t[0] == start else again for t in tasks if t not in took)
    return sum(left) / max(1, jobs)
