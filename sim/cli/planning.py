"""`dunning explain`, `pilot` and `forecast`: causes, the live test, and what was foretold."""

from __future__ import annotations

import shlex
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from sim import figures
from sim.cli import options as o
from sim.cli.comparing import folder_of
from sim.cli.say import clean, note, plain_table, progress_bar, say, say_json, show
from sim.errors import BadInput, choose

if TYPE_CHECKING:
    import pandas as pd

EXPLAINED, PILOTS, ACCOUNTS = "10", "20", 300
Strategy = Annotated[str, typer.Option("--strategy", metavar="NAME|FILE", help="What is better.")]
Against = Annotated[str, typer.Option("--against", metavar="NAME|FILE", help="Than what.")]
Metric = Annotated[str, typer.Option("--metric", metavar="METRIC", help="In what.")]
Parts = Annotated[
    str | None,
    typer.Option("--parts", metavar="A,B,C", help="levers, segments, spill, harm, models."),
]
Single = Annotated[bool, typer.Option("--single", help="Lever by lever, not in groups.")]
Orders = Annotated[
    str, typer.Option("--orders", metavar="N", help="Orders of joining, with many levers.")
]
Champion = Annotated[str, typer.Option("--champion", metavar="NAME|FILE", help="What is in force.")]
Challenger = Annotated[
    str, typer.Option("--challenger", metavar="NAME|FILE", help="What is tested.")
]
Share = Annotated[str, typer.Option("--share", metavar="P", help="Accounts of the challenger.")]
Weeks = Annotated[str, typer.Option("--weeks", metavar="N", help="How long the test lasts.")]
Power = Annotated[str, typer.Option("--power", metavar="P", help="Chance to find what matters.")]
Plan = Annotated[
    str | None, typer.Option("--plan", metavar="FILE", help="Test plan, new: .md or .html.")
]
Frozen = Annotated[str, typer.Argument(metavar="F.json", help="What `forecast freeze` wrote.")]
Actuals = Annotated[
    str, typer.Argument(metavar="ACTUALS.csv", help="Columns month, metric, value.")
]
FrozenOut = Annotated[str, typer.Option("--out", metavar="F.json", help="A new file.")]
OneOf = Annotated[
    str | None,
    typer.Option("--strategy", metavar="NAME", help="The run's baseline where left out."),
]
Book = Annotated[
    str | None, typer.Option("--book", metavar="N", help="Accounts of the real book, day one.")
]
Level = Annotated[str, typer.Option("--level", metavar="P", help="Of the intervals.")]


class Deeds(TyperGroup):
    """What may be done with a forecast; anything else is refused with the nearest."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find what is to be done."""
        choose("dunning forecast", "", args[0], self.commands)
        return super().resolve_command(ctx, args)


