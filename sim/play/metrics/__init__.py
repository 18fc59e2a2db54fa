"""The numbers: one decorated pure function each, from the tables of one run.

A metric returns ``(numerator, denominator)``; totals have denominator 1. Over replications the
estimate is the sum of numerators by the sum of denominators (`stats.ratio`). Basis words: an
account is *placed* when it is late in the book: late at the start, or entered later. *Recovered*
is cash applied to what was past due at the time; an instalment paid on its day is not recovery.

Numerators and denominators are sums over accounts, over the floor, or over both: a book counted in
blocks of accounts and added up gives the same numbers (`compute_in_blocks`).
"""

# The shelf is filled in this order, and tables and reports show it in this order.
from sim.play.metrics import money, law, dealings, means, lost, unpaid  # isort: skip  # noqa: F401
from sim.play.metrics.open_claims import Open, RunOff
from sim.play.metrics.segments import Row, segmented
from sim.play.metrics.tables import SHELF, Metric, Pair, Tables, compute, compute_in_blocks

__all__ = ["SHELF", "Metric", "Open", "Pair", "Row", "RunOff", "Tables", "compute",
           "compute_in_blocks", "segmented"]  # fmt: skip
