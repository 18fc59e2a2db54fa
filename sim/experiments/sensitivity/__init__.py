"""What a difference hangs on: Morris screening, Sobol indices, each input alone at its ends."""

from sim.experiments.sensitivity.alone import Ends, ends
from sim.experiments.sensitivity.asking import inputs_of
from sim.experiments.sensitivity.result import Sensitivity, analysed, design_of, sensitivity

__all__ = ["Ends", "Sensitivity", "analysed", "design_of", "ends", "inputs_of", "sensitivity"]
