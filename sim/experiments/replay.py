"""Carry a question out in a run folder; continue, enlarge, repeat and read such runs.

The folder's manifest holds the whole question, so that none of this needs the files it came from
(a portfolio apart, which is never copied).
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pandas as pd

from sim.agents.population import Filed
from sim.compare.comparison import (
    DECIDING,
    CancelledError,
    Comparison,
    Progress,
    compare,
    stored_table,
    with_added,
)
from sim.compare.comparison.result import REFITTED
from sim.compare.verdict import FEWEST
from sim.core.errors import BadInput
from sim.core.intake import checked_in, json_of
from sim.experiments.ensemble.doubt import FILE as DRAWS
from sim.experiments.ensemble.doubt import weighed
from sim.experiments.question import Question, accounts_of, from_manifest, prints, settle
from sim.play.run import practice_by_month
from sim.play.workers.litter import prefix
from sim.store.runs import FAILURES, RunFolder, RunStore, disk
from sim.store.runs.manifest import LUCK, MODELS
from sim.store.runs.progress import alone, clear, told

OWNER, PAIR = ("strategy", "replication"), ("numerator", "denominator")
#: Columns that a report reads.
SHAPES = {
    "measures": (*OWNER, "metric", *PAIR),
    "daily": (*OWNER, "day", "bucket", "accounts", "balance", "past_due", "cash", "variable_cost",
              "risk"),
    "seats": (*OWNER, "day", "role", "open", "busy"),
    "segments": (*OWNER, "segment", "group", "metric", *PAIR),
}  # fmt: skip
FULL = ("measures", "daily")  #: every finished replication has rows in them
NEEDED = tuple(f"{name}.parquet" for name in FULL)  #: files without which there is no report
NO_FAILURES = pd.DataFrame(columns=["strategy", "replication", "reason"])
P = TypeVar("P")
MONTH = 30  #: days


def begin(question: Question, out: Path | None = None, store: RunStore | None = None) -> RunFolder:
    """Begin a run: in *out*, new or empty, else in a folder of its own in the store."""
    check_playable(question)
    facts: Any = {
        "scenario": question.scenario.model_dump(mode="json"),
        "fingerprints": prints(question),
        "command": question.command(),
        "python": question.python(),
    }
    keeper = store or RunStore()
    if out is not None:
        return keeper.create_at(out, question.to_dict(), **facts)
    return keeper.create(question.to_dict(), **facts)


def check_playable(question: Question) -> None:
    """Refuse what no play could begin with, before there is a folder for it.

    Every month's practice is made once: a budget that does not pay a strategy's fixed costs in the
    fifth month is told now.
    """
    at = settle(question)
    for strategy in question.chosen():
        practice = practice_by_month(at, strategy)
        for month in range(-(-at.days // MONTH)):
            practice(month)


def withdraw(folder: RunFolder) -> None:
    """Remove a run that was refused before anything of it was finished: it never began."""
    if not folder.finished():
        disk.remove(folder.path)


def carry_out(
    question: Question,
    folder: RunFolder,
    *,
    late: tuple[Filed, ...] = (),
    jobs: int = 1,
    cluster: str | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Play what *folder* lacks, close it and return the comparison.

    Raises
    ------
    CancelledError
        On Ctrl-C, or where a file in the folder asks for it; the folder is closed as cancelled
        and keeps what is finished.
    """
    with alone(folder.path):
        return _carried_out(question, folder, late, (jobs, cluster), progress)


def _carried_out(
    question: Question,
    folder: RunFolder,
    late: tuple[Filed, ...],
    crew: tuple[int, str | None],
    progress: Progress | None,
) -> Comparison:
    report = told(folder.path, progress)
    try:
        report(len(folder.finished()), question.planned * len(question.strategies))
        found = _played(question, folder, late, crew, report)
    except (CancelledError, KeyboardInterrupt) as stop:
        partial = stop.partial if isinstance(stop, CancelledError) else None
        _shut(folder, "cancelled", partial)
        raise CancelledError(partial) from None
    _shut(folder, "complete", found)
    return found


def _shut(folder: RunFolder, state: str, found: Comparison | None) -> None:
    beside = {}
    if state == "complete" and found is not None:
        beside[LUCK] = found.luck().to_json(orient="records", indent=1, double_precision=15)
    if found is not None and found.models:
        beside[MODELS] = json.dumps(found.models, ensure_ascii=False, default=float)
    folder.close(state, beside)


