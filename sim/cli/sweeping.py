"""`dunning sweep`, `sensitivity` and `discover`: many scenarios, and what follows from them."""

from __future__ import annotations

import shlex
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim import figures
from sim.cli import options as o
from sim.cli.say import clean, note, plain_table, progress_bar, say, say_json, show
from sim.errors import BadInput

if TYPE_CHECKING:
    import pandas as pd

DesignFile = Annotated[
    str, typer.Argument(metavar="DESIGN.toml", help="Scenario, strategies, inputs and plan.")
]
Table = Annotated[str, typer.Option("--out", metavar="F.parquet", help="File for the rows, new.")]
MayTable = Annotated[
    str | None, typer.Option("--out", metavar="F.parquet", help="File that keeps the rows.")
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with what the file holds.")]
Method = Annotated[
    str, typer.Option("--method", metavar="morris|sobol", help="Screen many, or weigh a few.")
]
Inputs = Annotated[
    str,
    typer.Option("--inputs", metavar="SET|A,B,C", help="assumed, all, knobs, path=low:high."),
]
Difference = Annotated[
    str, typer.Option("--difference", metavar="A:B", help="The first minus the second, or one.")
]
Metrics = Annotated[
    str, typer.Option("--metric", metavar="A,B,C", help="What is analysed, one metric or more.")
]
Size = Annotated[str | None, typer.Option("--n", metavar="N", help="Trajectories, or base points.")]
SweepFile = Annotated[
    str, typer.Argument(metavar="SWEEP.parquet", help="What `dunning sweep` wrote.")
]
Condition = Annotated[
    str | None, typer.Option("--when", metavar="TEXT", help='Such as "ai beats process".')
]
Confirm = Annotated[
    str | None, typer.Option("--confirm", metavar="N", help="Play the N nearest turns.")
]


def add(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command("sweep", help="Play strategies at many points of the inputs.")(sweep)
    app.command("sensitivity", help="Rank the inputs by what a difference hangs on.")(sensitivity)
    app.command("discover", help="Find where a strategy wins, and what turns it.")(discover)


def sweep(
    design: DesignFile,
    out: Table,
    resume: Resume = False,
    jobs: o.Jobs = None,
    json: o.Json = False,
    lang: o.Lang = "en",
) -> None:
    """Play a design."""
    from sim.sweep import Design
    from sim.sweep import sweep as play

    o.language(lang)
    cores, asked = o.jobs(jobs), Design.load(design)
    command = shlex.join(["dunning", "sweep", design, "--out", out])
    with _going(f"{command} --resume", json) as progress:
        found = play(
            asked, out, resume=resume, jobs=cores, command=command, progress=progress
        )  # fmt: skip
    if json:
        say_json(dict(found.about) | {"rows": len(found.table), "failures": len(found.failures)})
    else:
        say(found.sentence(lang))
    for why, n in found.failures["failure"].value_counts().head(3).items():
        note(f"{n} x {why}")
    note(f"Kept in {out}")


@contextmanager
def _going(again: str, quiet: bool) -> Iterator[Any]:
    """Show how far it is; on Ctrl-C say how to go on."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with progress_bar("playing", quiet=quiet) as progress:
            yield progress
    except KeyboardInterrupt:
        note(f"Stopped; go on with: {again}")
        raise typer.Exit(130) from None


def sensitivity(
    scenario: o.ScenarioName,
    method: Method = "morris",
    inputs: Inputs = "assumed",
    difference: Difference = "ai:process",
    metric: Metrics = "net_value",
    n: Size = None,
    replications: o.Replications = "3",
    accounts: o.Accounts = None,
    days: o.Days = None,
    seed: o.Seed = "0",
    settings: o.Settings = None,
    out: MayTable = None,
    resume: Resume = False,
    jobs: o.Jobs = None,
    json: o.Json = False,
    lang: o.Lang = "en",
) -> None:
    """Rank the inputs."""
    from sim.sensitivity import design_of
    from sim.sensitivity import sensitivity as analyse
    from sim.sweep import check, count

    o.language(lang)
    cores = o.jobs(jobs)
    pair, metrics = _parts(difference, ":"), _metrics(metric)
    asked: dict[str, Any] = {
        "n": o.whole("--n", n, 100_000) if n is not None else None,
        "replications": o.whole("--replications", replications or "3", 10_000),
        "seed": o.seed(seed), "accounts": o.accounts(accounts), "days": o.days(days),
        "settings": tuple(settings or ()),
    }  # fmt: skip
    d = design_of(scenario, method, inputs, pair, metrics, **asked)
    check(d)
    plays = count(d) * len(pair) * d.replications
    note(f"{len(d.inputs)} inputs, {count(d)} points, {plays} plays")
    again = f"the same with --out {out} --resume" if out else "--out and --resume, next time"
    with _going(again, json) as progress:
        found = analyse(
            scenario, method, d.inputs, pair, metrics, **asked, out=out, resume=resume,
            jobs=cores, progress=progress,
        )  # fmt: skip
    if json:
        body = {"command": found.command, "python": found.snippet, "noise": _rows(found.noise)}
        return say_json(clean(body | {"table": _rows(found.table)}))
    for name in metrics:
        say(found.sentence(lang, name), "")
        _show(found.table[found.table["metric"] == name].drop(columns="metric"))
        say("")
    say(found.command)


def _parts(text: str, mark: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(mark) if part.strip())


def _metrics(text: str) -> tuple[str, ...]:
    from sim.comparison import METRICS
    from sim.errors import choose

    return tuple(choose("--metric", "", name, METRICS) for name in _parts(text, ","))


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in row.items()} for row in frame.to_dict(orient="records")]


def _show(frame: pd.DataFrame) -> None:
    """Print a table, numbers to three digits."""
    lines = [[_cell(value) for value in row] for row in frame.itertuples(index=False)]
    show(plain_table([str(c) for c in frame.columns], lines, {}))


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return figures.number(value) if value == value else ""
    return str(value)


def discover(
    table: SweepFile,
    when: Condition = None,
    confirm: Confirm = None,
    jobs: o.Jobs = None,
    json: o.Json = False,
    lang: o.Lang = "en",
) -> None:
    """Find where a strategy wins."""
    from sim import discovery
    from sim.sweep import stored

    o.language(lang)
    if when is None:
        raise BadInput("--when", "", "nothing", 'needed; such as --when "ai beats process"')
    cores, most = o.jobs(jobs), o.whole("--confirm", confirm, 20) if confirm is not None else 0
    found = discovery.discover(stored(table), when, source=table)
    played = discovery.confirm(found, most, jobs=cores) if most else None
    tables: Sequence[tuple[str, Any]] = [
        ("boxes", found.table), ("flips", found.flips), ("regret", found.risks),
        *([("confirmed", played)] if played is not None else []),
    ]  # fmt: skip
    if json:
        body = {"command": found.command, "python": found.snippet, "share": found.share}
        body |= {"sentences": {x: found.sentences(x) for x in ("en", "zh")}}
        return say_json(clean(body | {name: _rows(frame) for name, frame in tables}))
    say(*filter(None, found.sentences(lang)))
    for name, frame in tables:
        if not frame.empty:
            say("", name)
            _show(frame)
    say("", found.command)
