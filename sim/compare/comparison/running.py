"""Competing strategies through the same scenario with the same luck: `compare`.

Replications are interleaved, so that an interrupted comparison stays paired.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any, Literal

import pandas as pd

from sim.agents.population import Filed
from sim.compare import sequential
from sim.compare.comparison.replications import Replications, Tables, Task, interleaved
from sim.compare.comparison.result import ADDED, Comparison
from sim.core.errors import BadInput
from sim.play.own_book import Source, own_book
from sim.play.pool import pool_of
from sim.play.run import Setting, fitted, setting
from sim.play.staging import GROUPS, PRESENT, needs_accounts
from sim.play.workers import Alone, Crew, Lost, Told
from sim.scenario import Scenario
from sim.store.runs import RunFolder
from sim.strategies import Strategy, named


class CancelledError(KeyboardInterrupt):
    """The user stopped the comparison; what was finished is in `partial`.

    Who keeps nothing of a comparison need not know it: it ends as any Ctrl-C does.
    """

    def __init__(self, partial: Comparison | None) -> None:
        super().__init__("cancelled")
        self.partial = partial


Progress = Callable[[int, int], None]
Heard = Callable[[Task, Tables], None]
FIRST = 6  #: plays that must not all break off
TABLES = ("measures", "daily", "seats", "segments")
TABLES_SINCE = ("segments",)  #: tables that runs of older versions lack


def compare(
    scenario: Scenario,
    strategies: Sequence[str | Strategy],
    *,
    replications: int | Literal["auto"] = 20,
    most: int | None = None,
    seconds: float | None = None,
    looks: Sequence[int] = (),
    seed: int = 0,
    accounts: int | None = None,
    days: int | None = None,
    engine: str = "auto",
    jobs: int = 1,
    cluster: str | None = None,
    budget: Literal["same", "own"] = "same",
    start: Literal["in_place", "from_today"] = "in_place",
    book: Literal["new", "same", "frozen"] = "new",
    value: Literal["played", "table"] = "played",
    continuation: str = PRESENT,
    groups: int = GROUPS,
    baseline: str | None = None,
    portfolio: Source | None = None,
    mapping: Mapping[str, str] | None = None,
    late: tuple[Filed, ...] = (),
    folder: RunFolder | None = None,
    already: Comparison | None = None,
    progress: Progress | None = None,
    heard: Heard | None = None,
) -> Comparison:
    """Play *strategies* through *scenario* with the same luck and compare them.

    Parameters
    ----------
    scenario, strategies
        The scenario, and names on the shelf or strategies; each at most once.
    replications
        Drawings of the world; below 5 no verdict is given. With ``auto`` as many as make each
        deciding difference as narrow as the difference that matters, at least 20.
    most, seconds
        Budget of ``auto``: replications (1,000 where left out), and time after the first 20.
    looks
        Replications after which the verdict was seen before; each halves the error of the next.
    seed, accounts, days, engine, budget, start, book, value, continuation
        As for `play`.
    groups
        Pools, and fits of models that learn, that the replications take in turn: at least 8.
    jobs
        Processes of this machine; a replication whose process dies is repeated.
    cluster
        Address of a Dask scheduler whose workers play instead.
    baseline
        What the others are measured against: `phone_only` where it takes part, else the first.
    portfolio, mapping
        A book of your own instead of a drawn one, as for `play`.
    late
        The same, where the accounts are at hand already.
    folder
        Run folder that keeps each finished replication; those already there are not repeated.
    already
        Finished replications of the same question, which are taken over; see `extend`.
    progress
        Called with (finished, planned) after each replication of a strategy.
    heard
        Called with each replication of a strategy that came to its end, and its tables.

    Raises
    ------
    BadInput
        What cannot be compared, in one line.
    CancelledError
        On Ctrl-C, with what was finished.
    """
    chosen = _chosen(strategies)
    auto = _counts(replications, most, seconds, looks, jobs)
    late = late or own_book(portfolio, mapping, accounts).late
    needs_accounts("new" if already is not None else book, late)
    at = (
        already.setting if already is not None
        else setting(
            scenario, seed, accounts, days, budget, start, book, late, engine, value,
            continuation, groups,
        )
    )  # fmt: skip
    names = [s.name for s in chosen]
    line = baseline or ("phone_only" if "phone_only" in names else names[0])
    if line not in names:
        raise BadInput("baseline", "", line, f"allowed: {', '.join(names)}")
    goal = sequential.first(most, looks) if auto else int(replications)
    done = folder.finished() if folder else _finished(already)
    tasks = _lacking(names, goal, done)
    found: dict[Task, Tables | str] = {}
    lost: list[str] = []
    busy = jobs if auto else min(jobs, len(tasks))
    with _crew(busy, cluster if tasks or auto else None) as crew:
        pool_of(scenario)
        work = Replications(at, {s.name: s for s in chosen})
        reports: dict[str, Any] = {}
        began, before = time.monotonic(), len(tasks)

        def result() -> Comparison:
            kept = folder if folder is not None else already
            return replace(
                _assembled(at, chosen, line, found, kept, goal, reports),
                looks=tuple(looks),
            )

        try:
            while True:
                shown, planned = len(names) * goal - len(tasks), len(names) * goal
                with closing(_played(crew, work, tasks, _teller(folder, lost))) as played:
                    for task, tables in played:
                        found[task] = tables
                        _keep(folder, task, tables, heard)
                        _hopeful(found, len(names), any_before=bool(done))
                        shown += 1
                        if progress:
                            progress(shown, planned)
                reports |= _reports(at, chosen)
                answer = result()
                if not auto:
                    break
                pace = (time.monotonic() - began) / max(1, before) * len(names)
                left = math.inf if seconds is None else seconds - (time.monotonic() - began)
                further = min(_wanted(answer, goal), most or sequential.MOST)
                further = min(further, goal + _affordable(left, pace))
                if further <= goal:
                    break
                goal = further
                tasks = _lacking(names, goal, done.union((n, r) for r, n in found))
                before += len(tasks)
        except KeyboardInterrupt:
            raise CancelledError(result() if found or done else None) from None
    if lost and folder is None:
        warnings.warn("; ".join(lost), RuntimeWarning, stacklevel=2)
    return answer


def setting_of(
    scenario: Scenario, *, seed: int = 0, accounts: int | None = None, days: int | None = None,
    engine: str = "auto", budget: str = "same", start: str = "in_place", book: str = "new",
    value: str = "played", continuation: str = PRESENT, groups: int = GROUPS,
    portfolio: Source | None = None, mapping: Mapping[str, str] | None = None, **_: Any,
) -> Setting:  # fmt: skip
    """Return the setting in which `compare` plays with these of its options."""
    late = own_book(portfolio, mapping, accounts).late
    return setting(
        scenario, seed, accounts, days, budget, start, book, late, engine, value, continuation,
        groups,
    )  # fmt: skip


def _reports(at: Setting, strategies: Sequence[Strategy]) -> dict[str, Any]:
    """Return what the first fit of each strategy that learns says of itself."""
    return {s.name: fitted(at, s)[1] for s in strategies if s.fit is not None}


def extend(found: Comparison, replications: int | Literal["auto"], **options: Any) -> Comparison:
    """Play more replications of the same question and return all of them, compared.

    Nothing that is finished is played again. *options* are `most`, `seconds`, `jobs`, `cluster`
    and `progress` of `compare`. The verdict of *found* counts as seen: the deciding intervals of
    the answer pay for that look.
    """
    at = found.setting
    return compare(
        at.scenario, found.strategies, replications=replications,
        looks=(*found.looks, len(found.replications)), seed=at.seed, accounts=at.accounts,
        days=at.days, engine=at.engine, budget=at.budget, start=at.start, book=at.book,
        value=at.value, continuation=at.continuation, groups=at.groups,
        baseline=found.baseline, late=at.late, already=found, **options,
    )  # fmt: skip


def _counts(
    replications: object, most: object, seconds: float | None, looks: Sequence[int], jobs: object
) -> bool:
    """Refuse counts out of bounds; return whether the replications are to be found."""
    auto = replications == "auto"
    counts = [("jobs", jobs, 1_024), *(("looks", n, 100_000) for n in looks)]
    counts += [] if auto else [("replications", replications, 100_000)]
    counts += [] if most is None else [("most", most, 100_000)]
    for key, value, limit in counts:
        if not isinstance(value, int) or not 1 <= value <= limit:
            other = ", or auto" if key == "replications" else ""
            raise BadInput(key, "", value, f"a whole number from 1 to {limit}{other}")
    if not auto and (most is not None or seconds is not None):
        key, value = ("most", most) if most is not None else ("seconds", seconds)
        raise BadInput(key, "", value, "only with replications = 'auto'")
    if seconds is not None and not 0 < seconds < math.inf:
        raise BadInput("seconds", "", seconds, "a number above 0")
    return auto


def _lacking(names: Sequence[str], goal: int, done: Iterable[tuple[str, int]]) -> list[Task]:
    """Return what is to be played until all have *goal* replications, interleaved."""
    there = set(done)
    return [(r, name) for r in range(goal) for name in names if (name, r) not in there]


def _finished(already: Comparison | None) -> set[tuple[str, int]]:
    if already is None:
        return set()
    rows = already.measures[["strategy", "replication"]].drop_duplicates()
    return {(str(s), int(r)) for s, r in rows.itertuples(index=False)}


def _wanted(found: Comparison, goal: int) -> int:
    """Return the replications after which to look next; those that failed are made up for.

    Only the first *goal* count, so that a run that was killed looks as it would have.
    """
    seen = found.first(goal)
    want = sequential.after([gap for _, _, gap in seen.gaps()], seen.level)
    missing = goal - len(seen.replications)
    return want + missing if want > len(seen.replications) else goal


def _affordable(left: float, pace: float) -> int:
    """Return how many more replications fit into the seconds left."""
    if left == math.inf:
        return 100_000
    return max(0, math.floor(left / pace)) if pace > 0 else 0


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
        from sim.play.workers.cluster import Cluster

        return Cluster(cluster)
    if jobs > 1:
        from sim.play.workers.processes import Processes

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


def _keep(folder: RunFolder | None, task: Task, tables: Tables | str, heard: Heard | None) -> None:
    if heard is not None and not isinstance(tables, str):
        heard(task, tables)
    if folder is None:
        return
    if isinstance(tables, str):
        folder.failed(task[1], task[0], tables)
    else:
        folder.keep(task[1], task[0], tables)


def _hopeful(found: Mapping[Task, Tables | str], strategies: int, *, any_before: bool) -> None:
    """Give up where the first plays all broke off: so would the others."""
    if any_before or len(found) < max(FIRST, 2 * strategies):
        return
    if all(isinstance(tables, str) for tables in found.values()):
        raise _nothing([(name, r, str(why)) for (r, name), why in found.items()])


def _nothing(failed: Sequence[tuple[str, int, str]]) -> BadInput:
    """Say why there is nothing to compare."""
    why = failed[0][2] if failed else "nothing was played"
    return BadInput("compare", "", why, f"every replication failed ({len(failed)} so far)")


def _assembled(
    at: Setting,
    strategies: Sequence[Strategy],
    baseline: str,
    found: Mapping[Task, Tables | str],
    kept: RunFolder | Comparison | None,
    planned: int,
    models: Mapping[str, Any],
) -> Comparison:
    place = [s.name for s in strategies].index
    # By replication, then in the order asked, whoever was ready first.
    in_order = sorted(found.items(), key=lambda item: (item[0][0], place(item[0][1])))
    failed = [(n, r, why) for (r, n), why in in_order if isinstance(why, str)]
    if isinstance(kept, RunFolder) and not kept.finished():
        raise _nothing(failed)
    if isinstance(kept, RunFolder):
        tables = {name: stored_table(kept, name) for name in TABLES}
    else:
        good = [t for _, t in in_order if not isinstance(t, str)]
        tables = {name: _joined(kept, name, [t[name] for t in good]) for name in TABLES}
    if tables["measures"].empty:
        raise _nothing(failed)
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
        tables["segments"],
    )


def _joined(already: Comparison | None, name: str, new: list[pd.DataFrame]) -> pd.DataFrame:
    """Return one table of all replications, those taken over first."""
    if already is not None:
        before = getattr(already, name)
        if name == "measures":
            before = before[before["metric"] != ADDED.name]
        new = [rows for rows in (before, *new) if not rows.empty]
    return pd.concat(new, ignore_index=True) if new else pd.DataFrame()


def stored_table(folder: RunFolder, name: str) -> pd.DataFrame:
    """Return one of a run's tables; empty where an older version did not keep it."""
    if name not in TABLES_SINCE or name in folder.tables():
        return folder.table(name)
    return pd.DataFrame()


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
