"""The pilot: the live champion and challenger test, simulated before it is begun."""

from sim.experiments.pilot.paper import html, markdown
from sim.experiments.pilot.playing import METRICS, Reading, readings
from sim.experiments.pilot.result import Pilot
from sim.experiments.pilot.running import Asked, pilot

__all__ = ["METRICS", "Asked", "Pilot", "Reading", "html", "markdown", "pilot", "readings"]
