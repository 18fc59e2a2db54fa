"""One job on disk: the words of its command line, and what became of its process."""

from __future__ import annotations

import datetime as dt
import json
import re
import secrets
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from sim.core.intake import Form, kept_as
from sim.store.runs import disk
from sim.store.runs.index import Stamp, stamp_of
from sim.store.runs.progress import Player

SHELF = ".jobs"  #: beside the runs, hidden from their list
NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,80}")  #: no dot, no slash: never another place


@dataclass(frozen=True)
class Job:
    """A job.

    Attributes
    ----------
    name
        Its own and its run folder's; made here, never from a user's text.
    words
        The command line after ``dunning``.
    since
        Seconds since 1970 when it was asked for: its place in the queue.
    step
        ``queued``, ``started`` or ``ended``.
    pid, born
        Its process, once started.
    stop
        Seconds since 1970 when it was asked to stop; 0 if never.
    pushed
        How firmly it was asked so far: 0 by the file, 1 by a signal.
    code
        Exit code, where the process was ours to see it.
    owner
        Session that asked for it; empty for the command line.
    later
        Whether nobody waits for it: it plays when nothing else does.
    """

    name: str
    words: tuple[str, ...]
    since: float
    step: str = "queued"
    pid: int = 0
    born: str = ""
    stop: float = 0.0
    pushed: int = 0
    code: int | None = None
    owner: str = ""
    later: bool = False

    @property
    def place(self) -> tuple[bool, float, str]:
        """Where it stands in the queue: what somebody waits for goes first."""
        return self.later, self.since, self.name

    @property
    def player(self) -> Player:
        """The job's process."""
        return Player(self.pid, self.born)

    def with_(self, **changes: Any) -> Job:
        """Return the job with some entries changed."""
        return replace(self, **changes)


class JobForm(Form):
    """The form of a job's record."""

    name: str
    words: tuple[str, ...]
    since: float
    step: Literal["queued", "started", "ended"] = "queued"
    pid: int = 0
    born: str = ""
    stop: float = 0.0
    pushed: int = 0
    code: int | None = None
    owner: str = ""
    later: bool = False


def new_name() -> str:
    """Return a name that no other run has: the moment, and chance."""
    return f"{dt.datetime.now(dt.UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def path(root: Path, name: str, kind: str = "json") -> Path:
    """Return where a job's record (``json``) or its output (``log``) stands."""
    return root / SHELF / f"{name}.{kind}"


def write(root: Path, job: Job) -> Job:
    """Write a job's record, whole or not at all."""
    file = path(root, job.name)
    file.parent.mkdir(parents=True, exist_ok=True)
    disk.write(file, json.dumps(asdict(job)))
    return job


def read(root: Path, name: str) -> Job | None:
    """Return a job; None where there is none, or none that can be read."""
    if not NAME.fullmatch(name):
        return None
    file = path(root, name)
    found = _read(file, stamp_of(file))
    return found if found and found.name == name else None


@lru_cache(maxsize=4_000)
def _read(file: Path, written: Stamp) -> Job | None:
    """Return a job, read once for as long as its file stays as it is."""
    found = kept_as(JobForm, file) if written[3] else None
    return Job(**dict(found)) if found else None


def all_of(root: Path) -> list[Job]:
    """Return all jobs in the order in which they play."""
    found = (read(root, file.stem) for file in (root / SHELF).glob("*.json"))
    return sorted((job for job in found if job), key=lambda job: job.place)


def last_words(root: Path, name: str) -> str:
    """Return the last line that a job wrote, where its reason stands if it failed."""
    try:
        lines = path(root, name, "log").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
