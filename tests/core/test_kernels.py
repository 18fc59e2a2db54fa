"""Every rule gives one answer, compiled or not.

A few drivers call all public rules on real accounts; a walk over their code proves that no rule
marked `@kernel` below the strategies is left out. Everything that a driver reaches is compiled,
branches that never ran included.
"""

from __future__ import annotations

import ast
import builtins
import dis
import importlib
from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from sim.agents import collector as people
from sim.agents import mind as minds
from sim.agents import shifts
from sim.agents.model import (
    NO_SCORES,
    ask_from,
    meets,
    morning,
    observe,
    plan,
    refuse,
    resolve,
    resolve_unseated,
    role_of,
    seat_seconds,
    worked,
    world,
)
from sim.agents.population import donated, donor_of, enters, newly_late, origins
from sim.agents.state import is_shut, shut_today
from sim.core.domain import (
    DAY,
    HOUR,
    Action,
    Channel,
    Event,
    Offer,
    Organisation,
    Outcome,
    Posting,
    Refused,
    Role,
    Today,
    Tone,
)
from sim.core.kernel import COMPILED, compiled, kernel
from sim.core.records import wide
from sim.core.rng import normal, stream
from sim.rules import cn
from sim.scenario import Scenario
from sim.strategies import base, do_nothing, phone_only

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("core", "agents", "rules", "strategies/base.py")

pytestmark = pytest.mark.skipif(not COMPILED, reason="numba is absent")


# --- a strategy that tries everything ----------------------------------------------------------


class Params(NamedTuple):
    """Which of three strategies plays."""

    who: int
    phone: Any = phone_only.PHONE_ONLY.params
    nothing: Any = do_nothing.DO_NOTHING.params


@kernel
def decide(params, view):
    """Phone only, nothing, or by the day's coin any channel, tone and offer."""
    if params.who == 0:
        return phone_only.decide(params.phone, view)
    if params.who == 1 or view.dpd == 0 or view.attempts_today > 4:
        return do_nothing.decide(params.nothing, view)
    rest = base.promise_rest(2, view)
    if rest > 3:
        return base.wait(rest)
    if base.reminds(2, view) or base.text_instead(view, 9):
        return base.message(Channel.SMS, Tone.WARM, 10)
    dice = int(view.coin_today * 9_000.0)
    if dice % 7 == 0:
        return base.message(Channel.SMS, Tone.WARM, 10)
    channel = Channel.LITIGATION if dice < 30 and view.legal_stage == 0 else Channel.PUSH + dice % 9
    if 30 <= dice < 60 and view.placements < 2:
        channel = Channel.AGENCY
    urgency = base.patience(view) + base.return_on(view, channel, 0.1, view.past_due)
    urgency += 1.0 if base.crew_comes(view) else 0.0
    return Action(
        channel, dice // 9 % 5, dice // 45 % 6, 1 + dice % 6, 0.2, 9 + dice % 9, 0, urgency
    )


@kernel
def habits(view):
    """What strategies share, of one view."""
    return (
        base.is_open(view, Channel.PHONE),
        base.waits_in_vain(view, Channel.PHONE),
        base.patience(view),
        base.text_instead(view, 4),
        base.letter_turn(view, 30),
        base.reminds(2, view),
        base.promise_rest(2, view),
        base.bears_the_way(300_000, 1.5, view),
    )


# --- drivers: written once, run twice ----------------------------------------------------------


def live(world, params, account, speaker, days):
    """Live one account: mornings, calls in, everything that the strategy wants and law allows."""
    out = [Posting(0, 0, 0, 0, 0, 0, 0, 0, 0, 0.0, 0, 0, 0, 0, 0.0, 0.0, 0.0, 0) for _ in range(0)]
    rules, urgencies = [0 for _ in range(0)], [0.0 for _ in range(0)]
    first = observe(account, Today(0, 0, 1.0, 0.0), 9, NO_SCORES)
    shared = [habits(first) for _ in range(0)]
    for day in range(days):
        today = Today(day, day % 7, 1.0 + 0.01 * (day % 5), 0.1 * (day % 3))
        account, ring = morning(world, account, today, out)
        if ring >= 0:
            caller = Action(Channel.PHONE, Tone.WARM, 0, 0, 0.0, 0, 0, 0.0)
            start = day * DAY + ring
            end = start + seat_seconds(world, account, Channel.PHONE, 2, start)
            account = resolve(world, account, today, caller, speaker, 2, start, end, 60, True, out)
        if account.case.next_day > day:
            continue
        action, rule = plan(world, decide, params, account, today, day * DAY, NO_SCORES)
        role = role_of(world, account, action.channel, day)
        rules.append(rule)
        rules.append(role)
        urgencies.append(action.urgency)
        if action.channel == Channel.NONE:
            account = ask_from(account, day + max(1, action.wait_days))
        elif rule > 0 or (role > 0 and day % 7 == 0):  # no seat is free on Mondays
            why = Refused.LAW.value if rule > 0 else Refused.SEAT.value
            if action.channel == Channel.VISIT and rule == 0:  # it waits for the crew's day
                account = shut_today(account, action.channel, day)
            else:
                account = refuse(account, action.channel, why, day)
            account = ask_from(account, day + 1)
        elif world.channels[action.channel].voice:
            start = day * DAY + action.hour * HOUR
            met = meets(world, account, action.channel, start)
            end = start + seat_seconds(world, account, action.channel, met, start)
            who = people.bot_speaker(world) if action.channel == Channel.BOT else speaker
            account = resolve(world, account, today, action, who, met, start, end, 0, False, out)
            account = worked(account)
        else:
            account = resolve_unseated(world, account, action, day * DAY + 9 * HOUR, out)
            account = worked(account)
        rules.append(int(is_shut(account, action.channel, day)))
        shared.append(habits(observe(account, today, 9, NO_SCORES)))
    return account, out, rules, urgencies, shared


