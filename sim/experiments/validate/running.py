"""All experiments, in the order of the evidence's list."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from sim.core.domain import Event
from sim.core.errors import choose
from sim.core.rng import stream
from sim.experiments.calibrate import BATCHES, Aim, aims
from sim.experiments.calibrate.lives import YEAR, Count, Tally, bot_first, tallies
from sim.experiments.validate.casebook import cases, floor_cases
from sim.experiments.validate.differences import SETS, lasting
from sim.experiments.validate.floors import costs, courts, floors, lawful, public
from sim.experiments.validate.late import late_stage
from sim.experiments.validate.messages import before_due, named_or_not, warm_or_stern
from sim.experiments.validate.proofs import Proof, proved
from sim.play.cohort import Cohort, cohort
from sim.scenario import Scenario
from sim.strategies import SHELF
from sim.strategies.phone_only import PHONE_ONLY

#: number of the calibration table -> target
TABLE = {
    "bot minus people, day 30": "V1", "bot minus people, day 365": "V1",
    "bot for 5 days minus people, day 365": "V2", "promises kept, bot over people": "V3",
    "30-day collection": "V15", "monthly recovery M4 to M6": "V17",
}  # fmt: skip
DUE = 5.5  #: per cent of what falls due that becomes one day late (evidence B1.1)
ARMS = {
    "V1": "bot's voice / people, nothing else differs; one year",
    "V2": "bot's voice for 5 days, then people / people; one year",
    "V3": "bot's voice / people; promises due in the first 30 days",
}


class Size(NamedTuple):
    """How large the experiments are."""

    accounts: int = 10_000  #: entrants in each arm
    worlds: int = 4  #: of a floor
    book: int = 1_000  #: accounts of a floor


USUAL = Size()


def table(size: Size, seed: int) -> list[Proof]:
    """V1 to V3, V15 to V17, and the other flows and rates of the calibration table."""
    scenario = Scenario.load("weilidai")
    batches = tallies(scenario, size.accounts, seed, BATCHES)
    found = []
    for aim in aims():
        if math.isfinite(aim.band[0]):
            target = TABLE.get(aim.name, "C2")
            said = ARMS.get(target, "`phone_only` with seats ample; one year")
            found.append(proved(target, aim, batches, said, scenario.name))
    rolled = Aim("C to M2", _into_second, (0.5, 0.8), "5.5 % of what is due x (1 - V15)", "B1.3")
    found.append(proved("V16", rolled, batches, "5.5 % of what is due x (1 - V15)", scenario.name))
    found.append(_missed_later(scenario, size, seed))
    order = {t: i for i, t in enumerate(("V1", "V2", "V3", "V15", "V16", "V17", "C2"))}
    return sorted(found, key=lambda p: order[p.target])


def _into_second(t: Tally) -> float:
    return DUE * (1.0 - t["repaid 30"] / t["late"]) if t["late"] else math.nan


def _missed_later(scenario: Scenario, size: Size, seed: int) -> Proof:
    """V2's other half: instalments missed after the first month, bot first over people."""
    count, ids, luck = Count(size.accounts, BATCHES), range(size.accounts), stream(seed, 0)
    for name, who in (("people", PHONE_ONLY), ("bot", bot_first(5, scenario.floor.weekdays))):
        lives = cohort(scenario, who, ids, luck, 30 + YEAR)
        count.add(name, _missed(lives))
    count.add("accounts", np.arange(size.accounts))
    more = Aim("instalments missed later, bot first minus people",
               lambda t: 1_000.0 * (t["bot"] - t["people"]) / max(1.0, t["accounts"]),
               (0.0, math.inf), "", "A1.2", "per 1,000 accounts")  # fmt: skip
    return proved("V2", more, count.tallies(), ARMS["V2"], scenario.name)


def _missed(lives: Cohort) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    later = lives.day > lives.firsts[lives.life] + 30
    found: np.ndarray[tuple[int], np.dtype[np.int64]]
    found = lives.life[later & (lives.ledger["event"] == Event.MISSED)]
    return found


def texts(size: Size, seed: int) -> list[Proof]:
    """V6 to V8."""
    scenario, found = Scenario.load("weilidai"), []
    for experiment in (named_or_not, warm_or_stern, before_due):
        found += experiment(scenario, size.accounts, seed)
    return found


def money(size: Size, seed: int) -> list[Proof]:
    """V22 to V25."""
    found = []
    light = Scenario.load("weilidai")
    runs = floors(light, "phone_only", size.book, size.worlds)
    found += costs(runs, "phone_only", (3.0, 6.0))
    if "outsourced" in SHELF:
        heavy = floors(light, "outsourced", size.book, size.worlds)
        found += costs(heavy, "outsourced", (12.0, 21.0))
    found += courts(light, size.accounts, seed)
    watched = floors(Scenario.load("zhongyuan"), "phone_only", size.book, size.worlds)
    return [*found, *public(watched, "phone_only"), *public(runs, "phone_only")]


def law(size: Size, seed: int) -> list[Proof]:
    """VR: every strategy on the shelf."""
    return lawful(Scenario.load("weilidai"), min(400, size.book), 60)


def differences(size: Size, seed: int) -> list[Proof]:
    """Lasting differences between accounts."""
    return [proof for name in SETS for proof in lasting(name, size.accounts, seed)]


def late(size: Size, seed: int) -> list[Proof]:
    """VL1 to VL7: the late stage, the stock, skill, dead numbers, promises."""
    return late_stage(Scenario.load("weilidai"), size.accounts, 2 * size.book, size.worlds, seed)


def casebook(size: Size, seed: int) -> list[Proof]:
    """V-E1 to V-E12."""
    worlds = max(5, 2 * size.worlds)
    return [*floor_cases(Scenario.load("weilidai"), worlds, size.book, seed), *cases(0)]


EXPERIMENTS: dict[str, Callable[[Size, int], list[Proof]]] = {
    "table": table, "texts": texts, "money": money, "law": law, "differences": differences,
    "late": late, "cases": casebook,
}  # fmt: skip


def validate(
    size: Size = USUAL, seed: int = 101, only: tuple[str, ...] = (),
    progress: Callable[[int, int], None] | None = None,
) -> list[Proof]:  # fmt: skip
    """Run the experiments (those named in *only*, or all) and return the proofs.

    The default seed is one that no fit has used.
    """
    names = [choose("--only", "", name, EXPERIMENTS) for name in only] or list(EXPERIMENTS)
    found = []
    for i, name in enumerate(names):
        found += EXPERIMENTS[name](size, seed)
        if progress is not None:
            progress(i + 1, len(names))
    return found
