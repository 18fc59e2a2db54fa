"""The floor against queueing theory: exponential talks, Poisson callers, no closing.

Exact values: Erlang C for patient callers; the birth-and-death chain of Erlang A for callers who
hang up (Palm 1957; Garnett, Mandelbaum & Reiman 2002); Cobham (1954) for two classes with the same
law of talks and no pre-emption. Times are whole seconds, so an exponential time of mean m becomes
one of mean 1/(exp(1/m) - 1), about m - 1/2; the exact values use that.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.agents.population import newly_late
from sim.core.domain import DAY, NEVER, Event, Role
from sim.core.rng import key_of
from sim.engine.story.floor import CALLER, WORK, Pool, Ticket
from sim.strategies import DO_NOTHING

SEATS, TALK, PATIENCE, LOAD = 3, 600.0, 900.0, 0.6
SEEDS, WARM, BATCHES = 200, 200, 10
FOREVER = 10**12


# --- theory ------------------------------------------------------------------------------------


def whole(mean: float) -> float:
    """Mean of an exponential time rounded down to whole seconds."""
    return 1.0 / math.expm1(1.0 / mean)


def erlang_c(seats: int, offered: float) -> float:
    """Chance to wait with patient callers; *offered* in Erlang."""
    terms = [offered**n / math.factorial(n) for n in range(seats)]
    last = offered**seats / math.factorial(seats) * seats / (seats - offered)
    return last / (sum(terms) + last)


def cobham(rates: tuple[float, ...], seats: int, talk: float) -> list[float]:
    """Mean wait by class, first class first."""
    waits, before = [], 0.0
    common = erlang_c(seats, sum(rates) * talk) * talk / seats
    for rate in rates:
        up_to = before + rate * talk / seats
        waits.append(common / ((1.0 - before) * (1.0 - up_to)))
        before = up_to
    return waits


def erlang_a(rate: float, seats: int, talk: float, patience: float) -> tuple[float, float]:
    """Mean wait of all callers and the share that hangs up, from the stationary law."""
    weight = [1.0]
    for n in range(1, 400):
        leave = min(n, seats) / talk + max(0, n - seats) / patience
        weight.append(weight[-1] * rate / leave)
    p = np.array(weight) / sum(weight)
    queue = float((np.maximum(0, np.arange(400) - seats) * p).sum())
    return queue / rate, queue / patience / rate


# --- the floor alone ---------------------------------------------------------------------------


class Calls(NamedTuple):
    """Arrivals in seconds, talks and patience in seconds, class of each caller."""

    arrives: np.ndarray
    talks: np.ndarray
    patience: np.ndarray
    rank: np.ndarray


def calls(
    seed: int, rate: float, number: int = 4_200, *, patience: float = 0.0, first: float = 1.0
) -> Calls:
    """Poisson callers; *first* is the share of the first class."""
    rng = np.random.default_rng(seed)
    return Calls(
        np.cumsum(rng.exponential(1.0 / rate, number)).astype(int),
        rng.exponential(TALK, number).astype(int),
        rng.exponential(patience, number).astype(int) if patience else np.full(number, FOREVER),
        np.where(rng.random(number) < first, CALLER, WORK),
    )


def serve(c: Calls, seats: int) -> tuple[np.ndarray, np.ndarray]:
    """Seconds waited and whether answered, by caller, on a floor that never closes."""
    env = simpy.Environment()
    pool = Pool(env)
    pool.open_until(FOREVER)
    pool.come_on((i, FOREVER) for i in range(seats))
    waited, answered = np.zeros(len(c.arrives)), np.zeros(len(c.arrives), dtype=bool)

    def ring(i, talk, patience, rank):
        ticket, rang = Ticket(env, Role.PHONE, (rank, 0.0, env.now, i)), env.now

        def over(granted):
            seat = granted.value
            waited[i], answered[i] = env.now - rang, seat is not None
            if seat is not None:
                env.timeout(talk).callbacks.append(lambda _: pool.give_back(seat))

        ticket.granted.callbacks.append(over)
        pool.ask(ticket)
        if ticket.waiting and patience < FOREVER:
            env.timeout(patience).callbacks.append(lambda _: pool.hang_up(ticket))

    def line():
        rows = zip(c.arrives, c.talks, c.patience, c.rank, strict=True)
        for i, (at, *rest) in enumerate([tuple(map(int, row)) for row in rows]):
            yield env.timeout(at - env.now)
            ring(i, *rest)

    env.process(line())
    env.run()
    return waited, answered


def of_batches(values: np.ndarray, weight: np.ndarray | None = None) -> tuple[float, float]:
    """Mean of the batch means after the warm-up, and the half-width of its 95 % interval."""
    weight = np.ones(len(values)) if weight is None else weight
    cut = np.array_split(np.arange(WARM, len(values)), BATCHES)
    means = np.array([values[b][weight[b] > 0].mean() for b in cut])
    half = stats.t.ppf(0.975, BATCHES - 1) * means.std(ddof=1) / math.sqrt(BATCHES)
    return float(means.mean()), float(half)


def judged(rows: list[tuple[float, float]], exact: float) -> tuple[float, float, float]:
    """Mean over the seeds, half-width of its 99 % interval, coverage of the seeds' intervals."""
    means, halves = np.array(rows).T
    half = stats.t.ppf(0.995, len(means) - 1) * means.std(ddof=1) / math.sqrt(len(means))
    return float(means.mean()), float(half), float((abs(means - exact) <= halves).mean())


def assert_agrees(rows: list[tuple[float, float]], exact: float, what: str) -> None:
    mean, half, coverage = judged(rows, exact)
    told = f"{what}: {mean:.5g} ± {half:.2g}, exact {exact:.5g}, coverage {coverage:.3f}"
    assert abs(mean - exact) <= half, told
    assert 0.90 <= coverage <= 0.99, told


