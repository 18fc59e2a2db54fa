"""While something plays: how far it is, how long it takes, and what is kept if it is stopped."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from sim.cli.say import Report, note, progress_bar

STOPPED = 130


@contextmanager
def going(what: str, kept: str, *, quiet: bool) -> Iterator[Report]:
    """Show how far it is; on Ctrl-C say what is *kept* and leave as who is stopped does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # told to end is stopped by the user
    try:
        with progress_bar(what, quiet=quiet) as progress:
            yield progress
    except KeyboardInterrupt:
        note(f"Stopped; {kept}")
        raise typer.Exit(STOPPED) from None


def go_on(out: str | None) -> str:
    """Return what is kept of an experiment that keeps its plays where it is told to."""
    if out is None:
        return "nothing is kept; with --out it would be, and --resume would go on"
    return f"what is finished is kept in {out}; go on with the same and --resume"


def foretell(seconds: float) -> None:
    """Say how long the rest takes, as the first plays tell."""
    note(f"About {length(seconds)} more, measured on the first plays")


def took(seconds: tuple[float, float] | None) -> None:
    """Say how long it was said to take, and how long it took."""
    if seconds is not None:
        note(f"Foretold {length(seconds[0])}, took {length(seconds[1])}")


def length(seconds: float) -> str:
    """Return a length of time to two digits or so."""
    if seconds < 120:
        return f"{seconds:.2g} s" if seconds < 9.5 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
