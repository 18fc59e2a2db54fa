"""R1 in salabim: one component per borrower, a resource with priorities, requests that fail.

Generators instead of greenlets and no monitor on the resource, which is salabim's quicker way;
one component for life and calls, because making a component is dear.
"""

from __future__ import annotations

from typing import Any

from benchmarks import r1
from benchmarks.engines.base import MissingError, Run


def idiomatic() -> Run:
    """Import salabim."""
    try:
        import salabim
    except ImportError:
        raise MissingError("salabim is not installed") from None
    borrower = component(salabim)

    def run(borrowers: int) -> r1.Trace:
        env = salabim.Environment(trace=False, yieldless=False, random_seed=None)
        rows: list[r1.Row] = []
        floor = salabim.Resource("seats", capacity=r1.seats(borrowers), monitor=False, env=env)
        for who in range(borrowers):
            borrower(who=who, floor=floor, rows=rows, env=env)
        env.run()
        return r1.traced(rows)

    return run


def component(salabim: Any) -> type:
    """Component class of a borrower."""

    class Borrower(salabim.Component):  # type: ignore[misc]
        def setup(self, who: int, floor: Any, rows: list[r1.Row]) -> None:
            self.who, self.floor, self.rows = who, floor, rows
            self.state = r1.first_day(who)

        def process(self) -> Any:
            for day in range(r1.DAYS):
                yield self.hold(till=day * r1.DAY)
                late = day - self.state.due
                self.state, post = r1.morning(self.state, day)
                if post != r1.Post.NOTHING:
                    self.note(post, late)
                second = r1.plan(self.state, day)
                if second != r1.NEVER:
                    # Who asks in the same second asks in the order of ids.
                    yield self.hold(till=second, priority=self.who)
                    yield from self.call(day, second)

        def call(self, day: int, second: int) -> Any:
            # Priority is one number: days late, then the second of the day, then the id.
            place = r1.rank(self.state, day) << 38 | second % r1.DAY << 21 | self.who
            yield self.request((self.floor, 1, place), fail_at=day * r1.DAY + r1.CLOSE)
            began = int(self.env.now())
            if self.failed():
                self.note(r1.Post.UNSERVED, began - second)
                return
            yield self.hold(r1.seat_time(self.state, began))
            self.release()
            self.state, post = r1.resolve(self.state, began)
            self.note(post, began - second)

        def note(self, post: int, value: int) -> None:
            self.rows.append((int(self.env.now()), int(post), self.who, value))

    return Borrower
