"""Validation: each target of the evidence as an experiment, with what came out, hit or miss."""

from sim.validation.page import page
from sim.validation.proofs import Proof, counted, proved
from sim.validation.running import EXPERIMENTS, validate

__all__ = ["EXPERIMENTS", "Proof", "counted", "page", "proved", "validate"]
