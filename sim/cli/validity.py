"""`dunning validate`: check a file of any kind that the user writes, and say what it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from sim.cli import options as o
from sim.cli.say import note, say
from sim.core.errors import BadInput, choose

Kind = Annotated[
    str | None,
    typer.Option(
        "--kind",
        metavar="KIND",
        help="scenario, strategy, timetable, lesson, design, forecast, targets, portfolio or "
        "history; found by what is in the file where left out.",
    ),
]


def validate(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A file of any kind.")],
    kind: Kind = None,
    mapping: o.Mapping = None,
    as_of: o.AsOf = None,
    sheet: o.Sheet = None,
    lang: o.Lang = "en",
) -> None:
    """Check a file."""
    o.language(lang)
    if not Path(file).is_file():
        raise BadInput("FILE", "", file, "no such file")
    reading = o.reading(mapping, as_of, sheet)
    found = kind and choose("--kind", "", kind, CHECKS)
    found = found or _kind_of(Path(file), reading)
    if reading and found not in TABLES:
        raise BadInput("--mapping", "", next(iter(reading)), f"no table: {file} is a {found}")
    told = CHECKS[found](file, reading, lang)
    say(f"{file}: valid; {told}")


# --- which kind ----------------------------------------------------------------------------------


def _kind_of(path: Path, mapping: Mapping[str, str]) -> str:
    """Return what a file seems to be, by its ending and the names in it."""
    ending = path.suffix.casefold()
    if ending == ".py":
        return "strategy"
    if ending == ".json":
        return "forecast"
    if ending in ("", ".toml"):
        return _kind_of_toml(path)
    return _kind_of_table(path, mapping)


def _kind_of_toml(path: Path) -> str:
    from sim.core.intake.trees import toml_of

    try:
        keys = set(toml_of(path))
    except BadInput:
        return "scenario"  # whose reader says what is wrong
    for kind, signs in SIGNS.items():
        if any(sign <= keys for sign in signs):
            return kind
    return "scenario"


#: Names that a file of another kind than a scenario has, and a scenario has not.
SIGNS: dict[str, tuple[set[str], ...]] = {
    "design": ({"inputs"}, {"strategies", "scenario"}),
    "strategy": ({"base"}, {"params"}, {"organisation"}),
    "timetable": ({"entries"}, {"phases"}, {"present"}),
    "lesson": ({"arms"}, {"twins"}, {"story"}),
}


def _kind_of_table(path: Path, mapping: Mapping[str, str]) -> str:
    from sim.experiments.calibrate.history import seems_history
    from sim.experiments.calibrate.targets import COLUMNS
    from sim.store.portfolio import wanted
    from sim.store.portfolio.files import load

    cells, _ = load(path, sheet=mapping.get("sheet", ""), wanted={*wanted(mapping), *COLUMNS})
    if set(COLUMNS) <= set(cells.header):
        return "targets"
    return "history" if "month" in mapping or seems_history(cells) else "portfolio"


# --- checks --------------------------------------------------------------------------------------


def _scenario(file: str, mapping: Mapping[str, str], lang: str) -> str:
    from sim.scenario import Scenario

    found = Scenario.load(Path(file))
    return f"scenario {found.name}, fingerprint {found.fingerprint}"


def _strategy(file: str, mapping: Mapping[str, str], lang: str) -> str:
    from sim.strategies import named

    return f"strategy {named(file, 'FILE').name}; what it answers is checked when it is played"


def _timetable(file: str, mapping: Mapping[str, str], lang: str) -> str:
    from sim.strategies.timetable import load

    found = load(file)
    return f"timetable {found.name}, {len(found.entries)} entries"


def _lesson(file: str, mapping: Mapping[str, str], lang: str) -> str:
    from sim.lessons.shelf import load

    found = load(file)
    return f"lesson {found.id}, {len(found.arms)} arms"


def _design(file: str, mapping: Mapping[str, str], lang: str) -> str:
    from sim.experiments.sweep.design import Design, count

    found = Design.load(file)
    return f"design of {count(found)} points for {', '.join(found.strategies)}"


def _forecast(file: str, mapping: Mapping[str, str], lang: str) -> str:
    from sim.experiments.forecast.frozen import read

    found = read(file)
    return f"forecast {found['hash'][:16]} of {found['strategy']}"


def _targets(file: str, mapping: Mapping[str, str], lang: str) -> str:
    from sim.experiments.calibrate.targets import from_file

    return f"{len(from_file(file).targets)} targets"


def _portfolio(file: str, mapping: Mapping[str, str], lang: str) -> str:
    from sim.store.portfolio import read

    found = read(file, mapping=mapping)
    o.told_book(found, lang)
    late = int((found.accounts["dpd"] > 0).sum())
    return f"portfolio of {len(found.accounts):,} accounts, {late:,} past due"


def _history(file: str, mapping: Mapping[str, str], lang: str) -> str:
    from sim.experiments.calibrate.history import history_of

    found = history_of(file, dict(mapping))
    note(*(line.words(lang) for line in found.told))
    accounts, months = found.months.bucket.shape
    return f"history of {accounts:,} accounts over {months} months"


Check = Callable[[str, Mapping[str, str], str], str]
TABLES: dict[str, Check] = {"portfolio": _portfolio, "history": _history}
CHECKS: dict[str, Check] = {
    "scenario": _scenario, "strategy": _strategy, "timetable": _timetable, "lesson": _lesson,
    "design": _design, "forecast": _forecast, "targets": _targets, **TABLES,
}  # fmt: skip


def add(app: Any) -> None:
    """Add the verb."""
    app.command("validate", help="Check a file of any kind.")(validate)
