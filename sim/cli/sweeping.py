"""`dunning sweep`, `sensitivity` and `discover`: many scenarios, and what follows from them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli import options as o
from sim.cli.frames import rows, show_all
from sim.cli.going import foretell, go_on, going, took
from sim.cli.say import clean, note, say, say_json
from sim.core.errors import BadInput

if TYPE_CHECKING:
    from sim.experiments.sweep import Design

SHOWN = 30  #: points that are printed; `--json` and `--out` have them all

DesignFile = Annotated[
    str, typer.Argument(metavar="DESIGN.toml", help="Scenario, strategies, inputs and plan.")
]
Table = Annotated[str, typer.Option("--out", metavar="F.parquet", help="File for the rows, new.")]
Method = Annotated[
    str,
    typer.Option(
        "--method", metavar="morris|sobol|ends", help="Screen many, weigh a few, or each alone."
    ),
]
Inputs = Annotated[
    str,
    typer.Option("--inputs", metavar="SET|A,B,C", help="assumed, all, knobs, path=low:high."),
]
Difference = Annotated[
    str,
    typer.Option(
        "--difference",
        metavar="A:B",
        help="The first minus the second; or one; `ends`: and more.",
    ),
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
    app.command("sensitivity", help="Rank the inputs by what a difference hangs on.")(
        o.on_own_book(sensitivity)
    )
    app.command("discover", help="Find where a strategy wins, and what turns it.")(discover)


def sweep(
    design: DesignFile,
    out: Table,
    resume: o.Resume = False,
    jobs: o.Jobs = None,
    json: o.Json = False,
    lang: o.Lang = "en",
) -> None:
    """Play a design."""
    from sim.experiments.sweep import Design
    from sim.experiments.sweep import sweep as play

    o.language(lang)
    cores, asked = o.jobs(jobs), Design.load(design)
    command = shlex.join(["dunning", "sweep", design, "--out", out])
    with going(
        "playing", f"go on with: {command} --resume", quiet=json, foretells=False
    ) as progress:
        found = play(
            asked, out, resume=resume, jobs=cores, command=command, progress=progress,
            foretell=foretell,
        )  # fmt: skip
    if json:
        told = {"rows": len(found.table), "failures": len(found.failures)}
        say_json(dict(found.about) | told | {"seconds": found.seconds})
    else:
        say(found.sentence(lang))
    for why, n in found.failures["failure"].value_counts().head(3).items():
        note(f"{n} x {why}")
    took(found.seconds)
    note(f"Kept in {out}")


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
    out: o.Table = None,
    resume: o.Resume = False,
    jobs: o.Jobs = None,
    json: o.Json = False,
    lang: o.Lang = "en",
    own: o.OwnBook = o.DRAWN,
) -> None:
    """Rank the inputs."""
    from sim.experiments.sensitivity import design_of
    from sim.experiments.sensitivity import sensitivity as analyse

    o.language(lang)
    if method == "ends":
        return _ends(locals())
    pair, metrics = o.parts(difference, ":"), _metrics(metric)
    asked: dict[str, Any] = {"n": o.whole("--n", n, 100_000) if n is not None else None}
    asked |= o.size(locals(), "3")
    d = design_of(scenario, method, inputs, pair, metrics, **asked)
    with _told(d, locals()) as options:
        found = analyse(scenario, method, d.inputs, pair, metrics, **asked, **options)
    took(found.sweep.seconds)
    if json:
        body = {"command": found.command, "python": found.snippet, "noise": rows(found.noise)}
        body |= o.book_json(asked)
        return say_json(clean(body | {"table": rows(found.table)}))
    for name in metrics:
        say(found.sentence(lang, name), "")
        show_all({"": found.table[found.table["metric"] == name].drop(columns="metric")})
        say("")
    say(*o.book_line(scenario, asked, lang), found.command)


@contextmanager
def _told(design: Design, asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Say how many plays it takes, and lend what a sweep needs besides the question."""
    from sim.experiments.sweep import check, count

    check(design)
    points, plays = count(design), count(design) * len(design.strategies) * design.replications
    note(f"{len(design.inputs)} inputs, {points} points, {plays} plays")
    out, cores = asked["out"], o.jobs(asked["jobs"])
    with going("playing", go_on(out), quiet=asked["json"], foretells=False) as progress:
        yield {"out": out, "resume": asked["resume"], "jobs": cores, "progress": progress,
               "foretell": foretell}  # fmt: skip


def _ends(asked: dict[str, Any]) -> None:
    """Look who is best with each input alone at its ends."""
    from sim.experiments.sensitivity import alone

    if asked["n"] is not None:
        raise BadInput("--n", "", asked["n"], "nothing with --method ends: two points an input")
    scenario, inputs, rivals = asked["scenario"], asked["inputs"], o.parts(asked["difference"], ":")
    (metric, *more), sized = _metrics(asked["metric"]) or ("",), o.size(asked, "3")
    if more or not metric:
        raise BadInput("--metric", "", asked["metric"], "one metric with --method ends")
    with _told(alone.design_of(scenario, inputs, rivals, **sized), asked) as options:
        found = alone.ends(scenario, inputs, rivals, metric, **sized, **options)
    took(found.sweep.seconds)
    if asked["json"]:
        said = {x: found.sentence(x) for x in ("en", "zh")}
        body = {"command": found.command, "python": found.snippet, "sentences": said}
        body |= o.book_json(sized)
        return say_json(clean(body | {"table": rows(found.table)}))
    say(found.sentence(asked["lang"]), *o.book_line(scenario, sized, asked["lang"]))
    show_all({"": found.table.head(SHOWN)})
    say("", found.command)


def _metrics(text: str) -> tuple[str, ...]:
    from sim.compare.comparison import METRICS
    from sim.core.errors import choose

    return tuple(choose("--metric", "", name, METRICS) for name in o.parts(text, ","))


def discover(
    table: SweepFile,
    when: Condition = None,
    confirm: Confirm = None,
    jobs: o.Jobs = None,
    json: o.Json = False,
    lang: o.Lang = "en",
) -> None:
    """Find where a strategy wins."""
    from sim.experiments import discovery
    from sim.experiments.sweep import stored

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
        return say_json(clean(body | {name: rows(frame) for name, frame in tables}))
    say(*filter(None, found.sentences(lang)))
    for name, frame in tables:
        if not frame.empty:
            show_all({name: frame})
    say("", found.command)
