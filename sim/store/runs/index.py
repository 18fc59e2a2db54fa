"""The index of a store: what a list says of each run, so that a manifest is read only once.

One hidden file beside the runs holds the head of each manifest, with the stamp of the file that it
was read from. Whoever lists the store looks at every folder and reads anew those whose manifest
has another stamp. So the index is never believed where it differs from what lies there, and where
it is damaged, missing, or cannot be written, only time is lost.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from sim.core.cache import sealed, unsealed
from sim.core.errors import BadInput
from sim.core.intake import Form, checked, fitting, parsed_json, raw
from sim.core.intake.files import OURS
from sim.store.runs import disk
from sim.store.runs.form import RULES, AskedForm, State, file_names, moment
from sim.store.runs.manifest import MANIFEST, Manifest, load

INDEX = ".index"
FEWEST = 50  #: runs from which reading them all again would be felt
PARTS = "parts"  #: folder of what a run that goes on has finished
OTHERS = ("response.json", "rollout.json")  #: mark a folder that is no run of a comparison
Stamp = tuple[int, int, int, int]  #: of a file: time written, time changed, size, number


class Head(NamedTuple):
    """What a list says of a run.

    `finished` counts the replications by strategy that the manifest lists, `rounds` is one above
    the highest of them; a run that goes on has more in its parts. `files` are those that the
    manifest sums.
    """

    created: str
    state: str
    question: Mapping[str, Any]
    title: Mapping[str, str]
    finished: Mapping[str, int]
    rounds: int
    files: tuple[str, ...]


class Entry(NamedTuple):
    """A folder in a store: its stamp, and its head or what is wrong with it."""

    stamp: Stamp
    head: Head | None
    trouble: str = ""


class HeadForm(Form):
    """A head as the index keeps it."""

    stamp: Stamp
    created: Annotated[str, fitting(moment, RULES["created"])]
    state: State
    question: AskedForm
    title: dict[str, str]
    finished: dict[str, int]
    rounds: int
    files: Annotated[tuple[str, ...], fitting(lambda v: file_names(dict.fromkeys(v)), "names")]


class IndexFile(Form):
    """The form of the index."""

    runs: dict[str, HeadForm]


def head_of(manifest: Manifest) -> Head:
    """Return what a list says of a run."""
    done = Counter(strategy for strategy, _ in manifest["finished"])
    rounds = max((replication + 1 for _, replication in manifest["finished"]), default=0)
    return Head(
        manifest["created"], manifest["state"], manifest["question"],
        manifest["scenario"].get("title") or {}, done, rounds, tuple(manifest["checksums"]),
    )  # fmt: skip


_MEMORY: dict[str, dict[str, Entry]] = {}  #: of each store that this process has listed


def entries(root: Path) -> dict[str, Entry]:
    """Return what is known of each folder of a store that calls itself a run, by its name."""
    place = str(root.absolute())
    known = _MEMORY[place] if place in _MEMORY else _read(root)
    found: dict[str, Entry] = {}
    for name, files in _folders(root):
        found[name] = _entry(root / name, files, known.get(name))
    kept = {name: entry for name, entry in found.items() if entry.head}
    before = {name: entry for name, entry in known.items() if entry.head}
    if kept != before and max(len(kept), len(before)) >= FEWEST:
        _write(root, kept)
    _MEMORY[place] = found
    return found


def _folders(root: Path) -> list[tuple[str, set[str]]]:
    """Return the folders that are runs, or should be, and the names of the files in each."""
    found = []
    with suppress(OSError), os.scandir(root) as listed:
        for one in listed:
            if one.name.startswith(".") or not one.is_dir():
                continue
            with suppress(OSError), os.scandir(one.path) as inside:
                all_of = list(inside)
                _sweep(file.path for file in all_of if file.name.startswith(".tmp-"))
                names = {file.name for file in all_of if file.is_file() or file.name == PARTS}
                # Otherwise a run that is just being born, or what another verb left.
                if any(f.name[0] != "." for f in all_of) and names.isdisjoint(OTHERS):
                    found.append((one.name, names))
    return found


def _sweep(drafts: Iterable[str]) -> None:
    """Remove drafts that a kill left, once nobody can be writing them any more."""
    for draft in map(Path, drafts):
        with suppress(OSError):
            if disk.age(draft) > disk.DAY:
                disk.remove(draft)


def _entry(folder: Path, files: set[str], known: Entry | None) -> Entry:
    """Return what is known of a run, read anew where its manifest is not the one known."""
    stamp = stamp_of(folder / MANIFEST)
    entry = known if known and known.stamp == stamp and stamp[2] else _looked_at(folder, stamp)
    if entry.head and entry.head.state == "complete" and PARTS in files:
        disk.remove(folder / PARTS)  # killed while they were removed; nobody writes them any more
    lacks = next((n for n in entry.head.files if n not in files), None) if entry.head else None
    if lacks is None:
        return entry
    return Entry(stamp, None, str(BadInput(folder, lacks, "missing", "the manifest lists it")))


def _looked_at(folder: Path, stamp: Stamp) -> Entry:
    try:
        return Entry(stamp, head_of(load(folder / MANIFEST)))
    except BadInput as refused:
        return Entry(stamp, None, str(refused))


def stamp_of(file: Path) -> Stamp:
    """Return what changes whenever a file is written; zeros where there is none."""
    try:
        facts = os.stat(file)
    except (OSError, ValueError):
        return 0, 0, 0, 0
    size = facts.st_size if stat.S_ISREG(facts.st_mode) else 0
    return facts.st_mtime_ns, facts.st_ctime_ns, size, facts.st_ino


def known_head(folder: Path) -> Head | None:
    """Return a run's head as this process listed it; None where it is not, or not any more, so."""
    entry = _MEMORY.get(str(folder.parent.absolute()), {}).get(folder.name)
    same = entry is not None and entry.stamp == stamp_of(folder / MANIFEST)
    return entry.head if entry and same else None


# --- on the disk ----------------------------------------------------------------------------------


def _read(root: Path) -> dict[str, Entry]:
    """Return what the index says; nothing where there is none, or none that is whole."""
    try:
        body = parsed_json(unsealed(raw(root / INDEX, limits=OURS)), INDEX)
        rows = checked(IndexFile, body, INDEX).runs
    except (BadInput, ValueError):
        return {}
    return {name: Entry(row.stamp, _head(row)) for name, row in rows.items()}


def _head(row: HeadForm) -> Head:
    asked = {k: v for k, v in row.question.model_dump().items() if v is not None}
    return Head(
        row.created, row.state, asked, row.title, row.finished, row.rounds, row.files
    )  # fmt: skip


def _write(root: Path, known: Mapping[str, Entry]) -> None:
    rows = {n: {"stamp": e.stamp, **e.head._asdict()} for n, e in known.items() if e.head}
    with suppress(OSError, BadInput):  # a store that cannot be written to is read all the same
        disk.write(root / INDEX, sealed(disk.as_json({"runs": rows}).encode()), private=True)
