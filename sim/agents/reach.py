"""Reach: whether a call or a visit meets the borrower, and how long the talk takes (M6)."""

from __future__ import annotations

import math

from sim.agents.mind import given_up
from sim.core.domain import DAY, HOUR, Account, Channel
from sim.core.kernel import kernel
from sim.core.rng import Purpose, draw, normal
from sim.scenario.world import World


@kernel
def touch_key(account: Account, day: int) -> int:
    """Coordinate of this touch: the n-th of the account on this day."""
    return 8 * day + min(7, account.contacts.touches_today)


@kernel
def at_hour(world: World, account: Account, hour: int) -> float:
    """Reach by the hour: a bell of three hours around the borrower's best hour."""
    b = world.borrower
    off = abs(hour + 0.5 - account.traits.best_hour)
    off = min(off, 24.0 - off)
    return b.hour_low + (b.hour_high - b.hour_low) * math.exp(-off * off / 18.0)


@kernel
def announced(world: World, account: Account, day: int) -> bool:
    """Tell whether a visit on *day* is an appointment: a message arrived, or a talk was had."""
    return 1 <= day - account.contacts.notice_day <= world.borrower.announced_days


@kernel
def reach_chance(world: World, account: Account, channel: int, second: int) -> float:
    """M6: chance to meet the right person by voice."""
    b, traits = world.borrower, account.traits
    if channel == Channel.VISIT:
        if not traits.valid_address:
            return 0.0
        home = b.at_home_announced if announced(world, account, second // DAY) else b.at_home
        return home * world.channels[channel].reach_by_region[traits.region]
    if account.case.number_dead:
        return 0.0
    hour = second % DAY // HOUR
    avoids = math.exp(-b.reach_avoid * account.mind.resentment)
    if given_up(world, account, second // DAY):
        avoids = avoids * b.closed_reach
    return min(b.reach_cap, b.reach * traits.reach * at_hour(world, account, hour) * avoids)


@kernel
def meets(world: World, account: Account, channel: int, second: int) -> int:
    """Who answers: 2 the right person, 1 somebody else, 0 nobody; one uniform, ordered.

    A number that reaches nobody any more answers unlike a living one: 3, the network says so; or
    it is switched off, or somebody has it who knows no debtor.
    """
    day, hour = second // DAY, second % DAY // HOUR
    chance = reach_chance(world, account, channel, second)
    if channel == Channel.VISIT:
        luck = draw(account.traits.luck, Purpose.AT_HOME, 4 * day + hour // 6)
    else:
        luck = draw(account.traits.luck, Purpose.REACHED, 24 * day + hour)
    if channel != Channel.VISIT and account.case.number_dead:
        return _dead_line(world, luck)
    if luck < chance:
        return 2
    return 1 if luck < chance + (1.0 - chance) * world.borrower.other_person else 0


@kernel
def _dead_line(world: World, luck: float) -> int:
    b = world.borrower
    if luck < b.number_tells:
        return 3
    return 1 if luck < b.number_tells + b.reassigned else 0


@kernel
def talk_seconds(world: World, account: Account, channel: int, day: int) -> int:
    """Seconds of conversation; they belong to the touch, not to the seat."""
    f = world.floor
    if channel == Channel.BOT:
        return int(60.0 * f.bot_minutes)
    luck = draw(account.traits.luck, Purpose.TALK, touch_key(account, day))
    mean = f.visit_minutes if channel == Channel.VISIT else f.talk_minutes
    if f.exponential:
        return max(1, int(-60.0 * mean * math.log(1.0 - luck)))
    sd = f.talk_sd
    return max(1, int(60.0 * mean * math.exp(sd * normal(luck) - 0.5 * sd * sd)))
