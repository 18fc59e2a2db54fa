"""The floor: seats by role, with people in them, and the queue before them.

Our own small class on SimPy events, because a SimPy resource has neither shifts nor faces, and
its priority queue sorts the whole list at every request. Waiting tickets lie in a heap of
``(class, -urgency, ready time, account)``, callers first; free collectors in a heap of
``(free since, post)``: the longest free takes the next ticket.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heapify, heappop, heappush
from typing import NamedTuple

import simpy

from sim.agents.budget import Post
from sim.agents.collector import Collector
from sim.agents.shifts import begins, on_duty, overtime_rate, stays
from sim.core.domain import DAY, Role
from sim.engine.gate import shortened
from sim.scenario.world import World

CALLER, WORK = 0, 1  #: classes of the queue


class Seat(NamedTuple):
    """What a ticket is granted: a post until its shift ends, and since when it was free."""

    post: int  #: -1 for a bot port
    ends: int  #: second


class Ticket:
    """One touch that waits for a seat; `granted` gives the seat, or None when none comes."""

    __slots__ = ("granted", "key", "ready", "role", "waiting")

    def __init__(self, env: simpy.Environment, role: int, key: tuple[int, float, int, int]) -> None:
        self.granted = env.event()
        self.role = role
        self.key = key
        self.ready = key[2]
        self.waiting = True

    def answer(self, seat: Seat | None) -> None:
        """Grant *seat*, or turn the ticket away."""
        self.waiting = False
        self.granted.succeed(seat)


class Tally:
    """What one role did on one day, in seconds and counts."""

    __slots__ = ("abandoned", "busy", "open", "overtime", "paid", "tickets", "unserved", "waited")

    def __init__(self) -> None:
        self.open = self.busy = self.overtime = self.paid = 0
        self.tickets = self.abandoned = self.unserved = 0
        self.waited = 0


class Pool:
    """The seats of one role.

    A ticket ends served, abandoned (the caller hung up) or unserved (nobody came before closing).
    A post whose next shift begins before its work is done carries on with it.
    """

    def __init__(self, env: simpy.Environment) -> None:
        self.env = env
        self.free: list[tuple[int, int]] = []  # (free since, post)
        self.ends: dict[int, int] = {}  # post to the second at which its shift ends
        self.taken: dict[int, int] = {}  # post at work to the second from which it is not counted
        self.waiting: list[tuple[tuple[int, float, int, int], int, Ticket]] = []
        self.asked = 0  # tickets so far: the last tie-break, between two of one account
        self.until = 0  # closed from this second on
        self.tally = Tally()

    def open_until(self, second: int) -> None:
        """Take tickets until *second*."""
        self.until = second

    def come_on(self, posts: Iterable[tuple[int, int]]) -> None:
        """Posts ``(number, shift end)`` start their shift now."""
        self.settle()
        ends = dict(posts)
        self.ends.update(ends)
        self.free = [seat for seat in self.free if seat[1] not in ends]
        self.free += [(self.env.now, number) for number in ends if number not in self.taken]
        heapify(self.free)
        self.serve()

    def ask(self, ticket: Ticket) -> None:
        """Queue *ticket*; it is served at once where a seat is free, and never after closing."""
        self.tally.tickets += 1
        if self.env.now >= self.until:
            self._turn_away(ticket)
            return
        self.asked += 1
        heappush(self.waiting, (ticket.key, self.asked, ticket))
        self.serve()

    def give_back(self, seat: Seat) -> None:
        """The seat is free again; time beyond the shift's end was overtime."""
        self._count(seat.post)
        del self.taken[seat.post]
        if self.env.now < self.ends[seat.post]:
            heappush(self.free, (self.env.now, seat.post))
            self.serve()

    def serve(self) -> None:
        """Give free seats to waiting tickets, best first; tickets that left are passed over."""
        while self.free and self.waiting:
            if self.ends[self.free[0][1]] <= self.env.now:
                heappop(self.free)
                continue
            _, _, ticket = heappop(self.waiting)
            if not ticket.waiting:
                continue
            _, post = heappop(self.free)
            self.taken[post] = self.env.now
            self._answer(ticket, Seat(post, self.ends[post]))

    def hang_up(self, ticket: Ticket) -> None:
        """The caller's patience is over, unless a seat came first."""
        if ticket.waiting:
            self.tally.abandoned += 1
            self._answer(ticket, None)

    def close(self) -> None:
        """The doors close: nobody else is served today."""
        self.free.clear()
        while self.waiting:
            _, _, ticket = heappop(self.waiting)
            if ticket.waiting:
                self._turn_away(ticket)

    def settle(self) -> None:
        """Count the work in progress up to now; what follows belongs to the next tally."""
        for post in self.taken:
            self._count(post)

    def _turn_away(self, ticket: Ticket) -> None:
        self.tally.unserved += 1
        self._answer(ticket, None)

    def _answer(self, ticket: Ticket, seat: Seat | None) -> None:
        self.tally.waited += self.env.now - ticket.ready
        ticket.answer(seat)

    def _count(self, post: int) -> None:
        now, since = self.env.now, self.taken[post]
        inside = max(0, min(now, self.ends[post]) - since)
        self.tally.busy += inside
        self.tally.overtime += now - since - inside
        self.taken[post] = now