def staff(world, seed, post, role, pooled, days):
    """One post of the floor: who is found there, how good, how decent, how worn, who follows."""
    person = people.found(world, seed, post, role)
    spoken, months = [people.speaker(world, person, 0, False)], [person]
    for day in range(days):
        spoken.append(people.speaker(world, person, day, day % 2 == 0))
        p = people.next_day(world, talks(person, 4_000 * (day % 4)))
        person = people.next_month(world, seed, p, day, pooled) if day % 30 == 0 else p
        months.append(person)
        if not pooled and people.quits(world, seed, person, day):
            person = people.hired(world, seed, post, role, person.generation + 1, day)
    return months, spoken, people.effort(world)


@kernel
def talks(c, seconds):
    """The same person after so many seconds of talk."""
    return people.Collector(
        c.post, c.role, c.generation, c.base, c.hired, seconds, c.absent_until, c.strain, c.thin
    )


def newcomers(origins, book, luck, who, late, current):
    """One who becomes late, and one of the book who stands where another has come to."""
    new = enters(origins, book, luck, who, who % 90)
    due, place = donor_of(book, who, origins.book.coming_due, late, current)
    return new, due, place, donated(new, luck, who + 1)


def articles(world, account, u):
    """What no touch of an account asks."""
    return (
        cn.debtor_only(u < 0.5, u < 0.2),
        cn.contact_asked(u < 0.5, u < 0.3, u < 0.1),
        cn.counts_as_unreachable(u < 0.1, int(5.0 * u)),
        minds.satisfaction(world, account.mind),
        normal(u),
        wide(int(9.0 * u)),
    )


def hours(w, turn: int, evenings: float, cents: float) -> tuple[int, float, int, int]:
    """When one post comes, what overtime its money buys, how long it stays, when it comes again."""
    start = shifts.begins(9 * HOUR, 12 * HOUR, evenings, turn)
    rate = shifts.overtime_rate(8 * HOUR, 2.0, 0.3, cents)
    stays, ahead = shifts.stays(w, rate, 8 * HOUR, start + 8 * HOUR), 1 + turn % 10
    return start, rate, stays, shifts.days_to(ahead / 10.0, turn, turn % 7)


DRIVERS = (live, staff, newcomers, articles, hours)


# --- the cast ----------------------------------------------------------------------------------


def cast(**organisation) -> tuple[Any, list[Any]]:
    """A world with rare events made common, and two hundred accounts."""
    changes = {"law.sandbox": True, "people.misconduct": 0.2, "court.judgment_days": 15.0}
    court = {"court.enforcement_days": 10.0, "court.hit": 0.5, "court.mediation": 0.5}
    scenario = Scenario().with_(changes | court)
    levers = Organisation(repair=1.0, **organisation)
    accounts = [newly_late(scenario, stream(1, 0), stream(2, 0), i, -i % 60) for i in range(200)]
    return world(scenario, levers), accounts


def lives(play: Callable[..., Any], who: int) -> list[Any]:
    """Two hundred lives of a hundred and twenty days."""
    w, accounts = cast(debits=4, report_from=31)
    speaker = people.Speaker(3, 0.1, False, 0.7, 0.1)
    return [play(w, Params(who), account, speaker, 120) for account in accounts]


compiled_once = cache(compiled)


# --- the tests ---------------------------------------------------------------------------------


def test_a_compiled_life_is_the_same_life():
    """Under phone only, nothing, and everything: one compilation serves all."""
    fast = compiled(live)
    for who in (0, 1, 2):
        assert lives(fast, who) == lives(live, who)


