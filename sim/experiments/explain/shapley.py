"""Who brought how much: Shapley values of players in a game whose value is known by playing it.

The value of a coalition is an array, one entry per replication: all coalitions meet the same luck,
and so do the shares. However the shares are found, they sum to what all bring together, exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from math import factorial

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Coalition = frozenset[int]
Value = Callable[[Coalition], Values]  #: (R,) of a coalition
MOST_EXACT = 6  #: players for whom every coalition is played; 64 of them


def coalitions(players: int) -> list[Coalition]:
    """Return all coalitions, the empty one first."""
    everyone = range(players)
    return [frozenset(c) for size in range(players + 1) for c in combinations(everyone, size)]


def exact(players: int, value: Value) -> Values:
    """Return the shares (players, R): the mean of what a player adds, over all orders of joining.

    Shapley (1953), A Value for n-Person Games, eq. 12.
    """
    worth = {c: value(c) for c in coalitions(players)}
    shares = np.zeros((players, len(worth[frozenset()])))
    for c in worth:
        for i in set(range(players)) - c:
            weight = factorial(len(c)) * factorial(players - len(c) - 1) / factorial(players)
            shares[i] += weight * (worth[c | {i}] - worth[c])
    return shares


def orders(players: int, count: int, seed: int) -> list[tuple[int, ...]]:
    """Return *count* orders of joining, each second one the reverse of the one before.

    Who joins early in one joins late in its twin, so that what players take from each other
    cancels (antithetic permutations: Lomeli et al. 2019).
    """
    rng = np.random.default_rng(seed)
    found: list[tuple[int, ...]] = []
    while len(found) < count:
        order = tuple(int(i) for i in rng.permutation(players))
        found += [order, order[::-1]]
    return found[:count]


def sampled(players: int, value: Value, joining: list[tuple[int, ...]]) -> tuple[Values, Values]:
    """Return the shares (players, R) over the orders in *joining*, and their sampling errors.

    The errors (players,) are standard errors of the replications' mean that come from the choice of
    orders alone; pairs of an order and its reverse count as one draw.
    """
    known: dict[Coalition, Values] = {}

    def once(c: Coalition) -> Values:
        if c not in known:
            known[c] = value(c)
        return known[c]

    added = np.array([_added(order, once) for order in joining])
    return added.mean(axis=0), _errors(added.mean(axis=2))


def _added(order: tuple[int, ...], value: Value) -> Values:
    """Return what each player adds when they join in this order."""
    here: Coalition = frozenset()
    found = np.zeros((len(order), len(value(here))))
    for i in order:
        found[i] = value(here | {i}) - value(here)
        here |= {i}
    return found


def _errors(added: Values) -> Values:
    """Return standard errors over pairs of orders; missing below two pairs."""
    pairs = len(added) // 2
    if pairs < 2:
        return np.full(added.shape[1], np.nan)
    means = added[: 2 * pairs].reshape(pairs, 2, -1).mean(axis=1)
    errors: Values = means.std(axis=0, ddof=1) / np.sqrt(pairs)
    return errors
