"""Monthly histories foretold by the model's own lives, as they are and taught by a lender's.

A month end at which an account is late is a case: the states of the months before, what was paid
in them, and whether it is up to date a month later. A forest fitted to the model's cases foretells
the lender's. Taught, the donors of each neighbourhood are weighted by what the model expects of
them, so that together they do what the lender's own accounts did: of all weights that do, those
nearest to the model's (minimum relative entropy). Where the model has no such people, they cannot.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import sklearn
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from sim.core.cache import kept
from sim.play.likeness.forest import Leaves, standing
from sim.play.likeness.lives import MONTHS, Lives, lives_of
from sim.play.pool import Key
from sim.scenario import Scenario

WINDOW = 3  #: months looked back
OLDEST = 4  #: bucket that stands for itself and all beyond
MANY = 400  #: cases from which on more than level and slope are learnt
CASES = 40_000
TREES, LEAF, SEED = 40, 40, 12
SAMPLE = 300  #: cases at which donors are counted as the model stands
EDGE = 1e-4  #: no chance is nearer to 0 or 1
TILT = 12.0  #: most that a donor's logit may be multiplied with

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Cases(NamedTuple):
    """Late accounts at month ends."""

    seen: Floats  #: case x fact: states, late months in the window, shares paid
    states: NDArray[np.int64]  #: the present state and the one before, -1 unknown
    cured: Bools  #: up to date a month later
    who: NDArray[np.int64]  #: row of the history
    month: NDArray[np.int64]


class Foretold(NamedTuple):
    """Chances of being up to date a month later, by case."""

    plain: Floats  #: the model as it stands
    taught: Floats  #: with its people weighted by the lender's history
    donors: Floats  #: effective number of donors behind each case, as it stands
    donors_taught: Floats


def cases(bucket: Any, owed: Any, paid: Any, first: int = 1, last: int | None = None) -> Cases:
    """Return the cases of a table of months whose next month is known.

    Parameters
    ----------
    bucket, owed, paid
        Account x month: state (negative where unknown), open cents, received in the next month.
    first, last
        Month ends that count.
    """
    width = bucket.shape[1] - 1 if last is None else last
    known = _with_window(np.where(bucket < 0, np.nan, np.minimum(bucket, OLDEST)))
    open_then, received = _with_window(owed), _with_window(paid)
    parts = [_month(known, open_then, received, m) for m in range(first, width)]
    return Cases(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def part(some: Cases, chosen: NDArray[Any]) -> Cases:
    """Return the cases at the places, or with the marks, *chosen*."""
    return Cases(*[column[chosen] for column in some])


def _with_window(table: Any) -> Floats:
    """Return the table with unknown months before it."""
    room = ((0, 0), (WINDOW, 0))
    return np.pad(np.asarray(table, dtype=float), room, constant_values=np.nan)


def _month(bucket: Floats, owed: Floats, paid: Floats, month: int) -> Cases:
    at = month + WINDOW
    who = np.flatnonzero((bucket[:, at] > 0) & np.isfinite(bucket[:, at + 1]))
    states = bucket[who, at - WINDOW : at + 1][:, ::-1]
    before = slice(at - WINDOW, at)
    with np.errstate(all="ignore"):
        share = paid[who, before][:, ::-1] / owed[who, before][:, ::-1]
    share = np.where(np.isfinite(share), np.clip(share, 0.0, 2.0), np.nan)
    late = np.nansum(states > 0, axis=1)
    seen = np.column_stack([states, late, share])
    two = np.where(np.isfinite(states[:, :2]), states[:, :2], -1).astype(np.int64)
    return Cases(seen, two, bucket[who, at + 1] == 0, who, np.full(len(who), month))


class Teller(NamedTuple):
    """What foretells: the model's cases, their neighbourhoods, and what it expects of each."""

    facts: NDArray[np.int64]  #: columns of `Cases.seen` that the history has
    leaves: Leaves
    expected: Floats  #: by case of the model: chance of a cure, all that is hidden known


def teller(scenario: Scenario, history: Cases) -> Teller:
    """Return what foretells by the facts that the history has: fitted to the model's lives."""
    known = np.isfinite(history.seen).any(axis=0)
    return _teller(Key(scenario), tuple(bool(one) for one in np.atleast_1d(known)))


@lru_cache(maxsize=8)
def _teller(key: Key, known: tuple[bool, ...]) -> Teller:
    own = _own_cases(lives_of(key.scenario))
    facts = np.flatnonzero(np.array(known) & np.isfinite(own.seen).any(axis=0))
    text = f"{key.depends} {known} {TREES} {LEAF} {CASES} {sklearn.__version__}"
    forest, expected = kept("teller", text, lambda: _fitted(lives_of(key.scenario), own, facts))
    return Teller(facts, standing(forest, _filled(own, facts).astype(np.float32)), expected)


def _fitted(lives: Lives, own: Cases, facts: NDArray[np.int64]) -> tuple[Any, Floats]:
    forest = RandomForestClassifier(
        TREES, min_samples_leaf=LEAF, max_features=0.6, n_jobs=1, random_state=SEED
    ).fit(_filled(own, facts), own.cured)  # fmt: skip
    hidden = np.column_stack([own.seen, _hidden(lives, own)])
    expects = HistGradientBoostingClassifier(
        max_iter=120, learning_rate=0.1, min_samples_leaf=60, random_state=SEED
    ).fit(hidden, own.cured)  # fmt: skip
    return forest, expects.predict_proba(hidden)[:, 1]


def _filled(some: Cases, facts: NDArray[np.int64]) -> Floats:
    return np.nan_to_num(some.seen[:, facts], nan=-1.0)


