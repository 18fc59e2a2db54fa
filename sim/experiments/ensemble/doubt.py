"""A run's verdict doubted: joint draws of other assumptions, played beside the run and kept in it.

Draw 0 has the present values; what the other draws change is added to what the run found, so that
the run's many replications carry the level and the draws only the change, with the same luck. Each
draw is one line of a journal in the run's folder: whoever reads the run later plays nothing, and
whoever has more time goes on where it ended. Draw *n* is the same draw whoever plays it and when.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from sim.compare import verdict
from sim.compare.comparison import Comparison
from sim.compare.comparison.replications import Replications
from sim.compare.over import LEARNS, Measure
from sim.core.cache import source
from sim.core.errors import BadInput
from sim.core.intake import Form, checked_in
from sim.experiments.calibrate.targets import evidence
from sim.experiments.ensemble.likely import Weights, missed, weights
from sim.experiments.ensemble.priors import Prior, drawn, priors_of
from sim.experiments.ensemble.result import Ensemble
from sim.experiments.sweep import Design, Input, Sweep, points_of, with_inputs
from sim.experiments.sweep.journal import Journal, lines
from sim.experiments.sweep.table import Row, tidy
from sim.play.run import Setting, ready, replay
from sim.play.workers import Lost
from sim.play.workers.hiring import crew
from sim.store.runs.progress import alone
from sim.strategies import Strategy

FILE = "doubt.jsonl"
#: A draw's pool and burn-in are small: they are made anew in each, and cost most of it.
SMALL = {"book.pool": 1_000, "trial.accounts": 4_000}
ACCOUNTS = 500  #: of a replication
BLOCK = 8  #: draws that are a Latin hypercube together
MOST = 10_000
FEWEST = 3  #: the present values and two others: fewer say nothing
Pairs = dict[str, list[tuple[float, float]]]  #: net value by strategy, a pair per replication
Clock = Callable[[], float]


class Head(Form):
    """What the draws of a journal share; with another one none may be added."""

    code: str
    scenario: str
    size: tuple[int, int, int]  #: seed, accounts, days
    inputs: int


class Line(Form):
    """A line of the journal: what all share, a draw, or what its draws say to measure first."""

    head: Head | None = None
    draw: int | None = None
    values: Pairs | None = None
    failure: str = ""
    miss: float | None = None  #: of the calibration targets, in half bands; older lines lack it
    learned: int | None = None  #: from so many draws
    first: tuple[str, float, int | None] | None = None
    ranked: tuple[tuple[str, float, int | None, float, float], ...] = ()


@dataclass(frozen=True)
class Kept:
    """What a journal holds."""

    head: Head | None = None
    draws: Mapping[int, Pairs | str] = field(default_factory=dict)
    learned: int = 0
    first: tuple[str, float, int | None] | None = None
    misses: Mapping[int, float] = field(default_factory=dict)
    ranked: tuple[Measure, ...] = ()

    @property
    def weights(self) -> Weights:
        """What the draws count."""
        whole = (i for i, one in sorted(self.draws.items()) if not isinstance(one, str))
        return weights({i: self.misses.get(i) for i in whole})

    @property
    def good(self) -> int:
        """Draws that were played to their end, the present values aside."""
        return sum(i > 0 and not isinstance(one, str) for i, one in self.draws.items())


def read(folder: Path) -> Kept:
    """Return what the journal of a run holds; nothing where there is none."""
    head, draws, learned, first = None, dict[int, Pairs | str](), 0, None
    misses, ranked = dict[int, float](), tuple[Measure, ...]()
    for body in lines(folder / FILE):
        line = checked_in(Line, body, folder / FILE)
        head = line.head or head
        if line.draw is not None:
            draws[line.draw] = line.failure or line.values or {}
            if line.miss is not None:
                misses[line.draw] = line.miss
        if line.learned is not None:
            learned, first = line.learned, line.first
            ranked = tuple(Measure(*one) for one in line.ranked)
    return Kept(head, draws, learned, first, misses, ranked)


@dataclass(frozen=True)
class Draws:
    """All that the draws of a run share; a worker gets it once."""

    at: Setting  #: of the run; its scenario has the present values
    strategies: tuple[Strategy, ...]

    @cached_property
    def small(self) -> Setting:
        """The setting of draw 0."""
        book, trial = self.at.scenario.book, self.at.scenario.trial
        sizes = {
            "book.pool": min(book.pool, SMALL["book.pool"]),
            "trial.accounts": min(trial.accounts, SMALL["trial.accounts"]),
        }
        accounts = min(self.at.accounts, ACCOUNTS)
        scenario = self.at.scenario.with_(sizes)
        late = self.at.late[:accounts]
        return replace(self.at, scenario=scenario, accounts=accounts, late=late)

    @cached_property
    def priors(self) -> tuple[Prior, ...]:
        """What is doubted: all inputs that are not a size of the computation."""
        return tuple(p for p in priors_of(self.small.scenario, "all") if p.path not in SMALL)

    def point(self, draw: int) -> tuple[float | int, ...]:
        """Return the values of a draw."""
        if draw == 0:
            return tuple(p.present for p in self.priors)
        block, place = divmod(draw - 1, BLOCK)
        return drawn(self.priors, BLOCK, [self.at.seed, block * BLOCK])[place]

    def __call__(self, draw: int) -> tuple[Pairs, float] | str:
        """Play a draw and see how far it is from the targets; one that cannot be is a reason."""
        try:
            at = self._world(draw)
            return self._played(at), self._missed(at)
        except Exception as error:
            return f"{type(error).__name__}: {error}"

    def _world(self, draw: int) -> Setting:
        moved = dict(zip((p.path for p in self.priors), self.point(draw), strict=True))
        base = self.small
        return replace(base, scenario=with_inputs(base.scenario, moved)) if draw else base

    def _missed(self, at: Setting) -> float:
        return missed(evidence(), at.scenario, at.seed)

    def _played(self, at: Setting) -> Pairs:
        """Return each strategy's net value; two replications that share a pool and a fit."""
        found: Pairs = {}
        for strategy in self.strategies:
            fit = ready(at, strategy, 0)
            found[strategy.name] = [_net(at, fit, r) for r in (0, at.groups)]
        return found


