"""The purse: money for messages, postage, ways and fees, released by the day.

What a day does not spend, the next has. A part may be reserved: letters, visits and suits cost
many days' money, so that they save up. What lies idle in one pot goes to where wishes are refused.
"""

from __future__ import annotations

from sim.core.domain import Channel
from sim.core.kernel import kernel
from sim.scenario.world import World

POTS = 4
MESSAGES, LETTERS, VISITS, SUITS = range(POTS)
Pots = tuple[float, float, float, float]
EMPTY: Pots = (0.0, 0.0, 0.0, 0.0)
SHORT_DAYS = 7  #: for which an idle purse pays hours on the phone after calls found no seat


@kernel
def pot_of(channel: int) -> int:
    """Pot that pays for a touch by *channel*."""
    if channel == Channel.LETTER or channel == Channel.LAWYER_LETTER:
        return 1
    if channel == Channel.VISIT:
        return 2
    return 3 if channel == Channel.LITIGATION else 0


@kernel
def shares(world: World) -> Pots:
    """Share of the day's money for each pot; reserves beyond the whole are cut down to it."""
    o = world.organisation
    reserved = o.letter_share + o.visit_share + o.suit_share
    whole = max(1.0, reserved)
    rest = max(0.0, 1.0 - reserved)
    return (rest, o.letter_share / whole, o.visit_share / whole, o.suit_share / whole)


@kernel
def paying_pot(world: World, channel: int) -> int:
    """Pot that pays for *channel* here: where nothing is reserved, the common one."""
    pot = pot_of(channel)
    return pot if shares(world)[pot] > 0.0 else 0


@kernel
def paid_from(pots: Pots, pot: int, cents: float) -> Pots:
    """Take *cents* from one pot."""
    return (
        pots[0] - (cents if pot == 0 else 0.0),
        pots[1] - (cents if pot == 1 else 0.0),
        pots[2] - (cents if pot == 2 else 0.0),
        pots[3] - (cents if pot == 3 else 0.0),
    )


@kernel
def lacking(lacked: Pots, pot: int, cents: float) -> Pots:
    """A wish was refused by a pot for want of so much; 0: one was paid, and nothing lacks."""
    return (
        cents if pot == 0 else lacked[0],
        cents if pot == 1 else lacked[1],
        cents if pot == 2 else lacked[2],
        cents if pot == 3 else lacked[3],
    )


@kernel
def days_left(world: World, pace: float, common: float) -> float:
    """What the common pot holds, in days of its pace; 0 where it has none."""
    daily = pace * shares(world)[0]
    return min(999.0, common / daily) if daily > 0.0 else 0.0


@kernel
def idle(world: World, pace: float, pots: Pots, lacked: Pots, pot: int) -> float:
    """Cents that a pot can spare: beyond its days of pace, and no wish open that it refused."""
    if lacked[pot] > 0.0:
        return 0.0
    days = world.organisation.idle_days
    return max(0.0, pots[pot] - days * pace * shares(world)[pot])


@kernel
def neediest(lacked: Pots) -> int:
    """Pot whose open wish is the dearest; -1 where none is open."""
    best, most = -1, 0.0
    for pot in range(4):
        if lacked[pot] > most:
            best, most = pot, lacked[pot]
    return best


@kernel
def waits(pots: Pots, lacked: Pots) -> bool:
    """Tell whether a wish that was refused still costs more than its pot holds."""
    return (
        lacked[0] > pots[0] or lacked[1] > pots[1]
        or lacked[2] > pots[2] or lacked[3] > pots[3]
    )  # fmt: skip


@kernel
def _beyond(world: World, pace: float, pots: Pots, lacked: Pots, pot: int) -> float:
    """Cents of a pot beyond its days of pace and what an open wish of it costs."""
    held = world.organisation.idle_days * pace * shares(world)[pot] + lacked[pot]
    return max(0.0, pots[pot] - held)


@kernel
def spare(world: World, pace: float, pots: Pots, lacked: Pots) -> Pots:
    """Cents of each pot that may pay overtime: they lie idle, and nothing waits for them."""
    share = world.organisation.purse_to_seats
    if share == 0.0 or waits(pots, lacked):
        return (0.0, 0.0, 0.0, 0.0)
    return (
        share * _beyond(world, pace, pots, lacked, 0),
        share * _beyond(world, pace, pots, lacked, 1),
        share * _beyond(world, pace, pots, lacked, 2),
        share * _beyond(world, pace, pots, lacked, 3),
    )


@kernel
def summed(pots: Pots) -> float:
    """All pots together; not `sum`, which compensates where a compiled loop does not."""
    return pots[0] + pots[1] + pots[2] + pots[3]


@kernel
def paid_by(pots: Pots, spares: Pots, cents: float) -> Pots:
    """Take *cents* from what pots can spare, each in proportion to what it can."""
    whole = summed(spares)
    part = cents / whole if whole > 0.0 else 0.0
    return (
        pots[0] - part * spares[0], pots[1] - part * spares[1],
        pots[2] - part * spares[2], pots[3] - part * spares[3],
    )  # fmt: skip


@kernel
def released(world: World, pace: float, pots: Pots, lacked: Pots) -> Pots:
    """The day's money comes in; what lies idle goes to the dearest open wish."""
    share, to = shares(world), neediest(lacked)
    for pot in range(4):
        if to >= 0 and pot != to:
            spare = idle(world, pace, pots, lacked, pot)
            pots = paid_from(paid_from(pots, pot, spare), to, -spare)
    return (
        pots[0] + pace * share[0], pots[1] + pace * share[1],
        pots[2] + pace * share[2], pots[3] + pace * share[3],
    )  # fmt: skip
