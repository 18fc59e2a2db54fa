"""VL1 to VL7: the late stage, the stock, collectors' skill, numbers that reach nobody, promises."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sim.core.domain import DAY, Event, Outcome
from sim.core.rng import stream
from sim.experiments.calibrate import BATCHES, Aim, share
from sim.experiments.calibrate.lives import YEAR, Count, Tally
from sim.experiments.validate.proofs import Proof, proved
from sim.play.cohort import Cohort, cohort
from sim.play.run import Run, play
from sim.scenario import Scenario
from sim.strategies.outsourced import OUTSOURCED
from sim.strategies.phone_only import PHONE_ONLY

SPREAD = 30  #: days over which a cohort enters
LATE = 120  #: days late from which a claim counts as old
STOCK = 720  #: days over which the stock of claims stays level
STOCK_POOL = 12_000
STOCK_BOOKS = 4  #: times a floor's book
LEVEL = 180  #: last days of these, whose mean stock is compared with the first day's
AGENCY = "public records of a Jordanian agency, 113,589 debts, 2020 to 2024"
CALLERS = "Laudenbach, Pirschel, Siegel: who spoke to a pleasant agent 84.5 %, others 71.6 %"
HALF = 0.8  #: mean of the better half of a normal, in standard deviations


def old_claims(scenario: Scenario, accounts: int, seed: int) -> list[Proof]:
    """VL1, VL2: claims 120 days late under an agency: who pays within a year, and how often."""
    agency = OUTSOURCED.tuned(place_from=91, months=24, tiers=99)
    ids, luck = range(accounts), stream(seed, 0)
    lives = cohort(scenario, agency, ids, luck, SPREAD + LATE + YEAR, SPREAD)
    everybody, count = np.arange(accounts), Count(accounts, BATCHES)
    old = lives.buckets[everybody, lives.firsts + LATE - 1] >= 4
    times = np.where(old, _payments(lives, LATE, LATE + YEAR), 0)
    for name, who in (("old", old), ("paid", times > 0), ("once", times == 1)):
        count.add(name, everybody, who)
    text = "an agency from 91 days late on; claims 120 days late and older, the year after"
    return [
        proved(target, Aim(name, of, band, "", source), count.tallies(), text, scenario.name)
        for target, name, of, band, source in (
            ("VL1", "old claims that pay anything within a year", share("paid", "old"),
             (15.0, 30.0), AGENCY),
            ("VL2", "of these payers, with exactly one payment", share("once", "paid"),
             (60.0, 90.0), AGENCY),
        )
    ]  # fmt: skip


def _payments(lives: Cohort, first: int, last: int) -> NDArray[np.int64]:
    """Return how often each life paid from *first* to *last* days after its entry."""
    since = lives.day - lives.firsts[lives.life]
    paid = (lives.ledger["event"] == Event.PAID) & (lives.ledger["amount"] > 0)
    chosen = paid & (since >= first) & (since < last)
    counts: NDArray[np.int64] = np.bincount(lives.life[chosen], minlength=len(lives.firsts))
    return counts


def skill(scenario: Scenario, accounts: int, seed: int) -> list[Proof]:
    """VL3: the same people called by the better and by the weaker half of collectors."""
    count, everybody = Count(accounts, BATCHES), np.arange(accounts)
    for name, side in (("top", HALF), ("bottom", -HALF)):
        who = PHONE_ONLY.organisation._replace(hire_skill=side * scenario.people.skill_sd)
        people = replace(PHONE_ONLY, organisation=who)
        lives = cohort(scenario, people, range(accounts), stream(seed, 0), 60, SPREAD)
        talked = _talked(lives)
        count.add(f"paid {name}", everybody, talked & (_payments(lives, 1, 31) > 0))
        count.add(f"talked {name}", everybody, talked)
    gap = Aim("paid within 30 days of who was talked to, better half minus weaker", _gap,
              (5.0, 15.0), "", CALLERS, "pp")  # fmt: skip
    text = "people of +0.8 / -0.8 standard deviations of skill; seats ample; 30 days"
    return [proved("VL3", gap, count.tallies(), text, scenario.name)]


def _talked(lives: Cohort) -> NDArray[np.bool_]:
    reached = lives.ledger["event"] == Event.REACHED
    early = lives.day - lives.firsts[lives.life] <= 30
    counts = np.bincount(lives.life[reached & early], minlength=len(lives.firsts))
    talked: NDArray[np.bool_] = counts > 0
    return talked


def _gap(t: Tally) -> float:
    paid = [t[f"paid {name}"] / max(1.0, t[f"talked {name}"]) for name in ("top", "bottom")]
    return 100.0 * (paid[0] - paid[1])


def stock(scenario: Scenario, book: int, worlds: int, seed: int) -> list[Proof]:
    """VL4: the stock of every bucket under the present practice, two years on.

    From a large pool: the luck of who is in a small one is shared by all worlds.
    """
    level = scenario.with_({"book.growth": 0.0, "book.pool": STOCK_POOL})
    runs = [
        play(level, "phone_only", accounts=book, days=STOCK, seed=seed, replication=r,
             detail="measures")
        for r in range(worlds)
    ]  # fmt: skip
    stocks = [_stock(run) for run in runs]
    start, end = (np.sum([one[i] for one in stocks], axis=0) for i in (0, 1))
    drift = 100.0 * (end / start - 1.0)
    noise = 200.0 / np.sqrt(start)
    text = (f"`phone_only`, {worlds} worlds of {book:,} accounts from a pool of {STOCK_POOL:,}; "
            f"mean of the last {LEVEL} days")  # fmt: skip
    return [
        Proof("VL4", f"stock after {STOCK} days against day 0, {name}", text, scenario.name,
              float(d), float(d - n), float(d + n), -5.0, 5.0, "%", "a level stock")
        for name, d, n in zip(("current", *(f"M{i}" for i in range(1, len(drift)))), drift, noise,
                              strict=True)
    ]  # fmt: skip


def _stock(run: Run) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the accounts of each bucket on day 0 and on average over the last days."""
    table = run.daily.pivot_table(index="day", columns="bucket", values="accounts", aggfunc="sum")
    table = table.fillna(0.0)
    return table.loc[0].to_numpy(float), table.loc[STOCK - LEVEL :].mean().to_numpy(float)


