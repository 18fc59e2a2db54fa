"""The search itself: Optuna asked for levers and told what came of them, one journal for it all.

The sampler is made anew for every question, seeded by how many answers there are. So a search that
was stopped goes on exactly as if it had not been.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import optuna
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.storages.journal import JournalFileBackend
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from sim.compare.comparison import METRICS
from sim.core.errors import BadInput
from sim.experiments.tune.asking import Question, Reach
from sim.store.runs import disk

NAME = "tune"
STRIDE = 100_003  #: between the seeds of two searches
Numbers = dict[str, list[list[float]]]  #: metric: numerators, denominators by replication


class Trial(NamedTuple):
    """One set of levers and what came of it."""

    number: int  #: place among those that were finished
    levers: dict[str, Any]
    numbers: Numbers
    replications: int
    stopped: str  #: why it was not played to the end; empty where it was


class Book:
    """The study on the disk, or in memory without a file."""

    def __init__(self, question: Question, place: Path | None, code: str, *, resume: bool) -> None:
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self.question = question
        storage = _storage(place, resume=resume) if place is not None else None
        up, down = StudyDirection.MAXIMIZE, StudyDirection.MINIMIZE
        ways = [up if METRICS[m].better == "higher" else down for m in question.objectives]
        self._study = optuna.create_study(
            storage=storage, study_name=NAME, directions=ways, load_if_exists=True,
            sampler=_sampler(question, 0),
        )  # fmt: skip
        self._same({"question": without_trials(question.plain()), "code": code})
        self._take_up()

    def _same(self, about: Mapping[str, Any]) -> None:
        """Refuse to go on with another question, or with other code than the one that began."""
        for key, now in json.loads(json.dumps(about)).items():
            before = self._study.user_attrs.get(key)
            if before is None:
                self._study.set_user_attr(key, now)
            elif without_trials(before) != now:
                _refuse(key, before, now)

    def _take_up(self) -> None:
        """Put what a kill broke off at the head of the queue again."""
        for trial in self._study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            self._study.tell(trial.number, state=TrialState.FAIL)
            self._study.enqueue_trial(trial.params)

    def begin(self, levers: Mapping[str, Any]) -> None:
        """Let the first trial be *levers*."""
        if not self._study.get_trials(deepcopy=False):
            self._study.enqueue_trial(dict(levers))

    @property
    def trials(self) -> list[Trial]:
        """What is finished, in order."""
        done = [t for t in self._study.get_trials(deepcopy=False) if _told(t)]
        return [
            Trial(
                i, self._levers(t.params), t.user_attrs["numbers"], t.user_attrs["replications"],
                t.user_attrs["stopped"],
            )
            for i, t in enumerate(done)
        ]  # fmt: skip

    def _levers(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        return {name: reach.value(raw[name]) for name, reach in self.question.levers.items()}

    def ask(self) -> tuple[optuna.Trial, dict[str, Any]]:
        """Return a new trial and its levers."""
        self._study.sampler = _sampler(self.question, len(self.trials))
        asked = self._study.ask(
            {name: _distribution(reach) for name, reach in self.question.levers.items()}
        )
        return asked, self._levers(asked.params)

    def tell(
        self, asked: optuna.Trial, found: Trial, values: Sequence[float], over: Sequence[float]
    ) -> None:
        """Keep what came of a trial; without *values* it failed."""
        for limit, passed in zip(self.question.limits, over, strict=False):  # none of a failed one
            asked.set_constraint(limit.text(), passed)
        asked.set_user_attr("numbers", found.numbers)
        asked.set_user_attr("replications", found.replications)
        asked.set_user_attr("stopped", found.stopped)
        if values:
            self._study.tell(asked, list(values))
        else:
            self._study.tell(asked, state=TrialState.FAIL)

    def noted(self, key: str) -> Any:
        """Return what `note` kept under *key*; None if nothing."""
        return self._study.user_attrs.get(key)

    def note(self, key: str, value: Any) -> None:
        """Keep something besides the trials."""
        self._study.set_user_attr(key, value)


def without_trials(about: Any) -> Any:
    """Return a question without how many trials are wanted: with more of them one goes on."""
    if not isinstance(about, Mapping):
        return about
    return {key: value for key, value in about.items() if key != "trials"}


def _refuse(key: str, before: Any, now: Any) -> None:
    """Name the part of a question that differs."""
    if isinstance(now, Mapping):
        key = next((k for k in now if before.get(k) != now[k]), key)
        before, now = before.get(key), now.get(key)
    raise BadInput("--resume", key, now, f"{before!r}, with which the search began")


def _told(trial: FrozenTrial) -> bool:
    failed = trial.state is TrialState.FAIL and bool(trial.user_attrs.get("stopped"))
    return trial.state is TrialState.COMPLETE or failed


def _storage(place: Path, *, resume: bool) -> optuna.storages.JournalStorage:
    if os.path.lexists(place) and not resume:
        raise BadInput("--study", "", place.name, "a new file, or --resume to go on with it")
    disk.check_place("--study", place)
    with disk.writable(place.parent):
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            return optuna.storages.JournalStorage(JournalFileBackend(str(place)))
        except (ValueError, KeyError, json.JSONDecodeError):
            raise BadInput(
                "--study", "", place.name, "the journal that `dunning tune` wrote"
            ) from None


def _distribution(reach: Reach) -> BaseDistribution:
    if reach.kind == "number":
        return FloatDistribution(reach.low, reach.high)
    return IntDistribution(int(reach.low), int(reach.high))


def _sampler(question: Question, answers: int) -> optuna.samplers.BaseSampler:
    seed = (question.seed * STRIDE + answers) % 2**31
    if question.sampler == "nsga2":
        crowd = max(4, min(50, question.trials // 5))
        return optuna.samplers.NSGAIISampler(population_size=crowd, seed=seed)
    first = max(5, question.trials // 5)
    return optuna.samplers.TPESampler(n_startup_trials=first, seed=seed, constant_liar=False)


__all__ = ["Book", "Numbers", "Trial"]
