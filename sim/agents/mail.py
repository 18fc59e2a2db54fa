"""Messages and letters: sent, on the way, delivered or not, read or not."""

from __future__ import annotations

import math

from sim.agents.facts import sent
from sim.agents.mind import after_message, complaints_added, dimmed, in_public, risk_of
from sim.agents.state import with_contact_data, with_contacts, with_mail, with_mind
from sim.core.domain import (
    DAY,
    NEVER,
    Account,
    Channel,
    Contacts,
    Event,
    Mail,
    Mind,
    Outcome,
    Posting,
)
from sim.core.kernel import kernel
from sim.core.rng import Purpose, draw
from sim.scenario.world import World


@kernel
def is_letter(channel: int) -> bool:
    """Tell whether *channel* goes by post."""
    return channel == Channel.LETTER or channel == Channel.LAWYER_LETTER


@kernel
def days_in_post(world: World, account: Account, channel: int, day: int) -> int:
    """Days until a letter posted on *day* arrives; at least one, exponential beyond."""
    mean = world.channels[channel].delay_days
    luck = draw(account.traits.luck, Purpose.DELIVERY, 16 * day + channel)
    return 1 + int(-math.log(1.0 - luck) * max(0, mean - 1))


@kernel
def repeats_of(contacts: Contacts, channel: int) -> int:
    """Messages of this channel in the present week."""
    return (contacts.week_messages >> (4 * channel)) & 15


@kernel
def _sent(contacts: Contacts, channel: int, tone: int, day: int, outcome: int) -> Contacts:
    """Contacts after a message; the week's count of a channel stops at 15, and so does today's."""
    c = contacts
    more = 1 << (4 * channel) if repeats_of(c, channel) < 15 else 0
    if not is_letter(channel) and repeats_of(c, 0) < 15:
        more += 1
    notice_day = day if outcome == Outcome.DELIVERED else c.notice_day
    return Contacts(
        c.attempts, c.attempts_today, c.talks, c.talks_today, c.touches_today + 1, c.unanswered,
        c.failed_talks, c.attempt_day, c.talk_day, day, c.week_messages + more,
        c.week_calls, outcome, channel, tone,
        notice_day,
    )  # fmt: skip


@kernel
def _noticed(contacts: Contacts, day: int) -> Contacts:
    """Contacts after a letter has come to the household."""
    c = contacts
    return Contacts(
        c.attempts, c.attempts_today, c.talks, c.talks_today, c.touches_today, c.unanswered,
        c.failed_talks, c.attempt_day, c.talk_day, c.message_day, c.week_messages, c.week_calls,
        c.outcome, c.channel, c.tone, day,
    )  # fmt: skip


@kernel
def read_by(world: World, account: Account, channel: int, tone: int, day: int) -> Account:
    """The borrower reads, or does not; reading is felt like M5 says."""
    row, b = world.channels[channel], world.borrower
    chance = row.read
    attentive = 1.0 if is_letter(channel) else min(1.0, account.traits.reach)
    for _ in range(repeats_of(account.contacts, channel)):
        chance = chance * b.read_repeat
    if draw(account.traits.luck, Purpose.READ, 16 * day + channel) >= chance * attentive:
        return account
    known, before = account.contacts.talks > 0 or is_letter(channel), account.mind.nudge
    risk = risk_of(world, account, tone, 0, False)
    mind = after_message(
        world, account.mind, tone, repeats_of(account.contacts, channel), known,
        account.traits.pride, risk,
    )  # fmt: skip
    return with_mind(account, mind if row.named else dimmed(mind, b.nudge_unnamed, before))


@kernel
def _expected(world: World, before: Mind, after: Mind) -> tuple[float, float]:
    """Expected complaints, to the lender and in public, that what was read adds to the day."""
    risk = after.risk - before.risk
    added = complaints_added(world, before.risk, risk, risk, 0.0)
    public = added * in_public(world)
    return added - public, public


@kernel
def send_message(
    world: World, account: Account, channel: int, tone: int, second: int, out: list[Posting]
) -> Account:
    """Send one electronic message; it arrives at once if the datum is right."""
    row, day = world.channels[channel], second // DAY
    arrives = not (row.needs_phone and account.case.number_dead)
    before = account
    if arrives:
        account = read_by(world, account, channel, tone, day)
    outcome = Outcome.DELIVERED if arrives else Outcome.NOT_DELIVERED
    lender, public = _expected(world, before.mind, account.mind)
    out.append(sent(account, second, Event.SENT, channel, tone, outcome, row.cost, lender, public))
    contacts = _sent(account.contacts, channel, tone, day, outcome)
    return with_contacts(account, contacts)


@kernel
def post_letter(
    world: World, account: Account, channel: int, tone: int, second: int, out: list[Posting]
) -> Account:
    """Put a letter in the post; it is delivered on a later morning."""
    day = second // DAY
    arrives = day + days_in_post(world, account, channel, day)
    cost = world.channels[channel].cost
    out.append(sent(account, second, Event.SENT, channel, tone, Outcome.NONE, cost, 0.0, 0.0))
    contacts = _sent(account.contacts, channel, tone, day, Outcome.NONE)
    return with_mail(with_contacts(account, contacts), Mail(arrives, channel, tone))


@kernel
def arrive(world: World, account: Account, day: int, out: list[Posting]) -> Account:
    """A letter arrives at the household, or comes back."""
    channel, tone, before = account.mail.channel, account.mail.tone, account.mind
    right = account.traits.valid_address
    if right:
        account = read_by(world, account, channel, tone, day)
    outcome = Outcome.DELIVERED if right else Outcome.NOT_DELIVERED
    lender, public = _expected(world, before, account.mind)
    out.append(
        sent(account, day * DAY, Event.DELIVERED, channel, tone, outcome, 0.0, lender, public)
    )
    account = with_mail(account, Mail(NEVER, 0, 0))
    if right:
        account = with_contacts(account, _noticed(account.contacts, day))
    failed = account.case.address_failed or not right
    return with_contact_data(account, account.case.number_dead, failed)
