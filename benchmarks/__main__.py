"""`make bench`: every engine on the reduced workload, the full model by size, our SimPy engine.

Prints ratios of medians of alternating runs and keeps them as JSON beside the commit they belong
to. Every part asserts how much was done: a faster engine that does less fails.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks import full, library, record, reference
from benchmarks.engines import ENGINES
from benchmarks.race import Lane, Prepared, prepared, race, ratios
from sim.compare.comparison import compare
from sim.play.pool import pool_of
from sim.scenario import Scenario

PARTS = ("race", "full", "ledger", "story", "comparison", "library")
FIVE = ["do_nothing", "phone_only", "team", "process", "ai"]
Rows = list[dict[str, Any]]
Figures = dict[str, float]
RATIO, RATIO_QUICK = 2_000, 500  #: books on which both our engines are measured


def options(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--borrowers", type=int, nargs="+", default=[2_000, 20_000, 100_000],
                        help="sizes of the reduced workload")  # fmt: skip
    parser.add_argument("--accounts", type=int, nargs="+", default=[10_000, 100_000],
                        help="sizes of the full model; 1000000 takes minutes")  # fmt: skip
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--days", type=int, default=90, help="of the full model")
    parser.add_argument("--runs", type=int, default=5, help="alternating runs of each engine")
    parser.add_argument("--quick", action="store_true", help="small sizes, nothing kept")
    given = parser.parse_args(words)
    if given.quick:
        given.borrowers, given.accounts = [500], [500, 1_000]
        given.days, given.parts = 30, [p for p in given.parts if p != "comparison"]
    return given


def main(words: Sequence[str] | None = None) -> None:
    """Measure, print, keep."""
    given = options(words)
    before, machine = {} if given.quick else record.last(), record.machine()
    print(", ".join(f"{name} {value}" for name, value in machine.items()))
    if before:
        there = before.get("machine", {}).get("processor", "a machine that was not named")
        print(f"last: commit {before['commit']}, {before['date']}, {there}", flush=True)
    body: dict[str, Any] = {"machine": machine, "figures": {}}
    measure = {"race": run_race, "full": run_full, "ledger": run_ledger, "story": run_story,
               "comparison": run_default, "library": run_library}  # fmt: skip
    for part in given.parts:
        print(f"\n{part}")
        rows, figures = measure[part](given, before.get("figures", {}))
        body[part] = rows
        body["figures"] |= figures
    if given.quick:
        print("\nnot kept: sizes are too small to mean anything")
    else:
        print(f"\nkept in {record.keep(body).relative_to(record.RESULTS.parent.parent)}")


# --- the reduced workload ----------------------------------------------------------------------


def run_race(given: argparse.Namespace, before: Figures) -> tuple[Rows, Figures]:
    """Race the engines; one row per engine and size."""
    ready, skipped = prepared(ENGINES[name] for name in given.engines)
    print("\n".join(skipped + [f"  {p.engine.title}: ready in {p.seconds:.2f} s" for p in ready]))
    rows: Rows = []
    figures: Figures = {}
    for borrowers in given.borrowers:
        lanes = race(ready, borrowers, given.runs)
        for line in table(lanes, ready, before):
            print(line, flush=True)
        rows += [lane._asdict() | {"checksum": f"{lane.checksum:016x}"} for lane in lanes]
        figures |= race_figures(lanes)
    return rows, figures


def table(
    lanes: Sequence[Lane], ready: Sequence[Prepared], before: Mapping[str, float]
) -> Iterator[str]:
    """One line per engine, and one for each that is too slow for the size."""
    if not lanes:
        return
    borrowers, postings, checksum = lanes[0].borrowers, lanes[0].postings, lanes[0].checksum
    yield f"\n  {borrowers:,} borrowers, {postings:,} postings in every engine ({checksum:016x})"
    yield f"  {'':40} {'seconds':>10} {'times C':>10} {'(last)':>10} {'SimPy / it':>11}"
    for lane in lanes:
        c, simpy = ratios(lanes)[lane.name]
        shown = [f"{x:.2f}" if x else "" for x in (c, before.get(f"{place(lane)}_to_c"), simpy)]
        yield f"  {lane.title:40} {lane.median:>10.4f} " + "{:>10} {:>10} {:>11}".format(*shown)
    for slow in ready:
        if slow.engine.most < borrowers:
            yield f"  {slow.engine.title:40} not asked beyond {slow.engine.most:,} borrowers"


def place(lane: Lane) -> str:
    """Name of a lane among the figures."""
    return f"r1_{lane.borrowers}_{lane.name}"


def race_figures(lanes: Sequence[Lane]) -> Figures:
    """Flatten ratios to plain C, for the comparison with the last result."""
    found = {place(lane): ratios(lanes)[lane.name][0] for lane in lanes}
    return {f"{name}_to_c": round(c, 3) for name, c in found.items() if c is not None}


# --- the full model ----------------------------------------------------------------------------


def run_full(given: argparse.Namespace, before: Figures) -> tuple[Rows, Figures]:
    """Measure the fast engine by size, and against the SimPy engine on a small book."""
    pool_of(Scenario.load(full.SCENARIO))
    rows, why = full.sizes("fast", given.accounts, given.days)
    if why:
        print(f"  {why}")
    if not rows:
        return [], {}
    figures = full.figures(rows)
    figures |= {f"full_state_bytes_{name}": size for name, size in full.state_bytes().items()}
    ratio = full.fast_to_story(RATIO_QUICK if given.quick else RATIO, given.days, given.runs)
    if ratio is not None:
        figures["full_story_to_fast"] = round(ratio, 1)
    return rows, shown(figures, before)


def run_ledger(given: argparse.Namespace, before: Figures) -> tuple[Rows, Figures]:
    """Measure a whole ledger that is written to Parquet meanwhile, on the largest book."""
    rows, why = full.sizes("fast", [max(given.accounts)], given.days, "parquet")
    if why:
        print(f"  {why}")
    return rows, shown(full.figures(rows, "ledger"), before)


def run_story(given: argparse.Namespace, before: Figures) -> tuple[Rows, Figures]:
    """Measure the SimPy engine by itself."""
    scenario = Scenario.load(full.SCENARIO)
    accounts = 200 if given.quick else 1_000
    return [], shown(reference.figures(scenario, accounts, given.days, given.runs), before)


def run_default(given: argparse.Namespace, before: Figures) -> tuple[Rows, Figures]:
    """Time the comparison that most people ask for, from warm."""
    _, why = full.sizes("fast", [50], 3)
    if why:
        print(f"  {why}")
        return [], {}
    scenario, jobs = Scenario.load(full.SCENARIO), os.cpu_count() or 1
    compare(scenario, FIVE, replications=1, jobs=jobs, accounts=100, days=10)
    start = time.perf_counter()
    result = compare(scenario, FIVE, replications=20, jobs=jobs, accounts=2_000, days=given.days)
    seconds = time.perf_counter() - start
    assert len(result.measures) > 0
    found = {"default_comparison_seconds": round(seconds, 1), "processes": jobs}
    return [], shown(found, before)


def run_library(given: argparse.Namespace, before: Figures) -> tuple[Rows, Figures]:
    """Time the list of a thousand stored runs: every manifest read, and the index."""
    return [], shown(library.figures(60 if given.quick else 1_000, given.runs), before)


def shown(figures: Figures, before: Mapping[str, float]) -> Figures:
    """Print *figures* beside the last ones."""
    for line in record.compared(figures, before):
        print(line, flush=True)
    return figures


if __name__ == "__main__":
    main()
