"""A run's ledger for other tools: Parquet, CSV, XES, OCEL 2.0 and vidigi's columns."""

from sim.store.logs.events import DICTIONARY, Meaning, events
from sim.store.logs.writing import FORMS, write

__all__ = ["DICTIONARY", "FORMS", "Meaning", "events", "write"]
