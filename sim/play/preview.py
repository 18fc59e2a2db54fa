"""What inputs mean before anything is played: people drawn, reach by the hour, one seat's day."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.budget import REACHED
from sim.agents.mail import is_letter
from sim.agents.mind import after_message, after_talk, intent, logistic
from sim.agents.population import newly_late
from sim.agents.reach import reach_chance
from sim.core.domain import HOUR, Account, Channel, Kind, Mind, Organisation, Today, Tone
from sim.core.rng import stream
from sim.play.pool import pool_of
from sim.scenario import Scenario
from sim.scenario.channels import ChannelRow
from sim.scenario.world import World, world

PEOPLE = 600  #: drawn for the preview; the same ones whatever is changed
SMALL = 300  #: entrants followed to season a small book
SEED = 1
VOICE = (Channel.BOT, Channel.PHONE, Channel.VISIT)
SHOWN = (
    Channel.PHONE, Channel.BOT, Channel.SMS, Channel.PUSH, Channel.SOCIAL, Channel.EMAIL,
    Channel.LETTER, Channel.LAWYER_LETTER, Channel.VISIT,
)  # fmt: skip

Floats = NDArray[np.float64]


class People(NamedTuple):
    """Day-one entrants: loan in CNY, kind, free cash a month in instalments, payday."""

    loans: Floats
    kinds: NDArray[np.int64]
    free: Floats
    paydays: NDArray[np.int64]


class Block(NamedTuple):
    """A stretch of a seat's day, in hours of the clock.

    `what` is away, dial, talk, wrap or rest.
    """

    what: str
    begins: float
    ends: float


class Day(NamedTuple):
    """A full-time phone seat's day, and how many attempts and talks fit into it."""

    blocks: tuple[Block, ...]
    attempts: int
    talks: int


def _drawn(scenario: Scenario) -> list[Account]:
    luck = stream(SEED, 0)
    return [newly_late(scenario, luck, luck, who, 0) for who in range(PEOPLE)]


def people(scenario: Scenario) -> People:
    """Draw day-one entrants."""
    drawn = _drawn(scenario)
    depth = [kind.depth for kind in scenario.kinds.in_order()]
    free = [
        a.traits.slack * (depth[a.traits.kind] if a.cash.shocked else 1.0) / a.loan.instalment
        for a in drawn
    ]
    return People(
        np.array([a.loan.instalment * a.loan.count / 100.0 for a in drawn]),
        np.array([a.traits.kind for a in drawn]),
        np.array(free),
        np.array([a.traits.payday for a in drawn]),
    )


def shares(scenario: Scenario) -> dict[Kind, float]:
    """Return the share of each kind among those who become late."""
    rows = scenario.kinds.in_order()
    return {kind: rows[kind].share for kind in Kind}


def reach(scenario: Scenario) -> dict[Channel, Floats]:
    """Return the chance that a touch meets the borrower (or is read), by channel and hour.

    Zero where the channel is closed or the law is quiet.
    """
    w, drawn = world(scenario, Organisation()), _drawn(scenario)[::3]
    rows: dict[Channel, ChannelRow] = {c: getattr(scenario.channels, c.name.lower()) for c in SHOWN}
    right = 1.0 - float(np.mean([a.case.number_dead for a in drawn]))
    at_door = float(np.mean([a.traits.valid_address for a in drawn]))
    by_phone = [
        float(np.mean([reach_chance(w, a, Channel.PHONE, h * HOUR) for a in drawn]))
        for h in range(24)
    ]
    visit = float(np.mean([reach_chance(w, a, Channel.VISIT, 12 * HOUR) for a in drawn]))
    found = {}
    for channel, row in rows.items():
        valid = right if row.needs_phone else at_door if is_letter(channel) else 1.0
        values = np.full(24, row.read * valid)
        if channel in VOICE:
            values = np.full(24, visit) if channel == Channel.VISIT else np.array(by_phone)
        found[channel] = np.where(_open(scenario, row), values, 0.0)
    return found


def willing(scenario: Scenario, tone: Tone) -> dict[Channel, float]:
    """Return the mean willingness to pay of those whom one touch in *tone* has just reached.

    By channel: a talk by voice, else a message or letter that was read; nothing else has happened.
    """
    w, drawn = world(scenario, Organisation()), _drawn(scenario)[::3]
    today = Today(0, 0, 1.0, 0.0)
    found = {}
    for channel in SHOWN:
        after = [a._replace(mind=_touched(w, a, channel, tone)) for a in drawn]
        found[channel] = float(np.mean([logistic(intent(w, a, today)) for a in after]))
    return found


def _touched(w: World, account: Account, channel: Channel, tone: Tone) -> Mind:
    pride = account.traits.pride
    if channel in VOICE:
        bot = channel == Channel.BOT
        return after_talk(w, account.mind, tone, bot, True, pride, 0.0)
    return after_message(w, account.mind, tone, 0, is_letter(channel), pride, 0.0)


def _open(scenario: Scenario, row: ChannelRow) -> NDArray[np.bool_]:
    hours, law = np.arange(24), scenario.law
    first, last = (
        (law.quiet_to, law.quiet_from)
        if law.pack == "cn"
        else (law.convenient_from, law.convenient_to)
    )
    quiet = (hours >= last) | (hours < first)
    return (hours >= row.open_hour) & (hours < row.close_hour) & ~quiet


def seat_day(scenario: Scenario, organisation: Organisation) -> Day:
    """Return a typical day: off the floor, then attempts, of which a few become talks."""
    f = scenario.floor
    away = (organisation.training_hours + organisation.coaching_hours) / f.days_a_month
    clock = f.open_hour + away
    ends = min(f.close_hour, f.open_hour + f.shift_hours)
    blocks = [Block("away", f.open_hour, clock)] if away > 0 else []
    unanswered = max(1, round(1.0 / REACHED) - 1)
    idle = unanswered * (f.prepare_minutes + f.ring_minutes) / 60.0
    attempts = talks = 0
    while clock + idle < ends:
        for what, minutes in (
            ("dial", 60.0 * idle + f.prepare_minutes), ("talk", f.talk_minutes),
            ("wrap", f.wrap_minutes),
        ):  # fmt: skip
            until = min(ends, clock + minutes / 60.0)
            blocks.append(Block(what, clock, until))
            clock = until
        attempts, talks = attempts + unanswered + 1, talks + 1
    if clock < ends:
        blocks.append(Block("dial", clock, ends))
        attempts += int((ends - clock) / idle * unanswered)
    if ends < f.close_hour:
        blocks.append(Block("rest", ends, f.close_hour))
    return Day(tuple(blocks), attempts, talks)


def late_shares(scenario: Scenario) -> Floats:
    """Return the shares of the stock by bucket, M1 to M6 and later, of a small seasoned book.

    Takes seconds: a few hundred entrants are followed for nine months.
    """
    small = scenario.with_({"book.pool": SMALL})
    late = [a.deeds.bucket for a in pool_of(small).late]
    if not scenario.book.older_than_m6:
        late = [b for b in late if b <= 6]
    counts = np.bincount(np.clip(late, 1, 7), minlength=8)[1:8].astype(float)
    found: Floats = counts / max(1.0, counts.sum())
    return found


__all__ = [
    "SHOWN", "Block", "Day", "People", "late_shares", "people", "reach", "seat_day",
    "shares",
]  # fmt: skip
