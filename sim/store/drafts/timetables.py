"""Timetables of the user's own: TOML files under random names that the command line can read."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from sim.core.errors import BadInput
from sim.scenario.changes import literal
from sim.store.runs import default_root, disk
from sim.strategies.timetable import Timetable, load, made

SHELF = ".timetables"  #: beside the runs, hidden from their list
NAME = re.compile(r"own_[0-9a-f]{8}")


def timetable_file(name: str) -> Path:
    """Return where an own timetable stands; refuse what is no name of one."""
    if not NAME.fullmatch(name):
        raise BadInput("timetable", "name", name, "the name of an own timetable")
    return default_root() / SHELF / f"{name}.toml"


def save_timetable(body: Mapping[str, Any]) -> str:
    """Check a timetable and keep it under a name of its own, never over another; return it.

    Raises
    ------
    BadInput
        One line with entry, key, value and what is allowed.
    """
    name = f"own_{secrets.token_hex(4)}"
    file = timetable_file(name)
    table = made({**body, "name": name}, "timetable")
    with disk.writable(default_root()):
        file.parent.mkdir(parents=True, exist_ok=True)
        disk.write(file, as_toml(table))
    return name


def own_timetables() -> dict[str, Timetable]:
    """Return the own timetables by name; a file that is none any more is left out."""
    found = {}
    for file in sorted((default_root() / SHELF).glob("own_*.toml")):
        with suppress(BadInput):
            found[file.stem] = load(file)
    return found


def remove_timetable(name: str) -> None:
    """Remove an own timetable; roll-outs that played it keep what it was."""
    disk.remove(timetable_file(name))


def as_toml(table: Timetable) -> str:
    """Return a timetable as a file: what it says, and nothing that it leaves at its default."""
    said = table.model_dump(exclude_defaults=True)
    lists = {key: said.pop(key, ()) for key in ("phases", "entries")}
    lines = _lines(said)
    for key, rows in lists.items():
        for row in rows:
            lines += ["", f"[[{key}]]", *_lines(row)]
    return "\n".join(lines) + "\n"


def _lines(body: Mapping[str, Any], above: str = "") -> list[str]:
    """Return keys and values, dotted where a value has parts such as two languages."""
    lines = []
    for key, value in body.items():
        if isinstance(value, Mapping):
            lines += _lines(value, f"{above}{key}.")
        elif value is not None:
            lines.append(f"{above}{key} = {literal(value)}")
    return lines
