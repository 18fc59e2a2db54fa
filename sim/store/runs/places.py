"""Where portfolio files are, kept outside every run: nothing that is handed on says it.

A run knows a portfolio by its name and its fingerprint. Whoever replays it on this machine finds
the file by the fingerprint in one private list beside the runs.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from sim.core.errors import BadInput
from sim.core.intake import checked_in, json_of
from sim.store.runs import disk
from sim.store.runs.store import default_root

LIST = ".places.json"
MOST = 1_000  #: files that are remembered; the oldest make room


def shown(path: str) -> str:
    """Return what may be said of a place: a path within the present folder, else a name."""
    place = Path(path)
    return place.name if place.is_absolute() or ".." in place.parts else path


def remember(fingerprint: str, path: str) -> None:
    """Note where the file of a fingerprint is, where its name alone does not say it."""
    if shown(path) == path and not Path(path).is_absolute():
        path = str(Path(path).absolute())
    known = _known()
    known.pop(fingerprint, None)
    known[fingerprint] = str(Path(path).absolute())
    _write(dict(list(known.items())[-MOST:]))


def found(name: str, fingerprint: str) -> str:
    """Return where the file of this name and fingerprint is; its name where nobody knows."""
    known = _known().get(fingerprint, "")
    return known if known and os.path.isfile(known) else name


def forget(fingerprint: str) -> None:
    """Forget where a file is."""
    known = _known()
    if known.pop(fingerprint, None) is not None:
        _write(known)


def _known() -> dict[str, str]:
    file = default_root() / LIST
    if not file.is_file():
        return {}
    with suppress(BadInput):  # a list that cannot be read is none: the name is tried
        listed: dict[str, str] = checked_in(dict[str, str], json_of(file), file)
        return listed
    return {}


def _write(known: dict[str, str]) -> None:
    with suppress(OSError):
        default_root().mkdir(parents=True, exist_ok=True)
        disk.write(default_root() / LIST, disk.as_json(known, indent=1), private=True)
