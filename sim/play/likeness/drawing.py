"""Accounts from a file get the hidden person that the model itself would see behind them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from sim.agents import loan as loans
from sim.agents.population import NO_PLAN, Filed, back_to_start
from sim.core.domain import NEVER, Account, Deeds, Loan, Plan, PlanStatus, Promise
from sim.core.kernel import draw, key_of
from sim.core.rng import Purpose
from sim.engine.fast.book import accounts_of
from sim.play.likeness.forest import Shelf, chosen, shelf_of, weights
from sim.play.likeness.lives import MONTH, Ints, lives_of, start
from sim.play.likeness.sight import Pattern, of_file, pattern_of
from sim.play.pool import Key
from sim.scenario import Scenario

COUNTED = 1_000  #: accounts of a file at which donors are counted
PATTERNS = 4  #: kinds of rows of one file that get a forest of their own
TERMS = (12, 18, 24, 36, 48, 60, 84, 120, 180, 240, 360)  #: of loans, in months


class Group(NamedTuple):
    """Accounts of a file of which it says the same facts, and the leaves they fall into."""

    pattern: Pattern
    accounts: tuple[int, ...]  #: places in the file
    leaves: Ints  #: account x tree


class Likeness(NamedTuple):
    """A file's accounts, placed among the model's own lives."""

    scenario: Scenario  #: with loans as long as the file's
    filed: tuple[Filed, ...]
    groups: tuple[Group, ...]


class Support(NamedTuple):
    """On how many hidden people a file's accounts rest."""

    accounts: int
    donors: int  #: states that could be lent
    effective: float  #: as many as if all were lent equally often, over the whole file
    middle: float  #: the same for the middle account
    least: float  #: and for the account of which the model knows fewest


def likeness(scenario: Scenario, filed: Sequence[Filed]) -> Likeness:
    """Place the accounts of a file among the scenario's lives."""
    return _placed(Key(_long_enough(scenario, filed)), tuple(filed))


@lru_cache(maxsize=4)
def _placed(key: Key, filed: tuple[Filed, ...]) -> Likeness:
    groups = []
    for pattern, members in _patterns(filed).items():
        shelf = shelf_of(key.scenario, pattern)
        rows = of_file([filed[i] for i in members], pattern)
        groups.append(Group(pattern, members, shelf.leaves.forest.apply(rows)))
    return Likeness(key.scenario, filed, tuple(groups))


def _patterns(filed: Sequence[Filed]) -> dict[Pattern, tuple[int, ...]]:
    """Group rows by what they say; rare kinds of rows are read for what all of them say."""
    own = [pattern_of(f) for f in filed]
    usual = [p for p, _ in Counter(own).most_common(PATTERNS)]
    rest = [p for p in own if p not in usual]
    common = _common(rest) if rest else None
    groups: dict[Pattern, list[int]] = {}
    for i, pattern in enumerate(own):
        kind = pattern if pattern in usual else common or pattern
        groups.setdefault(kind, []).append(i)
    return {pattern: tuple(members) for pattern, members in groups.items()}


def _common(patterns: Sequence[Pattern]) -> Pattern:
    shared = set(patterns[0].names).intersection(*(p.names for p in patterns))
    names = tuple(n for n in patterns[0].names if n in shared)
    return Pattern(names, max(p.window for p in patterns) if "late_months" in shared else 0)


def _long_enough(scenario: Scenario, filed: Sequence[Filed]) -> Scenario:
    """Return the scenario with loans as long as the file's: its own schedule must be among them."""
    left = [loans.balance(f.account.loan) / f.account.loan.instalment for f in filed]
    wanted = float(np.quantile(left, 0.95)) if left else 0.0
    longest = scenario.book.count_high
    if wanted <= longest:
        return scenario
    term = next((t for t in TERMS if t >= wanted), TERMS[-1])
    return scenario.with_({"book.count_high": max(term, longest)})


def given(scenario: Scenario, filed: Sequence[Filed], streams: tuple[int, int]) -> list[Account]:
    """Give the accounts of a file hidden state, drawn given all that the file says of them.

    *streams* are the book's and the run's luck. Money scales with the instalment; what the file
    says stands, the rest is the donor's.
    """
    at = likeness(scenario, filed)
    lives, places = lives_of(at.scenario), np.zeros(len(filed), dtype=np.int64)
    for group in at.groups:
        shelf = shelf_of(at.scenario, group.pattern)
        for row, i in enumerate(group.accounts):
            places[i] = _donor(shelf, group.leaves[row], key_of(streams[0], filed[i].account.id))
    days = MONTH * lives.month[places].astype(np.int64)
    donors = accounts_of(start(lives, places))
    return [
        _filled_in(one, back_to_start(donor, int(day)), streams[1])
        for one, donor, day in zip(filed, donors, days, strict=True)
    ]


def _donor(shelf: Shelf, at: Ints, key: int) -> int:
    """Return the donor that the account's own luck draws: a tree, and a place in its leaf."""
    tree, place = (draw(key, Purpose.DONOR, k) for k in (0, 1))
    return int(shelf.places[chosen(shelf.leaves, at, tree, place)])


