"""What the tests share: a small scenario, a cache of their own, and one way to tell a story."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import settings
from xdist.scheduler import LoadGroupScheduling

from sim.agents.budget import Post, staff
from sim.agents.population import book as starting_book
from sim.agents.population import entrants
from sim.core.cache import code
from sim.core.domain import HOUR, Account, Action, Event, Organisation, Role, View
from sim.core.rng import stream
from sim.engine import Facts, Story
from sim.engine.seasoning import calendar
from sim.engine.story.schedule import Practice
from sim.play.pool import pool_of
from sim.scenario import Scenario
from sim.scenario.world import world
from sim.strategies import SHELF, Strategy
from sim.strategies.base import wait
from sim.strategies.do_nothing import DO_NOTHING

#: Endings of an outbound touch: each touch leaves exactly one of these in the ledger.
ENDINGS = (
    Event.DIALLED, Event.REACHED, Event.VISITED, Event.SENT, Event.FILED,
    Event.UNSERVED, Event.STALE, Event.BLOCKED, Event.UNFUNDED, Event.PLACED, Event.MEDIATED,
    Event.CLOSED,
)  # fmt: skip


settings.register_profile("lab", deadline=None)  # a busy machine is no fault of the code
settings.load_profile("lab")


class ByFile(LoadGroupScheduling):
    """Tests of a group, and else of a file, go to one process: what they share is made once."""

    def _split_scope(self, nodeid: str) -> str:
        scope: str = super()._split_scope(nodeid)
        return scope.partition("::")[0]


def pytest_xdist_make_scheduler(config, log):
    """Deal the tests out by group and file; pytest from 9.2 on loses the groups."""
    return ByFile(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Pools and fits go to a folder of this session, shared by its processes.

    Machine code stays where it is: its name says of which sources it is made.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DUNNING_CODE", str(code()))
        patch.setenv("DUNNING_DOUBT", "0")  # a test that doubts says so
        patch.setenv("DUNNING_CACHE", str(shared / "cache"))
        yield


@pytest.fixture(scope="session")
def small() -> Scenario:
    """The default scenario with a pool that is made in a second."""
    return Scenario.load("weilidai", ["book.pool=100"])


@pytest.fixture(scope="session")
def plain(small: Scenario) -> Scenario:
    """The same with collectors who are all alike, stay, and keep to the script."""
    alike = dict.fromkeys(
        ("skill_sd", "green", "fatigue", "quit_early", "quit_late", "misconduct", "notes_gain"), 0.0
    )
    return small.with_({f"people.{name}": value for name, value in alike.items()})


@pytest.fixture(scope="session")
def seats() -> Callable[..., tuple[Post, ...]]:
    """Make *number* posts of *role* from hour to hour."""

    def made(
        number: int, role: int = Role.PHONE, start: float = 9.0, end: float = 18.0
    ) -> tuple[Post, ...]:
        first, last = int(start * HOUR), int(end * HOUR)
        return tuple(
            Post(100_000 * role + i, int(role), first, last, 800_000.0, last - first)
            for i in range(number)
        )

    return made


@pytest.fixture(scope="session")
def everybody(seats: Callable[..., tuple[Post, ...]]) -> tuple[Post, ...]:
    """A floor with somebody in every role."""
    roles = (
        (Role.PHONE, 3), (Role.FIELD, 2), (Role.LEGAL, 1), (Role.COMPLAINTS, 1), (Role.AGENCY, 1),
    )  # fmt: skip
    return sum((seats(n, role) for role, n in roles), seats(1, Role.SUPERVISOR))


@pytest.fixture(scope="session")
def tell() -> Callable[..., Facts]:
    """Live through one replication of a strategy, with whatever staff and book a test wants."""

    def told(
        scenario: Scenario, strategy: str | Strategy, *, accounts: int = 60, days: int = 28,
        seed: int = 1, replication: int = 0, posts: tuple[Post, ...] | None = None,
        book: Sequence[Account] | None = None, inflow: bool = True,
        callers: Callable[[int], Sequence[tuple[Account, int]]] | None = None,
        kind: type[Story] = Story,
    ) -> Facts:  # fmt: skip
        return _story(
            scenario, strategy, accounts, days, (seed, replication), posts, book, inflow, callers,
            kind,
        ).run()  # fmt: skip

    return told


def _story(
    scenario, strategy, accounts, days, number, posts, book, inflow, callers, kind
) -> Story:  # fmt: skip
    chosen = SHELF[strategy] if isinstance(strategy, str) else strategy
    luck = stream(*number)
    staffing = staff(scenario, chosen.organisation, accounts, "same")
    if posts is not None:
        staffing = staffing._replace(posts=posts, stands_for=1.0)
    practice = Practice(
        world(scenario, chosen.organisation), chosen.decide, chosen.params, staffing
    )
    if book is None:
        pool = pool_of(scenario)
        book = starting_book(scenario, pool.late, pool.current, (luck, luck), accounts)
    coming = lambda day: entrants(scenario, (luck, luck), accounts, day) if inflow else ()  # noqa: E731
    return kind(book, coming, lambda month: practice, calendar(scenario, days), luck, 0.0, callers)


def _anything(params: object, view: View) -> Action:
    """Some channel, tone, offer and hour: another one at every question."""
    if view.dpd == 0:
        return wait(1)
    n = int(view.coin_today * 99_991) + 37 * (view.attempts_today + view.talks) + view.hour
    channel = 1 + n % 11 if view.day % 2 else (5, 6)[n % 2]
    offer, months = n // 40 % 6, 1 + n // 240 % 4
    return Action(channel, n // 10 % 4, offer, months, 0.3, 8 + n % 13, 0, view.coin_today)


@pytest.fixture(scope="session")
def anything() -> Strategy:
    """A strategy that tries everything, with every role on the floor."""
    return replace(
        DO_NOTHING,
        name="anything",
        decide=_anything,
        organisation=Organisation(
            field_share=0.3, legal_share=0.1, purse_share=0.2, bot_ports=40.0, supervisor_after=2,
            shared_notes=True, incentive=0.5, repair=0.5, inspection=0.1, own_seats=6.0,
            agency_seats=20.0, machine_inspection=0.2, sell_from=240, self_service=0.5,
        ),
        reference=False,
    )  # fmt: skip
