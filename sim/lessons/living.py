"""One life under one arm, with seats ample: who speaks has time at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from sim.agents import loan as loans
from sim.agents.borrower import new_number
from sim.agents.collector import Speaker, misconduct, script_kept, training_effect
from sim.agents.model import morning
from sim.core.domain import Account, Posting
from sim.engine.seasoning import Calendar, calendar, one_day
from sim.lessons.form import Arm, Lesson
from sim.lessons.treatment import strategy_of
from sim.lessons.twins import setting
from sim.scenario import Scenario
from sim.scenario.world import World, world
from sim.strategies import Strategy

Seen = Callable[[int, Account], None]


class Stage(NamedTuple):
    """Where an arm is played: everything that is the same for its twins."""

    scenario: Scenario
    world: World
    strategy: Strategy
    arm: Arm
    calendar: Calendar


def stage(lesson: Lesson, arm: str, days: int | None = None) -> Stage:
    """Set the stage for one arm."""
    scenario, chosen = setting(lesson, arm), lesson.arm(arm)
    strategy = strategy_of(chosen)
    return Stage(
        scenario,
        world(scenario, strategy.organisation),
        strategy,
        chosen,
        calendar(scenario, days or lesson.days),
    )


def live(at: Stage, account: Account, seen: Seen | None = None) -> tuple[Account, list[Posting]]:
    """Live one account through the arm; *seen* is shown every morning after it was lived."""
    out: list[Posting] = []
    last = account
    for day, last in days_of(at, account, out):
        if seen is not None:
            seen(day, last)
    return last, out


def days_of(at: Stage, account: Account, out: list[Posting]) -> Iterator[tuple[int, Account]]:
    """Yield the account after each day, until nothing is open any more."""
    w, works = at.world, at.calendar.works
    for today in at.calendar.today:
        day = today.day
        if day == at.arm.repaired_on:
            account = new_number(account)
        account, ring = morning(w, account, today, out)
        if loans.balance(account.loan) > 0:
            speaker = who_speaks(at, account)
            account = one_day(
                w, at.strategy.decide, at.strategy.params, account, today, day in works, ring,
                speaker, out,
            )  # fmt: skip
        yield day, account
        if loans.balance(account.loan) == 0:
            return


def who_speaks(at: Stage, account: Account) -> Speaker:
    """An experienced collector, or the supervisor whose turn it is after failed talks."""
    o, people = at.world.organisation, at.world.people
    skill = o.hire_skill + people.training_gain * training_effect(at.world)
    k = o.supervisor_after
    if k and account.contacts.failed_talks % (k + 1) == k:
        skill += people.supervisor_skill
    if at.arm.scripted:
        return Speaker(0, skill, False, 1.0, 0.0)
    return Speaker(0, skill, False, script_kept(at.world), misconduct(at.world))
