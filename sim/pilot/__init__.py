"""The pilot: the live champion and challenger test, simulated before it is begun."""

from sim.pilot.paper import html, markdown
from sim.pilot.playing import METRICS, Reading, readings
from sim.pilot.result import Pilot
from sim.pilot.running import Asked, pilot

__all__ = ["METRICS", "Asked", "Pilot", "Reading", "html", "markdown", "pilot", "readings"]
