"""One run on disk: its parts while it goes on, its tables when it is closed."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pandas as pd
import pyarrow as pa

from sim.core.errors import BadInput, choose
from sim.core.intake import Form, checked_in, json_of
from sim.store.runs import blocks, disk
from sim.store.runs.form import RULES, STATES, file_names, table_names
from sim.store.runs.index import Head, head_of, known_head
from sim.store.runs.manifest import BESIDE, FAILURES, MANIFEST, Manifest, load, sealed


class Failure(Form):
    """A replication that broke off, as the file of failures keeps it."""

    strategy: str
    replication: int
    reason: str


@dataclass(frozen=True)
class RunFolder:
    """One run on disk. It holds nothing but its path, so any process may have a copy."""

    path: Path

    @property
    def manifest(self) -> Manifest:
        """A fresh copy of what the manifest says; refused with one line where it is broken."""
        return load(self.path / MANIFEST)

    @property
    def head(self) -> Head:
        """What a list says of the run, from the index where its manifest is the one listed."""
        return known_head(self.path) or head_of(self.manifest)

    def counts(self) -> Mapping[str, int]:
        """Return how many replications are finished by strategy; none for those without any."""
        head = self.head
        if head.state != "running":
            return head.finished
        return Counter(strategy for strategy, _ in self.finished())

    def verify(self, *, contents: bool = True, only: Collection[str] | None = None) -> None:
        """Refuse a run in which a file is missing, or (*contents*) not the one written.

        With *only* no other files are looked at: a report needs fewer than a replay.
        """
        for name, digest in self.manifest["checksums"].items():
            if only is not None and name not in only:
                continue
            if not (self.path / name).is_file():
                raise BadInput(self.path, name, "missing", "the manifest lists it")
            if contents and (found := disk.sha256(self.path / name)) != digest:
                if self.manifest["checksums"].get(name) != digest:
                    continue  # written anew by its owner, who is closing the run
                allowed = f"{str(digest)[:12]!r} in the manifest; the file was changed afterwards"
                raise BadInput(self.path, name, found[:12], allowed)

    def keep(self, strategy: str, replication: int, tables: Mapping[str, pd.DataFrame]) -> bool:
        """Store one finished replication whole; the first to be kept stays.

        Parameters
        ----------
        tables
            Table name to rows of this replication, in their final order; the columns `strategy`
            and `replication` are added where they are missing.

        Returns
        -------
        bool
            False where this replication was there already.
        """
        if not table_names(list(tables)):
            raise BadInput(self.path, "tables", disk.short(list(tables)), RULES["tables"])
        part = self._part(strategy, replication)
        folded = (strategy, replication) in map(tuple, self.manifest["finished"])
        if folded or (part.is_dir() and blocks.is_whole(part)):  # no other part is looked at
            return False
        ready = {
            name: blocks.arrow(self.path, rows, strategy, replication)
            for name, rows in tables.items()
        }
        with disk.draft_of(part) as draft:
            draft.mkdir()
            for name, table in ready.items():
                blocks.write(table, draft / f"{name}.parquet")
            blocks.write_sums(draft)
            disk.sync(draft)
            if part.is_dir() and not blocks.is_whole(part):
                disk.remove(part)  # files are missing: it is played again
            try:
                os.rename(draft, part)
            except OSError:
                if part.is_dir():  # another process was first
                    return False
                raise
        disk.sync(part.parent)
        return True

    def failed(self, strategy: str, replication: int, reason: str) -> None:
        """Note that a replication broke off, and why; keeping it later takes the note back."""
        disk.write(self._part(strategy, replication).with_suffix(".json"), disk.as_json(reason))

    def _part(self, strategy: str, replication: int) -> Path:
        manifest = self.manifest
        if manifest["state"] != "running":
            raise BadInput(self.path, "state", manifest["state"], "running; reopen the run first")
        strategies = manifest["question"]["strategies"]
        choose(self.path, "strategy", strategy, strategies)
        if replication < 0:
            raise BadInput(self.path, "replication", replication, "0 or more")
        self._parts.mkdir(exist_ok=True)
        return self._parts / f"{replication:06d}-{strategies.index(strategy):03d}"

    @property
    def _parts(self) -> Path:
        return self.path / "parts"

    def _open_parts(self, suffix: str = "") -> dict[blocks.Key, Path]:
        """Return the parts (or with *suffix* ``.json`` the failures) not folded in yet."""
        manifest, found = self.manifest, {}
        for path in self._parts.glob(f"*-*{suffix}") if manifest["state"] == "running" else ():
            named = re.fullmatch(r"(\d+)-(\d+)", path.name.removesuffix(suffix))
            sound = suffix or blocks.is_whole(path)
            if named and sound and int(named[2]) < len(manifest["question"]["strategies"]):
                found[int(named[1]), int(named[2])] = path
        return found

    def finished(self) -> set[tuple[str, int]]:
        """Return strategy and replication of all that was kept."""
        manifest = self.manifest
        names = manifest["question"]["strategies"]
        parts = {(names[place], replication) for replication, place in self._open_parts()}
        return parts | {(strategy, replication) for strategy, replication in manifest["finished"]}

    def failures(self) -> pd.DataFrame:
        """Return strategy, replication and reason of what failed and was not made good."""
        names = self.manifest["question"]["strategies"]
        folded = self.path / FAILURES
        reasons = {}
        for row in self._folded(folded) if folded.is_file() else ():
            choose(folded, "strategy", row.strategy, names)
            reasons[row.replication, names.index(row.strategy)] = row.reason
        for key, path in self._open_parts(".json").items():
            reasons[key] = str(json_of(path))
        done = self.finished()
        rows = [(names[i], r, reason) for (r, i), reason in sorted(reasons.items())]
        lasting = [row for row in rows if row[:2] not in done]
        return pd.DataFrame(lasting, columns=["strategy", "replication", "reason"])

    def _folded(self, file: Path) -> list[Failure]:
        found: list[Failure] = checked_in(list[Failure], json_of(file), file)
        return found

    def tables(self) -> list[str]:
        """Return the names of the tables stored so far."""
        files = (file for part in self._open_parts().values() for file in part.glob("*.parquet"))
        return sorted({file.stem for file in files} | set(self.manifest["tables"]))

    def table(self, name: str) -> pd.DataFrame:
        """Return a table, sorted by replication, then by the question's order of strategies."""
        before = self.manifest["state"]
        try:
            choose(self.path, "table", name, self.tables())
            rows: pd.DataFrame = self._read(name).to_pandas()
        except BadInput:
            if self.manifest["state"] == before:
                raise
        else:
            if self.manifest["state"] == before:
                return rows
        return self.table(name)  # closed meanwhile by its owner: the parts are one file now

    def _read(self, name: str) -> pa.Table:
        """Return a table; that of a closed run lies in one file, in order, and is read at once."""
        if self.manifest["state"] == "running":
            return pa.concat_tables(self._blocks(name))
        with self._legible(name):
            return blocks.whole(self.path / f"{name}.parquet")

    @contextlib.contextmanager
    def _legible(self, name: str) -> Iterator[None]:
        """Refuse in one line a table that cannot be read."""
        try:
            yield
        except (pa.ArrowException, OSError) as error:
            why = str(error).splitlines()[0]
            raise BadInput(self.path, name, why, "readable Parquet, one type per column") from None

    def _blocks(self, name: str) -> Iterator[pa.Table]:
        """Yield an empty block for the schema, then one block per replication and strategy."""
        with self._legible(name):
            yield from blocks.in_order(*self._sources(name))

    def _sources(self, name: str) -> tuple[list[pa.Schema], dict[blocks.Key, blocks.Reader]]:
        """Return the schemas of all stored blocks, and how to read each."""
        manifest, schemas = self.manifest, []
        sources: dict[blocks.Key, blocks.Reader] = {}
        if name in manifest["tables"]:
            file, order = self.path / f"{name}.parquet", manifest["question"]["strategies"]
            self.verify(only=(file.name,))
            schema, sources = blocks.of_table(file, order)
            schemas.append(schema)
        for key, part in self._open_parts().items():
            if (path := part / f"{name}.parquet").is_file():
                blocks.check_sum(path)
                schema, sources[key] = blocks.of_part(path)
                schemas.append(schema)
        return schemas, sources

    def close(self, state: str, beside: Mapping[str, str] = MappingProxyType({})) -> None:
        """Fold the parts into one file per table and end the run as `complete` or `cancelled`.

        What stands *beside* the tables (`BESIDE`: name to text) is there when the run is closed:
        who is killed before has a running run, never a closed one that lacks it.
        """
        choose(self.path, "state", state, STATES[1:])
        manifest, tables = self.manifest, self.tables()
        if manifest["state"] != "running":
            raise BadInput(self.path, "state", manifest["state"], "running; this run is closed")
        rewritten = {FAILURES, *BESIDE, *(f"{name}.parquet" for name in tables)}
        self.verify(only=rewritten)
        manifest = self._unsummed(manifest, rewritten)
        for name in tables:
            blocks.fold(self._blocks(name), self.path / f"{name}.parquet")
        disk.write(self.path / FAILURES, disk.as_json(self.failures().to_dict("records")))
        for name, text in beside.items():
            disk.write(self.path / name, text)
        files = [FAILURES, *beside, *(f"{name}.parquet" for name in tables)]
        manifest["checksums"] |= {name: disk.sha256(self.path / name) for name in files}
        order = manifest["question"]["strategies"].index
        done = sorted(self.finished(), key=lambda pair: (pair[1], order(pair[0])))
        self._record(manifest | {"state": state, "tables": tables, "finished": done})
        shutil.rmtree(self._parts, ignore_errors=True)

    def _unsummed(self, manifest: Manifest, files: Collection[str]) -> Manifest:
        """Take back the checksums of what is about to be written anew.

        Whoever is killed before the new ones stand in the manifest would leave a run that differs
        from them, and that nobody could go on with.
        """
        kept = {n: digest for n, digest in manifest["checksums"].items() if n not in files}
        if kept != manifest["checksums"]:
            self._record(manifest | {"checksums": kept})
        return manifest | {"checksums": kept}

    def _record(self, manifest: Manifest) -> None:
        disk.write(self.path / MANIFEST, sealed(manifest))

    def reopen(self) -> RunFolder:
        """Let a run that was cancelled or killed go on; what it has finished stays."""
        manifest = self.manifest
        if manifest["state"] == "complete":
            raise BadInput(self.path, "state", "complete", "cancelled or running")
        self.verify()
        self._record(manifest | {"state": "running"})
        for litter in self.path.glob(".tmp-*"):
            disk.remove(litter)
        return self

    def noted(self, line: str) -> None:
        """Add a line to the manifest's notes: what somebody who trusts the run should know."""
        manifest = self.manifest
        self._record(manifest | {"notes": [*manifest["notes"], line]})

    def attach(self, name: str, content: str | bytes) -> Path:
        """Add a file such as ``report.html``; under a new name where another one has this one."""
        if not file_names({name: ""}) or name.endswith(".parquet") or name == FAILURES:
            raise BadInput(self.path, "attach", name, "a plain file name that no table has")
        raw = content.encode(errors="backslashreplace") if isinstance(content, str) else content
        for path in disk.names(self.path / name):
            if disk.write(path, raw, over=False) or (path.is_file() and path.read_bytes() == raw):
                break
        manifest = self.manifest
        manifest["checksums"][path.name] = hashlib.sha256(raw).hexdigest()
        self._record(manifest)
        return path
