"""What a run is told as, whichever engine wrote it: any width of number, whole or in blocks."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.agents import loan as loans
from sim.core.domain import DAY, Event, Posting
from sim.engine.ledger import FINAL, KEPT_AS, SEATS, columns, final_columns, frame, table
from sim.play import metrics
from sim.play.metrics import SHELF, Tables
from sim.play.metrics.open_claims import SHAPE, RunOff
from sim.play.outcome import added, by_day, end_states, listed, measured

DAYS = 60
WORTH = np.add.outer(0.9 - 0.1 * np.arange(8), (0.0, 0.05, 0.07)).reshape(8, 3, 1, 1, 1, 1)
RUN_OFF = RunOff(np.broadcast_to(WORTH, SHAPE), np.broadcast_to(WORTH, (2, *SHAPE)))


@pytest.fixture(scope="module")
def facts(small, anything, tell, everybody):
    """A run in which everything happens."""
    often = {"borrower.complaint": 40.0, "law.adherence": 0.9, "book.coming_due": 0.0}
    eager = small.with_(often)
    return tell(
        eager, anything.organised(purse_share=0.5), accounts=300, days=DAYS, posts=everybody
    )


@pytest.fixture(scope="module")
def daily(facts):
    return np.array(facts.daily)


@pytest.fixture(scope="module")
def whole(small, facts) -> Tables:
    seats = frame(facts.seats, SEATS).to_numpy(dtype=float)
    paid = {"fixed": 30_000.0, "one_off": 6_000.0, "budget": 9_000_000.0}
    staffing = tuple(p.staffing._replace(**paid) for p in facts.practices)
    ledger, final = columns(facts.postings), final_columns(facts.final)
    return Tables(
        small, facts.practices[-1].world, staffing, ledger, seats, final, RUN_OFF, DAYS
    )  # fmt: skip


def cut(t: Tables, number: int, luck: np.random.Generator) -> list[Tables]:
    """Put every account into one of so many blocks; some may stay empty."""
    ids = np.unique(np.concatenate((t.ledger["account"], t.end["id"])))
    block = luck.integers(number, size=len(ids))
    of_posting = block[np.searchsorted(ids, t.ledger["account"])]
    of_account = block[np.searchsorted(ids, t.end["id"])]
    return [
        replace(
            t,
            ledger={name: c[of_posting == i] for name, c in t.ledger.items()},
            final={name: c[of_account == i] for name, c in t.end.items()},
        )
        for i in range(number)
    ]


def same(x: float, y: float) -> bool:
    """Whole numbers are equal; others may differ by the order in which they were added."""
    return x == y if float(y).is_integer() else math.isclose(x, y, rel_tol=1e-12)


PLAYED_ON = {f"value_on_{days}" for days in (30, 90, 180, 365)}
cuts = given(number=st.integers(1, 7), seed=st.integers(0, 2**32 - 1))
few = settings(deadline=None, max_examples=15)


# --- blocks ------------------------------------------------------------------------------------


def test_enough_happens_for_the_blocks_to_mean_something(whole):
    pairs = metrics.compute(whole)
    without = {n for n, (_, y) in pairs.items() if y <= 0}
    assert without == PLAYED_ON  # this book is looked up in a table
    nothing = {n for n, (x, _) in pairs.items() if x == 0} - PLAYED_ON
    assert len(nothing) <= 6, nothing


@few
@cuts
def test_a_book_counted_in_blocks_gives_the_same_pairs(whole, number, seed):
    blocks = cut(whole, number, np.random.default_rng(seed))
    at_once, in_blocks = metrics.compute(whole), metrics.compute_in_blocks(blocks)
    assert list(in_blocks) == list(at_once)
    for name, (x, y) in at_once.items():
        assert same(in_blocks[name][0], x), name
        assert same(in_blocks[name][1], y), name


@few
@cuts
def test_the_book_by_day_adds_up_over_blocks(whole, daily, number, seed):
    luck = np.random.default_rng(seed)
    shares = luck.multinomial(daily[:, 2:], np.full(number, 1.0 / number))
    parts = []
    for i, block in enumerate(cut(whole, number, luck)):
        mine = np.column_stack((daily[:, :2], shares[:, :, i]))
        parts.append(by_day(block, mine[(mine[:, 1] == 0) | (mine[:, 2:] > 0).any(axis=1)]))
    sums, expected = added(parts), by_day(whole, daily)
    assert expected[["cash", "variable_cost", "risk"]].sum().gt(0).all()
    pd.testing.assert_frame_equal(sums, expected, check_exact=False, rtol=1e-12, atol=0)


def test_a_metric_says_what_it_reads(whole):
    floor, people = metrics.compute(whole.floor), metrics.compute(whole.people)
    for name, m in SHELF.items():
        if m.reads == "accounts":
            assert floor[name] == (0, 0), name
        elif m.reads == "floor":
            assert people[name] == (0, 0), name
        else:
            # Only what people inside do wrong is read off the floor here, and nobody did.
            assert floor[name] != (0, 0) or name in {"value_complaints", *PLAYED_ON}, name
            assert people[name] != (0, 0) or name in PLAYED_ON, name


def test_pairs_that_were_added_are_listed_like_pairs_found_at_once(whole):
    pairs = metrics.compute_in_blocks([whole])
    pd.testing.assert_frame_equal(listed(pairs), measured(whole), rtol=1e-12)


def test_the_days_cash_is_what_was_recovered_and_no_instalment_paid_on_its_day(whole, facts, daily):
    cash, paid = [0] * DAYS, [p for p in facts.postings if p.event == Event.PAID]
    for p in paid:
        cash[p.time // DAY] += p.amount if p.dpd > 0 else 0
    told = by_day(whole, daily)
    assert told.loc[told["bucket"] == 0, "cash"].tolist() == cash
    assert (told.loc[told["bucket"] > 0, "cash"] == 0).all()
    assert any(p.dpd == 0 for p in paid)


def test_the_book_by_day_may_come_as_facts_as_tuples_or_as_an_array(whole, facts, daily):
    for rows in (facts, facts.daily):
        pd.testing.assert_frame_equal(by_day(whole, rows), by_day(whole, daily))


# --- any width of number -----------------------------------------------------------------------

NARROW = {"time": np.int32, "amount": np.int32, "dpd": np.int16, "balance": np.int32}
WIDE = dict.fromkeys(KEPT_AS, np.float64)
NARROW_END = {
    np.int64: np.int32, np.bool_: np.uint8, np.float64: np.float64,
}  # fmt: skip


@pytest.mark.parametrize("kinds", [NARROW, WIDE], ids=["narrow", "float64"])
def test_no_number_depends_on_the_width_of_the_columns(whole, daily, kinds):
    other = replace(
        whole,
        ledger={k: c.astype(kinds.get(k, c.dtype)) for k, c in whole.ledger.items()},
        final={
            k: c.astype(NARROW_END[FINAL[k].kind] if k != "id" else np.int64)
            for k, c in whole.end.items()
        },
    )
    assert metrics.compute(other) == metrics.compute(whole)
    pd.testing.assert_frame_equal(by_day(other, daily), by_day(whole, daily))
    pd.testing.assert_frame_equal(end_states(other.final), end_states(whole.final))
    told = [
        table(t.ledger, strategy="s", replication=0, start=whole.scenario.book.start)
        for t in (whole, other)
    ]
    pd.testing.assert_frame_equal(*told)


def test_every_field_of_a_posting_has_a_column_in_its_place():
    assert tuple(KEPT_AS) == Posting._fields
    assert all(len(c) == 0 and c.dtype == KEPT_AS[k] for k, c in columns(()).items())


def test_columns_hold_what_the_postings_say(facts):
    kept = zip(*(c.tolist() for c in columns(facts.postings).values()), strict=True)
    assert all(Posting(*row) == p for row, p in zip(kept, facts.postings, strict=True))


# --- accounts at the end -----------------------------------------------------------------------


def test_end_states_are_those_of_the_accounts(facts):
    shown = end_states(facts.final)
    assert shown["account_id"].tolist() == [a.id for a in facts.final]
    assert shown["balance"].tolist() == [loans.balance(a.loan) for a in facts.final]
    assert shown["bucket"].tolist() == [a.deeds.bucket for a in facts.final]
    assert shown["paused"].tolist() == [a.case.paused_until for a in facts.final]
    assert shown["hidden_number_dead"].tolist() == [a.case.number_dead for a in facts.final]
    assert shown["hidden_buffer"].tolist() == [a.cash.buffer for a in facts.final]


def test_accounts_may_come_as_columns(whole, facts):
    as_tuples = replace(whole, final=tuple(facts.final))
    assert metrics.compute(as_tuples) == metrics.compute(whole)
    assert final_columns(whole.end) is whole.end


def test_nobody_at_the_end_is_a_table_without_rows():
    assert end_states(()).empty
    assert list(end_states(())) == list(end_states(final_columns(())))


# --- why is it still unpaid --------------------------------------------------------------------


def test_causes_share_out_the_late_accounts_that_are_open_at_the_end(whole, facts):
    late = [a for a in facts.final if a.deeds.bucket > 0 and loans.balance(a.loan) > 0]
    unpaid = {n: p for n, p in metrics.compute(whole).items() if n.startswith("unpaid_")}
    assert len(unpaid) == 9
    assert sum(x for x, _ in unpaid.values()) == 100.0 * len(late) > 0
    assert {y for _, y in unpaid.values()} == {len(late)}
    on_plan = sum(a.plan.left > 0 for a in late)
    assert unpaid["unpaid_plan"][0] == 100.0 * on_plan > 0


def test_idle_floors_leave_accounts_unworked(small, tell, seats):
    """The same strategy: with one seat the day ends before the list does."""
    shares = []
    for number in (1, 40):
        told = tell(small, "phone_only", accounts=120, days=20, posts=seats(number, end=9.5))
        t = Tables(
            small, told.practices[0].world, (), columns(told.postings), np.empty((0, len(SEATS))),
            final_columns(told.final), RUN_OFF, 20,
        )  # fmt: skip
        x, y = SHELF["unpaid_capacity"].compute(t)
        assert t.count(Event.REACHED) > 0
        shares.append(x / y)
    assert shares[0] > 10.0 > shares[1]
