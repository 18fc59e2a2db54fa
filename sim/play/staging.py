"""A replication made ready: its question, its people and luck, what is in force each month."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from sim.agents.budget import monthly, staff
from sim.agents.population import Filed, anybody, arrivals, entrants, origins
from sim.agents.population import book as starting_book
from sim.core.domain import Organisation
from sim.core.errors import BadInput
from sim.core.rng import stream
from sim.engine import Facts, Story
from sim.engine.fast import (
    COMPILED,
    Fast,
    NotCompilableError,
    drawn,
    start_of,
)
from sim.engine.seasoning import Calendar
from sim.engine.story.scene import Practice
from sim.play.likeness import given
from sim.play.pool import Pool, pool_of
from sim.scenario import Scenario
from sim.scenario.world import world
from sim.strategies import SHELF, Strategy
from sim.strategies.phone_only import PHONE_ONLY
from sim.strategies.timetable import MONEY, Programme, between

Budget = Literal["same", "own"]
Start = Literal["in_place", "from_today"]
Book = Literal["new", "same", "frozen"]
Value = Literal["played", "table"]
PRESENT = PHONE_ONLY.name
OWN = "own"  #: continuation: each strategy carries on what it left open
GROUPS = 20
FEWEST_GROUPS = 8  #: fewer say too little about how much pools and fits differ


@dataclass(frozen=True)
class Setting:
    """What a replication needs besides strategy and number; the same for all strategies."""

    scenario: Scenario
    seed: int
    accounts: int
    days: int
    budget: Budget = "same"
    start: Start = "in_place"
    book: Book = "new"
    late: tuple[Filed, ...] = ()  #: accounts of a portfolio; empty for a drawn book
    engine: str = "auto"  #: the compiled one where it can, or by name
    timetable: Programme | None = None  #: what is in force by month, whatever the strategy
    value: Value = "played"  #: what is open is played on, or looked up in a table
    continuation: str = PRESENT  #: the practice that carries it on, or `own` for each its own
    groups: int = GROUPS  #: pools and fits that the replications take in turn
    first: int = 0  #: number of the first of them: other numbers are other pools and fits

    def group(self, replication: int) -> int:
        """Return the number of the fits, and mostly of the pool, of *replication*."""
        return self.first + replication % self.groups

    def pool(self, replication: int) -> int:
        """Return the number of its pool; a frozen book keeps its people."""
        return self.first if self.book == "frozen" else self.group(replication)


def needs_accounts(book: str, late: Sequence[object]) -> None:
    """Refuse `same` accounts in each replication where no file says which they are."""
    if book == "same" and not late:
        raise BadInput("book", "", book, "a portfolio with it; without one: new, or frozen")


def setting(
    scenario: Scenario,
    seed: int,
    accounts: int | None,
    days: int | None,
    budget: str = "same",
    start: str = "in_place",
    book: str = "new",
    late: tuple[Filed, ...] = (),
    engine: str = "auto",
    value: str = "played",
    continuation: str = PRESENT,
    groups: int = GROUPS,
) -> Setting:
    """Check the options and fill in the scenario's own numbers."""
    for key, word, known in (
        ("budget", budget, ("same", "own")),
        ("start", start, ("in_place", "from_today")),
        ("book", book, ("new", "same", "frozen")),
        ("engine", engine, ("auto", "fast", "story")),
        ("value", value, ("played", "table")),
        ("continuation", continuation, (*SHELF, OWN)),
    ):
        if word not in known:
            raise BadInput(key, "", word, f"allowed: {', '.join(known)}")
    if not FEWEST_GROUPS <= groups <= 1_000:
        raise BadInput("groups", "", groups, f"a whole number from {FEWEST_GROUPS} to 1000")
    n = len(late) or (scenario.book.accounts if accounts is None else accounts)
    d = scenario.book.days if days is None else days
    for key, number, most in (("accounts", n, 10_000_000), ("days", d, 3_650)):
        if not 1 <= number <= most:
            raise BadInput(key, "", number, f"a whole number from 1 to {most}")
    if not 0 <= seed < 2**53:
        raise BadInput("seed", "", seed, "a whole number from 0 to 2**53")
    return Setting(
        scenario, seed, n, d, budget, start, book, late, engine, None, value, continuation,  # type: ignore[arg-type]
        groups,
    )  # fmt: skip


def lived(
    at: Setting,
    practice: Callable[[int], Practice],
    days: Calendar,
    pool: Pool,
    replication: int,
) -> Facts:
    """Live through *replication* in the SimPy engine."""
    return story(at, practice, days, pool, replication).run()


