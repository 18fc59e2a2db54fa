"""`dunning parity`: both engines in lock-step."""

from __future__ import annotations

import typer

from sim.cli import options as o
from sim.cli.say import say
from sim.core.errors import BadInput

DIFFER = 3


def add(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("parity", help="Play both engines in lock-step until their ledgers differ.")(
        o.on_own_book(parity)
    )


def parity(
    scenario: o.ScenarioName,
    strategies: o.Strategies = None,
    replication: str = typer.Option("0", metavar="R", help="Which world."),
    seed: o.Seed = "0",
    accounts: o.Accounts = None,
    days: o.Days = None,
    budget: o.Budget = "same",
    start: o.Start = "in_place",
    settings: o.Settings = None,
    own: o.OwnBook = o.DRAWN,
) -> int:
    """Play both engines; exit code 3 where a posting differs."""
    from sim.engine.fast import NotCompilableError
    from sim.play.affordable import check_files
    from sim.play.own_book import own_book
    from sim.play.parity import parity as compared
    from sim.play.run import fitted, setting
    from sim.scenario import Scenario
    from sim.strategies import SHELF, named

    found = Scenario.load(scenario, settings or ())
    names = o.names("--strategies", strategies or ",".join(SHELF))
    world = o.whole("--replication", replication, 99_999, 0)
    n, d, luck = o.accounts(accounts), o.days(days), o.seed(seed)
    check_files(found, names, d)
    book = own_book(**own.asked(), accounts=n)
    at = setting(found, luck, n, d, budget, start, late=book.late)
    code = 0
    for name in names:
        try:
            same = compared(at, fitted(at, named(name))[0], world)
        except NotCompilableError as reason:
            raise BadInput("parity", name, "fast", f"the compiled engine: {reason}") from None
        if same.difference is None:
            say(f"{name}: {same.postings:,} postings, equal")
            continue
        code = DIFFER
        say(f"{name}: the first {same.postings:,} postings are equal, then they differ")
        say(f"  story {_told(same.difference.story)}")
        say(f"  fast  {_told(same.difference.fast)}")
    return code


def _told(posting: object) -> str:
    return "ended" if posting is None else str(posting)
