"""Scenarios: one question per TOML file, frozen and validated; every knob explains itself."""

from sim.scenario.files import SHELF, names
from sim.scenario.schema import Book, Scenario, Text, json_schema

__all__ = ["SHELF", "Book", "Scenario", "Text", "json_schema", "names"]
