"""The calibration table: what the default numbers reproduce of the evidence, hits and misses.

People who become one day late, their entry spread over 30 days, are followed one by one with
seats ample. All arms live with the same luck, so gaps between them are paired. Every number is a
function of totals over batches of accounts; its interval is the delete-one-batch jackknife with
Student's t.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from sim.compare.stats import Ratio, interval
from sim.experiments.calibrate.lives import BUCKETS, Tally, tallies
from sim.scenario import Scenario

BATCHES = 20
NO_BAND = (math.nan, math.nan)


class Row(NamedTuple):
    """One number against its evidence; bands are nan where there is none to meet."""

    name: str
    basis: str
    value: float
    low: float
    high: float
    band_low: float
    band_high: float
    hit: bool  #: the value lies in its band, or there is none
    source: str
    unit: str


class Aim(NamedTuple):
    """What a row measures, and the band that the evidence gives."""

    name: str
    of: Callable[[Tally], float]
    band: tuple[float, float]
    basis: str
    source: str
    unit: str = "%"


def share(top: str, bottom: str, times: float = 100.0) -> Callable[[Tally], float]:
    """Return the function *times* x *top* / *bottom*, nan where there is nothing below."""
    return lambda t: times * t[top] / t[bottom] if t[bottom] else math.nan


def gap(top: str, other: str) -> Callable[[Tally], float]:
    """Return the difference of two sums in points of what was late."""
    return lambda t: 100.0 * (t[top] - t[other]) / t["late"] if t["late"] else math.nan


def kept_ratio(t: Tally) -> float:
    """Share of promises kept to a bot over that kept to people."""
    bot, human = share("kept bot 10000", "due bot 10000")(t), share("kept human", "due human")(t)
    return bot / human if human else math.nan


def persistence(t: Tally) -> float:
    """Late three months on, beyond what a Markov chain of one-month steps says."""
    steps = np.array([[t[f"step {a} {b}"] for b in range(BUCKETS)] for a in range(BUCKETS)])
    chain = steps / np.maximum(steps.sum(axis=1, keepdims=True), 1.0)
    starts = np.array([t[f"start {a}"] for a in range(BUCKETS)])
    expected = float(starts @ (1.0 - np.linalg.matrix_power(chain, 3)[:, 0]))
    return 100.0 * (t["late later"] - expected) / starts.sum() if starts.any() else math.nan


# fmt: off
def aims() -> list[Aim]:
    """List what is measured, in the order of the table."""
    rows = [Aim(f"self-cure within {n} days", share(f"cured {n}", "late"), (x - 10, x + 10),
                "cash by then / instalments one day late; no treatment", "C2")
            for n, x in ((3, 35), (7, 50), (30, 65))]
    rows.append(Aim("30-day collection", share("repaid 30", "late"), (85, 88),
                    "cash in 30 days / instalments one day late; incumbent", "B1.2, V15"))
    for basis, of in (("entry", "balance entering a bucket, each time; next bucket 30 days later"),
                      ("cohort", "balance of day-one entrants who never fell back")):
        for k, band in enumerate(((12, 15), (57, 67), (83, 93), (87, 97), (89, 99)), start=1):
            rows.append(Aim(f"flow M{k} to M{k + 1}, per {basis}",
                            share(f"{basis} {k} rolled", f"{basis} {k}"),
                            band if basis == "entry" else NO_BAND, of, "C2, B2.3"))
    for where, *x in (("M1", 30, 55, 65), ("M2-3", 20, 40, 45), ("M4+", 12, 25, 30)):
        rows += [
            Aim(f"right party per dial {where}", share(f"talks {where}", f"dials {where}"),
                (0.6 * x[0], 1.4 * x[0]), "talks / calls by people", "C2, A6.1"),
            Aim(f"promises per talk {where}", share(f"promises {where}", f"talks {where}"),
                (x[1] - 10, x[1] + 10), "promises / talks with people", "C2, A6.1"),
            Aim(f"promises kept {where}", share(f"kept {where}", f"due {where}"),
                (x[2] - 10, x[2] + 10), "kept / due, by bucket when promised", "C2, A6.6")]
    return rows + _more_aims()


def _more_aims() -> list[Aim]:
    points = "points of the first late instalment"
    # V25: 0.5-3 posts per 100 M CNY and month x .48 on collection (B5.2), per 1,215 late accounts:
    # 27,000 loans of 3,705 CNY (B1.8), 4.5 % of them late.
    public = (0.5 * 0.48 / 1.215, 3.0 * 0.48 / 1.215)
    return [
        Aim("promises kept, bot over people", kept_ratio, (0.65, 0.95),
            "promises falling due in the first 30 days", "C2, V3", "ratio"),
        Aim("bot minus people, day 30", gap("value bot 10000 30", "value human 30"), (-12, -6),
            points + ", discounted", "A1.1, V1", "pp"),
        Aim("bot minus people, day 365", gap("value bot 10000 365", "value human 365"), (-7, -3),
            points + ", discounted", "A1.1, V1", "pp"),
        Aim("bot for 5 days minus people, day 365", gap("repaid bot 5", "repaid human"), (-2, -0.3),
            points, "A1.2, V2", "pp"),
        *(Aim(f"missed again within {n} days", share(f"again {n}", "cures"), NO_BAND,
              "cured accounts with instalments to come", "shown") for n in (60, 90)),
        Aim("monthly recovery M4 to M6", share("cash m4-6", "owed m4-6"), (3, 5),
            "cash at 91-180 DPD / open balance x months", "B2.1, V17"),
        Aim("public complaints", share("complaints", "months late", 1000.0), public,
            "expected, per 1,000 late accounts and month", "B5.3, V25", "per 1,000"),
        Aim("persistence above a Markov chain", persistence, (0, 100),
            "late three months on, minus one-month steps", "sign", "pp")]
# fmt: on


def judged(aim: Aim, batches: list[Tally]) -> Row:
    """Measure one aim and set it against its band."""
    keys, count = {key for one in batches for key in one}, len(batches)
    total = defaultdict(float, {key: math.fsum(one[key] for one in batches) for key in keys})
    value = aim.of(total)
    rest = (defaultdict(float, {key: total[key] - one[key] for key in keys}) for one in batches)
    shift = np.array([(count - 1) * (value - aim.of(others)) for others in rest])
    hit = math.isfinite(value) and not (value < aim.band[0] or value > aim.band[1])
    ends = interval(Ratio(value, shift))
    return Row(aim.name, aim.basis, value, *ends, *aim.band, hit, aim.source, aim.unit)


def calibrate_table(scenario: Scenario, accounts: int = 2000, seed: int = 0) -> list[Row]:
    """Measure *scenario* against the evidence.

    Parameters
    ----------
    accounts
        Entrants followed in each arm.
    seed
        Of the people and of their luck.
    """
    batches = tallies(scenario, accounts, seed, BATCHES)
    return [judged(aim, batches) for aim in aims()]


def lines(rows: list[Row]) -> list[str]:
    """Return the table as text: a number that misses its band is marked with a cross."""
    text = []
    for r in rows:
        band = f"{r.band_low:6.2f} to {r.band_high:6.2f}" if math.isfinite(r.band_low) else ""
        mark = "✗" if not r.hit else "✓" if band else " "
        number = f"{r.value:6.2f} ({r.low:6.2f} to {r.high:6.2f}) {r.unit:9}"
        text.append(f"{mark} {r.name:36} {number} {band:16} {r.source:9} {r.basis}")
    return text
