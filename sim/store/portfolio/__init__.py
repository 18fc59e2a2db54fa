"""Read a lender's portfolio file into the observables that the simulation needs.

What a file may look like, what is refused and what is never kept is told in
``docs/portfolio.md``. Reading opens the file once and never writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.core.errors import BadInput, choose
from sim.store.portfolio import demands, table, uci
from sim.store.portfolio.checks import Refusal
from sim.store.portfolio.files import Cells, load
from sim.store.portfolio.told import Told

__all__ = ["Portfolio", "Refusal", "read", "refusal_lines", "told_lines"]


def _table(cells: Cells, mapping: dict[str, str]) -> table.Accepted:
    """Return the accounts of a table with a row for each account, or for each amount due."""
    if demands.recognised(cells.header):
        return demands.accounts(cells, mapping)
    return table.accounts(cells, mapping)


LAYOUTS = {"table": _table, "uci": uci.accounts}


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
    told
        How the file was read: forms, rules, what was used and what was not; see `told_lines`.
    segments
        The lender's own categories of grade, region and product, a row per account.
    debtors
        One number per account, the same for loans of one debtor; empty where unknown.
    """

    accounts: pd.DataFrame
    refused: tuple[Refusal, ...]
    layout: str
    fingerprint: str
    told: tuple[Told, ...] = ()
    segments: pd.DataFrame = pd.DataFrame()
    debtors: npt.NDArray[np.int64] = np.empty(0, dtype=np.int64)


def read(
    path: str | Path, *, mapping: Mapping[str, str] | None = None, layout: str = "auto"
) -> Portfolio:
    """Read the portfolio in *path*.

    Parameters
    ----------
    path
        A CSV (also packed as ``.gz`` or ``.zip``), Excel or Parquet file.
    mapping
        Our column name to the file's column name, where the file uses other names; "" for a
        column that is not ours although it is called so; ``as_of``, ``decimal``, ``dates`` and
        ``sheet`` decide what a file leaves open.
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
    mapping = dict(mapping or {})
    cells, fingerprint = load(Path(path), sheet=mapping.get("sheet", ""), wanted=wanted(mapping))
    return taken(cells, fingerprint, mapping=mapping, layout=layout)


def wanted(mapping: Mapping[str, str]) -> set[str]:
    """Return the file's names that a mapping speaks of: they tell its header from a title."""
    return {" ".join(name.split()) for name in mapping.values()}


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
    found = LAYOUTS[layout](cells, dict(mapping or {}))
    refused = tuple(sorted((*cells.refused, *found.refused), key=lambda refusal: refusal.line))
    if found.accounts.empty:
        raise _nothing_left(cells, refused, layout)
    return Portfolio(found.accounts, refused, layout, fingerprint, (*cells.told, *found.told),
                     found.segments, found.debtors)  # fmt: skip


def told_lines(portfolio: Portfolio, lang: str = "en") -> list[str]:
    """Return how the file was read, a line for each thing worth telling.

    Parameters
    ----------
    portfolio
        What `read` returned.
    lang
        ``en`` or ``zh``.
    """
    return [line.words(lang) for line in portfolio.told]


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
