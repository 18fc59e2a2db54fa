"""V22 to V25, VR: what a whole floor costs, whom it angers, whether it keeps the law; the court."""

from __future__ import annotations

import math

import numpy as np

from sim.compare.stats import Ratio, interval
from sim.core.domain import Event
from sim.core.rng import stream
from sim.experiments.calibrate import BATCHES, Aim, share
from sim.experiments.calibrate.lives import Count, Tally
from sim.experiments.validate.arms import Sue, arm
from sim.experiments.validate.proofs import Proof, proved
from sim.play.cohort import cohort
from sim.play.run import Run, play
from sim.scenario import Scenario
from sim.strategies import SHELF

YIELD = 0.092  #: revenue over loans a year: 3.527 of 38.154 bn CNY (evidence B5.3)
ON_COLLECTION = 0.48  #: share of complaints that are about collection (evidence B5.1, B5.2)
POSTS = 1.29  #: public posts per 100 M CNY of loans and month at one lender (evidence B5.3)
HUNDRED = 1e8  #: CNY
DAYS = 90


def courts(scenario: Scenario, accounts: int, seed: int) -> list[Proof]:
    """V23: everybody who is 91 days late is sued; nothing else is done."""
    lives = cohort(scenario, arm(Sue()), range(accounts), stream(seed, 0), 600)
    count, event = Count(accounts, BATCHES), lives.ledger["event"]
    enforced = event == Event.ENFORCED
    who, found = lives.life[enforced], lives.ledger["amount"][enforced].astype(float)
    claim = lives.ledger["balance"][enforced].astype(float)
    count.add("cases", who)
    count.add("claims", who, claim)
    count.add("found", who, found)
    count.add("full", who, found >= claim)
    said = "everybody sued at 91 days late, no other means; 600 days"
    return [
        proved("V23", Aim("recovered of the claims enforced", share("found", "claims"), (8.0, 13.0),
                          "", "B4.1"), count.tallies(), said, scenario.name),
        proved("V23", Aim("cases enforced in full", share("full", "cases"), (4.0, 5.0), "",
                          "B4.1"), count.tallies(), said, scenario.name),
    ]  # fmt: skip


def floors(scenario: Scenario, strategy: str, accounts: int, replications: int) -> list[Run]:
    """Play the floor of *strategy*."""
    return [
        play(scenario, strategy, replication=r, accounts=accounts, days=DAYS, detail="measures")
        for r in range(replications)
    ]


def _counted(run: Run, metric: str, part: str) -> float:
    return float(run.measures[part].to_dict()[metric])


def told(run: Run) -> Tally:
    """Return what a run counts: posts, money, loans in the whole book."""
    tally, scenario = Tally(float), run.scenario
    tally["posts"] = _counted(run, "complaints_regulator", "numerator")
    tally["cost"] = _counted(run, "cost", "numerator")
    late = run.daily[run.daily["bucket"] > 0].groupby("day")["balance"].sum()
    tally["loans"] = float(late.mean()) / 100.0 / scenario.book.overdue_share
    tally["months"] = tally["loans"] * DAYS / 30.0
    return tally


def over(top: str, bottom: str, times: float) -> Aim:
    """Return *times* x *top* / *bottom* as an aim without a name."""
    return Aim("", share(top, bottom, times), (-math.inf, math.inf), "", "", "")


def public(runs: list[Run], strategy: str) -> list[Proof]:
    """V24, V25: posts of a floor that departs from its script as people do."""
    batches = [told(run) for run in runs]
    scenario = runs[0].scenario.name
    said = f"`{strategy}` on its floor, {len(runs)} worlds of {DAYS} days"
    rate = over("posts", "months", HUNDRED / ON_COLLECTION)._replace(
        name="public complaints of all kinds per 100 M CNY of loans and month",
        band=(0.5, 3.0), source="B5.3", unit="posts",
    )  # fmt: skip
    others = POSTS * (1.0 - ON_COLLECTION)

    def part(t: Tally) -> float:
        posts = HUNDRED * t["posts"] / t["months"] if t["months"] else math.nan
        return 100.0 * posts / (posts + others)

    portion = Aim("collection's share of public complaints", part, (45.0, 50.0), "", "B5.1, B5.2")
    found = [_by_runs("V25", rate, batches, said, scenario)]
    if scenario == "zhongyuan":  # the lender whose other posts are known
        found.append(_by_runs("V24", portion, batches, said, scenario))
    return found


def costs(runs: list[Run], strategy: str, band: tuple[float, float]) -> list[Proof]:
    """V22: what collecting costs over what the loans earn."""
    aim = over("cost", "loans", 100.0 * 365.0 / DAYS / YIELD)._replace(
        name="collection cost over loan revenue", band=band, source="B3.22", unit="%"
    )
    said = f"`{strategy}` on its floor, {len(runs)} worlds of {DAYS} days; revenue 9.2 % of loans"
    return [_by_runs("V22", aim, [told(r) for r in runs], said, runs[0].scenario.name)]


def _by_runs(target: str, aim: Aim, batches: list[Tally], said: str, scenario: str) -> Proof:
    """Return the proof of a ratio over worlds."""
    values = np.array([aim.of(one) for one in batches])
    center = float(values.mean())
    low, high = interval(Ratio(center, values - center)) if len(values) > 1 else (math.nan,) * 2
    return Proof(target, aim.name, said, scenario, center, low, high, *aim.band, aim.unit,
                 aim.source, "")  # fmt: skip


def lawful(scenario: Scenario, accounts: int, days: int) -> list[Proof]:
    """VR: no strategy breaks the law by itself; how often one had to be stopped is told beside it.

    People keep to the script here: what they do beside it is theirs, and V25 counts it.
    """
    found, script = [], scenario.with_({"people.misconduct": 0.0})
    for name in SHELF:
        run = play(script, name, accounts=accounts, days=days, detail="measures")
        breaches = _counted(run, "breaches", "numerator")
        stopped = _counted(run, "blocked", "numerator")
        found.append(
            Proof("VR", f"breaches, {name}", f"one world of {accounts} accounts, {days} days, no "
                  f"misconduct; {stopped:.0f} actions stopped", scenario.name, breaches, breaches,
                  breaches, 0.0, 0.0, "breaches", "C", "")
        )  # fmt: skip
    return found
