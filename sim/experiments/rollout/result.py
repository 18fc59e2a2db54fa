"""What follows from a roll-out: month by month, against the present practice, with the same luck.

Money is CNY of the real book. A difference is an arm's less the present practice's in the same
replication; bands hold nine in ten replications at each month, a spread and no interval of a mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.play.metrics import SHELF
from sim.strategies.timetable import Programme, Timetable, programme

Floats = NDArray[np.float64]
PRESENT = "present"
BAND = (0.05, 0.5, 0.95)
SPENDING = ("cost_staff", "cost_variable", "cost_fixed", "cost_complaints")
KPIS = ("overdue_rate", "success_rate", "complaints", "satisfaction")
LEVELS = ("overdue_rate", "success_rate", "satisfaction")  #: as they stand at a month's end


@dataclass(frozen=True)
class Asked:
    """What is asked, with the timetables as they were."""

    scenario: str
    settings: tuple[str, ...]
    timetables: tuple[Timetable, ...]
    months: int
    replications: int
    seed: int
    accounts: int
    real_accounts: int
    budget: str = "same"
    targets: Mapping[str, float] = field(default_factory=dict)
    command: str = ""
    portfolio: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)

    @property
    def present(self) -> str:
        """Name of the strategy that is in force at present."""
        return self.timetables[0].present

    @property
    def arms(self) -> tuple[str, ...]:
        """The present practice, then the timetables."""
        return PRESENT, *(t.name for t in self.timetables)

    def programme(self, arm: str) -> Programme:
        """Return an arm's timetable with its strategies."""
        by_name = {t.name: t for t in self.timetables}
        return programme(by_name.get(arm, self.timetables[0].idle()))


