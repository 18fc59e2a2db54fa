"""`dunning cluster`: a Dask cluster on this machine, to try what a real one does."""

from __future__ import annotations

import os
import signal
import threading
from typing import Annotated

import typer

from sim.cli import options as o
from sim.cli.say import note, say

Local = Annotated[
    str | None, typer.Option("--local", metavar="N", help="Workers; all cores where left out.")
]


def add(app: typer.Typer) -> None:
    """Add the verb."""
    cluster = typer.Typer(rich_markup_mode=None)
    cluster.callback()(top)
    cluster.command("up", help="Start a scheduler and workers on this machine.")(up)
    app.add_typer(cluster, name="cluster", help="Try a Dask cluster on this machine.")


def top() -> None:
    """Everything is a deed's."""


def up(local: Local = None) -> None:
    """Start a scheduler and workers here; they stay until Ctrl-C."""
    number = o.whole("--local", local or str(os.cpu_count() or 1), 256)
    from sim.play.workers.cluster import local as lent

    for stop in (signal.SIGINT, signal.SIGTERM):  # a shell's background job ignores Ctrl-C
        signal.signal(stop, signal.default_int_handler)
    with lent("--local", number) as (address, dashboard):
        say(f"Scheduler: {address}", f"Dashboard: {dashboard}")
        note(f"Use it: dunning compare weilidai --cluster {address}", "Ctrl-C ends it.")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            note("Ended.")
