"""Competing strategies through the same scenario with the same luck: `compare`.

Replications are interleaved, so that an interrupted comparison stays paired.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from typing import Any, Literal

import pandas as pd

from sim.comparison.replications import Replications, Tables, Task, interleaved
from sim.comparison.result import ADDED, Comparison
from sim.domain import Account
from sim.errors import BadInput
from sim.experiment import Setting, fitted, setting
from sim.pool import pool_of
from sim.runs import RunFolder
from sim.scenario import Scenario
from sim.strategies import Strategy, named
from sim.workers import Alone, Crew, Lost, Told


class CancelledError(Exception):
    """The user stopped the comparison; what was finished is in `partial`."""

    def __init__(self, partial: Comparison | None) -> None:
        super().__init__("cancelled")
        self.partial = partial


Progress = Callable[[int, int], None]


def compare(
    scenario: Scenario,
    strategies: Sequence[str | Strategy],
    *,
    replications: int = 20,
    seed: int = 0,
    accounts: int | None = None,
    days: int | None = None,
    engine: str = "auto",
    jobs: int = 1,
    cluster: str | None = None,
    budget: Literal["same", "own"] = "same",
    start: Literal["in_place", "from_today"] = "in_place",
    book: Literal["new", "same", "frozen"] = "new",
    baseline: str | None = None,
    late: tuple[Account, ...] = (),
    folder: RunFolder | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Play *strategies* through *scenario* with the same luck and compare them.

    Parameters
    ----------
    scenario, strategies
        The scenario, and names on the shelf or strategies; each at most once.
    replications
        Drawings of the world; below 5 no verdict is given.
    seed, accounts, days, engine, budget, start, book
        As for `play`.
    jobs
        Processes of this machine; a replication whose process dies is repeated.
    cluster
        Address of a Dask scheduler whose workers play instead.
    baseline
        What the others are measured against: `phone_only` where it takes part, else the first.
    late
        Accounts of a portfolio instead of a drawn book.
    folder
        Run folder that keeps each finished replication; those already there are not repeated.
    progress
        Called with (finished, planned) after each replication of a strategy.

    Raises
    ------
    BadInput
        What cannot be compared, in one line.
    CancelledError
        On Ctrl-C, with what was finished.
    """
    chosen = _chosen(strategies)
    for key, value, most in (("replications", replications, 100_000), ("jobs", jobs, 1_024)):
        if not isinstance(value, int) or not 1 <= value <= most:
            raise BadInput(key, "", value, f"a whole number from 1 to {most}")
    at = setting(scenario, seed, accounts, days, budget, start, book, late, engine)
    names = [s.name for s in chosen]
    line = baseline or ("phone_only" if "phone_only" in names else names[0])
    if line not in names:
        raise BadInput("baseline", "", line, f"allowed: {', '.join(names)}")
    done = folder.finished() if folder else set()
    tasks = [(r, name) for r in range(replications) for name in names if (name, r) not in done]
    shown = len(names) * replications - len(tasks)
    found: dict[Task, Tables | str] = {}
    lost: list[str] = []
    with _crew(min(jobs, len(tasks)), cluster if tasks else None) as crew:
        pool = pool_of(scenario, jobs)
        fits = {s.name: fitted(at, s) for s in chosen}
        ready = {name: strategy for name, (strategy, _) in fits.items()}
        work = Replications(at, ready, None if crew.shares_cache else pool)

        def result() -> Comparison:
            return _assembled(at, list(ready.values()), line, found, folder, replications,
                              {n: report for n, (_, report) in fits.items() if report})  # fmt: skip

        try:
            with closing(_played(crew, work, tasks, _teller(folder, lost))) as played:
                for task, tables in played:
                    found[task] = tables
                    _keep(folder, task, tables)
                    shown += 1
                    if progress:
                        progress(shown, len(names) * replications)
        except KeyboardInterrupt:
            raise CancelledError(result() if found or done else None) from None
    if lost and folder is None:
        warnings.warn("; ".join(lost), RuntimeWarning, stacklevel=2)
    return result()


