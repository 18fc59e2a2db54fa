"""`make bench`: how fast the SimPy engine is, against a bare SimPy loop in the same run.

Prints medians of alternating runs and keeps them as JSON beside the commit they belong to. Each
figure also asserts how many postings were made: a faster engine that does less fails.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import simpy

from sim.agents.world import world
from sim.budget import staff
from sim.comparison import compare
from sim.domain import Account, Role
from sim.engine.floor import WORK, Pool, Ticket
from sim.engine.story import Practice, Story
from sim.pool import pool_of
from sim.population import book, entrants
from sim.rng import stream
from sim.scenario import Scenario
from sim.seasoning import calendar
from sim.strategies.phone_only import PHONE_ONLY

RUNS = 5
RESULTS = Path(__file__).parent / "results"


def story(scenario: Scenario, accounts: int) -> int:
    """Play `phone_only` for 90 days; return the number of postings."""
    pool, luck = pool_of(scenario), stream(1, 0)
    organisation = PHONE_ONLY.organisation
    practice = Practice(
        world(scenario, organisation),
        PHONE_ONLY.decide,
        PHONE_ONLY.params,
        staff(scenario, organisation, accounts, "same"),
    )
    engine = Story(
        book(scenario, pool.late, pool.current, (luck, luck), accounts),
        lambda day: entrants(scenario, (luck, luck), accounts, day),
        lambda month: practice,
        calendar(scenario, 90),
        luck,
        pool.usual_risk,
    )
    return len(engine.run().postings)


def bare(timeouts: int) -> int:
    """Let SimPy do nothing but *timeouts* time-outs, spread over 1,000 processes."""
    env = simpy.Environment()
    done = 0

    def wait(n: int) -> simpy.events.ProcessGenerator:
        nonlocal done
        for _ in range(n):
            yield env.timeout(1)
            done += 1

    for _ in range(1_000):
        env.process(wait(timeouts // 1_000))
    env.run()
    return done


def queue(length: int) -> int:
    """Fill a pool's queue with *length* tickets and serve them all."""
    env = simpy.Environment()
    pool = Pool(env)
    pool.until = 10**12  # it never closes
    served = 0

    def visit(who: int) -> simpy.events.ProcessGenerator:
        nonlocal served
        ticket = Ticket(env, Role.PHONE, (WORK, -float(who % 97), 0, who))
        pool.ask(ticket)
        seat = yield ticket.granted
        yield env.timeout(1)
        served += 1
        pool.give_back(seat)

    for who in range(length):
        env.process(visit(who))
    env.process(_open(env, pool))
    env.run()
    assert served == length
    return served


def _open(env: simpy.Environment, pool: Pool) -> simpy.events.ProcessGenerator:
    yield env.timeout(1)
    pool.come_on([(0, 10**12)])


def timed(work: Callable[[], int]) -> tuple[float, int]:
    """Seconds and answer of one call."""
    start = time.perf_counter()
    answer = work()
    return time.perf_counter() - start, answer


def account_bytes(account: object, seen: set[int] | None = None) -> int:
    """Bytes of one account's tuples and numbers."""
    seen = set() if seen is None else seen
    if id(account) in seen:
        return 0
    seen.add(id(account))
    size = sys.getsizeof(account)
    if isinstance(account, tuple):
        size += sum(account_bytes(part, seen) for part in account)
    return size


def main() -> None:
    """Measure, print, keep."""
    scenario = Scenario.load("weilidai")
    pool = pool_of(scenario, os.cpu_count() or 1)
    ours, theirs, short, long = [], [], [], []
    postings = 0
    for _ in range(RUNS):
        seconds, postings = timed(lambda: story(scenario, 1_000))
        ours.append(seconds)
        bare_seconds, done = timed(partial(bare, postings))
        assert done == postings // 1_000 * 1_000
        theirs.append(bare_seconds)
        short.append(timed(lambda: queue(1_000))[0] / 1_000)
        long.append(timed(lambda: queue(50_000))[0] / 50_000)
    assert postings > 10_000
    names = ["do_nothing", "phone_only", "team", "process", "ai"]
    jobs = os.cpu_count() or 1
    compare(scenario, names, replications=1, jobs=jobs, accounts=100, days=10)  # warm
    default, _ = timed(
        lambda: len(compare(scenario, names, replications=10, jobs=jobs, accounts=1_000).measures)
    )
    sample: Account = pool.late[0]
    figures = {
        "postings": postings,
        "postings_per_second": round(postings / statistics.median(ours)),
        "story_to_bare_simpy": round(statistics.median(ours) / statistics.median(theirs), 2),
        "ticket_cost_50000_to_1000": round(statistics.median(long) / statistics.median(short), 2),
        "bytes_per_account": account_bytes(sample),
        "default_comparison_seconds": round(default, 1),
        "processes": jobs,
    }
    _keep(figures)


def _keep(figures: dict[str, float]) -> None:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    RESULTS.mkdir(exist_ok=True)
    earlier = sorted(RESULTS.glob("*.json"))
    last = json.loads(earlier[-1].read_text()) if earlier else {}
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    for name, value in figures.items():
        before = last.get("figures", {}).get(name)
        print(f"  {name:28} {value:>12,}" + (f"   (last {before:,})" if before else ""))
    now = datetime.now(UTC)
    body = {"commit": commit, "date": now.isoformat(timespec="seconds"), "figures": figures}
    (RESULTS / f"{now:%Y%m%d-%H%M%S}.json").write_text(json.dumps(body, indent=1) + "\n")


if __name__ == "__main__":
    main()
