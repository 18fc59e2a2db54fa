"""How long a list of many stored runs takes: every manifest read, the index read, nothing read."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from sim.scenario import Scenario
from sim.store.jobs import Queue
from sim.store.runs import RunStore, disk, index, manifest
from sim.store.runs.manifest import MANIFEST, Manifest, new_manifest, sealed

STRATEGIES, REPLICATIONS = ["phone_only", "process", "ai"], 20


@contextmanager
def store_of(runs: int) -> Iterator[RunStore]:
    """Lend a store of as many closed runs, whose tables are left out."""
    with tempfile.TemporaryDirectory(prefix="library-") as place:
        body = one_run()
        for number in range(runs):
            folder = Path(place) / f"20260101-{number:06d}-weilidai"
            folder.mkdir()
            created = f"2026-01-01T{number // 3600:02d}:{number // 60 % 60:02d}:{number % 60:02d}Z"
            (folder / MANIFEST).write_text(
                sealed(body | {"id": folder.name, "created": created}), encoding="utf-8"
            )
        yield RunStore(Path(place))


def one_run() -> Manifest:
    """Return the manifest of a closed run with the whole scenario in it."""
    question = {
        "scenario": "weilidai", "source": "weilidai", "strategies": STRATEGIES, "settings": [],
        "replications": REPLICATIONS, "seed": 0, "accounts": 2_000, "days": 90,
    }  # fmt: skip
    begun = new_manifest(
        question,
        {
            "scenario": Scenario.load("weilidai").model_dump(mode="json"),
            "fingerprints": {}, "command": "dunning compare weilidai", "python": "",
        },
    )  # fmt: skip
    done = [[name, r] for r in range(REPLICATIONS) for name in STRATEGIES]
    return begun | {"state": "complete", "finished": done}


def figures(runs: int, rounds: int) -> dict[str, float]:
    """Return seconds of processor time of a first list, and how often the others fit into it."""
    with store_of(runs) as store:
        ways = {"read": _unread, "index": _forgotten, "again": lambda _: None}
        took: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, ready in ways.items():
                ready(store)
                took[name].append(_timed(lambda: _listed(store, runs)))
    read, by_index, again = (median(took[name]) for name in ways)
    return {
        f"library_{runs}_read_seconds": round(read, 3),
        f"library_{runs}_read_to_index": round(read / by_index, 1),
        f"library_{runs}_read_to_again": round(read / again, 1),
    }


def _listed(store: RunStore, runs: int) -> None:
    """List the store as the library does: heads, counts and states."""
    found = store.list()
    states = Queue(store.root).statuses(run.path.name for run in found)
    done = sum(sum(run.counts().values()) for run in found)
    assert len(states) == runs
    assert done == runs * REPLICATIONS * len(STRATEGIES)


def _forgotten(_: RunStore) -> None:
    """Forget what this process knows, as a new one does."""
    index._MEMORY.clear()
    manifest._read.cache_clear()


def _unread(store: RunStore) -> None:
    """Take the index away as well."""
    _forgotten(store)
    disk.remove(store.root / index.INDEX)


def _timed(work: Callable[[], None]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start
