"""The strategies: one file each; the shelf is explicit."""

from sim.errors import choose
from sim.strategies.ai import AI
from sim.strategies.base import Strategy
from sim.strategies.do_nothing import DO_NOTHING
from sim.strategies.phone_only import PHONE_ONLY
from sim.strategies.process import PROCESS
from sim.strategies.team import TEAM

SHELF: dict[str, Strategy] = {s.name: s for s in (DO_NOTHING, PHONE_ONLY, TEAM, PROCESS, AI)}


def named(name: str) -> Strategy:
    """Return the strategy *name* from the shelf; refuse an unknown one."""
    return SHELF[choose("strategy", "", name, SHELF)]


__all__ = ["SHELF", "Strategy", "named"]