def _played(
    q: Question,
    folder: RunFolder,
    late: tuple[Filed, ...],
    crew: tuple[int, str | None],
    progress: Progress | None,
) -> Comparison:
    return compare(
        q.scenario, q.chosen(), replications=q.replications or "auto", most=q.most,
        seconds=q.seconds, looks=q.looks, seed=q.seed, accounts=q.accounts, days=q.days,
        engine=q.engine, jobs=crew[0], cluster=crew[1], budget=q.budget, start=q.start,  # type: ignore[arg-type]
        book=q.book, value=q.value, continuation=q.continuation, groups=q.groups,  # type: ignore[arg-type]
        baseline=q.baseline, late=late, folder=folder, progress=progress,
    )  # fmt: skip


def stored(folder: RunFolder) -> Comparison:
    """Return the comparison that a run folder holds, with its draws; nothing is played.

    A part that decides nothing and cannot be read is left out and named in `damaged`.
    """
    manifest = folder.manifest
    q = from_manifest(folder.path, manifest)
    if not folder.finished():
        allowed = "at least one replication; `dunning replay` continues the run"
        raise BadInput(folder.path, "finished", 0, allowed)
    whole = manifest["state"] == "complete" and q.replications is None
    tables = {name: sound(folder, name, stored_table(folder, name)) for name in FULL}
    spare = Spare(folder, [])
    for name in (n for n in SHAPES if n not in FULL):
        read = partial(_table, folder, name)
        tables[name] = spare.part(f"{name}.parquet", read, pd.DataFrame())
    failures = spare.part(FAILURES, folder.failures, NO_FAILURES.copy())
    none: dict[str, Any] = {}
    models = spare.part(MODELS, partial(models_of, folder.path / MODELS), none)
    found = Comparison(
        settle(q),
        q.chosen(),
        q.baseline,
        with_added(tables["measures"]),
        tables["daily"],
        tables["seats"],
        _rounds(folder) if whole else q.planned,
        failures,
        models,
        tables["segments"],
        q.looks,
        q.portfolio is not None,
        tuple(spare.lost),
    )
    return weighed(found, folder.path)


def _table(folder: RunFolder, name: str) -> pd.DataFrame:
    return sound(folder, name, stored_table(folder, name))


class Spare(NamedTuple):
    """Parts of a run that a report can do without, and what could not be read of them."""

    folder: RunFolder
    lost: list[str]

    def part(self, file: str, read: Callable[[], P], usual: P) -> P:
        """Return what a file holds, once it is the one written; *usual* where it is not."""
        try:
            self.folder.verify(only=(file,))
            return read()
        except BadInput as refused:
            self.lost.append(str(refused))
            return usual


def models_of(file: Path) -> dict[str, Any]:
    """Return the reports of fitted models, as far as a run keeps any: a table for each strategy."""
    if not file.is_file():
        return {}
    found: dict[str, Any] = checked_in(dict[str, dict[str, Any]], json_of(file, finite=False), file)
    return found


