"""Competing strategies compared: `compare` plays them, `Comparison` says what follows."""

from sim.comparison.result import DECIDING, METRICS, Comparison
from sim.comparison.running import CancelledError, Progress, compare, with_added

__all__ = [
    "DECIDING",
    "METRICS",
    "CancelledError",
    "Comparison",
    "Progress",
    "compare",
    "with_added",
]
