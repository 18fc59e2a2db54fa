"""Neighbourhoods: a forest that puts accounts together whom the model would not tell apart.

It is fitted to the model's own lives: from what a lender's file says to what comes of a person
and to who that person is. The donors in the leaves of an account, tree by tree, are draws from
the hidden person given the file (a quantile regression forest: Meinshausen 2006); what the file
says without meaning splits nothing.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.cache import kept
from sim.play.likeness.lives import Ints, Lives, lives_of
from sim.play.likeness.sight import Pattern, Table, goals, of_donors
from sim.play.pool import Key
from sim.scenario import Scenario

TREES = 40
LEAF = 30  #: donors in a leaf, at least
TAUGHT = 60_000  #: donors that a forest is fitted to; all of them stand in its leaves
SEED = 12


class Leaves(NamedTuple):
    """A fitted forest, and which donors stand in each leaf of each tree."""

    forest: Any
    order: NDArray[np.int32]  #: tree x donor: donors by leaf
    begins: list[NDArray[np.int32]]  #: by tree: where each leaf's donors begin, and the end


def grown(x: Table, y: Table) -> Any:
    """Return a forest from what is seen to what is hidden."""
    from sklearn.ensemble import RandomForestRegressor  # late: it is slow to load

    luck = np.random.default_rng(SEED)
    some = luck.permutation(len(x))[:TAUGHT]
    forest = RandomForestRegressor(
        TREES, min_samples_leaf=LEAF, max_features=0.6, bootstrap=True, max_samples=0.5,
        n_jobs=1, random_state=SEED,
    )  # fmt: skip
    return forest.fit(x[some], y[some])


def standing(forest: Any, x: Table) -> Leaves:
    """Return the donors of each leaf."""
    at = forest.apply(x)
    order = np.argsort(at, axis=0, kind="stable").T.astype(np.int32)
    begins = []
    for tree, one in enumerate(forest.estimators_):
        counts = np.bincount(at[:, tree], minlength=one.tree_.node_count)
        begins.append(np.concatenate([[0], np.cumsum(counts)]).astype(np.int32))
    return Leaves(forest, order, begins)


class Shelf(NamedTuple):
    """Donors of one pattern, their forest, and where each stands among all."""

    leaves: Leaves
    places: Ints


def _donors(lives: Lives, pattern: Pattern) -> Ints:
    """Return who may lend: lives with plans only where the file speaks of plans."""
    if "plan_status" in pattern.names:
        return np.arange(len(lives.rows))
    return np.flatnonzero(~lives.plans[lives.life]).astype(np.int64)


def _grown(lives: Lives, pattern: Pattern) -> Any:
    places = _donors(lives, pattern)
    return grown(of_donors(lives, pattern)[places], goals(lives)[places])


@lru_cache(maxsize=8)
def _shelf(key: Key, pattern: Pattern) -> Shelf:
    lives = lives_of(key.scenario)
    import sklearn  # late: it is slow to load

    text = f"{key.depends} {pattern} {TREES} {LEAF} {TAUGHT} {sklearn.__version__}"
    forest = kept("forest", text, lambda: _grown(lives, pattern))
    places = _donors(lives, pattern)
    return Shelf(standing(forest, of_donors(lives, pattern)[places]), places)


def shelf_of(scenario: Scenario, pattern: Pattern) -> Shelf:
    """Return the scenario's donors by leaf, for files that say so much."""
    return _shelf(Key(scenario), pattern)


def weights(leaves: Leaves, at: Ints, donors: int) -> NDArray[np.float64]:
    """Return the chance of each donor, for one account whose leaves are *at*."""
    total = np.zeros(donors)
    for tree, leaf in enumerate(at.tolist()):
        first, last = leaves.begins[tree][leaf : leaf + 2]
        total[leaves.order[tree, first:last]] += 1.0 / max(1, last - first)
    return total / len(at)


def chosen(leaves: Leaves, at: Ints, tree_luck: float, place_luck: float) -> int:
    """Return a donor drawn with those chances: a tree, then anybody in the leaf."""
    tree = int(tree_luck * len(at))
    first, last = leaves.begins[tree][at[tree] : at[tree] + 2]
    return int(leaves.order[tree, first + int(place_luck * (last - first))])
