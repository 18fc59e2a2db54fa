"""What a difference hangs on: Morris screening, Sobol indices, each input alone at its ends."""

from sim.sensitivity.alone import Ends, ends
from sim.sensitivity.asking import inputs_of
from sim.sensitivity.result import Sensitivity, analysed, design_of, sensitivity

__all__ = ["Ends", "Sensitivity", "analysed", "design_of", "ends", "inputs_of", "sensitivity"]
