"""Seasoned lives by the ten thousand: entrants under the incumbent, kept compactly.

Whatever a lender's file says of an account is looked up among such lives, so there must be many
of each sort. The compiled loop makes them in seconds; without it there are fewer.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents import loan as loans
from sim.core.cache import kept
from sim.core.domain import NEVER, Event, Loan
from sim.core.kernel import COMPILED
from sim.core.rng import stream
from sim.engine.fast.book import Start
from sim.play.cohort import Cohort, cohort
from sim.play.pool import Key
from sim.scenario import Scenario
from sim.strategies.base import Strategy
from sim.strategies.phone_only import PHONE_ONLY

OFFERED = 0.5  #: accounts of the lives with plans that are offered instalments
FAR = 1 << 20  #: more days than any life has

SEED = 2_600_302  #: the lives' own luck
REPLICATION = -2  #: no run and no pool has this number
LIVES = 50_000 if COMPILED else 1_500  #: entrants followed under the incumbent
PLANS = 10_000 if COMPILED else 300  #: and under the incumbent with instalments offered
BATCH = 5_000  #: lives at once: their postings are dropped before the next begin
MONTHS = 18  #: month ends at which a life can lend its state
AFTER = 3  #: months lived beyond: what became of it
MONTH = 30
MOST = 12_000  #: donors of one bucket; of the first three times as many
LAST = 7  #: bucket from which on all are one for that count

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


class Lives(NamedTuple):
    """Lives by month end, and the states that they can lend."""

    bucket: NDArray[np.int8]  #: life x month end: 0 current or repaid
    owed: Floats  #: cents open
    paid: Floats  #: cents received in the month that follows
    instalment: Floats  #: by life
    rows: NDArray[Any]  #: accounts that are late at a month end, as of that day
    traits: NDArray[Any]  #: by life
    life: NDArray[np.int32]  #: by row
    month: NDArray[np.int8]  #: by row
    last_paid: Floats  #: by row: cents of the latest payment
    plans: NDArray[np.bool_]  #: by life: instalments were offered to some of these


def make_lives(scenario: Scenario) -> Lives:
    """Follow the entrants and keep what conditioning needs."""
    usual = [_batch(scenario, PHONE_ONLY, ids, False) for ids in _batches(0, LIVES)]
    offered = PHONE_ONLY.tuned(offered=OFFERED)
    others = [_batch(scenario, offered, ids, True) for ids in _batches(LIVES, PLANS)]
    return _thinned(_joined([*usual, *others]))


def _batches(first: int, number: int) -> list[range]:
    last = first + number
    return [range(i, min(last, i + BATCH)) for i in range(first, last, BATCH)]


def _batch(scenario: Scenario, strategy: Strategy, ids: range, plans: bool) -> Lives:
    days = MONTH * (MONTHS + AFTER) + 1
    lives = cohort(scenario, strategy, ids, stream(SEED, REPLICATION), days)
    who = lives.months.accounts["id"] - lives.first_id
    late = (lives.months.accounts["deeds_bucket"] > 0) & (lives.seen >= MONTH)
    late &= lives.seen <= MONTH * MONTHS
    late[late] &= [
        loans.past_due(*one) > 0 for one in loans_of(lives.months.accounts[late], lives.seen[late])
    ]  # who paid this very morning is late no more
    rows, life = lives.months.accounts[late], who[late]
    return Lives(
        np.maximum(lives.buckets[:, ::MONTH], 0).astype(np.int8),
        lives.owed[:, ::MONTH].astype(np.float32),
        _received(lives),
        lives.instalments.astype(np.float32),
        rows,
        lives.months.traits,
        life.astype(np.int32),
        (lives.seen[late] // MONTH).astype(np.int8),
        _latest(lives, life, rows),
        np.full(len(ids), plans),
    )


def _received(lives: Cohort) -> Floats:
    """Return cents received between month ends; a state is seen after its morning's payments."""
    total = np.zeros((len(lives.firsts), MONTHS + AFTER + 1), dtype=np.float32)
    cash = lives.ledger["event"] == Event.PAID
    month = np.maximum(0, (lives.day[cash] - 1) // MONTH)
    np.add.at(total, (lives.life[cash], month), lives.ledger["amount"][cash])
    total[:, -1] = np.nan  # not lived to its end
    return total


def _latest(lives: Cohort, life: Ints, rows: NDArray[Any]) -> Floats:
    """Return the size of each donor's latest payment; who never paid since paid an instalment."""
    cash = lives.ledger["event"] == Event.PAID
    when = lives.life[cash].astype(np.int64) * FAR + lives.day[cash]
    day = rows["deeds_payment_day"].astype(np.int64)
    place = np.searchsorted(when, life.astype(np.int64) * FAR + day, side="right") - 1
    amount = np.append(lives.ledger["amount"][cash], 0)[np.maximum(place, 0)]
    paid = (day > -MONTH) & (place >= 0)
    return np.where(paid, amount, rows["loan_instalment"]).astype(np.float32)


def _joined(parts: list[Lives]) -> Lives:
    """Return batches as one; lives are numbered on."""
    first = np.cumsum([0, *(len(p.bucket) for p in parts[:-1])])
    moved = [p._replace(life=p.life + np.int32(n)) for p, n in zip(parts, first, strict=True)]
    return Lives(*(np.concatenate(column) for column in zip(*moved, strict=True)))


def _thinned(lives: Lives) -> Lives:
    """Keep at most so many donors of a bucket: the file tells the bucket, so nothing is bent."""
    bucket = np.minimum(lives.rows["deeds_bucket"], LAST)
    luck = np.random.default_rng(SEED).random(len(bucket))
    chosen = np.zeros(len(bucket), dtype=np.bool_)
    for one in range(1, LAST + 1):
        for group in (lives.plans[lives.life], ~lives.plans[lives.life]):
            places = np.flatnonzero((bucket == one) & group)
            most = MOST * (3 if one == 1 else 1)
            chosen[places[np.argsort(luck[places])[:most]]] = True
    return lives._replace(
        rows=lives.rows[chosen], life=lives.life[chosen], month=lives.month[chosen],
        last_paid=lives.last_paid[chosen],
    )  # fmt: skip


def loans_of(rows: NDArray[Any], day: Ints) -> Iterator[tuple[Loan, int]]:
    """Yield each donor's loan and the day on which it is seen."""
    names = [f"loan_{name}" for name in Loan._fields]
    columns = [rows[name].tolist() for name in names]
    held = names.index("loan_hold_day")
    columns[held] = [d if d > -MONTH else NEVER for d in columns[held]]
    return zip(map(Loan, *columns), day.tolist(), strict=True)


def days_since_payment(lives: Lives) -> Ints:
    """Return days since each donor's latest payment; before the entry all paid when due."""
    day = MONTH * lives.month.astype(np.int64)
    paid = lives.rows["deeds_payment_day"].astype(np.int64)
    entry = lives.rows["loan_first_due"] + MONTH * lives.traits["months_on_book"][lives.life] - 30
    return np.where(paid > -MONTH, day - paid, day - entry + MONTH).astype(np.int64)


def start(lives: Lives, places: Ints) -> Start:
    """Return the donors at *places* as accounts with traits of their own."""
    rows = lives.rows[places].copy()
    traits = lives.traits[lives.life[places]]
    rows["person"] = np.arange(len(places))
    return Start(rows, traits)


def lives_of(scenario: Scenario) -> Lives:
    """Return the scenario's lives, from memory, from disk, or made now."""
    return _remembered(Key(scenario))


@lru_cache(maxsize=4)
def _remembered(key: Key) -> Lives:
    packed = kept("lives", key.depends, lambda: _packed(make_lives(key.scenario)))
    with np.load(io.BytesIO(packed)) as file:
        return Lives(*(file[name] for name in Lives._fields))


def _packed(lives: Lives) -> bytes:
    out = io.BytesIO()
    np.savez_compressed(out, **lives._asdict())
    return out.getvalue()
