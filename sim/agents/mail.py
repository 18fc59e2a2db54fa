"""Messages and letters: sent, on the way, delivered or not, read or not."""

from __future__ import annotations

import math

from sim.agents import loan as loans
from sim.agents.facts import fact
from sim.agents.mind import after_message, risk_of
from sim.agents.world import World
from sim.domain import (
    DAY,
    NEVER,
    Account,
    Case,
    Channel,
    Contacts,
    Event,
    Mail,
    Outcome,
    Posting,
)
from sim.kernel import kernel
from sim.rng import Purpose, draw


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
    """Contacts after a message; the week's count of a channel stops at 15."""
    c = contacts
    more = 1 << (4 * channel) if repeats_of(c, channel) < 15 else 0
    return Contacts(
        c.attempts, c.attempts_today, c.talks, c.talks_today, c.touches_today + 1, c.unanswered,
        c.failed_talks, c.attempt_day, c.talk_day, day, c.week_messages + more, outcome,
        channel, tone,
    )  # fmt: skip


@kernel
def read_by(world: World, account: Account, channel: int, tone: int, day: int) -> Account:
    """The borrower reads, or does not; reading is felt like M5 says."""
    row, b = world.channels[channel], world.borrower
    chance = row.read
    if is_letter(channel):
        attentive = 1.0
    else:
        attentive = min(1.0, account.traits.reach)
    for _ in range(repeats_of(account.contacts, channel)):
        chance = chance * b.read_repeat
    if draw(account.traits.luck, Purpose.READ, 16 * day + channel) >= chance * attentive:
        return account
    known = account.contacts.talks > 0 or is_letter(channel)
    risk = risk_of(world, account, tone, 0, False)
    mind = after_message(
        world, account.mind, tone, repeats_of(account.contacts, channel), known,
        account.traits.pride, risk,
    )  # fmt: skip
    return Account(
        account.id, account.traits, account.loan, account.cash, mind, account.promise,
        account.plan, account.mail, account.contacts, account.deeds, account.case,
    )  # fmt: skip


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
    risk = account.mind.risk - before.mind.risk
    out.append(
        Posting(
            second,
            account.id,
            Event.SENT,
            channel,
            tone,
            0,
            -1,
            outcome,
            0,
            row.cost,
            loans.dpd(account.loan, day),
            loans.balance(account.loan),
            0,
            0,
            risk * world.borrower.lender_per_public,
            risk,
            0.0,
            0,
        )  # fmt: skip
    )
    contacts = _sent(account.contacts, channel, tone, day, outcome)
    return Account(
        account.id, account.traits, account.loan, account.cash, account.mind, account.promise,
        account.plan, account.mail, contacts, account.deeds, account.case,
    )  # fmt: skip


@kernel
def post_letter(
    world: World, account: Account, channel: int, tone: int, second: int, out: list[Posting]
) -> Account:
    """Put a letter in the post; it is delivered on a later morning."""
    day = second // DAY
    arrives = day + days_in_post(world, account, channel, day)
    out.append(
        Posting(
            second,
            account.id,
            Event.SENT,
            channel,
            tone,
            0,
            -1,
            Outcome.NONE,
            0,
            world.channels[channel].cost,
            loans.dpd(account.loan, day),
            loans.balance(account.loan),
            0,
            0,
            0.0,
            0.0,
            0.0,
            0,
        )  # fmt: skip
    )
    contacts = _sent(account.contacts, channel, tone, day, Outcome.NONE)
    return Account(
        account.id, account.traits, account.loan, account.cash, account.mind, account.promise,
        account.plan, Mail(arrives, channel, tone), contacts, account.deeds, account.case,
    )  # fmt: skip


@kernel
def arrive(world: World, account: Account, day: int, out: list[Posting]) -> Account:
    """A letter arrives at the household, or comes back."""
    channel, tone, before = account.mail.channel, account.mail.tone, account.mind.risk
    right = account.traits.valid_address
    if right:
        account = read_by(world, account, channel, tone, day)
    posting = fact(account, account.loan, day, Event.DELIVERED, 0)
    risk = account.mind.risk - before
    out.append(
        Posting(
            posting.time,
            posting.account,
            posting.event,
            channel,
            tone,
            0,
            -1,
            Outcome.DELIVERED if right else Outcome.NOT_DELIVERED,
            0,
            0.0,
            posting.dpd,
            posting.balance,
            0,
            0,
            risk * world.borrower.lender_per_public,
            risk,
            0.0,
            0,
        )  # fmt: skip
    )
    k = account.case
    case = Case(
        k.reason, k.disputed, k.complained, k.paused_until, k.legal_stage, k.legal_day,
        k.legal_end, k.next_day, k.number_dead, k.address_failed or not right,
    )  # fmt: skip
    return Account(
        account.id, account.traits, account.loan, account.cash, account.mind, account.promise,
        account.plan, Mail(NEVER, 0, 0), account.contacts, account.deeds, case,
    )  # fmt: skip
