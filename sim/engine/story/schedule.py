"""The reference engine: SimPy, written to be read.

One day at a time. In the morning every account lives its morning in id order; then people,
purse and reputation; then the strategy plans at most one touch for each account that is due.
During the day touches become ready, wait for a seat, are served and resolved, and may be planned
again (`touches`); callers ring and hang up (`calls`); the floor closes (`roster`).

Order is ``(time, kind, who, n)`` (`order`), so that it never depends on the order of insertion.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sim.agents import loan as loans
from sim.agents.model import NO_SCORES, ask_from, morning, price, refuse, role_of, wish
from sim.agents.state import is_shut, shut_today
from sim.core.domain import DAY, HOUR, Account, Action, Channel, Event, Refused, Role, Today
from sim.engine.gate import WISHES, first_in_turn, refusal, supervised, waits_for_crew
from sim.engine.order import Kind, Steps, at
from sim.engine.purse import paying_pot
from sim.engine.seasoning import Calendar
from sim.engine.story.books import Books, Facts
from sim.engine.story.calls import Calls
from sim.engine.story.roster import Roster
from sim.engine.story.scene import Practice, Scene
from sim.engine.story.touches import Touches
from sim.scenario.world import World
from sim.strategies.border import guarded

__all__ = ["Facts", "Practice", "Story"]


class Story:
    """One replication of one strategy.

    Parameters
    ----------
    book
        Accounts at the start.
    entrants
        ``day -> accounts`` that become one day late.
    practice
        ``month -> Practice``; the same object while nothing changes.
    days
        The calendar of the run.
    stream
        64-bit number of the people's luck.
    usual_risk
        Expected public complaints per late account and day under the incumbent; 0: no reputation.
    callers
        Calls from outside the book, ``day -> (account with a negative id, second of the day)``.
    """

    def __init__(
        self,
        book: Sequence[Account],
        entrants: Callable[[int], Sequence[Account]],
        practice: Callable[[int], Practice],
        days: Calendar,
        stream: int,
        usual_risk: float = 0.0,
        callers: Callable[[int], Sequence[tuple[Account, int]]] | None = None,
    ) -> None:
        self.entrants, self.practice, self.days, self.callers = entrants, practice, days, callers
        self.scene = Scene(book, practice(0), days.today[0])
        self.books = Books(self.scene, usual_risk)
        self.roster = Roster(self.scene, stream, days.works)
        self.touches = Touches(self.scene, self.books, self._plan)
        self.calls = Calls(self.scene, self.books)
        for a in self.scene.accounts.values():
            self.books.note(a, 0, Event.OPENED, loans.balance(a.loan))
        self.scene.env.process(self._mornings())

    # --- the run -----------------------------------------------------------------------------

    def advance(self, day: int) -> None:
        """Live through *day*; between days sit hooks, progress and cancelling."""
        self.scene.env.run(until=(day + 1) * DAY)

    def run(self) -> Facts:
        """Live through all days and close the books."""
        for today in self.days.today:
            self.advance(today.day)
        return self.close()

    def close(self) -> Facts:
        """Return what happened, with every account's end state."""
        self.books.tally(len(self.days.today) - 1)
        return self.books.close()

    # --- mornings ----------------------------------------------------------------------------

    def _mornings(self) -> Steps:
        for today in self.days.today:
            yield at(self.scene.env, today.day * DAY, Kind.MORNING, 0)
            self._morning(today)

    def _morning(self, today: Today) -> None:
        scene, day = self.scene, today.day
        if day > 0:
            self.books.tally(day - 1)
        scene.today = today._replace(reputation=self.books.reputation())
        scene.floor.turn += 1 if scene.open_today else 0
        scene.open_today = day in self.days.works
        if day % 30 == 0:
            self._month(day)
        scene.release()
        for entrant in self.entrants(day):
            scene.accounts[entrant.id] = entrant
            self.books.note(entrant, day * DAY, Event.ENTERED, loans.balance(entrant.loan))
        self.roster.refresh(day)
        self.roster.sixth_day(day, day in self.days.saturdays)
        self.roster.overtime(day)
        rings = self._live()
        self.roster.open(day)
        for who, second in rings:
            self.calls.ring(who, day * DAY + second)
        for caller, second in self.callers(day) if self.callers else ():
            scene.accounts[caller.id] = caller
            self.calls.ring(caller.id, day * DAY + second)
        self._plan_all(day)

    def _month(self, day: int) -> None:
        """A new month: what is in force, who is employed, the purse."""
        scene, new = self.scene, self.practice(day // 30)
        old = scene.practice.staffing
        if day == 0 or (new.staffing.posts, new.staffing.bot_ports) != (old.posts, old.bot_ports):
            self.roster.employ(new, day)
        scene.practice = new
        self.books.facts.practices.append(new)
        if day > 0:
            self.roster.say_goodbye(day)

    def _live(self) -> list[tuple[int, int]]:
        """Every account's morning in id order; returns who rings, and when."""
        world, today, out = self.scene.world, self.scene.today, self.books.out
        accounts, rings = self.scene.accounts, []
        for who, account in accounts.items():
            if who < 0:
                continue
            row = len(out)
            accounts[who], second = morning(world, account, today, out)
            if second >= 0:
                rings.append((who, second))
            if len(out) > row:
                self.calls.complain(who, out[row:])
        return rings

    # --- planning ----------------------------------------------------------------------------

    def _plan_all(self, day: int) -> None:
        accounts = self.scene.accounts
        book = [who for who in accounts if who >= 0]
        first = first_in_turn(day, len(book))
        for who in book[first:] + book[:first]:
            account = accounts[who]
            if account.case.next_day <= day and who not in self.touches.busy:
                if loans.balance(account.loan) == 0:
                    accounts[who] = ask_from(account, 1_000_000)
                else:
                    self._plan(who, day * DAY)

    def _plan(self, who: int, second: int) -> None:
        """Ask the strategy, and again at once where its wish is refused."""
        for _ in range(WISHES):
            if not self._wish(who, second):
                return

    def _wish(self, who: int, second: int) -> bool:
        """Ask the strategy, the law and the purse; tell whether to ask for something else."""
        scene, practice = self.scene, self.scene.practice
        account, day, world = scene.accounts[who], scene.today.day, practice.world
        decide = guarded(practice.decide, practice.name, who)
        action, rule = wish(
            world, decide, practice.params, account, scene.today, second, NO_SCORES,
            scene.purse_days, scene.crew_in,
        )  # fmt: skip
        if action.channel == Channel.NONE or action.wait_days > 0:
            scene.accounts[who] = ask_from(account, day + max(1, action.wait_days))
            return False
        role, pot = self._role(world, account, action), paying_pot(world, action.channel)
        if account.contacts.touches_today >= 7:
            scene.accounts[who] = ask_from(account, day + 1)
            return False
        cost, open_ = price(world, account, action.channel), scene.can_serve(role)
        why = refusal(world, account, rule, open_, cost, scene.pots[pot], day)
        if why != Refused.NOTHING:
            return self._refused(who, action, why, rule, second)
        scene.pay(pot, cost)
        if cost > 0.0:
            scene.lack(pot, 0.0)
        opens = 0 if rule else world.channels[action.channel].open_hour
        ready = max(second, day * DAY + max(action.hour, opens) * HOUR)
        self.touches.begin(who, action, role, ready, cost)
        return False

    def _refused(self, who: int, action: Action, why: int, rule: int, second: int) -> bool:
        """Mark and write down the refusal; the same wish twice on one day ends the asking."""
        scene, account, day = self.scene, self.scene.accounts[who], self.scene.today.day
        if is_shut(account, action.channel, day):
            scene.accounts[who] = ask_from(account, day + 1)
            return False
        if waits_for_crew(why, action.channel, scene.floor.staffed(Role.FIELD)):
            scene.accounts[who] = ask_from(shut_today(account, action.channel, day), day + 1)
            return True
        if why == Refused.LAW:
            self.books.refused(account, action, second, rule)
        elif why == Refused.MONEY:
            cost = price(scene.world, account, action.channel)
            scene.lack(paying_pot(scene.world, action.channel), cost)
            self.books.dropped(account, action, second, Event.UNFUNDED, cents=int(cost))
        elif scene.open_today:
            self.books.dropped(account, action, second, Event.CLOSED)
        scene.accounts[who] = ask_from(refuse(account, action.channel, why, day), day + 1)
        return True

    def _role(self, world: World, account: Account, action: Action) -> int:
        """Seat that the action needs; every k failed talks the next is the supervisor's."""
        floor, day = self.scene.floor, self.scene.today.day
        role = role_of(world, account, action.channel, day)
        if supervised(world, account, role, action.hour):
            # A vacant supervisor's post holds nobody up: the collectors carry on.
            return Role.SUPERVISOR if floor.manned(Role.SUPERVISOR, day) else role
        return role
