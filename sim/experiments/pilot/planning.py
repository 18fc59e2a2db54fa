"""How large and how long a test must be: the normal approximation for a difference of two means.

Everything is per 1,000 accounts. An arm's accounts vary between one another; that pilots vary more
than this alone explains (a shared floor makes accounts depend on each other) is the design effect.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
ALPHA = 0.05  #: two-sided; a limit is one-sided at half of it
SURE = 0.95  #: how surely an excess of variance is none of luck before it counts


class Spread(NamedTuple):
    """How much accounts vary in each arm (standard deviations), and the design effect."""

    champion: float
    challenger: float
    design_effect: float = 1.0


def standard_error(spread: Spread, accounts: float, share: float) -> float:
    """Return the standard error of the difference with so many accounts in both arms together."""
    inside = spread.challenger**2 / share + spread.champion**2 / (1.0 - share)
    return math.sqrt(spread.design_effect * inside / accounts)


def reach() -> float:
    """Return the standard errors beyond which a difference is told from nothing."""
    return -float(special.ndtri(ALPHA / 2.0))


def power(difference: float, error: float) -> float:
    """Return the chance that a two-sided test tells *difference* from nothing."""
    if error == 0.0:
        return 1.0 if difference else ALPHA
    z, far = reach(), abs(difference) / error
    return float(special.ndtr(far - z) + special.ndtr(-far - z))


def accounts_needed(difference: float, spread: Spread, share: float, wanted: float) -> float:
    """Return the accounts in both arms together that tell *difference* with power *wanted*.

    Infinite where there is no difference.
    """
    if difference == 0.0:
        return math.inf
    far = reach() + float(special.ndtri(wanted))
    return float(np.ceil((far * standard_error(spread, 1.0, share) / difference) ** 2))


def notices(margin: float, error: float) -> float:
    """Return the chance that a limit sounds where the truth is worse by exactly *margin*.

    It sounds where the difference is surely worse than nothing, one-sided.
    """
    return shows_kept(margin, 0.0, error)


def shows_kept(margin: float, expected: float, error: float) -> float:
    """Return the chance to show that it is worse by less than *margin* if it is by *expected*."""
    if error == 0.0:
        return 1.0 if expected < margin else 0.0
    return float(special.ndtr((margin - expected) / error - reach()))


def told(treated: Floats, others: Floats) -> bool:
    """Tell whether a test on the accounts of both arms finds a difference (Welch, normal)."""
    error = math.sqrt(treated.var(ddof=1) / len(treated) + others.var(ddof=1) / len(others))
    if error == 0.0:
        return bool(treated.mean() != others.mean())
    return bool(abs(treated.mean() - others.mean()) > reach() * error)


def design_effect(estimates: Floats, variances: Floats) -> float:
    """Return by what factor estimates vary more than their own *variances* say; at least 1.

    *estimates* and *variances* have shape (R,). An excess that luck alone would often bring
    counts as none.
    """
    count, inside = len(estimates), float(variances.mean())
    if count < 3 or inside <= 0.0:
        return 1.0
    ratio = float(estimates.var(ddof=1)) / inside
    limit = float(special.chdtri(count - 1, 1.0 - SURE)) / (count - 1)
    return ratio if ratio > limit else 1.0
