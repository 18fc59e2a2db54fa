"""Seasoning: entrants followed under the incumbent, with seats ample.

`follow` lives one account day by day with no queue: a plain loop over the model's steps. The pool
(`sim.play.pool`) and the calibration table (`sim.experiments.calibrate`) are made of such lives.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

from sim.agents import loan as loans
from sim.agents.collector import Speaker, bot_speaker
from sim.agents.model import (
    NO_SCORES,
    Decide,
    World,
    ask_from,
    meets,
    morning,
    plan,
    resolve,
    resolve_unseated,
    seat_seconds,
)
from sim.agents.shifts import phones_close
from sim.core.domain import DAY, HOUR, Account, Action, Channel, Posting, Today, Tone
from sim.core.kernel import kernel
from sim.scenario import Scenario
from sim.scenario.workdays import free_saturdays, weekday, working_days
from sim.strategies.base import Strategy
from sim.strategies.border import guarded

SPREAD = 2_654_435_761  #: odd multiplier that spreads calls over the working day
ID_BITS = 0x3FFF_FFFF  #: of an account's id that count for it


class Calendar(NamedTuple):
    """The days of one run: what is the same for everybody."""

    today: tuple[Today, ...]
    works: frozenset[int]  #: working days of the floor
    saturdays: frozenset[int] = frozenset()  #: days of rest on which some may work a sixth day


@kernel
def average_person(world: World) -> Speaker:
    """A collector of average skill who keeps to the script."""
    return Speaker(0, world.organisation.hire_skill, False, 1.0, 0.0)


@kernel
def second_of_call(world: World, account: Account, day: int, hour: int) -> int:
    """Second at which an unqueued call is made: spread over the working day, not before *hour*."""
    start = max(int(world.floor.open_hour * HOUR), hour * HOUR)
    span = max(1, phones_close(world) - start)
    who = account.id & ID_BITS  # an entrant's id times the multiplier needs more than 64 bits
    return day * DAY + start + (who * SPREAD + day * 40_503) % span


@kernel
def touch(
    world: World, account: Account, today: Today, action: Action, second: int,
    speaker: Speaker, out: list[Posting],
) -> Account:  # fmt: skip
    """Make one touch at once, without waiting for a seat."""
    if not world.channels[action.channel].voice:
        return resolve_unseated(world, account, action, second, out)
    met = meets(world, account, action.channel, second)
    end = second + seat_seconds(world, account, action.channel, met, second)
    who = bot_speaker(world) if action.channel == Channel.BOT else speaker
    return resolve(world, account, today, action, who, met, second, end, 0, False, out)


@kernel
def treat(
    world: World, decide: Decide, params: Any, account: Account, today: Today, works: bool,
    speaker: Speaker, out: list[Posting],
) -> Account:  # fmt: skip
    """Let a strategy work on *account* for one day, on which the floor *works* or not."""
    day, second = today.day, today.day * DAY
    for _ in range(8):
        action, rule = plan(world, decide, params, account, today, second, NO_SCORES)
        if action.channel == Channel.NONE or action.wait_days > 0:
            return ask_from(account, day + max(1, action.wait_days))
        role = world.channels[action.channel].role
        if rule != 0 or (role > 0 and not works and action.channel != Channel.BOT):
            break
        second = max(second, second_of_call(world, account, day, action.hour))
        account = touch(world, account, today, action, second, speaker, out)
        second += 1
    return ask_from(account, day + 1)


@kernel
def one_day(
    world: World, decide: Decide, params: Any, account: Account, today: Today, works: bool,
    ring: int, speaker: Speaker, out: list[Posting],
) -> Account:  # fmt: skip
    """Live the day after its morning: the borrower's own call, then the strategy's touches."""
    if ring >= 0 and works:
        account = call_in(world, account, today, today.day * DAY + ring, speaker, out)
    if account.case.next_day <= today.day:
        account = treat(world, decide, params, account, today, works, speaker, out)
    return account


def follow(
    world: World, strategy: Strategy, account: Account, calendar: Calendar, first: int,
    out: list[Posting], seen: Callable[[int, Account], None] | None = None,
) -> Account:  # fmt: skip
    """Live *account* from day *first* to the calendar's end; *seen* is shown every morning."""
    speaker = average_person(world)
    decide = guarded(strategy.decide, strategy.name, account.id)
    for today in calendar.today[first:]:
        day = today.day
        account, ring = morning(world, account, today, out)
        if seen is not None:
            seen(day, account)
        if loans.balance(account.loan) == 0:
            break
        account = one_day(
            world, decide, strategy.params, account, today, day in calendar.works, ring,
            speaker, out,
        )  # fmt: skip
    return account


@kernel
def call_in(
    world: World, account: Account, today: Today, second: int, speaker: Speaker,
    out: list[Posting],
) -> Account:  # fmt: skip
    """The borrower calls and is answered at once."""
    action = inbound(Channel.PHONE)
    end = second + seat_seconds(world, account, Channel.PHONE, 2, second)
    return resolve(
        world, account, today, action, willing(world, speaker), 2, second, end, 0, True, out
    )


@kernel
def willing(world: World, speaker: Speaker) -> Speaker:
    """Whoever answers a caller finds somebody who wants to talk."""
    return Speaker(
        speaker.post, speaker.skill + world.borrower.ring_will, speaker.bot, speaker.script,
        speaker.misconduct,
    )  # fmt: skip


@kernel
def inbound(channel: int) -> Action:
    """The touch that a caller makes: a warm talk, with a person or with a machine."""
    return Action(channel, Tone.WARM, 0, 0, 0.0, 0, 0, 0.0)


def calendar(scenario: Scenario, days: int) -> Calendar:
    """Build *days* days of *scenario*: weekdays, season, working days."""
    start, season = scenario.book.start, scenario.book.season
    today = tuple(
        Today(d, weekday(start, d), season[(start + timedelta(days=d)).month - 1], 0.0)
        for d in range(days)
    )
    floor = scenario.floor
    when = (start, days, floor.weekdays, floor.country)
    return Calendar(today, working_days(*when), free_saturdays(*when))
