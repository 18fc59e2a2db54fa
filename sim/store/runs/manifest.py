"""The manifest of a run: what stands in it, and what each entry may be."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import pickle
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from platform import python_version
from typing import Any, NotRequired, TypedDict

from sim.core.errors import BadInput, choose
from sim.core.intake import json_of
from sim.store.runs import disk

FORMAT, MANIFEST, FAILURES = 1, "manifest.json", "failures.json"
STATES = ("running", "complete", "cancelled")
PACKAGES = ("dunning-lab", "numpy", "pandas", "pyarrow", "simpy", "scikit-learn")
SEAL = "seal"  #: key of the manifest's own checksum; manifests of older versions have none
PAGE: dict[str, Any] = {"indent": 1, "ensure_ascii": False}
Manifest = dict[str, Any]


def fingerprint(obj: object) -> str:
    """Return 16 hexadecimal digits of the SHA-256 of *obj* as JSON with sorted keys."""
    text = disk.as_json(obj, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _is(kind: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, kind)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _whole(least: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and value >= least


def _or_nothing(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Accept what an older version did not write."""
    return lambda value: value is None or fits(value)


def _replications(value: Any) -> bool:
    return value == "auto" or (type(value) is int and value >= 1)


def _titles(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())


def _each_once(value: Any) -> bool:
    return _texts(value) and 0 < len(set(value)) == len(value)


def _moment(value: Any) -> bool:
    with contextlib.suppress(TypeError, ValueError):
        return dt.datetime.fromisoformat(value).tzinfo is not None
    return False


def table_names(value: Any) -> bool:
    """Accept a list of names that are plain enough for a file."""
    return _texts(value) and all(re.fullmatch("[a-z][a-z0-9_]*", name) for name in value)


def file_names(value: Any) -> bool:
    """Refuse what leads out of the folder, and hidden files, which are drafts."""
    return isinstance(value, dict) and all(
        re.fullmatch(r"[^./\\:][^/\\:]*", name) for name in value
    )


def _pairs(value: Any) -> bool:
    if not isinstance(value, list):
        return False
    return all(isinstance(p, list) and [type(part) for part in p] == [str, int] for p in value)


RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "format": (
        lambda value: type(value) is int and value == FORMAT,
        f"{FORMAT} is what this dunning-lab reads; a newer one may read more",
    ),
    "id": (_is(str), "a text"),
    "created": (_moment, "a time such as 2026-11-22T13:15:02+00:00"),
    "state": (lambda value: value in STATES, f"one of {', '.join(STATES)}"),
    "question": (_is(dict), "an object"),
    "question.scenario": (_is(str), "the name of a scenario"),
    "question.strategies": (_each_once, "names of strategies, each one once"),
    "question.settings": (_or_nothing(_texts), "texts such as path.to.knob=value"),
    "question.replications": (_or_nothing(_replications), "a whole number, or auto"),
    "question.seed": (_or_nothing(_whole(0)), "a whole number, 0 or more"),
    "question.accounts": (_or_nothing(_whole(1)), "a whole number above 0"),
    "question.days": (_or_nothing(_whole(1)), "a whole number above 0"),
    "question.own": (_or_nothing(_is(dict)), "an object"),
    "question.portfolio": (_or_nothing(_is(dict)), "an object"),
    "command": (_is(str), "a text"),
    "python": (_is(str), "a text"),
    "fingerprints": (_is(dict), "an object"),
    "versions": (_is(dict), "an object"),
    "scenario": (_is(dict), "an object"),
    "scenario.title": (_or_nothing(_titles), "texts by language"),
    "tables": (table_names, "names in lower case"),
    "finished": (_pairs, "pairs of a strategy and a replication"),
    "checksums": (file_names, "an object with one plain file name per key"),
    "notes": (_texts, "texts"),
}


def _check(where: object, manifest: Manifest) -> Manifest:
    for key, (fits, allowed) in RULES.items():
        *parents, last = key.split(".")
        value = (manifest[parents[0]] if parents else manifest).get(last)
        if not fits(value):
            raise BadInput(where, key, disk.short(value), allowed)
    for strategy, _ in manifest["finished"]:
        choose(where, "finished", strategy, manifest["question"]["strategies"])
    return manifest


def load(path: Path) -> Manifest:
    """Return the manifest in *path*, or say in one line what is wrong with it."""
    try:
        facts = path.stat()
    except (OSError, ValueError):
        raise BadInput(
            path.parent, path.name, "missing", "every run has one; this is not a run"
        ) from None
    written = str(path), facts.st_mtime_ns, facts.st_size, facts.st_ino
    found: Manifest = pickle.loads(_read(*written))
    return found


@lru_cache(maxsize=4_000)
def _read(name: str, *written: int) -> bytes:
    """Return a manifest, read and checked once for as long as its file stays as it is.

    A list of a thousand runs asks each for its manifest several times. It is kept as bytes, of
    which everybody gets a copy of their own.
    """
    return pickle.dumps(_loaded(Path(name)))


def _loaded(path: Path) -> Manifest:
    manifest = json_of(path)
    if not isinstance(manifest, dict):
        raise BadInput(path, "", disk.short(manifest), "a JSON object")
    seal = manifest.pop(SEAL, None)
    _check(path, manifest)
    if seal not in (None, seal_of(manifest)):
        allowed = "that of the manifest as it was written; it was changed afterwards"
        raise BadInput(path, SEAL, seal, allowed)
    return manifest


def seal_of(manifest: Mapping[str, Any]) -> str:
    """Return the checksum of all that a manifest says."""
    return fingerprint({key: value for key, value in manifest.items() if key != SEAL})


def sealed(manifest: Mapping[str, Any]) -> str:
    """Return a manifest as it is written: JSON, with a checksum of itself."""
    return disk.as_json(dict(manifest) | {SEAL: seal_of(manifest)}, **PAGE)


class Facts(TypedDict):
    """What a manifest says beside the question."""

    scenario: Mapping[str, Any]
    """The whole resolved scenario, so that a replay needs no other file."""
    fingerprints: Mapping[str, Any]
    """Of the scenario and of each strategy."""
    command: str
    """The exact command line that plays the run again."""
    python: str
    """The same as Python."""
    notes: NotRequired[Sequence[str]]


def new_manifest(question: Mapping[str, Any], facts: Facts) -> Manifest:
    """Return the manifest of a run that begins now."""
    now = dt.datetime.now(dt.UTC)
    asked = json.loads(disk.as_json(question))
    slug = re.sub("[^a-z0-9]+", "-", str(asked.get("scenario")).lower()).strip("-")[:40]
    manifest = {
        "format": FORMAT,
        "id": f"{now:%Y%m%d-%H%M%S}-{slug or 'scenario'}-{fingerprint(question)[:4]}",
        "created": now.isoformat(timespec="microseconds"),
        "state": "running",
        "question": asked,
        "command": facts["command"],
        "python": facts["python"],
        "fingerprints": json.loads(disk.as_json(facts["fingerprints"])),
        "versions": versions(),
        "tables": [],
        "finished": [],
        "checksums": {},
        "notes": list(facts.get("notes", ())),
        "scenario": json.loads(disk.as_json(facts["scenario"])),
    }
    return _check("run", manifest)


def versions() -> dict[str, str]:
    """Return what a run is played with."""
    return {"python": python_version()} | {name: _version(name) for name in PACKAGES}


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
