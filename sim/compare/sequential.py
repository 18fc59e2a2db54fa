"""How many replications are enough: a width set beforehand, on the paired differences that decide.

`after` looks at spread and never at who is ahead, so looking again and again biases no difference:
for normal luck means and variances are independent (Stein 1945, Annals of Mathematical Statistics
16(3); Chow & Robbins 1965, ibid. 36(2)). What is left is that one stops where the spread happens to
look small; a first stage of 20, growth by at least a quarter and Hall's three stages (1981, Annals
of Statistics 9(6)) keep that within what `tests/compare/test_sequential.py` measures. Widths are absolute:
a rule relative to the mean never ends where a difference is 0, and far too early where it is large.

Who sees a verdict and then asks for more runs does look at who is ahead. `level` pays for that:
each such look halves the error of the next.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sim.compare.stats import Floats, simultaneous

FIRST = 20  #: replications before the first look
MOST = 1_000  #: replications that are never exceeded where nobody names a budget
GROWTH = 1.25  #: at least, from look to look
SHARE = 0.7  #: of what seems needed is played before the spread is estimated again
ERROR = 0.05  #: two-sided, of all deciding differences together


class Gap(NamedTuple):
    """One deciding difference: its paired residuals, shape (R,), and the half-width that matters.

    Both in the unit of the metric. A margin of 0 or nan asks for nothing.
    """

    residuals: Floats
    margin: float


def first(most: int | None = None, looks: Sequence[int] = ()) -> int:
    """Return the replications before the first look: 20, or what was seen before, if allowed."""
    return min(max(FIRST, *looks, 0), most or MOST)


def level(looks: int) -> float:
    """Return the level of the deciding intervals after `looks` earlier verdicts on these runs.

    0.95 at first, then the error halves. So however long somebody goes on while the verdict does
    not please, the errors of all looks sum to less than 2 x 5 %, of the side that adopts to 5 %.
    """
    return 1.0 - ERROR / 2.0**looks


def half_widths(gaps: Sequence[Gap], at: float = 1.0 - ERROR) -> Floats:
    """Return the half-widths, shape (K,), that hold together; nan below two replications."""
    if not gaps:
        return np.empty(0)
    rows = np.array([gap.residuals for gap in gaps], dtype=float)
    count = rows.shape[1]
    if count < 2:
        return np.full(len(gaps), math.nan)
    widths: Floats = simultaneous(rows, at) * rows.std(axis=1, ddof=1) / math.sqrt(count)
    return widths


def needed(gaps: Sequence[Gap], at: float = 1.0 - ERROR) -> list[int | None]:
    """Return for each difference the total of replications that makes it as narrow as matters.

    None where no number can say: no margin, or fewer than two replications; 0 at least.
    """
    answer: list[int | None] = []
    for gap, width in zip(gaps, half_widths(gaps, at), strict=True):
        known = math.isfinite(width) and gap.margin > 0
        reach = (width / gap.margin) ** 2 * gap.residuals.size if known else math.nan
        answer.append(math.ceil(reach * (1 - 1e-12)) if known else None)
    return answer


def after(gaps: Sequence[Gap], at: float = 1.0 - ERROR) -> int:
    """Return the total of replications after which to look next; R itself where it is enough.

    Depends on nothing but the residuals' spread, the margins and R.
    """
    if not gaps:
        return 0
    count = gaps[0].residuals.size
    want = max((n for n in needed(gaps, at) if n is not None), default=0)
    if want <= count:
        return count
    least, share = math.ceil(GROWTH * count), math.ceil(SHARE * want)
    return share if share > least else max(least, want)
