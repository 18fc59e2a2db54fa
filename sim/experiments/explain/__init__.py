"""The cause of a difference: by lever, by segment, treated against spill-over, and who is hurt."""

from sim.experiments.explain.accounts import BY_ACCOUNT, SEGMENTS
from sim.experiments.explain.result import Explained
from sim.experiments.explain.running import PARTS, Asked, explain

__all__ = ["BY_ACCOUNT", "PARTS", "SEGMENTS", "Asked", "Explained", "explain"]
