"""One year of one arm: the engines play it, and it is counted at the end of every month.

Each month's numbers are those of the metrics, as if the run ended there: so the last month's net
value is the run's, and nothing is defined twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from sim.core.domain import HOUR, Account, Role
from sim.core.errors import BadInput
from sim.engine import Trail, trail_of
from sim.engine.fast import NotCompilableError, Start
from sim.engine.fast.tables import postings
from sim.engine.ledger import Columns, final_columns
from sim.engine.seasoning import calendar
from sim.play import metrics
from sim.play.run import closed, pool_for
from sim.play.staging import Setting, fast, practice_by_month, story
from sim.strategies import Strategy

MONTH = 30  #: days
#: Counted at each month's end, from the first day on.
MEASURES = (
    "net_value", "amount_recovered", "cost_staff", "cost_variable", "cost_fixed", "cost_one_off",
    "cost_complaints", "complaints", "breaches", "overdue_rate", "success_rate", "satisfaction",
    "value_one_off",
)  # fmt: skip
ENOUGH = 100_000  #: accounts of which the people are counted; larger books in proportion
ROLES = tuple(role for role in Role if role not in (Role.NOBODY, Role.BOT))  #: people

Task = tuple[int, str]  #: replication and arm
State = tuple[Start | Sequence[Account], float]  #: accounts, and the lender's name
Counts = dict[str, list[tuple[float, float]]]  #: by metric: numerator and denominator per month


class Lived(NamedTuple):
    """A run with its accounts as they stood at the end of each month."""

    trail: Trail
    rows: list[int]  #: postings until the end of each month
    ends: list[Columns]
    states: list[State]  #: accounts, and the lender's name


@dataclass(frozen=True)
class Arms:
    """All that the replications of a roll-out share; a worker gets it once."""

    settings: Mapping[str, Setting]  #: by arm
    present: Strategy

    def __call__(self, task: Task) -> Counts | str:
        """Play one replication of one arm; one that breaks off is a reason."""
        replication, arm = task
        try:
            return _counted(self.settings[arm], self.present, replication)
        except BadInput:
            raise
        except Exception as error:
            return f"{type(error).__name__}: {error}"


def _counted(at: Setting, present: Strategy, replication: int) -> Counts:
    run = lived_by_month(at, present, replication)
    counts: Counts = {name: [] for name in MEASURES}
    for month, (n, end) in enumerate(zip(run.rows, run.ends, strict=True)):
        days = min(at.days, MONTH * (month + 1))
        state, fame = run.states[month]
        trail = Trail(
            {name: column[:n] for name, column in run.trail.ledger.items()},
            run.trail.seats[run.trail.seats[:, 0] < days],
            run.trail.daily,
            end,
            run.trail.practices[: month + 1],
            state,
            fame,
        )
        tables = closed(replace(at, days=days), present, replication, trail)
        for name in MEASURES:
            counts[name].append(metrics.SHELF[name].compute(tables))
    return counts


def posts(at: Setting, present: Strategy, real_accounts: int) -> dict[str, list[float]]:
    """Return full-time people of the real book by role and month, as the budget pays them."""
    size = min(real_accounts, ENOUGH)
    floor = at.scenario.floor
    practice = practice_by_month(replace(at, accounts=size), present)
    plans = [practice(month).staffing.posts for month in range(-(-at.days // MONTH))]
    found: dict[str, list[float]] = {}
    for role in ROLES:
        heads = (floor.crew if role == Role.FIELD else 1) * real_accounts / size
        paid = [sum(p.paid for p in plan if p.role == role) for plan in plans]
        found[role.name.lower()] = [heads * s / (floor.shift_hours * HOUR) for s in paid]
    return found


def lived_by_month(at: Setting, present: Strategy, replication: int) -> Lived:
    """Live through a replication in the engine asked for, with a look at each month's end."""
    if at.engine != "story":
        try:
            return _fast(at, present, replication)
        except NotCompilableError:
            if at.engine == "fast":
                raise BadInput("engine", "", "fast", "story, auto") from None
    return _story(at, present, replication)


def _fast(at: Setting, present: Strategy, replication: int) -> Lived:
    days, practice = calendar(at.scenario, at.days), practice_by_month(at, present)
    engine = fast(at, practice, days, pool_for(at, replication), replication)
    parts, ends, states = [], [], list[State]()
    for chunk in engine.run(chunk=MONTH):
        parts.append(chunk.rows)
        ends.append(engine.end(np.ones(len(engine.accounts), dtype=np.bool_)))
        states.append((engine.state(), engine.reputation))
    rows = np.cumsum([len(part) for part in parts]).tolist()
    return Lived(engine.trail(postings(np.concatenate(parts))), rows, ends, states)


def _story(at: Setting, present: Strategy, replication: int) -> Lived:
    days, practice = calendar(at.scenario, at.days), practice_by_month(at, present)
    tale = story(at, practice, days, pool_for(at, replication), replication)
    rows, ends, states = [], [], list[State]()
    for day in range(at.days):
        tale.advance(day)
        if (day + 1) % MONTH == 0 or day + 1 == at.days:
            rows.append(len(tale.books.out))
            accounts = sorted(
                (a for a in tale.scene.accounts.values() if a.id >= 0), key=lambda a: a.id
            )
            ends.append(final_columns(accounts))
            states.append((accounts, tale.books.name()))
    return Lived(trail_of(tale.close()), rows, ends, states)
