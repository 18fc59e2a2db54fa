"""At the gate: what both engines ask about one touch before it starts, and about one caller."""

from __future__ import annotations

import math

from sim.agents import loan as loans
from sim.agents.model import price
from sim.core.domain import DAY, Account, Action, Channel, Offer, Refused, Role
from sim.core.kernel import draw, kernel
from sim.core.rng import Purpose
from sim.scenario.world import World

STRIDE = 7_919  #: accounts from one day's first to the next's, a prime
WISHES = 4  #: questions to a strategy in a row: its wish, and another after each refusal


@kernel
def first_in_turn(day: int, accounts: int) -> int:
    """Place in the book of who is asked about first: else the same had the money each day."""
    return (day * STRIDE) % max(1, accounts)


@kernel
def stale(account: Account, offer: int, day: int) -> bool:
    """Paid up, agreed or closed since the touch was planned; care is welcome all the same."""
    if offer == Offer.CARE:
        return False
    if loans.balance(account.loan) == 0 or account.plan.left > 0:
        return True
    return account.deeds.bucket > 0 and loans.past_due(account.loan, day) == 0


@kernel
def slips_through(world: World, account: Account, day: int) -> bool:
    """At imperfect adherence what the law refuses may be done all the same."""
    touch = 8 * day + min(7, account.contacts.touches_today)
    return draw(account.traits.luck, Purpose.GATE, touch) >= world.law.adherence


@kernel
def refusal(
    world: World, account: Account, rule: int, open_: bool, cost: float, money: float, day: int
) -> int:
    """Why a wish comes to nothing (`Refused`): nobody works there, the law, the purse."""
    if not open_:
        return Refused.CLOSED.value
    if rule > 0 and not slips_through(world, account, day):
        return Refused.LAW.value
    return Refused.MONEY.value if cost > money else Refused.NOTHING.value


@kernel
def waits_for_crew(why: int, channel: int, crews: bool) -> bool:
    """A visit that the crew's next day will have: a small floor's *crews* go out seldom."""
    return why == Refused.CLOSED and channel == Channel.VISIT and crews


@kernel
def supervised(world: World, account: Account, role: int, hour: int) -> bool:
    """Tell whether the touch is the supervisor's: after every k failed talks the next one is.

    In the evening no supervisor is in.
    """
    k = world.organisation.supervisor_after
    if role != Role.PHONE or k == 0 or hour >= world.floor.close_hour:
        return False
    return account.contacts.failed_talks % (k + 1) == k


@kernel
def supervisors(world: World, action: Action) -> Action:
    """The touch in a supervisor's hands: what is offered is a little more."""
    more = action.share + world.people.supervisor_share
    return Action(
        action.channel, action.tone, action.offer, action.months,
        more if action.share > 0.0 else 0.0, action.hour, action.wait_days, action.urgency,
    )  # fmt: skip


@kernel
def machine_serves(world: World, account: Account, day: int, ports: int, purse: float) -> bool:
    """Tell whether a caller is served by a machine: a line is there, paid for, and accepted."""
    share = world.organisation.self_service
    if share == 0.0 or ports == 0 or price(world, account, Channel.BOT) > purse:
        return False
    return draw(account.traits.luck, Purpose.SELF_SERVICE, day) < share


@kernel
def patience_seconds(world: World, account: Account, day: int, stands_for: float) -> int:
    """Seconds for which a caller waits: exponential around the person's own patience.

    A floor of as many times the seats makes a caller wait so many times less: the wait for one
    seat of a small part is held against so many times the patience, at most for a day.
    """
    luck = draw(account.traits.luck, Purpose.PATIENCE, day)
    mean = 60.0 * world.borrower.patience_minutes * account.traits.patience
    return max(1, int(min(float(DAY), -mean * math.log(1.0 - luck) * max(1.0, stands_for))))


@kernel
def shortened(seconds: int, thin: float) -> int:
    """What is left of a shift after the hours that are vacant."""
    return int(seconds * (1.0 - thin)) if thin > 0.0 else seconds
