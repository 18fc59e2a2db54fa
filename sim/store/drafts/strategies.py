"""Strategies of the user's own: TOML files under random names that the command line can read."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from sim.core.errors import BadInput
from sim.scenario.changes import tables
from sim.store.runs import default_root, disk
from sim.strategies import Strategy, made, recipe

SHELF = ".strategies"  #: beside the runs, hidden from their list
NAME = re.compile(r"own_[0-9a-f]{8}")


class Mine(NamedTuple):
    """An own strategy: its name, what its file says, and what it is."""

    name: str
    recipe: dict[str, Any]
    strategy: Strategy


def strategy_file(name: str) -> Path:
    """Return where an own strategy stands; refuse what is no name of one."""
    if not NAME.fullmatch(name):
        raise BadInput("strategy", "name", name, "the name of an own strategy")
    return default_root() / SHELF / f"{name}.toml"


def save_strategy(body: Mapping[str, Any], name: str = "") -> str:
    """Check a recipe and keep it; under *name* over an earlier one. Return its name."""
    name = name or f"own_{secrets.token_hex(4)}"
    file, whole = strategy_file(name), {**body, "name": name}
    made(whole, file.name)
    order = [k for k in ("name", "base", "title", "why", "params", "organisation") if k in whole]
    with disk.writable(default_root()):
        file.parent.mkdir(parents=True, exist_ok=True)
        disk.write(file, tables({key: whole[key] for key in order}))
    return name


def mine() -> dict[str, Mine]:
    """Return the own strategies by name; a file that is no recipe any more is left out."""
    found = {}
    for file in sorted((default_root() / SHELF).glob("own_*.toml")):
        with suppress(BadInput):
            body = recipe(file)
            if body["name"] == file.stem:
                found[file.stem] = Mine(file.stem, body, made(body, file.name))
    return found


def remove_strategy(name: str) -> None:
    """Remove an own strategy; runs that played it keep what it was."""
    disk.remove(strategy_file(name))
