"""The best compromise as a strategy file; a file that is there is never written over."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sim.core.errors import BadInput
from sim.experiments.tune.worlds import TUNED, body_of
from sim.scenario.changes import tables
from sim.store.runs import disk
from sim.strategies import SHELF, is_file, made, named, recipe


def free(place: Path) -> None:
    """Refuse a place that is taken, or no place of a strategy file."""
    if place.suffix != ".toml":
        raise BadInput("--out", "", str(place), "a file that ends in .toml")
    if place.exists():
        raise BadInput("--out", "", place.name, "a new file; strategies are never written over")
    disk.check_place("--out", place)


def recipe_of(base: str, levers: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return what the file says: the base's own changes, if it is a file, and the levers."""
    title = named(base).title
    body = body_of(base, levers, name)
    if is_file(base):
        before = recipe(base)
        body["base"] = before["base"]
        for part in ("params", "organisation"):
            body[part] = {**before.get(part, {}), **body.get(part, {})}
    titles = {"en": f"{title.en}, tuned"[:200], "zh": f"{title.zh}（寻优）"[:200]}
    order = {"name": name, "base": body["base"], "title": titles}
    return order | {k: body[k] for k in ("params", "organisation") if body.get(k)}


def name_of(place: Path) -> str:
    """Return a strategy's name after its file; a plain one where that is none."""
    stem = place.stem.lower().replace("-", "_")
    return stem if re.fullmatch("[a-z][a-z0-9_]{0,40}", stem) and stem not in SHELF else TUNED


def write(place: Path, base: str, levers: Mapping[str, Any]) -> None:
    """Write the file, checked as every strategy file is."""
    body = recipe_of(base, levers, name_of(place))
    made(body, place.name)
    with disk.writable(place.parent):
        place.parent.mkdir(parents=True, exist_ok=True)
        if not disk.write(place, tables(body), over=False):
            free(place)


__all__ = ["free", "recipe_of", "write"]
