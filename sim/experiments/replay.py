"""Carry a question out in a run folder; continue, enlarge, repeat and read such runs.

The folder's manifest holds the whole question, so that none of this needs the files it came from
(a portfolio apart, which is never copied).
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sim.agents.population import Filed
from sim.compare.comparison import (
    CancelledError,
    Comparison,
    Progress,
    compare,
    stored_table,
    with_added,
)
from sim.compare.verdict import FEWEST
from sim.core.errors import BadInput
from sim.experiments.question import Question, accounts_of, from_manifest, prints, settle
from sim.store.runs import RunFolder, RunStore
from sim.store.runs.progress import clear, told

MODELS, LUCK = "models.json", "luck.json"


def begin(question: Question, out: Path | None = None, store: RunStore | None = None) -> RunFolder:
    """Begin a run: in *out*, new or empty, else in a folder of its own in the store."""
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
    report = told(folder.path, progress)
    try:
        report(len(folder.finished()), question.planned * len(question.strategies))
        found = _played(question, folder, late, (jobs, cluster), report)
    except (CancelledError, KeyboardInterrupt) as stop:
        partial = stop.partial if isinstance(stop, CancelledError) else None
        _shut(folder, "cancelled", partial)
        raise CancelledError(partial) from None
    _shut(folder, "complete", found)
    rows = found.luck().to_json(orient="records", indent=1, double_precision=15)
    folder.attach(LUCK, rows)
    return found


def _shut(folder: RunFolder, state: str, found: Comparison | None) -> None:
    folder.close(state)
    if found is not None and found.models:
        folder.attach(MODELS, json.dumps(found.models, ensure_ascii=False, default=float))


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
        book=q.book, baseline=q.baseline, late=late, folder=folder, progress=progress,  # type: ignore[arg-type]
    )  # fmt: skip


def stored(folder: RunFolder) -> Comparison:
    """Return the comparison that a run folder holds, without playing anything."""
    manifest = folder.manifest
    q = from_manifest(folder.path, manifest)
    if not folder.finished():
        allowed = "at least one replication; `dunning replay` continues the run"
        raise BadInput(folder.path, "finished", 0, allowed)
    models = folder.path / MODELS
    whole = manifest["state"] == "complete" and q.replications is None
    return Comparison(
        settle(q),
        q.chosen(),
        q.baseline,
        with_added(folder.table("measures")),
        folder.table("daily"),
        folder.table("seats"),
        _rounds(folder) if whole else q.planned,
        folder.failures(),
        json.loads(models.read_bytes()) if models.is_file() else {},
        stored_table(folder, "segments"),
        q.looks,
    )


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
    with tempfile.TemporaryDirectory() as place:
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