def sound(folder: RunFolder, name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Return a run's table, once it has the columns, the types and the replications of one."""
    where = folder.path / f"{name}.parquet"
    if rows.empty and name not in FULL:
        return rows
    for column in SHAPES[name]:
        if column not in rows:
            raise BadInput(where, "columns", f"no {column}", ", ".join(SHAPES[name]))
        number = pd.api.types.is_numeric_dtype(rows[column])
        if number is (column in ("strategy", "metric", "segment")):
            allowed = "numbers" if not number else "words"
            raise BadInput(where, column, str(rows[column].dtype), allowed)
    if folder.manifest["state"] != "running":  # then more comes in while we look
        pairs = rows[[*OWNER]].drop_duplicates().itertuples(index=False)
        _owned(where, folder, {(str(s), int(r)) for s, r in pairs}, full=name in FULL)
        if name == "measures":
            _complete(where, rows, len(folder.finished()))
    return rows


def _owned(where: Path, folder: RunFolder, there: set[tuple[str, int]], *, full: bool) -> None:
    """Refuse rows of others than those that are finished, and with *full* a lack of any."""
    done = folder.finished()
    for strategy, replication in sorted(there - done | (done - there if full else set())):
        value = f"{strategy}, replication {replication}"
        raise BadInput(where, "rows", value, "exactly what the manifest says is finished")


def _complete(where: Path, rows: pd.DataFrame, pairs: int) -> None:
    """Refuse measures in which a metric is missing, for all or for some.

    Another fit is tried for the strategies that learn, and in the first replications only.
    """
    counts = rows[rows["metric"] != REFITTED].groupby("metric")["numerator"].size()
    for metric in (*DECIDING, *counts.index):
        if counts.get(metric, 0) != pairs:
            allowed = f"one row for each of {pairs} replications of a strategy"
            raise BadInput(where, str(metric), f"{counts.get(metric, 0)} rows", allowed)


def _rounds(folder: RunFolder) -> int:
    """Return how many replications were begun and finished by anybody; 0 where none was."""
    return 1 + max((replication for _, replication in folder.finished()), default=-1)


def go_on(folder: RunFolder) -> Question:
    """Reopen a run that was cancelled or killed and return its question.

    Refused where the scenario's meaning or a strategy has changed since: its two halves would
    not belong together.
    """
    manifest = folder.manifest
    question = from_manifest(folder.path, manifest)
    for key, now in prints(question).items():
        if (then := manifest["fingerprints"].get(key)) != now:
            allowed = "that of the present code; begin a new run with `dunning compare`"
            raise BadInput(folder.path, f"fingerprints.{key}", _first(then, now), allowed)
    with alone(folder.path):
        folder.reopen()
        clear(folder.path)
    return question


def _first(then: Any, now: Any) -> Any:
    """Return the first part that differs."""
    if isinstance(then, dict) and isinstance(now, dict):
        return next((f"{k}: {then.get(k)}" for k in now if then.get(k) != now[k]), "missing")
    return then


def enlarged(
    folder: RunFolder,
    replications: int | None,
    *,
    most: int | None = None,
    seconds: float | None = None,
    out: Path | None = None,
) -> tuple[Question, RunFolder]:
    """Begin a new run of *replications* that takes over what *folder* has finished of them.

    None for as many as the deciding differences need, within *most* and *seconds*. The verdict
    of a complete run counts as seen, if it had one.
    """
    manifest = folder.manifest
    question = from_manifest(folder.path, manifest)
    seen, looks = _rounds(folder), question.looks
    if manifest["state"] == "complete" and seen >= FEWEST:
        looks = (*looks, seen)
    question = replace(question, replications=replications, most=most, seconds=seconds, looks=looks)
    if prints(question) != manifest["fingerprints"]:
        allowed = "those of the present code; begin a new run with `dunning compare`"
        raise BadInput(folder.path, "fingerprints", "other", allowed)
    fresh = begin(question, out)
    parts: dict[tuple[str, int], dict[str, Any]] = {}
    for name in folder.tables():
        for key, rows in folder.table(name).groupby(["strategy", "replication"], sort=False):
            pair = str(key[0]), int(str(key[1]))
            if replications is None or pair[1] < replications:
                parts.setdefault(pair, {})[name] = rows.reset_index(drop=True)
    for (strategy, replication), tables in parts.items():
        fresh.keep(strategy, replication, tables)
    if (folder.path / DRAWS).is_file():
        shutil.copyfile(folder.path / DRAWS, fresh.path / DRAWS)
    return question, fresh


def repeated(
    folder: RunFolder, *, jobs: int = 1, progress: Progress | None = None
) -> Sequence[str]:
    """Play a complete run again elsewhere; return one line per table that is not the same."""
    manifest = folder.manifest
    if manifest["state"] != "complete":
        allowed = "complete; `dunning replay` without --check continues the run"
        raise BadInput(folder.path, "state", manifest["state"], allowed)
    question = from_manifest(folder.path, manifest)
    rounds = question.replications or _rounds(folder) or question.planned
    question = replace(question, replications=rounds, most=None, seconds=None)
    late = accounts_of(question)
    with tempfile.TemporaryDirectory(prefix=prefix()) as place:
        again = begin(question, store=RunStore(Path(place)))
        carry_out(question, again, late=late, jobs=jobs, progress=progress)
        return unlike(folder, again)


def unlike(one: RunFolder, other: RunFolder) -> list[str]:
    """Return one line for each table in which two runs differ, bit for bit.

    Tables that only the *other* has are of a later version and not compared.
    """
    if one.finished() != other.finished():
        return ["finished: not the same replications"]
    lines = []
    for name in one.tables():
        a, b = one.table(name), other.table(name)
        if list(a.columns) != list(b.columns) or len(a) != len(b):
            lines.append(f"{name}: {len(a)} rows and {len(b)} rows, or other columns")
            continue
        for column in a.columns:
            apart = _bits(a[column].to_numpy()) != _bits(b[column].to_numpy())
            if len(a) and apart.any():
                row = a.iloc[int(apart.argmax())]
                where = f"{row['strategy']}, replication {row['replication']}"
                lines.append(f"{name}.{column}: first in {where}")
    return lines


def _bits(values: Any) -> Any:
    return values.view(np.int64) if values.dtype == np.float64 else values
