"""Rule pack `uk`: CONC 7, in force since 2014-04-01.

Its hours are `us.convenient_hour`, its notice of visits is `cn.notice_given`.
"""

from __future__ import annotations

from sim.core.domain import Reason
from sim.core.kernel import kernel


@kernel
def is_hardship(reason: int) -> bool:
    """UK-04: reasons that call for breathing space (CONC 7.3)."""
    return (
        reason == Reason.SHORT_OF_CASH
        or reason == Reason.INCOME_LOST
        or reason == Reason.TOO_MANY_DEBTS
    )
