"""One call in a process of its own, with limits of memory and time.

What strangers hand in is read where it can do no harm: a file that unfolds to gigabytes ends that
process and nothing else, and what the process took is given back with it.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from sim.core.errors import BadInput
from sim.play.workers.processes import CONTEXT, get_ready, started

MEMORY = 1_500_000_000  #: bytes beyond what the process has when it begins
SECONDS = 60.0


def bounded(
    what: str, warm: str, function: Callable[..., Any], *given: Any,
    memory: int = MEMORY, seconds: float = SECONDS,
) -> Any:  # fmt: skip
    """Return ``function(*given)``, called elsewhere.

    Parameters
    ----------
    what
        What a refusal names.
    warm
        Module that holds the function.

    Raises
    ------
    BadInput
        Where it took more than *memory* bytes or more than *seconds*, or refused itself.
    """
    get_ready(warm, plays=False)
    ours, theirs = CONTEXT.Pipe()
    process = started(_called, (theirs, function, given, memory, seconds))
    theirs.close()
    try:
        if not ours.poll(seconds + 5.0):
            raise BadInput(what, "seconds", f"more than {seconds:g}", f"at most {seconds:g}")
        answer, error = ours.recv()
    except (EOFError, OSError):
        allowed = f"what can be read with {memory // 1_000_000} MB in {seconds:g} s"
        raise BadInput(what, "", "too large", allowed) from None
    finally:
        process.kill()
        process.join()
        ours.close()
    if error is not None:
        raise error
    return answer


def _called(
    pipe: Connection, function: Callable[..., Any], given: Any, memory: int, seconds: float
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit(memory, seconds)
    try:
        answer: tuple[Any, Exception | None] = function(*given), None
    except MemoryError:
        return  # the pipe closes, which says it
    except Exception as error:
        answer = None, error
    with suppress(MemoryError, OSError):
        pipe.send(answer)


def _limit(memory: int, seconds: float) -> None:
    """Bound this process, where the system knows how."""
    try:
        import resource
    except ImportError:
        return
    with open("/proc/self/statm", encoding="ascii") as facts:
        now = int(facts.read().split()[0]) * resource.getpagesize()
    for kind, most in (
        (resource.RLIMIT_AS, now + memory),
        (resource.RLIMIT_CPU, int(seconds) + 1),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))
