"""What must not matter does not: names of accounts, who else is in the book, the book's size."""

from __future__ import annotations

import numpy as np
import pytest

from sim import play
from sim.agents.population import newly_late
from sim.core.domain import Role
from sim.core.rng import stream

LUCK = stream(7, 0)
DAYS = 40
#: All of a posting but the account's number and who took the call.
SAME = ("time", "event", "channel", "tone", "offer", "outcome", "amount", "cost", "dpd", "balance",
        "wait_seconds", "talk_seconds", "p_complaint", "rule")  # fmt: skip


@pytest.fixture(scope="module")
def calm(plain):
    """Collectors alike, nobody moved by what happens to others."""
    return plain.with_({"borrower.reputation": 0.0})


@pytest.fixture(scope="module")
def ample(seats):
    """More people in every role than there are accounts."""
    roles = (Role.PHONE, Role.FIELD, Role.LEGAL, Role.COMPLAINTS, Role.SUPERVISOR, Role.AGENCY)
    return sum((seats(90, role) for role in roles), ())


def people(scenario, ids):
    return [newly_late(scenario, LUCK, LUCK, who, 0) for who in ids]


def by_account(facts):
    lives = {}
    for p in facts.postings:
        lives.setdefault(p.account, []).append(tuple(getattr(p, name) for name in SAME))
    return lives


@pytest.fixture(scope="module")
def lived(calm, tell, ample, anything):
    rich = anything.organised(purse_share=0.5, bot_ports=200.0)
    funded = calm.with_({"budget.monthly": 1e9})  # the purse is shared; here it lacks for nobody

    def told(book):
        return by_account(
            tell(funded, rich, accounts=1_000, days=DAYS, posts=ample, book=book, inflow=False)
        )

    return told


def test_other_numbers_for_the_accounts_change_nothing(calm, lived):
    book = people(calm, range(40))
    renamed = [a._replace(id=1_000 - 7 * a.id) for a in book]
    plain, other = lived(book), lived(renamed)
    assert len(plain) == 40
    assert {1_000 - 7 * who: life for who, life in plain.items()} == other


def test_two_books_on_one_ample_floor_are_the_two_books(calm, lived):
    one, two = people(calm, range(30)), people(calm, range(30, 60))
    assert lived(one) | lived(two) == lived(one + two)


def test_a_book_and_a_floor_of_twice_the_size_bring_twice_as_much(small):
    """Where seats are ample the means per account agree; the larger book has the smaller luck."""
    ample = small.with_({"budget.monthly": 5e7})

    def brought(accounts):
        values = [
            dict(play(ample, "phone_only", accounts=accounts, days=30, seed=seed).measures["value"])
            for seed in range(12)
        ]
        return np.array([[v["recovery_rate"], v["complaints"], v["contacts"]] for v in values])

    single, double = brought(150), brought(300)
    error = np.sqrt(single.var(axis=0, ddof=1) / 12 + double.var(axis=0, ddof=1) / 12)
    assert (np.abs(single.mean(axis=0) - double.mean(axis=0)) < 3.5 * error).all()
    assert (double.std(axis=0) < single.std(axis=0)).all()


@pytest.mark.parametrize("least", [250, 500])
def test_where_seats_bind_a_sample_loses_callers_as_its_floor_does(small, least):
    """A small sample stands for a part of the same floor, so its callers are no less patient."""
    tight = small.with_({"budget.monthly": 9e6, "borrower.rings": 2.0})

    def gave_up(accounts):
        told = [
            dict(play(tight, "process", accounts=accounts, days=30, seed=s).measures["value"])
            for s in range(4)
        ]
        return np.mean([v["hang_ups"] for v in told])

    shares = [gave_up(n) for n in (least, 1_000)]
    assert max(shares) - min(shares) < 0.4 * np.mean(shares)
