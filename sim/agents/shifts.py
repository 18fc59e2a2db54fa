"""Shifts on the phone beyond the usual ones: evenings, a sixth day, overtime; within lawful hours.

Who works late, or on a Saturday, goes by a rota: a share of the shifts, each post in its turn, so
that a floor of two seats does it as often as one of two hundred.
"""

from __future__ import annotations

from sim.core.domain import HOUR
from sim.core.kernel import kernel
from sim.scenario.world import World

FAR = 60  #: days beyond which nobody looks ahead


@kernel
def on_duty(share: float, turn: int) -> bool:
    """Tell whether a post that works on a *share* of the working days comes on the *turn*-th."""
    return int((turn + 1) * share + 1e-9) > int(turn * share + 1e-9)


@kernel
def days_to(share: float, turn: int, weekday: int) -> int:
    """Days until a post that works on a *share* of the working days comes, after today.

    *turn* is that of the next working day; public holidays are not foreseen.
    """
    ahead = 0
    for days in range(1, FAR):
        if (weekday + days) % 7 < 5:
            if on_duty(share, turn + ahead):
                return days
            ahead += 1
    return FAR


@kernel
def evening_end(closes: float, evening: float, quiet_from: int) -> int:
    """Second of the day at which an evening shift ends: before quiet time, never before closing."""
    return int(max(closes, min(evening, 1.0 * quiet_from)) * HOUR)


@kernel
def phones_close(world: World) -> int:
    """Second of the day at which the last people on the phone usually go."""
    f = world.floor
    if world.organisation.evening_share > 0.0:
        return evening_end(f.close_hour, f.evening_hour, world.law.quiet_from)
    return int(f.close_hour * HOUR)


@kernel
def begins(start: int, late: int, evenings: float, turn: int) -> int:
    """Second at which a shift begins on the *turn*-th day: on a share of them it is the *late* one.

    The turn of a post is the day's, moved by its number.
    """
    return late if evenings > 0.0 and on_duty(evenings, turn) else start


@kernel
def overtime_rate(paid: int, price: float, most: float, cents: float) -> float:
    """Seconds of overtime for each second paid: what *cents* buy, at most *most*."""
    if paid == 0 or cents <= 0.0:
        return 0.0
    return min(most, cents / (price * paid)) if price > 0.0 else most


@kernel
def stays(world: World, rate: float, paid: int, end: int) -> int:
    """Seconds for which a post stays on after its shift's *end*, never into quiet time."""
    return min(int(rate * paid), max(0, world.law.quiet_from * HOUR - end))
