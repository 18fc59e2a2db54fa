"""The gate: which rule in force forbids a touch. One question for all packs.

`World.rules` says which rules are in force this month; a rule that is not in force is not asked.
"""

from __future__ import annotations

from sim.core.domain import DAY, Account, Action, Channel, Rule
from sim.core.kernel import kernel
from sim.rules.cn import (
    attempts_left,
    civil,
    conversations_left,
    crew_of_two,
    lawful_hour,
    messages_left,
    not_paused,
    notice_given,
    term_allowed,
)
from sim.rules.us import calls_left, convenient_hour, not_after_a_talk
from sim.scenario.world import World


@kernel
def resting(world: World, account: Account, day: int) -> int:
    """Return the rule for which collection rests, or `Rule.NONE`.

    A file holds one date until which it rests; in the pack `uk` a disputed one counts as UK-05.
    """
    if not_paused(account, day):
        return Rule.NONE.value
    if world.rules[Rule.CN_25.value]:
        return Rule.CN_25.value
    if world.rules[Rule.US_07.value]:
        return Rule.US_07.value
    disputed = account.case.disputed or not world.rules[Rule.UK_04.value]
    if disputed and world.rules[Rule.UK_05.value]:
        return Rule.UK_05.value
    return Rule.UK_04.value if world.rules[Rule.UK_04.value] else Rule.NONE.value


@kernel
def offensive(world: World, tone: int) -> int:
    """Return the rule against *tone*, or `Rule.NONE`."""
    if civil(world, tone):
        return Rule.NONE.value
    if world.rules[Rule.CN_14.value]:
        return Rule.CN_14.value
    if world.rules[Rule.US_06.value]:
        return Rule.US_06.value
    return Rule.UK_02.value if world.rules[Rule.UK_02.value] else Rule.NONE.value


@kernel
def untimely(world: World, second: int) -> int:
    """Return the rule against the hour, or `Rule.NONE`."""
    if world.rules[Rule.CN_01.value] and not lawful_hour(world, second):
        return Rule.CN_01.value
    if convenient_hour(world, second):
        return Rule.NONE.value
    if world.rules[Rule.US_05.value]:
        return Rule.US_05.value
    return Rule.UK_01.value if world.rules[Rule.UK_01.value] else Rule.NONE.value


@kernel
def at_the_door(world: World, account: Account, day: int) -> int:
    """Return the rule against a visit, or `Rule.NONE`."""
    if world.rules[Rule.CN_08.value] and not crew_of_two(world):
        return Rule.CN_08.value
    if notice_given(world, account, day):
        return Rule.NONE.value
    if world.rules[Rule.CN_12.value]:
        return Rule.CN_12.value
    return Rule.UK_03.value if world.rules[Rule.UK_03.value] else Rule.NONE.value


@kernel
def too_many_calls(world: World, account: Account, day: int) -> int:
    """Return the rule against one more call, or `Rule.NONE`."""
    if world.rules[Rule.CN_02.value] and not conversations_left(world, account):
        return Rule.CN_02.value
    if world.rules[Rule.CN_03.value] and not attempts_left(world, account):
        return Rule.CN_03.value
    if world.rules[Rule.US_02.value] and not not_after_a_talk(world, account, day):
        return Rule.US_02.value
    if world.rules[Rule.US_01.value] and not calls_left(world, account):
        return Rule.US_01.value
    return Rule.NONE.value


@kernel
def by_channel(world: World, account: Account, action: Action, day: int) -> int:
    """Return the rule against this channel now, or `Rule.NONE`."""
    channel = action.channel
    voice = channel == Channel.PHONE or channel == Channel.BOT
    if channel == Channel.VISIT:
        rule = at_the_door(world, account, day)
    elif voice:
        rule = too_many_calls(world, account, day)
    elif world.rules[Rule.CN_28.value] and not messages_left(world, account):
        rule = Rule.CN_28.value
    else:
        rule = Rule.NONE.value
    if rule == Rule.NONE and world.rules[Rule.CN_26.value] and not term_allowed(world, action):
        rule = Rule.CN_26.value
    return rule


@kernel
def blocked_by(world: World, account: Account, action: Action, second: int) -> int:
    """Return the rule that forbids *action* at *second*, or `Rule.NONE`.

    Asked twice: when the action is planned, and again when a seat is granted, because a queue can
    push a call past closing time or past a payment.
    """
    channel, day = action.channel, second // DAY
    if channel == Channel.NONE or channel == Channel.LITIGATION or channel == Channel.AGENCY:
        return Rule.NONE.value
    rule = resting(world, account, day)
    if rule == Rule.NONE:
        rule = offensive(world, action.tone)
    if rule != Rule.NONE or channel == Channel.LETTER or channel == Channel.LAWYER_LETTER:
        return rule
    rule = untimely(world, second)
    if rule == Rule.NONE:
        rule = by_channel(world, account, action, day)
    return rule
