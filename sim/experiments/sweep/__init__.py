"""Sweeps: many scenarios by a plan, every strategy through each with the same luck."""

from sim.experiments.sweep.design import KINDS, Design, Input, count, whole
from sim.experiments.sweep.keeping import stored
from sim.experiments.sweep.plans import cube, points_of, problem
from sim.experiments.sweep.playing import sweep
from sim.experiments.sweep.table import Outcome, Sweep, higher_is_better, metric_title
from sim.experiments.sweep.worlds import Measures, Play, check, with_inputs, world

__all__ = [
    "KINDS", "Design", "Input", "Measures", "Outcome", "Play", "Sweep", "check", "count", "cube",
    "higher_is_better", "metric_title", "points_of", "problem", "stored", "sweep", "whole",
    "with_inputs", "world",
]  # fmt: skip
