"""Scenario discovery: where a strategy wins, what turns the verdict, what each one risks."""

from sim.experiments.discovery.condition import When, when_of
from sim.experiments.discovery.prim import Box, Limits, boxes
from sim.experiments.discovery.regret import regret
from sim.experiments.discovery.result import Discovery, confirm, discover

__all__ = [
    "Box", "Discovery", "Limits", "When", "boxes", "confirm", "discover", "regret", "when_of",
]  # fmt: skip
