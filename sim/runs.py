"""The run store: one folder per run, in which nothing is ever half-written.

While a run goes on, each finished replication is a part: a folder that appears whole or not at all.
Closing folds the parts into one Parquet file per table; the manifest is replaced last. So a kill
loses at most the replications that were being played, and the next closing mends the rest.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from itertools import count
from pathlib import Path
from platform import python_version
from typing import Any, NotRequired, TypedDict, Unpack

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sim.errors import BadInput, choose

FORMAT, MANIFEST, FAILURES = 1, "manifest.json", "failures.json"
STATES = ("running", "complete", "cancelled")
PACKAGES = ("dunning-lab", "numpy", "pandas", "pyarrow", "simpy", "scikit-learn")
PAGE: dict[str, Any] = {"indent": 1, "ensure_ascii": False}
Manifest = dict[str, Any]
Reader = Callable[[], pa.Table]
Key = tuple[int, int]  # replication, then place of the strategy in the question: the row order


def default_root() -> Path:
    """Return the folder of runs: ``$DUNNING_RUNS``, else ``runs`` in the current folder."""
    return Path(os.environ.get("DUNNING_RUNS") or "runs")


def fingerprint(obj: object) -> str:
    """Return 16 hexadecimal digits of the SHA-256 of *obj* as JSON with sorted keys."""
    text = _json(obj, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _json(obj: object, **layout: Any) -> str:
    try:
        return json.dumps(obj, allow_nan=False, default=_plain, **layout)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadInput("JSON", "", _short(obj), f"what JSON can hold ({error})") from None


def _plain(value: Any) -> object:
    """Turn numpy values, dates and paths into what JSON knows."""
    for turn in ("tolist", "isoformat", "as_posix"):
        if hasattr(value, turn):
            return getattr(value, turn)()
    raise TypeError(f"not {type(value).__name__}")


def _short(value: object) -> object:
    text = repr(value)
    return value if len(text) <= 60 else f"{text[:57]}..."


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    if os.name == "nt" and path.is_dir():
        return  # Windows has no handle of a folder
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _draft(target: Path) -> Iterator[Path]:
    """Lend a hidden name beside *target* to write under; what still has it at the end goes."""
    draft = target.with_name(f".tmp-{secrets.token_hex(8)}")
    try:
        yield draft
    finally:
        _remove(draft)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    path.unlink(missing_ok=True)


def _write(path: Path, raw: str | bytes, *, over: bool = True) -> bool:
    """Write *path* whole or not at all; False where it exists and is not to be written *over*."""
    with _draft(path) as draft:
        # A lone surrogate (an odd byte in a file name) becomes its own JSON escape.
        draft.write_bytes(raw.encode(errors="backslashreplace") if isinstance(raw, str) else raw)
        _sync(draft)
        try:
            (os.replace if over else _link)(draft, path)
        except FileExistsError:
            return False
    _sync(path.parent)
    return True


def _link(draft: Path, path: Path) -> None:
    """Give *draft* the name *path*; unlike a rename, never over what is there."""
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:  # a disk without hard links
        if path.exists():
            raise FileExistsError(path) from None
        os.replace(draft, path)


def _names(path: Path) -> Iterator[Path]:
    """Yield *path*, then the same with -2, -3 ... before its suffix."""
    yield path
    yield from (path.with_name(f"{path.stem}-{n}{path.suffix}") for n in count(2))


def _claimed(folder: Path) -> bool:
    with contextlib.suppress(FileExistsError):
        folder.mkdir()
        return True
    return False


def _is(kind: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, kind)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _each_once(value: Any) -> bool:
    return _texts(value) and 0 < len(set(value)) == len(value)


def _moment(value: Any) -> bool:
    with contextlib.suppress(TypeError, ValueError):
        return dt.datetime.fromisoformat(value).tzinfo is not None
    return False


def _table_names(value: Any) -> bool:
    return _texts(value) and all(re.fullmatch("[a-z][a-z0-9_]*", name) for name in value)


def _file_names(value: Any) -> bool:
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
    "command": (_is(str), "a text"),
    "python": (_is(str), "a text"),
    "fingerprints": (_is(dict), "an object"),
    "versions": (_is(dict), "an object"),
    "scenario": (_is(dict), "an object"),
    "tables": (_table_names, "names in lower case"),
    "finished": (_pairs, "pairs of a strategy and a replication"),
    "checksums": (_file_names, "an object with one plain file name per key"),
    "notes": (_texts, "texts"),
}


def _check(where: object, manifest: Manifest) -> Manifest:
    for key, (fits, allowed) in RULES.items():
        *parents, last = key.split(".")
        value = (manifest[parents[0]] if parents else manifest).get(last)
        if not fits(value):
            raise BadInput(where, key, _short(value), allowed)
    for strategy, _ in manifest["finished"]:
        choose(where, "finished", strategy, manifest["question"]["strategies"])
    return manifest


def _load(path: Path) -> Manifest:
    """Return the manifest in *path*, or say in one line what is wrong with it."""
    if not path.is_file():
        raise BadInput(path.parent, path.name, "missing", "every run has one; this is not a run")
    try:
        manifest = json.loads(path.read_bytes())
    except json.JSONDecodeError as error:
        line = _short(error.doc.split("\n")[error.lineno - 1])
        raise BadInput(path, f"line {error.lineno}", line, f"broken JSON, {error.msg}") from None
    except (ValueError, RecursionError, OSError):
        raise BadInput(path, "", "unreadable", "a JSON object in UTF-8") from None
    if not isinstance(manifest, dict):
        raise BadInput(path, "", _short(manifest), "a JSON object")
    return _check(path, manifest)


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


def _manifest(question: Mapping[str, Any], facts: Facts) -> Manifest:
    """Return the manifest of a run that begins now."""
    now = dt.datetime.now(dt.UTC)
    asked = json.loads(_json(question))
    slug = re.sub("[^a-z0-9]+", "-", str(asked.get("scenario")).lower()).strip("-")[:40]
    manifest = {
        "format": FORMAT,
        "id": f"{now:%Y%m%d-%H%M%S}-{slug or 'scenario'}-{fingerprint(question)[:4]}",
        "created": now.isoformat(timespec="microseconds"),
        "state": "running",
        "question": asked,
        "command": facts["command"],
        "python": facts["python"],
        "fingerprints": json.loads(_json(facts["fingerprints"])),
        "versions": versions(),
        "tables": [],
        "finished": [],
        "checksums": {},
        "notes": list(facts.get("notes", ())),
        "scenario": json.loads(_json(facts["scenario"])),
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


def _arrow(where: Path, frame: pd.DataFrame, strategy: str, replication: int) -> pa.Table:
    """Return *frame* with the columns of its owner, and plain types only."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    owner = {"strategy": (strategy, pa.string()), "replication": (replication, pa.int64())}
    for place, (column, (value, kind)) in enumerate(owner.items()):
        filled = pa.array([value] * len(frame), kind)
        if column not in frame:
            table = table.add_column(place, column, filled)
        elif (own := frame[column] == value).all():
            table = table.set_column(table.schema.get_field_index(column), column, filled)
        else:
            raise BadInput(where, column, str(frame[column][~own].iloc[0]), f"{value} in every row")
    # Categories would be numbered by the order of arrival, so they become what they stand for.
    coded = pa.types.is_dictionary
    kinds = [(f.name, f.type.value_type if coded(f.type) else f.type) for f in table.schema]
    return table.cast(pa.schema(kinds))


