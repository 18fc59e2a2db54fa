"""Read a lender's portfolio file into the observables that the simulation needs.

What a file may look like, what is refused and what is never kept is told in
``docs/portfolio.md``. Reading opens the file once and never writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from sim.core.errors import BadInput, choose
from sim.store.portfolio import table, uci
from sim.store.portfolio.checks import Refusal
from sim.store.portfolio.files import Cells, load

LAYOUTS = {"table": table.accounts, "uci": uci.accounts}

__all__ = ["Portfolio", "Refusal", "read", "refusal_lines"]


class Portfolio(NamedTuple):
    """The usable accounts of a file, and every cell that was refused.

    Parameters
    ----------
    accounts
        One row per account, all columns int64; money in cents, times in days or months.
    refused
        Every refusal, ordered by line; a row with one refusal is not in `accounts`.
    layout
        ``"table"`` or ``"uci"``.
    fingerprint
        SHA-256 of the file's bytes, in hex.
    """

    accounts: pd.DataFrame
    refused: tuple[Refusal, ...]
    layout: str
    fingerprint: str


def read(
    path: str | Path, *, mapping: Mapping[str, str] | None = None, layout: str = "auto"
) -> Portfolio:
    """Read the portfolio in *path*.

    Parameters
    ----------
    path
        A ``.csv``, ``.csv.gz`` or ``.parquet`` file.
    mapping
        Our column name to the file's column name, where the file uses other names.
    layout
        ``"table"``, ``"uci"``, or ``"auto"`` to recognise the second by its header.

    Returns
    -------
    Portfolio
        At least one account, with the columns listed in ``docs/portfolio.md``.

    Raises
    ------
    BadInput
        The file cannot be read, lacks a column, would keep personal data, or has no usable row.
    """
    choose("portfolio", "layout", layout, ("auto", *LAYOUTS))
    return taken(*load(Path(path)), mapping=mapping, layout=layout)


def taken(
    cells: Cells,
    fingerprint: str,
    *,
    mapping: Mapping[str, str] | None = None,
    layout: str = "auto",
) -> Portfolio:
    """Return the usable accounts of a file that is open already; see `read`."""
    if layout == "auto":
        layout = "uci" if not mapping and uci.recognised(cells.header) else "table"
    found, refusals = LAYOUTS[layout](cells, dict(mapping or {}))
    refused = tuple(sorted((*cells.refused, *refusals), key=lambda refusal: refusal.line))
    if found.empty:
        raise _nothing_left(cells, refused, layout)
    return Portfolio(found, refused, layout, fingerprint)


def refusal_lines(portfolio: Portfolio, first: int = 10) -> list[str]:
    """Render the first refusals and, as the last line, how many there are.

    Parameters
    ----------
    portfolio
        What `read` returned.
    first
        How many refusals to spell out, 0 or more.

    Returns
    -------
    list of str
        Empty where nothing was refused.
    """
    if first < 0:
        raise BadInput("refusal_lines", "first", first, "0 or more")
    refused = portfolio.refused
    if not refused:
        return []
    shown = [str(refusal) for refusal in refused[:first]]
    rows = len({refusal.line for refusal in refused})
    count = f"rows refused: {rows}, accepted: {len(portfolio.accounts)}"
    hidden = len(refused) - len(shown)
    return [*shown, f"{count}; {hidden} more cells refused" if hidden else count]


def _nothing_left(cells: Cells, refused: tuple[Refusal, ...], layout: str) -> BadInput:
    """Say why no account is left, with the first refusal as the example."""
    if refused:
        reason = f"the first refusal is {refused[0]}"
    elif layout == "uci" and len(cells.lines):
        reason = "no account is late at the August close (PAY_2 of 2 or more)"
    else:
        reason = "the file holds only a header"
    return BadInput(cells.name, "usable rows", 0, f"at least 1 is needed; {reason}")
