"""A book in shards, and a book seen through a sample: what either changes, by experiment.

`python -m benchmarks.scale` plays books of several sizes, every size with its share of seats, and
keeps what it found in `benchmarks/scale.json` and in the tables of `docs/scale.md`; `--tables`
writes the tables again and plays nothing.

One *round* plays each size so often that all sizes see many accounts, each replication with
borrowers of its own, all strategies with the same ones. The replications of a size are added up
to one pair of numbers per metric and round; intervals are over rounds. So the shards of a round
are one book, and every size has as many numbers as there are rounds.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import record, scale_tables
from benchmarks.scale_tables import KEPT, SHARD, WHOLE
from sim.compare.stats import Ratio, half_width, paired, ratio
from sim.core.domain import Role
from sim.play.metrics import Pair
from sim.play.pool import pool_of
from sim.play.run import Run, fitted, replay, setting
from sim.scenario import Scenario
from sim.strategies import named

SCENARIO, SEED, DAYS = "weilidai", 1, 90
STRATEGIES = ("phone_only", "team", "process", "ai")
#: Accounts on a floor, and how often a round plays it. The shards of a round are the whole book.
PLAYS = {WHOLE: 1, 20_000: 1, SHARD: WHOLE // SHARD, 2_000: 10, 1_000: 15, 500: 20}

PEOPLE = ("net_value", "recovery_rate", "success_rate", "cost", "complaints", "satisfaction",
          "contacts", "unserved")  # fmt: skip
FLOOR = ("busy_phone", "wait_phone", "hang_ups", "collector_hours", "busy_supervisor",
         "busy_complaints", "desk_wait", "desk_left")  # fmt: skip
SHOWN = (*PEOPLE, *FLOOR)

Pairs = dict[str, Pair]
Row = dict[str, Any]


class Play(NamedTuple):
    """One replication of one strategy on one floor."""

    strategy: str
    accounts: int
    replication: int


class Told(NamedTuple):
    """What a replication came to; `seconds` of processor time."""

    pairs: Pairs
    seconds: float
    postings: int


# --- playing -----------------------------------------------------------------------------------


def plays(round_: int, strategies: Sequence[str] = STRATEGIES) -> Iterator[Play]:
    """Yield the replications of a round; no two sizes share one, so none shares its borrowers."""
    for place, (accounts, times) in enumerate(PLAYS.items()):
        for i in range(times):
            replication = 100_000 * place + round_ * times + i
            yield from (Play(name, accounts, replication) for name in strategies)


@lru_cache(maxsize=1)
def _scenario() -> Scenario:
    return Scenario.load(SCENARIO)


@lru_cache(maxsize=len(STRATEGIES))
def _fitted(name: str) -> Any:
    """One model for all floors: fitted on other borrowers, before the book is shared out."""
    return fitted(setting(_scenario(), SEED, SHARD, DAYS), named(name))[0]


def played(play: Play) -> Told:
    """Play one replication; its seats are its accounts' share of those of the real book."""
    strategy = _fitted(play.strategy)
    pool_of(_scenario())
    at = setting(_scenario(), SEED, play.accounts, DAYS, engine="fast")
    start = time.process_time()
    run = replay(at, strategy, play.replication, {}, full=False)
    return Told(pairs_of(run), time.process_time() - start, run.postings)


def pairs_of(run: Run) -> Pairs:
    """Numerators and denominators of what is shown, the complaint desk's own two included."""
    found = {n: (float(r.numerator), float(r.denominator)) for n, r in run.measures.iterrows()}
    desk = run.seats[run.seats["role"] == int(Role.COMPLAINTS)]
    asked = float(desk["tickets"].sum())
    found["desk_wait"] = float(desk["waited"].sum()) / 3_600.0, asked
    found["desk_left"] = 100.0 * float(desk["unserved"].sum()), asked
    return {name: found[name] for name in SHOWN}


def added(parts: Sequence[Pairs]) -> Pairs:
    """Add up floors: every metric is a ratio of sums, so numerators and denominators add."""
    return {
        name: (sum(p[name][0] for p in parts), sum(p[name][1] for p in parts)) for name in parts[0]
    }


# --- what it says ------------------------------------------------------------------------------


