"""`dunning tune`: better levers for a strategy, within limits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli import options as o
from sim.cli.going import going
from sim.cli.say import clean, note, plain_table, say, say_json, show
from sim.compare import figures

if TYPE_CHECKING:
    from sim.experiments.tune import Tuned

Base = Annotated[
    str, typer.Option("--base", metavar="NAME", help="The strategy whose levers move.")
]
Levers = Annotated[
    str, typer.Option("--levers", metavar="A,B=LOW:HIGH", help="What moves, and how far.")
]
Limits = Annotated[
    list[str] | None,
    typer.Option("--limit", metavar="METRIC=1.1x|+2|70", help="What is allowed; repeatable."),
]
Objectives = Annotated[
    str, typer.Option("--objectives", metavar="A,B,C", help="Metrics of the frontier.")
]
Shelf = Annotated[
    str | None, typer.Option("--shelf", metavar="A,B,C", help="Drawn on the frontier, or none.")
]
Trials = Annotated[str, typer.Option("--trials", metavar="N", help="Sets of levers to try.")]
HeldOut = Annotated[
    str, typer.Option("--held-out", metavar="N", help="Replications of luck that is held out.")
]
Sampler = Annotated[str, typer.Option("--sampler", metavar="tpe|nsga2", help="How it is searched.")]
Out = Annotated[
    str | None, typer.Option("--out", metavar="F.toml", help="Strategy file, new, for the best.")
]
Study = Annotated[
    str | None,
    typer.Option("--study", metavar="F.jsonl", help="Journal; beside --out where left out."),
]


def add(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("tune", help="Search better levers for a strategy, within limits.")(
        o.on_own_book(tune)
    )


def tune(
    scenario: o.ScenarioName,
    levers: Levers,
    base: Base = "process",
    limit: Limits = None,
    objectives: Objectives = "amount_recovered,cost,complaints",
    shelf: Shelf = None,
    trials: Trials = "60",
    replications: o.Replications = "6",
    held_out: HeldOut = "20",
    sampler: Sampler = "tpe",
    accounts: o.Accounts = None,
    days: o.Days = None,
    seed: o.Seed = "0",
    budget: o.Budget = "same",
    settings: o.Settings = None,
    out: Out = None,
    study: Study = None,
    resume: o.Resume = False,
    jobs: o.Jobs = None,
    json: o.Json = False,
    lang: o.Lang = "en",
    own: o.OwnBook = o.DRAWN,
) -> None:
    """Search."""
    from sim.experiments.tune import tune as search

    o.language(lang)
    asked: dict[str, Any] = {
        "trials": o.whole("--trials", trials, 100_000),
        "held_out": o.whole("--held-out", held_out, 10_000, 2),
        "objectives": o.parts(objectives), "sampler": sampler, **o.size(locals(), "6", 2),
    }  # fmt: skip
    if shelf is not None:
        asked["shelf"] = () if shelf == "none" else o.parts(shelf)
    journal = study or (str(Path(out).with_suffix(".study.jsonl")) if out else None)
    kept = "finished trials are kept; go on with the same and --resume"
    if journal is None:
        kept = "nothing is kept; with --study or --out it would be, and --resume would go on"
    with going("trials", kept, quiet=json) as progress:
        found = search(
            scenario, base, levers, limits=limit, out=out, study=journal, resume=resume,
            jobs=o.jobs(jobs), progress=progress, **asked,
        )  # fmt: skip
    if json:
        return say_json(clean(told(found) | o.book_json(asked)))
    _tell(found, lang)
    say(*o.book_line(scenario, asked, lang))
    if found.best is None and out:
        note(f"Nothing to write: {out}")
    elif out:
        note(f"Kept in {out}; try: dunning compare {scenario} --strategies {base},{out}")


def told(found: Tuned) -> dict[str, Any]:
    """Return what is found as JSON has it."""
    best = found.best
    return {
        "command": found.command, "python": found.snippet,
        "sentence": {x: found.sentence(x) for x in o.LANGUAGES},
        "warning": {x: found.warning(x) for x in o.LANGUAGES},
        "best": None if best is None else {"trial": best.number, "levers": best.levers},
        "frontier": found.frontier.to_dict(orient="records"),
        "trials": found.table.to_dict(orient="records"),
    }  # fmt: skip


WORDS = {
    "en": ("name", "kind", "on the front", "limits kept", "held out", "promised above it"),
    "zh": ("名称", "类别", "在前沿上", "守住限额", "留出时", "寻优时多估"),
}
KINDS = {"tuned": "寻优", "base": "基准", "shelf": "货架"}


def _tell(found: Tuned, lang: str) -> None:
    from sim.compare.comparison import METRICS

    say(found.sentence(lang), "")
    q, zh = found.question, lang == "zh"
    name, kind, front, limits, held, promised = WORDS[lang]
    metrics = [*(m for m in q.objectives if m != "net_value"), "net_value"]
    titles = [METRICS[m].title.zh if zh else METRICS[m].title.en for m in metrics]
    columns = [
        name,
        kind,
        front,
        limits,
        *(f"{x}, {held}" for x in titles),
        f"{titles[-1]}, {promised}",
    ]
    rows = []
    for row in found.frontier.to_dict(orient="records"):
        cells = [str(row["name"]), KINDS[str(row["kind"])] if zh else str(row["kind"])]
        cells += ["*" if row["front_held"] else "", "*" if row["keeps_held"] else ""]
        cells += [figures.number(float(row[f"{m}_held"])) for m in metrics]
        rows.append([*cells, figures.number(float(row["optimism"]), signed=True)])
    show(plain_table(columns, rows, dict.fromkeys(columns[2:], 12)))
    if found.best is not None:
        levers = ", ".join(f"{n} = {v}" for n, v in found.best.levers.items())
        say("", levers)
    if warning := found.warning(lang):
        note(warning)
    say("", found.command)
