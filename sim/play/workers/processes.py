"""Processes of this machine, each on its own.

A pool of processes breaks as a whole when one of them dies, and nobody can say whose task it
was. So every worker here has a pipe and a thread that attends to it: when it dies, its own task
is lost and no other.

Workers are forked from a server that has imported what they need, and runs no thread that a fork
could hurt; where the system has no such server, each is started anew.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from importlib import import_module
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread
from types import ModuleType
from typing import Any, NamedTuple, Self

import cloudpickle

from sim.core import garbage
from sim.play.workers import TRIES, Answers, Lost, Task, Told, Work, litter

#: One worker per core: libraries that start threads of their own would only get in the way.
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS",
     "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)  # fmt: skip
SERVED = "forkserver" in multiprocessing.get_all_start_methods()
CONTEXT: Any = multiprocessing.get_context("forkserver" if SERVED else "spawn")
WARMED = "sim.play.workers.warmed"
_STARTING = Lock()
ORPHANED = 255  #: exit code of a process whose server died before it
STARTS = 10  #: tries to start a worker
PAUSE = 0.1  #: seconds after which it is tried again, then more


def get_ready(warm: str, *, plays: bool = True) -> None:
    """Start the server of workers, so that it imports the module *warm* while others go on.

    With *plays* it also loads what each worker that plays would load for itself.
    """
    litter.settle_in()
    if SERVED:
        from multiprocessing import forkserver

        CONTEXT.set_forkserver_preload([warm, *([WARMED] if plays else [])])
        with _STARTING, _environment(ONE_THREAD):
            forkserver.ensure_running()


@contextmanager
def _environment(changes: Mapping[str, str]) -> Iterator[None]:
    """Change the environment for a process that is started now."""
    before = dict(os.environ)
    os.environ.update(changes)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _without_script() -> Iterator[None]:
    """Hide the script that runs: a worker needs nothing of it, and importing it would ask again."""
    script = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script


def started(target: Any, given: tuple[Any, ...]) -> Any:
    """Return a process that calls *target*; it ends with this one."""
    for attempt in range(STARTS):
        process = CONTEXT.Process(target=target, args=given, daemon=True)
        try:
            with _STARTING, _without_script(), _environment(ONE_THREAD):
                process.start()
        except (EOFError, OSError):  # the server of workers died: another one is started
            if attempt == STARTS - 1:
                raise
            time.sleep(PAUSE * (attempt + 1))
        else:
            break
    return process


class _Ready(NamedTuple):
    task: Task
    answer: Any


class _Died(NamedTuple):
    task: Task
    reason: str


class _Left(NamedTuple):
    """An attendant has nothing more to do, or cannot go on."""

    error: BaseException | None


class Processes:
    """Workers of this machine; they start, and import what they need, when the crew is made.

    Parameters
    ----------
    number
        Processes.
    warm
        Name of the module that holds the work.
    """

    shares_cache = True

    def __init__(self, number: int, warm: str) -> None:
        get_ready(warm)
        self._place = tempfile.TemporaryDirectory(
            prefix=litter.prefix(), ignore_cleanup_errors=True
        )
        self._works = count()
        self._workers = [_Worker(warm) for _ in range(number)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        for worker in self._workers:
            worker.leave()
        self._place.cleanup()

    def answers(self, work: Work, tasks: Iterable[Task], told: Told) -> Answers:
        """Yield each task with its answer, in the order in which they become ready."""
        path = Path(self._place.name) / f"work-{next(self._works)}"
        path.write_bytes(cloudpickle.dumps(work))
        news: SimpleQueue[_Ready | _Died | _Left] = SimpleQueue()
        offer = _Offer(tasks)
        for worker in self._workers:
            Thread(target=_attend, args=(worker, str(path), offer, news), daemon=True).start()
        busy = len(self._workers)
        try:
            while busy:
                item = news.get()
                if isinstance(item, _Ready):
                    yield item
                elif isinstance(item, _Died):
                    told(item.task, item.reason)
                elif item.error is not None:
                    raise item.error
                else:
                    busy -= 1
        finally:
            offer.close()


class _Offer:
    """Tasks on offer to several threads: each is taken once."""

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._tasks, self._lock = iter(tasks), Lock()

    def __iter__(self) -> Iterator[Task]:
        return self

    def __next__(self) -> Task:
        with self._lock:
            return next(self._tasks)

    def close(self) -> None:
        """Take what is left off the offer."""
        with self._lock:
            self._tasks = iter(())


def _attend(worker: _Worker, path: str, offer: _Offer, news: SimpleQueue[Any]) -> None:
    """Hand a worker one task after the other, and bring what comes of it."""
    try:
        for task in offer:
            news.put(_Ready(task, _answered(worker, path, task, news)))
    except BaseException as error:
        news.put(_Left(error))
    else:
        news.put(_Left(None))


def _answered(worker: _Worker, path: str, task: Task, news: SimpleQueue[Any]) -> Any | Lost:
    """Return the answer, from a new worker where one died."""
    attempt, orphans = 0, 0
    while attempt < TRIES:
        try:
            return worker.answer(path, task)
        except (EOFError, OSError):  # nobody at the other end of the pipe
            if worker.left:
                raise
            reason = f"its worker died ({worker.last_word()})"
            if worker.orphaned and orphans < STARTS:  # its server's death is no fault of the task
                orphans += 1
                worker.start()
                continue
            attempt += 1
            again = "; it is repeated" if attempt < TRIES else ""
            news.put(_Died(task, f"{reason} at try {attempt} of {TRIES}{again}"))
            worker.start()
    return Lost(f"{reason}, {TRIES} times in a row")


class _Worker:
    """One process, and another in its place when it dies."""

    def __init__(self, warm: str) -> None:
        self._warm, self._lock, self.left = warm, Lock(), False
        self.start()

    def start(self) -> None:
        """Start a process, unless the crew is leaving."""
        with self._lock:
            if self.left:
                return
            self._pipe, theirs = CONTEXT.Pipe()
            try:
                self._process = started(_serve, (theirs, self._warm, os.environ | ONE_THREAD))
            finally:
                theirs.close()

    def answer(self, path: str, task: Task) -> Any:
        """Return the answer of the work in *path*, or raise what it raised."""
        self._pipe.send((path, task))
        answer, error = self._pipe.recv()
        if error is not None:
            raise error
        return answer

    def last_word(self) -> str:
        """Return how the process ended."""
        self._process.join()
        code = self._process.exitcode
        with suppress(ValueError):
            return signal.Signals(-code).name
        return f"exit code {code}"

    @property
    def orphaned(self) -> bool:
        """Whether the server of workers died before the process."""
        return bool(self._process.exitcode == ORPHANED)

    def leave(self) -> None:
        """End the process, whatever it is at."""
        with self._lock:
            self.left = True
            with suppress(ValueError, OSError, AttributeError):  # one that never began
                if self._process.exitcode == ORPHANED:  # nobody can say whether it has ended
                    os.kill(self._process.pid, signal.SIGKILL)
                self._process.kill()
                self._process.join()
                self._process.close()
            self._pipe.close()


# --- in the worker -------------------------------------------------------------------------------


def _serve(pipe: Connection, warm: str, surroundings: Mapping[str, str]) -> None:
    """Answer one task after the other, until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the master's
    os.environ.update(surroundings)
    Thread(target=_follow, daemon=True).start()
    garbage.walk_seldom()
    import_module(warm)
    garbage.keep_what_is_there()
    with suppress(EOFError):
        while True:
            path, task = pipe.recv()
            pipe.send(_reply(path, task))


def _follow() -> None:
    """End this process once its master is gone: a killed one cannot say goodbye."""
    if master := multiprocessing.parent_process():
        master.join()
        os._exit(1)


def _reply(path: str, task: Task) -> tuple[Any, Exception | None]:
    try:
        return _work(path)(task), None
    except Exception as error:
        return None, error


@lru_cache(maxsize=1)
def _work(path: str) -> Work:
    found: Work = cloudpickle.loads(Path(path).read_bytes())
    return found
