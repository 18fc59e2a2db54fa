"""The pool: entrants followed under the incumbent, kept once per scenario and drawing.

From it come the donors of older accounts: an M3 book holds other people than the day-one entrants.
Which people a pool holds is luck like any other, so pools are drawn anew (`draw`): a comparison
takes several of them in turn.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from sim.agents.population import OLDEST
from sim.core.cache import Arrays, Keyed, kept_arrays
from sim.core.domain import Account
from sim.core.rng import stream
from sim.engine.fast.book import Start, Stock, accounts_of
from sim.engine.fast.state import ACCOUNT, DAYS, LONG_AGO, TRAITS, Rows
from sim.play.cohort import Cohort, cohort
from sim.scenario import Scenario
from sim.strategies.phone_only import PHONE_ONLY

SEED = 2_600_301  #: the pool's own luck
REPLICATION = -1  #: no run has this number or one below: none shares the pool's people
PARTS = ("kinds", "borrower", "tones", "channels", "law", "court", "money", "floor", "people",
         "agency")  # fmt: skip
BOOK = ("start", "loan_median", "loan_sd", "count_low", "count_high", "regions", "grades", "season",
        "grade_signal",
        "address_valid", "phone_valid", "pool", "pool_days", "paydays", "evening")  # fmt: skip


@dataclass(frozen=True, eq=False)
class Pool:
    """Donors, late and current, as of day 0."""

    donors: Stock
    entry_share: float  #: day-one entrants a month per late account of the stationary book
    usual_risk: float  #: expected public complaints per late account and day

    def arrays(self) -> Arrays:
        """Return the pool as arrays."""
        accounts, traits = self.donors.donors
        numbers = np.array([self.donors.late, self.entry_share, self.usual_risk])
        return {"accounts": accounts, "traits": traits, "numbers": numbers}

    @classmethod
    def of(cls, arrays: Arrays) -> Pool:
        """Return the pool that arrays hold."""
        late, entry_share, usual_risk = arrays["numbers"].tolist()
        if arrays["accounts"].dtype != ACCOUNT or arrays["traits"].dtype != TRAITS.dtype:
            raise TypeError("arrays of another version")
        start = Start(arrays["accounts"], arrays["traits"])
        return cls(Stock(start, int(late)), entry_share, usual_risk)

    @cached_property
    def late(self) -> tuple[Account, ...]:
        """Donors that are late."""
        return self._all[: self.donors.late]

    @cached_property
    def current(self) -> tuple[Account, ...]:
        """Donors that have paid up and come due again."""
        return self._all[self.donors.late :]

    @cached_property
    def _all(self) -> tuple[Account, ...]:
        return tuple(accounts_of(self.donors.donors))

    @cached_property
    def younger(self) -> Stock:
        """Donors for a lender that sells what is older than `OLDEST` buckets."""
        start, late = self.donors.donors, self.donors.late
        buckets = start.accounts["deeds_bucket"]
        stays = (np.arange(len(buckets)) >= late) | (buckets <= OLDEST)
        return Stock(renumbered(start, np.flatnonzero(stays)), int(stays[:late].sum()))


def make_pool(scenario: Scenario, draw: int = 0) -> Pool:
    """Follow the entrants and keep what runs need; *draw* says which drawing of them."""
    size, days = scenario.book.pool, scenario.book.pool_days
    lives = cohort(scenario, PHONE_ONLY, range(size), stream(SEED, REPLICATION - draw), days + 1)
    start = Start(back_to_start(lives.months.accounts, lives.seen), lives.months.traits)
    late = start.accounts["deeds_bucket"] > 0
    order = np.concatenate((np.flatnonzero(late), np.flatnonzero(~late)))
    count, donors = int(late.sum()), renumbered(start, order)
    donors.traits["months_on_book"] += (lives.seen[order] // 30).astype(
        donors.traits["months_on_book"].dtype
    )
    return Pool(
        Stock(donors, count),
        size / max(1, count),
        float(lives.ledger["p_regulator"].sum()) / max(1, int(_worked(scenario, lives).sum())),
    )


def _worked(scenario: Scenario, lives: Cohort) -> NDArray[np.bool_]:
    """Tell of each life and day whether it is late and not written off."""
    oldest = -(-scenario.money.write_off // 30) or 127
    late: NDArray[np.bool_] = (lives.buckets > 0) & (lives.buckets <= oldest)
    return late


def back_to_start(accounts: Rows, seen: Rows) -> Rows:
    """Return *accounts*, *seen* on these days, as they would stand on day 0."""
    moved = accounts.copy()
    for name in DAYS:
        then = moved[name].astype(np.int64)
        moved[name] = np.where(then == LONG_AGO, then, then - seen)
    moved["case_next_day"] = 0
    return moved


def renumbered(start: Start, order: Rows) -> Start:
    """Return the accounts in *order*, numbered in it, each with traits of its own."""
    accounts = start.accounts[order]
    traits = start.traits[accounts["person"]]
    accounts["id"] = accounts["person"] = np.arange(len(order))
    return Start(accounts, traits)


def told(scenario: Scenario, draw: int = 0) -> str:
    """Return every knob that a drawing of the pool depends on, as text."""
    body = scenario.model_dump(mode="json")
    parts = {part: body[part] for part in PARTS} | {"book": {k: body["book"][k] for k in BOOK}}
    return json.dumps(parts | {"draw": draw}, sort_keys=True)


class Key(Keyed):
    """Scenario that is compared only by what the pool depends on."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario, self.depends = scenario, told(scenario)


def pool_of(scenario: Scenario, draw: int = 0) -> Pool:
    """Return a drawing of the scenario's pool, from memory, from disk, or made now."""
    return _remembered(Key(scenario), draw)


@lru_cache(maxsize=8)
def _remembered(key: Key, draw: int) -> Pool:
    made = kept_arrays(
        "pool", told(key.scenario, draw), lambda: make_pool(key.scenario, draw).arrays()
    )
    return Pool.of(made)
