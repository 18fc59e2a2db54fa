"""A book of one's own: named by every experiment in the same way, and read once.

An experiment that keeps what it asks has two fields of it, `portfolio` and `mapping`, as `play` has
them; `asked_words` and the others below turn them into a command line, into Python and into words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from sim.agents.population import Filed, from_file
from sim.core.errors import BadInput
from sim.core.rng import Purpose, uniform
from sim.play.metrics.tables import OwnGroup
from sim.store.portfolio import Portfolio, read
from sim.store.portfolio.table import with_facts
from sim.store.runs import places

STREAM = 1  #: by which the accounts are chosen
MOST_GROUPS = 20  #: categories that results are shown by; the others are one
OTHERS = "…"
MOST_INSTALMENTS = 32_767  #: that the engines can count
Source = str | Path | Portfolio
Categories = tuple[tuple[str, str], ...]  #: column and value


class Sorted(Filed):
    """An account of a file that the lender sorts by categories of its own."""

    categories: Categories = ()


Pairs = tuple[tuple[str, str], ...]


class OnBook(Protocol):
    """What an experiment asks, as far as it is about the book."""

    @property
    def portfolio(self) -> str | None:
        """The file; None where the book is drawn."""

    @property
    def mapping(self) -> Mapping[str, str]:
        """How it is read."""

    @property
    def accounts(self) -> int | None:
        """How many of its accounts are played at most."""


@dataclass(frozen=True)
class OwnBook:
    """The accounts that are played, and which file they came from; two are equal if that is."""

    name: str
    fingerprint: str  #: SHA-256 of the file
    held: int  #: usable accounts in the file
    played: int  #: of those past due
    late: tuple[Filed, ...] = field(compare=False, repr=False)

    def line(self, real: int, lang: str = "en") -> str:
        """Say which book a result is about; see `book_line`."""
        return book_line(self.name, self.played, real, lang)

    def to_dict(self) -> dict[str, Any]:
        """Return the same as JSON has it."""
        return {"file": self.name, "fingerprint": self.fingerprint, "played": self.played}


DRAWN = OwnBook("", "", 0, 0, ())  #: no file: the scenario's book


def own_book(
    portfolio: Source | None = None,
    mapping: Mapping[str, str] | None = None,
    accounts: int | None = None,
) -> OwnBook:
    """Return the accounts of *portfolio* that are played; `DRAWN` without one.

    Parameters
    ----------
    portfolio, mapping
        A file and how it is read (see `sim.store.portfolio.read`), or what was read already.
    accounts
        How many are played at most; all that are past due where None.

    Raises
    ------
    BadInput
        A file that cannot be read or holds nobody past due, or a mapping without a file.
    """
    if portfolio is None:
        if mapping:
            raise BadInput("mapping", "", next(iter(mapping)), "a portfolio beside it")
        return DRAWN
    if isinstance(portfolio, Portfolio):
        return _book("portfolio", portfolio, accounts)
    file = _place(portfolio)
    return _of_file(file, tuple((mapping or {}).items()), accounts, _state(file))


def book_of(asked: OnBook) -> OwnBook:
    """Return the book that an experiment asks for."""
    return own_book(asked.portfolio, asked.mapping, asked.accounts)


class Named(str):
    """A file as it may be said and kept; where it is, stays in this process."""

    place: str


def sayable(portfolio: str) -> Named:
    """Return the name under which a file is asked for: nothing that is kept says where it is.

    Workers get the accounts themselves.
    """
    name = Named(places.shown(portfolio))
    name.place = portfolio
    return name


def _place(name: str | Path) -> Path:
    return Path(getattr(name, "place", name))


def _state(file: Path) -> tuple[int, int]:
    """Return what changes when a file is written again."""
    try:
        facts = file.stat()
    except (OSError, ValueError):
        return 0, 0  # reading it tells what is wrong
    return facts.st_mtime_ns, facts.st_size


@lru_cache(maxsize=4)
def _of_file(file: Path, mapping: Pairs, accounts: int | None, state: tuple[int, int]) -> OwnBook:
    return _book(file.name, read_once(file, mapping, state), accounts)


@lru_cache(maxsize=2)
def read_once(file: Path, mapping: Pairs, state: tuple[int, int]) -> Portfolio:
    """Read a file, once as long as nobody writes it."""
    return read(file, mapping=dict(mapping))


def opened(file: str | Path, mapping: Mapping[str, str]) -> Portfolio:
    """Return what a file holds; nothing is read twice for the same question."""
    place = _place(file)
    return read_once(place, tuple(mapping.items()), _state(place))


def _book(name: str, found: Portfolio, accounts: int | None) -> OwnBook:
    late = from_portfolio(found, accounts)
    return OwnBook(name, found.fingerprint, len(found.accounts), len(late), late)


def from_portfolio(portfolio: Portfolio, accounts: int | None = None) -> tuple[Filed, ...]:
    """Return the accounts of a portfolio that are late, at most *accounts* of them.

    Which ones take part is drawn once, by keyed luck, and does not depend on the file's order.
    A book from a file has no inflow.
    """
    late = portfolio.accounts[portfolio.accounts["dpd"] > 0]
    if late.empty:
        raise BadInput("portfolio", "dpd", 0, "at least one account past due")
    if accounts is not None and not 1 <= accounts <= 10_000_000:
        raise BadInput("accounts", "", accounts, "a whole number from 1 to 10000000")
    found = from_file([with_facts(row) for row in late.to_dict(orient="records")])
    for one in found:
        if one.account.loan.count > MOST_INSTALMENTS:
            allowed = f"at most {MOST_INSTALMENTS} instalments; a larger instalment, or less owed"
            raise BadInput("portfolio", f"account {one.id}", one.account.loan.count, allowed)
    found = _sorted(found, portfolio.segments.loc[(portfolio.accounts["dpd"] > 0).to_numpy()])
    order = sorted(found, key=lambda a: uniform(STREAM, a.id, Purpose.DONOR, 0))
    return tuple(sorted(order[:accounts], key=lambda a: a.id))


def _sorted(found: tuple[Filed, ...], segments: pd.DataFrame) -> tuple[Filed, ...]:
    """Return the accounts with the lender's own categories; without any, the same accounts."""
    if segments.empty:
        return found
    columns = [str(name) for name in segments]
    rows = segments.fillna("").astype(str).to_numpy(dtype=object).tolist()
    return tuple(_with(one, tuple(zip(columns, row, strict=True)))
                 for one, row in zip(found, rows, strict=True))  # fmt: skip


