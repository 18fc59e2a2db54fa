"""The pool: entrants followed under the incumbent, kept once per scenario.

From it come the donors of older accounts (an M3 book holds other people than the day-one
entrants) and the run-off table, which values what is still open at the end of a run by what the
incumbent collects from such claims in the 360 days after. The table must know what a running plan
is worth, which the incumbent never offers; so its lives are followed under the incumbent with
instalments offered to half of the accounts.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents import loan as loans
from sim.agents.budget import attempt_cost
from sim.agents.population import back_to_start
from sim.core.cache import kept
from sim.core.domain import NEVER, Account, Event
from sim.core.rng import stream
from sim.play.cohort import Cohort, cohort
from sim.scenario import Scenario
from sim.strategies.phone_only import PHONE_ONLY

SEED = 2_600_301  #: the pool's own luck
REPLICATION = -1  #: no run has this number: none shares the pool's people
AFTER = 360  #: days of run-off
OFFERED = 0.5  #: accounts of the run-off lives that are offered instalments
SOLD_AT = 181  #: days late at which the run-off sells a claim
BUCKETS = 8  #: M0 to M6, and everything later
STATES = 3  #: nothing agreed, promise open, plan running
FAR, END = 1 << 20, 1 << 62  #: more days than any life has; a moment after all
PARTS = ("kinds", "borrower", "tones", "channels", "law", "court", "money", "floor", "people",
         "agency")  # fmt: skip
BOOK = ("start", "loan_median", "loan_sd", "count_low", "count_high", "regions", "grades", "season",
        "grade_signal",
        "address_valid", "phone_valid", "pool", "pool_days", "paydays", "evening")  # fmt: skip


class Pool(NamedTuple):
    """Donors, late and current, as of day 0, and the value of an open yuan by state."""

    late: tuple[Account, ...]
    current: tuple[Account, ...]
    run_off: tuple[tuple[float, ...], ...]  #: BUCKETS x STATES, present value per open cent
    entry_share: float  #: day-one entrants a month per late account of the stationary book
    usual_risk: float  #: expected public complaints per late account and day


def make_pool(scenario: Scenario) -> Pool:
    """Follow the entrants and keep what runs need."""
    size, days, luck = scenario.book.pool, scenario.book.pool_days, stream(SEED, REPLICATION)
    lives = cohort(scenario, PHONE_ONLY, range(size), luck, days + 1)
    offered, ending = PHONE_ONLY.tuned(offered=OFFERED), range(size, size + size // 4)
    ended = cohort(scenario, offered, ending, luck, days + 1 + AFTER)
    donors = [back_to_start(a, day) for _, day, a in lives.month_ends()]
    late = tuple(a for a in donors if a.deeds.bucket > 0)
    return Pool(
        late,
        tuple(a for a in donors if a.deeds.bucket == 0),
        _run_off(scenario, ended),
        size / max(1, len(late)),
        float(lives.ledger["p_regulator"].sum()) / max(1, int(_worked(scenario, lives).sum())),
    )


def _worked(scenario: Scenario, lives: Cohort) -> NDArray[np.bool_]:
    """Tell of each life and day whether it is late and not written off."""
    oldest = -(-scenario.money.write_off // 30) or 127
    late: NDArray[np.bool_] = (lives.buckets > 0) & (lives.buckets <= oldest)
    return late


def _run_off(scenario: Scenario, lives: Cohort) -> tuple[tuple[float, ...], ...]:
    """Present value per open cent of the days after a month end, by state."""
    ends = [end for end in lives.month_ends() if end[1] <= scenario.book.pool_days]
    life, day = np.array([end[:2] for end in ends], dtype=np.int64).reshape(-1, 2).T
    rows, columns = np.array([state_of(a) for *_, a in ends]).reshape(-1, 2).T
    value, claim = np.zeros((BUCKETS, STATES)), np.zeros((BUCKETS, STATES))
    np.add.at(claim, (rows, columns), [float(loans.balance(a.loan)) for *_, a in ends])
    np.add.at(value, (rows, columns), _worth(scenario, lives, life, day))
    return tuple(_filled(scenario, value[row], claim[row], row) for row in range(BUCKETS))


def state_of(account: Account) -> tuple[int, int]:
    """Row and column of the run-off table."""
    agreed = 2 if account.plan.left > 0 else 1 if account.promise.day != NEVER else 0
    return min(account.deeds.bucket, BUCKETS - 1), agreed


def _worth(
    scenario: Scenario, lives: Cohort, life: NDArray[np.int64], day: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Cents that the incumbent makes of a claim from *day* on: cash net of calls, then a sale."""
    daily = (1.0 + scenario.money.discount) ** (-1.0 / 365.0)
    when, event = lives.life * FAR + lives.day, lives.ledger["event"]
    dialled = (event == Event.DIALLED) | (event == Event.REACHED)
    costs = lives.ledger["cost"] + np.where(dialled, attempt_cost(scenario), 0.0)
    net = np.where(event == Event.PAID, lives.ledger["amount"], -costs)
    summed = np.concatenate([[0.0], np.cumsum(net * daily**lives.day)])
    sales = (event == Event.ROLLED) & (lives.ledger["dpd"] == SOLD_AT)
    sold, claims = np.append(when[sales], END), np.append(lives.ledger["balance"][sales], 0)
    here = life * FAR + day
    first = np.searchsorted(sold, here)
    ends = np.minimum(sold[first], here + AFTER)
    cash = summed[np.searchsorted(when, ends)] - summed[np.searchsorted(when, here)]
    price = np.where(sold[first] < here + AFTER, scenario.money.sale_price * claims[first], 0.0)
    worth: NDArray[np.float64] = cash * daily ** (-1.0 * day) + price * daily ** (ends - here)
    return worth


def _filled(
    scenario: Scenario, value: NDArray[np.float64], claim: NDArray[np.float64], row: int
) -> tuple[float, ...]:
    """One row of the table; a thin cell takes the row's mean, the oldest the sale price."""
    total = claim.sum()
    if row == BUCKETS - 1 or total == 0.0:
        return (scenario.money.sale_price,) * STATES
    thick = claim > 0.02 * total
    worth = np.where(thick, value / np.where(thick, claim, 1.0), value.sum() / total)
    return tuple(np.maximum(0.0, worth).tolist())


def told(scenario: Scenario) -> str:
    """Return every knob that the pool depends on, as text."""
    body = scenario.model_dump(mode="json")
    parts = {part: body[part] for part in PARTS} | {"book": {k: body["book"][k] for k in BOOK}}
    return json.dumps(parts, sort_keys=True)


class Key:
    """Scenario that is compared only by what the pool depends on."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario, self.told = scenario, told(scenario)

    def __hash__(self) -> int:
        return hash(self.told)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and other.told == self.told


def pool_of(scenario: Scenario) -> Pool:
    """Return the scenario's pool, from memory, from disk, or made now."""
    return _remembered(Key(scenario))


@lru_cache(maxsize=8)
def _remembered(key: Key) -> Pool:
    return Pool(*kept("pool", key.told, lambda: tuple(make_pool(key.scenario))))
