"""What the models look at: numbers made of View fields only, the same in fitting and in use."""

from __future__ import annotations

import math

from sim.core.domain import Reason, View
from sim.core.kernel import kernel

NAMES = (
    "log_balance", "months_late", "fresh", "over_90", "late_months", "promises_kept",
    "promises_broken", "recent_payment", "unanswered", "talked", "talk_lately", "paid_30d",
    "short_of_cash", "message_lately", "grade", "spending",
)  # fmt: skip
COUNT = len(NAMES)
Features = tuple[
    float, float, float, float, float, float, float, float, float, float, float, float, float,
    float, float, float,
]  # fmt: skip


@kernel
def features(view: View) -> Features:
    """Return the model's inputs, each of order one."""
    short = view.reason >= Reason.SHORT_OF_CASH and view.reason != Reason.DISPUTES_CLAIM
    return (
        math.log(max(1.0, view.balance / 100.0)) / 8.0,
        min(6.0, view.dpd / 30.0),
        1.0 if view.dpd <= 7 else 0.0,
        1.0 if view.dpd > 90 else 0.0,
        min(3.0, view.late_months / 3.0),
        min(2.0, view.promises_kept / 2.0),
        min(2.0, view.promises_broken / 2.0),
        1.0 if view.days_since_payment < 30 else 0.0,
        min(2.0, view.unanswered_in_a_row / 10.0),
        1.0 if view.talks > 0 else 0.0,
        1.0 if view.days_since_talk < 10 else 0.0,
        min(2.0, view.paid_30d / max(1.0, float(view.instalment))),
        1.0 if short else 0.0,
        1.0 if view.days_since_message < 7 else 0.0,
        view.grade / 4.0,
        view.scores[0],
    )


@kernel
def linear(weights: tuple[float, ...], x: Features) -> float:
    """Intercept (first weight) plus weights times features."""
    total = weights[0]
    for i in range(COUNT):
        total += weights[i + 1] * x[i]
    return total