def _net(at: Setting, strategy: Strategy, replication: int) -> tuple[float, float]:
    measures = replay(at, strategy, replication, {}, full=False).measures
    pair = measures.loc["net_value", ["numerator", "denominator"]].to_numpy(dtype=float)
    return float(pair[0]), float(pair[1])


# --- played --------------------------------------------------------------------------------------


def draws_of(found: Comparison, at: Setting | None = None) -> Draws:
    """Return the draws of a run: its candidates, through its own setting with small sizes."""
    rivals = {found.baseline, *(s.name for s in found.candidates(found.baseline))}
    chosen = tuple(s for s in found.strategies if s.name in rivals)
    return Draws(at or found.setting, chosen)


def doubted(
    found: Comparison,
    folder: Path,
    seconds: float,
    *,
    at: Setting | None = None,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
    clock: Clock = time.monotonic,
) -> Comparison:
    """Play draws for about so many *seconds*, keep them in *folder*, and weigh the verdict by all.

    On Ctrl-C what is finished counts. Where the run has no verdict nothing is played.

    Parameters
    ----------
    at
        The run's setting with the accounts of its portfolio, which a stored run does not hold.

    Raises
    ------
    BadInput
        Draws in the folder that are of other code or another question; an input whose range is an
        accident.
    """
    work = draws_of(found, at)
    if seconds <= 0 or len(found.replications) < verdict.FEWEST or len(work.strategies) < 2:
        return weighed(found, folder)
    head = _head(work)
    with alone(folder):
        kept = read(folder)
        if kept.head is not None and kept.head != head:
            raise BadInput(folder / FILE, "draws", "of other code or another question",
                           "those of the present code; begin a new run")  # fmt: skip
        with Journal(folder / FILE) as journal, suppress(KeyboardInterrupt):
            if kept.head is None:
                journal.add([{"head": head.model_dump()}])
            todo = (i for i in range(MOST + 1) if i not in kept.draws)
            _play(work, todo, journal, (seconds, jobs, clock), progress)
        _learn(work, found, folder)
    return weighed(found, folder)


def _head(work: Draws) -> Head:
    at = work.small
    size = at.seed, at.accounts, at.days
    return Head(code=source(), scenario=at.scenario.fingerprint, size=size, inputs=len(work.priors))


def _play(
    work: Draws,
    todo: Iterable[int],
    journal: Journal,
    means: tuple[float, int, Clock],
    progress: Callable[[int, int], None] | None,
) -> None:
    """Play draws while the next one is likely to end in time; the fewest whatever it takes."""
    seconds, jobs, clock = means
    begun, told = clock(), list[float]()
    with crew(jobs, Replications.__module__) as hands:
        offered = _offered(todo, seconds, jobs, begun, told, clock)
        with closing(hands.answers(work, offered, lambda task, reason: None)) as answers:
            for draw, answer in answers:
                told.append(clock())
                lost = answer.reason if isinstance(answer, Lost) else answer
                journal.add([{"draw": draw, **_line(lost)}])
                if progress:
                    progress(min(int(told[-1] - begun), int(seconds)), max(1, int(seconds)))


