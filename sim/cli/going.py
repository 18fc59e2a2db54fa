"""While something plays: how far it is, how long it takes, and what is kept if it is stopped."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

from sim.cli.say import Report, note, progress_bar

STOPPED = 130


LONG = 60.0  #: seconds from which on it is said how long the rest takes


def end_after(seconds: float) -> None:
    """Stop whatever goes on after so many seconds, as Ctrl-C would: what is finished is kept."""
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, _over)
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _over(*_: object) -> None:
    note("The time that --seconds allows is over")
    raise KeyboardInterrupt


@contextmanager
def going(what: str, kept: str, *, quiet: bool, foretells: bool = True) -> Iterator[Report]:
    """Show how far it is; on Ctrl-C say what is *kept* and leave as who is stopped does.

    With *foretells*, work that will take long says so as soon as its first plays tell.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # told to end is stopped by the user
    try:
        with progress_bar(what, quiet=quiet) as progress:
            yield foretelling(progress) if foretells and not quiet else progress
    except KeyboardInterrupt:
        note(f"Stopped; {kept}")
        raise typer.Exit(STOPPED) from None


def foretelling(
    report: Report,
    clock: Callable[[], float] = time.monotonic,
    say: Callable[[float], None] | None = None,
) -> Report:
    """Return *report*, which says once how long the rest takes, where that is long."""
    seen: list[tuple[int, float]] = []

    def told(done: int, planned: int) -> None:
        report(done, planned)
        seen.append((done, clock()))
        (first, began), (last, now) = seen[0], seen[-1]
        if len(seen) > 3 or last <= first:
            return
        left = (now - began) / (last - first) * (planned - done)
        if left > LONG:
            (say or foretell)(left)
            seen.extend(seen[-1:] * 3)  # once

    return told


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
