"""A sweep played: every point, strategy and replication a row, whatever comes of it.

Replication by replication through all points, so that what is stopped early is balanced. Each
answer goes to a journal beside the file at once; a sweep that was killed goes on from there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from sim.experiments.sweep import pace
from sim.experiments.sweep.design import Design
from sim.experiments.sweep.journal import Journal
from sim.experiments.sweep.keeping import about_of, begin, finish, journal_of, key_of
from sim.experiments.sweep.plans import points_of
from sim.experiments.sweep.table import Row, Sweep, tidy
from sim.experiments.sweep.worlds import Measures, Play, Simulator, check
from sim.play.own_book import book_of
from sim.play.workers import Crew, Lost
from sim.play.workers.hiring import crew
from sim.strategies import named

Task = tuple[int, int, tuple[str, ...]]  #: replication, point, strategies
Answer = dict[str, Measures | str]  #: by strategy: measures, or why there are none
Clock = Callable[[], float]


@dataclass(frozen=True)
class Points:
    """All that the tasks of a sweep share; a worker gets it once."""

    points: tuple[dict[str, Any], ...]
    play: Play
    clock: Clock = time.perf_counter

    def __call__(self, task: Task) -> tuple[Answer, float]:
        """Play the strategies of one replication at one point, and say how many seconds it took.

        What breaks off is a reason.
        """
        replication, point, strategies = task
        begun = self.clock()
        found = {s: self._one(self.points[point], s, replication) for s in strategies}
        return found, self.clock() - begun

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
    foretell: Callable[[float], None] | None = None,
    clock: Clock = time.perf_counter,
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
    foretell
        Called once with the seconds that are left, as soon as the first plays tell.
    clock
        What tells the seconds.

    Raises
    ------
    BadInput
        A design that cannot be played, or a file that is in the way.
    KeyboardInterrupt
        On Ctrl-C; what is finished is kept in *out*.
    """
    if play is None:
        check(design)
        play = Simulator(design, book_of(design))
        simulated = True
    else:
        simulated = False
    place = Path(out) if out is not None else None
    about = about_of(design, place, command, simulated=simulated)
    rows = {key_of(row): row for row in begin(place, about, resume=resume)}
    names = [named(s).name if simulated else s for s in design.strategies]
    points = points_of(design)
    work = Points(_records(points), play, clock)
    planned = len(points) * len(names) * design.replications
    tasks, begun = _tasks(design, len(points), names, rows), clock()
    jobs, took, said = min(jobs, len(tasks)), dict[Task, float](), 0.0

    def result() -> Sweep:
        found = Sweep(design, about, tidy(design, points, names, rows.values()))
        if place is not None:
            finish(place, about, found.table, complete=len(rows) == planned)
        return found

    with Journal(journal_of(place)) as journal, crew(jobs, Simulator.__module__) as hands:
        try:
            if progress:
                progress(len(rows), planned)
            asked = dict(zip(names, design.strategies, strict=True))
            for task, more, seconds in _played(hands, work, tasks, asked):
                journal.add(more)
                rows |= {key_of(row): row for row in more}
                took[task] = seconds
                if progress:
                    progress(len(rows), planned)
                if not said and (left := pace.estimate(tasks, took, jobs)) is not None:
                    said = clock() - begun + left
                    if foretell:
                        foretell(left)
        except KeyboardInterrupt:
            result()
            raise
    return replace(result(), seconds=pace.Seconds(said, clock() - begun) if said else None)


def _records(points: pd.DataFrame) -> tuple[dict[str, Any], ...]:
    """Return the points as plain dictionaries of plain numbers."""
    return tuple({str(k): v for k, v in row.items()} for row in points.to_dict(orient="records"))


def _tasks(
    d: Design, points: int, names: list[str], done: Mapping[tuple[int, str, int], Row]
) -> list[Task]:
    """Return what is not done yet, replication by replication through all points."""
    found = []
    for r in range(d.replications):
        for p in range(points):
            if lacking := tuple(s for s in names if (p, s, r) not in done):
                found.append((r, p, lacking))
    probes = pace.probes(found)
    return [*probes, *(task for task in found if task not in probes)]


def _played(
    hands: Crew, work: Points, tasks: Sequence[Task], asked: Mapping[str, str]
) -> Iterator[tuple[Task, list[Row], float]]:
    """Yield each task, its rows and seconds; where every worker died, its reason is what they hold.

    The probes go one by one, so that none waits for what another makes ready. A worker knows a
    strategy as it was *asked* for, the rows know its name.
    """
    probes = pace.probes(tasks)
    for part in (*([task] for task in probes), tasks[len(probes) :]):
        if part:
            yield from _answered(hands, work, part, asked)


def _answered(
    hands: Crew, work: Points, tasks: Sequence[Task], asked: Mapping[str, str]
) -> Iterator[tuple[Task, list[Row], float]]:
    """Yield each task, its rows and seconds."""
    typed = {(r, p, tuple(asked[s] for s in names)): (r, p, names) for r, p, names in tasks}
    with closing(hands.answers(work, typed, lambda task, reason: None)) as answers:
        for at, answer in answers:
            task = (replication, point, names) = typed[at]
            if isinstance(answer, Lost):
                answer = dict.fromkeys(at[2], answer.reason), 0.0
            told, seconds = answer
            rows = [
                Row(point, s, replication, {}, one)
                if isinstance(one, str)
                else Row(point, s, replication, dict(one))
                for s, one in zip(names, told.values(), strict=True)
            ]
            yield task, rows, seconds


__all__ = ["Points", "sweep"]
