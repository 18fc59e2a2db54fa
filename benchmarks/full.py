"""The full model: time, postings and memory by size of the book, each in a process of its own.

`python -m benchmarks.full ENGINE ACCOUNTS DAYS DETAIL` measures one size and prints one line of
JSON; `sizes` calls it.
"""

from __future__ import annotations

import json
import math
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from sim.errors import BadInput
from sim.experiment import play
from sim.scenario import Scenario

ROOT = Path(__file__).resolve().parent.parent
SCENARIO, STRATEGY = "weilidai", "phone_only"
LEDGER_UP_TO = 100_000  #: accounts up to which the whole ledger is kept and counted
REFUSED = 3  #: exit code of an engine that is not there
#: Contacts per account differ between sizes by chance only.
TOLERANCE = 0.05


def measured(
    engine: str, accounts: int, days: int, detail: str, changes: Sequence[str] = ()
) -> dict[str, Any]:
    """Play one replication; return what it took and what it did. Starting up is not counted."""
    scenario = Scenario.load(SCENARIO, changes)
    play(scenario, STRATEGY, accounts=50, days=3, engine=engine, detail=detail)
    before = peak()
    start = time.perf_counter()
    run = play(
        scenario, STRATEGY, seed=1, accounts=accounts, days=days, engine=engine, detail=detail
    )
    return {
        "engine": engine,
        "accounts": accounts,
        "days": days,
        "seconds": time.perf_counter() - start,
        "postings": len(run.ledger) if detail == "full" else None,
        "contacts": int(run.measures.loc["contacts", "numerator"]),
        "peak_bytes": peak(),
        "grown_bytes": peak() - before,
    }


def peak() -> int:
    """Most memory that this process has held, in bytes."""
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size if sys.platform == "darwin" else size * 1024


def sizes(engine: str, accounts: Sequence[int], days: int) -> tuple[list[dict[str, Any]], str]:
    """Measure each size; return the rows, and a line where the engine is refused."""
    rows: list[dict[str, Any]] = []
    for n in accounts:
        detail = "full" if n <= LEDGER_UP_TO else "measures"
        command = [sys.executable, "-m", "benchmarks.full", engine, str(n), str(days), detail]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode == REFUSED:
            return [], done.stdout.strip()
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no word"])[-1]
            return rows, f"{engine}, {n:,} accounts: failed, {last}"
        rows.append(json.loads(done.stdout.splitlines()[-1]))
    did_its_work(rows)
    return rows, ""


def fast_to_story(accounts: int, days: int, runs: int) -> float | None:
    """How often the fast engine fits into the SimPy engine's time: medians of alternating runs."""
    seconds: dict[str, list[float]] = {"fast": [], "story": []}
    postings = set()
    for _ in range(runs):
        for engine, taken in seconds.items():
            rows, _why = sizes(engine, [accounts], days)
            if not rows:
                return None
            taken.append(rows[0]["seconds"])
            postings.add(rows[0]["postings"])
    assert len(postings) == 1, f"the engines did not do the same: {postings} postings"
    return statistics.median(seconds["story"]) / statistics.median(seconds["fast"])


def did_its_work(rows: Iterable[dict[str, Any]]) -> None:
    """Contacts per account are those of the first row: a faster engine that does less fails."""
    rates = [row["contacts"] / row["accounts"] for row in rows]
    for rate in rates:
        assert abs(rate / rates[0] - 1.0) < TOLERANCE, f"contacts per account: {rates}"


def exponent(rows: Sequence[dict[str, Any]]) -> float | None:
    """Power of the number of accounts with which the time grows, first row to last."""
    if len(rows) < 2:
        return None
    first, last = rows[0], rows[-1]
    return math.log(last["seconds"] / first["seconds"]) / math.log(
        last["accounts"] / first["accounts"]
    )


def main() -> None:
    engine, accounts, days, detail = sys.argv[1:]
    try:
        print(json.dumps(measured(engine, int(accounts), int(days), detail)))
    except BadInput as refusal:
        if refusal.where != "engine":
            raise
        print(f"engine {engine!r}: skipped, {refusal.allowed}")
        sys.exit(REFUSED)


if __name__ == "__main__":
    main()
