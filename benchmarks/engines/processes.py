"""R1 as a reader of SimPy's manual would write it: processes, `PriorityResource`, reneging.

Two processes per borrower: a life that wakes every midnight, so that mornings and requests keep
the order of ids, and one per call. Rules and luck are the shared ones, in Python.
"""

from __future__ import annotations

import simpy

from benchmarks import r1
from benchmarks.engines.base import Run


class Borrower:
    """One borrower and the calls made to them."""

    def __init__(
        self, env: simpy.Environment, who: int, floor: simpy.PriorityResource, rows: list[r1.Row]
    ) -> None:
        self.env, self.who, self.floor, self.rows = env, who, floor, rows
        self.state = r1.first_day(who)

    def life(self) -> simpy.events.ProcessGenerator:
        """One morning a day."""
        for day in range(r1.DAYS):
            late = day - self.state.due
            self.state, post = r1.morning(self.state, day)
            if post != r1.Post.NOTHING:
                self.note(post, late)
            second = r1.plan(self.state, day)
            if second != r1.NEVER:
                self.env.process(self.call(day, second))
            yield self.env.timeout(r1.DAY)

    def call(self, day: int, second: int) -> simpy.events.ProcessGenerator:
        """Wait for the second, for a seat until closing, and for the end of the call."""
        yield self.env.timeout(second - self.env.now)
        place = (r1.rank(self.state, day), second, self.who)
        with self.floor.request(priority=place) as seat:
            yield seat | self.env.timeout(day * r1.DAY + r1.CLOSE - second)
            began = self.env.now
            if not seat.triggered:
                self.note(r1.Post.UNSERVED, began - second)
                return
            yield self.env.timeout(r1.seat_time(self.state, began))
        self.state, post = r1.resolve(self.state, began)
        self.note(post, began - second)

    def note(self, post: int, value: int) -> None:
        """Write a row of the trace."""
        self.rows.append((self.env.now, int(post), self.who, value))


def idiomatic() -> Run:
    """Nothing to prepare."""

    def run(borrowers: int) -> r1.Trace:
        env = simpy.Environment()
        rows: list[r1.Row] = []
        floor = simpy.PriorityResource(env, r1.seats(borrowers))
        for who in range(borrowers):
            env.process(Borrower(env, who, floor, rows).life())
        env.run()
        return r1.traced(rows)

    return run
