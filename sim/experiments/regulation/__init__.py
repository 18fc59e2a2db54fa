"""Regulation: what is in force, what it refused, what it costs, and the check afterwards."""

from sim.experiments.regulation.audit import audited
from sim.experiments.regulation.facts import Fact, facts, fairness
from sim.experiments.regulation.price import Gap, Price, prices, without
from sim.experiments.regulation.standing import Standing, live, standing

__all__ = [
    "Fact", "Gap", "Price", "Standing", "audited", "facts", "fairness", "live", "prices",
    "standing", "without",
]  # fmt: skip
