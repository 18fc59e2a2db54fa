"""The reference engine: SimPy, written to be read.

One day at a time. In the morning every account lives its morning in id order; then people,
purse and reputation; then the strategy plans at most one touch for each account that is due.
During the day touches become ready, wait for a seat, are served and resolved, and may be planned
again; callers ring and hang up; the floor closes.

Order is ``(time, kind, who, n)``; it goes into SimPy as the event's priority, so that it never
depends on the order of insertion.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from enum import IntEnum
from typing import Any, NamedTuple

import simpy

from sim.agents import loan as loans
from sim.agents.collector import Collector, bot_speaker, found, hired, quits, speaker
from sim.agents.court import court_fee
from sim.agents.world import World
from sim.budget import Staffing
from sim.domain import (
    DAY,
    HOUR,
    Account,
    Action,
    Channel,
    Event,
    Outcome,
    Posting,
    Role,
    Rule,
    Today,
)
from sim.engine.floor import CALLER, WORK, Floor, Seat, Ticket
from sim.kernel import draw
from sim.model import (
    NO_SCORES,
    ask_from,
    blocked_by,
    meets,
    morning,
    plan,
    resolve,
    resolve_unseated,
    seat_seconds,
)
from sim.rng import Purpose
from sim.seasoning import Calendar, inbound

Steps = Generator[simpy.Event, Any, None]


class Kind(IntEnum):
    """Kinds of events in their order at one instant."""

    MORNING = 0
    OPEN = 1
    DONE = 2
    RING = 3
    READY = 4
    HANG_UP = 5
    CLOSE = 6


class Practice(NamedTuple):
    """What is in force for one month: the world, the policy and the staffing."""

    world: World
    decide: Callable[[Any, Any], Action]
    params: Any
    staffing: Staffing


class Facts(NamedTuple):
    """What a run leaves behind; tables are made of it later."""

    postings: list[Posting]
    seats: list[tuple[int, int, int, int, int, int, int, int, int, int, float]]
    daily: list[tuple[int, int, int, int, int]]
    final: list[Account]
    practices: list[Practice]


def _event(env: simpy.Environment, time: int, kind: int, who: int, n: int = 0) -> simpy.Event:
    """Event at *time* whose place among ties is ``(kind, who, n)``."""
    event = simpy.Event(env)
    event._ok, event._value = True, None
    env.schedule(event, 2 + ((kind * (1 << 44) + who) << 4) + n, time - env.now)
    return event


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
        self.env = simpy.Environment(initial_time=0)
        self.accounts = {a.id: a for a in sorted(book, key=lambda a: a.id)}
        self.entrants, self.practice, self.days, self.stream = entrants, practice, days, stream
        self.callers = callers
        self.now_practice = practice(0)
        self.floor = Floor(self.env, (), 0)
        self.busy: set[int] = set()
        self.on_line: set[int] = set()
        self.purse = 0.0
        self.out: list[Posting] = []
        self.facts = Facts(self.out, [], [], [], [])
        self.today = days.today[0]
        self.usual_risk = self.public_risk = usual_risk
        self.row = self.late = 0
        self.open_today = False
        for a in self.accounts.values():
            self._note(a, 0, Event.OPENED, loans.balance(a.loan))
        self.env.process(self._mornings())

    # --- the run -----------------------------------------------------------------------------

    def advance(self, day: int) -> None:
        """Live through *day*; between days sit hooks, progress and cancelling."""
        self.env.run(until=(day + 1) * DAY)

    def run(self) -> Facts:
        """Live through all days and close the books."""
        for today in self.days.today:
            self.advance(today.day)
        return self.close()

    def close(self) -> Facts:
        """Return what happened, with every account's end state."""
        self._tally(len(self.days.today) - 1)
        self.facts.final.extend(self.accounts.values())
        return self.facts

    def _note(self, a: Account, second: int, event: int, amount: int = 0, **more: Any) -> None:
        """Record a fact that the engine itself establishes."""
        day = second // DAY
        self.out.append(
            Posting(
                second,
                a.id,
                event,
                more.get("channel", 0),
                more.get("tone", 0),
                more.get("offer", 0),
                -1,
                more.get("outcome", 0),
                amount,
                0.0,
                loans.dpd(a.loan, day),
                loans.balance(a.loan),
                more.get("waited", 0),
                0,
                0.0,
                0.0,
                more.get("p_breach", 0.0),
                more.get("rule", 0),
            )
        )

    # --- mornings ----------------------------------------------------------------------------

    def _mornings(self) -> Steps:
        for today in self.days.today:
            yield _event(self.env, today.day * DAY, Kind.MORNING, 0)
            self._morning(today)

    def _morning(self, today: Today) -> None:
        day = today.day
        if day > 0:
            self._tally(day - 1)
        self.today = today._replace(reputation=self._reputation())
        self.open_today = day in self.days.works
        if day % 30 == 0:
            self._month(day)
        for entrant in self.entrants(day):
            self.accounts[entrant.id] = entrant
            self._note(entrant, day * DAY, Event.ENTERED, loans.balance(entrant.loan))
        self._people(day)
        rings = self._live(day)
        self._open(day)
        for who, second in rings:
            self.env.process(self._caller(who, day * DAY + second))
        for caller, second in self.callers(day) if self.callers else ():
            self.accounts[caller.id] = caller
            self.env.process(self._caller(caller.id, day * DAY + second))
        self._plan_all(day)

    def _live(self, day: int) -> list[tuple[int, int]]:
        """Every account's morning in id order; returns who rings, and when."""
        world, today, out = self.now_practice.world, self.today, self.out
        rings = []
        for who, account in self.accounts.items():
            if who < 0:
                continue
            row = len(out)
            account, second = morning(world, account, today, out)
            self.accounts[who] = account
            if second >= 0:
                rings.append((who, second))
            if len(out) > row:
                self._complaints(account, row)
        return rings

    def _complaints(self, account: Account, row: int) -> None:
        """A new complaint goes to the desk and to the lender's name."""
        for posting in self.out[row:]:
            if posting.event == Event.COMPLAINED and self.floor.staffed(Role.COMPLAINTS):
                self.env.process(self._complaint(account.id, posting.time))

    def _reputation(self) -> float:
        """Public risk per late account, a 60-day average over its usual level, minus one (M10)."""
        risk = sum(p.p_regulator for p in self.out[self.row :])
        self.row = len(self.out)
        if self.usual_risk == 0.0 or self.late == 0:
            return 0.0
        self.public_risk += (risk / self.late - self.public_risk) / 60.0
        return min(20.0, self.public_risk / self.usual_risk - 1.0)

    def _month(self, day: int) -> None:
        """A new month: what is in force, who is employed, the purse."""
        new = self.practice(day // 30)
        old = self.now_practice.staffing
        if day == 0 or (new.staffing.posts, new.staffing.bot_ports) != (old.posts, old.bot_ports):
            self._employ(new, day)
        self.now_practice = new
        self.facts.practices.append(new)
        self.purse = new.staffing.purse
        if day > 0:
            for number, person in self.floor.people.items():
                there = max(person.hired, person.absent_until) < day
                if there and quits(new.world, self.stream, person, day):
                    back = day + new.world.people.vacancy_days
                    self.floor.people[number] = person._replace(absent_until=back)

    def _employ(self, new: Practice, day: int) -> None:
        """Staff the floor; whoever is there stays."""
        people = self.floor.people
        floor = Floor(self.env, new.staffing.posts, new.staffing.bot_ports)
        floor.pools = self.floor.pools
        for p in floor.posts:
            known = people.get(p.number)
            if known is not None and known.role == p.role:
                floor.people[p.number] = known
            elif day == 0:
                floor.people[p.number] = found(new.world, self.stream, p.number, p.role)
            else:
                new_hire = hired(new.world, self.stream, p.number, p.role, 32, day)
                floor.people[p.number] = new_hire._replace(absent_until=0)
        self.floor = floor

    def _people(self, day: int) -> None:
        """Vacant posts are filled; yesterday's fatigue is gone."""
        for number, person in self.floor.people.items():
            if person.absent_until == day > 0:
                self.floor.people[number] = hired(
                    self.now_practice.world, self.stream, number, person.role,
                    person.generation + 1, day,
                )  # fmt: skip
            elif person.talked:
                self.floor.people[number] = person._replace(talked=0)

    def _open(self, day: int) -> None:
        """Schedule today's shifts and closing times; bots work every day."""
        f, bot = self.now_practice.world.floor, self.now_practice.world.channels[Channel.BOT]
        if self.floor.ports:
            begin, end = day * DAY + bot.open_hour * HOUR, day * DAY + bot.close_hour * HOUR
            ports = [(-1 - i, end) for i in range(self.floor.ports)]
            self.floor.pool(Role.BOT).tally.open += len(ports) * (end - begin)
            self.env.process(self._shift(Role.BOT, begin, ports))
            self._doors(Role.BOT, end, goes_on=end - begin >= DAY)
        if not self.open_today:
            return
        for (role, start), posts in self.floor.shifts(day).items():
            self.env.process(self._shift(role, start, posts))
        round_the_clock = f.close_hour - f.open_hour >= 24.0 and day + 1 in self.days.works
        for role in {p.role for p in self.floor.posts}:
            self._doors(role, day * DAY + int(f.close_hour * HOUR), goes_on=round_the_clock)

    def _doors(self, role: int, end: int, *, goes_on: bool) -> None:
        """Tickets are taken until *end*; where the floor goes on at once, the queue stays."""
        self.floor.pool(role).open_until(end)
        if not goes_on:
            self.env.process(self._closing(role, end))

    def _shift(self, role: int, start: int, posts: list[tuple[int, int]]) -> Steps:
        yield _event(self.env, start, Kind.OPEN, role)
        self.floor.pool(role).come_on(posts)

    def _closing(self, role: int, end: int) -> Steps:
        yield _event(self.env, end, Kind.CLOSE, role)
        self.floor.pool(role).close()

    def _tally(self, day: int) -> None:
        """Write down the day that ended: seats by role, the book by bucket."""
        wages = dict.fromkeys(self.floor.pools, 0.0)
        for p in self.floor.present(day):
            wages[p.role] = wages.get(p.role, 0.0) + p.wage / 30.0
        for role in sorted(wages):
            self.floor.pool(role).settle()
            t = self.floor.pool(role).tally
            self.facts.seats.append(
                (day, role, t.open, t.busy, t.overtime, t.tickets, t.abandoned, t.unserved,
                 t.waited, t.paid, wages[role])
            )  # fmt: skip
            self.floor.pool(role).tally = type(t)()
        counts: dict[int, list[int]] = {0: [0, 0, 0]}
        for a in self.accounts.values():
            if a.id < 0:
                continue
            row = counts.setdefault(min(a.deeds.bucket, 7), [0, 0, 0])
            row[0] += 1
            row[1] += loans.balance(a.loan)
            row[2] += loans.past_due(a.loan, day) if a.deeds.bucket else 0
        for bucket in sorted(counts):
            accounts, balance, past_due = counts[bucket]
            self.facts.daily.append((day, bucket, accounts, balance, past_due))
        self.late = sum(row[0] for bucket, row in counts.items() if bucket > 0)

    # --- planning ----------------------------------------------------------------------------

    def _plan_all(self, day: int) -> None:
        for who, account in self.accounts.items():
            if account.case.next_day <= day and who not in self.busy and who >= 0:
                if loans.balance(account.loan) == 0:
                    self.accounts[who] = ask_from(account, 1_000_000)
                else:
                    self._plan(who, day * DAY)

    def _plan(self, who: int, second: int) -> None:
        """Ask the strategy and the law; start the touch if there is one."""
        account, day, practice = self.accounts[who], self.today.day, self.now_practice
        world = practice.world
        action, rule = plan(
            world, practice.decide, practice.params, account, self.today, second, NO_SCORES
        )
        if action.channel == Channel.NONE or action.wait_days > 0:
            self.accounts[who] = ask_from(account, day + max(1, action.wait_days))
            return
        role = self._role(world, account, action)
        if account.contacts.touches_today >= 7 or not self._can_serve(role):
            self.accounts[who] = ask_from(account, day + 1)
            return
        if rule and not self._slips_through(account):
            self._blocked(account, action, second, rule)
            self.accounts[who] = ask_from(account, day + 1)
            return
        self.busy.add(who)
        opens = 0 if rule else world.channels[action.channel].open_hour
        ready = max(second, day * DAY + max(action.hour, opens) * HOUR)
        self.env.process(self._touch(who, action, role, ready))

    def _role(self, world: World, account: Account, action: Action) -> int:
        """Seat that the action needs; every k failed talks the next is the supervisor's."""
        role = world.channels[action.channel].role
        k = world.organisation.supervisor_after
        if role == Role.PHONE and k and account.contacts.failed_talks % (k + 1) == k:
            # A vacant supervisor's post holds nobody up: the collectors carry on.
            return Role.SUPERVISOR if self.floor.manned(Role.SUPERVISOR, self.today.day) else role
        return role

    def _can_serve(self, role: int) -> bool:
        """Tell whether the role works today at all."""
        if role == Role.NOBODY:
            return True
        if role == Role.BOT:
            return self.floor.ports > 0
        return self.open_today and self.floor.staffed(role)

    def _slips_through(self, account: Account) -> bool:
        """At imperfect adherence what the law refuses may be done all the same."""
        touch = 8 * self.today.day + min(7, account.contacts.touches_today)
        luck = draw(account.traits.luck, Purpose.GATE, touch)
        return luck >= self.now_practice.world.law.adherence

    def _blocked(
        self, account: Account, action: Action, second: int, rule: int, event: int = Event.BLOCKED
    ) -> None:
        """Record what the law refused, or that it was done all the same (a breach)."""
        self._note(
            account, second, event, rule=rule,
            channel=action.channel, tone=action.tone, offer=action.offer,
            outcome=Outcome.DROPPED if event == Event.BLOCKED else Outcome.NONE,
            p_breach=1.0 - self.now_practice.world.law.adherence,
        )  # fmt: skip

    # --- touches -----------------------------------------------------------------------------

    def _touch(self, who: int, action: Action, role: int, ready: int) -> Steps:
        """One touch: ready, seat, talk, resolve; then the strategy is asked again."""
        yield _event(self.env, ready, Kind.READY, who)
        seat, ticket = None, None
        if role != Role.NOBODY:
            ticket = self._queue(role, WORK, -action.urgency, who)
            seat = yield ticket.granted
        if not self._may_go_on(who, action, role, seat, ready):
            if seat is not None:
                self.floor.pool(role).give_back(seat)
            self._over(who, again=False)
            return
        if seat is None:
            account = self.accounts[who]
            world = self.now_practice.world
            self.accounts[who] = resolve_unseated(world, account, action, self.env.now, self.out)
        else:
            yield from self._serve(who, action, role, seat, ready)
        self._over(who, again=True)

    def _queue(self, role: int, rank: int, urgency: float, who: int) -> Ticket:
        """Take a ticket; what must wait is recorded."""
        pool = self.floor.pool(role)
        ticket = Ticket(self.env, role, (rank, urgency, self.env.now, who))
        pool.ask(ticket)
        return ticket

    def _may_go_on(
        self, who: int, action: Action, role: int, seat: Seat | None, ready: int
    ) -> bool:
        """Ask again when the seat is there: served at all, still wanted, lawful, paid for."""
        account, now, world = self.accounts[who], self.env.now, self.now_practice.world
        more = {
            "channel": action.channel, "tone": action.tone, "offer": action.offer,
            "waited": now - ready, "outcome": Outcome.DROPPED,
        }  # fmt: skip
        if role != Role.NOBODY and (seat is None or self._too_late(account, action, seat)):
            self._note(account, now, Event.UNSERVED, **more)
            return False
        engaged = world.channels[action.channel].voice and who in self.on_line
        if engaged or self._stale(account):
            self._note(account, now, Event.STALE, **more)
            return False
        rule = blocked_by(world, account, action, now)
        if rule != Rule.NONE and not self._slips_through(account):
            self._blocked(account, action, now, rule)
            return False
        cost = _cost(world, account, action)
        if cost > self.purse:
            self._note(account, now, Event.UNFUNDED, **more)
            return False
        self.purse -= cost
        if rule != Rule.NONE:
            self._blocked(account, action, now, rule, Event.BREACH)
        return True

    def _stale(self, account: Account) -> bool:
        """Paid up, agreed or closed since the touch was planned."""
        day = self.today.day
        if loans.balance(account.loan) == 0 or account.plan.left > 0:
            return True
        return account.deeds.bucket > 0 and loans.past_due(account.loan, day) == 0

    def _too_late(self, account: Account, action: Action, seat: Seat) -> bool:
        """No visit starts that cannot end."""
        if action.channel != Channel.VISIT:
            return False
        world = self.now_practice.world
        met = meets(world, account, action.channel, self.env.now)
        seconds: int = seat_seconds(world, account, action.channel, met, self.env.now)
        return bool(self.env.now + seconds > seat.ends)

    def _serve(self, who: int, action: Action, role: int, seat: Seat, ready: int) -> Steps:
        """The seat is taken: the call, the visit or the desk work, then what came of it."""
        account, started, world = self.accounts[who], self.env.now, self.now_practice.world
        voice = world.channels[action.channel].voice
        met = meets(world, account, action.channel, started) if voice else 0
        said = bot_speaker(world)
        if voice and role != Role.BOT:
            said = self._speaker(seat, account)
        seconds = max(1, seat_seconds(world, account, action.channel, met, started))
        if met == 2 and action.channel != Channel.VISIT:
            self.on_line.add(who)
        yield _event(self.env, started + seconds, Kind.DONE, who)
        self.on_line.discard(who)
        account = self.accounts[who]
        if voice:
            if role == Role.SUPERVISOR:
                more = action.share + world.people.supervisor_share
                action = action._replace(share=more if action.share > 0.0 else 0.0)
            self.accounts[who] = resolve(
                world, account, self.today, action, said, met, started, self.env.now,
                started - ready, False, self.out,
            )  # fmt: skip
            if met == 2:
                self._tire(seat, seconds)
        else:
            self.accounts[who] = resolve_unseated(world, account, action, self.env.now, self.out)
        self.floor.pool(role).give_back(seat)

    def _speaker(self, seat: Seat, account: Account) -> Any:
        person: Collector = self.floor.people[seat.post]
        return speaker(self.now_practice.world, person, self.today.day, account.contacts.talks > 0)

    def _tire(self, seat: Seat, seconds: int) -> None:
        person = self.floor.people.get(seat.post)
        if person is not None:
            self.floor.people[seat.post] = person._replace(talked=person.talked + seconds)

    def _over(self, who: int, *, again: bool) -> None:
        """The touch is over; the strategy is asked again at once, or tomorrow."""
        self.busy.discard(who)
        if again and self.env.now // DAY == self.today.day:
            self._plan(who, self.env.now)
        else:
            self.accounts[who] = ask_from(self.accounts[who], self.today.day + 1)

    # --- callers and complaints --------------------------------------------------------------

    def _caller(self, who: int, second: int) -> Steps:
        """A borrower calls: a seat, or patience runs out. Who is on the line does not call."""
        yield _event(self.env, second, Kind.RING, who)
        if who in self.on_line:
            return
        account = self.accounts[who]
        self._note(account, second, Event.RANG, channel=Channel.PHONE)
        role = Role.PHONE if self.floor.staffed(Role.PHONE) else Role.COMPLAINTS
        seat = None
        self.on_line.add(who)
        if self._can_serve(role):
            ticket = self._queue(role, CALLER, 0.0, who)
            self.env.process(self._patience(ticket, account))
            seat = yield ticket.granted
        if seat is not None:
            yield from self._answer(who, role, seat, second)
        else:
            self._note(
                self.accounts[who], self.env.now, Event.ABANDONED, channel=Channel.PHONE,
                waited=self.env.now - second,
            )  # fmt: skip
        self.on_line.discard(who)
        if who < 0:
            del self.accounts[who]

    def _answer(self, who: int, role: int, seat: Seat, second: int) -> Steps:
        """Talk to the caller who rang at *second*."""
        account, started, world = self.accounts[who], self.env.now, self.now_practice.world
        said = self._speaker(seat, account)
        said = said._replace(skill=said.skill + world.borrower.ring_will)
        seconds = max(1, seat_seconds(world, account, Channel.PHONE, 2, started))
        yield _event(self.env, started + seconds, Kind.DONE, who, 1)
        account = self.accounts[who]
        self.accounts[who] = resolve(
            world, account, self.today, inbound(world), said, 2, started, self.env.now,
            started - second, True, self.out,
        )  # fmt: skip
        self._tire(seat, seconds)
        self.floor.pool(role).give_back(seat)

    def _patience(self, ticket: Ticket, account: Account) -> Steps:
        world, day = self.now_practice.world, self.today.day
        luck = draw(account.traits.luck, Purpose.PATIENCE, day)
        seconds = patience_seconds(world, account, luck)
        yield _event(self.env, self.env.now + seconds, Kind.HANG_UP, account.id)
        self.floor.pool(ticket.role).hang_up(ticket)

    def _complaint(self, who: int, second: int) -> Steps:
        """The desk handles a complaint; what is left at closing time waits for the next day."""
        f = self.now_practice.world.floor
        day = second // DAY
        seat: Seat | None = None
        while seat is None:
            yield _event(self.env, day * DAY + int(f.open_hour * HOUR), Kind.READY, who, 2)
            if self._can_serve(Role.COMPLAINTS):
                seat = yield self._queue(Role.COMPLAINTS, WORK, 0.0, who).granted
            day += 1
        seconds = max(1, int(60 * f.complaint_minutes))
        yield _event(self.env, self.env.now + seconds, Kind.DONE, who, 2)
        self.floor.pool(Role.COMPLAINTS).give_back(seat)


def patience_seconds(world: World, account: Account, luck: float) -> int:
    """Seconds for which a caller waits: exponential around the person's own patience."""
    mean = 60.0 * world.borrower.patience_minutes * account.traits.patience
    return max(1, int(-mean * math.log(1.0 - luck)))


def _cost(world: World, account: Account, action: Action) -> float:
    """Cents that the touch takes from the purse."""
    cost = world.channels[action.channel].cost
    if action.channel == Channel.VISIT:
        cost += world.floor.travel_cost[account.traits.region]
    if action.channel == Channel.LITIGATION:
        cost += court_fee(loans.balance(account.loan))
    return cost
