"""The numbers: one decorated pure function each, from the tables of one run.

A metric returns ``(numerator, denominator)``; totals have denominator 1. Over replications the
estimate is the sum of numerators by the sum of denominators (`stats.ratio`). Basis words: an
account is *placed* when it is late in the book: late at the start, or entered later. *Recovered*
is cash applied to what was past due at the time; an instalment paid on its day is not recovery.
"""

# The shelf is filled in this order, and tables and reports show it in this order.
from sim.metrics import money, law, dealings, means  # isort: skip  # noqa: F401
from sim.metrics.tables import SHELF, Metric, Tables, compute

__all__ = ["SHELF", "Metric", "Tables", "compute"]
