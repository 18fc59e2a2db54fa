"""What a reader has changed of a question and not run yet, so that a reload loses nothing."""

from __future__ import annotations

import json
import re
import secrets
from typing import Any, NamedTuple

from sim.core.intake import Form, kept_as
from sim.store.runs import default_root, disk

SHELF = ".setups"  #: beside the runs, hidden from their list
ID = re.compile(r"[0-9a-f]{12}")
MOST = 200  #: kept; the oldest make room


class Setup(NamedTuple):
    """Changes, and the run or scenario that they change."""

    of: str
    changes: dict[str, Any]


class SetupForm(Form):
    """The form of a set-up's file."""

    of: str
    changes: dict[str, Any]


def save_setup(setup: Setup, name: str = "") -> str:
    """Keep a set-up under *name*, a new one where it is none; return it."""
    name = name if ID.fullmatch(name) else secrets.token_hex(6)
    folder = default_root() / SHELF
    with disk.writable(default_root()):
        folder.mkdir(parents=True, exist_ok=True)
        disk.write(folder / f"{name}.json", json.dumps(setup._asdict(), ensure_ascii=False))
        files = sorted(folder.glob("*.json"), key=lambda file: file.stat().st_mtime)
        for file in files[:-MOST]:
            disk.remove(file)
    return name


def open_setup(name: str) -> Setup | None:
    """Return a set-up; None where there is none here, or none that can be read."""
    if not ID.fullmatch(name):
        return None
    found = kept_as(SetupForm, default_root() / SHELF / f"{name}.json")
    if found is None:
        return None
    changes = dict(found.changes)
    if isinstance(chosen := changes.get("strategies"), list):
        changes["strategies"] = tuple(chosen)
    return Setup(found.of, changes)
