"""`dunning ledger`: the ledger of a run for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli import options as o
from sim.cli.moved import SameBook, same_book
from sim.cli.say import note, progress_bar

Which = Annotated[
    str | None, typer.Option("--strategy", metavar="S", help="Whose; the baseline where left out.")
]
World = Annotated[str, typer.Option("--replication", metavar="R", help="Which replication.")]
Form = Annotated[
    str,
    typer.Option("--form", metavar="parquet|csv|xes|ocel|vidigi", help="For which tool."),
]
File = Annotated[str | None, typer.Option("--out", metavar="FILE", help="The file, new.")]


def add(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("ledger", help="Write a run's ledger for other tools: Parquet, CSV, XES, OCEL.")(
        ledger
    )


def ledger(
    run: o.RunName, strategy: Which = None, replication: World = "0", form: Form = "parquet",
    out: File = None, portfolio: SameBook = None,
) -> None:  # fmt: skip
    """Play one replication of a stored run again and write its ledger."""
    from sim.core.errors import choose
    from sim.experiments.question import accounts_of, from_manifest, settle
    from sim.play.run import fitted, replay
    from sim.store.logs import FORMS, write
    from sim.store.runs import RunStore

    choose("--form", "", form, FORMS)
    folder = RunStore().open(run)
    question = from_manifest(folder.path, folder.manifest)
    same_book(question, portfolio)
    chosen = {s.name: s for s in question.chosen()}
    name = choose("--strategy", "", strategy or question.baseline or next(iter(chosen)), chosen)
    world = o.whole("--replication", replication, 99_999, 0)
    place = Path(out) if out else Path(f"{folder.path.name}-{name}-{world}{FORMS[form][0]}")
    with progress_bar("playing it again") as progress:
        at = settle(question, accounts_of(question))
        ready, report = fitted(at, chosen[name])
        found = replay(at, ready, world, report, full=True)
        progress(1, 1)
    count = write(found.ledger, place, form)
    note(f"{count:,} events of {name}, replication {world}, in {place}")
