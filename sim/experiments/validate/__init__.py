"""Validation: each target of the evidence as an experiment, with what came out, hit or miss."""

from sim.experiments.validate.page import page
from sim.experiments.validate.proofs import Proof, counted, proved
from sim.experiments.validate.running import EXPERIMENTS, validate

__all__ = ["EXPERIMENTS", "Proof", "counted", "page", "proved", "validate"]
