"""Things that can be made again: kept on disk under a key that names all they depend on."""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any


def folder() -> Path:
    """Folder of the cache: ``DUNNING_CACHE``, or ``dunning-lab`` in the user's cache folder."""
    if told := os.environ.get("DUNNING_CACHE"):
        return Path(told)
    return Path(os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))) / "dunning-lab"


def code() -> Path:
    """Folder of machine code: ``DUNNING_CODE``, or the cache's own."""
    return Path(os.environ.get("DUNNING_CODE") or folder())


@lru_cache(maxsize=8)
def source(rooms: tuple[str, ...] = ()) -> str:
    """Hash of the package's own source: nothing made by older code is ever used.

    Parameters
    ----------
    rooms
        Folders that count; without any, all that results depend on.
    """
    home = Path(__file__).parents[1]
    files = [f for f in sorted(home.glob("**/*.py")) if _counts(f.relative_to(home), rooms)]
    return hashlib.sha256(b"".join(f.read_bytes() for f in files)).hexdigest()


#: The rooms that results depend on; how they are kept and shown is none of them.
RESULTS = ("core", "scenario", "rules", "agents", "strategies", "engine", "play", "compare")


def _counts(file: Path, rooms: tuple[str, ...]) -> bool:
    return file.parts[0].removesuffix(".py") in (rooms or RESULTS)


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Let one process at a time do what *name* says; others wait. Best effort."""
    try:
        import fcntl

        folder().mkdir(parents=True, exist_ok=True)
        file = (folder() / f"{name}.lock").open("w")
    except (ImportError, OSError):  # no such locks here, or no cache: nothing to share
        yield
        return
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def kept(name: str, told: str, make: Callable[[], Any]) -> Any:
    """Return what *make* makes, from disk where it was made before.

    Parameters
    ----------
    name
        Kind of thing; the start of the file's name.
    told
        Text of everything it depends on besides the source.
    make
        Makes it; the answer must be picklable.
    """
    key = hashlib.sha256((told + source()).encode()).hexdigest()[:16]
    path = folder() / f"{name}-{key}.pickle"
    try:
        return pickle.loads(path.read_bytes())
    except (OSError, pickle.UnpicklingError, EOFError, TypeError, AttributeError, ImportError):
        made = make()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}")
        part.write_bytes(pickle.dumps(made))
        part.replace(path)
    except OSError:  # a cache that cannot be written costs time, nothing else
        pass
    return made