def story(
    at: Setting,
    practice: Callable[[int], Practice],
    days: Calendar,
    pool: Pool,
    replication: int,
) -> Story:
    """Draw the world of *replication* for the SimPy engine."""
    streams = _streams(at, replication)
    if at.late:
        book = given(at.scenario, at.late, streams)
    else:
        book = starting_book(at.scenario, pool.late, pool.current, streams, at.accounts)
    return Story(
        book,
        lambda day: () if at.late else entrants(at.scenario, streams, at.accounts, day),
        practice,
        days,
        streams[1],
        pool.usual_risk,
    )


def _streams(at: Setting, replication: int) -> tuple[int, int]:
    """Streams of the book's and of the run's luck."""
    luck = stream(at.seed, replication)
    return (stream(at.seed, 0) if at.book == "frozen" else luck), luck


def fast(
    at: Setting,
    practice: Callable[[int], Practice],
    days: Calendar,
    pool: Pool,
    replication: int,
) -> Fast:
    """Draw the world of *replication* for the compiled engine.

    Raises
    ------
    NotCompilableError
        Without numba, or for a strategy that cannot be compiled.
    """
    if not COMPILED:
        raise NotCompilableError("numba is not installed")
    streams, s = _streams(at, replication), at.scenario
    none = np.zeros(len(days.today), dtype=np.int64)
    if at.late:
        start, comers = start_of(given(s, at.late, streams)), none
    else:
        donors = pool.donors if s.book.older_than_m6 else pool.younger
        anybody(donors.late, len(donors.donors.accounts) - donors.late)
        start = drawn(donors, s.book.coming_due, streams, at.accounts)
        comers = arrivals(s, streams[0], at.accounts, range(len(days.today)))
    return Fast(start, origins(s), streams, comers, practice, days, pool.usual_risk)


def practice_by_month(at: Setting, strategy: Strategy) -> Callable[[int], Practice]:
    """What is in force each month: a timetable's, the strategy in place, or growing from today."""

    def of(month: int, organisation: Organisation, policy: Strategy) -> Practice:
        scenario, rule = in_force(at.scenario, month), at.budget
        accounts = at.accounts * worked(at.scenario, month)
        return Practice(
            world(scenario, organisation, month),
            policy.decide,
            policy.params,
            staff(scenario, organisation, accounts, rule),
            policy.name,
        )

    if (timetable := at.timetable) is not None:
        return lru_cache(maxsize=64)(
            lambda month: of(month, timetable.organisation(month), timetable.policy(month))
        )
    if at.start == "in_place" or strategy.reference:
        since = lru_cache(maxsize=64)(lambda month: of(month, strategy.organisation, strategy))
        if grows(at.scenario):
            return since
        return lambda month: since(at.scenario.since_month(month))

    @lru_cache(maxsize=64)
    def growing(month: int) -> Practice:
        o = strategy.organisation
        share = _ramp(month, o.lead_months, o.ramp_months)
        policy = strategy if month >= o.lead_months else PHONE_ONLY
        # Money for the new way is spent from the first day.
        paid = {name: getattr(o, name) for name in MONEY}
        return of(month, between(PHONE_ONLY.organisation, o, share)._replace(**paid), policy)

    return growing


def grows(scenario: Scenario) -> bool:
    """Tell whether the floor grows or shrinks with the inflow."""
    return scenario.budget.follows and scenario.book.growth != 0.0


def worked(scenario: Scenario, month: int) -> float:
    """Accounts late in *month* for each at the start, as the growth of the inflow lets expect.

    Claims of the k-th month of lateness came in k - 1 months ago, before the first day at a level.
    """
    if not grows(scenario):
        return 1.0
    stock = pool_of(scenario).donors
    late = stock.donors.accounts["deeds_bucket"][: stock.late].astype(np.int64)
    inflow = (1.0 + scenario.book.growth) ** np.maximum(0, month - late + 1)
    return float(inflow.mean())


def in_force(scenario: Scenario, month: int) -> Scenario:
    """Return what holds in *month*; money authorised on the first day does not move with prices."""
    now = scenario.in_month(month)
    if now is scenario:
        return scenario
    budget = scenario.budget.model_copy(update={"monthly": monthly(scenario)})
    return now.model_copy(update={"budget": budget})


def _ramp(month: int, lead: float, ramp: float) -> float:
    """Share of full effect in *month*: nothing before the lead time, then a straight line."""
    if month < lead:
        return 0.0
    return 1.0 if ramp <= 0.0 else min(1.0, (month - lead + 1.0) / ramp)
