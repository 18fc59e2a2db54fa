"""Carry a roll-out out, keep what is finished after each replication, and read it again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from sim.core import intake
from sim.core.errors import BadInput
from sim.experiments.rollout.affording import afford
from sim.experiments.rollout.playing import MEASURES, MONTH, Arms, Counts, posts
from sim.experiments.rollout.result import KPIS, PRESENT, Asked, Rollout
from sim.play.own_book import book_of
from sim.play.pool import pool_of
from sim.play.run import fitted, setting
from sim.play.staging import Setting
from sim.play.workers import Lost
from sim.play.workers.hiring import crew
from sim.scenario import Scenario
from sim.store.runs import disk
from sim.store.runs.progress import told
from sim.strategies import Strategy
from sim.strategies.timetable import Timetable, made, programme

FILE = "rollout.json"
MOST_ACCOUNTS = 20_000  #: what is held in memory for a year
MOST_MONTHS = 36
WRITTEN = "a folder that `dunning rollout` wrote"
People = Mapping[str, Mapping[str, list[float]]]  #: by arm and role


def check(asked: Asked) -> None:
    """Refuse what cannot be played side by side."""
    first, *others = asked.timetables
    for other in others:
        if other.present != first.present:
            allowed = f"{first.present!r}, from which the other timetable begins"
            raise BadInput(other.name, "present", other.present, allowed)
        if other.name == first.name:
            raise BadInput("--against", "", other.name, "another timetable")
    for name in (t.name for t in asked.timetables):
        if name == PRESENT:
            raise BadInput("timetable", "name", name, "any other name: so the present is called")
    for key in asked.targets:
        if key not in KPIS:
            raise BadInput("--target", "", key, f"allowed: {', '.join(KPIS)}")
    for option, value, most in (
        ("accounts", asked.accounts, MOST_ACCOUNTS), ("months", asked.months, MOST_MONTHS),
        ("replications", asked.replications, 10_000),
    ):  # fmt: skip
        if not 1 <= value <= most:
            raise BadInput(f"--{option}", "", value, f"a whole number from 1 to {most}")


def staged(asked: Asked, scenario: Scenario, engine: str = "auto") -> Arms:
    """Return the arms with their settings; strategies that learn get their models here.

    Raises
    ------
    BadInput
        A budget that does not pay for a month of a timetable, or for its policy's means.
    """
    check(asked)
    afford(asked.timetables, scenario, asked.months)
    at = setting(
        scenario,
        asked.seed,
        asked.accounts,
        MONTH * asked.months,
        asked.budget,
        late=book_of(asked).late,
        engine=engine,
    )
    ready: dict[str, Strategy] = {}
    settings: dict[str, Setting] = {}
    for arm in asked.arms:
        own = asked.programme(arm)
        for name, strategy in own.strategies.items():
            ready.setdefault(name, fitted(at, strategy)[0])
        filled = programme(own.timetable, [ready[name] for name in own.timetable.names])
        settings[arm] = replace(at, timetable=filled)
    return Arms(settings, ready[asked.present])


def roll_out(
    asked: Asked,
    scenario: Scenario,
    folder: Path | None = None,
    *,
    engine: str = "auto",
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Rollout:
    """Play the present practice and each timetable with the same luck.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C, or where a file in the folder asks to stop; finished replications are kept.
    """
    afford(asked.timetables, scenario, asked.months)
    planned = asked.replications * len(asked.arms)
    report = told(folder, progress) if folder else progress or (lambda done, planned: None)
    found = Rollout(asked, {}, {})
    if folder:
        keep(found, folder)
    report(0, planned)
    arms = staged(asked, scenario, engine)
    tasks = [(r, arm) for r in range(asked.replications) for arm in asked.arms]
    people = {
        arm: posts(at, arms.present, asked.real_accounts) for arm, at in arms.settings.items()
    }
    answers: dict[tuple[int, str], Counts | str] = {}
    with crew(min(jobs, len(tasks)), Arms.__module__) as hands:
        pool_of(scenario)
        for task, answer in hands.answers(arms, tasks, lambda task, reason: None):
            answers[task] = answer.reason if isinstance(answer, Lost) else answer
            found = assembled(asked, people, answers)
            if folder:
                keep(found, folder)
            report(len(answers), planned)
    if not found.finished:
        why = found.failures[0][2] if found.failures else "nothing was played"
        raise BadInput("rollout", "", why, "every replication failed")
    return found


def assembled(
    asked: Asked, people: People, answers: Mapping[tuple[int, str], Counts | str]
) -> Rollout:
    """Return the roll-out of the replications that every arm has finished."""
    good = {task: a for task, a in answers.items() if not isinstance(a, str)}
    whole = [r for r in range(asked.replications) if all((r, arm) in good for arm in asked.arms)]
    failures = tuple((arm, r, a) for (r, arm), a in sorted(answers.items()) if isinstance(a, str))
    if not whole:
        return Rollout(asked, {}, people, failures)
    counts = {
        arm: {m: np.array([good[r, arm][m] for r in whole]) for m in MEASURES} for arm in asked.arms
    }
    return Rollout(asked, counts, people, failures)


# --- kept ----------------------------------------------------------------------------------------


def keep(found: Rollout, folder: Path) -> None:
    """Write what is finished."""
    asked = asdict(found.asked) | {
        "timetables": [t.model_dump(mode="json") for t in found.asked.timetables]
    }
    body = {
        "asked": asked, "counts": found.counts, "people": found.people,
        "failures": found.failures,
    }  # fmt: skip
    disk.write(folder / FILE, disk.as_json(body))


def listed(root: Path) -> list[str]:
    """Return the names of the stored roll-outs, newest first."""
    found = [(file.stat().st_mtime, file.parent.name) for file in root.glob(f"[!.]*/{FILE}")]
    return [name for _, name in sorted(found, reverse=True)]


def stored(folder: Path) -> Rollout:
    """Return the roll-out that a folder holds, as far as it is finished.

    Raises
    ------
    BadInput
        A folder that holds none.
    """
    body = intake.json_of(folder / FILE, said=WRITTEN)
    found = intake.checked(RolloutFile, body, folder / FILE, WRITTEN)
    tables: tuple[Timetable, ...] = tuple(made(t, FILE) for t in found.asked.timetables)
    asked = Asked(**dict(found.asked) | {"timetables": tables})
    _check_arms(folder / FILE, asked, found)
    counts = {arm: {m: np.array(v) for m, v in of.items()} for arm, of in found.counts.items()}
    return Rollout(asked, counts, found.people, found.failures)


class AskedForm(intake.Form):
    """What was asked, as the file keeps it."""

    scenario: str
    settings: tuple[str, ...]
    timetables: tuple[dict[str, Any], ...] = intake.Field(min_length=1)
    months: int = intake.Field(ge=1)
    replications: int = intake.Field(ge=1)
    seed: int = intake.Field(ge=0)
    accounts: int = intake.Field(ge=1)
    real_accounts: int = intake.Field(ge=1)
    budget: Literal["same", "own"] = "same"
    targets: dict[str, float] = intake.Field(default={})
    command: str = ""
    portfolio: str | None = None
    mapping: dict[str, str] = intake.Field(default={})


class RolloutFile(intake.Form):
    """The form of what a roll-out leaves."""

    asked: AskedForm
    counts: dict[str, dict[str, list[list[tuple[float, float]]]]]
    people: dict[str, dict[str, list[float]]]
    failures: tuple[tuple[str, int, str], ...] = ()


def _check_arms(where: Path, asked: Asked, found: RolloutFile) -> None:
    """Refuse counts that lack an arm, a measure, a replication or a month."""
    for key in ("counts", "people"):
        if (arms := getattr(found, key)) and set(arms) != set(asked.arms):
            raise BadInput(where, key, ", ".join(arms), ", ".join(asked.arms))
    if any(len(of) != asked.months for roles in found.people.values() for of in roles.values()):
        raise BadInput(where, "people", "gaps", f"{asked.months} months in each arm and role")
    shapes: set[tuple[int, ...]] = {
        (len(rounds), *{len(months) for months in rounds})
        for of in found.counts.values() for rounds in (of.get(m, []) for m in MEASURES)
    }  # fmt: skip
    if len(shapes) > 1 or any(len(s) != 2 or s[1] != asked.months for s in shapes):
        allowed = f"{asked.months} months in each replication of each arm and measure"
        raise BadInput(where, "counts", "gaps", allowed)
