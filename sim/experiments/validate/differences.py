"""Lasting differences: two data sets of monthly states, each against a scenario of its own."""

from __future__ import annotations

from sim.core.rng import stream
from sim.experiments.calibrate.lives import SPREAD, YEAR
from sim.experiments.calibrate.spells import measures, months_of
from sim.experiments.calibrate.targets import from_file
from sim.experiments.validate.proofs import Proof
from sim.play.cohort import cohort
from sim.scenario import SHELF, Scenario
from sim.strategies.phone_only import PHONE_ONLY

SETS = ("taiwan_card", "bureau")


def lasting(name: str, accounts: int, seed: int) -> list[Proof]:
    """Return what the months of the scenario *name* say beside its data's."""
    scenario = Scenario.load(name)
    days = SPREAD + YEAR
    lives = cohort(scenario, PHONE_ONLY, range(accounts), stream(seed, 0), days, SPREAD)
    found = measures(months_of(lives))
    said = "`phone_only`, month ends of a year"
    proofs = []
    for t in from_file(SHELF / "targets" / f"{name}.csv").targets:
        m = found[t.name]
        half = 2.0 * m.error
        unit = "log" if "log" in t.name else "%"
        kept = ", not used by the fit" if t.held else ""
        proofs.append(Proof(name, t.name + kept, said, name, m.value, m.value - half,
                            m.value + half, t.low, t.high, unit, t.source, ""))  # fmt: skip
    return proofs
