"""Keeping a store of runs: a note on a run, and a trash from which it can be taken back.

The trash is a hidden folder of the store; what lies there longer than a day is removed for good.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from sim.core.errors import BadInput
from sim.store.runs import disk

NOTE, TRASH = "note.txt", ".trash"
LONGEST = 500  #: characters of a note
DAY = 86_400.0  #: seconds


def note(folder: Path) -> str:
    """Return the note on a run; empty where there is none."""
    try:
        return (folder / NOTE).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def write_note(folder: Path, text: str) -> None:
    """Put a note on a run; an empty one takes it off."""
    if text := text.strip():
        disk.write(folder / NOTE, text[:LONGEST])
    else:
        (folder / NOTE).unlink(missing_ok=True)


def discard(root: Path, name: str) -> None:
    """Move a run to the trash."""
    _move(root / name, root / TRASH / name)
    os.utime(root / TRASH / name)  # the day begins now


def restore(root: Path, name: str) -> None:
    """Take a run back from the trash."""
    _move(root / TRASH / name, root / name)


def _move(source: Path, target: Path) -> None:
    if source.parent.joinpath(source.name) != source or not source.is_dir() or source.is_symlink():
        raise BadInput("runs", "run", source.name, "the name of a run there")
    if target.exists():
        raise BadInput("runs", "run", source.name, "a name that is not taken at the other place")
    with disk.writable(target.parent):
        target.parent.mkdir(exist_ok=True)
        source.rename(target)


def discarded(root: Path) -> list[str]:
    """Return the names in the trash, the last one thrown away first; old ones are removed."""
    kept = []
    for path in (root / TRASH).glob("[!.]*"):
        thrown = path.stat().st_mtime
        if time.time() - thrown > DAY:
            disk.remove(path)
        else:
            kept.append((thrown, path.name))
    return [name for _, name in sorted(kept, reverse=True)]
