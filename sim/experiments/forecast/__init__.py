"""The forecast kept: frozen under a hash, later held to what happened."""

from sim.experiments.forecast.frozen import LEVEL, METRICS, freeze, frozen, read, shelf
from sim.experiments.forecast.scored import Scored, actuals, record, record_sentence, score

__all__ = ["LEVEL", "METRICS", "Scored", "actuals", "freeze", "frozen", "read", "record",
           "record_sentence", "score", "shelf"]  # fmt: skip
