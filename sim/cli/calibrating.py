"""`dunning calibrate`: fit knobs to the evidence or to a lender's own history."""

from __future__ import annotations

from typing import Annotated

import typer

from sim.cli import options as o
from sim.cli.say import clean, note, progress_bar, say, say_json
from sim.core.errors import BadInput

USUAL: tuple[str, ...] = (
    "borrower.will_sd", "borrower.age", "borrower.leak", "borrower.trust", "borrower.promise",
    "borrower.promise_kept", "kinds.forgetful.hazard", "kinds.gap.slack", "kinds.collapse.slack",
)  # fmt: skip
USUAL_MONTHS: tuple[str, ...] = (
    "borrower.will_sd", "borrower.slack_sd", "borrower.age", "borrower.habit=0:1.5",
    "borrower.leak=0.95:0.995", "kinds.forgetful.share=0.1:0.6", "kinds.gap.share=0.1:0.5",
    "kinds.collapse.share=0.01:0.2", "kinds.gap.slack=0.8:3", "kinds.forgetful.hazard=0.02:0.8",
)  # fmt: skip

Targets = Annotated[
    str | None,
    typer.Option("--targets", metavar="evidence|FILE", help="The evidence, or a CSV of targets."),
]
History = Annotated[
    str | None,
    typer.Option(
        "--portfolio", metavar="FILE", help="Monthly states: account, month, status; or UCI."
    ),
]
Knobs = Annotated[
    str | None, typer.Option("--knobs", metavar="A,B=0:1", help="What to move, and how far.")
]
Trials = Annotated[str, typer.Option("--trials", metavar="N", help="Simulations to try.")]
Hold = Annotated[
    str | None, typer.Option("--hold", metavar="PATTERN", help="Targets kept out, to judge it.")
]
Out = Annotated[
    str | None, typer.Option("--out", metavar="FILE.toml", help="The new scenario file.")
]


def add(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("calibrate", help="Fit knobs to the evidence or to your own history.")(calibrate)


def calibrate(
    scenario: o.ScenarioName,
    targets: Targets = None,
    portfolio: History = None,
    mapping: o.Mapping = None,
    sheet: o.Sheet = None,
    knobs: Knobs = None,
    trials: Trials = "200",
    accounts: o.Accounts = None,
    hold: Hold = None,
    seed: o.Seed = "0",
    settings: o.Settings = None,
    out: Out = None,
    json: o.Json = False,
) -> None:
    """Fit; the new file says where its numbers are from."""
    from sim.experiments.calibrate import fitting, telling
    from sim.experiments.calibrate.history import history_of
    from sim.experiments.calibrate.targets import evidence, from_file, from_history, held_out
    from sim.scenario import Scenario

    if targets is not None and portfolio is not None:
        raise BadInput("--portfolio", "", portfolio, "without --targets: one of the two")
    if portfolio is None and (mapping or sheet):
        raise BadInput("--mapping", "", mapping or sheet, "--portfolio beside it")
    if out is not None:
        if settings:
            raise BadInput("--out", "", out, "without --set: put the settings into a scenario file")
        telling.free_place(out)
    found = Scenario.load(scenario, settings or ())
    if portfolio is not None:
        history = history_of(portfolio, o.reading(mapping, sheet=sheet))
        note(*(line.words() for line in history.told))
        task, usual = from_history(history.months, _last(portfolio)), USUAL_MONTHS
    elif targets in (None, "evidence"):
        task, usual = evidence(), USUAL
    else:
        task, usual = from_file(str(targets)), USUAL_MONTHS
    task = held_out(task, (hold or "").split(","))
    free = fitting.free_knobs(found, knobs.split(",") if knobs else usual)
    tries = o.whole("--trials", trials, 100_000, 2)
    people = 2_000 if accounts is None else o.whole("--accounts", accounts, 1_000_000, 20)
    with progress_bar("fitting", quiet=json) as progress:
        fit = fitting.calibrate(
            found, task, free, trials=tries, accounts=people, seed=o.seed(seed), progress=progress
        )
    if out is not None:
        note(f"Written: {telling.write(out, scenario, fit)}")
    if json:
        say_json(clean({"scenario": found.name, **fit._asdict(),
                        "knobs": [k._asdict() for k in fit.knobs],
                        "checks": [c._asdict() for c in fit.checks]}))  # fmt: skip
        return
    say(*telling.lines(fit))


def _last(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1]
