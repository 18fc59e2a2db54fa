"""Things that can be made again: kept on disk under a key that names all they depend on.

What is kept carries a checksum. A bad file is removed, said in one line, and made again; a folder
that others may write to is not read at all.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import pickle
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]
MARK = b"dunning\x01"  #: begins a file with a checksum
SUMS = "sums.json"


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

        own(folder())
        file = (folder() / f"{name}.lock").open("w")
    except (ImportError, OSError):  # no such locks here, or no cache: nothing to share
        yield
        return
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def own(place: Path) -> bool:
    """Make *place* for this user alone; tell whether what lies there can be trusted.

    What is kept is code and what code is made of: a folder that another user owns, or may write
    to, is neither read nor written.
    """
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not hasattr(os, "getuid"):
        return True
    facts = place.stat()
    if facts.st_uid == os.getuid() and not os.environ.get("DUNNING_CACHE"):
        place.chmod(0o700)  # one of an older version may be readable by others
    elif facts.st_uid != os.getuid() or facts.st_mode & 0o022:
        _say_once(f"{place}: others may write to this cache, so it is not used")
        return False
    return True


@lru_cache(maxsize=64)
def _say_once(line: str) -> None:
    _say(line)


def _say(line: str) -> None:
    logging.getLogger("dunning").warning(line)


def sealed(content: bytes) -> bytes:
    """Return *content* as it is kept: behind a mark and its checksum."""
    return MARK + hashlib.sha256(content).digest() + content


def unsealed(raw: bytes) -> bytes:
    """Return what was sealed.

    Raises
    ------
    ValueError
        Not one byte of it is what it was.
    """
    begins = len(MARK) + 32
    if raw[: len(MARK)] != MARK or hashlib.sha256(raw[begins:]).digest() != raw[len(MARK) : begins]:
        raise ValueError("the checksum is another")
    return raw[begins:]


def damaged(path: Path) -> None:
    """Remove what is not what was kept, and say so: it is made again."""
    _say(f"{path.name} in the cache was damaged; it is made again")
    _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _place(name: str, told: str) -> Path:
    key = hashlib.sha256((told + source()).encode()).hexdigest()[:16]
    return folder() / f"{name}-{key}"


class Keyed:
    """What a thing that is made once is made of; compared by ``depends`` and by nothing else."""

    depends: Any  #: text, or whatever can be hashed

    def __hash__(self) -> int:
        return hash(self.depends)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and bool(other.depends == self.depends)


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
    path = _place(name, told).with_suffix(".kept")
    with suppress(OSError):
        if path.is_file() and own(folder()):
            try:
                return pickle.loads(unsealed(path.read_bytes()))
            except Exception:  # whatever a byte that has turned makes of it
                damaged(path)
    made = make()
    with suppress(OSError):  # a cache that cannot be written costs time, nothing else
        if own(folder()):
            part = path.with_suffix(f".{secrets.token_hex(6)}")
            part.write_bytes(sealed(pickle.dumps(made)))
            part.replace(path)
    return made


def kept_arrays(name: str, told: str, make: Callable[[], Arrays]) -> Arrays:
    """Return the arrays that *make* makes, from disk where they were made before.

    They lie in files of their own and are mapped into memory, not read into it: all processes of
    this machine share one copy, until one writes to it. Parameters are those of `kept`.
    """
    place = _place(name, told)
    with suppress(OSError):
        if place.is_dir() and own(folder()):
            try:
                return _mapped(place)
            except Exception:
                damaged(place)
    made = make()
    with suppress(OSError):
        if own(folder()):
            _put(place, made)
    return made


def _put(place: Path, arrays: Arrays) -> None:
    """Write the arrays into a folder that appears whole or not at all."""
    draft = place.with_name(f".{place.name}.{secrets.token_hex(6)}")
    draft.mkdir(mode=0o700)
    try:
        sums = {}
        for name, array in arrays.items():
            file = draft / f"{name}.npy"
            np.save(file, array, allow_pickle=False)
            sums[name] = _digest(file)
        body = json.dumps(sums, sort_keys=True).encode()
        (draft / SUMS).write_bytes(sealed(body))
        if not place.exists():
            draft.rename(place)
    finally:
        _remove(draft)


def _mapped(place: Path) -> Arrays:
    sums = json.loads(unsealed((place / SUMS).read_bytes()))
    for name, digest in sums.items():
        if _digest(place / f"{name}.npy") != digest:
            raise ValueError("the checksum is another")
    return {name: _loaded(place / f"{name}.npy") for name in sums}


def _loaded(file: Path) -> NDArray[Any]:
    """Map a file into memory; a small one, which may be empty, is read."""
    small = file.stat().st_size < 65_536
    array: NDArray[Any] = np.load(file, mmap_mode=None if small else "c", allow_pickle=False)
    return array


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
