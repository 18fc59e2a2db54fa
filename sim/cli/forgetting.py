"""`dunning forget`: remove a run and all that is known of the file that it came from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli import options as o
from sim.cli.say import say

Yes = Annotated[bool, typer.Option("--yes", help="Do it; without it, only say what would go.")]


def add(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("forget", help="Remove a run and all that came from its portfolio file.")(forget)


def forget(run: o.RunName, yes: Yes = False) -> None:
    """Remove a run and what came from its file."""
    from sim.store.forgetting import forget_all, left_of

    found = left_of(_folder(run))
    say(*(str(path) for path in found.files))
    if not yes:
        say("Nothing is removed yet; with --yes these are, for good")
        return
    forget_all(found)
    say("Removed; your own file stays where it is")


def _folder(run: str) -> Path:
    from sim.store.runs import RunStore

    return RunStore().latest().path if run == "latest" else RunStore().place_of(run)
