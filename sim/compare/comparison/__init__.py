"""Competing strategies compared: `compare` plays them, `Comparison` says what follows."""

from sim.compare.comparison.result import DECIDING, METRICS, Comparison
from sim.compare.comparison.running import (
    CancelledError,
    Progress,
    compare,
    extend,
    stored_table,
    with_added,
)
from sim.compare.comparison.selecting import Pick, select

__all__ = [
    "DECIDING",
    "METRICS",
    "CancelledError",
    "Comparison",
    "Pick",
    "Progress",
    "compare",
    "extend",
    "select",
    "stored_table",
    "with_added",
]