def _united(schemas: Sequence[pa.Schema]) -> pa.Schema:
    """Return the schema that holds all of *schemas*, whatever the order they come in."""
    fields = pa.unify_schemas(schemas, promote_options="permissive")
    if len({tuple(schema.names) for schema in schemas}) > 1:
        fields = sorted(fields, key=lambda field: field.name)
    return pa.schema([(field.name, field.type) for field in fields])


def _shaped(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return *table* with the columns of *schema*, empty where it has none."""
    columns = [
        table[name].cast(kind) if name in table.column_names else pa.nulls(len(table), kind)
        for name, kind in zip(schema.names, schema.types, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=schema)


@contextlib.contextmanager
def _writable(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise BadInput(folder, "", why, "a folder that can be written to") from None


def _read(file: Path) -> pa.Table:
    with pq.ParquetFile(file) as table:
        return table.read()


def _row_groups(file: pq.ParquetFile, strategies: Sequence[str]) -> dict[Key, Reader]:
    """Return how to read each replication of each strategy out of a folded table."""
    groups: dict[Key, list[int]] = {}
    for group in range(file.num_row_groups):
        owner = file.read_row_group(group, ["strategy", "replication"])[:1].to_pylist()[0]
        key = owner["replication"], strategies.index(owner["strategy"])
        groups.setdefault(key, []).append(group)  # several where a block was very long
    return {key: partial(file.read_row_groups, found) for key, found in groups.items()}


@dataclass(frozen=True)
class RunFolder:
    """One run on disk. It holds nothing but its path, so any process may have a copy."""

    path: Path

    @property
    def manifest(self) -> Manifest:
        """A fresh copy of what the manifest says; refused with one line where it is broken."""
        return _load(self.path / MANIFEST)

    def verify(self, *, contents: bool = True) -> None:
        """Refuse a run in which a file is missing, or (*contents*) not the one written."""
        for name, digest in self.manifest["checksums"].items():
            if not (self.path / name).is_file():
                raise BadInput(self.path, name, "missing", "the manifest lists it")
            if contents and (found := _sha256(self.path / name)) != digest:
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
        if not _table_names(list(tables)):
            raise BadInput(self.path, "tables", _short(list(tables)), RULES["tables"][1])
        part = self._part(strategy, replication)
        if (strategy, replication) in self.finished():
            return False
        ready = {
            name: _arrow(self.path, rows, strategy, replication) for name, rows in tables.items()
        }
        with _draft(part) as draft:
            draft.mkdir()
            for name, table in ready.items():
                pq.write_table(table, draft / f"{name}.parquet")
                _sync(draft / f"{name}.parquet")
            _sync(draft)
            try:
                os.rename(draft, part)
            except OSError:
                if part.is_dir():  # another process was first
                    return False
                raise
        _sync(part.parent)
        return True

    def failed(self, strategy: str, replication: int, reason: str) -> None:
        """Note that a replication broke off, and why; keeping it later takes the note back."""
        _write(self._part(strategy, replication).with_suffix(".json"), _json(reason))

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

    def _open_parts(self, suffix: str = "") -> dict[Key, Path]:
        """Return the parts (or with *suffix* ``.json`` the failures) not folded in yet."""
        manifest, found = self.manifest, {}
        for path in self._parts.glob(f"*-*{suffix}") if manifest["state"] == "running" else ():
            named = re.fullmatch(r"(\d+)-(\d+)", path.name.removesuffix(suffix))
            if named and int(named[2]) < len(manifest["question"]["strategies"]):
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
        for row in json.loads(folded.read_bytes()) if folded.is_file() else ():
            reasons[row["replication"], names.index(row["strategy"])] = row["reason"]
        for key, path in self._open_parts(".json").items():
            reasons[key] = json.loads(path.read_bytes())
        done = self.finished()
        rows = [(names[i], r, reason) for (r, i), reason in sorted(reasons.items())]
        lasting = [row for row in rows if row[:2] not in done]
        return pd.DataFrame(lasting, columns=["strategy", "replication", "reason"])

    def tables(self) -> list[str]:
        """Return the names of the tables stored so far."""
        files = (file for part in self._open_parts().values() for file in part.glob("*.parquet"))
        return sorted({file.stem for file in files} | set(self.manifest["tables"]))

    def table(self, name: str) -> pd.DataFrame:
        """Return a table, sorted by replication, then by the question's order of strategies."""
        before = self.manifest["state"]
        try:
            choose(self.path, "table", name, self.tables())
            rows: pd.DataFrame = pa.concat_tables(self._blocks(name)).to_pandas()
        except BadInput:
            if self.manifest["state"] == before:
                raise
        else:
            if self.manifest["state"] == before:
                return rows
        return self.table(name)  # closed meanwhile by its owner: the parts are one file now

    def _blocks(self, name: str) -> Iterator[pa.Table]:
        """Yield an empty block for the schema, then one block per replication and strategy."""
        try:
            schemas, sources = self._sources(name)
            schema = _united(schemas)
            yield schema.empty_table()
            for key in sorted(sources):
                yield _shaped(sources[key](), schema)
        except (pa.ArrowException, OSError) as error:
            why = str(error).splitlines()[0]
            raise BadInput(self.path, name, why, "readable Parquet, one type per column") from None

    def _sources(self, name: str) -> tuple[list[pa.Schema], dict[Key, Reader]]:
        """Return the schemas of all stored blocks, and how to read each."""
        manifest, schemas = self.manifest, []
        sources: dict[Key, Reader] = {}
        if name in manifest["tables"]:
            file = pq.ParquetFile(self.path / f"{name}.parquet")
            schemas.append(file.schema_arrow)
            sources |= _row_groups(file, manifest["question"]["strategies"])
        for key, part in self._open_parts().items():
            if (path := part / f"{name}.parquet").is_file():
                schemas.append(pq.read_schema(path))
                sources[key] = partial(_read, path)
        return schemas, sources

    def close(self, state: str) -> None:
        """Fold the parts into one file per table and end the run as `complete` or `cancelled`."""
        choose(self.path, "state", state, STATES[1:])
        manifest, tables = self.manifest, self.tables()
        if manifest["state"] != "running":
            raise BadInput(self.path, "state", manifest["state"], "running; this run is closed")
        for name in tables:
            self._fold(name)
        _write(self.path / FAILURES, _json(self.failures().to_dict("records")))
        files = [FAILURES, *(f"{name}.parquet" for name in tables)]
        manifest["checksums"] |= {name: _sha256(self.path / name) for name in files}
        order = manifest["question"]["strategies"].index
        done = sorted(self.finished(), key=lambda pair: (pair[1], order(pair[0])))
        self._record(manifest | {"state": state, "tables": tables, "finished": done})
        shutil.rmtree(self._parts, ignore_errors=True)

    def _record(self, manifest: Manifest) -> None:
        _write(self.path / MANIFEST, _json(manifest, **PAGE))

    def _fold(self, name: str) -> None:
        """Write a table in one file, a row group per block: never the whole in memory."""
        blocks, target = self._blocks(name), self.path / f"{name}.parquet"
        with _draft(target) as draft:
            with pq.ParquetWriter(draft, next(blocks).schema) as writer:
                for block in blocks:
                    if block.num_rows:
                        writer.write_table(block, row_group_size=block.num_rows)
            _sync(draft)
            os.replace(draft, target)

    def reopen(self) -> RunFolder:
        """Let a run that was cancelled or killed go on; what it has finished stays."""
        manifest = self.manifest
        if manifest["state"] == "complete":
            raise BadInput(self.path, "state", "complete", "cancelled or running")
        self.verify()
        # Closing writes these anew: until then they have no checksum to differ from.
        rewritten = {FAILURES, *(f"{name}.parquet" for name in manifest["tables"])}
        kept = {n: digest for n, digest in manifest["checksums"].items() if n not in rewritten}
        self._record(manifest | {"state": "running", "checksums": kept})
        for litter in self.path.glob(".tmp-*"):
            _remove(litter)
        return self

    def attach(self, name: str, content: str | bytes) -> Path:
        """Add a file such as ``report.html``; under a new name where another one has this one."""
        if not _file_names({name: ""}) or name.endswith(".parquet") or name == FAILURES:
            raise BadInput(self.path, "attach", name, "a plain file name that no table has")
        raw = content.encode(errors="backslashreplace") if isinstance(content, str) else content
        for path in _names(self.path / name):
            if _write(path, raw, over=False) or (path.is_file() and path.read_bytes() == raw):
                break
        manifest = self.manifest
        manifest["checksums"][path.name] = hashlib.sha256(raw).hexdigest()
        self._record(manifest)
        return path


def _born(folder: Path, manifest: Manifest) -> RunFolder:
    """Make the empty *folder* a run, if no other process was first."""
    if not _write(folder / MANIFEST, _json(manifest, **PAGE), over=False):
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
        manifest = _manifest(question, facts)
        with _writable(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            path = next(filter(_claimed, _names(self.root / manifest["id"])))
            return _born(path, manifest | {"id": path.name})

    def create_at(
        self, path: str | Path, question: Mapping[str, Any], **facts: Unpack[Facts]
    ) -> RunFolder:
        """Begin a run in *path*, which must be new or empty; the rest as for `create`."""
        path, manifest = Path(path), _manifest(question, facts)
        with _writable(path):
            path.mkdir(parents=True, exist_ok=True)
            if any(path.iterdir()):
                raise BadInput(path, "", "not empty", "a new or an empty folder")
            return _born(path, manifest)

    def open(self, run: str | Path) -> RunFolder:
        """Return a run by its name in the store or its path, all its files verified."""
        for path in (self.root / run, Path(run)):
            if os.path.isdir(path):
                RunFolder(path).verify()
                return RunFolder(path)
        raise BadInput(self.root, "run", str(run), "the name of a run there, or the path of one")

    def latest(self) -> RunFolder:
        """Return the newest run that is not broken."""
        if runs := self.list():
            return runs[0]
        raise BadInput(self.root, "run", "latest", "no run there yet")

    def list(self) -> Folders:
        """Return the runs, newest first, without the broken ones; contents are not verified."""
        return [run for run, trouble in self._all() if not trouble]

    def broken(self) -> Lines:
        """Return one line for each folder that `list` leaves out, saying why."""
        return [trouble for _, trouble in self._all() if trouble]

    def _all(self) -> Sequence[tuple[RunFolder, str]]:
        """Return each folder and what is wrong with it, newest first."""
        found = []
        for path in self.root.glob("[!.]*"):
            if any(path.glob("[!.]*")):  # otherwise a file, or a run that is just being born
                run, created, trouble = RunFolder(path), "", ""
                try:
                    run.verify(contents=False)
                    created = run.manifest["created"]
                except BadInput as error:
                    trouble = str(error)
                found.append((created, path.name, run, trouble))
        return [(run, trouble) for *_, run, trouble in sorted(found, key=lambda f: f[:2])[::-1]]
