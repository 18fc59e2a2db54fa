"""What a difference hangs on: Morris screening and Sobol indices, luck kept apart."""

from sim.sensitivity.asking import inputs_of
from sim.sensitivity.result import Sensitivity, analysed, design_of, sensitivity

__all__ = ["Sensitivity", "analysed", "design_of", "inputs_of", "sensitivity"]
