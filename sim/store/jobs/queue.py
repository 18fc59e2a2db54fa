"""The queue: one job at a time, first come first served, stopped gently and then firmly."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from sim.core.errors import BadInput
from sim.store.jobs import record
from sim.store.jobs.record import Job
from sim.store.jobs.status import Status, status_of
from sim.store.runs import default_root
from sim.store.runs.manifest import MANIFEST
from sim.store.runs.progress import ask_to_stop, born

GENTLE, FIRM = 5.0, 15.0  #: seconds after which a wish to stop becomes a signal, then an end
PULSE, IDLE = 0.4, 1.0  #: seconds between two looks at a queue with and without work
MOST = 20  #: jobs that may wait
MOST_EACH = 5  #: jobs of one visitor of the app among them
RECENT = 3_600.0  #: seconds for which a visitor's jobs count when the next one is chosen
#: Verbs that go on by their own words, and what these lack for it.
GOES_ON: dict[str, tuple[str, ...]] = {"response": ()} | dict.fromkeys(
    ("sweep", "sensitivity", "explain", "pilot", "tune"), ("--resume",)
)

try:
    import fcntl
except ImportError:  # a system without file locks: there the queue serves one app only
    fcntl = None  # type: ignore[assignment]


_LEFT_IN_PLAY: list[subprocess.Popen[bytes]] = []  # still ours to fetch once the queue is gone


def fair(waiting: Sequence[Job], jobs: Sequence[Job]) -> Job:
    """Return who is next: what somebody waits for, then who had least of late, then who came first.

    One visitor with twenty jobs does not keep the others waiting until all are done.
    """
    since = time.time() - RECENT
    had = Counter(job.owner for job in jobs if job.step != "queued" and job.since > since)
    return min(waiting, key=lambda job: (job.later, had[job.owner], *job.place[1:]))


class Queue:
    """The jobs of one folder of runs. Several apps may share the folder; they share the queue."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = (default_root() if root is None else Path(root)).absolute()
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._here = threading.RLock()
        self._wake, self._closed = threading.Event(), threading.Event()
        self._tender: threading.Thread | None = None

    # --- what a page asks ------------------------------------------------------------------------

    def submit(
        self, words: Sequence[str], *, out: bool = True, owner: str = "", later: bool = False
    ) -> str:
        """Put ``dunning WORDS --out FOLDER`` in the queue and return the run's name.

        With *out* False the words stand alone: a job that leaves no run. With *later* it plays
        when nothing else does, as trials that nobody waits for.

        Raises
        ------
        BadInput
            Where too many wait already.
        """
        end = ("--out", "{folder}") if out else ()
        return self._put((*words, *end), record.new_name(), owner, later=later)

    def resume(self, name: str) -> str:
        """Put the rest of a run that was stopped or broke off in the queue.

        An experiment goes on by its own words: they name what keeps its plays.
        """
        job = record.read(self.root, name)
        verb = job.words[0] if job and job.words else ""
        if job and not (self.root / name / MANIFEST).is_file() and verb == "compare":
            return self._put(job.words, name)  # nothing of it was begun: it is asked as it was
        if job is None or verb not in GOES_ON:
            return self._put(("replay", "{folder}"), name)
        more = (word for word in GOES_ON[verb] if word not in job.words)
        return self._put((*job.words, *more), name)

    def _put(
        self, words: tuple[str, ...], name: str, owner: str = "", *, later: bool = False
    ) -> str:
        if not record.NAME.fullmatch(name):
            raise BadInput("job", "name", name, "the name of a run")
        (self.root / record.SHELF).mkdir(parents=True, exist_ok=True)
        with self._lock():
            jobs = [self._looked_at(job) for job in record.all_of(self.root)]
            if any(job.name == name and job.step != "ended" for job in jobs):
                return name  # it plays or waits already
            waiting = [job for job in jobs if job.step == "queued"]
            if len(waiting) >= MOST:
                raise BadInput("job", "queue", len(waiting), f"at most {MOST} may wait; try later")
            mine = [job for job in waiting if owner and job.owner == owner]
            if len(mine) >= MOST_EACH:
                allowed = f"at most {MOST_EACH} of one visitor may wait; try later"
                raise BadInput("job", "queue", len(mine), allowed)
            filled = tuple(word.replace("{folder}", str(self.root / name)) for word in words)
            record.write(self.root, Job(name, filled, time.time(), owner=owner, later=later))
        self._wake.set()
        return name

    def cancel(self, name: str) -> None:
        """Stop a job: out of the queue at once, in play after the replication it is at."""
        if not (self.root / record.SHELF).is_dir():
            return
        with self._lock():
            job = record.read(self.root, name)
            if job is None or job.step == "ended":
                return
            waits = job.step == "queued"
            record.write(
                self.root, job.with_(stop=time.time(), step="ended" if waits else job.step)
            )
            if not waits:
                ask_to_stop(self.root / name)
        self._wake.set()

    def status(self, name: str) -> Status | None:
        """Return how a run stands; None where nobody knows it."""
        return self.statuses([name])[name]

    def statuses(self, names: Iterable[str]) -> dict[str, Status | None]:
        """Return how each of several runs stands; the jobs are read once for all."""
        jobs = {job.name: job for job in record.all_of(self.root)}
        return {
            name: status_of(self.root, name, jobs) if record.NAME.fullmatch(name) else None
            for name in names
        }

    def live(self) -> list[Status]:
        """Return the job in play, then those that wait."""
        jobs = {job.name: job for job in record.all_of(self.root)}
        open_ = [name for name, job in jobs.items() if job.step != "ended"]
        found = [status_of(self.root, name, jobs) for name in open_]
        return sorted((s for s in found if s and s.live), key=lambda s: s.before)

    def forget(self, name: str) -> None:
        """Remove what is written about a job that has ended."""
        for kind in ("json", "log"):
            record.path(self.root, name, kind).unlink(missing_ok=True)

    # --- what keeps it going ---------------------------------------------------------------------

    def tend(self) -> bool:
        """Fetch what has ended, push what was asked to stop, start what is next.

        Returns
        -------
        bool
            Whether anything plays or waits; nothing does where the folder is not there.
        """
        if not (self.root / record.SHELF).is_dir():
            self._end_children()  # whoever took the folder away took what they play for
            return False
        with self._lock():
            jobs = [self._looked_at(job) for job in record.all_of(self.root)]
            waiting = [job for job in jobs if job.step == "queued"]
            playing = [job for job in jobs if job.step == "started"]
            if waiting and not playing:
                self._start(fair(waiting, jobs))
        return bool(waiting or playing)

    def _looked_at(self, job: Job) -> Job:
        if job.step != "started":
            self._fetched(job.name)
            return job
        if job.player.alive:
            return self._pushed(job)
        code = self._fetched(job.name)
        return record.write(self.root, job.with_(step="ended", code=code))

    def _fetched(self, name: str) -> int | None:
        """Return the exit code of a child that has ended; None where it was another app's.

        Another app on this folder may have noted its end first: it is fetched all the same.
        """
        child = self._children.pop(name, None)
        if child is None:
            return None
        code = child.wait()  # its threads may need a moment after it
        _end_group(child.pid)  # what it left behind
        return code

    def _pushed(self, job: Job) -> Job:
        """Ask again, more firmly, a job that was asked to stop and has not."""
        if not job.stop:
            return job
        ask_to_stop(self.root / job.name)  # the folder may have been born after the wish
        waited = time.time() - job.stop
        if waited > FIRM:
            _end_group(job.pid)
        elif waited > GENTLE and job.pushed == 0:
            with contextlib.suppress(OSError):
                os.kill(job.pid, signal.SIGTERM)
            return record.write(self.root, job.with_(pushed=1))
        return job

    def _start(self, job: Job) -> None:
        with record.path(self.root, job.name, "log").open("wb") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", "sim", *job.words],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                start_new_session=True, env=os.environ | {"DUNNING_RUNS": str(self.root)},
            )  # fmt: skip
        self._children[job.name] = child
        record.write(self.root, job.with_(step="started", pid=child.pid, born=born(child.pid)))

    def keep_tending(self) -> Queue:
        """Tend the queue from a thread of its own until `close`."""
        if self._tender is None:
            self._tender = threading.Thread(target=self._tending, name="queue", daemon=True)
            self._tender.start()
        return self

    def _tending(self) -> None:
        while not self._closed.is_set():
            busy = False
            with contextlib.suppress(OSError):  # the folder went in between, or the disk is full
                busy = self.tend()
            self._wake.wait(PULSE if busy else IDLE)
            self._wake.clear()

    def _end_children(self) -> None:
        """End what this queue started and wait for it."""
        with self._here:
            while self._children:
                _, child = self._children.popitem()
                _end_group(child.pid)
                child.wait()

    def rest(self) -> None:
        """End the thread; what is in play goes on, and any other queue of the folder sees it."""
        self._closed.set()
        self._wake.set()
        if self._tender:
            self._tender.join()
        _LEFT_IN_PLAY.extend(self._children.values())

    def close(self) -> None:
        """End the thread and whatever is in play; what is finished of it stays."""
        self.rest()
        for job in record.all_of(self.root):
            if job.step == "started" and job.player.alive:
                _end_group(job.pid)
        self._end_children()

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        """Keep other threads and other apps on this folder out."""
        with self._here, (self.root / record.SHELF / "lock").open("w") as file:
            if fcntl:
                fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _end_group(pid: int) -> None:
    """End a job's process and all that it started."""
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)
