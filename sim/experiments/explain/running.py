"""Why one strategy does better than another: the worlds played, and what was asked."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from sim.compare.comparison import METRICS
from sim.core.errors import BadInput, choose
from sim.experiments.explain.accounts import BY_ACCOUNT
from sim.experiments.explain.arms import split
from sim.experiments.explain.levers import Player, mixture, players
from sim.experiments.explain.result import MODEL, Explained
from sim.experiments.explain.shapley import MOST_EXACT, Coalition, coalitions, orders
from sim.experiments.explain.worlds import Worlds, joined, played, read
from sim.experiments.sweep.plays import Keep, asked_of
from sim.play.affordable import check_files
from sim.play.own_book import asked_words, book_of, without_book
from sim.play.pool import pool_of
from sim.play.run import fitted, setting
from sim.play.staging import Setting
from sim.scenario import Scenario
from sim.strategies import Strategy, named

PARTS = ("levers", "segments", "spill", "harm", "models")
MOST_REPLICATIONS = 10_000


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is to be explained, as it was asked."""

    scenario: str
    strategy: str
    against: str
    metric: str = "net_value"
    replications: int = 10
    seed: int = 0
    accounts: int | None = None
    days: int | None = None
    settings: tuple[str, ...] = ()
    budget: str = "same"
    single: bool = False  #: lever by lever, not in groups
    orders: int = 24  #: of joining, where there are too many players for all coalitions
    parts: tuple[str, ...] = PARTS
    engine: str = "auto"
    portfolio: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)

    def command(self) -> str:
        """Return the command line that explains the same."""
        words = ["dunning", "explain", self.scenario, "--strategy", self.strategy]
        words += ["--against", self.against, "--metric", self.metric]
        for name in ("replications", "seed", "accounts", "days", "budget", "orders", "engine"):
            if (value := getattr(self, name)) is not None:
                words += [f"--{name}", str(value)]
        words += ["--single"] if self.single else []
        words += ["--parts", ",".join(self.parts), *asked_words(self)]
        return shlex.join([*words, *(w for text in self.settings for w in ("--set", text))])

    def python(self) -> str:
        """Return the same as Python."""
        given = ("scenario", "strategy", "against")
        told = {k: v for k, v in without_book(vars(self)).items() if k not in given}
        options = ", ".join(f"{k}={v!r}" for k, v in told.items())
        asked = f"{self.scenario!r}, {self.strategy!r}, {self.against!r}, {options}"
        return f"from sim.experiments.explain import explain\n\nresult = explain({asked})\n"


class Staged(NamedTuple):
    """The worlds that answer a question, and the players in them."""

    worlds: Worlds
    players: list[Player]
    orders: list[tuple[int, ...]]  #: of joining; none where every coalition is played
    mine: Strategy
    theirs: Strategy


def explain(
    scenario: str,
    strategy: str,
    against: str,
    *,
    out: str | Path | None = None,
    resume: bool = False,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
    **options: Any,
) -> Explained:
    """Explain what *strategy* brings over *against*, all worlds with the same luck.

    Parameters
    ----------
    scenario, strategy, against
        Names on the shelf, or files.
    out, resume
        File, new, that keeps every play; whether to go on with what it holds. The number of
        replications may then be another one.
    jobs, progress
        Processes, and what is called with finished and planned plays.
    options
        See `Asked`.

    Raises
    ------
    BadInput
        What cannot be explained, in one line.
    KeyboardInterrupt
        On Ctrl-C; what is finished is kept in *out*.
    """
    asked = Asked(scenario=scenario, strategy=strategy, against=against, **options)
    _check(asked)
    world = Scenario.load(scenario, asked.settings)
    check_files(world, (strategy, against), asked.days)
    at = setting(
        world, asked.seed, asked.accounts, asked.days, asked.budget, late=book_of(asked).late,
        engine=asked.engine,
    )  # fmt: skip
    staged = stage(asked, at)
    pool_of(world)
    both = (strategy, against)
    about = asked_of("explain", asked, both) if out is not None else {}
    keep = Keep(None if out is None else Path(out), about, read, resume)
    found, failed = played(staged.worlds, asked.replications, keep, jobs=jobs, progress=progress)
    return Explained(
        asked.metric, asked.parts, (staged.mine, staged.theirs), tuple(staged.players),
        tuple(staged.orders), found, failed, asked.command(), asked.python(), asked.seed,
    )  # fmt: skip


def _check(asked: Asked) -> None:
    choose("--metric", "", asked.metric, METRICS)
    for part in asked.parts:
        choose("--parts", "", part, PARTS)
    if not asked.parts:
        raise BadInput("--parts", "", "nothing", f"allowed: {', '.join(PARTS)}")
    if asked.metric not in BY_ACCOUNT and asked.parts != ("levers",):
        allowed = f"{', '.join(BY_ACCOUNT)}; others with --parts levers only"
        raise BadInput("--metric", "", asked.metric, allowed)
    for key, least, most in (("replications", 2, MOST_REPLICATIONS), ("orders", 2, 10_000)):
        if not least <= getattr(asked, key) <= most:
            allowed = f"a whole number from {least} to {most}"
            raise BadInput(f"--{key}", "", getattr(asked, key), allowed)


def stage(asked: Asked, at: Setting) -> Staged:
    """Return the worlds that the parts asked for need; models are fitted here."""
    mine, theirs = (fitted(at, named(s))[0] for s in (asked.strategy, asked.against))
    who = players(mine, theirs, single=asked.single)
    joining = orders(len(who), asked.orders, asked.seed) if len(who) > MOST_EXACT else []
    needed = needs(len(who), joining) if "levers" in asked.parts else needs(0, [])
    everyone = frozenset(range(len(who)))
    found = {
        joined(c): mixture(mine, theirs, [who[i] for i in sorted(c)])
        for c in dict.fromkeys([*needed, frozenset(), everyone])
    }
    apart: dict[str, Strategy] = {}
    if {"segments", "spill", "harm"} & set(asked.parts):
        apart |= {"mine": mixture(mine, theirs, who), "theirs": mixture(mine, theirs, [])}
    if "spill" in asked.parts:
        levers = [p for p in who if p.fields]
        base = mixture(mine, theirs, levers)
        apart |= {
            "none": base,
            "first": split(base, mine, 0.0, 0.5),
            "second": split(base, mine, 0.5, 1.0),
        }
    if "models" in asked.parts:
        found |= dict(_aged(mine))
    return Staged(Worlds(at, found | apart, frozenset(apart)), who, joining, mine, theirs)


def needs(count: int, joining: Sequence[tuple[int, ...]]) -> list[Coalition]:
    """Return the coalitions that the shares of *count* players need, each once."""
    if not joining:
        return coalitions(count)
    steps = ((frozenset(o[:i]) for i in range(count + 1)) for o in joining)
    return list(dict.fromkeys(chain.from_iterable(steps)))


def _aged(mine: Strategy) -> list[tuple[str, Strategy]]:
    """Return *mine* with models that are worse; nothing where it has none."""
    return [
        (f"{name}:{level:g}", mine.tuned(**{name: level}))
        for name, levels in MODEL.items()
        if name in mine.params._fields
        for level in levels
        if level != getattr(mine.params, name)
    ]
