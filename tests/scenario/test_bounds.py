"""Every knob is played at both of its ends, and in random corners, in both engines.

A bound says what is allowed; what is allowed must play. A scenario that its own rules refuse is
refused in one line, which is as good.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
import pytest
from pydantic import BaseModel, ValidationError

from sim.core.domain import Organisation
from sim.core.errors import BadInput
from sim.engine.fast import COMPILED
from sim.play.run import play
from sim.scenario import Scenario
from sim.strategies import SHELF
from sim.strategies.recipe import LEVERS, fits, params_of
from sim.strategies.recipe import PARAMS as BOUNDS

#: Sizes of what is played, which a test sets itself.
SIZES = (
    "book.accounts", "book.pool", "book.pool_days", "book.days", "trial.accounts", "trial.days",
)  # fmt: skip
ENGINES = ("story", "fast") if COMPILED else ("story",)
FASTER = {"book.pool": 100, "book.pool_days": 60}
FEW = 24  #: knobs, and corners, of the test that is always run


def bounded(section: type[BaseModel], path: str = "") -> Iterator[tuple[str, float, float]]:
    """Yield the dotted path of every number with two ends, and its ends."""
    for name, field in section.model_fields.items():
        here, kind = f"{path}.{name}" if path else name, field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from bounded(kind, here)
            continue
        low = next((m.ge for m in field.metadata if hasattr(m, "ge")), None)
        high = next((m.le for m in field.metadata if hasattr(m, "le")), None)
        if low is not None and high is not None and here not in SIZES and kind in (int, float):
            yield here, kind(low), kind(high)


KNOBS = list(bounded(Scenario))
ENDS = [(path, end) for path, low, high in KNOBS for end in (low, high)]


def plays(changes: Mapping[str, Any], strategy: Any = "process") -> None:
    """Play a few accounts in both engines; their ledgers are equal and every number is one."""
    try:
        scenario = Scenario.load("weilidai").with_({**FASTER, **changes})
    except (ValidationError, BadInput):
        return
    ledgers = []
    for engine in ENGINES:
        try:
            run = play(scenario, strategy, accounts=12, days=35, engine=engine)
        except BadInput:
            return
        ledgers.append(run.ledger)
        assert all(math.isfinite(x) for x in run.measures["numerator"])
    for other in ledgers[1:]:
        pd.testing.assert_frame_equal(ledgers[0], other)


def corner(number: int) -> dict[str, float]:
    """Return a corner of a random third of the knobs."""
    luck = random.Random(number)
    return {path: luck.choice(ends) for path, *ends in KNOBS if luck.random() < 1 / 3}


@pytest.mark.parametrize(("path", "end"), random.Random(1).sample(ENDS, FEW))
def test_some_knobs_play_at_their_ends(path, end):
    plays({path: end})


@pytest.mark.parametrize("path", ["borrower.kept_share", "law.accelerate_dpd"])
def test_nothing_counts_as_kept_and_everything_falls_due_at_once(path):
    plays({path: 0})


@pytest.mark.slow
@pytest.mark.parametrize(("path", "end"), ENDS)
def test_every_knob_plays_at_its_ends(path, end):
    plays({path: end})


@pytest.mark.slow
@pytest.mark.parametrize("number", range(60))
def test_random_corners_of_all_knobs_play(number):
    chosen = {p: v for p, v in corner(number).items() if not p.endswith(".share")}
    plays(chosen)


@pytest.mark.slow
@pytest.mark.parametrize("lever", LEVERS)
def test_every_lever_plays_at_its_ends(lever):
    like = getattr(Organisation(), lever)
    for end in LEVERS[lever][:2]:
        plays({}, SHELF["process"].organised(**{lever: type(like)(end)}))


@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n, s in SHELF.items() if s.fit is None])
def test_every_parameter_plays_at_its_ends(name):
    for param, now in params_of(SHELF[name]).items():
        for end in BOUNDS[param][:2]:
            value = type(now)(end)
            assert fits(value, now, BOUNDS[param])
            plays({}, SHELF[name].tuned(**{param: value}))