class Book:
    """What each strategy came to on each size of floor, round by round."""

    def __init__(self) -> None:
        self.rounds: dict[tuple[str, int], list[Pairs]] = {}
        self.seconds: dict[tuple[str, int], float] = {}
        self.postings: dict[tuple[str, int], int] = {}

    def add(self, told: Mapping[Play, Told]) -> None:
        """Add one round."""
        for key in dict.fromkeys((p.strategy, p.accounts) for p in told):
            mine = [t for p, t in told.items() if (p.strategy, p.accounts) == key]
            self.rounds.setdefault(key, []).append(added([t.pairs for t in mine]))
            self.seconds[key] = self.seconds.get(key, 0.0) + sum(t.seconds for t in mine)
            self.postings[key] = self.postings.get(key, 0) + sum(t.postings for t in mine)

    def measure(self, strategy: str, accounts: int, metric: str) -> Ratio:
        """One metric over rounds."""
        pairs = [p[metric] for p in self.rounds[strategy, accounts]]
        return ratio([x for x, _ in pairs], [y for _, y in pairs])

    def lead(self, strategy: str, accounts: int, metric: str) -> Ratio:
        """By how much a strategy differs from `phone_only`, whose borrowers and luck it shares."""
        base = self.measure("phone_only", accounts, metric)
        return paired(self.measure(strategy, accounts, metric), base)

    def rows(self) -> Iterator[Row]:
        """One row per strategy, size and metric: itself, and what the size does to it."""
        for strategy, accounts in self.rounds:
            for metric in SHOWN:
                here, whole = (self.measure(strategy, n, metric) for n in (accounts, WHOLE))
                row = {"strategy": strategy, "accounts": accounts, "metric": metric}
                row |= _told("value", here) | _apart("bias", here, whole)
                if strategy != "phone_only":
                    here, whole = (self.lead(strategy, n, metric) for n in (accounts, WHOLE))
                    row |= _told("lead", here) | _apart("lead_bias", here, whole)
                yield row

    def costs(self) -> Iterator[Row]:
        """One row per strategy and size: what a million account-days took."""
        for (strategy, accounts), seconds in self.seconds.items():
            days = len(self.rounds[strategy, accounts]) * PLAYS[accounts] * accounts * DAYS
            yield {
                "strategy": strategy,
                "accounts": accounts,
                "seconds_per_million_account_days": round(seconds / days * 1e6, 3),
                "postings_per_second": round(self.postings[strategy, accounts] / seconds),
            }


def _told(name: str, r: Ratio) -> Row:
    return {name: _short(r.estimate), f"{name}_half": _short(half_width(r.residuals))}


def _apart(name: str, here: Ratio, whole: Ratio) -> Row:
    """Difference of two sizes, whose luck is not shared: half-widths add as squares."""
    half = math.hypot(half_width(here.residuals), half_width(whole.residuals))
    same = here.estimate == whole.estimate
    return {
        name: _short(here.estimate - whole.estimate),
        f"{name}_half": 0.0 if same else _short(half),
    }


def _short(x: float) -> float | None:
    """Five digits; none where there is no number."""
    return float(f"{x:.5g}") if math.isfinite(x) else None


def result(book: Book) -> dict[str, Any]:
    """Everything that is kept."""
    rounds = {len(r) for r in book.rounds.values()}
    return {
        "commit": record.commit(),
        "machine": record.machine(),
        "scenario": SCENARIO,
        "seed": SEED,
        "days": DAYS,
        "rounds": min(rounds),
        "plays": {str(n): times for n, times in PLAYS.items()},
        "costs": list(book.costs()),
        "rows": list(book.rows()),
    }


def experiment(rounds: int, jobs: int, kept: Path = KEPT) -> None:
    """Play round after round; what is kept is complete after each."""
    book = Book()
    with ProcessPoolExecutor(jobs) as workers:
        for i in range(rounds):
            asked = list(plays(i))
            told = dict(zip(asked, workers.map(played, asked, chunksize=4), strict=True))
            book.add(told)
            kept.write_text(json.dumps(result(book), indent=1) + "\n")
            print(f"round {i + 1} of {rounds}", flush=True)


def main(words: Sequence[str] | None = None) -> None:
    """Play, or only write the tables of what is kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--tables", action="store_true", help="write the tables, play nothing")
    given = parser.parse_args(words)
    if not given.tables:
        experiment(given.rounds, given.jobs)
    scale_tables.write()


if __name__ == "__main__":
    main()
