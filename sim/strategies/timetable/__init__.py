"""A timetable of levers over months: what is put in force when, by whom and for how much."""

from sim.strategies.timetable.force import Programme, between, programme
from sim.strategies.timetable.form import MONEY, MONTHS, Entry, Phase, Timetable
from sim.strategies.timetable.shelf import load, made, names, parsed

__all__ = [
    "MONEY",
    "MONTHS",
    "Entry",
    "Phase",
    "Programme",
    "Timetable",
    "between",
    "load",
    "made",
    "names",
    "parsed",
    "programme",
]