def _line(answer: tuple[Pairs, float] | str) -> dict[str, Any]:
    if isinstance(answer, str):
        return {"failure": answer}
    return {"values": answer[0], "miss": round(answer[1], 6)}


def _offered(
    todo: Iterable[int], seconds: float, jobs: int, begun: float, told: Sequence[float],
    clock: Clock,
) -> Iterator[int]:  # fmt: skip
    """Yield draws until the time is up but for half a draw: what is taken is played out."""
    for count, draw in enumerate(todo):
        spent = clock() - begun
        each = jobs * (told[-1] - begun) / len(told) if told else 0.0
        if count >= max(jobs, FEWEST) and spent + each / 2 > seconds:
            return
        yield draw


def _learn(work: Draws, found: Comparison, folder: Path) -> None:
    """Ask what to measure first, once there are draws enough, and write the answer down."""
    kept = read(folder)
    if kept.weights.effective < LEARNS or kept.learned == kept.good or kept.weights.how == "few":
        return
    over = _ensemble(found, kept, work).over(learn=True)
    line = {"learned": kept.good, "first": over.first and list(over.first[:3])}
    with Journal(folder / FILE) as journal:
        journal.add([line | {"ranked": [list(one) for one in over.ranked]}])


# --- weighed -------------------------------------------------------------------------------------


def weighed(found: Comparison, folder: Path) -> Comparison:
    """Return the comparison with what the draws in *folder* say; nothing is played."""
    kept = read(folder)
    whole = isinstance(kept.draws.get(0), dict) and kept.good >= FEWEST - 1
    if kept.head is None or not whole or not found.replications:
        return found
    over = _ensemble(found, kept, None).over(learn=False)
    learned = kept.learned == kept.good
    first = Measure(*kept.first) if learned and kept.first else None
    ranked = kept.ranked if learned else ()
    over = over._replace(
        inputs=kept.head.inputs, first=ranked[0] if ranked else first, learned=learned,
        ranked=ranked,
    )  # fmt: skip
    return replace(found, over=over)


def _ensemble(found: Comparison, kept: Kept, work: Draws | None) -> Ensemble:
    """Return the draws as an ensemble around the run; without *work* inputs stay unnamed."""
    names = [s.name for s in draws_of(found).strategies]
    order = sorted(kept.draws)
    priors = work.priors if work else (Prior("draw", 0.0, 0.0, MOST, "assumed"),)
    points = tuple(work.point(i) if work else (i,) for i in order)
    inputs = {p.path: Input((p.low, p.high), between=True) for p in priors}
    size = len(next(iter(_whole(kept.draws[0]).values())))
    design = Design(
        found.setting.scenario.name, tuple(names), inputs, "given", points=points, replications=size
    )
    rows = [row for n, i in enumerate(order) for row in _rows(n, kept.draws[i], names, size)]
    about = {"reference": [], "strategies": {n: (n, n) for n in names}}
    sweep = Sweep(design, about, tidy(design, points_of(design), names, rows))
    base = found.baseline
    level = {n: found.ratio(n, "net_value").estimate for n in names}
    real = found.setting.scenario.book.real_accounts / found.setting.accounts
    counts = kept.weights
    return Ensemble(
        sweep, priors, base, found.margin("net_value"), _thousands(found) * real,
        {n: counts.of.get(i, 0.0) for n, i in enumerate(order)},
        centre={n: value - level[base] for n, value in level.items()},
        most=counts.effective, weighing=counts.how,
    )  # fmt: skip


def _whole(draw: Pairs | str) -> Pairs:
    if isinstance(draw, str):
        raise BadInput("draws", "0", draw, "present values that can be played")
    return draw


def _rows(point: int, draw: Pairs | str, names: Sequence[str], size: int) -> Iterator[Row]:
    """Yield a draw's rows; what lacks a strategy broke off."""
    why = draw if isinstance(draw, str) else ""
    for name in names:
        pairs = [] if isinstance(draw, str) else draw.get(name, [])
        for r in range(size):
            one = {"net_value": pairs[r]} if r < len(pairs) else {}
            yield Row(point, name, r, one, "" if one else why or "missing")


def _thousands(found: Comparison) -> float:
    """Return the thousands of accounts that a replication of the run counts."""
    rows = found.measures
    mine = rows[(rows["metric"] == "net_value") & (rows["strategy"] == found.baseline)]
    return float(mine["denominator"].mean())


__all__ = ["FILE", "Draws", "doubted", "read", "weighed"]
