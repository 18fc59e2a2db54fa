"""Months and spells: what a table of monthly states says, be it a lender's or the model's.

One row per account, one column per month end. A cohort and a user's own history are turned into
the same table, and the same numbers are read from both.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.domain import Event
from sim.play.cohort import Cohort

MONTH = 30
UNKNOWN = -1
OLDEST = 4  #: bucket that stands for itself and all beyond
#: late months so far, the present one included
HISTORIES = {"1": (1, 1), "2": (2, 2), "3-4": (3, 4), "5-8": (5, 8), "9+": (9, 999)}
WINDOW = 3  #: months looked back

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Months(NamedTuple):
    """Monthly states of accounts."""

    bucket: Ints  #: 0 current, 1 for 1-30 days and so on, `UNKNOWN`
    owed: Floats  #: open at the month end, nan where unknown
    paid: Floats  #: received in the month that follows, nan where unknown


class Measured(NamedTuple):
    """One number read from months."""

    value: float
    cases: int  #: on which it rests
    error: float  #: standard error as if cases were independent


def months_of(lives: Cohort) -> Months:
    """Return the month ends of a cohort, and a window before it in which nobody was late.

    Who has not entered, or has repaid all, is current.
    """
    ends = slice(MONTH - 1, None, MONTH)
    bucket = np.maximum(lives.buckets[:, ends].astype(np.int64), 0)
    owed = lives.owed[:, ends].astype(float)
    paid = np.zeros_like(owed)
    cash = lives.ledger["event"] == Event.PAID
    month = (lives.day[cash] - MONTH + 1) // MONTH
    inside = (month >= 0) & (month < bucket.shape[1])
    where = (lives.life[cash][inside], month[inside])
    np.add.at(paid, where, lives.ledger["amount"][cash][inside].astype(float))
    paid[:, -1] = np.nan  # the month that follows was not lived to its end
    before = ((0, 0), (WINDOW, 0))
    return Months(
        np.pad(bucket, before),
        np.pad(owed, before, constant_values=np.nan),
        np.pad(paid, before, constant_values=np.nan),
    )


def share(hit: NDArray[np.bool_], among: NDArray[np.bool_]) -> Measured:
    """Return the share, in per cent, of the cases *among* that *hit*."""
    n = int(among.sum())
    if n == 0:
        return Measured(np.nan, 0, np.nan)
    p = float((hit & among).sum()) / n
    return Measured(100.0 * p, n, 100.0 * float(np.sqrt(max(p * (1.0 - p), 0.25 / n) / n)))


def measures(months: Months) -> dict[str, Measured]:
    """Return every number that months can say, by its name."""
    return dict([*_rolls(months), *_histories(months), *_fresh(months), *_payments(months)])


def _steps(months: Months) -> tuple[Ints, Ints]:
    here, there = months.bucket[:, :-1], months.bucket[:, 1:]
    return here, there


def _rolls(months: Months) -> Iterator[tuple[str, Measured]]:
    """From one month end to the next, by bucket."""
    here, there = _steps(months)
    for k in range(1, OLDEST + 1):
        now = here >= k if k == OLDEST else here == k
        among, name = now & (there != UNKNOWN), f"M{k}+" if k == OLDEST else f"M{k}"
        yield f"{name} cured", share(there == 0, among)
        if k > 1:
            yield f"{name} better", share((there > 0) & (there < here), among)
        yield f"{name} worse", share(there > here, among)


def _histories(months: Months) -> Iterator[tuple[str, Measured]]:
    """Cure by what went before: all late months so far (from M1), and those of the window."""
    here, there = _steps(months)
    late = (months.bucket > 0).astype(np.int64)
    so_far = np.cumsum(late, axis=1)[:, :-1]
    known = (here == 1) & (there != UNKNOWN)
    for name, (low, high) in HISTORIES.items():
        yield (
            f"M1 cured, late months {name}",
            share(there == 0, known & (so_far >= low) & (so_far <= high)),
        )
    before = np.zeros_like(late)
    for back in range(1, WINDOW + 1):
        before[:, back:] += late[:, :-back]
    for k in range(WINDOW + 1):
        among = (here > 0) & (there != UNKNOWN) & (before[:, :-1] == k)
        among[:, :WINDOW] = False  # what was before them is not in the table
        yield f"late cured, {k} of {WINDOW} months before", share(there == 0, among)


def _fresh(months: Months) -> Iterator[tuple[str, Measured]]:
    """Spells that begin in M1 after a month end without arrears: cured within so many months."""
    bucket = months.bucket
    for within in range(1, WINDOW + 1):
        hits, cases = [], []
        for m in range(1, bucket.shape[1] - within):
            begins = (bucket[:, m] == 1) & (bucket[:, m - 1] == 0)
            after = bucket[:, m + 1 : m + 1 + within]
            hits.append((after == 0).any(axis=1))
            cases.append(begins & (after != UNKNOWN).all(axis=1))
        if cases:
            yield (
                f"fresh M1 cured within {within}",
                share(np.concatenate(hits), np.concatenate(cases)),
            )


def _payments(months: Months) -> Iterator[tuple[str, Measured]]:
    """What late accounts pay in the month that follows, over what is open."""
    size = np.divide(
        months.paid, months.owed, out=np.full_like(months.paid, np.nan), where=months.owed > 0
    )
    for k in range(1, OLDEST):
        among = (months.bucket == k) & np.isfinite(size)
        yield f"M{k} paid nothing", share(size <= 0.0, among)
        part = np.log(size[among & (size > 0.0) & (size < 1.0)])
        n = len(part)
        middle = float(np.median(part)) if n else np.nan
        spread = float(np.std(part)) if n > 1 else np.nan
        yield f"M{k} part paid, log median", Measured(middle, n, 1.25 * spread / np.sqrt(max(1, n)))
        yield f"M{k} part paid, log spread", Measured(spread, n, spread / np.sqrt(max(1, 2 * n)))
