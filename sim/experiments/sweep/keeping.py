"""What a sweep keeps: a journal while it is played, one Parquet file, and what was asked."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from pandas.api.types import infer_dtype

from sim.core.cache import source
from sim.core.errors import BadInput
from sim.core.intake import Field, Strict, checked, checked_in, json_of
from sim.experiments.question import strategy_print
from sim.experiments.sweep.design import SCENARIO, Design
from sim.experiments.sweep.journal import lines
from sim.experiments.sweep.table import Row, Sweep
from sim.play.own_book import prints as book_prints
from sim.scenario import Scenario
from sim.store.runs import disk, fingerprint
from sim.store.runs.manifest import versions
from sim.strategies import named

SUFFIX = ".parquet"
FORMAT = 1
Key = tuple[int, str, int]
NUMBERS = ("floating", "mixed-integer-float", "integer", "empty")
WORDS = ("string", "empty")
#: Columns of the table that every sweep has, and what may stand in them.
COLUMNS = {
    "point": ("integer", "empty"), "strategy": WORDS, "replication": ("integer", "empty"),
    "metric": WORDS, "numerator": NUMBERS, "denominator": NUMBERS, "failure": WORDS,
}  # fmt: skip
Place = Annotated[int, Field(strict=True, ge=0)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=True)]
Word = Annotated[str, Field(strict=True)]
#: A line of the journal: point, strategy, replication, measures, why it broke off.
Line = tuple[Place, Word, Place, dict[Word, tuple[Number, Number]], Word]


def key_of(row: Row) -> Key:
    """Return what makes a row one of a kind."""
    return row.point, row.strategy, row.replication


def beside(place: Path, ending: str) -> Path:
    """Return the file of the same name with another ending."""
    return place.with_name(place.stem + ending)


def about_of(d: Design, place: Path | None, command: str, *, simulated: bool) -> dict[str, Any]:
    """Return what ``design.json`` says: design, command, versions, and the hash of it all."""
    facts: dict[str, Any] = {"format": FORMAT, "design": d.plain()}
    facts |= _simulated(d) if simulated else {"base": {}, "fingerprints": {}}
    titles, reference = {s: [s, s] for s in d.strategies}, []
    if simulated:
        chosen = [named(s) for s in d.strategies]
        titles = {s.name: [s.title.en, s.title.zh] for s in chosen}
        reference = [s.name for s in chosen if s.reference]
    digest = fingerprint(facts)
    where = f", {place.as_posix()!r}" if place is not None else ""
    python = (
        "from sim.experiments.sweep import Design, sweep\n\n"
        f"result = sweep(Design.of({d.plain()!r}){where})\n"
    )
    return facts | {
        "hash": digest, "strategies": titles, "reference": reference,
        "command": command or _command(place),
        "python": python, "versions": versions(),
    }  # fmt: skip


def _command(place: Path | None) -> str:
    name = place.as_posix() if place else "F.parquet"
    return shlex.join(["dunning", "sweep", "DESIGN.toml", "--out", name])


def _simulated(d: Design) -> dict[str, Any]:
    base = Scenario.load(d.scenario, d.settings)
    now = {k.path: k.value for k in base.knobs()}
    names = d.inputs[SCENARIO].values if SCENARIO in d.inputs else (d.scenario,)
    prints = {name: Scenario.load(name, d.settings).fingerprint for name in names}
    prints |= {s: strategy_print(named(s)) for s in d.strategies}
    prints |= {"source": source()} | book_prints(d)
    return {"base": {p: now[p] for p in d.inputs if p in now}, "fingerprints": prints}


def begin(place: Path | None, about: Mapping[str, Any], *, resume: bool) -> list[Row]:
    """Make ready to write; return the rows that are there already."""
    if place is None:
        if resume:
            raise BadInput("--resume", "", "nothing", "a file to go on with: --out F.parquet")
        return []
    if place.suffix != SUFFIX:
        raise BadInput("--out", "", str(place), "a file that ends in .parquet")
    files = [place, beside(place, ".rows.jsonl"), beside(place, ".design.json")]
    taken = [f for f in files if os.path.lexists(f)]  # a link that leads nowhere too
    if taken and not resume:
        raise BadInput("--out", "", taken[0].name, "a new file, or --resume to go on with it")
    disk.check_place("--out", place)
    with disk.writable(place.parent):
        place.parent.mkdir(parents=True, exist_ok=True)
        if not files[2].exists():
            _write_about(place, about)
            return []
    _same(place, about)
    rows = {key_of(r): r for r in [*_of_table(place), *_of_journal(files[1])]}
    return list(rows.values())


def _same(place: Path, about: Mapping[str, Any]) -> None:
    """Refuse to go on with another design, or with other code than the one that began."""
    before = read_about(place)
    if before["hash"] == about["hash"]:
        return
    changed = "design" if before["design"] != json.loads(json.dumps(about["design"])) else "code"
    raise BadInput(
        "--resume", changed, about["hash"], f"{before['hash']!r}, with which the sweep began"
    )


def _write_about(place: Path, about: Mapping[str, Any]) -> None:
    disk.write(beside(place, ".design.json"), disk.as_json(about, ensure_ascii=False, indent=1))


class AboutFile(Strict):
    """The form of what stands beside a sweep's table."""

    format: int
    design: dict[str, Any]
    base: dict[str, Any]
    fingerprints: dict[str, str]
    hash: str
    strategies: dict[str, tuple[str, str]]
    reference: list[str]
    command: str
    python: str
    versions: dict[str, str]


