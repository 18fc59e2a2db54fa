"""A timetable of levers over months: what is put in force when, by whom and for how much."""

from sim.timetable.force import Programme, between, programme
from sim.timetable.form import MONEY, MONTHS, Entry, Phase, Timetable
from sim.timetable.shelf import load, made, names, parsed

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
