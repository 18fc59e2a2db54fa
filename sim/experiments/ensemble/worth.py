"""What it is worth to know more: perfect knowledge, of all or of some inputs, and of a sample.

The difference between deciding after and before something is known (Raiffa & Schlaifer 1961). For
some inputs it is estimated by regression on the draws (Strong, Oakley & Brennan 2014, Medical
Decision Making 34): the expected gain of each strategy given the inputs is a smooth curve through
the draws, and what deciding along that curve brings more is their worth. For a sample the
regression is on what the sample would show. With few draws any curve bends a little towards
the luck of the draws; what curves through shuffled inputs gain is taken off.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

Floats = NDArray[np.float64]
SHUFFLES = 40  #: of the inputs, to learn what curves gain by luck alone
KNOTS = 4  #: of the spline through one input
BOOTSTRAPS = 200  #: of the draws, for the intervals of worths
TAIL = 0.05  #: of an interval, on each side
SIMULATED = 10  #: samples for each draw, when a sample's worth is asked


class Worth(NamedTuple):
    """What knowing is worth, and whether that is distinguishable from the luck of the draws."""

    value: float
    noise: float  #: what shuffled inputs reach one time in twenty
    sure: bool


def denoised(values: Floats) -> Floats:
    """Return each strategy's mean at each draw without the spread that luck adds.

    Parameters
    ----------
    values
        Shape (draws, strategies, replications), more is better.

    Returns
    -------
    Floats
        Shape (draws, strategies), as gains over the first strategy. Each gain is drawn towards the
        average gain until its variance over draws is that which is left without the luck of the
        replications; so the best of several is not best by luck.
    """
    gains = values - values[:, :1, :]
    means: Floats = gains.mean(axis=2)
    if values.shape[2] < 2 or len(values) < 2:
        return means
    luck = (gains.var(axis=2, ddof=1) / values.shape[2]).mean(axis=0)
    total = means.var(axis=0, ddof=1)
    kept = np.sqrt(np.clip(1.0 - luck / np.where(total > 0, total, np.inf), 0.0, 1.0))
    centre = means.mean(axis=0)
    shrunk: Floats = centre + kept * (means - centre)
    return shrunk


def perfect(gains: Floats, weights: Floats) -> float:
    """Return what knowing everything before deciding is worth: never below zero."""
    w = weights / weights.sum()
    return max(0.0, float(w @ gains.max(axis=1) - (w @ gains).max()))


def perfect_range(gains: Floats, weights: Floats) -> tuple[float, float]:
    """Return what `perfect` may be by so few draws, 90 %.

    It is the least of the expected losses of the strategies, and the least of several means is low
    by luck. So the lower end is the least of their lower ends, and the upper end the least of
    upper ends that hold together.
    """
    w = weights / weights.sum()
    losses = gains.max(axis=1, keepdims=True) - gains
    means = w @ losses
    count = max(2.0, 1.0 / float(w @ w))
    errors = np.sqrt(w @ (losses - means) ** 2 / (count - 1.0))
    low, high = (float(stdtrit(count - 1.0, 1.0 - share)) for share in (TAIL, TAIL / len(means)))
    return max(0.0, float((means - low * errors).min())), float((means + high * errors).min())


def partial_range(
    gains: Floats, one: Floats, weights: Floats, value: float, seed: int = 0
) -> tuple[float, float]:
    """Return what the *value* of knowing one input may be by so few draws, 90 %.

    The curves are no surer than their draws (bootstrap; draws that occur twice bend curves more, so
    only the spread of the worths counts), and deciding along given curves is as unsure as
    `perfect_range` says: the wider of both on each side.
    """
    features = _features(one[:, None])
    found = np.array(
        [_decided(gains[i], features[i], weights[i]) for i in _resampled(len(gains), seed)]
    )
    raw = _decided(gains, features, weights)
    given = np.array(perfect_range(_fitted(gains, features, weights), weights)) - raw
    spread = np.quantile(found - found.mean(), (TAIL, 1.0 - TAIL))
    return (
        max(0.0, value + float(min(given[0], spread[0]))),
        value + float(max(given[1], spread[1])),
    )


def _resampled(draws: int, seed: int) -> NDArray[np.int64]:
    return np.random.default_rng(seed).integers(0, draws, size=(BOOTSTRAPS, draws))


def partial(gains: Floats, inputs: Floats, weights: Floats, seed: int = 0) -> Worth:
    """Return what knowing some inputs exactly is worth.

    Parameters
    ----------
    gains
        Of each strategy at each draw, shape (draws, strategies).
    inputs
        Shape (draws, inputs): those that would be known.
    weights
        Of the draws.
    seed
        Of the shuffles.
    """
    raw, by_luck = _against_luck(gains, inputs, weights, seed)
    noise = float(np.quantile(by_luck, 0.95))
    return Worth(max(0.0, raw - float(by_luck.mean())), noise, raw > noise)


def each(gains: Floats, inputs: Floats, weights: Floats, seed: int = 0) -> list[Worth]:
    """Return what knowing each single input exactly is worth.

    One input in twenty would pass for known by luck alone; so one is sure only where it is above
    what the best of all shuffled inputs reaches one time in twenty (their luck is pooled).
    """
    found = [
        _against_luck(gains, one[:, None], weights, seed + i, SHUFFLES // 4)
        for i, one in enumerate(inputs.T)
    ]
    luck = np.concatenate([by_luck for _, by_luck in found])
    noise, usual = float(np.quantile(luck, 1.0 - 0.05 / len(found))), float(luck.mean())
    return [Worth(max(0.0, raw - usual), noise, raw > noise) for raw, _ in found]


def _against_luck(
    gains: Floats, inputs: Floats, weights: Floats, seed: int, shuffles: int = SHUFFLES
) -> tuple[float, Floats]:
    """Return what deciding along the inputs brings, and what along shuffled ones."""
    rng, features = np.random.default_rng(seed), _features(inputs)
    orders = (rng.permutation(len(gains)) for _ in range(shuffles))
    by_luck = np.array([_decided(gains, features[order], weights) for order in orders])
    return _decided(gains, features, weights), by_luck


def sample(gains: Floats, shares: Floats, size: int, weights: Floats, seed: int = 0) -> Worth:
    """Return what a sample of *size* is worth that counts a share: who answers, what works.

    Parameters
    ----------
    gains, weights
        As for `partial`.
    shares
        The true share at each draw, between 0 and 1.
    size
        How many are looked at.
    """
    rng = np.random.default_rng(seed)
    seen = [rng.binomial(size, shares)[:, None] / size for _ in range(SIMULATED)]
    worths = [partial(gains, one, weights, seed + i) for i, one in enumerate(seen)]
    value = float(np.mean([w.value for w in worths]))
    noise = float(np.mean([w.noise for w in worths]))
    return Worth(value, noise, sum(w.sure for w in worths) * 2 > SIMULATED)


def _decided(gains: Floats, features: Floats, weights: Floats) -> float:
    """Return what deciding along the fitted curves brings more than deciding once."""
    w = weights / weights.sum()
    curves = _fitted(gains, features, weights)
    return float(w @ curves.max(axis=1) - (w @ curves).max())


def _fitted(gains: Floats, features: Floats, weights: Floats) -> Floats:
    """Return a smooth curve through each strategy's gains, as stiff as left-out draws ask."""
    from sklearn.linear_model import RidgeCV

    root = np.sqrt(weights / weights.mean())[:, None]
    model = RidgeCV(alphas=np.logspace(-3, 4, 15))
    centre = np.average(gains, axis=0, weights=weights)
    model.fit(root * features, root * (gains - centre))
    curves: Floats = features @ np.atleast_2d(model.coef_).T + model.intercept_ + centre
    return curves.reshape(gains.shape)


def _features(inputs: Floats) -> Floats:
    """Return a spline basis of each input, by rank-free scaling; what does not move is left out."""
    from sklearn.preprocessing import SplineTransformer, StandardScaler

    moves = inputs[:, np.ptp(inputs, axis=0) > 0]
    if not moves.shape[1]:
        return np.zeros((len(inputs), 1))
    basis = SplineTransformer(n_knots=KNOTS, degree=3, include_bias=False).fit_transform(moves)
    found: Floats = StandardScaler().fit_transform(np.hstack([moves, basis]))
    return found