class Floor:
    """All roles, and who works today."""

    def __init__(self, env: simpy.Environment, posts: tuple[Post, ...], ports: int) -> None:
        self.env = env
        self.posts = posts
        self.ports = ports
        self.people: dict[int, Collector] = {}
        self.pools: dict[int, Pool] = {}
        self.turn = 0  # working days so far, today aside
        self.saturday = False  # a sixth day for those who are on the rota
        self.rate = 0.0  # seconds of overtime for each second that the phone is paid today
        self.extra_cents = 0.0  # what it costs
        self.short_until = 0  # day up to which the floor counts as short of seats on the phone

    def pool(self, role: int) -> Pool:
        """The seats of *role*, made on first use."""
        if role not in self.pools:
            self.pools[role] = Pool(self.env)
        return self.pools[role]

    def staffed(self, role: int) -> bool:
        """Tell whether anybody is ever employed in *role*."""
        return any(p.role == role for p in self.posts)

    def manned(self, role: int, day: int) -> bool:
        """Tell whether anybody in *role* is there on *day*; a post may be vacant."""
        return any(p.role == role for p in self.present(day))

    def present(self, day: int) -> list[Post]:
        """Posts that are filled on *day*."""
        return [p for p in self.posts if self.people[p.number].absent_until <= day]

    def on_duty(self, day: int) -> list[Post]:
        """Posts that are filled on *day* and work on it: some work on a share of the days."""
        if self.saturday:
            week = day // 7
            return [p for p in self.present(day) if on_duty(p.saturdays, week + p.number)]
        return [p for p in self.present(day) if on_duty(p.share, self.turn)]

    def crews_today(self, day: int) -> bool:
        """Tell whether a field crew is out on *day*."""
        return any(p.role == Role.FIELD for p in self.on_duty(day))

    def overtime(self, world: World, day: int, price: float, most: float, cents: float) -> float:
        """Let the phone stay on today for what *cents* buy, at most; return what it costs."""
        phone = [p for p in self.on_duty(day) if p.role == Role.PHONE]
        paid = sum(self._hours(p)[2] for p in phone)
        self.rate = overtime_rate(paid, price, most, cents)
        self.extra_cents = price * sum(self._stays(world, p) for p in phone)
        return self.extra_cents

    def _hours(self, post: Post) -> tuple[int, int, int]:
        """First second of the post's day, and the seconds that it works and is paid."""
        thin, evenings = self.people[post.number].thin, 0.0 if self.saturday else post.evenings
        first = begins(post.start, post.late, evenings, self.turn + post.number)
        return first, shortened(post.end - post.start, thin), shortened(post.paid, thin)

    def _stays(self, world: World, post: Post) -> int:
        """Seconds of overtime that the post works today."""
        if post.role != Role.PHONE:
            return 0
        first, length, paid = self._hours(post)
        more: int = stays(world, self.rate, paid, first + length)
        return more

    def shifts(self, world: World, day: int) -> dict[tuple[int, int], list[tuple[int, int]]]:
        """Who comes on when: (role, second) to posts with the second at which they leave."""
        found: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for p in self.on_duty(day):
            (first, length, paid), more = self._hours(p), self._stays(world, p)
            start = day * DAY + first
            found.setdefault((p.role, start), []).append((p.number, start + length + more))
            self.pool(p.role).tally.open += length + more
            self.pool(p.role).tally.paid += paid + more
        return found
