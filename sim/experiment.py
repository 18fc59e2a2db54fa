"""One replication of one strategy: `play`. And the burn-in that learning strategies need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import pandas as pd

from sim import metrics
from sim.agents.world import world
from sim.budget import staff
from sim.domain import DAY, Account, Event, Organisation, View
from sim.engine import Facts, Story
from sim.engine.story import Practice
from sim.errors import BadInput
from sim.ledger import DAILY, SEATS, columns, frame, table
from sim.pool import Pool, pool_of
from sim.population import book as starting_book
from sim.population import entrants, from_file, given
from sim.portfolio import Portfolio
from sim.rng import Purpose, draw, stream, uniform
from sim.scenario import Scenario
from sim.seasoning import Calendar, calendar
from sim.strategies import Strategy, named
from sim.strategies.features import features
from sim.strategies.phone_only import PHONE_ONLY
from sim.strategies.trial import TRIAL, arm_of_week

Budget = Literal["same", "own"]
Start = Literal["in_place", "from_today"]
Book = Literal["new", "same", "frozen"]
PORTFOLIO = 1  #: stream by which a portfolio's accounts are chosen
BURN_IN = 7_000_003  #: seeds of burn-ins lie beyond this; no run shares their borrowers


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
    fitted, report = learned(at, chosen)
    return replay(at, fitted, replication, report, full=detail == "full")


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


# --- tables of a run --------------------------------------------------------------------------


def measured(tables: metrics.Tables) -> pd.DataFrame:
    """Return every metric as numerator, denominator and value (missing where undefined)."""
    pairs = metrics.compute(tables)
    return pd.DataFrame(
        [(n, float(x), float(y), x / y if y else float("nan")) for n, (x, y) in pairs.items()],
        columns=["metric", "numerator", "denominator", "value"],
    ).set_index("metric")


def by_day(tables: metrics.Tables, facts: Facts) -> pd.DataFrame:
    """Return the book by day and bucket, with the day's cash, cost and expected complaints.

    Cash, cost and risk are of the whole day and stand in the row of bucket 0.
    """
    rows = frame(facts.daily, DAILY)
    c, last = tables.ledger, tables.days
    day = np.minimum(tables.day, last - 1).astype(int)
    for name, values in (
        ("cash", np.where(tables.recovered, c["amount"], 0.0)),
        ("variable_cost", c["cost"]),
        ("risk", c["p_complaint"] + c["p_regulator"]),
    ):
        total = np.bincount(day, weights=values, minlength=last) if len(day) else np.zeros(last)
        rows[name] = np.where(rows["bucket"] == 0, total[rows["day"].to_numpy(dtype=int)], 0.0)
    return rows


def end_states(final: Sequence[Account]) -> pd.DataFrame:
    """Return one row per account at the end; latent columns are prefixed ``hidden_``."""
    return pd.DataFrame(
        {
            "account_id": [a.id for a in final],
            "bucket": [a.deeds.bucket for a in final],
            "balance": [
                a.loan.instalment * a.loan.count - a.loan.waived - a.loan.credited - a.loan.paid
                for a in final
            ],
            "grade": [a.traits.grade for a in final],
            "region": [a.traits.region for a in final],
            "talks": [a.contacts.talks for a in final],
            "attempts": [a.contacts.attempts for a in final],
            "plan_status": [int(a.deeds.plan_status) for a in final],
            "paused": [a.case.paused_until for a in final],
            "hidden_kind": [a.traits.kind for a in final],
            "hidden_trust": [a.mind.trust for a in final],
            "hidden_resentment": [a.mind.resentment for a in final],
            "hidden_number_dead": [a.case.number_dead for a in final],
            "hidden_buffer": [a.cash.buffer for a in final],
        }
    )


# --- learning ---------------------------------------------------------------------------------


def learned(at: Setting, strategy: Strategy) -> tuple[Strategy, dict[str, Any]]:
    """Return *strategy* with its models fitted, and the report of the fit.

    The models are fitted once per scenario and seed, on other borrowers; intervals therefore
    speak of this model.
    """
    if strategy.fit is None:
        return strategy, {}
    params, report = _fitted(_Fit(at.scenario, at.seed, strategy))
    return replace(strategy, params=params), report


class _Fit:
    """What a fit depends on, comparable by fingerprint."""

    def __init__(self, scenario: Scenario, seed: int, strategy: Strategy) -> None:
        self.scenario, self.seed, self.strategy = scenario, seed, strategy
        self.key = (scenario.fingerprint, seed, strategy.name)

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Fit) and other.key == self.key


@lru_cache(maxsize=8)
def _fitted(of: _Fit) -> tuple[Any, dict[str, Any]]:
    assert of.strategy.fit is not None
    log = burn_in(of.scenario, of.seed)
    result: tuple[Any, dict[str, Any]] = of.strategy.fit(log)
    return result


def burn_in(scenario: Scenario, seed: int) -> dict[str, np.ndarray[Any, np.dtype[np.float64]]]:
    """Play the randomised policy on other borrowers and return its log, View fields only.

    One row per account-week: features at the week's first decision, arm (-1: as usual), paid
    within 7 days, instalments paid within 30 days.
    """
    trial = scenario.trial
    weeks: dict[tuple[int, int], tuple[int, tuple[float, ...], int, int]] = {}
    params = TRIAL.params._replace(randomised=trial.randomised)

    def spy(p: Any, view: View) -> Any:
        action = TRIAL.decide(p, view)
        key = (round(view.coin * 2**52), view.day // 7)
        if view.dpd > 0 and key not in weeks:
            weeks[key] = (view.day, features(view), arm_of_week(p, view), view.instalment)
        return action

    at = setting(scenario, BURN_IN + seed, trial.accounts, trial.days)
    policy = replace(TRIAL, params=params, decide=spy)
    practice = practice_by_month(at, policy)
    pool = pool_of(scenario)
    facts = lived(at, practice, calendar(scenario, trial.days), pool, 0)
    return _log(facts, weeks, trial.days)


def _log(
    facts: Facts, weeks: dict[tuple[int, int], tuple[int, tuple[float, ...], int, int]], days: int
) -> dict[str, np.ndarray[Any, np.dtype[np.float64]]]:
    paid: dict[int, list[tuple[int, int]]] = {}
    ids = {round(draw(a.traits.luck, Purpose.COIN, 0) * 2**52): a.id for a in facts.final}
    for p in facts.postings:
        if p.event == Event.PAID:
            paid.setdefault(p.account, []).append((p.time // DAY, p.amount))
    rows = []
    for (coin, _), (day, x, arm, instalment) in weeks.items():
        if day + 30 > days and day + 7 > days:
            continue
        payments = paid.get(ids[coin], ())
        week = any(day <= d < day + 7 for d, _ in payments)
        month = sum(cents for d, cents in payments if day <= d < day + 30) / instalment
        rows.append((arm, float(week), month, *x))
    body = np.array([r for r in rows if r[0] >= 0], dtype=float)
    if not len(body):
        body = np.empty((0, 3 + 15))
    return {"arm": body[:, 0], "paid": body[:, 1], "cash": body[:, 2], "x": body[:, 3:]}