def _chosen(strategies: Sequence[str | Strategy]) -> list[Strategy]:
    if isinstance(strategies, str) or not strategies:
        raise BadInput("strategies", "", strategies, "a list of at least one strategy")
    chosen = [named(s) if isinstance(s, str) else s for s in strategies]
    names = [s.name for s in chosen]
    for name in names:
        if names.count(name) > 1:
            raise BadInput("strategies", "", name, "each strategy at most once")
    return chosen


def _crew(jobs: int, cluster: str | None) -> Crew:
    """Return who plays; workers of this machine start at once, while the pool is read."""
    if cluster is not None:
        from sim.workers.cluster import Cluster

        return Cluster(cluster)
    if jobs > 1:
        from sim.workers.processes import Processes

        return Processes(jobs, warm=Replications.__module__)
    return Alone()


def _teller(folder: RunFolder | None, lost: list[str]) -> Callable[[Task | None, str], None]:
    """Return where word of lost workers goes: to *lost*, and into the manifest."""

    def told(task: Task | None, reason: str) -> None:
        lost.append(f"{task[1]}, replication {task[0]}: {reason}" if task else reason)
        if folder:
            folder.noted(lost[-1])

    return told


def _played(
    crew: Crew, work: Replications, tasks: Sequence[Task], told: Told
) -> Generator[tuple[Task, Tables | str]]:
    """Play the tasks; one that broke off, or whose workers all died, is a reason."""
    seconds: dict[str, float] = {}
    with closing(crew.answers(work, interleaved(tasks, seconds), told)) as answers:
        for task, answer in answers:
            if isinstance(answer, Lost):
                yield task, answer.reason
            else:
                seconds[task[1]] = answer.seconds
                yield task, answer.tables


def _keep(folder: RunFolder | None, task: Task, tables: Tables | str) -> None:
    if folder is None:
        return
    if isinstance(tables, str):
        folder.failed(task[1], task[0], tables)
    else:
        folder.keep(task[1], task[0], tables)


def _assembled(
    at: Setting,
    strategies: Sequence[Strategy],
    baseline: str,
    found: Mapping[Task, Tables | str],
    folder: RunFolder | None,
    planned: int,
    models: Mapping[str, Any],
) -> Comparison:
    place = [s.name for s in strategies].index
    # By replication, then in the order asked, whoever was ready first.
    in_order = sorted(found.items(), key=lambda item: (item[0][0], place(item[0][1])))
    failed = [(n, r, why) for (r, n), why in in_order if isinstance(why, str)]
    if folder is not None:
        tables = {name: folder.table(name) for name in ("measures", "daily", "seats")}
    else:
        good = [t for _, t in in_order if not isinstance(t, str)]
        tables = {
            name: pd.concat([t[name] for t in good], ignore_index=True) if good else pd.DataFrame()
            for name in ("measures", "daily", "seats")
        }
    if tables["measures"].empty:
        why = failed[0][2] if failed else "nothing was played"
        raise BadInput("compare", "", why, "every replication failed")
    return Comparison(
        at,
        tuple(strategies),
        baseline,
        with_added(tables["measures"]),
        tables["daily"],
        tables["seats"],
        planned,
        pd.DataFrame(failed, columns=["strategy", "replication", "reason"]),
        models,
    )


def with_added(measures: pd.DataFrame) -> pd.DataFrame:
    """Add what collecting adds: recovered cash minus that of `do_nothing`, same luck."""
    cash = measures[measures["metric"] == "amount_recovered"]
    idle = cash[cash["strategy"] == "do_nothing"].set_index("replication")["numerator"]
    if idle.empty:
        return measures
    added = cash[cash["replication"].isin(idle.index)].assign(
        metric=ADDED.name,
        numerator=lambda f: f["numerator"] - idle.loc[f["replication"]].to_numpy(),
    )
    return pd.concat([measures, added], ignore_index=True)
