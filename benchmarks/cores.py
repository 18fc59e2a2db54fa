"""How much faster all cores are than one: `python -m benchmarks.cores`, on an idle machine.

Alternating runs of ten replications, medians; the tables must be the same to the bit.
"""

from __future__ import annotations

import os
import statistics
import time

import pandas as pd

from sim.compare.comparison import Comparison, compare
from sim.scenario import Scenario
from sim.strategies import SHELF

RUNS = 3


def timed(jobs: int) -> tuple[float, Comparison]:
    """Seconds and result of one comparison."""
    scenario = Scenario.load("weilidai")
    start = time.perf_counter()
    found = compare(scenario, list(SHELF), replications=10, accounts=1_000, jobs=jobs)
    return time.perf_counter() - start, found


def main() -> None:
    """Measure and print."""
    cores = os.cpu_count() or 1
    timed(cores)  # warms the cache and the server of workers
    alone, together = [], []
    for _ in range(RUNS):
        one, serial = timed(1)
        all_, parallel = timed(cores)
        for name in ("measures", "daily", "seats"):
            pd.testing.assert_frame_equal(
                getattr(serial, name), getattr(parallel, name), check_exact=True
            )
        alone.append(one)
        together.append(all_)
    ratio = statistics.median(alone) / statistics.median(together)
    print(f"one process {statistics.median(alone):.1f} s, {cores} processes "
          f"{statistics.median(together):.1f} s: {ratio:.2f} times as fast")  # fmt: skip


if __name__ == "__main__":
    main()
