"""A cohort: entrants followed under one strategy with seats ample, as arrays.

The compiled loop lives them where it can, `seasoning.follow` where it cannot: the same lives.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents import loan as loans
from sim.agents.population import Origins, enters, origins
from sim.agents.state import in_the_book
from sim.core.domain import DAY, Account, Posting
from sim.core.kernel import NotCompilableError
from sim.engine.fast.book import Start, accounts_of, start_of
from sim.engine.fast.lives import Lived, lived, room
from sim.engine.fast.state import POSTING
from sim.engine.fast.tables import postings
from sim.engine.ledger import Columns
from sim.engine.seasoning import Calendar, calendar, follow
from sim.scenario import Scenario
from sim.scenario.world import World, world
from sim.strategies.base import Strategy


class Cohort(NamedTuple):
    """What became of the entrants of a cohort, one row per life unless it says otherwise."""

    first_id: int  #: of the first life; the others follow
    firsts: NDArray[np.int64]  #: day of the entry
    instalments: NDArray[np.int64]  #: cents
    buckets: NDArray[np.int8]  #: by day, in the morning; -1 before the entry and after the end
    owed: NDArray[np.int64]  #: by day: cents open in the morning
    ledger: Columns  #: by posting, life by life
    life: NDArray[np.int64]  #: by posting: whose it is
    day: NDArray[np.int64]  #: by posting
    months: Start  #: accounts at month ends, while anything is open
    seen: NDArray[np.int64]  #: the days of these

    def month_ends(self) -> list[tuple[int, int, Account]]:
        """Return life, day and state of each account that was open at a month end."""
        accounts = accounts_of(self.months)
        lives = self.months.accounts["id"] - self.first_id
        return list(zip(lives.tolist(), self.seen.tolist(), accounts, strict=True))


def cohort(
    scenario: Scenario, strategy: Strategy, ids: range, stream: int, days: int, spread: int = 30
) -> Cohort:
    """Follow the entrants *ids* for *days* days from day 0, their entry spread over the first.

    Parameters
    ----------
    stream
        Of the people and of their luck.
    spread
        Days over which they enter: number *i* on day ``i % spread``.
    """
    w, o, dates = (
        world(scenario, strategy.organisation),
        origins(scenario),
        calendar(scenario, days),
    )
    who = np.asarray(ids, dtype=np.int64)
    try:
        told = lived(w, strategy, o, stream, who, who % spread, dates)
    except NotCompilableError:
        told = _told(w, strategy, o, stream, who, who % spread, dates)
    life = np.repeat(np.arange(len(who)), np.diff(told.until, prepend=0))
    ledger = postings(told.rows)
    return Cohort(
        ids.start, who % spread, told.instalments, told.buckets, told.owed, ledger, life,
        ledger["time"] // DAY, told.months, told.seen,
    )  # fmt: skip


def _told(
    w: World, strategy: Strategy, o: Origins, stream: int, ids: NDArray[np.int64],
    firsts: NDArray[np.int64], dates: Calendar,
) -> Lived:  # fmt: skip
    """Live through the entrants in plain Python; see `engine.fast.lives.lived`."""
    told, days = room(len(ids), len(dates.today)), list[int]()
    out, accounts = list[Posting](), list[Account]()
    for i, (who, first) in enumerate(zip(ids.tolist(), firsts.tolist(), strict=True)):

        def seen(day: int, account: Account, i: int = i) -> None:
            open_cents = loans.balance(account.loan)
            told.buckets[i, day], told.owed[i, day] = min(127, account.deeds.bucket), open_cents
            if day % 30 == 0 and open_cents > 0 and in_the_book(account):
                accounts.append(account)
                days.append(day)

        account = enters(o, stream, stream, who, first)
        told.instalments[i] = account.loan.instalment
        follow(w, strategy, account, dates, first, out, seen)
        told.until[i] = len(out)
    return told._replace(
        rows=POSTING.rows(out), months=start_of(accounts), seen=np.array(days, dtype=np.int64)
    )
