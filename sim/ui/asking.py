"""The next question, made from the last one: what a page changes, in the words of the command line.

Nothing here knows a page. A question is refused with `BadInput` as the command line would.
"""

from __future__ import annotations

import datetime as dt
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from sim.agents import budget
from sim.core.errors import BadInput
from sim.experiments.question import Question, settle
from sim.scenario import Scenario
from sim.store.runs import RunFolder
from sim.store.runs.progress import heard
from sim.strategies import SHELF, USUAL, named

RUNS = 20  #: replications of a question nobody has asked yet
MOST_RUNS = 1_000
LONGEST = 900.0  #: seconds that a run may take to begin
AGAIN = 20.0  #: seconds until a run begins where one like it was played before


def usual(scenario: str) -> Question:
    """Return the question that a scenario on the shelf asks by itself."""
    found = Scenario.load(scenario)
    book = found.book
    return Question(
        found, scenario, (), tuple(USUAL), RUNS, 0, book.accounts, book.days,
        "same", "in_place", "new", "auto", "phone_only",
    )  # fmt: skip


def settings(question: Question) -> dict[str, str]:
    """Return what the question sets, value by path; the last one counts."""
    pairs = (text.partition("=") for text in question.settings)
    return {path.strip(): value.strip() for path, _, value in pairs}


def with_settings(question: Question, changes: Mapping[str, float | None]) -> Question:
    """Return the question with other values; None takes a value back to the scenario's own.

    Raises
    ------
    BadInput
        An unknown path, or a value that is not allowed.
    """
    mine = settings(question)
    for path, value in changes.items():
        mine.pop(path, None)
        if value is not None:
            mine[path] = f"{value:.10g}"
    texts = tuple(f"{path}={value}" for path, value in mine.items())
    return replace(question, scenario=Scenario.load(question.source, texts), settings=texts)


def words(question: Question) -> list[str]:
    """Return the words after ``dunning`` that ask the question."""
    return shlex.split(question.command())[1:]


def check(question: Question) -> None:
    """Refuse what cannot be played, before anybody waits for it.

    Raises
    ------
    BadInput
        Fewer than one challenger, too many runs, a horizon out of bounds, or a budget that does
        not pay for a strategy's fixed costs.
    """
    if question.baseline not in question.strategies:
        raise BadInput("baseline", "", question.baseline, f"{', '.join(question.strategies)}")
    if not challengers(question.strategies, question.baseline):
        raise BadInput("strategies", "", len(question.strategies), "a baseline and one more")
    if question.replications is not None and not 1 <= question.replications <= MOST_RUNS:
        raise BadInput("replications", "", question.replications, f"1 to {MOST_RUNS}")
    settle(question)
    for name in question.strategies:
        budget.staff(
            question.scenario, named(name).organisation, question.accounts, question.budget
        )


def least(question: Question, name: str) -> float:
    """Return the least monthly budget of the real book that pays a strategy's fixed costs, CNY."""
    now = budget.monthly(question.scenario)
    low, high = now, max(now, 1.0)
    while not affords(question, name, high):
        low, high = high, 2.0 * high
    while high - low > 0.005 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if affords(question, name, middle) else (middle, high)
    return high


def affords(question: Question, name: str, monthly: float) -> bool:
    """Tell whether a monthly budget pays for a strategy's fixed costs."""
    scenario = question.scenario.with_({"budget.monthly": monthly})
    try:
        budget.staff(scenario, named(name).organisation, question.accounts, question.budget)
    except BadInput:
        return False
    return True


def unaffordable(question: Question) -> list[str]:
    """Return the strategies whose fixed costs the budget does not pay; of no accounts, none."""
    if question.accounts < 1:  # refused for that; no budget would be enough
        return []
    now = budget.monthly(question.scenario)
    return [n for n in question.strategies if n in SHELF and not affords(question, n, now)]


def challengers(strategies: Iterable[str], baseline: str) -> list[str]:
    """Return the strategies that may win against *baseline*."""
    return [n for n in strategies if n != baseline and n in SHELF and not SHELF[n].reference]


# --- money and people -----------------------------------------------------------------------------


def collectors(scenario: Scenario) -> float:
    """Return how many phone collectors at the usual wage the budget of the real book pays."""
    return (budget.monthly(scenario) - _desk(scenario)) / scenario.people.wage


def spend(scenario: Scenario, heads: float) -> float:
    """Return the monthly budget, CNY, that pays so many collectors beside the complaint desk."""
    return heads * scenario.people.wage + _desk(scenario)


def _desk(scenario: Scenario) -> float:
    """Return what the complaint desk that every lender keeps costs, CNY a month."""
    thousands = scenario.book.real_accounts / 1_000.0
    return budget.COMPLAINT_DESK * thousands * scenario.people.wage_senior


# --- how long -------------------------------------------------------------------------------------


class Timing(NamedTuple):
    """How fast this machine plays: seconds before the first play, and per account and day."""

    ready: float = 60.0  #: the first time, when the schedule is compiled and the book fitted
    pace: float = 2e-5


def seconds(question: Question, timing: Timing) -> float:
    """Return about how long the question takes."""
    plays = (question.replications or RUNS) * len(question.strategies)
    return timing.ready + timing.pace * plays * question.accounts * question.days


def timing(runs: Sequence[RunFolder]) -> Timing:
    """Return the pace of the first of *runs* that tells it, and how soon the quickest began.

    A guess where none does. The slowest to begin had to compile, which the next will not.
    """
    found = [told for run in runs if (told := _told(run))]
    if not found:
        return Timing()
    return Timing(min([AGAIN, *(one.ready for one in found)]), found[0].pace)


def _told(run: RunFolder) -> Timing | None:
    """Return how fast a stored run was; None where it does not tell."""
    told, manifest = heard(run.path), run.manifest
    size = manifest["question"].get("accounts", 0) * manifest["question"].get("days", 0)
    if not (told and told.done > told.before and size):
        return None
    ready = told.began - dt.datetime.fromisoformat(manifest["created"]).timestamp()
    pace = (told.updated - told.began) / (told.done - told.before) / size
    # Continued on another day, a run says nothing about how long it takes to begin.
    return Timing(ready if 0.0 <= ready < LONGEST else AGAIN, pace)