RATE = LOAD * SEATS / TALK


def test_patient_callers_wait_as_erlang_says():
    rows = [of_batches(serve(calls(seed, RATE), SEATS)[0]) for seed in range(SEEDS)]
    talk = whole(TALK)
    exact = erlang_c(SEATS, RATE * talk) / (SEATS / talk - RATE)
    assert_agrees(rows, exact, "M/M/3, mean wait in seconds")


def test_callers_who_hang_up_do_so_as_often_as_palm_says():
    rate = 1.1 * SEATS / TALK
    runs = [serve(calls(1_000 + s, rate, 2_200, patience=PATIENCE), SEATS) for s in range(SEEDS)]
    wait, gone = erlang_a(rate, SEATS, whole(TALK), whole(PATIENCE))
    assert_agrees([of_batches(w) for w, _ in runs], wait, "Erlang A, mean wait in seconds")
    assert_agrees([of_batches(1.0 - a) for _, a in runs], gone, "Erlang A, share hanging up")


def test_two_classes_wait_as_cobham_says():
    drawn = [calls(2_000 + seed, RATE, first=0.4) for seed in range(SEEDS)]
    waits = [serve(c, SEATS)[0] for c in drawn]
    exact = cobham((0.4 * RATE, 0.6 * RATE), SEATS, whole(TALK))
    for rank in (CALLER, WORK):
        rows = [of_batches(w, c.rank == rank) for w, c in zip(waits, drawn, strict=True)]
        assert_agrees(rows, exact[rank], f"class {rank}, mean wait in seconds")


@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(1, 900)), min_size=1, max_size=60),
    st.integers(1, 5),
)
@settings(deadline=None, max_examples=60)
def test_with_one_more_seat_no_caller_waits_longer(rows, seats):
    gaps, talks = np.array(rows).T
    same = np.zeros(len(rows), dtype=int)
    c = Calls(np.cumsum(gaps), talks, np.full(len(rows), FOREVER), same)
    assert (serve(c, seats + 1)[0] <= serve(c, seats)[0]).all()


# --- the whole engine, round the clock ---------------------------------------------------------


@pytest.fixture(scope="module")
def round_the_clock(plain):
    """A scenario of inbound calls and nothing else."""
    return plain.with_(
        {
            "floor.exponential": True, "floor.open_hour": 0.0, "floor.close_hour": 24.0,
            "floor.shift_hours": 24.0, "floor.weekdays": (0, 1, 2, 3, 4, 5, 6),
            "floor.country": "", "floor.prepare_minutes": 0.0, "floor.wrap_minutes": 0.0,
            "floor.talk_minutes": TALK / 60.0, "borrower.patience_minutes": PATIENCE / 60.0,
        }
    )  # fmt: skip


def callers_of(scenario, rate: float, patience: float):
    """``day -> callers`` from outside the book; *patience* multiplies the scenario's."""
    one = newly_late(scenario, 1, 1, 0, 0)

    def ring(day: int):
        rng = np.random.default_rng([7, day])
        seconds = np.sort(rng.integers(0, DAY, rng.poisson(rate * DAY)))
        ids = [-1 - 100_000 * day - i for i in range(len(seconds))]
        return [
            (
                one._replace(
                    id=who,
                    traits=one.traits._replace(luck=key_of(11, who), patience=patience),
                    case=one.case._replace(paused_until=NEVER),
                ),
                int(at),
            )
            for who, at in zip(ids, seconds, strict=True)
        ]

    return ring


def rung(facts) -> tuple[np.ndarray, np.ndarray]:
    """Waits in the order of ringing, and who was answered; the last hours are cut off."""
    ends = [p for p in facts.postings if p.event in (Event.ANSWERED, Event.ABANDONED)]
    rows = sorted((p.time - p.talk_seconds - p.wait_seconds, -p.account, p) for p in ends)
    last = max(at for at, _, _ in rows) - 4 * 3_600
    kept = [p for at, _, p in rows if at < last]
    waits = np.array([p.wait_seconds for p in kept], dtype=float)
    return waits, np.array([p.event == Event.ANSWERED for p in kept])


def test_the_whole_engine_waits_as_erlang_says(round_the_clock, tell, seats):
    posts = seats(SEATS, start=0.0, end=24.0)
    ring = callers_of(round_the_clock, RATE, 1e6)
    facts = tell(
        round_the_clock, DO_NOTHING, book=(), inflow=False, days=20, posts=posts, callers=ring
    )
    waits, answered = rung(facts)
    mean, half = of_batches(waits)
    talk = whole(TALK)
    exact = erlang_c(SEATS, RATE * talk) / (SEATS / talk - RATE)
    assert answered.all()
    assert abs(mean - exact) <= half, f"{mean:.1f} ± {half:.1f} s, exact {exact:.1f} s"


def test_the_whole_engine_loses_callers_as_palm_says(round_the_clock, tell, seats):
    rate = 1.1 * SEATS / TALK
    posts = seats(SEATS, start=0.0, end=24.0)
    ring = callers_of(round_the_clock, rate, 1.0)
    facts = tell(
        round_the_clock, DO_NOTHING, book=(), inflow=False, days=14, posts=posts, callers=ring
    )
    waits, answered = rung(facts)
    wait, gone = erlang_a(rate, SEATS, whole(TALK), whole(PATIENCE))
    for values, exact in ((waits, wait), (1.0 - answered, gone)):
        mean, half = of_batches(values)
        assert abs(mean - exact) <= half, f"{mean:.4g} ± {half:.2g}, exact {exact:.4g}"
