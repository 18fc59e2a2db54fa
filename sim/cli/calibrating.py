"""`dunning calibrate`: fit knobs to the evidence or to a lender's own history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli import options as o
from sim.cli.say import clean, note, progress_bar, say, say_json
from sim.core.errors import BadInput

if TYPE_CHECKING:
    from sim.experiments.calibrate.fitting import Fit
    from sim.experiments.calibrate.targets import Task
    from sim.scenario import Scenario

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
    lang: o.Lang = "en",
) -> None:
    """Fit; the new file says where its numbers are from."""
    o.language(lang)
    from sim.experiments.calibrate import fitting, posterior, telling
    from sim.experiments.calibrate.targets import held_out
    from sim.scenario import Scenario

    if targets is not None and portfolio is not None:
        raise BadInput("--portfolio", "", portfolio, "without --targets: one of the two")
    if portfolio is None and (mapping or sheet):
        raise BadInput("--mapping", "", mapping or sheet, "--portfolio beside it")
    if out is not None:
        if settings:
            raise BadInput("--out", "", out, "without --set: put the settings into a scenario file")
        for place in (telling.free_place(out), posterior.beside(out)):
            telling.not_taken(place)
    found = Scenario.load(scenario, settings or ())
    task, usual = _task(targets, portfolio, o.reading(mapping, sheet=sheet), lang)
    task = held_out(task, (hold or "").split(","))
    free = fitting.free_knobs(found, knobs.split(",") if knobs else usual)
    tries = o.whole("--trials", trials, 100_000, 2)
    people = 2_000 if accounts is None else o.whole("--accounts", accounts, 1_000_000, 20)
    fit = _fitted(found, task, free, tries, people, o.seed(seed), lang, quiet=json)
    if json:
        say_json(_body(found.name, fit))
    else:
        say(*telling.lines(fit, lang))
    if out is None:
        return
    if not fit.better:
        note(telling.worse(fit, lang))
        raise typer.Exit(1)
    note(telling.word("written", lang, telling.write(out, scenario, fit)))
    note(telling.word("written", lang, posterior.write(out, fit.draws, fit.source)))


def _task(
    targets: str | None, portfolio: str | None, mapping: dict[str, str], lang: str
) -> tuple[Task, tuple[str, ...]]:
    """Return what the fit is to meet, and the knobs that usually move for it."""
    from sim.experiments.calibrate.history import history_of
    from sim.experiments.calibrate.targets import evidence, from_file, from_history

    if portfolio is not None:
        history = history_of(portfolio, mapping)
        note(*(line.words(lang) for line in history.told))
        return from_history(history.months, _last(portfolio)), USUAL_MONTHS
    if targets in (None, "evidence"):
        return evidence(), USUAL
    return from_file(str(targets)), USUAL_MONTHS


def _fitted(
    scenario: Scenario, task: Task, free: dict[str, tuple[float, float]], tries: int, people: int,
    seed: int, lang: str, *, quiet: bool,
) -> Fit:  # fmt: skip
    """Fit: say the plan and the time first, keep every trial, go on where it was stopped."""
    from sim.experiments.calibrate import fitting, telling
    from sim.experiments.calibrate.keeping import Kept, place_of

    aims = [t._asdict() for t in task.targets]
    memory = Kept(place_of(scenario.fingerprint, aims, free, people))
    if not quiet:
        note(telling.plan(tries, len(free), lang))
        if memory.resumed:
            note(telling.word("resumed", lang, memory.resumed))

    def paced(seconds: float) -> None:
        if not quiet and not memory.resumed:
            note(telling.pace(seconds, tries, lang))

    try:
        with progress_bar("fitting" if lang == "en" else "拟合中", quiet=quiet) as progress:
            return fitting.calibrate(
                scenario, task, free, trials=tries, accounts=people, seed=seed,
                progress=progress, memory=memory, paced=paced,
            )  # fmt: skip
    except KeyboardInterrupt:
        note(telling.word("stopped", lang, len(memory.known)))
        raise typer.Exit(130) from None


def _body(name: str, fit: Fit) -> Any:
    """Return a fit as JSON holds it."""
    parts = {key: [row._asdict() for row in getattr(fit, key)]
             for key in ("knobs", "checks", "draws", "sides")}  # fmt: skip
    return clean({"scenario": name, **fit._asdict(), "better": fit.better, **parts})


def _last(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1]
