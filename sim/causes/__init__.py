"""The cause of a difference: by lever, by segment, treated against spill-over, and who is hurt."""

from sim.causes.accounts import BY_ACCOUNT, SEGMENTS
from sim.causes.result import Explained
from sim.causes.running import PARTS, Asked, explain

__all__ = ["BY_ACCOUNT", "PARTS", "SEGMENTS", "Asked", "Explained", "explain"]
