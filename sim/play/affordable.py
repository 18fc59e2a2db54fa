"""Whether a strategy's means can be paid for at all: one message, letter, visit or suit each.

A recipe whose means nobody could pay for, even on the real book, is refused before it plays; on a
small sample of the book it is warned of, because there it shows less than its idea.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sim.agents.budget import Staffing, staff
from sim.agents.court import court_fee
from sim.core.domain import Channel, Role
from sim.core.errors import BadInput
from sim.engine.purse import paying_pot, shares
from sim.scenario import Scenario
from sim.scenario.channels import in_order
from sim.scenario.world import World, world
from sim.strategies import Strategy, is_file, named


class Beyond(NamedTuple):
    """One means that cannot be paid for: the lever to turn, its value, and what is needed."""

    channel: Channel
    lever: str
    value: float
    needed: str


DESKS = {
    Role.PHONE: "seat_share", Role.BOT: "bot_ports", Role.FIELD: "field_share",
    Role.LEGAL: "legal_share", Role.AGENCY: "agency_seats",
}  # fmt: skip


def beyond(scenario: Scenario, strategy: Strategy, accounts: int, days: int) -> list[Beyond]:
    """Return the means of *strategy* that not one account in *days* could be worked with."""
    w, plan = (
        world(scenario, strategy.organisation),
        staff(scenario, strategy.organisation, accounts, "same"),
    )
    found = (_beyond(scenario, w, plan, strategy, Channel(c), days) for c in strategy.means)
    return [one for one in found if one is not None]


def _beyond(
    scenario: Scenario, w: World, plan: Staffing, strategy: Strategy, channel: Channel, days: int
) -> Beyond | None:
    levers, role = strategy.organisation, Role(in_order(scenario.channels)[channel].role)
    role = Role.AGENCY if channel == Channel.AGENCY else role
    if not _staffed(plan, role):
        lever = DESKS[role]
        words = f"more: nobody is there for one touch by {channel.name.lower()}"
        return Beyond(channel, lever, getattr(levers, lever), words)
    cost, money = least(w, channel), plan.purse * shares(w)[paying_pot(w, channel)] * days / 30.0
    if cost <= money:
        return None
    words = (
        f"more: {days} days pay {money / 100:.2f} CNY towards one touch by "
        f"{channel.name.lower()}, which costs {cost / 100:.2f} CNY at least"
    )
    return Beyond(channel, "purse_share", levers.purse_share, words)


def _staffed(plan: Staffing, role: Role) -> bool:
    if role == Role.NOBODY:
        return True
    return plan.bot_ports > 0 if role == Role.BOT else any(p.role == role for p in plan.posts)


def least(w: World, channel: Channel) -> float:
    """Return the cents that the cheapest touch by *channel* takes from the purse."""
    cost = w.channels[channel].cost
    if channel == Channel.VISIT:
        cost += min(w.floor.travel_cost) / max(1.0, w.organisation.visits_a_trip)
    return cost + (court_fee(0) if channel == Channel.LITIGATION else 0.0)


def check(scenario: Scenario, strategy: Strategy, where: str, days: int) -> None:
    """Refuse a recipe whose means cannot be paid for once on the whole real book.

    Raises
    ------
    BadInput
        One line: the recipe, the lever, its value, and what is needed.
    """
    for one in beyond(scenario, strategy, scenario.book.real_accounts, days):
        raise BadInput(where, f"organisation.{one.lever}", one.value, one.needed)


def check_files(scenario: Scenario, names: Iterable[str], days: int | None = None) -> None:
    """Refuse each of *names* that is a recipe's file and cannot be paid for; see `check`.

    The border of everything that plays strategies by name. The shelf's own are never refused.
    """
    for name in names:
        if is_file(name):
            check(scenario, named(name), name, days or scenario.book.days)


def warnings(scenario: Scenario, strategy: Strategy, accounts: int, days: int) -> list[str]:
    """Return one line for each means that so small a book cannot pay for once."""
    return [
        f"{strategy.name}: organisation.{one.lever} = {one.value:g} at {accounts:,} accounts: "
        f"{one.needed}"
        for one in beyond(scenario, strategy, accounts, days)
    ]
