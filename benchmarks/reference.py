"""The SimPy engine by itself: against a bare SimPy loop, its queue, and the size of an account."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import simpy

from sim.agents.budget import staff
from sim.agents.population import book, entrants
from sim.core.domain import Role
from sim.core.rng import stream
from sim.engine.seasoning import calendar
from sim.engine.story.floor import WORK, Pool, Ticket
from sim.engine.story.schedule import Practice, Story
from sim.play.pool import pool_of
from sim.scenario import Scenario
from sim.scenario.world import world
from sim.strategies.phone_only import PHONE_ONLY

SHORT, LONG = 1_000, 50_000


def figures(scenario: Scenario, accounts: int, days: int, runs: int) -> dict[str, float]:
    """Medians of *runs* alternating runs, in processor time."""
    pool_of(scenario)
    ours, theirs, short, long = [], [], [], []
    counts = set()
    for _ in range(runs):
        seconds, postings = timed(lambda: story(scenario, accounts, days))
        counts.add(postings)
        ours.append(seconds)
        seconds, done = timed(lambda n=postings: bare(n))  # type: ignore[misc]
        assert done == postings // 1_000 * 1_000
        theirs.append(seconds)
        short.append(timed(lambda: queue(SHORT))[0] / SHORT)
        long.append(timed(lambda: queue(LONG))[0] / LONG)
    (postings,) = counts
    assert postings > accounts * days // 10
    per_posting = statistics.median(ours) / postings
    return {
        "postings": postings,
        "postings_per_second": round(1 / per_posting),
        "story_to_bare_simpy": round(per_posting * postings / statistics.median(theirs), 2),
        "ticket_cost_50000_to_1000": round(statistics.median(long) / statistics.median(short), 2),
        "bytes_per_account": account_bytes(pool_of(scenario).late[0]),
    }


def story(scenario: Scenario, accounts: int, days: int) -> int:
    """Play `phone_only`; return the number of postings."""
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
        calendar(scenario, days),
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
    """Seconds of processor time and answer of one call."""
    start = time.process_time()
    answer = work()
    return time.process_time() - start, answer


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
