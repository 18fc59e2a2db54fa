"""Stored runs that ask the same question but for one input: what that input does, already played.

So nothing needs to be remembered: whoever played such a run, by button or command, is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sim.agents import budget
from sim.experiments.question import Question
from sim.store.jobs.record import Job
from sim.store.runs import RunFolder
from sim.store.runs.apart import Gap, asked, gaps
from sim.store.runs.manifest import Manifest
from sim.strategies import SHELF
from sim.ui.asking import with_settings, words

#: Assumed inputs on which one strategy's edge rests more than another's. Which of them move the
#: answer most is for a sensitivity analysis to say; until then these are tried.
DOUBTS = (
    "people.training_gain",
    "people.script",
    "people.misconduct",
    "money.sanction",
    "trial.data_quality",
    "book.phone_valid",
)
BUDGET = "budget.monthly"
TRIED = (0.6, 0.8, 1.2, 1.4)  #: budgets tried, as multiples of the present one
FEW = 5  #: replications of such a run: as many as a verdict needs; the same luck makes few enough
IGNORED = ("replications",)


class Sibling(NamedTuple):
    """A stored run in which one input has another value."""

    run: RunFolder
    path: str
    now: float
    then: float


def siblings(base: Manifest, runs: Iterable[RunFolder]) -> list[Sibling]:
    """Return the runs that differ from *base* in the value of one numeric input only."""
    found, question = [], _asked(base["question"])
    for run in runs:
        if _asked(run.head.question) != question:
            continue  # the index says so; its manifest need not be read
        manifest = run.manifest
        if manifest["id"] == base["id"]:
            continue
        apart = [g for g in gaps(base, manifest) if g.key not in IGNORED and not _fewer(g)]
        if len(apart) == 1 and apart[0].kind == "input":
            gap = apart[0]
            if all(isinstance(v, float | int) for v in (gap.one, gap.other)):
                found.append(Sibling(run, gap.key, float(gap.one), float(gap.other)))
    return found


def _asked(question: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in asked(question).items() if key not in IGNORED}


def _fewer(gap: Gap) -> bool:
    """Tell whether only reference lines are left out, which decide nothing."""
    if gap.kind != "strategies":
        return False
    left_out = [name for name in gap.one if name not in gap.other]
    extra = [name for name in gap.other if name not in gap.one]
    return not extra and all(name in SHELF and SHELF[name].reference for name in left_out)


def doubts(question: Question) -> list[tuple[str, float]]:
    """Return path and value of each setting in which the verdict is tested: ends of the ranges."""
    rows = {row.path: row for row in question.scenario.knobs()}
    found = []
    for path in DOUBTS:
        row = rows[path]
        if row.mark == "assumed" and row.sweep:
            found += [(path, end) for end in row.sweep if end != row.value]
    return found


def variants(question: Question, values: Sequence[tuple[str, float]]) -> list[Question]:
    """Return the question once per setting: same luck, fewer replications, no reference lines."""
    runs = min(FEW, question.replications or FEW)
    rivals = tuple(n for n in question.strategies if n not in SHELF or not SHELF[n].reference)
    fewer = replace(question, replications=runs, strategies=rivals)
    return [with_settings(fewer, {path: value}) for path, value in values]


def budgets(question: Question) -> list[tuple[str, float]]:
    """Return other monthly budgets to try."""
    now = budget.monthly(question.scenario)
    return [(BUDGET, round(share * now)) for share in TRIED]


def playing(question: Question, jobs: Iterable[Job]) -> list[str]:
    """Return the names of jobs that play this question or wait to."""
    asked = tuple(words(question))
    return [job.name for job in jobs if job.step != "ended" and job.words[: len(asked)] == asked]
