"""Better strategies: a search over a strategy's levers, and what it may cost and do."""

from sim.experiments.tune.asking import Limit, Question, Reach, limits_of, reaches_of
from sim.experiments.tune.result import Tuned
from sim.experiments.tune.running import tune
from sim.experiments.tune.worlds import Play

__all__ = ["Limit", "Play", "Question", "Reach", "Tuned", "limits_of", "reaches_of", "tune"]
