"""A search played: trials, raced on paired differences; held-out luck for the winners.

Every trial meets the same people with the same luck as the base. After a few replications one that
is surely beaten by another, or surely breaks a limit, is stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sim.compare import stats
from sim.core.cache import source
from sim.core.errors import BadInput
from sim.experiments.tune.asking import Limit, Question, Reach, limits_of, reaches_of, usual_limits
from sim.experiments.tune.front import surely_above, surely_worse
from sim.experiments.tune.judging import difference, excess, keeps, ratio, winners, worse
from sim.experiments.tune.result import Tuned
from sim.experiments.tune.study import Book, Numbers, Trial
from sim.experiments.tune.worlds import Play, Simulator, Work
from sim.experiments.tune.writing import free, write
from sim.play.affordable import check_files
from sim.play.own_book import DRAWN, book_of
from sim.play.workers import Crew, Lost
from sim.play.workers.hiring import crew
from sim.scenario import Scenario
from sim.strategies import named
from sim.strategies.recipe import params_of

FEW = 3  #: replications before the first look; their number doubles from look to look
LEVEL = 0.975  #: with which one is sure enough to stop a trial
WINNERS = 12  #: of the frontier that are played on held-out luck
HELD, FRESH = 1_000, 2_000  #: added to the seed: luck that the search never saw; nor the choice
Progress = Callable[[int, int], None]


def tune(
    scenario: str,
    base: str,
    levers: str | Sequence[str] | Mapping[str, Reach],
    *,
    limits: Sequence[str | Limit] | None = None,
    out: str | Path | None = None,
    study: str | Path | None = None,
    resume: bool = False,
    jobs: int = 1,
    play: Play | None = None,
    progress: Progress | None = None,
    **asked: Any,
) -> Tuned:
    """Search better levers for a strategy.

    Parameters
    ----------
    scenario, base
        Name on the shelf or file, of the scenario and of the strategy whose levers move.
    levers
        See `reaches_of`; or levers with their ranges.
    limits
        See `limits_of`; those of a comparison where None.
    out
        TOML file, new, for the best compromise.
    study
        Journal that keeps every trial; nothing is kept where None.
    resume
        Go on with what *study* holds of the same question; the trials may be more than before.
    jobs
        Processes.
    play
        What stands where the simulator stands; the simulator where None.
    progress
        Called with finished and planned trials.
    asked
        The other fields of `Question`: objectives, shelf, trials, replications, held_out, sampler,
        seed, accounts, days, budget, settings, portfolio, mapping.

    Raises
    ------
    BadInput
        What cannot be asked, or a file that is in the way.
    KeyboardInterrupt
        On Ctrl-C; finished trials are kept in *study*.
    """
    q = question_of(scenario, base, levers, limits, real=play is None, **asked)
    own = DRAWN if play is not None else book_of(q)
    if out is not None:
        free(Path(out))
    place = Path(study) if study is not None else None
    if resume and place is None:
        raise BadInput("--resume", "", "nothing", "a study to go on with: --study or --out")
    book = Book(q, place, source() + own.fingerprint if play is None else "", resume=resume)
    with crew(jobs, Simulator.__module__) as hands:
        search = _Search(q, book, hands, play or Simulator(q, own))
        search.try_all(progress)
        found = search.judged(out, study)
    if out is not None and found.best is not None:
        write(Path(out), q.base, found.best.levers)
    return found


def question_of(
    scenario: str,
    base: str,
    levers: str | Sequence[str] | Mapping[str, Reach],
    limits: Sequence[str | Limit] | None,
    *,
    real: bool = True,
    **asked: Any,
) -> Question:
    """Return the question; refuse strategies and levers that nobody knows."""
    if limits is None:
        limits = usual_limits(Scenario.load(scenario, asked.get("settings", ())))
    given = tuple(one if isinstance(one, Limit) else limits_of([one])[0] for one in limits)
    if not isinstance(levers, Mapping):
        chosen = named(base, "--base")
        if chosen.reference:
            raise BadInput("--base", "", base, "a strategy that can be changed")
        levers = reaches_of(chosen, levers, asked.get("budget", "same"))
    q = Question(scenario, base, dict(levers), given, **asked)
    if not real:
        return q
    names = {named(s, "--shelf").name: s for s in q.shelf}
    check_files(Scenario.load(scenario, q.settings), (base, *q.shelf), q.days)
    names.pop(named(base, "--base").name, None)
    return replace(q, shelf=tuple(names.values()))


class _Search:
    """One search: what is asked, what is known, who plays."""

    def __init__(self, q: Question, book: Book, crew: Crew, play: Play) -> None:
        self.q, self.book, self.crew, self.work = q, book, crew, Work(play)

    # --- playing ---

    def _play(
        self, strategy: str, levers: Mapping[str, Any], replications: Sequence[int], seed: int
    ) -> Numbers:
        """Return the numbers of some replications, in order; refuse one that broke off."""
        told = tuple(levers.items())
        tasks = [(strategy, told, r, seed) for r in replications]
        found: dict[int, Any] = {}
        with closing(self.crew.answers(self.work, tasks, lambda task, why: None)) as answers:
            for task, answer in answers:
                if isinstance(answer, str | Lost):
                    raise _BrokeOffError(answer if isinstance(answer, str) else answer.reason)
                found[task[2]] = answer
        return {m: [[found[r][m][i] for r in replications] for i in (0, 1)] for m in self.q.metrics}

    def _known(self, key: str, levers: Mapping[str, Any], count: int, seed: int) -> Numbers:
        """Play a strategy, or read what was played of it before."""
        strategy, _, phase = key.partition(" ")
        if (before := self.book.noted(f"{phase} {strategy} {sorted(levers.items())}")) is not None:
            numbers: Numbers = before
            return numbers
        numbers = self._play(strategy, levers, range(count), seed)
        self.book.note(f"{phase} {strategy} {sorted(levers.items())}", numbers)
        return numbers

    # --- trials ---

    def try_all(self, progress: Progress | None) -> None:
        """Play trials until there are as many as planned."""
        base = self._base()
        if now := present(self.q):
            self.book.begin(now)
        done = len(self.book.trials)
        while done < self.q.trials:
            asked, levers = self.book.ask()
            found = self._raced(Trial(done, levers, {}, 0, ""), base)
            values, over = self._told(found, base)
            if not values and not found.stopped:
                found = found._replace(stopped=self._undefined(found, base))
            self.book.tell(asked, found, values, over)
            done += 1
            if progress:
                progress(done, self.q.trials)

    def _base(self) -> Numbers:
        try:
            return self._known(f"{self.q.base} search", {}, self.q.replications, self.q.seed)
        except _BrokeOffError as why:
            raise BadInput("tune", self.q.base, str(why), "a base that can be played") from None

    def _raced(self, trial: Trial, base: Numbers) -> Trial:
        """Play a trial, look after by look, until it is done or surely not worth it."""
        numbers: Numbers = {m: [[], []] for m in self.q.metrics}
        rivals = [
            t.numbers for t in self.book.trials if not t.stopped and keeps(self.q, t.numbers, base)
        ]
        done, goal = 0, 0
        while done < self.q.replications:
            goal = min(self.q.replications, max(FEW, 2 * done))
            try:
                more = self._play(self.q.base, trial.levers, range(done, goal), self.q.seed)
            except _BrokeOffError as why:
                return trial._replace(stopped=f"failed: {why}")
            numbers = {m: [numbers[m][i] + more[m][i] for i in (0, 1)] for m in numbers}
            done = goal
            trial = trial._replace(numbers=numbers, replications=done)
            reason = self._hopeless(numbers, base, rivals, done)
            if reason and done < self.q.replications:
                return trial._replace(stopped=reason)
        return trial

    def _hopeless(
        self, numbers: Numbers, base: Numbers, rivals: Sequence[Numbers], done: int
    ) -> str:
        """Say why a trial need not be played on; nothing where it may."""
        for limit in self.q.limits:
            sign, level = worse(limit.metric), ratio(base, limit.metric, done).estimate
            gap = _signed(difference(numbers, base, limit.metric, done), sign)
            if surely_above(gap, sign * (limit.bound(level) - level), LEVEL):
                return f"limit: {limit.metric}"
        for rival in rivals:
            gaps = [
                _signed(difference(numbers, rival, m, done), worse(m)) for m in self.q.objectives
            ]
            if surely_worse(gaps, LEVEL):
                return "beaten"
        return ""

    def _told(self, trial: Trial, base: Numbers) -> tuple[list[float], list[float]]:
        """Return the paired differences, and by how much limits are passed, for the sampler."""
        if trial.stopped.startswith("failed"):
            return [], []
        count = trial.replications
        values = [difference(trial.numbers, base, m, count).estimate for m in self.q.objectives]
        over = excess(self.q, trial.numbers, base, count)
        return (values, over) if np.isfinite([*values, *over]).all() else ([], [])

    def _undefined(self, trial: Trial, base: Numbers) -> str:
        """Say which metrics a trial, or the base, has no number of."""
        count = trial.replications
        names = [*self.q.objectives, *(limit.metric for limit in self.q.limits)]
        gone = [m for m in dict.fromkeys(names)
                if not np.isfinite(ratio(trial.numbers, m, count).estimate)]  # fmt: skip
        if gone:
            return f"undefined: {', '.join(gone)}"
        lost = [m for m in dict.fromkeys(names)
                if not np.isfinite(ratio(base, m, count).estimate)]  # fmt: skip
        return f"undefined in the base: {', '.join(lost)}"

    # --- what came of it ---

    def judged(self, out: str | Path | None, study: str | Path | None) -> Tuned:
        """Play the winners, the base and the shelf on held-out luck, and choose."""
        q, base = self.q, self._base()
        trials, shelf = self.book.trials, self._shelf("search", q.replications, q.seed)
        held = {
            f"trial {t.number}": self._levers_held(t, "held", HELD, q.held_out)
            for t in winners(q, trials, base, WINNERS)
        }
        held |= {"base": self._known(f"{q.base} held", {}, q.held_out, q.seed + HELD)}
        held |= self._shelf("held", q.held_out, q.seed + HELD)
        found = Tuned(q, tuple(trials), base, shelf, held, {}, *_texts(out, study))
        if (best := found.best) is None:
            return found
        fresh = {"base": self._known(f"{q.base} fresh", {}, q.held_out, q.seed + FRESH)}
        fresh["best"] = self._levers_held(best, "fresh", FRESH, q.held_out)
        return replace(found, fresh=fresh)

    def _levers_held(self, t: Trial, phase: str, seed: int, count: int) -> Numbers:
        return self._known(f"{self.q.base} {phase}", t.levers, count, self.q.seed + seed)

    def _shelf(self, phase: str, count: int, seed: int) -> dict[str, Numbers]:
        """Return the numbers of the shelf; who cannot be played here is left out."""
        found = {}
        for name in self.q.shelf:
            try:
                found[name] = self._known(f"{name} {phase}", {}, count, seed)
            except _BrokeOffError:
                continue
        return found


def _texts(*places: str | Path | None) -> list[str | None]:
    return [None if place is None else str(place) for place in places]


class _BrokeOffError(Exception):
    """A replication that broke off, with its reason."""


def _signed(r: stats.Ratio, sign: float) -> stats.Ratio:
    return stats.Ratio(sign * r.estimate, sign * r.residuals)


def present(q: Question) -> dict[str, Any]:
    """Return the base's own values, brought into the ranges; nothing where nobody knows them."""
    try:
        base = named(q.base)
    except BadInput:
        return {}
    known = {**params_of(base), **base.organisation._asdict()}
    if not set(q.levers) <= set(known):
        return {}
    return {
        n: min(reach.high, max(reach.low, known[n])) if reach.kind == "number"
        else int(min(reach.high, max(reach.low, known[n])))
        for n, reach in q.levers.items()
    }  # fmt: skip


__all__ = ["tune"]
