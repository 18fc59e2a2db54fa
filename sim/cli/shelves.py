"""What is on the shelves: scenarios, strategies, metrics, knobs, and the calibration table."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Any

import typer

from sim.cli import options as o
from sim.cli import validity
from sim.cli.say import clean, plain_table, say, say_json, show
from sim.compare import figures
from sim.core.errors import BadInput, choose


def add(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command("scenarios", help="List the scenarios.")(scenarios)
    app.command("strategies", help="List the strategies, or the parameters and levers of one.")(
        strategies
    )
    app.command("metrics", help="List the metrics.")(metrics)
    app.command("show", help="List a scenario's knobs with values, units and sources.")(show_knobs)
    validity.add(app)
    app.command("schema", help="Print the JSON Schema of a kind of file.")(schema)
    app.command("calibration", help="Set the model against the evidence: hits and misses.")(
        calibration
    )


def scenarios(lang: o.Lang = "en") -> None:
    """List the scenarios."""
    from sim.scenario import Scenario
    from sim.scenario.files import names

    o.language(lang)
    found = [(name, Scenario.load(name)) for name in names()]
    rows = [(name, getattr(s.title, lang), getattr(s.question, lang)) for name, s in found]
    show(plain_table(("scenario", "title", "question"), rows, folds={"question": None}))


def strategies(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="One of them, or a file: its parameters and levers."),
    ] = None,
    lang: o.Lang = "en",
) -> None:
    """List the strategies, or what one of them can be told."""
    from sim.strategies import SHELF

    o.language(lang)
    if name is not None:
        from sim.cli.own import describe

        return describe(name, lang)
    rows = [(s.name, getattr(s.title, lang), getattr(s.why, lang)) for s in SHELF.values()]
    show(plain_table(("strategy", "title", "idea"), rows, folds={"idea": None}))


def metrics(lang: o.Lang = "en") -> None:
    """List the metrics."""
    from sim.compare.comparison import METRICS

    o.language(lang)
    rows = [
        (
            name,
            getattr(m.title, lang),
            figures.unit(m.unit, lang),
            m.better,
            " ".join(m.doc.split()),
        )
        for name, m in METRICS.items()
    ]
    show(plain_table(("metric", "title", "unit", "better", "basis"), rows, folds={"basis": None}))


def show_knobs(scenario: o.ScenarioName, settings: o.Settings = None) -> None:
    """List a scenario's knobs."""
    from sim.scenario import Scenario

    found = Scenario.load(scenario, settings or ())
    say(f"{found.name}: {found.title.en}", "")
    rows = [
        (k.path, _value(k.value), k.unit, k.mark, f"{k.text}; {k.source}" if k.source else k.text)
        for k in found.knobs()
    ]
    show(plain_table(("knob", "value", "unit", "mark", "meaning and source"), rows,
                     folds={"value": 30, "meaning and source": None}))  # fmt: skip


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"[{', '.join(_value(v) for v in value)}]"
    return f"{value:,}" if isinstance(value, int) else str(value)


def schema(
    kind: Annotated[
        str, typer.Argument(metavar="KIND", help="Kind of file; `dunning schema list` names them.")
    ] = "scenario",
) -> None:
    """Print the JSON Schema of a kind of file."""
    from sim.cli.schemas import KINDS, schema_of

    if kind == "list":
        say(*KINDS)
        return
    say_json(schema_of(choose("KIND", "", kind, KINDS)))


def calibration(
    scenario: o.ScenarioName,
    settings: o.Settings = None,
    accounts: o.Accounts = None,
    seed: o.Seed = "0",
    json: o.Json = False,
) -> None:
    """Set the model against the evidence."""
    from sim.experiments.calibrate import calibrate_table, lines
    from sim.scenario import Scenario
    from sim.store.runs import checks, default_root

    found = Scenario.load(scenario, settings or ())
    n = 2_000 if accounts is None else o.whole("--accounts", accounts, 1_000_000, 20)
    luck = o.seed(seed)
    rows = calibrate_table(found, n, luck)
    body = {"scenario": found.name, "accounts": n, "rows": [r._asdict() for r in rows]}
    with suppress(BadInput):  # what cannot be kept is printed all the same
        checks.keep(default_root(), checks.name_of("calibration", found.fingerprint), clean(body))
    if json:
        say_json(body)
        return
    banded = [r for r in rows if r.band_low == r.band_low]
    say(*lines(rows), f"{sum(r.hit for r in banded)} of {len(banded)} numbers lie in their band")