def support(at: Likeness) -> Support:
    """Return how many hidden people stand behind a file's accounts."""
    lives = lives_of(at.scenario)
    total, own = np.zeros(len(lives.rows)), []
    step = -(-len(at.filed) // COUNTED)
    for group in at.groups:
        shelf = shelf_of(at.scenario, group.pattern)
        for leaf in group.leaves[::step]:
            w = weights(shelf.leaves, leaf, len(shelf.places))
            own.append(1.0 / float(np.square(w).sum()))
            total[shelf.places] += w
    mean = total / len(own)
    return Support(
        len(at.filed), len(lives.rows), 1.0 / float(np.square(mean).sum()),
        float(np.median(own)), min(own),
    )  # fmt: skip


def _filled_in(filed: Filed, donor: Account, luck: int) -> Account:
    """Return the file's account with the donor's person in it."""
    account = filed.account
    scale = account.loan.instalment / donor.loan.instalment
    observed, t = account.traits, donor.traits
    plan = _plan(filed, donor, scale)
    loan = _loan(filed, donor)
    held = loan._replace(hold_day=0) if plan.left > 0 else loan
    return account._replace(
        traits=t._replace(
            luck=key_of(luck, account.id), slack=t.slack * scale, region=observed.region,
            grade=observed.grade, product=observed.product,
            months_on_book=observed.months_on_book,
        ),
        loan=held,
        cash=donor.cash._replace(buffer=donor.cash.buffer * scale),
        mind=donor.mind,
        promise=_promise(filed, donor, scale) if plan.left == 0 else account.promise,
        plan=plan,
        mail=donor.mail,
        contacts=donor.contacts,
        deeds=_deeds(filed, donor, scale),
        case=donor.case,
    )  # fmt: skip


def _loan(filed: Filed, donor: Account) -> Loan:
    """Return the file's loan with a part of the oldest instalment paid, as the file says.

    Where the file does not say how much is past due, the part is the donor's: who pays in parts
    has less to pay until all is well again.
    """
    loan, bucket = filed.account.loan, filed.account.deeds.bucket
    open_cents, instalment = loans.balance(loan), loan.instalment
    if open_cents <= bucket * instalment:  # all of it is due: nothing is left to tell
        return loan
    part = (filed.seen.past_due or 0) - (bucket - 1) * instalment
    if filed.seen.past_due is None:
        owed = loans.past_due(donor.loan, 0) / donor.loan.instalment
        part = int((owed - donor.deeds.bucket + 1) * instalment)
    paid = instalment - min(instalment, max(1, part))
    count = -(-(open_cents + paid) // instalment)
    return loan._replace(count=count, paid=paid, waived=count * instalment - paid - open_cents)


def _deeds(filed: Filed, donor: Account, scale: float) -> Deeds:
    """Return the deeds that the file tells, and the donor's where it is silent.

    The file counts month ends at which an account was late; the model counts falls into a later
    bucket, and a person's habit hangs on these: they are the donor's.
    """
    seen, mine, theirs = filed.seen, filed.account.deeds, donor.deeds
    return theirs._replace(
        payment_day=mine.payment_day if seen.days_since_payment is not None
        else theirs.payment_day,
        promises_kept=theirs.promises_kept if seen.promises_kept is None else seen.promises_kept,
        promises_broken=theirs.promises_broken if seen.promises_broken is None
        else seen.promises_broken,
        plan_status=theirs.plan_status if seen.plan_status is None else seen.plan_status,
        plan_kept=theirs.plan_kept if seen.plan_kept is None else seen.plan_kept,
        paid_block=int(theirs.paid_block * scale), paid_before=int(theirs.paid_before * scale),
        bucket=mine.bucket,
    )  # fmt: skip


def _promise(filed: Filed, donor: Account, scale: float) -> Promise:
    """Return the promise that is open: the file's, the donor's where the file does not say."""
    seen, theirs = filed.seen, donor.promise
    if seen.promise_in_days is None:
        if theirs.day == NEVER:
            return theirs
        return theirs._replace(cents=_scaled(theirs.cents, scale), waive=0)
    if seen.promise_in_days < 0:
        return filed.account.promise
    due = loans.past_due(filed.account.loan, 0)
    binding = theirs.binding if theirs.day != NEVER else 0.0
    return Promise(max(1, seen.promise_in_days), seen.promised or due, binding, 0)


def _plan(filed: Filed, donor: Account, scale: float) -> Plan:
    """Return the donor's running plan where the file says that one is running."""
    theirs = donor.plan
    if filed.seen.plan_status != PlanStatus.RUNNING or theirs.left == 0:
        return NO_PLAN
    return theirs._replace(
        day=max(1, theirs.day), cents=_scaled(theirs.cents, scale), given_up=0
    )  # fmt: skip


def _scaled(cents: int, scale: float) -> int:
    return max(1, int(cents * scale))
