"""Work for crews to be tested with: it imports next to nothing, so that workers start at once."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from sim.core.errors import BadInput


class Doubling:
    """Doubles a number, notes who did it, and dies at `fatal` as often as asked."""

    def __init__(self, place: Path, fatal: int = -1, deaths: int = 0) -> None:
        self.place, self.fatal, self.deaths = place, fatal, deaths

    def __call__(self, task: int) -> int:
        (self.place / f"{task}-{time.monotonic_ns()}").write_text(str(os.getpid()))
        if task == self.fatal and self.tries(task) <= self.deaths:
            os.kill(os.getpid(), signal.SIGKILL)
        return 2 * task

    def tries(self, task: int) -> int:
        return len(list(self.place.glob(f"{task}-*")))

    @property
    def processes(self) -> set[int]:
        notes = [note.read_text() for note in self.place.iterdir()]
        return {int(note) for note in notes if note}  # who was stopped while noting left none


def refusing(task: int) -> int:
    raise BadInput("file.toml", "key", task, "something else")


def threads(task: int) -> dict[str, str]:
    return {name: number for name, number in os.environ.items() if name.endswith("_THREADS")}


class Dying:
    """Triple a number; the first who tries 7 dies of it."""

    def __init__(self, place: Path) -> None:
        self.tried = place / "tried"

    def __call__(self, task: int) -> int:
        if task == 7 and not self.tried.exists():
            self.tried.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return 3 * task


def greedy(size):
    return len(bytearray(size))


def sleepy(seconds):
    time.sleep(seconds)
