"""`dunning scale`: ask whether a small book is a part of a large one."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

import typer

from sim.cli import options as o
from sim.cli.frames import rows as plain
from sim.cli.frames import show_all
from sim.cli.going import going
from sim.cli.say import clean, say, say_json
from sim.core.errors import BadInput

Sizes = Annotated[
    str, typer.Option("--sizes", metavar="N,N", help="Accounts of the books, two or more.")
]


def add(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("scale", help="Play books of several sizes; say how far measures drift.")(scale)


def scale(
    scenario: o.ScenarioName,
    strategies: o.Strategies = None,
    sizes: Sizes = "300,1000,5000,20000",
    days: o.Days = None,
    seed: o.Seed = "0",
    settings: o.Settings = None,
    lang: o.Lang = "en",
    json: o.Json = False,
) -> None:
    """Play the sizes and show each deciding measure with its drift."""
    import pandas as pd

    from sim.experiments.scale import USUAL, scaled, sentence
    from sim.play.affordable import check_files
    from sim.scenario import Scenario
    from sim.store.runs import checks, default_root

    found = Scenario.load(scenario, settings or ())
    lang = o.language(lang)
    names = o.names("--strategies", strategies or ",".join(USUAL))
    numbers = [o.whole("--sizes", word.strip(), 10_000_000, 50) for word in sizes.split(",")]
    if len(set(numbers)) < 2:
        raise BadInput("--sizes", "", sizes, "two or more different sizes, such as 300,1000")
    check_files(found, names, o.days(days))
    with going("sizes", "nothing is kept", quiet=json) as report:
        rows = scaled(
            found, names, sizes=numbers, days=o.days(days), seed=o.seed(seed), played=report
        )
    body = {"scenario": found.name, "rows": [row._asdict() for row in rows]}
    with suppress(BadInput):  # what cannot be kept is printed all the same
        checks.keep(default_root(), checks.name_of("scale", found.fingerprint), clean(body))
    frame = pd.DataFrame(rows)
    if json:
        told = {x: sentence(rows, x) for x in o.LANGUAGES}
        return say_json(clean({"rows": plain(frame), "sentence": told}))
    show_all({"": frame})
    say("", sentence(rows, lang))