def _own_cases(lives: Lives) -> Cases:
    """Return the model's cases, one for each donor; those with plans are another practice."""
    all_cases = cases(lives.bucket, lives.owed, lives.paid, 1, MONTHS)
    chosen = np.flatnonzero(~lives.plans[all_cases.who])
    luck = np.random.default_rng(SEED).permutation(len(chosen))[:CASES]
    return part(all_cases, chosen[luck])


def _hidden(lives: Lives, own: Cases) -> Floats:
    """Return what is hidden of the model's cases and lasts."""
    t = lives.traits[own.who]
    slack = np.log(t["slack"] / lives.instalment[own.who])
    left = lives.owed[own.who, own.month] / lives.instalment[own.who]
    columns = [t["kind"], t["will"], slack, t["reach"], t["payday"], t["patience"], left]
    return np.column_stack(columns).astype(np.float64)


def foretell(by: Teller, first: Cases, second: Cases) -> Foretold:
    """Foretell the *second* cases; the *first*, of other accounts, teach."""
    plain = _plain(by, second)
    goal = _learnt(by, first, _plain(by, first))(second, plain)
    taught, donors = _taught(by, second, goal)
    return Foretold(plain, taught, _spread(by, second), donors)


def _plain(by: Teller, some: Cases) -> Floats:
    """Return the chances as the model stands: the mean of each leaf, tree by tree."""
    at = by.leaves.forest.apply(_filled(some, by.facts))
    chance = np.zeros(len(at))
    for tree, begins in enumerate(by.leaves.begins):
        total = np.concatenate([[0.0], np.cumsum(by.expected[by.leaves.order[tree]])])
        sizes = np.maximum(1, np.diff(begins))
        means = (total[begins[1:]] - total[begins[:-1]]) / sizes
        chance += means[at[:, tree]]
    return np.clip(chance / len(by.leaves.begins), EDGE, 1.0 - EDGE)


def _spread(by: Teller, some: Cases) -> Floats:
    """Return the effective numbers of donors as the model stands, of some of the cases."""
    rows = _filled(some, by.facts)[:SAMPLE]
    shares = (_neighbours(by.leaves, at)[1] for at in by.leaves.forest.apply(rows))
    return np.array([1.0 / float(w @ w) for w in shares])


def _neighbours(leaves: Leaves, at: NDArray[np.int64]) -> tuple[NDArray[np.int64], Floats]:
    """Return the donors of one account and their chances."""
    parts, shares = [], []
    for tree, leaf in enumerate(at.tolist()):
        first, last = leaves.begins[tree][leaf : leaf + 2]
        parts.append(leaves.order[tree, first:last])
        shares.append(np.full(last - first, 1.0 / max(1, last - first)))
    who, place = np.unique(np.concatenate(parts), return_inverse=True)
    w = np.bincount(place, np.concatenate(shares))
    return who.astype(np.int64), w / w.sum()


def _learnt(by: Teller, first: Cases, plain: Floats) -> Any:
    """Return what the first cases teach: level and slope, and with many cases the facts too."""
    if len(set(first.cured.tolist())) < 2:
        return lambda some, chance: chance
    line = LogisticRegression(C=10.0).fit(_logit(plain)[:, None], first.cured)
    if len(first.cured) < MANY:
        return lambda some, chance: line.predict_proba(_logit(chance)[:, None])[:, 1]
    boosted = HistGradientBoostingClassifier(
        max_iter=70, learning_rate=0.05, max_leaf_nodes=10, min_samples_leaf=40,
        l2_regularization=2.0, random_state=SEED,
    ).fit(np.column_stack([_filled(first, by.facts), _logit(plain)]), first.cured)  # fmt: skip

    def learnt(some: Cases, chance: Floats) -> Any:
        x = np.column_stack([_filled(some, by.facts), _logit(chance)])
        return boosted.predict_proba(x)[:, 1]

    return learnt


def _taught(by: Teller, some: Cases, goal: Floats) -> tuple[Floats, Floats]:
    """Weight each neighbourhood until it does what is its goal, as far as it has the people."""
    chance, donors = np.zeros(len(goal)), np.zeros(len(goal))
    for i, leaf in enumerate(by.leaves.forest.apply(_filled(some, by.facts))):
        who, w = _neighbours(by.leaves, leaf)
        expected = by.expected[who]
        w = tilted(w, expected, float(goal[i]))
        chance[i], donors[i] = w @ expected, 1.0 / (w @ w)
    return np.clip(chance, EDGE, 1.0 - EDGE), donors


def tilted(weights: Floats, expected: Floats, goal: float) -> Floats:
    """Return the weights nearest to *weights* with which what is *expected* has the mean *goal*."""
    tells = _logit(np.clip(expected, EDGE, 1.0 - EDGE))
    low, high = -TILT, TILT

    def at(slope: float) -> Floats:
        power = slope * (tells - tells.mean())
        w = weights * np.exp(power - power.max())
        tilt: Floats = w / w.sum()
        return tilt

    for _ in range(40):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if at(middle) @ expected < goal else (low, middle)
    return at(0.5 * (low + high))


def _logit(p: Floats) -> Floats:
    q = np.clip(p, EDGE, 1.0 - EDGE)
    odds: Floats = np.log(q / (1.0 - q))
    return odds


def ranking(cured: Bools, chance: Floats) -> float:
    """Return the area under the curve: how often who cures was given the higher chance."""
    if len(set(cured.tolist())) < 2:
        return float("nan")
    return float(roc_auc_score(cured, chance))
