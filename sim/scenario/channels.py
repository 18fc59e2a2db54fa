"""The channels: one row each. Cost, reach, hours, delay and the seat that it needs.

To add a channel: one member of `domain.Channel` and one row here.
"""

from __future__ import annotations

from typing import Annotated

from sim.core.domain import Channel, Role
from sim.core.intake import Field
from sim.core.knobs import Section, knob

Factor = Annotated[float, Field(ge=0, le=10)]
RANGE4 = tuple[Factor, Factor, Factor, Factor]


class ChannelRow(Section):
    """What one channel costs, needs and reaches."""

    text: str = ""
    source: str = ""
    role: int = knob(
        int(Role.NOBODY), "seat that a touch needs (number of the role)", low=0, high=7
    )
    cost: float = knob(0.0, "variable cost of one touch", unit="fen", low=0, high=1_000_000)
    read: float = knob(0.0, "share of messages read by an attentive borrower", low=0, high=1)
    open_hour: int = knob(8, "earliest local hour", unit="hour", low=0, high=23)
    close_hour: int = knob(22, "no touch starts at or after this hour", unit="hour", low=1, high=24)
    delay_days: int = knob(0, "mean days in the post", unit="days", low=0, high=30)
    desk_minutes: float = knob(0.0, "desk work of one touch", unit="minutes", low=0, high=600)
    reach_by_region: RANGE4 = knob(
        (1.0, 1.0, 1.0, 1.0), "multiplier of reach, regions near to remote"
    )
    named: bool = knob(True, "a message says the borrower's name and the amount")
    needs_phone: bool = knob(False, "goes to the phone number, which may be wrong")
    voice: bool = False  #: a conversation, not a message: what a channel is, so no knob


#: What can be set about every channel, and about some: nothing reads the rest of their rows.
EVERY = ("role", "cost", "open_hour", "close_hour")
DESK = (*EVERY, "desk_minutes")
MESSAGE = (*DESK, "read", "named", "needs_phone")
LETTER = (*DESK, "read", "named", "delay_days")
OWN = {
    "none": (), "push": MESSAGE, "sms": MESSAGE, "email": MESSAGE, "social": MESSAGE,
    "bot": EVERY, "phone": EVERY, "letter": LETTER, "lawyer_letter": LETTER,
    "visit": (*EVERY, "reach_by_region"), "litigation": DESK, "agency": DESK,
}  # fmt: skip
SAID = ("text", "source")  #: words, which anybody may change


def applies(path: str) -> bool:
    """Tell whether the field at the dotted *path* is read; all are but some of channels."""
    room, _, rest = path.partition(".")
    channel, _, name = rest.partition(".")
    return room != "channels" or channel not in OWN or name in (*OWN[channel], *SAID)


def settable(channel: str) -> str:
    """Say what can be set about a channel."""
    return f"it has {', '.join(OWN[channel])}" if OWN[channel] else "it has no knobs"


def row(text: str, source: str, **values: object) -> ChannelRow:
    """Return a row with *values*; *text* and *source* say what it is and whence."""
    return ChannelRow.model_validate({"text": text, "source": source, **values})


class Channels(Section):
    """All channels, by name."""

    none: ChannelRow = ChannelRow()
    push: ChannelRow = row(
        "app push", "evidence B3.14, recalled; read share assumed", cost=0.5, read=0.25
    )
    sms: ChannelRow = row(
        "text message, 70 characters", "evidence B3.13, Alibaba list price; read share assumed",
        cost=4.5, read=0.6, needs_phone=True,
    )  # fmt: skip
    email: ChannelRow = row(
        "e-mail", "evidence B3.14; low open rate in China, requirement E056", cost=0.2, read=0.1
    )
    social: ChannelRow = row(
        "official-account message", "evidence B3.14; read share assumed", cost=0.5, read=0.35
    )
    bot: ChannelRow = row(
        "AI voice call", "evidence B3.11: 0.1 to 0.3 CNY an attempt",
        cost=15.0, role=Role.BOT, needs_phone=True, voice=True,
    )  # fmt: skip
    phone: ChannelRow = row(
        "call by a collector; the cost is the seat's time", "evidence C2",
        cost=0.0, role=Role.PHONE, needs_phone=True, voice=True,
    )  # fmt: skip
    letter: ChannelRow = row(
        "registered letter, reaches the household", "evidence B3.15: 5 to 25 CNY, recalled",
        cost=1_200.0, read=0.7, delay_days=3,
    )  # fmt: skip
    lawyer_letter: ChannelRow = row(
        "genuine, private letter of a law firm, in bulk", "evidence B3.16: 10 to 80 CNY, recalled",
        cost=3_000.0, read=0.8, delay_days=3, desk_minutes=3.0, role=Role.LEGAL,
    )  # fmt: skip
    visit: ChannelRow = row(
        "appointment at the door by a crew of two", "evidence B3.19: no Chinese figure, assumed",
        cost=6_000.0, role=Role.FIELD, open_hour=9, close_hour=19, voice=True,
        reach_by_region=(1.0, 0.95, 0.9, 0.85),
    )  # fmt: skip
    litigation: ChannelRow = row(
        "batch suit; the court fee comes on top", "evidence B3.18: about 800 CNY a case in batch",
        cost=80_000.0, role=Role.LEGAL, desk_minutes=45.0, open_hour=9, close_hour=18,
    )  # fmt: skip
    agency: ChannelRow = row(
        "placement with an agency; its people call and it keeps a commission",
        "evidence B3.4-B3.7: paid by commission alone", open_hour=0, close_hour=24,
    )  # fmt: skip


def unread(channels: Channels) -> str:
    """Say which field was set that says nothing about its channel; empty where none was."""
    for name, field in type(channels).model_fields.items():
        row, free = getattr(channels, name), (*OWN[name], *SAID)
        for key in type(row).model_fields:
            if key not in free and getattr(row, key) != getattr(field.default, key):
                return f"channels.{name}.{key} says nothing about its channel; {settable(name)}"
    return ""


def in_order(channels: Channels) -> tuple[ChannelRow, ...]:
    """Return the rows indexed by `Channel`."""
    return tuple(getattr(channels, c.name.lower()) for c in Channel)
