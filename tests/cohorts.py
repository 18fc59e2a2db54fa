"""Cohorts for the tests of the model alone: tiny strategies, no queues, everybody's own luck.

The same accounts with the same luck, treated differently: what differs is the treatment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from sim.agents import loan as loans
from sim.agents.model import world
from sim.agents.population import newly_late
from sim.core.domain import (
    DAY,
    Account,
    Action,
    Channel,
    Event,
    Offer,
    Organisation,
    PlanStatus,
    Posting,
    Tone,
)
from sim.core.kernel import kernel
from sim.core.rng import stream
from sim.engine.seasoning import Calendar, calendar, follow
from sim.scenario import Scenario, Text
from sim.strategies.base import Strategy, wait

BASE = Scenario().with_({"law.sandbox": True})
KINDS = list(type(BASE.kinds).model_fields)
LATER = 10**6  #: a day after every horizon


class Params(NamedTuple):
    """One touch again and again: on which channel, how, how often, from when until when."""

    channel: int = Channel.PHONE
    tone: int = Tone.NEUTRAL
    gap: int = 2
    first: int = 0
    last: int = LATER
    offer: int = Offer.NONE
    months: int = 0
    share: float = 0.0
    bot_until: int = 0


@kernel
def decide(params, view):
    """Touch whoever is late, unless something is agreed."""
    resting = view.dpd == 0 or view.plan_status == PlanStatus.RUNNING or view.promise_in_days >= 0
    out_of_time = view.day < params.first or view.day > params.last
    lately = min(view.days_since_attempt, view.days_since_message) < params.gap
    if resting or out_of_time or lately or view.attempts_today > 0:
        return wait(1)
    channel = Channel.BOT if view.day < params.bot_until else params.channel
    return Action(channel, params.tone, params.offer, params.months, params.share, 10, 0, 0.0)


@kernel
def decide_anything(params, view):
    """By the day's coin any channel, tone and offer, up to four attempts a day."""
    dice = int(view.coin_today * 9_000.0)
    if view.dpd == 0 or view.attempts_today > 3 or view.days_since_message == 0:
        return wait(1)
    channel = Channel.LITIGATION if dice < 90 and view.legal_stage == 0 else 1 + dice % 9
    if 90 <= dice < 150 and view.placements < 2:
        channel = Channel.AGENCY
    return Action(channel, dice % 4, dice // 9 % 6, 3, 0.2, 9 + view.attempts_today, 0, 0.0)


def strategy(decision: Callable[..., Action], params: Any, **levers: Any) -> Strategy:
    """Return a strategy without an organisation of its own."""
    text = Text(en="a test's", zh="测试")
    return Strategy(
        name="probe",
        title=text,
        why=text,
        params=params,
        decide=decision,
        organisation=Organisation(**levers),
    )


ANYTHING = strategy(decide_anything, Params(), repair=1.0)


class Life(NamedTuple):
    """One account before, after, and what was posted."""

    before: Account
    after: Account
    postings: list[Posting]


def live(
    plan: Strategy,
    accounts: int = 500,
    days: int = 90,
    scenario: Scenario = BASE,
    change: Callable[[Account], Account] = lambda account: account,
    dates: Calendar | None = None,
    seen: Callable[[int, int, Account], None] | None = None,
) -> list[Life]:
    """Play a cohort; *change* alters everybody at the start, *seen* is shown every morning."""
    w, luck = world(scenario, plan.organisation), stream(1, 0)
    dates = dates or calendar(scenario, days)
    lives = []
    for who in range(accounts):
        before = change(newly_late(scenario, luck, luck, who, 0))
        out: list[Posting] = []
        show = seen and (lambda day, account, who=who: seen(who, day, account))
        lives.append(Life(before, follow(w, plan, before, dates, 0, out, show), out))
    return lives


@lru_cache(maxsize=64)
def played(
    accounts: int = 500,
    days: int = 90,
    scenario: Scenario = BASE,
    talks: int = 0,
    plan: Strategy | None = None,
    **params: Any,
) -> list[Life]:
    """Play a cohort once; *talks*: conversations that everybody has had before."""
    plan = plan or strategy(decide, Params(**params))
    return live(
        plan,
        accounts,
        days,
        scenario,
        lambda a: a._replace(contacts=a.contacts._replace(talks=talks)),
    )


@lru_cache
def only(kind: str) -> Scenario:
    """Return a world in which everybody is of one kind."""
    return BASE.with_({f"kinds.{name}.share": float(name == kind) for name in KINDS})


def cash(lives: list[Life], before: int = LATER) -> int:
    """Cents received before a day."""
    return sum(
        p.amount
        for life in lives
        for p in life.postings
        if p.event == Event.PAID and p.time < before * DAY
    )


def risk(lives: list[Life]) -> float:
    """Expected public complaints."""
    return sum(p.p_regulator for life in lives for p in life.postings)


def count(lives: list[Life]) -> Counter[Event]:
    """Number of postings by event."""
    return Counter(Event(p.event) for life in lives for p in life.postings)


def settled(lives: list[Life]) -> int:
    """Accounts on which nothing is open any more."""
    return sum(loans.balance(life.after.loan) == 0 for life in lives)
