"""`dunning rollout`: timetables over months against the present practice, from today."""

from __future__ import annotations

import math
import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from sim.cli import options as o
from sim.cli.going import going
from sim.cli.say import clean, note, plain_table, say, say_json, show
from sim.core.errors import BadInput, choose

ACCOUNTS, REPLICATIONS, MONTHS = 300, 10, 12
MOST = 20_000  #: accounts that are held in memory for a year
Table = Annotated[
    str | None,
    typer.Option("--timetable", metavar="NAME|FILE", help="What is in force when: name or file."),
]
Against = Annotated[
    str | None,
    typer.Option("--against", metavar="NAME|FILE", help="A second timetable beside it."),
]
Months = Annotated[str | None, typer.Option("--months", metavar="N", help="12 where left out.")]
Targets = Annotated[
    list[str] | None,
    typer.Option("--target", metavar="METRIC=VALUE", help="A target to reach; may be repeated."),
]


def add(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command("rollout", help="Play a timetable from today, against the present practice.")(
        o.on_own_book(rollout)
    )
    app.command("timetables", help="List the timetables.")(timetables)


def timetables(lang: o.Lang = "en") -> None:
    """List the timetables."""
    from sim.strategies.timetable import load, names

    o.language(lang)
    found = [load(name) for name in names()]
    rows = [(t.name, getattr(t.title, lang), getattr(t.why, lang)) for t in found]
    show(plain_table(("timetable", "title", "idea"), rows, folds={"idea": None}))


def rollout(
    scenario: o.ScenarioName,
    timetable: Table = None,
    against: Against = None,
    months: Months = None,
    replications: Annotated[
        str | None, typer.Option("--replications", metavar="N", help="10 where left out.")
    ] = None,
    accounts: Annotated[
        str | None, typer.Option("--accounts", metavar="N", help="300 where left out.")
    ] = None,
    seed: o.Seed = "0",
    budget: o.Budget = "same",
    target: Targets = None,
    engine: o.Engine = "auto",
    settings: o.Settings = None,
    jobs: o.Jobs = None,
    out: o.Out = None,
    json: o.Json = False,
    lang: o.Lang = "en",
    own: o.OwnBook = o.DRAWN,
) -> None:
    """Play a timetable from today."""
    from sim.experiments.rollout import roll_out

    o.language(lang)
    cores, how = o.jobs(jobs), o.engine(engine)
    asked, world = ask(locals())
    folder = _folder(out)
    kept = f"finished replications are kept in {folder}"
    with going("seasoning the book, then playing", kept, quiet=json) as progress:
        found = roll_out(asked, world, folder, engine=how, jobs=cores, progress=progress)
    if json:
        say_json(clean(found.to_dict() | o.book_json(vars(asked))))
    else:
        _tell(found, lang)
        say(*o.book_line(scenario, vars(asked), lang))
    for arm, replication, reason in found.failures[:1]:
        note(f"{len(found.failures)} plays failed; the first: {arm}, {replication}: {reason}")
    note(f"Kept in {folder}")


def ask(asked: dict[str, Any]) -> tuple[Any, Any]:
    """Check every option; return the question and its scenario."""
    from sim.experiments.rollout import Asked, afford, check
    from sim.scenario import Scenario
    from sim.strategies.timetable import load

    if asked["timetable"] is None:
        raise BadInput("--timetable", "", "nothing", "needed; see `dunning timetables`")
    world = Scenario.load(asked["scenario"], asked["settings"] or ())
    own, accounts = _sized(asked)
    names = [name for name in (asked["timetable"], asked["against"]) if name]
    question = Asked(
        scenario=asked["scenario"],
        settings=tuple(asked["settings"] or ()),
        timetables=tuple(load(name) for name in names),
        months=_whole("--months", asked["months"], 36, MONTHS),
        replications=_whole("--replications", asked["replications"], 10_000, REPLICATIONS),
        seed=o.seed(asked["seed"]),
        accounts=accounts,
        real_accounts=world.book.real_accounts,
        budget=choose("--budget", "", asked["budget"], ("same", "own")),
        targets=dict(_target(text) for text in asked["target"] or ()),
        command=_command(asked),
        **own,
    )
    check(question)
    afford(question.timetables, world, question.months)
    return question, world


def _sized(asked: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Return the own book, if there is one, and how many accounts are played: all of it."""
    from sim.play.own_book import own_book

    own = asked["own"].asked(asked["lang"])
    usual = MOST if own else ACCOUNTS
    count = _whole("--accounts", asked["accounts"], MOST, usual)
    return own, own_book(**own, accounts=count).played if own else count


def _whole(option: str, text: str | None, most: int, usual: int) -> int:
    return usual if text is None else o.whole(option, text, most)


def _target(text: str) -> tuple[str, float]:
    name, equals, value = (part.strip() for part in text.partition("="))
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not (name and equals) or not math.isfinite(number):
        raise BadInput("--target", "", text, "metric=value, such as overdue_rate=3.5")
    return name, number


def _command(asked: dict[str, Any]) -> str:
    words = ["dunning", "rollout", asked["scenario"], "--timetable", asked["timetable"]]
    for option in ("against", "months", "replications", "accounts"):
        if asked[option] is not None:
            words += [f"--{option}", asked[option]]
    words += ["--seed", asked["seed"], "--budget", asked["budget"]]
    words += [word for text in asked["target"] or () for word in ("--target", text)]
    words += [word for text in asked["settings"] or () for word in ("--set", text)]
    words += asked["own"].words()
    return shlex.join(words)


def _folder(out: str | None) -> Path:
    """Make the folder: the one asked for, new or empty, else a new one beside the runs."""
    from sim.store.jobs.record import new_name
    from sim.store.runs import default_root, disk

    folder = Path(out) if out is not None else default_root() / f"{new_name()}-rollout"
    with disk.writable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise BadInput("--out", "", str(folder), "a new or an empty folder")
    return folder


def _tell(found: Any, lang: str) -> None:
    """Print the verdict of each timetable, the difference by month, and the exposure."""
    from sim.experiments.rollout import telling

    arms = found.asked.arms[1:]
    for arm in arms:
        say(telling.verdict(found, arm, lang))
    say("", telling.heading(lang), "")
    heads, rows = telling.months_table(found, lang)
    show(plain_table(heads, rows, {}))
    said = [telling.exposure(found, arm, lang) for arm in arms]
    said += [telling.attained(found, arm, lang) for arm in found.asked.arms]
    say("", *(line for line in said if line))
