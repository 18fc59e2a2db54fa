"""How many replications are enough: a width set beforehand, on the paired differences that decide.

`after` looks at spread and never at who is ahead, so looking again and again biases no difference:
for normal luck means and variances are independent (Stein 1945, Annals of Mathematical Statistics
16(3); Chow & Robbins 1965, ibid. 36(2)). What is left is that one stops where the spread happens to
look small; a first stage of 20, growth by at least a quarter and Hall's three stages (1981, Annals
of Statistics 9(6)) keep that within what `tests/compare/test_sequential.py` measures. Widths are
absolute: a rule relative to the mean never ends where a difference is 0, and far too early where it
is large.

Who sees a verdict and then asks for more runs does look at who is ahead. `level` pays for that:
each such look halves the error of the next.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sim.compare.stats import Floats, clustered, components, simultaneous

FIRST = 20  #: replications before the first look
MOST = 1_000  #: replications that are never exceeded where nobody names a budget
GROWTH = 1.25  #: at least, from look to look
SHARE = 0.7  #: of what seems needed is played before the spread is estimated again
ERROR = 0.05  #: two-sided, of all deciding differences together


class Gap(NamedTuple):
    """One deciding difference: its paired residuals, shape (R,), and the half-width that matters.

    Both in the unit of the metric. A margin of 0 or nan asks for nothing. Replications with one
    label share their hidden draws, of which there are at most `groups`; without labels nothing is
    shared.
    """

    residuals: Floats
    margin: float
    labels: tuple[int, ...] = ()
    groups: int = 0

    @property
    def independent(self) -> Floats:
        """Residuals (G,) that are independent of one another: of groups where draws are shared."""
        if not self.labels:
            return self.residuals
        sums = clustered(self.residuals, self.labels)
        return sums * (sums.size / self.residuals.size)


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
    rows = np.array([gap.independent for gap in gaps], dtype=float)
    count = rows.shape[1]
    if count < 2:
        return np.full(len(gaps), math.nan)
    widths: Floats = simultaneous(rows, at) * rows.std(axis=1, ddof=1) / math.sqrt(count)
    return widths


def needed(gaps: Sequence[Gap], at: float = 1.0 - ERROR) -> list[int | None]:
    """Return for each difference the total of replications that makes it as narrow as matters.

    None where no number can say: no margin, fewer than two replications, or what the groups of
    replications share is alone wider than the margin; 0 at least.
    """
    answer: list[int | None] = []
    for gap, width in zip(gaps, half_widths(gaps, at), strict=True):
        known = math.isfinite(width) and gap.margin > 0
        reach = _reach(gap, float(width)) if known else math.inf
        answer.append(math.ceil(reach * (1 - 1e-12)) if reach < math.inf else None)
    return answer


def _reach(gap: Gap, width: float) -> float:
    """Return the replications for the margin: luck averages out, what groups share does not."""
    count, wanted = gap.residuals.size, (gap.margin / width) ** 2 if width > 0.0 else math.inf
    split = components(gap.residuals, gap.labels) if count >= 2 * gap.groups > 0 else None
    if wanted >= 1.0 or split is None or not math.isfinite(split.luck):
        return count / wanted
    rest = split.shared / gap.groups
    allowed = wanted * (rest + split.luck / count) - rest
    return split.luck / allowed if allowed > 0.0 else math.inf


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
