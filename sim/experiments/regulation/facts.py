"""What a rule asks of the organisation instead of a touch: training, appraisal, agencies, machines.

A lever at zero is told as such. It is no breach of the ledger: nobody was touched unlawfully.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

from sim.core.domain import Event, Organisation, Tone
from sim.play.metrics.tables import DIRECT
from sim.play.run import Run
from sim.scenario import Scenario

DIRECT_WORDS = [Event(event).name.lower() for event in DIRECT]
ENOUGH = 30  #: contacts of a region from which on it is compared


class Fact(NamedTuple):
    """One check: the article's code, whether it holds, and the number that it was read from."""

    code: str
    holds: bool
    lever: str
    value: float


def facts(scenario: Scenario, organisation: Organisation) -> list[Fact]:
    """Return what the articles of the pack `cn` ask of the organisation, and what there is."""
    return [trained(organisation), appraised(organisation), reviewed(scenario, organisation)]


def trained(o: Organisation) -> Fact:
    """CN-20: training once a year; the lever is hours per collector and month."""
    return Fact("CN-20", o.training_hours > 0.0, "training_hours", o.training_hours)


def appraised(o: Organisation) -> Fact:
    """CN-21: who pays for cash has to look at conduct too, by scorecard or inspection."""
    conduct = max(o.scorecard, o.inspection)
    return Fact("CN-21", o.incentive == 0.0 or conduct > 0.0, "scorecard, inspection", conduct)


def reviewed(scenario: Scenario, o: Organisation) -> Fact:
    """CN-22: agencies are reviewed; without agencies there is nothing to review."""
    share = scenario.agency.review
    return Fact("CN-22", o.agency_seats == 0.0 or share > 0.0, "agency.review", share)


def fairness(runs: Iterable[Run]) -> float:
    """CN-24: share of contacts in a stern or harsher tone, highest region over lowest; 1 is even.

    Regions say where people live, not how they owe. nan where fewer than two have contacts enough,
    infinite where one region alone is treated harshly.
    """
    parts = []
    for run in runs:
        touches = run.ledger[run.ledger["event"].isin(DIRECT_WORDS)]
        region = run.final.set_index("account_id")["region"]
        harsh = touches["tone"].isin([t.name.lower() for t in Tone if t >= Tone.STERN])
        parts.append(pd.DataFrame({"region": touches["account_id"].map(region), "harsh": harsh}))
    shares = pd.concat(parts).groupby("region")["harsh"].agg(["mean", "size"])
    compared = shares.loc[shares["size"] >= ENOUGH, "mean"].to_numpy(dtype=float)
    if len(compared) < 2:
        return float(np.nan)
    low, high = float(compared.min()), float(compared.max())
    if high == low:
        return 1.0
    return high / low if low > 0.0 else float(np.inf)
