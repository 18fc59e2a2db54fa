"""All assumptions doubted together: who is best over them, and what to measure first."""

from sim.experiments.ensemble.priors import Prior, priors_of
from sim.experiments.ensemble.result import Ensemble
from sim.experiments.ensemble.running import design_of, ensemble

__all__ = ["Ensemble", "Prior", "design_of", "ensemble", "priors_of"]
