"""Sweeps: many scenarios by a plan, every strategy through each with the same luck."""

from sim.sweep.design import KINDS, Design, Input, count, whole
from sim.sweep.keeping import stored
from sim.sweep.plans import cube, points_of, problem
from sim.sweep.playing import sweep
from sim.sweep.table import Outcome, Sweep, higher_is_better, metric_title
from sim.sweep.worlds import Measures, Play, check, world

__all__ = [
    "KINDS", "Design", "Input", "Measures", "Outcome", "Play", "Sweep", "check", "count", "cube",
    "higher_is_better", "metric_title", "points_of", "problem", "stored", "sweep", "whole", "world",
]  # fmt: skip
