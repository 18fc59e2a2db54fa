"""A history and the fitted model side by side: rolls, cures and payments with their intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from sim.experiments.calibrate.spells import Measured

WIDE = 1.96
#: Groups of the side-by-side table, by how their numbers' names begin or go on.
GROUPS = {
    "rolls": ("roll rates, % of the bucket a month", "滚动率，每月占该期账户 %"),
    "curve": ("cure of fresh spells, % within months", "新逾期在几个月内恢复的比例 %"),
    "history": ("cure by history, %", "按历史划分的恢复率 %"),
    "payments": ("payments over what is open", "付款占未偿余额"),
}


class Side(NamedTuple):
    """One number of a history, and the model's on people that the fit never saw."""

    group: str
    name: str
    observed: float
    observed_low: float
    observed_high: float
    simulated: float
    simulated_low: float
    simulated_high: float
    overlap: bool  #: the two intervals meet


def beside(observed: Mapping[str, Measured], simulated: Mapping[str, Measured]) -> tuple[Side, ...]:
    """Return what both sides have, in the order of the groups."""
    rows = [
        _side(name, m, simulated[name]) for name, m in observed.items()
        if name in simulated and math.isfinite(m.value) and m.cases > 1
    ]  # fmt: skip
    order = list(GROUPS)
    return tuple(sorted(rows, key=lambda row: order.index(row.group)))


def _side(name: str, seen: Measured, made: Measured) -> Side:
    ends = [(m.value - WIDE * m.error, m.value + WIDE * m.error) for m in (seen, made)]
    meet = ends[0][0] <= ends[1][1] and ends[1][0] <= ends[0][1]
    return Side(group_of(name), name, seen.value, *ends[0], made.value, *ends[1], meet)


def group_of(name: str) -> str:
    """Return the group of a number of months."""
    if name.startswith("fresh"):
        return "curve"
    if "late months" in name or "months before" in name:
        return "history"
    return "payments" if "paid" in name else "rolls"
