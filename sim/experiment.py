"""One replication of one strategy: `play`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Literal

import pandas as pd

from sim import metrics
from sim.agents.world import world
from sim.budget import staff
from sim.domain import Account, Organisation
from sim.engine import Facts, Story
from sim.engine.story import Practice
from sim.errors import BadInput
from sim.learning import learned
from sim.ledger import SEATS, columns, frame, table
from sim.outcome import by_day, end_states, measured
from sim.pool import Pool, pool_of
from sim.population import book as starting_book
from sim.population import entrants, from_file, given
from sim.portfolio import Portfolio
from sim.rng import Purpose, stream, uniform
from sim.scenario import Scenario
from sim.seasoning import Calendar, calendar
from sim.strategies import Strategy, named
from sim.strategies.phone_only import PHONE_ONLY

Budget = Literal["same", "own"]
Start = Literal["in_place", "from_today"]
Book = Literal["new", "same", "frozen"]
PORTFOLIO = 1  #: stream by which a portfolio's accounts are chosen
BURN_IN = -1  #: replication of the burn-in; no run shares its borrowers


@dataclass(frozen=True)
class Run:
    """One replication: its tables. Money in the ledger in cents, in measures in CNY."""

    scenario: Scenario
    strategy: Strategy
    replication: int
    ledger: pd.DataFrame
    seats: pd.DataFrame
    daily: pd.DataFrame
    final: pd.DataFrame
    measures: pd.DataFrame  #: index metric; numerator, denominator, value
    model: dict[str, Any]  #: report of the fitted models, empty where none learn


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
    late: tuple[Account, ...] = ()  #: accounts of a portfolio; empty for a drawn book


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
    budget: Budget = "same",
    start: Start = "in_place",
    book: Book = "new",
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
        ``story`` (SimPy), or ``auto``.
    detail
        ``full`` keeps the ledger; ``measures`` drops it.
    budget, start, book
        See the README: same or own budget, in place or from today, new, same or frozen book.

    Raises
    ------
    BadInput
        An unknown strategy, engine or option, or a number out of bounds.
    """
    if engine not in ("auto", "story"):
        raise BadInput("engine", "", engine, "allowed: auto, story")
    if detail not in ("full", "measures"):
        raise BadInput("detail", "", detail, "allowed: full, measures")
    chosen = named(strategy) if isinstance(strategy, str) else strategy
    at = setting(scenario, seed, accounts, days, budget, start, book)
    ready, report = fitted(at, chosen)
    return replay(at, ready, replication, report, full=detail == "full")


def setting(
    scenario: Scenario,
    seed: int,
    accounts: int | None,
    days: int | None,
    budget: str = "same",
    start: str = "in_place",
    book: str = "new",
    late: tuple[Account, ...] = (),
) -> Setting:
    """Check the options and fill in the scenario's own numbers."""
    for key, value, known in (
        ("budget", budget, ("same", "own")),
        ("start", start, ("in_place", "from_today")),
        ("book", book, ("new", "same", "frozen")),
    ):
        if value not in known:
            raise BadInput(key, "", value, f"allowed: {', '.join(known)}")
    n = len(late) or (scenario.book.accounts if accounts is None else accounts)
    d = scenario.book.days if days is None else days
    for key, number, most in (("accounts", n, 10_000_000), ("days", d, 3_650)):
        if not 1 <= number <= most:
            raise BadInput(key, "", number, f"a whole number from 1 to {most}")
    if not 0 <= seed < 2**53:
        raise BadInput("seed", "", seed, "a whole number from 0 to 2**53")
    return Setting(scenario, seed, n, d, budget, start, book, late)  # type: ignore[arg-type]


def fitted(at: Setting, strategy: Strategy) -> tuple[Strategy, dict[str, Any]]:
    """Return *strategy* with its models fitted on a burn-in, and the report of the fit."""
    trial = at.scenario.trial
    alone = setting(at.scenario, at.seed, trial.accounts, trial.days)

    def burn_in(policy: Strategy) -> Facts:
        days = calendar(at.scenario, trial.days)
        return lived(alone, practice_by_month(alone, policy), days, pool_of(at.scenario), BURN_IN)

    return learned(at.scenario, at.seed, strategy, burn_in)


