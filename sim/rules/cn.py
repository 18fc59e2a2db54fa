"""Rule pack `cn`: one predicate per article; true means that the action is lawful.

GBT = GB/T 45251-2025, in force since 2025-02-28. CBA = guideline of the China Banking
Association of 2026-01-30. NIFA18 = convention of 2018-03-28.
"""

from __future__ import annotations

from sim.agents.world import World
from sim.domain import DAY, HOUR, Account, Action, Channel, Rule, Tone
from sim.kernel import kernel


@kernel
def lawful_hour(world: World, second: int) -> bool:
    """CN-01: no collection between 22:00 and 08:00 (GBT 5.3)."""
    hour = second % DAY // HOUR
    return world.law.quiet_to <= hour < world.law.quiet_from


@kernel
def conversations_left(world: World, account: Account) -> bool:
    """CN-02: at most three conversations a day, human and bot together (GBT 5.3)."""
    return account.contacts.talks_today < world.law.talks_a_day


@kernel
def attempts_left(world: World, account: Account) -> bool:
    """CN-03: at most six unanswered attempts on one number a day (CBA chapter 3)."""
    c = account.contacts
    return c.attempts_today - c.talks_today < world.law.attempts_a_day


@kernel
def debtor_only(to_contact: bool, unreachable: bool) -> bool:
    """CN-04: collect from the debtor; a contact is approached only as CN-05 allows (GBT 5.3)."""
    return not to_contact or unreachable


@kernel
def contact_asked(unreachable: bool, discloses: bool, refused: bool) -> bool:
    """CN-05: a contact is asked only for a way to reach the debtor, and may refuse (GBT 5.3)."""
    return unreachable and not discloses and not refused


@kernel
def counts_as_unreachable(number_invalid: bool, failures_in_a_row: int) -> bool:
    """CN-06: an invalid number, or three consecutive failures (CBA chapter 3)."""
    return number_invalid or failures_in_a_row >= 3


@kernel
def crew_of_two(world: World) -> bool:
    """CN-08: a visit is made by at least two collectors (CBA Art. 22)."""
    return world.floor.crew >= 2


@kernel
def civil(world: World, tone: int) -> bool:
    """CN-14: no intimidation, threats or insults (NIFA18 Art. 16-17), but in the sandbox."""
    return tone < Tone.ABUSIVE or world.law.sandbox


@kernel
def not_paused(account: Account, day: int) -> bool:
    """CN-25: while a complaint or dispute is open, outbound collection rests."""
    return account.case.paused_until <= day


@kernel
def blocked_by(world: World, account: Account, action: Action, second: int) -> int:
    """Return the rule that forbids *action* at *second*, or `Rule.NONE`.

    Asked twice: when the action is planned, and again when a seat is granted, because a queue can
    push a call past closing time or past a payment.
    """
    channel = action.channel
    if channel == Channel.LITIGATION or channel == Channel.NONE:
        return Rule.NONE.value
    if not not_paused(account, second // DAY):
        return Rule.CN_25.value
    if not civil(world, action.tone):
        return Rule.CN_14.value
    if channel == Channel.LETTER or channel == Channel.LAWYER_LETTER:
        return Rule.NONE.value
    if not lawful_hour(world, second):
        return Rule.CN_01.value
    if channel == Channel.VISIT and not crew_of_two(world):
        return Rule.CN_08.value
    if channel == Channel.PHONE or channel == Channel.BOT:
        if not conversations_left(world, account):
            return Rule.CN_02.value
        if not attempts_left(world, account):
            return Rule.CN_03.value
    return Rule.NONE.value
