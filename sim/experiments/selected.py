"""A selection kept play by play: stopped, it goes on where it was, and plays nothing twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from sim.compare.comparison.replications import Tables, Task
from sim.core.cache import source
from sim.core.errors import BadInput
from sim.experiments.question import strategy_print
from sim.experiments.sweep.journal import Journal
from sim.experiments.sweep.plays import Keep, begun
from sim.store.runs import fingerprint
from sim.strategies import Strategy

COLUMNS = ("strategy", "replication", "metric", "numerator", "denominator")


class Plays:
    """The plays that a file holds, and those that are added to it."""

    def __init__(self, journal: Journal, before: Mapping[tuple[Any, ...], Any]) -> None:
        self._journal = journal
        self._before = pd.DataFrame(
            [
                (name, replication, metric, *pair)
                for (replication, name), measures in before.items()
                if not isinstance(measures, str)
                for metric, pair in measures.items()
            ],
            columns=list(COLUMNS),
        )

    def known(self) -> pd.DataFrame:
        """Return what was played before this process began."""
        return self._before

    def add(self, task: Task, tables: Tables) -> None:
        """Keep a play, down to the disk."""
        rows = tables["measures"][["metric", "numerator", "denominator"]]
        body = {m: (float(x), float(y)) for m, x, y in rows.itertuples(index=False)}
        self._journal.add([[task, body]])


class About(NamedTuple):
    """What must be the same to go on."""

    scenario: str  #: its fingerprint
    strategies: Sequence[Strategy]
    options: Mapping[str, Any]


@contextmanager
def kept(place: Path | None, about: About, *, resume: bool = False) -> Iterator[Plays | None]:
    """Lend what keeps the plays of a selection in *place*; nothing without one.

    Raises
    ------
    BadInput
        A file that is in the way, or that holds another question.
    """
    if place is None:
        if resume:
            raise BadInput("--resume", "", "nothing", "a file to go on with: --out F.jsonl")
        yield None
        return
    prints = {s.name: strategy_print(s) for s in about.strategies} | {"scenario": about.scenario}
    body = {"verb": "select", "asked": dict(about.options), "fingerprints": prints,
            "source": source()}  # fmt: skip
    keep = Keep(place, body | {"hash": fingerprint(body)}, dict, resume)
    before = begun(keep, 0)
    with Journal(place) as journal:
        yield Plays(journal, before)
