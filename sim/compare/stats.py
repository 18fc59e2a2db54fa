"""How sure a number is: ratios over replications, paired differences and what may be said of them.

A metric arrives as one numerator and one denominator per replication (R of each). Everything
here is a pure function of numpy arrays; nothing knows what the metric means.

Replications that share a hidden draw (the donors of a pool, the fit of a model) are not
independent: what the draw does to one it does to all. Replication r has pool and fit number
r mod K, the same number for both, so whoever shares one shares the other and nothing is shared
across groups. Then the sums of a group (`clustered`) are independent of those of the others, and
the ordinary formulas hold for G = min(R, K) groups with G - 1 degrees of freedom: the cluster
interval of Liang & Zeger (1986, Biometrika 73(1)) in its between-cluster form. Pools and fits
that cross instead would need a two-way formula (Cameron, Gelbach & Miller 2011, Journal of
Business & Economic Statistics 29(2)), which is an approximation, can turn negative, and buys
nothing: the error that does not average out is that of K draws in either design. Up to K
replications each has draws of its own, and the ordinary Student interval is the cluster interval.
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special  # not scipy.stats, which takes half a second to import

Floats = NDArray[np.float64]
Word = Literal["different", "equal", "open"]
Cell = Literal["better", "worse", "small", "same", "open"]
LimitState = Literal["kept", "broken", "open"]

# Below this many replications a resampled tail is coarser than Bonferroni's bound.
FLIPS_FROM = 20
DRAWS = 100_000
# Differences of two sums that agree to this share are rounding, not luck.
ROUNDING = 1e-12


class Ratio(NamedTuple):
    """A ratio of totals (or a difference of two) and the luck in it.

    `estimate` is in the unit of the metric, nan where the denominators sum to 0. `residuals`,
    shape (R,), are what each replication adds to it: their sd over sqrt(R) is the standard error.
    """

    estimate: float
    residuals: Floats


def ratio(numerators: ArrayLike, denominators: ArrayLike) -> Ratio:
    """Return sum x / sum y and the linearised residuals ``(x_i - theta * y_i) / mean(y)``.

    Both arguments have shape (R,). The mean of per-replication ratios would be biased; this
    is the ratio estimator of survey sampling (Cochran 1977, Sampling Techniques, ch. 6).

    Raises
    ------
    ValueError
        If there is no replication or the shapes differ.
    """
    x, y = np.asarray(numerators, dtype=float), np.asarray(denominators, dtype=float)
    if x.ndim != 1 or x.shape != y.shape or not x.size:
        raise ValueError(f"shapes {x.shape} and {y.shape}: expected two equal, non-empty rows")
    if y.sum() == 0:
        return Ratio(math.nan, np.full(x.shape, math.nan))
    theta = float(x.sum() / y.sum())
    return Ratio(theta, _minus(x, theta * y) / y.mean())


def clustered(values: ArrayLike, labels: ArrayLike) -> Floats:
    """Return the sums (G,) of *values* (R,) over those with one label, in order of the labels.

    Where every label stands once the values stay in their own order.
    """
    x, label = np.asarray(values, dtype=float), np.asarray(labels)
    _, place = np.unique(label, return_inverse=True)
    groups = int(place.max()) + 1 if place.size else 0
    if groups == x.size:
        return x
    return np.bincount(place, x, groups).astype(np.float64)


class Components(NamedTuple):
    """Variance of one replication's residual by where it comes from, in the unit squared.

    `luck` differs within groups, `shared` from group to group; nan where no group has two.
    """

    luck: float
    shared: float


def components(residuals: Floats, labels: ArrayLike) -> Components:
    """Split the variance of (R,) residuals into luck and what those of one label share.

    Analysis of variance of a one-way layout (Searle, Casella & McCulloch 1992, Variance
    Components, ch. 3); a negative share is 0.
    """
    count, (_, group) = residuals.size, np.unique(np.asarray(labels), return_inverse=True)
    groups = int(group.max()) + 1 if count else 0
    if count < groups + 2 or groups < 2:
        return Components(math.nan, math.nan)
    sizes = np.bincount(group, minlength=groups).astype(float)
    means = np.bincount(group, residuals, groups) / sizes
    within = float(np.square(residuals - means[group]).sum()) / (count - groups)
    between = float((sizes * np.square(means - residuals.mean())).sum()) / (groups - 1)
    size = (count - float(np.square(sizes).sum()) / count) / (groups - 1)
    return Components(within, max(0.0, (between - within) / size))


def paired(a: Ratio, b: Ratio) -> Ratio:
    """Return the difference a - b, paired by replication: shared luck cancels in the residuals.

    Raises
    ------
    ValueError
        If the two come from different numbers of replications.
    """
    if a.residuals.shape != b.residuals.shape:
        raise ValueError(f"{a.residuals.size} and {b.residuals.size} replications do not pair")
    difference = _minus(np.array(a.estimate), np.array(b.estimate))
    return Ratio(float(difference), _minus(a.residuals, b.residuals))


def half_width(residuals: Floats, level: float = 0.95) -> float:
    """Return the half-width of the Student-t interval of a mean, in the unit of `residuals` (R,).

    nan below two replications, 0.0 where nothing varies.
    """
    return _critical(level, residuals.size) * _standard_error(residuals)


def interval(r: Ratio, level: float = 0.95, critical: float | None = None) -> tuple[float, float]:
    """Return the two ends of the interval of `r`, in its unit; nan below two replications.

    `critical`, where given, is the multiple of the standard error to use instead of Student's
    t: the answer of `simultaneous` for the rows that decide together.
    """
    multiple = _critical(level, r.residuals.size) if critical is None else critical
    half = multiple * _standard_error(r.residuals)
    return r.estimate - half, r.estimate + half


def spread(numerators: ArrayLike, denominators: ArrayLike) -> tuple[float, float]:
    """Return (p05, p95), the quantiles over replications of each replication's own ratio.

    Replications without a denominator are skipped; nan if that leaves none.
    """
    x, y = np.asarray(numerators, dtype=float), np.asarray(denominators, dtype=float)
    counted = y != 0
    if not counted.any():
        return math.nan, math.nan
    p05, p95 = np.quantile(x[counted] / y[counted], (0.05, 0.95))
    return float(p05), float(p95)


def simultaneous(
    residuals: Floats, level: float = 0.95, flips: int = 2000, seed: int = 20_260_101
) -> float:
    """Return the multiple of the standard errors that makes K intervals hold together.

    `residuals` (K, R) holds one row of paired residuals per deciding difference. Below 20
    replications this is Bonferroni's t; from 20 on the `level` quantile of the largest |t| over
    random sign flips of whole replications, which keeps the correlation between rows (Romano &
    Wolf 2005, Econometrica 73(4)). Rows that do not vary, or are missing, do not count. Never
    below the ordinary t.
    """
    rows = np.atleast_2d(np.asarray(residuals, dtype=float))
    replications = rows.shape[1]
    rows = rows[np.isfinite(rows).all(axis=1)]
    rows = rows[np.ptp(rows, axis=1) > 0]
    ordinary = _critical(level, replications)
    if len(rows) == 0 or replications < 2:
        return ordinary
    if replications < FLIPS_FROM:
        return _critical(1 - (1 - level) / len(rows), replications)
    largest = _largest_t_under_flips(rows, flips, seed)
    return max(ordinary, float(np.quantile(largest, level, method="higher")))


def p_better(r: Ratio, higher_is_better: bool) -> float:
    """Return the probability that the *mean* difference `r` has the better sign.

    Posterior t with R - 1 degrees of freedom under a flat prior. Where nothing varies it is 1,
    0, or 0.5 for no difference; nan where the difference or its luck is unknown. Not the share
    of replications won: that is `wins`.
    """
    gain = r.estimate if higher_is_better else -r.estimate
    error = _standard_error(r.residuals)
    if math.isnan(gain) or math.isnan(error):
        return math.nan
    if error == 0:
        return float(0.5 + 0.5 * np.sign(gain))
    return float(special.stdtr(r.residuals.size - 1, gain / error))


def p_best(estimates: ArrayLike, residuals: ArrayLike, higher_is_better: bool) -> Floats:
    """Return for each of S strategies the probability that its mean is the best of all.

    `estimates` (S,) and `residuals` (S, R) are each strategy's own; the pairing is in the
    covariance between rows. 100,000 repeatable draws from the multivariate t with R - 1 degrees
    of freedom; ties are split. Strategies without a number get nan, the others sum to 1.
    """
    means, rows = np.asarray(estimates, dtype=float), np.asarray(residuals, dtype=float)
    answer = np.full(means.shape, math.nan)
    known = np.isfinite(means) & np.isfinite(rows).all(axis=1)
    if not known.any() or rows.shape[1] < 2:
        return answer
    gains = means[known] if higher_is_better else -means[known]
    draws = gains + _mean_errors(rows[known])
    best = draws.max(axis=1, keepdims=True)
    tied = draws >= best - ROUNDING * np.abs(draws).max(axis=1, keepdims=True)
    answer[known] = (tied / tied.sum(axis=1, keepdims=True)).mean(axis=0)
    return answer


def expected_loss(estimates: ArrayLike, residuals: ArrayLike, higher_is_better: bool) -> Floats:
    """Return for each of S strategies what choosing it now may be expected to cost.

    The mean, over the draws of `p_best`, of what the best of all would bring more; in the unit of
    the metric, nan where there is no number. Small where a strategy is best for certain, and also
    where it may not be but is behind by next to nothing (Chick & Inoue 2001, Operations Research
    49(5)).
    """
    means, rows = np.asarray(estimates, dtype=float), np.asarray(residuals, dtype=float)
    answer = np.full(means.shape, math.nan)
    known = np.isfinite(means) & np.isfinite(rows).all(axis=1)
    if not known.any() or rows.shape[1] < 2:
        return answer
    gains = means[known] if higher_is_better else -means[known]
    draws = gains + _mean_errors(rows[known])
    # Differences to the best, so that luck that all share cancels draw by draw.
    answer[known] = (draws.max(axis=1, keepdims=True) - draws).mean(axis=0)
    return answer


def wins(a: Floats, b: Floats, higher_is_better: bool) -> int:
    """Return in how many replications `a` (R,) was strictly better than `b` (R,)."""
    return int(np.count_nonzero(a > b if higher_is_better else a < b))


def word(low: float, high: float, margin: float) -> Word:
    """Return what an interval of a difference says against the difference that matters.

    *equal*: the whole interval lies within ± `margin`, even if it excludes 0 (`cell` then tells
    "small" from "same"); *different*: it excludes 0 otherwise; *open*: neither, or unknown.
    """
    if -margin <= low and high <= margin:
        return "equal"
    return "different" if low > 0 or high < 0 else "open"


def cell(difference: float, low: float, high: float, margin: float, higher_is_better: bool) -> Cell:
    """Return the state of a cell of the decision table.

    *better* and *worse*: the interval excludes 0 and the difference reaches `margin`; *small*:
    it excludes 0 but lies wholly within ± `margin`; *same*: it lies there and includes 0;
    *open*: everything else, so also a sure gain that may or may not matter.
    """
    excludes_zero = low > 0 or high < 0
    if excludes_zero and abs(difference) >= margin:
        return "better" if (difference > 0) == higher_is_better else "worse"
    if word(low, high, margin) != "equal":
        return "open"
    return "small" if excludes_zero else "same"


def limit(low: float, high: float, margin: float, higher_is_better: bool) -> LimitState:
    """Return whether a limit is kept: one-sided non-inferiority in the unit of the metric.

    The metric may get worse by at most `margin`. *kept*: the worse end of the interval stays
    within it; *broken*: even the better end does not; *open*: neither, or unknown. With the ends
    of a two-sided 95 % interval each of the two claims errs in at most 2.5 % of tables.
    """
    worst, least = (-low, -high) if higher_is_better else (high, low)
    if worst <= margin:
        return "kept"
    return "broken" if least > margin else "open"


def variance_ratio(paired_residuals: Floats, a_residuals: Floats, b_residuals: Floats) -> float:
    """Return the variance of the paired difference relative to independent luck.

    Each argument has shape (R,). 0 means shared luck cancels wholly, 1 that it does not help;
    nan where neither strategy varies.
    """
    if paired_residuals.size < 2:
        return math.nan
    independent = float(a_residuals.var(ddof=1) + b_residuals.var(ddof=1))
    return float(paired_residuals.var(ddof=1)) / independent if independent else math.nan


def replications_saved(ratio: float, replications: int) -> int:
    """Return how many more replications independent luck needs for the same half-width.

    `ratio` is that of `variance_ratio`; negative where sharing luck did harm, 0 where `ratio`
    is 0 or unknown and there is no number to name.
    """
    if not ratio > 0:
        return 0
    return _ceil(replications / ratio) - replications


def replications_needed(residuals: Floats, half_width: float, level: float = 0.95) -> int:
    """Return the total number of replications for an interval of ± `half_width`, at least R.

    Stein's second stage ``ceil((t * s / h)^2)`` on a pilot of R `residuals` (Stein 1945, Annals
    of Mathematical Statistics 16(3)).

    Raises
    ------
    ValueError
        If the pilot has fewer than two replications or the half-width is not positive.
    """
    pilot = residuals.size
    if pilot < 2 or not half_width > 0:
        raise ValueError(f"{pilot} replications, half-width {half_width}: need two and more than 0")
    reach = _critical(level, pilot) * float(residuals.std(ddof=1)) / half_width
    return max(pilot, _ceil(reach**2))


def _minus(a: Floats, b: Floats) -> Floats:
    """Return a - b with exact zeros where the two agree but for rounding."""
    difference: Floats = np.where(np.isclose(a, b, rtol=ROUNDING, atol=0.0), 0.0, a - b)
    return difference


def _ceil(value: float) -> int:
    """Round up, forgiving the rounding of a quotient that should be whole."""
    return math.ceil(value * (1 - ROUNDING))


def _critical(level: float, replications: int) -> float:
    """Return Student's two-sided t for a mean of R replications; nan below two."""
    if replications < 2:
        return math.nan
    return float(special.stdtrit(replications - 1, (1 + level) / 2))