def floor(scenario: Scenario, book: int, worlds: int, seed: int) -> list[Proof]:
    """VL5, VL6, VL7: dials to numbers that reach nobody, hours of talks, days of promises.

    Talks in the evening are those of a floor whose shifts allow them.
    """
    worlds = max(2, worlds)
    by = {
        name: [
            _contacts(scenario, play(scenario, name, accounts=book, days=60, seed=seed,
                                     replication=r))
            for r in range(worlds)
        ]
        for name in ("phone_only", "process")
    }  # fmt: skip
    text = "`{}` on its floor, " + f"{worlds} worlds of {book:,} accounts; 60 days"
    return [
        proved(target, Aim(name, of, band, "", source), by[who], text.format(who), scenario.name)
        for target, name, of, band, source, who in (
            ("VL5", "dials to dead numbers after a month", share("dead", "dials"), (0.0, 25.0),
             "the trade: numbers are cleaned", "phone_only"),
            ("VL6", "talks with the right person after 17:00", share("evening", "talks"),
             (5.0, 40.0), "evidence A6.8: answers peak from 18 to 20 h", "process"),
            ("VL7", "promises for the two commonest days of the month", share("two", "promises"),
             (5.0, 50.0), "the trade: promises lie around paydays", "phone_only"),
        )
    ]  # fmt: skip


def _contacts(scenario: Scenario, run: Run) -> Tally:
    ledger, tally = run.ledger, Tally(float)
    hour = ledger["time"] % DAY / 3_600.0
    month = ledger["time"] >= 30 * DAY
    calls = ledger["event"].isin(["dialled", "reached"]) & month
    told = calls & (ledger["outcome"] == Outcome.INVALID.name.lower())
    talks = (ledger["event"] == "reached") & month
    tally["dials"], tally["talks"] = float(calls.sum()), float(talks.sum())
    tells = scenario.borrower.number_tells
    tally["dead"] = float(told.sum()) / tells if tells else math.nan
    tally["evening"] = float((talks & (hour >= 17)).sum())
    due = _promise_days(run)
    tally["promises"], tally["two"] = float(due.sum()), float(np.sort(due)[-2:].sum())
    return tally


def _promise_days(run: Run) -> NDArray[np.int64]:
    """Return how many promises fell due on each day of a 30-day month."""
    ends = run.ledger[run.ledger["event"].isin(["kept", "broken"])]
    days = (ends["time"].to_numpy(float) // DAY).astype(int) % 30
    counts: NDArray[np.int64] = np.bincount(days, minlength=30)
    return counts


def late_stage(scenario: Scenario, accounts: int, book: int, worlds: int, seed: int) -> list[Proof]:
    """VL1 to VL7."""
    return [
        *old_claims(scenario, accounts, seed), *skill(scenario, accounts, seed),
        *stock(scenario, STOCK_BOOKS * book, 2 * worlds, seed),
        *floor(scenario, book, worlds, seed),
    ]  # fmt: skip
