"""The book at the start as records: given account by account, or drawn from donors at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, get_type_hints

import numpy as np
from numpy.typing import NDArray

from sim.agents.population import donor_of
from sim.core.domain import Account, Traits
from sim.core.kernel import compiled, key_of
from sim.engine.fast.doors import folder
from sim.engine.fast.state import ACCOUNT, DAYS, STATE, TRAITS, Rows, pack_day
from sim.engine.fast.tables import field


class Start(NamedTuple):
    """Accounts as records, and the table of their traits."""

    accounts: Rows
    traits: Rows


class Stock(NamedTuple):
    """Donors as records: first the late ones, then the current ones."""

    donors: Start
    late: int


def start_of(book: Sequence[Account]) -> Start:
    """Return *book* as records, each account with traits of its own."""
    ordered = sorted(book, key=lambda a: a.id)
    accounts = np.zeros(len(ordered), dtype=ACCOUNT)
    for name in STATE.dtype.names or ():
        values = map(_path(name), ordered)
        accounts[name] = list(map(pack_day, values) if name in DAYS else values)
    accounts["luck"] = [a.traits.luck for a in ordered]
    accounts["person"] = np.arange(len(ordered))
    return Start(accounts, TRAITS.rows([a.traits for a in ordered]))


def _path(name: str) -> Callable[[Account], Any]:
    """Read the field with a flat name from the nested tuple."""
    if name in Account._fields:
        return lambda a: getattr(a, name)
    part, _, rest = name.partition("_")
    kind = get_type_hints(Account)[part]
    if rest in kind._fields:
        return lambda a: getattr(getattr(a, part), rest)
    inner, _, leaf = rest.partition("_")
    return lambda a: getattr(getattr(getattr(a, part), inner), leaf)


def accounts_of(start: Start) -> list[Account]:
    """Return the accounts that *start* holds: `start_of` the other way round."""
    a = start.accounts
    columns: list[Any] = []
    for name, kind in get_type_hints(Account).items():
        if kind is Traits:
            who = start.traits[a["person"]]
            parts = [a["luck"] if f == "luck" else who[f] for f in Traits._fields]
            columns.append(map(Traits, *(part.tolist() for part in parts)))
        else:
            columns.append(_column(a, name, kind))
    return list(map(Account, *columns))


def _column(a: Rows, name: str, kind: Any) -> list[Any]:
    """Return one field of all accounts, a tuple where it is one."""
    if not hasattr(kind, "_fields"):
        plain: list[Any] = field(a, name).tolist()
        return plain
    parts = [_column(a, f"{name}_{f}", hint) for f, hint in get_type_hints(kind).items()]
    return list(map(kind, *parts))


def stock(late: Sequence[Account], current: Sequence[Account]) -> Stock:
    """Return donors as records."""
    donors = [a._replace(id=i) for i, a in enumerate((*late, *current))]
    return Stock(start_of(donors), len(late))


def drawn(s: Stock, coming_due: float, streams: tuple[int, int], accounts: int) -> Start:
    """Draw the starting accounts: each a donor's state with luck of its own.

    What lasts is the donor's and stands once in the table of traits.
    """
    book, luck = (np.uint64(stream) for stream in streams)
    current = len(s.donors.accounts) - s.late
    place, keys = _choose()(book, luck, accounts, coming_due, s.late, current)
    rows = s.donors.accounts[place]
    rows["id"], rows["luck"], rows["person"] = np.arange(accounts), keys, place
    return Start(rows, s.donors.traits)


@lru_cache(maxsize=1)
def _choose() -> Callable[..., Any]:
    return compiled(choose, folder=folder())


def choose(
    book: int, luck: int, accounts: int, coming_due: float, late: int, current: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the donor of each account, and the key of its luck."""
    place = np.empty(accounts, dtype=np.int64)
    keys = np.empty(accounts, dtype=np.int64)
    for who in range(accounts):
        due, donor = donor_of(book, who, coming_due, late, current)
        place[who] = late + donor if due else donor
        keys[who] = key_of(luck, who)
    return place, keys
