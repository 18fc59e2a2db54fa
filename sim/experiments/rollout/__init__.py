"""Roll-out: a timetable over months against the present practice, with the same luck."""

from sim.experiments.rollout.affording import afford
from sim.experiments.rollout.playing import MEASURES, MONTH, Arms, lived_by_month
from sim.experiments.rollout.result import KPIS, PRESENT, Asked, Rollout, payback
from sim.experiments.rollout.running import FILE, check, keep, listed, roll_out, staged, stored

__all__ = [
    "FILE",
    "KPIS",
    "MEASURES",
    "MONTH",
    "PRESENT",
    "Arms",
    "Asked",
    "Rollout",
    "afford",
    "check",
    "keep",
    "listed",
    "lived_by_month",
    "payback",
    "roll_out",
    "staged",
    "stored",
]