def read_about(place: Path) -> dict[str, Any]:
    """Return what stands beside a sweep's file."""
    file = beside(place, ".design.json")
    body = json_of(file, said="the design that `dunning sweep` writes beside its table")
    checked(AboutFile, body, file)
    if body["format"] != FORMAT:
        raise BadInput(file, "format", body["format"], f"{FORMAT}")
    return dict(body)


def stored(path: str | Path) -> Sweep:
    """Return the sweep that a Parquet file holds, as far as it is finished."""
    place = Path(path)
    if place.suffix != SUFFIX:
        raise BadInput(path, "", place.suffix or "no ending", "a file that ends in .parquet")
    about = read_about(place)
    if not place.exists():
        raise BadInput(path, "", "not finished", "go on with it: dunning sweep ... --resume")
    return Sweep(Design.of(about["design"], place.name), about, _table(place))


def _table(place: Path) -> pd.DataFrame:
    """Read the table, which must be the one that was written and have the columns of one."""
    disk.check_sum(place)
    try:
        found = pd.read_parquet(place)
    except (OSError, ValueError, TypeError, KeyError, NotImplementedError):
        raise BadInput(place, "", "unreadable", "a table that `dunning sweep` wrote") from None
    for column, kinds in COLUMNS.items():
        if column not in found:
            raise BadInput(place, "columns", f"no {column}", ", ".join(COLUMNS))
        if (kind := infer_dtype(found[column], skipna=True)) not in kinds:
            raise BadInput(place, column, kind, " or ".join(kinds[:1]))
    return found


def _of_table(place: Path) -> list[Row]:
    found: dict[Key, Row] = {}
    if not place.exists():
        return []
    for p, s, r, metric, x, y, failure in _table(place)[[*COLUMNS]].itertuples(index=False):
        row = found.setdefault((p, s, r), Row(p, s, r, {}, failure))
        if metric:
            found[p, s, r] = row._replace(measures={**row.measures, metric: (x, y)})
    return list(found.values())


def journal_of(place: Path | None) -> Path | None:
    """Return where the rows stand while a sweep is played."""
    return None if place is None else beside(place, ".rows.jsonl")


def _of_journal(file: Path) -> list[Row]:
    found: list[Row] = []
    for line in lines(file):
        point, strategy, replication, measures, failure = checked_in(Line, line, file)
        found.append(Row(point, strategy, replication, dict(measures), failure))
    return found


def finish(place: Path, about: Mapping[str, Any], table: pd.DataFrame, *, complete: bool) -> None:
    """Write the table whole or not at all; the journal goes once everything is in it."""
    with disk.draft_of(place) as draft:
        table.to_parquet(draft, index=False)
        disk.sync(draft)
        disk.put_summed(draft, place)
    if complete:
        beside(place, ".rows.jsonl").unlink(missing_ok=True)


__all__ = ["about_of", "begin", "finish", "journal_of", "key_of", "read_about", "stored"]
