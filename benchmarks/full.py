"""The full model: processor time, postings and memory by size, each in a process of its own.

`python -m benchmarks.full ENGINE ACCOUNTS DAYS DETAIL` measures one size and prints one line of
JSON; `sizes` calls it. DETAIL is that of `play`, or ``parquet`` for a whole ledger on disk.
"""

from __future__ import annotations

import json
import math
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from sim.core.errors import BadInput
from sim.engine.fast.state import ACCOUNT, EVENT, SLOT, TRAITS
from sim.play.run import play
from sim.scenario import Scenario

ROOT = Path(__file__).resolve().parent.parent
SCENARIO, STRATEGY, SEED = "weilidai", "phone_only", 1
REFUSED = 3  #: exit code of an engine that is not there
#: Contacts per account differ between sizes by chance only.
TOLERANCE = 0.05

#: Postings of the strategy by accounts and days. Measured again only on purpose, when the model
#: changes: an engine that writes fewer does less.
PUBLISHED = {
    (500, 30): 4_479,
    (1_000, 30): 8_995,
    (2_000, 90): 49_495,
    (10_000, 90): 247_432,
    (100_000, 90): 2_496_668,
    (1_000_000, 90): 24_980_764,
}


class DoesLessError(Exception):
    """An engine that did not do all that was asked: its time means nothing."""


def measured(
    engine: str, accounts: int, days: int, detail: str, changes: Sequence[str] = ()
) -> dict[str, Any]:
    """Play one replication; return what it took and what it did. Starting up is not counted.

    `seconds` are the processor's, of all threads of this process; `clock` are those on the wall.
    """
    scenario = Scenario.load(SCENARIO, changes)
    with tempfile.TemporaryDirectory() as folder:
        first, file = Path(folder) / "first.parquet", Path(folder) / "ledger.parquet"
        _play(scenario, engine, 50, 3, detail, first)
        before, clock, start = peak(), time.perf_counter(), time.process_time()
        run = _play(scenario, engine, accounts, days, detail, file)
        return {
            "engine": engine,
            "accounts": accounts,
            "days": days,
            "detail": detail,
            "seconds": time.process_time() - start,
            "clock": time.perf_counter() - clock,
            "postings": run.postings,
            "contacts": int(run.measures.loc["contacts", "numerator"]),
            "peak_bytes": peak(),
            "grown_bytes": peak() - before,
            "file_bytes": file.stat().st_size if file.exists() else 0,
        }


def _play(
    scenario: Scenario, engine: str, accounts: int, days: int, detail: str, file: Path
) -> Any:
    disk = detail == "parquet"
    return play(
        scenario, STRATEGY, seed=SEED, accounts=accounts, days=days, engine=engine,
        detail="measures" if disk else detail, ledger=file if disk else None,
    )  # fmt: skip


def peak() -> int:
    """Most memory that this process has held, in bytes."""
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size if sys.platform == "darwin" else size * 1024


def sizes(
    engine: str, accounts: Sequence[int], days: int, detail: str = "measures"
) -> tuple[list[dict[str, Any]], str]:
    """Measure each size; return the rows, and a line where the engine is refused."""
    rows: list[dict[str, Any]] = []
    for n in accounts:
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
    if len(postings) != 1:
        raise DoesLessError(f"the engines did not do the same: {sorted(postings)} postings")
    return statistics.median(seconds["story"]) / statistics.median(seconds["fast"])


def did_its_work(rows: Iterable[dict[str, Any]]) -> None:
    """Check the postings that are published, and contacts per account against the first row's.

    Raises
    ------
    DoesLessError
        An engine did less, or more, than was asked.
    """
    rates = []
    for row in rows:
        size = (row["accounts"], row["days"])
        due = PUBLISHED.get(size, row["postings"])
        if row["postings"] != due:
            raise DoesLessError(
                f"{row['engine']}, {size[0]:,} accounts x {size[1]} days: "
                f"{row['postings']:,} postings, {due:,} are published"
            )
        rates.append(row["contacts"] / row["accounts"])
    if any(abs(rate / rates[0] - 1.0) >= TOLERANCE for rate in rates):
        raise DoesLessError(f"contacts per account: {rates}")


def exponent(rows: Sequence[dict[str, Any]]) -> float | None:
    """Power of the number of accounts with which the time grows, first row to last."""
    if len(rows) < 2:
        return None
    first, last = rows[0], rows[-1]
    return math.log(last["seconds"] / first["seconds"]) / math.log(
        last["accounts"] / first["accounts"]
    )


def state_bytes() -> dict[str, int]:
    """Bytes that the compiled engine holds per account, by what they are for.

    Traits are an entrant's own; starting accounts share those of the donors they are drawn from.
    """
    return {
        "account": ACCOUNT.itemsize,
        "traits": TRAITS.dtype.itemsize,
        "slot": SLOT.itemsize,
        "event": EVENT.itemsize,
    }


def figures(rows: Sequence[dict[str, Any]], name: str = "full") -> dict[str, float]:
    """What each row comes to, under names that say the size."""
    found: dict[str, float] = {}
    for row in rows:
        here, million = f"{name}_{row['accounts']}", row["accounts"] * row["days"] / 1e6
        found[f"{here}_seconds"] = round(row["seconds"], 2)
        found[f"{here}_seconds_per_million_account_days"] = round(row["seconds"] / million, 3)
        found[f"{here}_postings_per_second"] = round(row["postings"] / row["seconds"])
        found[f"{here}_peak_megabytes"] = round(row["peak_bytes"] / 1e6)
        if row["file_bytes"]:
            found[f"{here}_bytes_per_posting"] = round(row["file_bytes"] / row["postings"], 1)
    power = exponent(rows)
    return found if power is None else found | {f"{name}_scaling_exponent": round(power, 3)}


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
