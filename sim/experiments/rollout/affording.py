"""Whether a timetable leads to levers with which its policies' means can be paid for."""

from __future__ import annotations

from collections.abc import Iterable

from sim.core.errors import BadInput
from sim.experiments.rollout.playing import MONTH
from sim.play.affordable import Beyond, beyond
from sim.scenario import Scenario
from sim.strategies.timetable import Programme, Timetable, programme
from sim.strategies.timetable.form import LONGEST, POLICY


def afford(tables: Iterable[Timetable], scenario: Scenario, months: int) -> None:
    """Refuse a timetable that leaves a means of its policy without money or people for good.

    On the way a means may lack both, as where crews come later. What counts is the last month that
    is played under a policy, and the months after it that the timetable still plans.

    Raises
    ------
    BadInput
        One line: the timetable, the lever, its value, and what is needed.
    """
    for table in tables:
        plan = programme(table)
        for first, last in _stretches(table, months):
            _afford(plan, scenario, months, first, last)


def _stretches(table: Timetable, months: int) -> list[tuple[int, int]]:
    """Return first and last month (0 is the first) of each policy that is played."""
    turns = {e.start - 1 for e in table.entries if e.lever == POLICY}
    turns |= {e.last for e in table.entries if e.lever == POLICY and e.last}
    begins = sorted({0} | {t for t in turns if t < LONGEST})
    settled = max((max(e.start + e.ramp, e.last + 1) for e in table.entries), default=1)
    ends = [*(b - 1 for b in begins[1:]), min(LONGEST, max(months, settled)) - 1]
    return [(b, e) for b, e in zip(begins, ends, strict=True) if b < months]


def _afford(plan: Programme, scenario: Scenario, months: int, first: int, last: int) -> None:
    """Refuse where nothing from the last month that is played on pays for a means."""
    poor = _beyond(plan, scenario, months, min(last, months - 1))
    for month in range(min(last, months - 1) + 1, last + 1):
        if not poor:
            return
        still = {one.channel for one in _beyond(plan, scenario, months, month)}
        poor = [one for one in poor if one.channel in still]
    for one in poor:
        who, name = plan.policy(first).name, plan.timetable.name
        said = f"{one.needed}; {who} is in force from month {first + 1} on"
        raise BadInput(f"timetable {name}", one.lever, one.value, said)


def _beyond(plan: Programme, scenario: Scenario, months: int, month: int) -> list[Beyond]:
    strategy = plan.policy(month).organised(**plan.organisation(month)._asdict())
    return beyond(scenario, strategy, scenario.book.real_accounts, MONTH * months)