def _standard_error(residuals: Floats) -> float:
    """Return sd / sqrt(R) of (R,) residuals; nan below two, exactly 0 where nothing varies."""
    if residuals.size < 2:
        return math.nan
    if np.ptp(residuals) == 0:
        return 0.0
    return float(residuals.std(ddof=1) / math.sqrt(residuals.size))


def _largest_t_under_flips(rows: Floats, flips: int, seed: int) -> Floats:
    """Return per random sign flip the largest |t| over the K rows of (K, R) residuals."""
    count = rows.shape[1]
    signs = np.random.default_rng(seed).choice((-1.0, 1.0), size=(flips, count))
    means = signs @ rows.T / count
    squares = np.square(rows).sum(axis=1)
    variances = (squares - count * np.square(means)) / (count - 1)
    # A flip that makes a row constant has variance 0: its t is huge, not undefined.
    errors = np.sqrt(np.maximum(variances, ROUNDING * squares) / count)
    largest: Floats = np.abs(means / errors).max(axis=1)
    return largest


def _mean_errors(rows: Floats) -> Floats:
    """Draw (DRAWS, S) errors of the means of (S, R) residuals, as correlated as the rows are."""
    replications = rows.shape[1]
    rng = np.random.default_rng(20_260_102)
    # The triangle of the rows themselves: factorising their covariance would lose half the
    # digits and tell apart strategies that are the same.
    triangle = np.linalg.qr((rows - rows.mean(axis=1, keepdims=True)).T, mode="r")
    normal = rng.standard_normal((DRAWS, len(triangle))) @ triangle
    scale = np.sqrt(rng.chisquare(replications - 1, (DRAWS, 1)) * replications)
    errors: Floats = normal / scale
    return errors
