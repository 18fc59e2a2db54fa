"""The folder of all runs: where they begin and are found again."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Unpack

from sim.core.errors import BadInput
from sim.store.runs import disk, index
from sim.store.runs.folder import RunFolder
from sim.store.runs.manifest import MANIFEST, Facts, Manifest, new_manifest, sealed


def default_root() -> Path:
    """Return the folder of runs: ``$DUNNING_RUNS``, else ``runs`` in the current folder."""
    return Path(os.environ.get("DUNNING_RUNS") or "runs")


def _born(folder: Path, manifest: Manifest) -> RunFolder:
    """Make the empty *folder* a run, if no other process was first."""
    if not disk.write(folder / MANIFEST, sealed(manifest), over=False):
        raise BadInput(folder, "", "not empty", "a new or an empty folder")
    return RunFolder(folder)


Folders = list[RunFolder]  # inside the store, `list` is what it does
Lines = list[str]


class RunStore:
    """The folder of all runs; `default_root()` unless another is named."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = default_root() if root is None else Path(root)

    def create(self, question: Mapping[str, Any], **facts: Unpack[Facts]) -> RunFolder:
        """Begin a run in a new folder, never in one that exists.

        Parameters
        ----------
        question
            What is asked; at least `scenario` (its name) and `strategies` (each one once).
        facts
            See `Facts`; by keyword.
        """
        manifest = new_manifest(question, facts)
        with disk.writable(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            path = next(filter(disk.claimed, disk.names(self.root / manifest["id"])))
            return _born(path, manifest | {"id": path.name})

    def create_at(
        self, path: str | Path, question: Mapping[str, Any], **facts: Unpack[Facts]
    ) -> RunFolder:
        """Begin a run in *path*, which must be new or empty; the rest as for `create`."""
        path, manifest = Path(path), new_manifest(question, facts)
        with disk.writable(path):
            path.mkdir(parents=True, exist_ok=True)
            if any(path.iterdir()):
                raise BadInput(path, "", "not empty", "a new or an empty folder")
            return _born(path, manifest)

    def open(self, run: str | Path, *, only: Collection[str] | None = None) -> RunFolder:
        """Return a run by its name in the store or its path, all files verified or *only* these."""
        folder = RunFolder(self.place_of(run))
        folder.verify(only=only)
        return folder

    def place_of(self, run: str | Path) -> Path:
        """Return where a run lies, by its name in the store or its path."""
        for path in (self.root / run, Path(run)):
            if os.path.isdir(path):
                return path
        raise BadInput(self.root, "run", str(run), "the name of a run there, or the path of one")

    def latest(self) -> RunFolder:
        """Return the newest run that is not broken."""
        if runs := self.list():
            return runs[0]
        raise BadInput(self.root, "run", "latest", "no run there yet")

    def list(self) -> Folders:
        """Return the runs, newest first, without the broken ones; contents are not verified."""
        heads = {name: e.head for name, e in index.entries(self.root).items() if e.head}
        newest = sorted(heads, key=lambda name: (heads[name].created, name), reverse=True)
        return [RunFolder(self.root / name) for name in newest]

    def broken(self) -> Lines:
        """Return one line for each folder that `list` leaves out, saying why."""
        found = sorted(index.entries(self.root).items(), reverse=True)
        return [entry.trouble for _, entry in found if entry.trouble]
