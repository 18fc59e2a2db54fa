"""A sweep played: every point, strategy and replication a row, whatever comes of it.

Replication by replication through all points, so that what is stopped early is balanced. Each
answer goes to a journal beside the file at once; a sweep that was killed goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from sim.strategies import named
from sim.sweep.design import Design
from sim.sweep.keeping import Journal, about_of, begin, finish, key_of
from sim.sweep.plans import points_of
from sim.sweep.table import Row, Sweep, tidy
from sim.sweep.worlds import Measures, Play, Simulator, check
from sim.workers import Alone, Crew, Lost

Task = tuple[int, int, tuple[str, ...]]  #: replication, point, strategies
Answer = dict[str, Measures | str]  #: by strategy: measures, or why there are none


@dataclass(frozen=True)
class Points:
    """All that the tasks of a sweep share; a worker gets it once."""

    points: tuple[dict[str, Any], ...]
    play: Play

    def __call__(self, task: Task) -> Answer:
        """Play the strategies of one replication at one point; what breaks off is a reason."""
        replication, point, strategies = task
        return {s: self._one(self.points[point], s, replication) for s in strategies}

    def _one(self, inputs: Mapping[str, Any], strategy: str, replication: int) -> Measures | str:
        try:
            return self.play(inputs, strategy, replication)
        except Exception as error:
            return f"{type(error).__name__}: {error}"


def sweep(
    design: Design,
    out: str | Path | None = None,
    *,
    resume: bool = False,
    jobs: int = 1,
    play: Play | None = None,
    progress: Callable[[int, int], None] | None = None,
    command: str = "",
) -> Sweep:
    """Play a design and return its rows.

    Parameters
    ----------
    design
        What is asked.
    out
        Parquet file, new; beside it the same name with ``.design.json``. Nothing is kept where
        None.
    resume
        Go on with what *out* holds of the same design; rows there are not repeated.
    jobs
        Processes.
    play
        What stands where the simulator stands; the simulator where None.
    progress
        Called with finished and planned replications of a strategy at a point.
    command
        The command line that asks the same.

    Raises
    ------
    BadInput
        A design that cannot be played, or a file that is in the way.
    KeyboardInterrupt
        On Ctrl-C; what is finished is kept in *out*.
    """
    if play is None:
        check(design)
    place = Path(out) if out is not None else None
    about = about_of(design, place, command, simulated=play is None)
    rows = {key_of(row): row for row in begin(place, about, resume=resume)}
    names = [_name(s, play) for s in design.strategies]
    points = points_of(design)
    work = Points(_records(points), play or Simulator(design))
    planned = len(points) * len(names) * design.replications

    def result() -> Sweep:
        found = Sweep(design, about, tidy(design, points, names, rows.values()))
        if place is not None:
            finish(place, about, found.table, complete=len(rows) == planned)
        return found

    tasks = _tasks(design, len(points), names, rows)
    with Journal(place) as journal, _crew(min(jobs, len(tasks))) as crew:
        try:
            if progress:
                progress(len(rows), planned)
            for more in _played(
                crew, work, tasks, dict(zip(names, design.strategies, strict=True))
            ):
                journal.add(more)
                rows |= {key_of(row): row for row in more}
                if progress:
                    progress(len(rows), planned)
        except KeyboardInterrupt:
            result()
            raise
    return result()


def _records(points: pd.DataFrame) -> tuple[dict[str, Any], ...]:
    """Return the points as plain dictionaries of plain numbers."""
    return tuple({str(k): v for k, v in row.items()} for row in points.to_dict(orient="records"))


def _name(strategy: str, play: Play | None) -> str:
    return strategy if play is not None else named(strategy).name


def _tasks(
    d: Design, points: int, names: list[str], done: Mapping[tuple[int, str, int], Row]
) -> list[Task]:
    """Return what is not done yet, replication by replication through all points."""
    found = []
    for r in range(d.replications):
        for p in range(points):
            if lacking := tuple(s for s in names if (p, s, r) not in done):
                found.append((r, p, lacking))
    return found


def _played(
    crew: Crew, work: Points, tasks: Iterable[Task], asked: Mapping[str, str]
) -> Iterator[list[Row]]:
    """Yield the rows of each task; where every worker died, its reason is what they hold."""
    back = {text: name for name, text in asked.items()}
    typed = ((r, p, tuple(asked[s] for s in names)) for r, p, names in tasks)
    with closing(crew.answers(work, typed, lambda task, reason: None)) as answers:
        for (replication, point, strategies), answer in answers:
            if isinstance(answer, Lost):
                answer = dict.fromkeys(strategies, answer.reason)
            yield [
                Row(point, back[s], replication, {}, told)
                if isinstance(told, str)
                else Row(point, back[s], replication, dict(told))
                for s, told in answer.items()
            ]


def _crew(jobs: int) -> Crew:
    if jobs > 1:
        from sim.workers.processes import Processes

        return Processes(jobs, warm=Simulator.__module__)
    return Alone()


__all__ = ["Points", "sweep"]
