"""Files that appear whole or not at all, and what JSON may hold."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

from sim.core.errors import BadInput


def as_json(obj: object, **layout: Any) -> str:
    """Return *obj* as JSON, or say in one line why JSON cannot hold it."""
    try:
        return json.dumps(obj, allow_nan=False, default=_plain, **layout)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadInput("JSON", "", short(obj), f"what JSON can hold ({error})") from None


def _plain(value: Any) -> object:
    """Turn numpy values, dates and paths into what JSON knows."""
    for turn in ("tolist", "isoformat", "as_posix"):
        if hasattr(value, turn):
            return getattr(value, turn)()
    raise TypeError(f"not {type(value).__name__}")


def short(value: object) -> object:
    """Return *value*, or the beginning of its text where that is too long for one line."""
    text = repr(value)
    return value if len(text) <= 60 else f"{text[:57]}..."


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Wait until what was written to *path* is on the disk."""
    if os.name == "nt" and path.is_dir():
        return  # Windows has no handle of a folder
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def put_summed(draft: Path, target: Path) -> None:
    """Let *draft* become *target*, with its checksum in a file beside it.

    The checksum is written first, the one before beside it: whenever a kill comes, the file that
    is there has one of them.
    """
    sums, fresh = target.with_name(f"{target.name}.sum"), sha256(draft)
    before = sums.read_text().split()[:1] if sums.is_file() and target.exists() else []
    write(sums, "\n".join([fresh, *before]) + "\n")
    os.replace(draft, target)


def check_sum(path: Path) -> None:
    """Refuse a file that is not the one written; an older one, without a checksum, passes."""
    sums = path.with_name(f"{path.name}.sum")
    if not sums.is_file() or not path.is_file():
        return
    if (found := sha256(path)) not in sums.read_text(errors="replace").split():
        raise BadInput(path, "checksum", found[:12], "the file as it was written; it was changed")


@contextlib.contextmanager
def draft_of(target: Path) -> Iterator[Path]:
    """Lend a hidden name beside *target* to write under; what still has it at the end goes."""
    draft = target.with_name(f".tmp-{secrets.token_hex(8)}")
    try:
        yield draft
    finally:
        remove(draft)


DAY = 86_400.0  #: seconds


def age(path: Path) -> float:
    """Return the seconds since a file was written."""
    return time.time() - path.stat().st_mtime


def remove(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    path.unlink(missing_ok=True)


def write(path: Path, raw: str | bytes, *, over: bool = True, private: bool = False) -> bool:
    """Write *path* whole or not at all; False where it exists and is not to be written *over*.

    What is *private* can be read by its owner alone, from its first byte on.
    """
    with draft_of(path) as draft:
        if private:
            draft.touch(mode=0o600)
        # A lone surrogate (an odd byte in a file name) becomes its own JSON escape.
        draft.write_bytes(raw.encode(errors="backslashreplace") if isinstance(raw, str) else raw)
        sync(draft)
        try:
            (os.replace if over else _link)(draft, path)
        except FileExistsError:
            return False
    sync(path.parent)
    return True


def _link(draft: Path, path: Path) -> None:
    """Give *draft* the name *path*; unlike a rename, never over what is there."""
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:  # a disk without hard links
        if path.exists():
            raise FileExistsError(path) from None
        os.replace(draft, path)


def names(path: Path) -> Iterator[Path]:
    """Yield *path*, then the same with -2, -3 ... before its suffix."""
    yield path
    yield from (path.with_name(f"{path.stem}-{n}{path.suffix}") for n in count(2))


def claimed(folder: Path) -> bool:
    """Make *folder*; False where it exists."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir()
        return True
    return False


def check_place(option: str, place: Path) -> None:
    """Refuse now, before anything is played, a place that could not be written to afterwards.

    It is tried, not asked about: what a disk allows depends on more than its permissions.
    """
    if os.path.lexists(place) and not place.is_file():
        allowed = "a file; this is a folder, a device, or a link that leads nowhere"
        raise BadInput(option, "", str(place), allowed)
    folder = place.parent
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    try:
        with draft_of(folder / place.name) as draft:
            draft.touch()
    except OSError as error:
        why = error.strerror or str(error)
        raise BadInput(option, "", str(place), f"a place that can be written to ({why})") from None


@contextlib.contextmanager
def writable(folder: Path) -> Iterator[None]:
    """Refuse in one line what the disk refuses."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise BadInput(folder, "", why, "a folder that can be written to") from None
