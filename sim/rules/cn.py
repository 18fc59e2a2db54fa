"""Rule pack `cn`: one predicate per article; true means that the action is lawful.

GBT = GB/T 45251-2025, in force since 2025-02-28. CBA = guideline of the China Banking
Association of 2026-01-30. NIFA18 = convention of 2018-03-28.
"""

from __future__ import annotations

from sim.core.domain import DAY, HOUR, Account, Action, Offer, Tone
from sim.core.kernel import kernel
from sim.scenario.world import World

NOTICE_HOLDS = 30  #: days (assumed)


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
def notice_given(world: World, account: Account, day: int) -> bool:
    """CN-12, UK-03: the last word before a visit was some days ago, and not long ago.

    A message that arrived or a talk announces it: no strategy sends anything that is only an
    announcement.
    """
    return world.law.notice_days <= day - account.contacts.notice_day <= NOTICE_HOLDS


@kernel
def civil(world: World, tone: int) -> bool:
    """CN-14, US-06, UK-02: no intimidation, threats or insults, but in the sandbox (NIFA18)."""
    return tone < Tone.ABUSIVE or world.law.sandbox


@kernel
def not_paused(account: Account, day: int) -> bool:
    """CN-25, US-07, UK-04, UK-05: while a complaint, dispute or breathing space is open."""
    return account.case.paused_until <= day


@kernel
def term_allowed(world: World, action: Action) -> bool:
    """CN-26: no instalment plan is longer than five years (credit-card rules, Art. 70)."""
    spread = action.offer == Offer.INSTALMENTS or action.offer == Offer.WRITE_DOWN
    return not spread or action.months <= world.law.plan_months


@kernel
def messages_left(world: World, account: Account) -> bool:
    """CN-28, a policy: so many messages a day, and a week by the loan's own weeks."""
    counts, week = account.contacts.week_messages, 0
    for channel in range(1, 5):
        week += (counts >> (4 * channel)) & 15
    return counts & 15 < world.law.messages_a_day and week < world.law.messages_a_week
