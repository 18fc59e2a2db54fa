"""A stored run's own book, where its file is now."""

from __future__ import annotations

import hashlib
import os
from typing import Annotated, Any

import typer

from sim.core.errors import BadInput
from sim.core.intake import Limits as Sizes
from sim.core.intake.files import raw

SameBook = Annotated[
    str | None,
    typer.Option("--portfolio", metavar="FILE", help="Where the run's own file is now."),
]


def same_book(question: Any, portfolio: str | None) -> None:
    """Find a stored run's own file at *portfolio* from now on; refuse any other file."""
    if portfolio is None:
        return
    from sim.store.portfolio.boxes import LARGEST
    from sim.store.runs import places

    if (own := question.portfolio) is None:
        raise BadInput("--portfolio", "", portfolio, "none: the run drew its book")
    if not os.path.isfile(portfolio):
        raise BadInput("--portfolio", "", portfolio, "a file that exists")
    data = raw(portfolio, "--portfolio", Sizes(bytes=LARGEST))
    if (found := hashlib.sha256(data).hexdigest()) != own.fingerprint:
        allowed = f"{own.fingerprint[:12]!r}, the fingerprint of the file with which the run began"
        raise BadInput("--portfolio", portfolio, found[:12], allowed)
    places.remember(found, portfolio)
