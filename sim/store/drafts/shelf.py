"""The drafts on disk: one JSON file each, beside the runs, written whole or not at all."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sim.core.errors import BadInput
from sim.core.intake import Field, Form, kept_as
from sim.store.drafts.inputs import Draft
from sim.store.runs import default_root, disk

SHELF = ".drafts"  #: beside the runs, hidden from their list
ID = re.compile(r"[0-9a-f]{12}")
MOST = 500  #: drafts that were not saved by name; the oldest make room


class DraftForm(Form):
    """The form of a draft's file."""

    id: str = ""
    base: str = "weilidai"
    changes: dict[str, Any] = Field(default={})
    undone: tuple[tuple[str, dict[str, Any]], ...] = ()
    title: str = ""
    run: str = ""
    baseline: str = "phone_only"
    strategies: tuple[str, ...]
    play: dict[str, str] = Field(default={})
    recipe: dict[str, Any] = Field(default={})
    portfolio: str = ""


def fresh() -> str:
    """Return a new id."""
    return secrets.token_hex(6)


def _file(name: str) -> Path:
    return default_root() / SHELF / f"{name}.json"


def open_draft(name: str) -> Draft | None:
    """Return the draft of this id; None where there is none here."""
    found = kept_as(DraftForm, _file(name)) if ID.fullmatch(name) else None
    return Draft(**dict(found)) if found else None


def keep(draft: Draft) -> Draft:
    """Write the draft; one without an id gets one."""
    kept = draft if draft.id else draft.with_(id=fresh())
    if not ID.fullmatch(kept.id):
        raise BadInput("draft", "id", kept.id, "an id made here")
    with disk.writable(default_root()):
        folder = _file(kept.id).parent
        folder.mkdir(parents=True, exist_ok=True)
        if not draft.id:
            _make_room(folder)
        disk.write(_file(kept.id), json.dumps(asdict(kept), ensure_ascii=False))
    return kept


def _make_room(folder: Path) -> None:
    files = sorted(folder.glob("*.json"), key=lambda f: f.stat().st_mtime)
    nameless = [f for f in files if (d := open_draft(f.stem)) is None or not d.title]
    for file in nameless[: max(0, len(nameless) - MOST)]:
        disk.remove(file)


def remove(name: str) -> None:
    """Remove a draft."""
    if ID.fullmatch(name):
        disk.remove(_file(name))


def drafts() -> list[Draft]:
    """Return the drafts that were saved by name, by their titles."""
    found = (open_draft(file.stem) for file in (default_root() / SHELF).glob("*.json"))
    return sorted((d for d in found if d and d.title), key=lambda d: (d.title, d.id))
