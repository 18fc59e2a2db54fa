"""Play a lesson: every twin through every arm, once, and kept on disk."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pandas as pd

from sim.core.cache import kept
from sim.core.domain import Account, Posting
from sim.core.errors import BadInput
from sim.lessons.floor import play_floor
from sim.lessons.form import Lesson
from sim.lessons.living import Stage, live, stage
from sim.lessons.measures import flows, life_row
from sim.lessons.played import Played
from sim.lessons.twins import setting, twins

Progress = Callable[[int, int], None]  #: done and planned lives
Tables = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, float]
#: What does not change the run is no part of the key: a better sentence plays nothing again.
WORDS = {"title", "story", "source", "mechanism", "honest", "minutes", "number", "stage",
         "question", "amount", "counter", "dial", "compared", "goal"}  # fmt: skip


def play_lesson(lesson: Lesson, *, seed: int = 0, progress: Progress | None = None) -> Played:
    """Play *lesson*, or take it from the cache.

    Parameters
    ----------
    lesson
        From `shelf.load`, `shelf.what_if` or `shelf.countered`.
    seed
        Which people and which luck.
    progress
        Told how many lives are done, of how many.
    """
    if not 0 <= seed < 2**53:
        raise BadInput("seed", "", seed, "a whole number from 0 to 2**53")
    tables = kept("lesson", told(lesson, seed), lambda: _tables(lesson, seed, progress))
    return Played(lesson, seed, *tables)


def told(lesson: Lesson, seed: int) -> str:
    """Return everything that the run depends on, as text."""
    body = lesson.model_dump(mode="json", exclude=WORDS)
    for arm in body["arms"]:
        del arm["title"], arm["does"]
    return json.dumps([body, seed, setting(lesson).fingerprint], sort_keys=True)


def _tables(lesson: Lesson, seed: int, progress: Progress | None) -> Tables:
    began = time.perf_counter()
    if lesson.floor:
        lives, money, metrics = play_floor(lesson, seed, progress)
    else:
        lives, money = _ample(lesson, seed, progress)
        metrics = pd.DataFrame()
    return lives, money, metrics, time.perf_counter() - began


def _ample(
    lesson: Lesson, seed: int, progress: Progress | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Play the twins with seats ample."""
    people = twins(lesson, seed)
    lives: list[dict[str, Any]] = []
    money: list[tuple[Any, ...]] = []
    for name in lesson.names:
        at = stage(lesson, name)
        for twin in people:
            row, rows = _one(at, twin)
            lives.append(row)
            money.extend(rows)
            if progress is not None:
                progress(len(lives), len(people) * len(lesson.arms))
    return pd.DataFrame(lives), pd.DataFrame(
        money, columns=["arm", "twin", "day", "cash", "cost", "risk"]
    )


def _one(at: Stage, twin: Account) -> tuple[dict[str, Any], list[tuple[Any, ...]]]:
    after, postings = live(at, twin)
    return life(at.arm.id, at.arm.cost, at, twin, after, postings)


def life(
    name: str, price: float, at: Stage, before: Account, after: Account, postings: list[Posting]
) -> tuple[dict[str, Any], list[tuple[Any, ...]]]:
    """Return one life's row, and its flows."""
    found = flows(at.scenario, at.world, postings)
    row = life_row(at.scenario, before, after, postings, found)
    row["net"] -= price
    row["cost"] += price
    return {"arm": name, "twin": before.id, **row}, [(name, before.id, *flow) for flow in found]
