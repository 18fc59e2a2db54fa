"""The user's own book: only the accepted columns are kept, under a random id, until deleted."""

from __future__ import annotations

import io
import re
import secrets
from pathlib import Path

import pandas as pd

from sim.core.errors import BadInput
from sim.store.portfolio import Portfolio, read
from sim.store.portfolio.forms import core_of
from sim.store.portfolio.table import NAMES, RULES, TOLD
from sim.store.runs import default_root, disk

SHELF = ".portfolios"  #: beside the runs, hidden from their list
ID = re.compile(r"[0-9a-f]{12}")
LARGEST = 20_000_000  #: bytes that the app takes


def portfolio_file(name: str) -> Path:
    """Return where a book stands; refuse what is no id of one."""
    if not ID.fullmatch(name):
        raise BadInput("portfolio", "id", name, "an id made here")
    return default_root() / SHELF / f"{name}.csv"


def is_portfolio(name: str) -> bool:
    """Tell whether *name* is the id of a book that is still kept."""
    return bool(ID.fullmatch(name)) and portfolio_file(name).is_file()


def save_portfolio(found: Portfolio) -> str:
    """Keep what was accepted and nothing else; return its id."""
    name = secrets.token_hex(6)
    file = portfolio_file(name)
    body = io.StringIO()
    _said(found).to_csv(body, index=False, lineterminator="\n")
    with disk.writable(default_root()):
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.parent.chmod(0o700)  # one of an older version could be read by others
        disk.write(file, body.getvalue(), private=True)
    return name


def _said(found: Portfolio) -> pd.DataFrame:
    """Return the cells of a book: a fact that its file left open stays empty, it is no zero."""
    accounts = found.accounts
    table = accounts[[column for column in NAMES if column in accounts]].astype(object)
    for column in table:
        if column in RULES and RULES[column].money:
            table[column] = [f"{cents // 100}.{cents % 100:02d}" for cents in table[column]]
    for bit, column in enumerate(TOLD):
        table[column] = table[column].where((accounts["known"] & (1 << bit)) != 0)
    for column, values in found.segments.items():
        if all(core_of(text) is None for text in values.unique()):  # else it would be read as ours
            table[column] = values
    return table.dropna(axis="columns", how="all")


def open_portfolio(name: str) -> Portfolio | None:
    """Return a book that was kept; None where it is gone."""
    try:
        return read(portfolio_file(name))
    except BadInput:
        return None


def remove_portfolio(name: str) -> None:
    """Delete a book."""
    disk.remove(portfolio_file(name))
