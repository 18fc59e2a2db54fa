"""One line of proof: a number with its interval, the band that it should lie in, and the reason."""

from __future__ import annotations

import math
from typing import NamedTuple

from sim.experiments.calibrate import Aim, judged
from sim.experiments.calibrate.lives import Tally


class Proof(NamedTuple):
    """One number of one target; a band end is infinite where only the sign is stated."""

    target: str  #: V1, VR, ...
    name: str
    experiment: str  #: arms, population, horizon
    scenario: str
    value: float
    low: float  #: interval
    high: float
    band_low: float
    band_high: float
    unit: str
    source: str
    reason: str = ""  #: why it misses, if it does

    @property
    def hit(self) -> bool:
        """Tell whether the value lies in its band."""
        return math.isfinite(self.value) and self.band_low <= self.value <= self.band_high

    @property
    def sure(self) -> bool:
        """Tell whether the whole interval lies in the band."""
        return self.hit and self.band_low <= self.low and self.high <= self.band_high


#: Why a number may miss where it misses. Told beside a miss, by the number's name.
REASONS = {
    "days late a month, reminded minus not": (
        "the trial's clients were late far more often than these, who pay on time in three months "
        "of four"
    ),
    "collection cost over loan revenue": (
        "a small loan is as much work as a large one: calls to claims of CNY 3,700 are dear, and "
        "a commission on what comes in is cheap beside the seats of one's own that it replaces"
    ),
    "public complaints": (
        "the people of this table keep to the script; V25 counts a floor with departures from it"
    ),
    "paid within 30 days of who was talked to, better half minus weaker": (
        "nine of ten of those who are talked to in the first month pay whoever calls, and what a "
        "creditor with a better voice takes from the others is not in this model"
    ),
    "flow M5 to M6, per entry": "at the edge: other people give 88 to 90 %",
    "30-day collection": "at the edge: other people give 84.8 to 85.8 %",
}


def proved(target: str, aim: Aim, batches: list[Tally], experiment: str, scenario: str) -> Proof:
    """Return the proof of a number that is a function of totals over batches of accounts."""
    row = judged(aim, batches)
    return Proof(
        target, aim.name, experiment, scenario, row.value, row.low, row.high, *aim.band,
        aim.unit, aim.source, REASONS.get(aim.name, aim.basis),
    )  # fmt: skip


def counted(proofs: list[Proof]) -> tuple[int, int]:
    """Return how many proofs hit, of how many."""
    return sum(p.hit for p in proofs), len(proofs)
