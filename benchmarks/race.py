"""All engines on the same workload, in turns, and what each took as a multiple of the others."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from benchmarks.engines import IDIOMATIC, PLAIN_C, Engine, MissingError, Run
from benchmarks.r1 import PUBLISHED, Trace


class DisagreementError(Exception):
    """Two engines that do not tell the same story: none of the times means anything."""


class Lane(NamedTuple):
    """One engine's times on one size."""

    name: str
    title: str
    borrowers: int
    postings: int
    checksum: int
    seconds: tuple[float, ...]  #: of processor time, one per run

    @property
    def median(self) -> float:
        """Median over the runs."""
        return statistics.median(self.seconds)


class Prepared(NamedTuple):
    """An engine ready to run."""

    engine: Engine
    run: Run
    seconds: float  #: that importing and compiling took


def prepared(engines: Iterable[Engine]) -> tuple[list[Prepared], list[str]]:
    """Get engines ready; return them, and one line for each that cannot run here."""
    ready, skipped = [], []
    for engine in engines:
        start = time.perf_counter()
        try:
            run = engine.prepare()
        except MissingError as why:
            skipped.append(f"{engine.title}: skipped, {why}")
            continue
        ready.append(Prepared(engine, run, time.perf_counter() - start))
    return ready, skipped


def race(ready: Iterable[Prepared], borrowers: int, runs: int) -> list[Lane]:
    """Let every engine that is asked for this size play it *runs* times, in turns.

    Time is the processor's, of this process: a busy neighbour does not count. The turn before the
    first is not timed where an engine needs less than a second.

    Raises
    ------
    DisagreementError
        Count or checksum of a trace differ from the published ones or from another engine's.
    """
    lanes = {p.engine.name: p for p in ready if borrowers <= p.engine.most}
    times: dict[str, list[float]] = {name: [] for name in lanes}
    said = {"published": PUBLISHED[borrowers]} if borrowers in PUBLISHED else {}
    for _ in range(runs):
        for name, lane in lanes.items():
            seconds, trace = timed(lane.run, borrowers)
            if not times[name] and seconds < 1.0:
                seconds, trace = timed(lane.run, borrowers)
            times[name].append(seconds)
            said[name] = (len(trace.rows), trace.checksum)
            agree(said)
    return [
        Lane(name, lane.engine.title, borrowers, *said[name], tuple(times[name]))
        for name, lane in lanes.items()
    ]


def timed(run: Run, borrowers: int) -> tuple[float, Trace]:
    """Seconds of processor time of one run, and its trace."""
    gc.collect()
    start = time.process_time()
    trace = run(borrowers)
    return time.process_time() - start, trace


def agree(said: Mapping[str, tuple[int, int]]) -> None:
    """Refuse a trace that differs."""
    if len(set(said.values())) > 1:
        told = "; ".join(f"{name}: {n} postings, {sum_:016x}" for name, (n, sum_) in said.items())
        raise DisagreementError(told)


def ratios(lanes: Iterable[Lane]) -> dict[str, tuple[float | None, float | None]]:
    """By engine: how often plain C fits into its time, and its time into idiomatic SimPy's."""
    medians = {lane.name: lane.median for lane in lanes}
    c, simpy = medians.get(PLAIN_C), medians.get(IDIOMATIC)
    return {
        name: (median / c if c else None, simpy / median if simpy else None)
        for name, median in medians.items()
    }