def _with(one: Filed, categories: Categories) -> Sorted:
    found = Sorted(*one)
    found.categories = categories
    return found


def own_groups(late: Sequence[Filed]) -> tuple[OwnGroup, ...]:
    """Return how the lender sorts these accounts: the largest categories, and the others as one."""
    if not late or not isinstance(late[0], Sorted):
        return ()
    ids = np.array([one.id for one in late], dtype=np.int64)
    order = np.argsort(ids, kind="stable")
    found = []
    for place, (column, _) in enumerate(late[0].categories):
        values = [getattr(one, "categories", ())[place][1] for one in late]
        sizes = Counter(values)
        names = sorted(sizes, key=lambda name: (-sizes[name], name))[:MOST_GROUPS]
        at = {name: i for i, name in enumerate(names)}
        group = np.array([at.get(value, len(names)) for value in values], dtype=np.intp)
        rest = (OTHERS,) if len(sizes) > len(names) else ()
        found.append(OwnGroup(column, (*names, *rest), ids[order], group[order]))
    return tuple(found)


# --- said ----------------------------------------------------------------------------------------


def asked_words(asked: OnBook) -> list[str]:
    """Return the options of a command line that name the same book."""
    return [] if asked.portfolio is None else book_words(asked.portfolio, asked.mapping)


def book_words(portfolio: str, mapping: Mapping[str, str]) -> list[str]:
    """Return the options of a command line that name a file and how it is read."""
    pairs = [word for one in mapping.items() for word in ("--mapping", "=".join(one))]
    return ["--portfolio", portfolio, *pairs]


def book_line(name: str, played: int, real: int, lang: str = "en") -> str:
    """Say which file a result is about; *real* is the scenario's ``book.real_accounts``."""
    share = real / played
    each = f"{share:,.0f}" if share >= 10 else f"{share:.3g}"
    if lang == "zh":
        return (
            f"账本：{name}，模拟其中逾期的 {played:,} 户；"
            f"每户代表真实账本（book.real_accounts：{real:,} 户）中的 {each} 户。"
        )
    return (
        f"Book: {name}, {played:,} accounts past due; each stands for {each} of the real book "
        f"(book.real_accounts: {real:,})."
    )


def without_book(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was asked without the fields of a book where there is none."""
    return {k: v for k, v in body.items() if v or k not in ("portfolio", "mapping")}


def prints(asked: OnBook) -> dict[str, str]:
    """Return the fingerprint of the file, by which a question that is resumed knows it."""
    return {"portfolio": book_of(asked).fingerprint} if asked.portfolio is not None else {}