@dataclass(frozen=True)
class Rollout:
    """What was asked and what is finished of it.

    Attributes
    ----------
    counts
        By arm and metric: numerator and denominator from the first day to each month's end,
        shape (replications, months, 2).
    people
        By arm and role: full-time people of the real book in each month.
    failures
        Arm, replication and reason of what broke off.
    """

    asked: Asked
    counts: Mapping[str, Mapping[str, Floats]]
    people: Mapping[str, Mapping[str, list[float]]]
    failures: tuple[tuple[str, int, str], ...] = ()

    @property
    def finished(self) -> int:
        """Replications that every arm has finished."""
        return len(next(iter(self.counts[PRESENT].values()))) if self.counts else 0

    @property
    def scale(self) -> float:
        """Accounts of the real book for which a simulated one stands."""
        return self.asked.real_accounts / self.asked.accounts

    @property
    def months(self) -> range:
        """The months, from 1."""
        return range(1, self.asked.months + 1)

    # --- money -----------------------------------------------------------------------------------

    def net(self, arm: str) -> Floats:
        """Return net value from the start to each month's end, shape (replications, months), CNY.

        One-off costs count in full in the month they fall due, not by the share of their use:
        pay-back asks when the money is back.
        """
        mine = self.counts[arm]
        spread = mine["net_value"][:, :, 0] + mine["value_one_off"][:, :, 0]
        found: Floats = self.scale * spread - np.cumsum(self.once(arm))
        return found

    def once(self, arm: str) -> Floats:
        """Return what falls due once in each month, CNY, the present practice's own aside."""
        own = self.asked.programme(arm)
        return np.array([own.spent_once(m) for m in range(self.asked.months)], dtype=float)

    def ahead(self, arm: str, of: str = PRESENT) -> Floats:
        """Return the cumulative net difference, shape (replications, months), CNY."""
        return self.net(arm) - self.net(of)

    def band(self, arm: str, of: str = PRESENT) -> Floats:
        """Return the cumulative net difference at 5, 50 and 95 % of the replications, by month."""
        found: Floats = np.quantile(self.ahead(arm, of), BAND, axis=0)
        return found

    def paid_back(self, arm: str) -> Floats:
        """Return each replication's pay-back month, infinite where there is none; see `payback`."""
        return np.array([payback(path) for path in self.ahead(arm)])

    def chance(self, arm: str) -> Floats:
        """Return the share of replications that have paid back by each month, for good."""
        month = self.paid_back(arm)
        return np.array([float((month <= m).mean()) for m in self.months])

    def deepest(self, arm: str) -> tuple[float, int]:
        """Return the middle path's lowest point, CNY, and its month; 0 and 0 if never below 0."""
        middle = self.band(arm)[1]
        low = int(np.argmin(middle))
        return (float(middle[low]), low + 1) if middle[low] < 0.0 else (0.0, 0)

    def spending(self, arm: str) -> dict[str, Floats]:
        """Return mean spending by kind in each month, CNY; one-off costs when they fall due."""
        found = {kind: self.monthly(arm, kind).mean(axis=0) for kind in SPENDING}
        return found | {"cost_one_off": self.once(arm)}

    # --- people, law, targets --------------------------------------------------------------------

    def posts(self, arm: str) -> dict[str, Floats]:
        """Return full-time people of the real book by role and month, but for empty roles."""
        return {role: np.array(n) for role, n in self.people[arm].items() if any(n)}

    def monthly(self, arm: str, metric: str) -> Floats:
        """Return a total's part in each month for the real book, shape (replications, months)."""
        total = self.scale * self.counts[arm][metric][:, :, 0]
        found: Floats = np.diff(total, axis=1, prepend=0.0)
        return found

    def exposure(self, arm: str, metric: str, until: int) -> Floats:
        """Return what the first *until* months brought of a risk, one number per replication."""
        found: Floats = self.monthly(arm, metric)[:, :until].sum(axis=1)
        return found

    def level(self, arm: str, metric: str) -> Floats:
        """Return a target's metric by month, shape (replications, months), in its own unit.

        Rates and satisfaction as they stand at the month's end; complaints of the month per 1,000
        accounts of the book.
        """
        x, y = np.moveaxis(self.counts[arm][metric], 2, 0)
        if metric not in LEVELS:
            return self.monthly(arm, metric) * 1_000.0 / self.asked.real_accounts
        missing = np.full(x.shape, np.nan)
        return np.asarray(np.divide(x, y, out=missing, where=y != 0), dtype=float)

    def attained(self, arm: str, metric: str, target: float) -> Floats:
        """Return the share of replications that meet a target in each month."""
        values = self.level(arm, metric)
        met = values >= target if SHELF[metric].better == "higher" else values <= target
        return np.asarray(met.mean(axis=0), dtype=float)

    def to_dict(self) -> dict[str, Any]:
        """Return what follows as records that JSON holds."""
        body: dict[str, Any] = {
            "command": self.asked.command,
            "scenario": self.asked.scenario,
            "present": self.asked.present,
            "replications": self.finished,
            "planned": self.asked.replications,
            "months": self.asked.months,
            "arms": {},
            "failures": [list(f) for f in self.failures],
        }
        for arm in self.asked.arms:
            body["arms"][arm] = self._arm(arm)
        return body

    def _arm(self, arm: str) -> dict[str, Any]:
        low, middle, high = self.band(arm)
        targets = self.asked.targets
        return {
            "cumulative_difference": {"p05": low, "median": middle, "p95": high},
            "paid_back_by_month": self.chance(arm),
            "spending": self.spending(arm),
            "posts": self.posts(arm),
            "complaints": self.monthly(arm, "complaints").mean(axis=0),
            "breaches": self.monthly(arm, "breaches").mean(axis=0),
            "levels": {m: self.level(arm, m).mean(axis=0) for m in KPIS},
            "attained": {m: self.attained(arm, m, value) for m, value in targets.items()},
        }


def payback(path: Floats) -> float:
    """Return the month from which a cumulative difference stays above zero, infinite if none.

    A path that has not left zero yet has paid nothing back.
    """
    ahead = path > 0.0
    if not ahead[-1]:
        return float("inf")
    below = np.flatnonzero(~ahead)
    return float(below[-1] + 2) if below.size else 1.0
