"""Competing strategies through the same scenario with the same luck: `compare`.

Replications are interleaved, so that an interrupted comparison stays paired.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import pandas as pd
from joblib import Parallel, delayed

from sim.comparison.result import ADDED, Comparison
from sim.domain import Account
from sim.errors import BadInput
from sim.experiment import Setting, fitted, replay, setting
from sim.pool import pool_of
from sim.runs import RunFolder
from sim.scenario import Scenario
from sim.strategies import Strategy, named

Task = tuple[int, str]
Tables = dict[str, pd.DataFrame]


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
        Processes.
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
    if engine not in ("auto", "story"):
        raise BadInput("engine", "", engine, "allowed: auto, story")
    for key, value, most in (("replications", replications, 100_000), ("jobs", jobs, 1_024)):
        if not isinstance(value, int) or not 1 <= value <= most:
            raise BadInput(key, "", value, f"a whole number from 1 to {most}")
    at = setting(scenario, seed, accounts, days, budget, start, book, late)
    pool_of(scenario, jobs)
    fits = {s.name: fitted(at, s) for s in chosen}
    line = baseline or ("phone_only" if "phone_only" in fits else chosen[0].name)
    if line not in fits:
        raise BadInput("baseline", "", line, f"allowed: {', '.join(fits)}")
    done = folder.finished() if folder else set()
    tasks = [(r, s.name) for r in range(replications) for s in chosen if (s.name, r) not in done]
    shown = len(chosen) * replications - len(tasks)
    found: list[tuple[Task, Tables | str]] = []

    def result() -> Comparison:
        return _assembled(at, [s for s, _ in fits.values()], line, found, folder, replications,
                          {n: report for n, (_, report) in fits.items() if report})  # fmt: skip

    try:
        for task, tables in _played(at, {n: f[0] for n, f in fits.items()}, tasks, jobs):
            _keep(folder, found, task, tables)
            shown += 1
            if progress:
                progress(shown, len(chosen) * replications)
    except KeyboardInterrupt:
        raise CancelledError(result() if found or done else None) from None
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


def _played(
    at: Setting, ready: Mapping[str, Strategy], tasks: Sequence[Task], jobs: int
) -> Iterator[tuple[Task, Tables | str]]:
    """Play the tasks in order, over processes if asked; a failed one is a reason."""
    if jobs == 1:
        yield from ((t, _one(at, ready[t[1]], t[0])) for t in tasks)
        return
    work = Parallel(n_jobs=jobs, return_as="generator")(
        delayed(_one)(at, ready[name], r) for r, name in tasks
    )
    yield from zip(tasks, work, strict=True)


def _one(at: Setting, strategy: Strategy, replication: int) -> Tables | str:
    try:
        run = replay(at, strategy, replication, {}, full=False)
    except BadInput:
        raise
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    measures = run.measures.reset_index()[["metric", "numerator", "denominator"]]
    tables = {"measures": measures, "daily": run.daily, "seats": run.seats}
    for t in tables.values():
        t.insert(0, "replication", replication)
        t.insert(0, "strategy", strategy.name)
    return tables


def _keep(
    folder: RunFolder | None,
    found: list[tuple[Task, Tables | str]],
    task: Task,
    tables: Tables | str,
) -> None:
    found.append((task, tables))
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
    found: Iterable[tuple[Task, Tables | str]],
    folder: RunFolder | None,
    planned: int,
    models: Mapping[str, Any],
) -> Comparison:
    failed = [(n, r, why) for (r, n), why in found if isinstance(why, str)]
    if folder is not None:
        tables = {name: folder.table(name) for name in ("measures", "daily", "seats")}
    else:
        good = [t for _, t in found if not isinstance(t, str)]
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
