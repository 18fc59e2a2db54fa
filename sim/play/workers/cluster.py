"""Workers of a Dask cluster.

Dask gives the tasks of a lost worker to the others by itself. What the tasks share is a task of
its own, so that it, too, is made again when the worker that held it is gone.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import count, islice
from typing import Any, Self
from uuid import uuid4

import cloudpickle

from sim.core.errors import BadInput
from sim.play.workers import Answers, Lost, Task, Told, Work

PATIENCE = 5  #: seconds within which a scheduler answers
MUSTER = 30  #: seconds within which its first worker comes
AHEAD = 2  #: tasks handed out per thread: one at work, one waiting


def dask(where: str, value: str) -> Any:
    """Return `distributed`, or say how to get it."""
    try:
        import distributed
    except ImportError:
        allowed = "needs Dask: pip install 'dunning-lab[cluster]'"
        raise BadInput(where, "", value, allowed) from None
    return distributed


def address(where: str, text: str) -> str:
    """Return *text*, if it can be the address of a scheduler."""
    if not re.fullmatch(r"(tcp|tls)://([^\s:/]+|\[[0-9a-fA-F:]+\]):[0-9]{1,5}", text):
        raise BadInput(where, "", text, "the address of a Dask scheduler, such as tcp://host:8786")
    return text


def open_to_others(text: str) -> bool:
    """Tell whether tasks travel in the clear to another machine."""
    host = text.partition("://")[2].rpartition(":")[0].strip("[]")
    return text.startswith("tcp://") and host not in ("localhost", "::1", "127.0.0.1")


def dashboard(where: str, text: str) -> str:
    """Return the dashboard's address of the scheduler at *text*, if it answers and has workers."""
    with Cluster(text, where) as found:
        return found.dashboard


@contextmanager
def local(where: str, number: int) -> Iterator[tuple[str, str]]:
    """Lend a cluster of *number* workers on this machine: its address and its dashboard's."""
    distributed = dask(where, str(number))
    with distributed.LocalCluster(
        n_workers=number, threads_per_worker=1, processes=True, host="127.0.0.1",
        scheduler_port=0, dashboard_address="127.0.0.1:0", silence_logs=logging.ERROR,
    ) as found:  # fmt: skip
        yield str(found.scheduler_address), str(found.dashboard_link)


class Cluster:
    """Workers of the Dask cluster at *text*.

    Raises
    ------
    BadInput
        No Dask here, no scheduler there, or none that has workers; *where* names the option.
    """

    shares_cache = False

    def __init__(self, text: str, where: str = "cluster") -> None:
        self._where, self._text = where, address(where, text)
        distributed = dask(where, text)
        self._killed = distributed.scheduler.KilledWorker
        self._as_completed = distributed.as_completed
        if text.startswith("tls://") and not _certified(distributed):
            raise self._refused("a certificate in Dask's configuration (distributed.comm.tls)")
        try:
            self._client = distributed.Client(text, timeout=PATIENCE, set_as_default=False)
        except (OSError, ValueError) as error:
            raise self._refused(f"a scheduler that answers ({_first_line(error)})") from None
        try:
            self._client.wait_for_workers(1, timeout=MUSTER)
        except TimeoutError:
            self._client.close()
            raise self._refused("a scheduler that has a worker") from None
        self.dashboard = str(self._client.dashboard_link)

    def _refused(self, allowed: str) -> BadInput:
        return BadInput(self._where, "", self._text, allowed)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self._client.close()

    def answers(self, work: Work, tasks: Iterable[Task], told: Told) -> Answers:
        """Yield each task with its answer, in the order in which they become ready."""
        run = uuid4().hex
        shared = self._client.submit(
            cloudpickle.loads, cloudpickle.dumps(work), key=f"shared-{run}", pure=False
        )
        offer, numbers = iter(tasks), count()
        asked: dict[Any, Task] = {}
        seen: set[str] = set()

        def handed_out() -> list[Any]:
            """Hand out as many tasks as keep every thread busy."""
            here = self._client.nthreads()
            for gone in sorted(seen - set(here)):
                told(None, f"worker {gone} left; what it was at is done by others")
            seen.intersection_update(here)
            seen.update(here)
            room = AHEAD * max(1, sum(here.values())) - len(asked)
            fresh = []
            for task in islice(offer, max(0, room)):
                number = next(numbers)
                future = self._client.submit(
                    _answer, shared, task, key=f"{_word(task)}-{number}-{run}", pure=False,
                    priority=-number,
                )  # fmt: skip
                asked[future] = task
                fresh.append(future)
            return fresh

        ready = self._as_completed(handed_out(), loop=self._client.loop)
        for future in ready:
            task, answer = asked.pop(future), self._answer_of(future)
            ready.update(handed_out())
            yield task, answer

    def _answer_of(self, future: Any) -> Any | Lost:
        try:
            return future.result()
        except self._killed as error:
            return Lost(f"its worker died again and again ({_first_line(error)})")
        except ModuleNotFoundError as error:
            allowed = f"workers on which dunning-lab is installed ({_first_line(error)})"
            raise self._refused(allowed) from None
        except Exception:
            if future.cancelled():
                raise self._refused("a scheduler that stays within reach") from None
            raise


def _certified(distributed: Any) -> bool:
    """Tell whether Dask has a certificate with which to ask."""
    return distributed.Security().get_connection_args("client").get("ssl_context") is not None


def _answer(work: Callable[[Task], Any], task: Task) -> Any:
    return work(task)


def _word(task: Task) -> str:
    """Name a task for the dashboard, which groups tasks by what stands before the first dash."""
    return str(task[-1]) if isinstance(task, tuple) else str(task)


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