def add(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command("explain", help="Say where the difference between two strategies comes from.")(
        explain
    )
    app.command("pilot", help="Simulate the live test of a challenger, and plan it.")(pilot)
    kept = typer.Typer(cls=Deeds, help="Freeze a run's forecast, and hold it to what happened.")
    kept.command("freeze", help="Freeze what a run foretells, by month.")(freeze)
    kept.command("score", help="Hold a frozen forecast to what happened.")(score)
    kept.command("list", help="List the forecasts and how they did.")(listed)
    app.add_typer(kept, name="forecast")


def explain(
    scenario: o.ScenarioName,
    strategy: Strategy = "ai",
    against: Against = "process",
    metric: Metric = "net_value",
    parts: Parts = None,
    single: Single = False,
    orders: Orders = "24",
    replications: o.Replications = EXPLAINED,
    accounts: o.Accounts = None,
    days: o.Days = None,
    seed: o.Seed = "0",
    settings: o.Settings = None,
    budget: o.Budget = "same",
    engine: o.Engine = "auto",
    jobs: o.Jobs = None,
    json: o.Json = False,
    lang: o.Lang = "en",
) -> None:
    """Explain a difference."""
    from sim import causes

    o.language(lang)
    asked: dict[str, Any] = {
        "metric": metric, "single": single, "orders": o.whole("--orders", orders, 10_000, 2),
        "replications": o.whole("--replications", replications or EXPLAINED, 10_000, 2),
        "accounts": o.accounts(accounts) or ACCOUNTS, "days": o.days(days), "seed": o.seed(seed),
        "settings": tuple(settings or ()), "engine": o.engine(engine), "budget": budget,
        "parts": tuple(p.strip() for p in parts.split(",")) if parts else causes.PARTS,
    }  # fmt: skip
    with _going("seasoning the book, then playing", json) as progress:
        found = causes.explain(
            scenario, strategy, against, **asked, jobs=o.jobs(jobs), progress=progress
        )
    tables = found.tables()
    if json:
        body = {"command": found.command, "python": found.snippet, "metric": metric,
                "difference": float(found.gain.mean()), "replications": found.replications,
                "sentences": {x: found.sentences(x) for x in ("en", "zh")},
                "failures": list(found.failures)}  # fmt: skip
        return say_json(clean(body | {name: _rows(t) for name, t in tables.items()}))
    say(*found.sentences(lang))
    _show(_named(tables, lang))
    _end(found.failures, found.command)


def _named(tables: Mapping[str, pd.DataFrame], lang: str) -> dict[str, pd.DataFrame]:
    """Return the tables with words for groups."""
    from sim.causes.telling import group_title

    found = dict(tables)
    for name in ("segments", "harm"):
        if name in found:
            titles = [
                group_title(s, int(g), lang == "zh")
                for s, g in zip(found[name]["segment"], found[name]["group"], strict=True)
            ]
            found[name] = found[name].assign(group=titles)
    return found


def pilot(
    scenario: o.ScenarioName,
    champion: Champion = "phone_only",
    challenger: Challenger = "process",
    share: Share = "0.2",
    weeks: Weeks = "8",
    power: Power = "0.8",
    metric: Metric = "net_value",
    replications: o.Replications = PILOTS,
    accounts: o.Accounts = None,
    seed: o.Seed = "0",
    settings: o.Settings = None,
    budget: o.Budget = "same",
    engine: o.Engine = "auto",
    plan: Plan = None,
    jobs: o.Jobs = None,
    json: o.Json = False,
    lang: o.Lang = "en",
) -> None:
    """Simulate a live test."""
    from sim import pilot as pilots

    o.language(lang)
    place = _new_plan(plan)
    asked = pilots.Asked(
        scenario=scenario, champion=champion, challenger=challenger,
        share=_number("--share", share), weeks=o.whole("--weeks", weeks, 104),
        power=_number("--power", power), metric=metric,
        replications=o.whole("--replications", replications or PILOTS, 10_000, 2),
        accounts=o.accounts(accounts) or ACCOUNTS, seed=o.seed(seed), budget=budget,
        settings=tuple(settings or ()), engine=o.engine(engine),
    )  # fmt: skip
    with _going("seasoning the book, then playing", json) as progress:
        found = pilots.pilot(asked, jobs=o.jobs(jobs), progress=progress)
    if place is not None:
        write = pilots.html if place.suffix == ".html" else pilots.markdown
        _write_new(place, write(found, lang))
    tables = {"bias": found.bias(), "size": found.size(), "guard": found.guard()}
    if json:
        body = {"command": found.command, "python": found.snippet, "weeks": found.duration(),
                "replications": found.replications, "failures": list(found.failures),
                "sentences": {x: found.sentence(x) for x in ("en", "zh")},
                "plan": {x: pilots.markdown(found, x) for x in ("en", "zh")}}  # fmt: skip
        return say_json(clean(body | {name: _rows(t) for name, t in tables.items()}))
    say(found.sentence(lang))
    _show(tables)
    if place is None:
        say("", pilots.markdown(found, lang).rstrip())
    else:
        note(f"Written: {place}")
    _end(found.failures, found.command)


def _new_plan(plan: str | None) -> Path | None:
    if plan is None:
        return None
    place = Path(plan)
    if place.suffix not in (".md", ".html"):
        raise BadInput("--plan", "", plan, "a file that ends in .md or .html")
    if place.exists():
        raise BadInput("--plan", "", plan, "a new file")
    return place


def _write_new(place: Path, text: str) -> None:
    from sim.runs import disk

    with disk.writable(place.parent):
        place.parent.mkdir(parents=True, exist_ok=True)
        if not disk.write(place, text, over=False):
            raise BadInput("--plan", "", str(place), "a new file")


def freeze(
    run: o.RunName,
    out: FrozenOut,
    strategy: OneOf = None,
    book: Book = None,
    level: Level = "0.9",
    json: o.Json = False,
) -> None:
    """Freeze a forecast."""
    from sim import forecast

    found = forecast.freeze(
        folder_of(run), out, strategy, book=_book(book), level=_number("--level", level)
    )
    if json:
        return say_json(found)
    import pandas as pd

    _show({"": pd.DataFrame(found["cells"])})
    note(f"Frozen in {out}: {found['hash'][:16]}")


def score(
    forecast: Frozen,
    actuals: Actuals,
    book: Book = None,
    json: o.Json = False,
    lang: o.Lang = "en",
) -> None:
    """Score a forecast."""
    from sim import forecast as forecasts

    o.language(lang)
    found = forecasts.score(forecast, actuals, accounts=_book(book))
    command = shlex.join(
        ["dunning", "forecast", "score", forecast, actuals, *(["--book", book] if book else [])]
    )
    tables = {"by_metric": found.by_metric(), "by_month": found.table}
    if json:
        body = {"command": command, "forecast": found.forecast["hash"],
                "drifting": list(found.drifting), "recalibrate": found.recalibrate,
                "sentences": {x: found.sentence(x) for x in ("en", "zh")}}  # fmt: skip
        return say_json(clean(body | {name: _rows(t) for name, t in tables.items()}))
    say(found.sentence(lang))
    _show(tables)
    if found.recalibrate:
        say("", found.recalibrate)


def listed(json: o.Json = False, lang: o.Lang = "en") -> None:
    """List the forecasts."""
    from sim import forecast

    choose("--lang", "", lang, o.LANGUAGES)
    rows = forecast.record()
    if json:
        return say_json(clean({"forecasts": _rows(rows)}))
    if rows.empty:
        say(f"No forecast in {forecast.shelf()} yet; dunning forecast freeze RUN --out F.json")
        return
    _show({"": rows})
    say("", forecast.record_sentence(lang))


def _book(text: str | None) -> int | None:
    return None if text is None else o.whole("--book", text, 1_000_000_000)


def _number(option: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadInput(option, "", text, "a number") from None


@contextmanager
def _going(what: str, quiet: bool) -> Iterator[Any]:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with progress_bar(what, quiet=quiet) as progress:
            yield progress
    except KeyboardInterrupt:
        note("Stopped; nothing is kept")
        raise typer.Exit(130) from None


def _end(failures: tuple[tuple[Any, ...], ...], command: str) -> None:
    for *where, reason in failures[:1]:
        note(f"{len(failures)} plays failed; the first: {', '.join(map(str, where))}: {reason}")
    say("", command)


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(k): v for k, v in row.items()} for row in plain.to_dict(orient="records")]


def _show(tables: Mapping[str, pd.DataFrame]) -> None:
    """Print tables, numbers to three digits."""
    for name, frame in tables.items():
        say("", *([name] if name else []))
        lines = [[_cell(value) for value in row] for row in frame.itertuples(index=False)]
        show(plain_table([str(c) for c in frame.columns], lines, {}))


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return figures.number(value) if value == value else ""
    return "" if str(value) == "<NA>" else str(value)