def test_the_lives_show_nearly_everything():
    """Otherwise equality would say little."""
    played = [life for who in (0, 1, 2) for life in lives(live, who)]
    postings = [p for life in played for p in life[1]]
    never = {Event(e).name for e in Event} - {Event(p.event).name for p in postings}
    from_engines = {
        "QUEUED", "UNSERVED", "STALE", "BLOCKED", "UNFUNDED", "RANG", "ABANDONED", "CLOSED"
    }  # fmt: skip
    from_books = {"SOLD", "CHARGED_OFF", "OPENED", "ENTERED", "BREACH"}
    assert never <= from_engines | from_books
    assert {p.channel for p in postings} == set(Channel)
    assert {Outcome(p.outcome) for p in postings} >= set(Outcome) - {Outcome.DROPPED}
    assert {p.offer for p in postings} == set(Offer)
    assert {p.tone for p in postings} == set(Tone)
    every_habit = list(zip(*(day for life in played for day in life[4]), strict=True))
    assert all(len(set(values)) > 1 for values in every_habit)
    assert len({urgency for life in played for urgency in life[3]}) > 100


@pytest.mark.parametrize("role", [Role.PHONE, Role.SUPERVISOR], ids=lambda r: r.name)
def test_a_compiled_floor_has_the_same_people(role):
    w, _ = cast(training_hours=3.0, incentive=0.5, shared_notes=True, inspection=0.1)
    fast, successors, thin = compiled_once(staff), 0, 0.0
    for post, pooled in product(range(50), (False, True)):
        seed = stream(post, 0)
        floor = staff(w, seed, post, role, pooled, 400)
        assert fast(w, np.uint64(seed), post, role, pooled, 400) == floor
        successors, thin = successors + floor[0][-1].generation, thin + floor[0][-1].thin
    assert successors > 0
    assert thin > 0.0


def test_a_compiled_book_has_the_same_people():
    o = origins(Scenario().with_({"book.grade_signal": 0.5}))
    fast, book, luck = compiled_once(newcomers), stream(1, 0), stream(2, 0)
    stands = []
    for who, (late, current) in product(range(100), ((7, 3), (7, 0), (0, 3))):
        stood = newcomers(o, book, luck, who, late, current)
        assert fast(o, np.uint64(book), np.uint64(luck), who, late, current) == stood
        stands.append(stood)
    assert {due for _, due, _, _ in stands} == {False, True}
    for seen in ("kind", "grade", "region"):
        assert len({getattr(new.traits, seen) for new, *_ in stands}) > 1


def test_compiled_articles_say_the_same():
    w, accounts = cast()
    fast = compiled_once(articles)
    for i, account in enumerate(accounts):
        u = (i + 0.5) / len(accounts)
        assert fast(w, account, u) == articles(w, account, u)


def test_compiled_shifts_are_the_same_hours():
    w, _ = cast(evening_share=0.4)
    fast, seen = compiled_once(hours), set()
    for turn, evenings, cents in product(range(5), (0.0, 0.4), (0.0, 1e4, 1e9)):
        seen.add(hours(w, turn, evenings, cents))
        assert fast(w, turn, evenings, cents) == hours(w, turn, evenings, cents)
    assert len(seen) > 3


def test_a_strategy_may_mix_names_and_numbers():
    """`Channel.SMS` and 2 are one thing to Python, so they are to the compiler."""

    def mixed(n):
        if n == 0:
            return base.wait(1)
        if n == 1:
            return Action(Channel.SMS, Tone.WARM, Offer.NONE, 0, 0.0, 9, 0, 0.0)
        return Action(Channel.PHONE.value, n, n - 2, 0, 0.0, 9, 0, 0.0)

    fast = compiled(mixed)
    assert [fast(n) for n in range(4)] == [mixed(n) for n in range(4)]


# --- no rule is left out -----------------------------------------------------------------------


def marked(path: Path) -> Iterator[str]:
    """Names of the functions that *path* marks as rules."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and any(
            isinstance(mark, ast.Name) and mark.id == "kernel" for mark in node.decorator_list
        ):
            yield node.name


def kernels() -> set[Callable[..., Any]]:
    """All rules of the rooms below the strategies."""
    found = set()
    for room in ROOMS:
        place = ROOT / "sim" / room
        assert place.exists(), room  # else a room that moved would be left out in silence
        for path in [place] if place.is_file() else sorted(place.rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            module = importlib.import_module(name.removesuffix(".__init__"))
            found |= {getattr(module, rule) for rule in marked(path)}
    return found


def reached(function: Callable[..., Any], seen: set[Callable[..., Any]]) -> None:
    """Add to *seen* what *function* calls, and so on."""
    if function in seen:
        return
    seen.add(function)
    for name in mentioned(function):
        if callable(name) and hasattr(name, "__code__"):
            reached(name, seen)


def mentioned(function: Callable[..., Any]) -> Iterator[Any]:
    """Functions that the code of *function* names: `f` and `module.f`."""
    here: Any = None
    for step in dis.get_instructions(function):
        if step.opname == "LOAD_GLOBAL":
            here = function.__globals__.get(step.argval, getattr(builtins, step.argval, None))
        elif step.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            here = getattr(here, step.argval, None)
        else:
            continue
        yield here


def test_the_drivers_reach_every_rule():
    seen: set[Callable[..., Any]] = set()
    for driver in DRIVERS:
        reached(driver, seen)
    left_out = sorted(f"{f.__module__}.{f.__name__}" for f in kernels() - seen)
    assert left_out == []
