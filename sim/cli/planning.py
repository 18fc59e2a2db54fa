"""`dunning explain`, `pilot` and `forecast`: causes, the live test, and what was foretold."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from sim.cli import options as o
from sim.cli.comparing import folder_of
from sim.cli.frames import rows, show_all
from sim.cli.going import go_on, going
from sim.cli.moved import SameBook, same_book
from sim.cli.say import clean, note, say, say_json
from sim.core.errors import BadInput, choose

if TYPE_CHECKING:
    import pandas as pd

EXPLAINED, PILOTS, ACCOUNTS = "10", "20", 300
PLAYING = "seasoning the book, then playing"
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
        o.on_own_book(explain)
    )
    app.command("pilot", help="Simulate the live test of a challenger, and plan it.")(
        o.on_own_book(pilot)
    )
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
    out: o.Plays = None,
    resume: o.Resume = False,
    jobs: o.Jobs = None,
    json: o.Json = False,
    lang: o.Lang = "en",
    own: o.OwnBook = o.DRAWN,
) -> None:
    """Explain a difference."""
    from sim.experiments import explain as causes

    o.language(lang)
    asked: dict[str, Any] = {
        "metric": metric, "single": single, "orders": o.whole("--orders", orders, 10_000, 2),
        "parts": o.parts(parts) if parts is not None else causes.PARTS,
    }  # fmt: skip
    asked |= o.size(locals(), EXPLAINED, 2)
    if own.portfolio is None:
        asked["accounts"] = asked["accounts"] or ACCOUNTS
    with going(PLAYING, go_on(out), quiet=json) as progress:
        found = causes.explain(
            scenario, strategy, against, **asked, out=out, resume=resume, jobs=o.jobs(jobs),
            progress=progress,
        )  # fmt: skip
    tables = found.tables()
    if json:
        body = {"command": found.command, "python": found.snippet, "metric": metric,
                "difference": float(found.gain.mean()), "replications": found.replications,
                "sentences": {x: found.sentences(x) for x in ("en", "zh")},
                "failures": list(found.failures)}  # fmt: skip
        body |= o.book_json(asked)
        return say_json(clean(body | {name: rows(t) for name, t in tables.items()}))
    say(*found.sentences(lang), *o.book_line(scenario, asked, lang))
    show_all(_named(tables, lang))
    _end(found.failures, found.command)


def _named(tables: Mapping[str, pd.DataFrame], lang: str) -> dict[str, pd.DataFrame]:
    """Return the tables with words for groups."""
    from sim.experiments.explain.telling import group_title

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
    out: o.Plays = None,
    resume: o.Resume = False,
    jobs: o.Jobs = None,
    json: o.Json = False,
    lang: o.Lang = "en",
    own: o.OwnBook = o.DRAWN,
) -> None:
    """Simulate a live test."""
    from sim.experiments import pilot as pilots

    o.language(lang)
    place = _new_plan(plan)
    sized = o.size(locals(), PILOTS, 2)
    if own.portfolio is None:
        sized["accounts"] = sized["accounts"] or ACCOUNTS
    asked = pilots.Asked(
        scenario=scenario, champion=champion, challenger=challenger, metric=metric,
        share=o.number("--share", share), weeks=o.whole("--weeks", weeks, 104),
        power=o.number("--power", power), **sized,
    )  # fmt: skip
    with going(PLAYING, go_on(out), quiet=json) as progress:
        found = pilots.pilot(asked, out=out, resume=resume, jobs=o.jobs(jobs), progress=progress)
    if place is not None:
        write = pilots.html if place.suffix == ".html" else pilots.markdown
        _write_new(place, write(found, lang))
    tables = {"bias": found.bias(), "size": found.size(), "guard": found.guard()}
    if json:
        body = {"command": found.command, "python": found.snippet, "weeks": found.duration(),
                "replications": found.replications, "failures": list(found.failures),
                "sentences": {x: found.sentence(x) for x in ("en", "zh")},
                "plan": {x: pilots.markdown(found, x) for x in ("en", "zh")}}  # fmt: skip
        body |= o.book_json(sized)
        return say_json(clean(body | {name: rows(t) for name, t in tables.items()}))
    say(found.sentence(lang), *o.book_line(scenario, sized, lang))
    show_all(tables)
    if place is None:
        say("", pilots.markdown(found, lang).rstrip())
    else:
        note(f"Written: {place}")
    _end(found.failures, found.command)


def _new_plan(plan: str | None) -> Path | None:
    from sim.store.runs.disk import check_place

    if plan is None:
        return None
    place = Path(plan)
    if place.suffix not in (".md", ".html"):
        raise BadInput("--plan", "", plan, "a file that ends in .md or .html")
    if place.exists():
        raise BadInput("--plan", "", plan, "a new file")
    check_place("--plan", place)
    return place


def _write_new(place: Path, text: str) -> None:
    from sim.store.runs import disk

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
    portfolio: SameBook = None,
    json: o.Json = False,
) -> None:
    """Freeze a forecast."""
    from sim.experiments import forecast
    from sim.experiments.question import from_manifest

    folder = folder_of(run)
    same_book(from_manifest(run, folder.manifest), portfolio)
    found = forecast.freeze(
        folder, out, strategy, book=_book(book), level=o.number("--level", level)
    )
    if json:
        return say_json(found)
    from sim.cli.summary import book_lines

    say(*book_lines(from_manifest(run, folder.manifest), "en"))
    import pandas as pd

    show_all({"": pd.DataFrame(found["cells"])})
    note(f"Frozen in {out}: {found['hash'][:16]}")


def score(
    forecast: Frozen,
    actuals: Actuals,
    book: Book = None,
    json: o.Json = False,
    lang: o.Lang = "en",
) -> None:
    """Score a forecast."""
    from sim.experiments import forecast as forecasts

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
        return say_json(clean(body | {name: rows(t) for name, t in tables.items()}))
    say(found.sentence(lang))
    show_all(tables)
    if found.recalibrate:
        say("", found.recalibrate)


def listed(json: o.Json = False, lang: o.Lang = "en") -> None:
    """List the forecasts."""
    from sim.experiments import forecast

    choose("--lang", "", lang, o.LANGUAGES)
    found = forecast.record()
    if json:
        return say_json(clean({"forecasts": rows(found)}))
    if found.empty:
        say(f"No forecast in {forecast.shelf()} yet; dunning forecast freeze RUN --out F.json")
        return
    show_all({"": found})
    say("", forecast.record_sentence(lang))


def _book(text: str | None) -> int | None:
    return None if text is None else o.whole("--book", text, 1_000_000_000)


def _end(failures: tuple[tuple[Any, ...], ...], command: str) -> None:
    for *where, reason in failures[:1]:
        note(f"{len(failures)} plays failed; the first: {', '.join(map(str, where))}: {reason}")
    say("", command)
