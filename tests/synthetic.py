"""A world of strategies whose true differences are known: no borrowers, only numbers and luck."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from sim.compare.comparison import DECIDING, Comparison
from sim.play.staging import Setting
from sim.scenario import Scenario
from sim.strategies import SHELF

#: What the baseline brings, in the unit of each metric, and the luck in it.
LEVEL = {"net_value": 1e6, "complaints": 2.0, "breaches": 1.0, "satisfaction": 70.0,
         "recovery_rate": 10.0}  # fmt: skip
LUCK = {"net_value": 4e4, "complaints": 0.1, "breaches": 0.04, "satisfaction": 1.0,
        "recovery_rate": 1.0}  # fmt: skip
SCENARIO = Scenario.load("weilidai")
PLACED = 2_000.0  #: opening balance per account, CNY: 0.5 % of it matters, 10,000 per 1,000
MATTERS = 10_000.0
OWN = 0.4  #: share of the luck that strategies do not share, as a standard deviation

Gains = Mapping[tuple[str, str], float]


def world(
    seed: int,
    replications: int,
    gains: Gains | None = None,
    strategies: tuple[str, ...] = ("phone_only", "process"),
    *,
    skewed: bool = False,
    looks: tuple[int, ...] = (),
) -> Comparison:
    """Compare *strategies* over so many replications; *gains* are true differences.

    The same seed continues the same replications. With *skewed*, luck is an exponential's.
    """
    rng = np.random.default_rng(seed)
    draws = rng.normal(size=(400, len(DECIDING) + 1, len(strategies) + 1))
    if skewed:
        draws = rng.exponential(size=draws.shape) - 1.0
    draws, parts = draws[:replications], []
    for i, metric in enumerate((*DECIDING, "recovery_rate")):
        weight = PLACED * 1_000 * 100 if metric == "recovery_rate" else 1.0
        for j, name in enumerate(strategies):
            luck = LUCK[metric] * (draws[:, i, -1] + OWN * draws[:, i, j])
            value = LEVEL[metric] + (gains or {}).get((name, metric), 0.0) + luck
            parts.append((name, metric, value * weight, weight))
    measures = pd.DataFrame(
        {
            "strategy": np.repeat([p[0] for p in parts], replications),
            "replication": np.tile(np.arange(replications), len(parts)),
            "metric": np.repeat([p[1] for p in parts], replications),
            "numerator": np.concatenate([p[2] for p in parts]),
            "denominator": np.repeat([p[3] for p in parts], replications),
        }
    )
    return Comparison(
        Setting(SCENARIO, seed, 1_000, 90, groups=1_000),  # nothing is shared
        tuple(SHELF[s] for s in strategies),
        strategies[0],
        measures,
        pd.DataFrame(),
        pd.DataFrame(),
        replications,
        looks=looks,
    )


def spread(metric: str) -> float:
    """Return the standard deviation of a paired difference."""
    return LUCK[metric] * OWN * 2.0**0.5
