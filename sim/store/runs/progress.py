"""How far a run is, who plays it, and whether it is asked to stop: two small files in its folder.

The one who plays writes ``progress.json`` after each replication; anybody may read it, and may
put a file ``cancel`` beside it, which is looked for at the same moments.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

from sim.core.errors import BadInput
from sim.core.intake import Field, Form, kept_as
from sim.store.runs import disk

try:
    import fcntl
except ImportError:  # a system without file locks
    fcntl = None  # type: ignore[assignment]

PROGRESS, CANCEL, LOCK = "progress.json", "cancel", ".playing"


class Player(NamedTuple):
    """A process, told apart from a later one with the same number by when it was born."""

    pid: int
    born: str

    @property
    def alive(self) -> bool:
        """Whether the process still runs; one that has ended and waits to be fetched does not."""
        return self.pid > 0 and born(self.pid) == self.born


class Progress(NamedTuple):
    """How far a run is: plays (replications times strategies) finished and planned.

    `began` and `before` are the time (seconds since 1970) and the plays finished when this player
    had finished its first one, from which the speed follows: seasoning and fitting come before.
    """

    done: int
    planned: int
    pid: int
    born: str
    began: float
    before: int
    updated: float

    @property
    def player(self) -> Player:
        """The process that plays."""
        return Player(self.pid, self.born)

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the end at the speed so far; None before there is any."""
        if self.done <= self.before or self.updated <= self.began:
            return None
        pace = (self.updated - self.began) / (self.done - self.before)
        return max(0.0, pace * (self.planned - self.done) - (time.time() - self.updated))


class ProgressForm(Form):
    """The form of the file."""

    done: int = Field(ge=0)
    planned: int = Field(ge=0)
    pid: int
    born: str
    began: float
    before: int = Field(ge=0)
    updated: float


def born(pid: int) -> str:
    """Return when a running process began, in the system's own measure; empty if none runs."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if words[0] in "ZX" else words[19]
    except (OSError, IndexError):
        return "" if Path("/proc/self/stat").exists() else _answers(pid)


def _answers(pid: int) -> str:
    """Tell whether a process runs where the system has no /proc; its birth stays unknown."""
    try:
        os.kill(pid, 0)
    except PermissionError:
        return "unknown"
    except OSError:
        return ""
    return "unknown"


def told(
    folder: Path, also: Callable[[int, int], None] | None = None
) -> Callable[[int, int], None]:
    """Return a function that writes down (finished, planned) and stops the run where asked to.

    Raises
    ------
    KeyboardInterrupt
        Out of the returned function, when the folder holds the file that asks to stop.
    """
    me = Player(os.getpid(), born(os.getpid()))
    first: list[tuple[float, int]] = []

    def report(done: int, planned: int) -> None:
        now = time.time()
        if not first or (len(first) == 1 and done > first[0][1]):
            first.append((now, done))  # again with the first play: what was before it is no pace
        body = Progress(done, planned, *me, *first[-1], now)
        disk.write(folder / PROGRESS, json.dumps(body._asdict()))
        if also:
            also(done, planned)
        if (folder / CANCEL).exists():
            raise KeyboardInterrupt

    return report


def heard(folder: Path) -> Progress | None:
    """Return how far the run in *folder* is; None where nothing readable is written."""
    found = kept_as(ProgressForm, folder / PROGRESS)
    return Progress(**dict(found)) if found else None


def ask_to_stop(folder: Path) -> bool:
    """Ask the run in *folder* to stop after this replication; False where there is no folder."""
    with contextlib.suppress(OSError):
        (folder / CANCEL).touch()
        return True
    return False


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let one process at a time play the run in *folder*; a second one is refused.

    The lock goes with its process, however that ends.
    """
    if fcntl is None:
        yield
        return
    with _locked(folder / LOCK) as file:
        file.truncate(0)
        file.write(f"process {os.getpid()}")
        file.flush()
        yield
        (folder / LOCK).unlink(missing_ok=True)


@contextlib.contextmanager
def _locked(place: Path) -> Iterator[TextIO]:
    """Lend the lock's file, of which nobody else has hold."""
    while True:
        with place.open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                holder = file.read(40).strip() or "another process"
                allowed = "one process at a time; wait until it has ended"
                raise BadInput(place.parent, "played by", holder, allowed) from None
            with contextlib.suppress(FileNotFoundError):
                if os.stat(place).st_ino == os.fstat(file.fileno()).st_ino:
                    yield file
                    return
            # The one before removed it between our opening and our locking: once more.


def clear(folder: Path) -> None:
    """Take back an earlier wish to stop, before a run goes on."""
    (folder / CANCEL).unlink(missing_ok=True)
