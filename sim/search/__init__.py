"""Better strategies: a search over a strategy's levers, and what it may cost and do."""

from sim.search.asking import Limit, Question, Reach, limits_of, reaches_of
from sim.search.result import Tuned
from sim.search.running import tune
from sim.search.worlds import Play

__all__ = ["Limit", "Play", "Question", "Reach", "Tuned", "limits_of", "reaches_of", "tune"]
