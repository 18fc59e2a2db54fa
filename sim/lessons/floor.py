"""Lessons about strategies: the twins are a book, worked by a floor with seats and queues."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pandas as pd

from sim.agents.population import book, entrants
from sim.core.domain import Account, Posting
from sim.core.rng import stream
from sim.engine import Facts, Story, trail_of
from sim.engine.seasoning import calendar
from sim.lessons.form import Arm, Lesson
from sim.lessons.measures import flows, life_row
from sim.lessons.twins import setting
from sim.play.outcome import measured
from sim.play.run import Setting, closed, fitted, practice_by_month
from sim.play.run import setting as question
from sim.play.usual import anchored
from sim.scenario import Scenario
from sim.strategies import Strategy, named

Morning = Callable[[int, dict[int, Account]], None]
FLOWS = ("arm", "twin", "day", "cash", "cost", "risk")


def play_floor(
    lesson: Lesson, seed: int, progress: Callable[[int, int], None] | None
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Play every arm; return lives, flows and the metrics of each arm's run."""
    lives: list[dict[str, Any]] = []
    money: list[tuple[Any, ...]] = []
    values: dict[str, dict[str, float]] = {}
    for i, arm in enumerate(lesson.arms):
        rows, some, values[arm.id] = _arm(lesson, arm, seed)
        lives.extend(rows)
        money.extend(some)
        if progress is not None:
            progress((i + 1) * lesson.twins.number, len(lesson.arms) * lesson.twins.number)
    table = pd.DataFrame.from_dict(values, orient="index").rename_axis("arm")
    return pd.DataFrame(lives), pd.DataFrame(money, columns=list(FLOWS)), table


def floor_of(lesson: Lesson, arm: Arm, seed: int) -> tuple[Setting, Strategy]:
    """Return what an arm of a floor lesson plays, its models fitted."""
    scenario = setting(lesson, arm.id)
    at = question(scenario, seed, lesson.twins.number, lesson.days, "same", arm.start)
    strategy, _ = fitted(at, named(arm.strategy))
    return at, strategy.tuned(**arm.params).organised(**arm.levers)


def _arm(
    lesson: Lesson, arm: Arm, seed: int
) -> tuple[list[dict[str, Any]], list[tuple[Any, ...]], dict[str, float]]:
    at, strategy = floor_of(lesson, arm, seed)
    story = opened(at, strategy)
    before = dict(story.scene.accounts)
    facts = lived(story, lambda day, accounts: None)
    mine: dict[int, list[Posting]] = defaultdict(list)
    for posting in facts.postings:
        mine[posting.account].append(posting)
    # Seats are paid whether busy or not, by nobody in particular: twin -1.
    lives: list[dict[str, Any]] = []
    money: list[tuple[Any, ...]] = [
        (arm.id, -1, row[0], 0.0, row[-1] / 100.0, 0.0) for row in facts.seats if row[-1]
    ]
    seats = sum(row[4] for row in money) / len(facts.final)
    for after in facts.final:
        if after.id not in before:
            continue
        row, some = _life(at.scenario, facts, before[after.id], after, mine[after.id], seats)
        lives.append({"arm": arm.id, "twin": after.id, **row})
        money.extend((arm.id, after.id, *flow) for flow in some)
    return lives, money, _metrics(at, strategy, facts)


def _life(
    scenario: Scenario, facts: Facts, before: Account, after: Account, postings: list[Posting],
    seats: float,
) -> tuple[dict[str, float], list[Any]]:  # fmt: skip
    """One account's row. Seats are paid whether busy or not, so everybody bears the same share."""
    unpaid = _free_seats(scenario)
    found = flows(unpaid, facts.practices[-1].world, postings)
    row = life_row(scenario, before, after, postings, found)
    row["cost"] += seats
    row["net"] -= seats
    return row, found


def _free_seats(scenario: Scenario) -> Scenario:
    """Return the scenario with seats free, because their wages are counted elsewhere."""
    people = scenario.people.model_copy(update={"wage": 0.0, "wage_senior": 0.0})
    return scenario.model_copy(update={"people": people})


def opened(at: Setting, strategy: Strategy) -> Story:
    """Open the book of *at* under *strategy*; others enter later, as in every comparison."""
    pool, luck = anchored(at, 0), stream(at.seed, 0)
    streams = (luck, luck)
    return Story(
        book(at.scenario, pool.late, pool.current, streams, at.accounts),
        lambda day: entrants(at.scenario, streams, at.accounts, day),
        practice_by_month(at, strategy),
        calendar(at.scenario, at.days),
        luck,
        pool.usual_risk,
    )


def lived(story: Story, seen: Morning) -> Facts:
    """Live through all days; *seen* is shown the accounts after each."""
    for today in story.days.today:
        story.advance(today.day)
        seen(today.day, story.scene.accounts)
    return story.close()


def _metrics(at: Setting, strategy: Strategy, facts: Facts) -> dict[str, float]:
    tables = closed(at, strategy, 0, trail_of(facts))
    return {str(name): float(value) for name, value in measured(tables)["value"].items()}
