"""R1 as a network of queues in Ciw: a node where borrowers live, and the floor.

Ciw has neither a state of customers nor an order of simultaneous events, so borrowers keep theirs
in a list beside the network, days without a call pass inside the service time of the first node,
and who asks in the same second comes a fraction later by id. The trace is the same all the same.
Every event searches all customers of a node: the time grows with the square of the book.
"""

from __future__ import annotations

import math
from typing import Any

from benchmarks import r1
from benchmarks.engines.base import MissingError, Run

GRAIN = 2.0**-22  #: ids as fractions of a second, exact in a float of this size


class People:
    """The borrowers beside the network, and the trace."""

    def __init__(self, borrowers: int) -> None:
        self.state = [r1.first_day(who) for who in range(borrowers)]
        self.next_morning = [0] * borrowers
        self.asked = [0] * borrowers
        self.began = [0] * borrowers
        self.rows: list[r1.Row] = []

    def next_request(self, who: int) -> float:
        """Pass mornings until one ends in a request; return its time, infinite if none does."""
        for day in range(self.next_morning[who], r1.DAYS):
            late = day - self.state[who].due
            self.state[who], post = r1.morning(self.state[who], day)
            if post != r1.Post.NOTHING:
                self.rows.append((day * r1.DAY, int(post), who, late))
            second = r1.plan(self.state[who], day)
            if second != r1.NEVER:
                self.next_morning[who], self.asked[who] = day + 1, second
                return second + who * GRAIN
        return math.inf

    def begin(self, who: int, now: float) -> float:
        """Begin a call; return its length."""
        self.began[who] = int(now)
        return self.began[who] + r1.seat_time(self.state[who], self.began[who]) - now

    def end(self, who: int) -> None:
        """End the call."""
        began = self.began[who]
        ended = began + r1.seat_time(self.state[who], began)
        self.state[who], post = r1.resolve(self.state[who], began)
        self.rows.append((ended, int(post), who, began - self.asked[who]))

    def send_away(self, who: int) -> None:
        """The floor closes."""
        closes = self.closes(who)
        self.rows.append((closes, int(r1.Post.UNSERVED), who, closes - self.asked[who]))

    def closes(self, who: int) -> int:
        """Second at which the floor closes on the day of the request."""
        return self.asked[who] // r1.DAY * r1.DAY + r1.CLOSE

    def place(self, who: int) -> tuple[int, int, int]:
        """Place in the queue."""
        day = self.asked[who] // r1.DAY
        return r1.rank(self.state[who], day), self.asked[who], who


def idiomatic() -> Run:
    """Import Ciw."""
    try:
        import ciw
    except ImportError:
        raise MissingError("Ciw is not installed") from None

    def run(borrowers: int) -> r1.Trace:
        people = People(borrowers)
        ciw.Simulation(network(ciw, people, borrowers)).simulate_until_max_time(r1.DAYS * r1.DAY)
        return r1.traced(people.rows)

    return run


def network(ciw: Any, people: People, borrowers: int) -> Any:
    """Two nodes: life with room for all, the floor with its seats."""

    class Time(ciw.dists.Distribution):  # type: ignore[misc]
        def __init__(self, of: Any) -> None:
            self.of = of

        def sample(self, t: float | None = None, ind: Any = None) -> float:
            return self.of(ind.id_number - 1, t)

        def __deepcopy__(self, _: Any) -> Any:
            return self  # a copy would bring copies of the borrowers

    class Home(ciw.routing.Direct):  # type: ignore[misc]
        def next_node(self, ind: Any) -> Any:
            people.end(ind.id_number - 1)
            return super().next_node(ind)

        def next_node_for_jockeying(self, ind: Any) -> Any:
            people.send_away(ind.id_number - 1)
            return super().next_node(ind)

    def first(individuals: list[Any], _: float) -> Any:
        return min(individuals, key=lambda ind: people.place(ind.id_number - 1))

    return ciw.create_network(
        arrival_distributions=[ciw.dists.Sequential([0.0, math.inf]), None],
        batching_distributions=[ciw.dists.Deterministic(borrowers), ciw.dists.Deterministic(1)],
        number_of_servers=[math.inf, r1.seats(borrowers)],
        service_distributions=[
            Time(lambda who, now: people.next_request(who) - now),
            Time(people.begin),
        ],
        reneging_time_distributions=[None, Time(lambda who, now: people.closes(who) - now)],
        service_disciplines=[ciw.disciplines.FIFO, first],
        routing=ciw.routing.NetworkRouting(routers=[ciw.routing.Direct(to=2), Home(to=1)]),
    )
