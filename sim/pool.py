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

from joblib import Parallel, delayed

from sim.agents import loan as loans
from sim.agents.world import World, world
from sim.budget import attempt_cost
from sim.cache import kept
from sim.domain import DAY, NEVER, Account, Event, Posting
from sim.population import back_to_start, newly_late
from sim.rng import stream
from sim.scenario import Scenario
from sim.seasoning import Calendar, calendar, follow
from sim.strategies.base import Strategy
from sim.strategies.phone_only import PHONE_ONLY

SEED = 2_600_301  #: the pool's own luck
REPLICATION = -1  #: no run has this number: none shares the pool's people
AFTER = 360  #: days of run-off
OFFERED = 0.5  #: accounts of the run-off lives that are offered instalments
SOLD_AT = 181  #: days late at which the run-off sells a claim
BUCKETS = 8  #: M0 to M6, and everything later
STATES = 3  #: nothing agreed, promise open, plan running
PARTS = ("kinds", "borrower", "tones", "channels", "law", "court", "money", "floor", "people")
BOOK = ("start", "loan_median", "loan_sd", "count_low", "count_high", "regions", "grades", "season",
        "address_valid", "phone_valid", "pool", "pool_days")  # fmt: skip


class Pool(NamedTuple):
    """Donors, late and current, as of day 0, and the value of an open yuan by state."""

    late: tuple[Account, ...]
    current: tuple[Account, ...]
    run_off: tuple[tuple[float, ...], ...]  #: BUCKETS x STATES, present value per open cent
    entry_share: float  #: day-one entrants a month per late account of the stationary book
    usual_risk: float  #: expected public complaints per late account and day


class _Life(NamedTuple):
    """What one entrant leaves behind."""

    donors: list[tuple[int, Account]]  #: (day, state) at month ends
    cash: list[tuple[int, float]]  #: (day, cents net of calls)
    sales: list[tuple[int, int]]  #: (day, open cents) on passing 180 days late
    risk: float  #: expected public complaints
    late_days: int


def state_of(account: Account) -> tuple[int, int]:
    """Row and column of the run-off table."""
    agreed = 2 if account.plan.left > 0 else 1 if account.promise.day != NEVER else 0
    return min(account.deeds.bucket, BUCKETS - 1), agreed


def _live(scenario: Scenario, w: World, days: Calendar, who: int, policy: Strategy) -> _Life:
    book = stream(SEED, REPLICATION)
    first = who % 30
    donors: list[tuple[int, Account]] = []
    out: list[Posting] = []
    late_days = 0

    def seen(day: int, account: Account) -> None:
        nonlocal late_days
        late_days += account.deeds.bucket > 0
        if day % 30 == 0 and day <= scenario.book.pool_days and loans.balance(account.loan) > 0:
            donors.append((day, account))

    account = newly_late(scenario, book, book, who, first)
    follow(w, policy, account, days, first, out, seen)
    call = attempt_cost(scenario)
    cash = [(p.time // DAY, net) for p in out if (net := _net(p, call)) != 0.0]
    sold = [p for p in out if p.event == Event.ROLLED and p.dpd == SOLD_AT]
    sales = [(p.time // DAY, p.balance) for p in sold]
    return _Life(donors, cash, sales, sum(p.p_regulator for p in out), late_days)


def _net(p: Posting, call_cost: float) -> float:
    """Cents in, less the cost of the attempt."""
    if p.event == Event.PAID:
        return float(p.amount)
    return -p.cost - (call_cost if p.event in (Event.DIALLED, Event.REACHED) else 0.0)


def _batch(scenario: Scenario, ids: range, days: int, policy: Strategy) -> list[_Life]:
    w, c = world(scenario, policy.organisation), calendar(scenario, days)
    return [_live(scenario, w, c, who, policy) for who in ids]


def _lives(scenario: Scenario, ids: range, days: int, policy: Strategy, jobs: int) -> list[_Life]:
    """Follow the entrants *ids* for *days*, over processes."""
    step = max(1, -(-len(ids) // 6))
    batches = Parallel(n_jobs=jobs)(
        delayed(_batch)(scenario, ids[i : i + step], days, policy) for i in range(0, len(ids), step)
    )
    return [life for batch in batches for life in batch]


def _run_off(scenario: Scenario, lives: list[_Life]) -> tuple[tuple[float, ...], ...]:
    """Present value per open cent of the days after a month end, by state."""
    value = [[0.0] * STATES for _ in range(BUCKETS)]
    claim = [[0.0] * STATES for _ in range(BUCKETS)]
    for life in lives:
        for day, account in life.donors:
            row, column = state_of(account)
            claim[row][column] += loans.balance(account.loan)
            value[row][column] += _worth(scenario, life, day)
    return tuple(_filled(scenario, value[row], claim[row], row) for row in range(BUCKETS))


def _worth(scenario: Scenario, life: _Life, day: int) -> float:
    """Cents that the incumbent makes of a claim from *day* on: cash net of calls, then a sale."""
    daily = (1.0 + scenario.money.discount) ** (-1.0 / 365.0)
    until, worth = day + AFTER, 0.0
    for then, open_cents in life.sales:
        if day <= then < until:
            until = then
            worth += scenario.money.sale_price * open_cents * daily ** (then - day)
    cash = (c * daily ** (then - day) for then, c in life.cash if day <= then < until)
    return float(worth + sum(cash))


def _filled(
    scenario: Scenario, value: list[float], claim: list[float], row: int
) -> tuple[float, ...]:
    """One row of the table; a thin cell takes the row's mean, the oldest the sale price."""
    if row == BUCKETS - 1 or sum(claim) == 0.0:
        return (scenario.money.sale_price,) * STATES
    whole = sum(value) / sum(claim)
    return tuple(
        max(0.0, v / c if c > 0.02 * sum(claim) else whole)
        for v, c in zip(value, claim, strict=True)
    )


def make_pool(scenario: Scenario, jobs: int = 1) -> Pool:
    """Follow the entrants and keep what runs need; about 15 seconds for 4,000 entrants."""
    size, days = scenario.book.pool, scenario.book.pool_days
    lives = _lives(scenario, range(size), days + 1, PHONE_ONLY, jobs)
    ending = range(size, size + size // 4)
    ended = _lives(scenario, ending, days + 1 + AFTER, PHONE_ONLY.tuned(offered=OFFERED), jobs)
    donors = [(day, a) for life in lives for day, a in life.donors]
    late = [(day, a) for day, a in donors if a.deeds.bucket > 0]
    current = [(day, a) for day, a in donors if a.deeds.bucket == 0]
    return Pool(
        tuple(back_to_start(a, day) for day, a in late),
        tuple(back_to_start(a, day) for day, a in current),
        _run_off(scenario, ended),
        size / max(1, len(late)),
        sum(x.risk for x in lives) / max(1, sum(x.late_days for x in lives)),
    )


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


def pool_of(scenario: Scenario, jobs: int = 1) -> Pool:
    """Return the scenario's pool, from memory, from disk, or made now."""
    return _remembered(Key(scenario), jobs)


@lru_cache(maxsize=8)
def _remembered(key: Key, jobs: int) -> Pool:
    return Pool(*kept("pool", key.told, lambda: tuple(make_pool(key.scenario, jobs))))
