"""The manifest of a run: read, begun, sealed."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import pickle
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from platform import python_version
from typing import Any, NotRequired, TypedDict

from sim.core.errors import BadInput
from sim.core.intake import json_of
from sim.store.runs import disk, form
from sim.store.runs.form import FORMAT

MANIFEST, FAILURES = "manifest.json", "failures.json"
MODELS, LUCK = BESIDE = "models.json", "luck.json"  #: written as a run is closed, if it has them
PACKAGES = ("dunning-lab", "numpy", "pandas", "pyarrow", "simpy", "scikit-learn")
SEAL = "seal"  #: key of the manifest's own checksum; manifests of older versions have none
PAGE: dict[str, Any] = {"indent": 1, "ensure_ascii": False}
Manifest = dict[str, Any]


def fingerprint(obj: object) -> str:
    """Return 16 hexadecimal digits of the SHA-256 of *obj* as JSON with sorted keys."""
    text = disk.as_json(obj, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


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
    form.check(path, manifest)
    if seal not in (None, seal_of(manifest)):
        allowed = "that of the manifest as it was written; it was changed afterwards"
        raise BadInput(path, SEAL, seal, allowed)
    # Nothing said and "null" said are the same to every reader.
    asked = {key: value for key, value in manifest["question"].items() if value is not None}
    return manifest | {"question": asked}


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
    return form.check("run", manifest)


def versions() -> dict[str, str]:
    """Return what a run is played with."""
    return {"python": python_version()} | {name: _version(name) for name in PACKAGES}


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
