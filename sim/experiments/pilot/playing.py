"""One simulated pilot beside the worlds that it wants to know about, all with the same luck."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from sim.core.errors import BadInput
from sim.core.rng import stream
from sim.experiments.explain.accounts import Accounts, accounts_of, by_account, tables_of
from sim.experiments.explain.arms import second, split
from sim.experiments.pilot.planning import Floats, told
from sim.experiments.sweep.plays import broke_off
from sim.play.metrics import SHELF
from sim.play.staging import Setting
from sim.strategies import Strategy

#: What a test reads off its accounts, per 1,000; net value without salaries and fixed costs.
#: Complaints are the expected ones, which have less luck; a live test counts them.
METRICS = ("net_value", "amount_recovered", "complaints")
COUNTED = {"complaints": "complaints_realised"}
Task = tuple[int, int]  #: replication and weeks


class Reading(NamedTuple):
    """What one pilot says of one metric, and what is true; per 1,000 accounts."""

    estimate: float  #: challenger's arm less champion's
    policy: float  #: everybody under the challenger's policy less everybody under the champion's
    rollout: float  #: the challenger with its own organisation, all costs, less the champion
    bias: float  #: of the estimate against *policy*, on the same accounts
    level: float  #: everybody under the champion
    sd_champion: float  #: between accounts
    sd_challenger: float
    found: bool  #: the pilot's own test tells a difference
    accounts: int  #: in both arms, entrants included
    treated: int


Readings = dict[str, Reading]


@dataclass(frozen=True)
class Pilots:
    """All that the simulated pilots share; a worker gets it once."""

    at: Setting
    champion: Strategy
    challenger: Strategy
    share: float

    def __call__(self, task: Task) -> tuple[Readings, float] | str:
        """Play one pilot; one that breaks off is a reason."""
        replication, weeks = task
        try:
            return self._played(replication, weeks)
        except Exception as error:
            return broke_off(error)

    def _played(self, replication: int, weeks: int) -> tuple[Readings, float]:
        """Return the readings, and the balance placed per 1,000 accounts, CNY."""
        at = replace(self.at, days=7 * weeks)
        here = replace(
            self.champion, decide=self.challenger.decide, params=self.challenger.params, fit=None
        )
        luck = stream(at.seed, replication)
        old, new = (
            tables_of(at, self.champion, replication),
            tables_of(at, self.challenger, replication),
        )
        champion = by_account(old, luck)
        pilot = accounts_of(at, split(self.champion, here, 0.0, self.share), replication)
        whole = accounts_of(at, here, replication)
        rollout = {
            m: _ratio(SHELF[m].compute(new)) - _ratio(SHELF[m].compute(old)) for m in METRICS
        }
        _, placed = champion.sums("recovery_rate")
        placed_per = placed / 100.0 / champion.sums("net_value")[1]
        return readings(pilot, champion, whole, rollout, self.share), placed_per


def read(body: Any) -> tuple[Readings, float]:
    """Return an answer as it was before JSON."""
    told, placed = body
    return {metric: Reading(*row) for metric, row in told.items()}, float(placed)


def _ratio(pair: tuple[float, float]) -> float:
    return pair[0] / pair[1] if pair[1] else float("nan")


def readings(
    pilot: Accounts,
    champion: Accounts,
    challenger: Accounts,
    rollout: Mapping[str, float],
    share: float,
) -> Readings:
    """Return what a pilot says, beside what is true of everybody.

    The bias is taken on the same accounts in all worlds: those treated in the pilot against the
    same where all are, the others against the same where nobody is. Over all ways to draw the arms
    its mean is that of estimate less truth, with much less luck in it.
    """
    arm = second(pilot.coins, 0.0, share)
    if not 1 < arm.sum() < len(arm) - 1:
        raise BadInput("--accounts", "", len(arm), "more: each arm needs two accounts at least")
    found = {}
    for metric in METRICS:
        p, a, b = (_each(w, metric) for w in (pilot, champion, challenger))
        seen = _each(pilot, COUNTED.get(metric, metric))
        bias = (p[arm].mean() - b[arm].mean()) - (p[~arm].mean() - a[~arm].mean())
        found[metric] = Reading(
            float(p[arm].mean() - p[~arm].mean()),
            float(b.mean() - a.mean()),
            rollout[metric],
            float(bias),
            float(a.mean()),
            float(p[~arm].std(ddof=1)),
            float(p[arm].std(ddof=1)),
            told(seen[arm], seen[~arm]),
            len(arm),
            int(arm.sum()),
        )
    return found


def _each(world: Accounts, metric: str) -> Floats:
    """Return a metric of each account, as of 1,000 such."""
    values: Floats = np.asarray(world.pairs[metric][0] * 1_000.0)
    return values
