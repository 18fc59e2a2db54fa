"""Temporary folders that name the process that made them, so that the next one can sweep up.

A process that is killed leaves its folders behind. Whoever starts next removes those whose maker
is gone; what belongs to a process that runs, or to another user, is never touched.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import shutil
import socket
import tempfile
import time
from functools import cache
from multiprocessing import process
from pathlib import Path
from typing import Any

OURS = re.compile(r"dunning-(\d+)-.*")
HOUR = 3_600.0  #: seconds after which a folder of sockets that nobody answers on is litter


def prefix() -> str:
    """Return how the name of a temporary folder of this process begins."""
    return f"dunning-{os.getpid()}-"


@contextlib.contextmanager
def _whatever_happens() -> Any:
    """Let another process be faster, or the system refuse: sweeping is a courtesy."""
    with contextlib.suppress(OSError, ValueError):
        yield


@cache
def settle_in() -> None:
    """Sweep up once, and let the sockets of this process's workers lie in a folder with its name.

    `multiprocessing` would call it ``pymp-`` and chance, and nobody could tell whose it was.
    """
    sweep()
    place = tempfile.mkdtemp(prefix=prefix())
    process.current_process()._config.setdefault("tempdir", place)  # type: ignore[attr-defined]
    atexit.register(shutil.rmtree, place, ignore_errors=True)


def sweep() -> None:
    """Remove what processes that are gone have left."""
    with _whatever_happens():
        for path in Path(tempfile.gettempdir()).iterdir():
            if (path.name.startswith(("dunning-", "pymp-"))) and _is_litter(path):
                shutil.rmtree(path, ignore_errors=True)


def _is_litter(path: Path) -> bool:
    with _whatever_happens():
        if not path.is_dir() or path.is_symlink() or not _mine(path):
            return False
        if found := OURS.fullmatch(path.name):
            return not _runs(int(found[1]))
        old = time.time() - path.stat().st_mtime > HOUR
        return old and not any(_answers(file) for file in path.glob("listener-*"))
    return False


def _mine(path: Path) -> bool:
    return not hasattr(os, "getuid") or path.stat().st_uid == os.getuid()


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _answers(place: Path) -> bool:
    """Tell whether anybody listens at a socket."""
    with socket.socket(socket.AF_UNIX) as door:
        door.settimeout(0.5)
        try:
            door.connect(str(place))
        except OSError:
            return False
    return True
