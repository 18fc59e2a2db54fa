"""Who does the work: this process, processes of this machine, or a cluster.

Every crew does the same: it takes tasks in the order in which they are offered and yields each
with its answer as soon as that is ready. What the tasks share travels once per worker, not once
per task. A worker that dies costs the task it was at, which is given to another one.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import Any, NamedTuple, Protocol, Self

TRIES = 3  #: a task is repeated at most twice
Task = Any  #: small and hashable
Work = Callable[[Task], Any]  #: what answers a task; picklable with all that the tasks share
Told = Callable[[Task | None, str], None]  #: takes word of a lost worker, and its task if known


class Lost(NamedTuple):
    """The answer to a task at which every worker died."""

    reason: str


Answers = Generator[tuple[Task, Any | Lost]]


class Crew(Protocol):
    """Those who do the work, until the `with` block ends."""

    shares_cache: bool  #: whether its workers find what this machine's cache holds

    def __enter__(self) -> Self: ...

    def __exit__(self, *failure: object) -> None: ...

    def answers(self, work: Work, tasks: Iterable[Task], told: Told) -> Answers:
        """Yield each task with its answer, in the order in which they become ready."""


class Alone:
    """The process that asks."""

    shares_cache = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        """Nobody is left behind."""

    def answers(self, work: Work, tasks: Iterable[Task], told: Told) -> Answers:
        """Yield each task with its answer, in order."""
        for task in tasks:
            yield task, work(task)
