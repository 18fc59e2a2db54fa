"""Simulate pilots of several lengths."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sim.core.errors import BadInput, choose
from sim.experiments.pilot.playing import METRICS, Pilots, read
from sim.experiments.pilot.result import Pilot
from sim.experiments.sweep import plays
from sim.play.affordable import check_files
from sim.play.own_book import asked_words, book_of, without_book
from sim.play.pool import pool_of
from sim.play.run import fitted, setting
from sim.scenario import Scenario
from sim.strategies import named

MOST_WEEKS = 104


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A pilot as it is asked."""

    scenario: str
    champion: str
    challenger: str
    share: float = 0.2
    weeks: int = 8
    power: float = 0.8
    metric: str = "net_value"
    replications: int = 20
    seed: int = 0
    accounts: int | None = None
    settings: tuple[str, ...] = ()
    budget: str = "same"
    engine: str = "auto"
    portfolio: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)

    @property
    def lengths(self) -> tuple[int, ...]:
        """Weeks that are simulated: half of what was asked, that, and twice."""
        return tuple(sorted({max(1, self.weeks // 2), self.weeks, 2 * self.weeks}))

    def command(self) -> str:
        """Return the command line that plays the same."""
        words = ["dunning", "pilot", self.scenario, "--champion", self.champion]
        words += ["--challenger", self.challenger]
        for name in ("share", "weeks", "power", "metric", "replications", "seed", "accounts",
                     "budget", "engine"):  # fmt: skip
            if (value := getattr(self, name)) is not None:
                words += [f"--{name}", str(value)]
        words += asked_words(self)
        return shlex.join([*words, *(w for text in self.settings for w in ("--set", text))])

    def python(self) -> str:
        """Return the same as Python."""
        told = ", ".join(f"{k}={v!r}" for k, v in without_book(vars(self)).items())
        return f"from sim.experiments.pilot import Asked, pilot\n\nresult = pilot(Asked({told}))\n"


def pilot(
    asked: Asked,
    *,
    out: str | Path | None = None,
    resume: bool = False,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Pilot:
    """Simulate the test itself: both arms on the champion's floor, drawn by the lasting coin.

    Parameters
    ----------
    asked
        Who meets whom, on what share, for how long.
    out, resume
        File, new, that keeps every pilot; whether to go on with what it holds. The number of
        replications may then be another one.
    jobs, progress
        Processes, and what is called with finished and planned pilots.

    Raises
    ------
    BadInput
        What cannot be tested, in one line.
    KeyboardInterrupt
        On Ctrl-C; what is finished is kept in *out*.
    """
    _check(asked)
    world = Scenario.load(asked.scenario, asked.settings)
    check_files(world, (asked.champion, asked.challenger), 7 * asked.weeks)
    at = setting(
        world,
        asked.seed,
        asked.accounts,
        7 * asked.weeks,
        asked.budget,
        late=book_of(asked).late,
        engine=asked.engine,
    )
    old, new = (fitted(at, named(s))[0] for s in (asked.champion, asked.challenger))
    work = Pilots(at, old, new, asked.share)
    pool_of(world)
    tasks = [(r, weeks) for r in range(asked.replications) for weeks in asked.lengths]
    both = (asked.champion, asked.challenger)
    about = plays.asked_of("pilot", asked, both) if out is not None else {}
    keep = plays.Keep(None if out is None else Path(out), about, read, resume)
    answers = plays.played(
        work, tasks, keep, jobs=jobs, warm=Pilots.__module__, progress=progress
    )  # fmt: skip
    whole, failed = plays.whole(answers, asked.replications)
    if len(whole) < 2:
        why = failed[0][2] if failed else "one"
        raise BadInput("pilot", "", why, "two replications that come to an end")
    return Pilot(
        world, old.title, new.title, asked.share, asked.weeks, asked.power, asked.metric,
        {w: [answers[r, w][0] for r in whole] for w in asked.lengths},
        {w: float(np.mean([answers[r, w][1] for r in whole])) for w in asked.lengths},
        at.accounts, failed, asked.command(), asked.python(),
    )  # fmt: skip


def _check(asked: Asked) -> None:
    choose("--metric", "", asked.metric, METRICS)
    if asked.champion == asked.challenger:
        raise BadInput("--challenger", "", asked.challenger, "another one than the champion")
    for key, low, high in (("share", 0.01, 0.99), ("power", 0.5, 0.99)):
        value = getattr(asked, key)
        if not low <= value <= high:
            raise BadInput(f"--{key}", "", value, f"from {low} to {high}")
    for key, least, most in (("weeks", 1, MOST_WEEKS), ("replications", 2, 10_000)):
        number = getattr(asked, key)
        if not least <= number <= most:
            raise BadInput(f"--{key}", "", number, f"a whole number from {least} to {most}")
