"""`dunning reality`: hold the model to a lender's own months."""

from __future__ import annotations

from typing import Annotated

import typer

from sim.cli import options as o
from sim.cli.say import clean, say, say_json

History = Annotated[
    str,
    typer.Option(
        "--history", metavar="FILE", help="Monthly states: account, month, status; or UCI."
    ),
]


def add(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("reality", help="Foretell your own next months, account by account, and score it.")(
        reality
    )


def reality(
    scenario: o.ScenarioName,
    history: History,
    seed: o.Seed = "0",
    settings: o.Settings = None,
    lang: o.Lang = "en",
    json: o.Json = False,
) -> None:
    """Foretell each late account's next month and say whether the model fits."""
    o.language(lang)
    from sim.experiments.calibrate import reality as check
    from sim.experiments.calibrate import scoring
    from sim.experiments.calibrate.history import read_history
    from sim.scenario import Scenario

    known = Scenario.load(scenario, settings or ())
    source = history.replace("\\", "/").rsplit("/", 1)[-1]
    result = check.check(known, read_history(history), source, o.seed(seed))
    if json:
        say_json(clean({"scenario": known.name, **result._asdict(),
                        "sentence": scoring.verdict(result, lang),
                        "marks": [m._asdict() for m in result.marks],
                        "curve": [p._asdict() for p in result.curve]}))  # fmt: skip
        return
    say(*scoring.lines(result, lang))
