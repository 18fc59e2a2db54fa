"""The form of a manifest: what each entry must be before anybody uses it.

Entries that older versions did not write may be missing; entries of newer ones are let through.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from sim.core.errors import BadInput
from sim.core.intake import Field, Form, Open, checked, fitting
from sim.store.runs import disk

FORMAT = 1
State = Literal["running", "complete", "cancelled"]
STATES = ("running", "complete", "cancelled")
#: What each entry may be, as a refusal says it.
RULES = {
    "format": f"{FORMAT} is what this dunning-lab reads; a newer one may read more",
    "id": "a text",
    "created": "a time such as 2026-11-22T13:15:02+00:00",
    "state": f"one of {', '.join(STATES)}",
    "question": "an object",
    "question.scenario": "the name of a scenario",
    "question.strategies": "names of strategies, each one once",
    "question.settings": "texts such as path.to.knob=value",
    "question.replications": "a whole number, or auto",
    "question.seed": "a whole number, 0 or more",
    "question.accounts": "a whole number above 0",
    "question.days": "a whole number above 0",
    "question.own": "an object: recipe and source by the strategy's name",
    "question.portfolio": "an object: path, fingerprint and mapping",
    "command": "a text",
    "python": "a text",
    "fingerprints": "an object",
    "fingerprints.strategies": "texts by the strategy's name",
    "versions": "texts by the name of a package",
    "scenario": "an object",
    "scenario.title": "texts by language",
    "tables": "names in lower case",
    "finished": "pairs of a strategy and a replication",
    "checksums": "an object with one plain file name per key",
    "notes": "texts",
}


def table_names(value: object) -> bool:
    """Accept a list of names that are plain enough for a file."""
    return isinstance(value, list) and all(
        isinstance(name, str) and re.fullmatch("[a-z][a-z0-9_]*", name) for name in value
    )


def file_names(value: object) -> bool:
    """Refuse what leads out of the folder, and hidden files, which are drafts."""
    return isinstance(value, Mapping) and all(
        re.fullmatch(r"[^./\\:][^/\\:]*", name) for name in value
    )


def moment(text: str) -> bool:
    """Accept a time with its zone."""
    return dt.datetime.fromisoformat(text).tzinfo is not None


def _once(names: list[str]) -> bool:
    return len(set(names)) == len(names)


Whole = Annotated[int, Field(ge=1)]


class FileForm(Form):
    """A portfolio as a manifest keeps it."""

    path: str
    fingerprint: str
    mapping: dict[str, str]


class OwnForm(Form):
    """A strategy of the user's own as a manifest keeps it."""

    source: str
    recipe: dict[str, Any]


class AskedForm(Open):
    """The question, as far as a list of runs goes by it; a replay reads it by its whole form."""

    scenario: str
    strategies: Annotated[list[str], Field(min_length=1), fitting(_once, "each once")]
    settings: list[str] | None = None
    replications: Whole | Literal["auto"] | None = None
    seed: Annotated[int, Field(ge=0)] | None = None
    accounts: Whole | None = None
    days: Whole | None = None
    own: dict[str, OwnForm] | None = None
    portfolio: FileForm | None = None


class PrintsForm(Open):
    """Fingerprints of the scenario and of each strategy."""

    strategies: dict[str, str] | None = None


class SceneForm(Open):
    """The scenario, as far as a list of runs goes by it."""

    title: dict[str, str] | None = None


class ManifestForm(Open):
    """The manifest of a run."""

    format: Annotated[int, Field(ge=1, le=FORMAT)]
    id: str
    created: Annotated[str, fitting(moment, RULES["created"])]
    state: State
    question: AskedForm
    command: str
    python: str
    fingerprints: PrintsForm
    versions: dict[str, str]
    scenario: SceneForm
    tables: Annotated[list[str], fitting(table_names, RULES["tables"])]
    finished: list[tuple[str, int]]
    checksums: Annotated[dict[str, str], fitting(file_names, RULES["checksums"])]
    notes: list[str]


def check(where: object, manifest: dict[str, Any]) -> dict[str, Any]:
    """Return the manifest, or refuse the first entry that is not what it must be."""
    try:
        checked(ManifestForm, manifest, where)
    except BadInput as refused:
        raise _in_words(where, manifest, refused) from None
    strategies = manifest["question"]["strategies"]
    for strategy, _ in manifest["finished"]:
        if strategy not in strategies:
            raise BadInput(where, "finished", strategy, f"allowed: {', '.join(strategies)}")
    return manifest


def _in_words(where: object, manifest: Mapping[str, Any], refused: BadInput) -> BadInput:
    """Return a refusal that names the entry, not a part of it, and says what the entry may be."""
    words = refused.key.split(".")
    for key in (".".join(words[:n]) for n in (2, 1)):
        if key in RULES:
            value: Any = manifest
            for word in key.split("."):
                value = value.get(word) if isinstance(value, Mapping) else None
            return BadInput(where, key, disk.short(value), RULES[key])
    return refused
