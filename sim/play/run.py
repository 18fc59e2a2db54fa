"""One replication of one strategy: `play`."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.core.errors import BadInput
from sim.engine import Trail, trail_of
from sim.engine.fast import COMPILED, Fast, NotCompilableError
from sim.engine.fast.state import POSTING
from sim.engine.fast.tables import postings
from sim.engine.ledger import SEATS, columns, frame, table
from sim.engine.seasoning import Calendar, calendar
from sim.engine.story.scene import Practice
from sim.play import metrics
from sim.play.learning import Played, learned
from sim.play.onward import UNTIL, follower, played_on
from sim.play.outcome import added, by_day, end_states, grouped, listed, measured
from sim.play.own_book import from_portfolio, own_book, own_groups
from sim.play.pool import Pool
from sim.play.run_off import run_off
from sim.play.spool import Spool
from sim.play.staging import (
    PRESENT,
    Book,
    Budget,
    Setting,
    Start,
    Value,
    fast,
    lived,
    needs_accounts,
    practice_by_month,
    setting,
)
from sim.play.usual import anchored
from sim.scenario import Scenario
from sim.store.portfolio import Portfolio
from sim.store.runs.stream import ledger_file
from sim.strategies import Strategy, named

__all__ = ["Run", "Setting", "closed", "fitted", "from_portfolio", "play", "pool_for",
           "practice_by_month", "ready", "replay", "setting"]  # fmt: skip

SHOWN = 12  #: measures that a run's short form shows
LARGE = 20_000  #: accounts from which on postings wait on disk until they are counted
BLOCK = 3_000_000  #: account-days whose postings are then held in memory at once
BURN_IN = -1  #: replication of the first burn-in, others below; no run shares their borrowers


@dataclass(frozen=True)
class Run:
    """One replication: its tables. Money in the ledger in cents, in measures in CNY."""

    scenario: Scenario
    strategy: Strategy
    replication: int
    ledger: pd.DataFrame
    seats: pd.DataFrame
    daily: pd.DataFrame
    final: pd.DataFrame  #: end states; empty for a large book whose ledger is not kept
    measures: pd.DataFrame  #: index metric; numerator, denominator, value
    segments: pd.DataFrame  #: segment, group, metric, numerator, denominator
    model: dict[str, Any]  #: report of the fitted models, empty where none learn
    engine: str = "story"  #: which engine played
    postings: int = 0  #: that the ledger has, or would have

    def __repr__(self) -> str:
        """Say in one screen what was played, and its first measures."""
        head = (
            f"Run of {self.strategy.name} in {self.scenario.name}, replication {self.replication}"
        )
        body = self.measures[["value"]].head(SHOWN).round(2).to_string(header=False)
        return f"{head}: {self.postings:,} postings, {self.engine} engine\n{body}"

    def _repr_html_(self) -> str:
        """Return the same as a notebook shows it."""
        head, _, _ = repr(self).partition("\n")
        return f"<p>{escape(head)}</p>{self.measures[['value']].round(2).to_html()}"


def play(
    scenario: Scenario,
    strategy: str | Strategy,
    *,
    seed: int = 0,
    replication: int = 0,
    accounts: int | None = None,
    days: int | None = None,
    engine: str = "auto",
    detail: str = "full",
    ledger: str | Path | None = None,
    budget: Budget = "same",
    start: Start = "in_place",
    book: Book = "new",
    portfolio: str | Path | Portfolio | None = None,
    mapping: Mapping[str, str] | None = None,
    value: Value = "played",
    continuation: str = PRESENT,
) -> Run:
    """Play one replication of *strategy* through *scenario*.

    Parameters
    ----------
    scenario
        The scenario; see `Scenario.load`.
    strategy
        A name on the shelf, or a `Strategy`.
    seed, replication
        Which world is drawn; the same pair gives the same borrowers and luck to every strategy.
    accounts, days
        Starting accounts and horizon; the scenario's where None.
    engine
        ``story`` (SimPy, the reference), ``fast`` (compiled), or ``auto``: fast where it can.
        Both write the same ledger.
    detail
        ``full`` keeps the ledger; ``daily`` and ``measures`` drop it once the tables are made.
    ledger
        Parquet file, new, to which the ledger is written while the run goes on, instead of
        keeping it: for books that do not fit into memory. Needs the compiled engine.
    budget, start, book
        See the README: same or own budget, in place or from today, new, same or frozen book.
    portfolio, mapping
        Accounts of your own instead of a drawn book: a file and how its columns are called (see
        `sim.store.portfolio.read`), or what was read already. Those past due are played.
    value, continuation
        What is open at the end is ``played`` on under *continuation* (a name on the shelf, or
        ``own`` for the strategy itself), or looked up in a ``table``.

    Raises
    ------
    BadInput
        An unknown strategy, engine or option, or a number out of bounds.
    """
    if detail not in ("full", "daily", "measures"):
        raise BadInput("detail", "", detail, "allowed: full, daily, measures")
    chosen = named(strategy) if isinstance(strategy, str) else strategy
    late = own_book(portfolio, mapping, accounts).late
    needs_accounts(book, late)
    at = setting(
        scenario, seed, accounts, days, budget, start, book, late, engine, value, continuation
    )
    made, report = fitted(at, chosen, at.group(replication))
    if ledger is not None:
        return _to_file(at, made, replication, report, Path(ledger))
    return replay(at, made, replication, report, full=detail == "full")


def _to_file(
    at: Setting, strategy: Strategy, replication: int, report: dict[str, Any], path: Path
) -> Run:
    """Play in the compiled engine and write the ledger to *path* meanwhile."""
    days, practice = calendar(at.scenario, at.days), practice_by_month(at, strategy)
    try:
        engine = fast(at, practice, days, pool_for(at, replication), replication)
    except NotCompilableError as reason:
        raise BadInput("ledger", "", path.name, f"the compiled engine, {reason}") from None
    with ledger_file(path) as write:
        return _in_blocks(at, strategy, engine, replication, report, write)


def pool_for(at: Setting, replication: int) -> Pool:
    """Return the pool whose people *replication* meets."""
    return anchored(at, at.pool(replication))


def ready(at: Setting, strategy: Strategy, replication: int) -> Strategy:
    """Return *strategy* with the models that *replication* is played with."""
    return fitted(at, strategy, at.group(replication))[0]


def fitted(at: Setting, strategy: Strategy, draw: int = 0) -> tuple[Strategy, dict[str, Any]]:
    """Return *strategy* with its models fitted on a burn-in, and the report of the fit.

    The burn-in lies before the first day: no change of regime reaches it. *draw* says which of
    several: other people, other luck, another pool.
    """
    before = at.scenario.model_copy(update={"regime": ()})
    trial = before.trial
    alone = setting(before, at.seed, trial.accounts, trial.days)

    def burn_in(policy: Strategy) -> Played:
        days, practice = calendar(before, trial.days), practice_by_month(alone, policy)
        pool, number = anchored(alone, draw), BURN_IN - draw
        if COMPILED:
            engine = fast(alone, practice, days, pool, number)
            ledger = engine.lived().ledger
            return Played(ledger, engine.accounts["id"], engine.accounts["luck"])
        facts = lived(alone, practice, days, pool, number)
        ids, lucks = np.array([(a.id, a.traits.luck) for a in facts.final]).T
        return Played(columns(facts.postings), ids, lucks)

    return learned(before, at.seed, strategy, burn_in, draw)


def replay(
    at: Setting, strategy: Strategy, replication: int, report: dict[str, Any], *, full: bool
) -> Run:
    """Play replication number *replication* of an already fitted strategy."""
    pool, days = pool_for(at, replication), calendar(at.scenario, at.days)
    practice = practice_by_month(at, strategy)
    if not full and at.accounts > LARGE and at.engine != "story":
        with suppress(NotCompilableError):  # then the story is told below, and says so
            engine = fast(at, practice, days, pool, replication)
            return _in_blocks(at, strategy, engine, replication, report)
    name, trail = _trail(at, practice, days, pool, replication)
    tables = closed(at, strategy, replication, trail)
    ledger = trail.ledger if full else columns(())
    return Run(
        at.scenario,
        strategy,
        replication,
        table(
            ledger, strategy=strategy.name, replication=replication, start=at.scenario.book.start
        ),
        frame(trail.seats, SEATS),
        by_day(tables, trail.daily),
        end_states(tables.end),
        measured(tables),
        grouped(metrics.segmented(tables)),
        report,
        name,
        len(trail.ledger["time"]),
    )


def _in_blocks(
    at: Setting,
    strategy: Strategy,
    engine: Fast,
    replication: int,
    report: dict[str, Any],
    write: Callable[[pd.DataFrame], None] | None = None,
) -> Run:
    """Play a book too large for memory: its postings wait on disk, its accounts come in blocks."""
    start, days_told = at.scenario.book.start, []
    rows_told: list[metrics.Row] = []
    with Spool(-(-len(engine.slots) * at.days // BLOCK), POSTING.dtype) as spool:
        for chunk in engine.run():
            spool.add(chunk.rows)
            if write is not None:
                rows = postings(chunk.rows)
                write(table(rows, strategy=strategy.name, replication=replication, start=start))
        whole = engine.trail(columns(()), none=True)
        block_of = spool.block_of(engine.accounts["id"])

        def blocks() -> Iterator[metrics.Tables]:
            daily, name = whole.daily.copy(), engine.reputation
            for i, rows in enumerate(spool.read()):
                mine = block_of == i
                end = whole._replace(
                    ledger=postings(rows), final=engine.end(mine), state=engine.state(mine),
                    reputation=name,
                )  # fmt: skip
                part = closed(at, strategy, replication, end)
                days_told.append(by_day(part, daily))
                rows_told.extend(metrics.segmented(part))
                daily[:, 2:] = 0  # the book is counted once
                yield part

        measures = listed(metrics.compute_in_blocks(blocks()))
    ledger = table(columns(()), strategy=strategy.name, replication=replication, start=start)
    return Run(
        at.scenario, strategy, replication, ledger, frame(whole.seats, SEATS), added(days_told),
        end_states(whole.final), measures, grouped(rows_told), report, "fast", spool.postings,
    )  # fmt: skip


def _trail(
    at: Setting,
    practice: Callable[[int], Practice],
    days: Calendar,
    pool: Pool,
    replication: int,
) -> tuple[str, Trail]:
    """Live through a replication; tell which engine did."""
    if at.engine != "story":
        try:
            return "fast", fast(at, practice, days, pool, replication).lived()
        except NotCompilableError as reason:
            if at.engine == "fast":
                allowed = f"story, auto: this strategy does not compile, {reason}"
                raise BadInput("engine", "", "fast", allowed) from None
            if COMPILED:
                warnings.warn(f"played by the SimPy engine: {reason}", RuntimeWarning, stacklevel=3)
    return "story", trail_of(lived(at, practice, days, pool, replication))


def closed(at: Setting, strategy: Strategy, replication: int, trail: Trail) -> metrics.Tables:
    """Return the tables of a run, with what is open at its end played on or looked up."""
    follows = follower(at, strategy, lambda s: ready(at, s, replication))
    played = None
    if at.value == "played":
        worth = played_on(at, follows, trail.state, trail.reputation)
        played = metrics.Open(worth.net, UNTIL)
    return metrics.Tables(
        at.scenario,
        trail.practices[-1].world,
        tuple(p.staffing for p in trail.practices),
        trail.ledger,
        trail.seats,
        trail.final,
        None if played else run_off(at, follows, at.group(replication)),
        at.days,
        played,
        own_groups(at.late),
    )
