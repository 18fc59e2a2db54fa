"""Runs that are kept: list, report, replay."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli import options as o
from sim.cli.comparing import (
    DOUBT,
    Doubting,
    answer,
    folder_of,
    named,
    played,
    write_report,
)
from sim.cli.say import note, plain_table, progress_bar, say, show
from sim.core.errors import BadInput

if TYPE_CHECKING:
    from sim.experiments.question import Question
    from sim.store.runs import RunFolder

CHECK_FAILED = 3
Check = Annotated[
    bool, typer.Option("--check", help="Play a complete run again and compare, bit for bit.")
]


def add(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command("runs", help="List the runs that are kept, newest first.")(runs)
    app.command("report", help="Write the report of a run.")(report)
    app.command("replay", help="Continue a stopped run, enlarge one, or check one.")(replay)


def runs() -> None:
    """List the runs."""
    from sim.store.runs import RunStore

    store, rows = RunStore(), []
    for folder in store.list():
        head = folder.head
        asked, done = head.question, sum(folder.counts().values())
        planned = asked.get("replications", "?")
        rows.append(
            (folder.path.name, head.state, asked["scenario"], ",".join(asked["strategies"]),
             f"{done / len(asked['strategies']):g} of {planned}")
        )  # fmt: skip
    if rows:
        show(plain_table(("run", "state", "scenario", "strategies", "replications"), rows,
                         folds={"strategies": None}))  # fmt: skip
    else:
        say(f"No run in {store.root} yet; begin with: dunning compare weilidai")
    note(*store.broken())


def report(run: o.RunName, lang: o.Lang = "en") -> None:
    """Write the report of a run."""
    from sim.experiments.replay import NEEDED, stored

    o.language(lang)
    folder = folder_of(run, only=NEEDED)
    found = stored(folder)
    say(str(write_report(folder, found, lang)))
    note(*(f"Left out of the report: {line}" for line in found.damaged))


def replay(
    run: o.RunName,
    replications: Annotated[
        str | None,
        typer.Option("--replications", metavar="N|auto", help="How many in all, or auto."),
    ] = None,
    jobs: o.Jobs = None,
    cluster: o.Cluster = None,
    check: Check = False,
    doubt: o.Doubt = None,
    out: o.Out = None,
    json: o.Json = False,
    lang: o.Lang = "en",
) -> None:
    """Continue, enlarge or check a run."""
    from sim.experiments.question import accounts_of

    o.language(lang)
    o.doubt(doubt, 0.0)  # a wrong word is refused before anything is looked for
    cores, folder = o.jobs(jobs), folder_of(run)
    if check:
        for option, value in (("--replications", replications), ("--cluster", cluster)):
            if value is not None:
                raise BadInput(option, "", value, "not together with --check")
        raise typer.Exit(_checked(folder, cores))
    if out is not None and replications is None:
        raise BadInput("--out", "", out, "--replications beside it: a larger run is a new one")
    question, folder = _next(folder, replications, out)
    if folder.manifest["state"] == "complete":
        from sim.experiments.replay import stored

        how = Doubting(o.doubt(doubt, 0.0), cores, accounts_of(question) if doubt else ())
        answer(question, folder, stored(folder), lang, json=json, report=False, doubting=how)
        note("Complete already; --check plays it again and compares, --replications N enlarges it")
    else:
        late, scheduler = accounts_of(question), o.cluster(cluster)
        how = Doubting(o.doubt(doubt, 0.0 if late else DOUBT), cores, late)
        found = played(question, folder, late, cores, scheduler, quiet=json)
        answer(question, folder, found, lang, json=json, report=True, doubting=how)


def _next(
    folder: RunFolder, replications: str | None, out: str | None
) -> tuple[Question, RunFolder]:
    """Return the question and the folder that is to be played on."""
    from sim.experiments import replay as again
    from sim.experiments.question import from_manifest

    if replications is not None:
        return again.enlarged(
            folder, o.replications(replications), out=Path(out) if out is not None else None
        )
    if folder.manifest["state"] == "complete":
        return from_manifest(folder.path, folder.manifest), folder
    return again.go_on(folder), folder


def _checked(folder: RunFolder, jobs: int) -> int:
    """Play a complete run again and say whether it is the same."""
    from sim.experiments.replay import repeated
    from sim.store.runs import versions

    with progress_bar("playing it again") as progress:
        apart = repeated(folder, jobs=jobs, progress=progress)
    if not apart:
        say(f"{named(folder)}: identical")
        return 0
    say(f"{named(folder)}: not the same", *apart)
    now, then = versions(), folder.manifest["versions"]
    changed = [f"{k} {then.get(k)} then, {now[k]} now" for k in now if then.get(k) != now[k]]
    note(*(["Other versions: " + "; ".join(changed)] if changed else []))
    return CHECK_FAILED