def from_portfolio(portfolio: Portfolio, accounts: int | None = None) -> tuple[Account, ...]:
    """Return the accounts of a portfolio that are late, at most *accounts* of them.

    Which ones take part is drawn once, by keyed luck, and does not depend on the file's order.
    A book from a file has no inflow.
    """
    late = portfolio.accounts[portfolio.accounts["dpd"] > 0]
    if late.empty:
        raise BadInput("portfolio", "dpd", 0, "at least one account past due")
    if accounts is not None and not 1 <= accounts <= 10_000_000:
        raise BadInput("accounts", "", accounts, "a whole number from 1 to 10000000")
    found = from_file(late.to_dict(orient="records"))
    order = sorted(found, key=lambda a: uniform(PORTFOLIO, a.id, Purpose.DONOR, 0))
    return tuple(sorted(order[:accounts], key=lambda a: a.id))


def replay(
    at: Setting, strategy: Strategy, replication: int, report: dict[str, Any], *, full: bool
) -> Run:
    """Play replication number *replication* of an already fitted strategy."""
    pool = pool_of(at.scenario)
    practices = practice_by_month(at, strategy)
    days = calendar(at.scenario, at.days)
    facts = lived(at, practices, days, pool, replication)
    ledger = columns(facts.postings)
    seats = frame(facts.seats, SEATS)
    tables = metrics.Tables(
        at.scenario,
        facts.practices[-1].world,
        tuple(p.staffing for p in facts.practices),
        ledger,
        seats.to_numpy(dtype=float),
        tuple(a for a in facts.final if a.id >= 0),
        pool.run_off,
        at.days,
    )
    start: date = at.scenario.book.start
    return Run(
        at.scenario,
        strategy,
        replication,
        table(
            ledger if full else columns(()),
            strategy=strategy.name,
            replication=replication,
            start=start,
        ),
        seats,
        by_day(tables, facts),
        end_states(tables.final),
        measured(tables),
        report,
    )


def lived(
    at: Setting,
    practice: Callable[[int], Practice],
    days: Calendar,
    pool: Pool,
    replication: int,
) -> Facts:
    """Draw the world of *replication* and live through it."""
    luck = stream(at.seed, replication)
    people = stream(at.seed, 0) if at.book == "frozen" else luck
    streams = (people, luck)
    if at.late:
        book = given(at.late, pool.late, streams)
    else:
        book = starting_book(at.scenario, pool.late, pool.current, streams, at.accounts)
    story = Story(
        book,
        lambda day: () if at.late else entrants(at.scenario, streams, at.accounts, day),
        practice,
        days,
        luck,
        pool.usual_risk,
    )
    return story.run()


def practice_by_month(at: Setting, strategy: Strategy) -> Callable[[int], Practice]:
    """What is in force in each month: the strategy in place, or growing from the incumbent."""

    def of(organisation: Organisation, policy: Strategy) -> Practice:
        rule = at.budget
        return Practice(
            world(at.scenario, organisation),
            policy.decide,
            policy.params,
            staff(at.scenario, organisation, at.accounts, rule),
        )

    if at.start == "in_place" or strategy.reference:
        whole = of(strategy.organisation, strategy)
        return lambda month: whole

    @lru_cache(maxsize=64)
    def growing(month: int) -> Practice:
        o = strategy.organisation
        share = _ramp(month, o.lead_months, o.ramp_months)
        policy = strategy if month >= o.lead_months else PHONE_ONLY
        return of(_between(PHONE_ONLY.organisation, o, share), policy)

    return growing


def _ramp(month: int, lead: float, ramp: float) -> float:
    """Share of full effect in *month*: nothing before the lead time, then a straight line."""
    if month < lead:
        return 0.0
    return 1.0 if ramp <= 0.0 else min(1.0, (month - lead + 1.0) / ramp)


def _between(now: Organisation, then: Organisation, share: float) -> Organisation:
    """Levers on their way; money for the new way is spent from the first day."""
    mixed = {}
    for name in Organisation._fields:
        a, b = getattr(now, name), getattr(then, name)
        if name in ("fixed_monthly", "one_off", "lead_months", "ramp_months"):
            mixed[name] = b
        elif isinstance(b, bool) or name == "supervisor_after":
            mixed[name] = b if share > 0.0 else a
        else:
            mixed[name] = a + share * (b - a)
    return Organisation(**mixed)
