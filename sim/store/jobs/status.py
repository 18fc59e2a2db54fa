"""What is known of a run by its name: from its job, its folder, and the process behind them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from sim.core.errors import BadInput
from sim.store.jobs import record
from sim.store.jobs.record import Job
from sim.store.runs import RunFolder
from sim.store.runs.index import Head
from sim.store.runs.progress import Progress, heard

LIVE = ("queued", "running", "stopping")


class Status(NamedTuple):
    """How a run stands.

    `state` is queued, running, stopping, complete, cancelled, interrupted or failed. `done` and
    `planned` count plays, a play being one replication of one strategy; `runs` and `runs_planned`
    count replications finished for all strategies. `before` is the number of jobs ahead in the
    queue; `reason` is the last line of a failed job.
    """

    name: str
    state: str
    done: int = 0
    planned: int = 0
    runs: int = 0
    runs_planned: int = 0
    seconds_left: float | None = None
    before: int = 0
    reason: str = ""

    @property
    def live(self) -> bool:
        """Whether it may still change by itself."""
        return self.state in LIVE


def status_of(root: Path, name: str, jobs: Mapping[str, Job]) -> Status | None:
    """Return how the run *name* stands; None where nobody knows it."""
    job = jobs.get(name)
    folder = RunFolder(root / name)
    if job and job.step == "queued":
        playing = [j for j in jobs.values() if j.step == "started" and j.player.alive]
        ahead = len(playing) + sum(
            1 for j in jobs.values() if j.step == "queued" and j.place < job.place
        )
        left = _wait(root, playing) if ahead == len(playing) else None
        return _counted(Status(name, "queued", before=ahead), folder)._replace(seconds_left=left)
    if job and job.step == "started" and job.player.alive:
        return _counted(Status(name, "stopping" if job.stop else "running"), folder)
    try:
        state = folder.head.state if record.NAME.fullmatch(name) else ""
    except BadInput:
        state = ""
    if state in ("complete", "cancelled"):
        return _counted(Status(name, state), folder)
    if state == "running":
        return _counted(_left(root, name, job, heard(folder.path)), folder)
    return _gone(root, job) if job else None


def _wait(root: Path, playing: list[Job]) -> float | None:
    """Return about how many seconds the jobs in play still take; None where one does not tell."""
    lefts = [p.seconds_left if (p := heard(root / job.name)) else None for job in playing]
    known = [left for left in lefts if left is not None]
    return sum(known) if len(known) == len(lefts) else None


def _left(root: Path, name: str, job: Job | None, progress: Progress | None) -> Status:
    """Return the state of a run that calls itself running: somebody plays it, or nobody does."""
    if progress and progress.player.alive:
        return Status(name, "running")
    if job and job.code and job.code > 0:
        return Status(name, "failed", reason=record.last_words(root, name))
    return Status(name, "interrupted")


def _gone(root: Path, job: Job) -> Status:
    """Return the state of a job that ended and left no run: before it began, or of another kind."""
    progress = heard(root / job.name)
    if job.code == 0 or (progress and progress.done >= progress.planned > 0):
        return Status(job.name, "complete")
    if job.stop:
        return Status(job.name, "cancelled")
    said = record.last_words(root, job.name)
    # Whose child it was may be another process of the app, or one that is gone: then only what the
    # job said tells a refusal from an interruption.
    if (job.code is None and not said) or (job.code or 0) < 0:
        return Status(job.name, "interrupted")
    return Status(job.name, "failed", reason=said)


def _counted(found: Status, folder: RunFolder) -> Status:
    """Return the status with what is finished of what is planned."""
    try:
        head, counts = folder.head, folder.counts()
        rounds = _rounds(head, folder)
    except BadInput:  # not begun yet, or a job of another kind
        return _heard(found, folder)
    strategies = head.question["strategies"]
    progress = heard(folder.path)
    planned = progress.planned if progress else rounds * len(strategies)
    whole = min((counts.get(name, 0) for name in strategies), default=0)
    left = progress.seconds_left if progress and found.state == "running" else None
    return found._replace(
        done=sum(counts.values()), planned=planned, runs=whole,
        runs_planned=planned // max(1, len(strategies)), seconds_left=left,
    )  # fmt: skip


def _rounds(head: Head, folder: RunFolder) -> int:
    """Return how many replications are planned, or were begun where nobody said a number."""
    asked = head.question.get("replications")
    if isinstance(asked, int):
        return asked
    if head.state != "running":
        return head.rounds
    return max((replication + 1 for _, replication in folder.finished()), default=0)


def _heard(found: Status, folder: RunFolder) -> Status:
    """Return the status with what the job itself says of its progress."""
    if (progress := heard(folder.path)) is None:
        return found
    done, planned = progress.done, progress.planned
    left = progress.seconds_left if found.state == "running" else None
    return found._replace(
        done=done, planned=planned, runs=done, runs_planned=planned, seconds_left=left
    )
