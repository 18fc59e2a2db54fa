"""The scene: what all that goes on today shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import simpy

from sim.agents.budget import Staffing
from sim.agents.collector import Collector, Speaker, speaker
from sim.agents.shifts import days_to
from sim.core.domain import Account, Action, Role, Today
from sim.engine.purse import EMPTY, Pots, days_left, lacking, paid_from, released
from sim.engine.story.floor import Floor, Seat, Ticket
from sim.scenario.world import World


class Practice(NamedTuple):
    """What is in force for one month: the world, the policy and the staffing."""

    world: World
    decide: Callable[[Any, Any], Action]
    params: Any
    staffing: Staffing
    name: str = ""  #: the policy's, for messages


class Scene:
    """The clock, the accounts, what is in force, and the floor.

    Parameters
    ----------
    book
        Accounts at the start.
    practice
        What is in force in the first month.
    today
        The first day.
    """

    def __init__(self, book: Sequence[Account], practice: Practice, today: Today) -> None:
        self.env = simpy.Environment(initial_time=0)
        self.accounts = {a.id: a for a in sorted(book, key=lambda a: a.id)}
        self.practice = practice
        self.today = today
        self.open_today = False
        self.floor = Floor(self.env, (), 0)
        self.on_line: set[int] = set()  # accounts that talk on the phone, or wait to
        self.pots: Pots = EMPTY  # cents at hand for channels, see `purse`
        self.lacked: Pots = (
            EMPTY  # by pot, cents of a refused wish that nothing has been paid since
        )

    @property
    def now(self) -> int:
        """The second."""
        now: int = self.env.now
        return now

    @property
    def world(self) -> World:
        """The world of the month."""
        return self.practice.world

    @property
    def pace(self) -> float:
        """Cents that a day of the month brings into the purse."""
        return self.practice.staffing.purse / 30.0

    @property
    def purse_days(self) -> float:
        """Money at hand for messages and bots, in days of its pace."""
        days: float = days_left(self.world, self.pace, self.pots[0])
        return days

    @property
    def crew_in(self) -> int:
        """Days until a field crew goes out, after today; 1 where there is none."""
        turn = self.floor.turn + (1 if self.open_today else 0)
        crews = [p.share for p in self.floor.posts if p.role == Role.FIELD]
        return min((days_to(share, turn, self.today.weekday) for share in crews), default=1)

    def release(self) -> None:
        """The day's money comes in."""
        self.pots = released(self.world, self.pace, self.pots, self.lacked)

    def pay(self, pot: int, cents: float) -> None:
        """Take money from a pot; less than nothing gives it back."""
        self.pots = paid_from(self.pots, pot, cents)

    def lack(self, pot: int, cents: float) -> None:
        """A wish was refused for want of so much money; 0: a wish was paid."""
        self.lacked = lacking(self.lacked, pot, cents)

    def can_serve(self, role: int) -> bool:
        """Tell whether the role works today at all."""
        if role == Role.NOBODY:
            return True
        if role == Role.BOT:
            return self.floor.ports > 0
        if role == Role.FIELD and not self.floor.crews_today(self.today.day):
            return False
        if role == Role.PHONE and self.floor.saturday:
            return True
        return self.open_today and self.floor.staffed(role)

    def queue(self, role: int, rank: int, urgency: float, who: int) -> Ticket:
        """Take a ticket for a seat in *role*."""
        ticket = Ticket(self.env, role, (rank, urgency, self.now, who))
        self.floor.pool(role).ask(ticket)
        return ticket

    def speaker(self, seat: Seat, account: Account) -> Speaker:
        """Whoever sits there, as this borrower meets them."""
        person: Collector = self.floor.people[seat.post]
        return speaker(self.world, person, self.today.day, account.contacts.talks > 0)

    def tire(self, seat: Seat, seconds: int) -> None:
        """Talking tires people; a bot port has nobody in it."""
        person = self.floor.people.get(seat.post)
        if person is not None:
            self.floor.people[seat.post] = person._replace(talked=person.talked + seconds)
