"""A book in shards is the book: seats, money and people add up, and so does every metric."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest

from benchmarks import scale, scale_tables
from sim.agents.budget import staff
from sim.play.metrics import SHELF as METRICS
from sim.play.run import play
from sim.scenario import Scenario
from sim.strategies import SHELF

SECONDS = 0.0002  #: of a seat: its grain, and what is cut to whole seconds


@pytest.fixture(scope="module")
def runs(small):
    return [play(small, "process", seed=1, replication=r, accounts=80, days=20) for r in range(2)]


# --- shards ------------------------------------------------------------------------------------


@pytest.mark.parametrize("strategy", SHELF.values(), ids=lambda s: s.name)
@pytest.mark.parametrize("accounts", [4_000, 40_000, 300_000])
def test_the_money_of_the_shards_is_the_money_of_the_book(small, strategy, accounts):
    whole, shard = (
        staff(small, strategy.organisation, n, "same") for n in (accounts, accounts // 8)
    )
    for sum_ in ("budget", "purse", "fixed", "one_off"):
        assert 8 * getattr(shard, sum_) == pytest.approx(getattr(whole, sum_))


@pytest.mark.parametrize("strategy", SHELF.values(), ids=lambda s: s.name)
def test_shards_lose_seconds_of_a_seat_per_role_each(small, strategy):
    whole, shard = (hours(staff(small, strategy.organisation, n, "same")) for n in (40_000, 5_000))
    of_one = small.floor.shift_hours
    assert whole.keys() == shard.keys()
    for role, paid in whole.items():
        lost = paid - 8 * shard[role]
        assert -SECONDS * of_one <= lost <= 8 * SECONDS * of_one


def hours(staffing):
    found = Counter()
    for post in staffing.posts:
        found[post.role] += post.share * post.paid / 3_600
    return found


def test_no_two_floors_of_the_experiment_share_a_replication():
    asked = [p for r in range(3) for p in scale.plays(r, ["phone_only"])]
    assert len({p.replication for p in asked}) == len(asked)


def test_strategies_meet_the_same_borrowers_on_each_floor():
    found = {}
    for p in scale.plays(0):
        found.setdefault((p.accounts, p.replication), set()).add(p.strategy)
    assert set(map(frozenset, found.values())) == {frozenset(scale.STRATEGIES)}


def test_the_shards_of_a_round_are_the_whole_book():
    asked = Counter(p.accounts for p in scale.plays(0, ["phone_only"]))
    assert asked[scale.SHARD] * scale.SHARD == asked[scale.WHOLE] * scale.WHOLE


def test_another_shard_has_other_people(runs):
    first, second = (r.final["balance"].to_numpy()[:40] for r in runs)
    assert not np.array_equal(first, second)


# --- adding up ---------------------------------------------------------------------------------


def test_numerators_and_denominators_of_shards_add_up_as_the_page_says(runs):
    book = sum(run.measures[["numerator", "denominator"]] for run in runs)
    assert set(book.index) == set(METRICS)
    opened = sum(run.ledger["event"].isin(["opened", "entered"]).sum() for run in runs)
    assert book.loc["net_value", "denominator"] * 1_000 == pytest.approx(opened)
    tried = sum(run.measures.loc["contacts", "numerator"] for run in runs)
    assert book.loc["contacts", "numerator"] == tried


def test_added_floors_hold_the_sums_of_their_numbers(runs):
    parts = [scale.pairs_of(run) for run in runs]
    whole = scale.added(parts)
    assert scale.added(parts[:1]) == parts[0]
    for name in scale.SHOWN:
        (x0, y0), (x1, y1) = (part[name] for part in parts)
        assert whole[name] == pytest.approx((x0 + x1, y0 + y1))


def test_the_floor_of_an_added_book_is_counted_once_per_shard(runs):
    (x, y), (x1, y1) = (
        scale.added([scale.pairs_of(r) for r in runs[:n]])["busy_phone"] for n in (2, 1)
    )
    assert y == pytest.approx(2 * y1, rel=0.05)
    assert x > x1


# --- what the experiment says ------------------------------------------------------------------


def told(value, net=1_000.0):
    pairs = dict.fromkeys(scale.SHOWN, (value, 1.0))
    return scale.Told(pairs | {"net_value": (net, 1.0)}, 0.5, 100)


def booked(values):
    """A book whose rounds say *values* (one floor, shards); `team` has twice those."""
    book = scale.Book()
    for i, (whole, shard) in enumerate(values):
        book.add(
            {
                scale.Play(name, n, i): told(factor * value)
                for name, factor in (("phone_only", 1), ("team", 2))
                for n, value in ((scale.WHOLE, whole), (scale.SHARD, shard))
            }
        )
    return book


def row(book, strategy, accounts, metric="complaints"):
    (found,) = (
        r for r in book.rows()
        if (r["strategy"], r["accounts"], r["metric"]) == (strategy, accounts, metric)
    )  # fmt: skip
    return found


def test_the_largest_size_has_no_bias_against_itself():
    book = booked([(10.0, 11.0), (11.0, 13.0), (12.0, 12.0)])
    for strategy in ("phone_only", "team"):
        assert row(book, strategy, scale.WHOLE)["bias"] == 0.0
        assert row(book, strategy, scale.WHOLE)["bias_half"] == 0.0


def test_a_bias_is_found_and_its_interval_is_of_both_sizes():
    book = booked([(10.0, 15.0), (11.0, 16.0), (12.0, 17.0)])
    found = row(book, "phone_only", scale.SHARD)
    assert found["bias"] == pytest.approx(5.0)
    both = np.hypot(found["value_half"], row(book, "phone_only", scale.WHOLE)["value_half"])
    assert found["bias_half"] == pytest.approx(both, rel=1e-4)


def test_a_lead_is_paired_with_the_same_rounds_of_phone_only():
    book = booked([(10.0, 10.0), (20.0, 20.0)])
    found = row(book, "team", scale.SHARD)
    assert found["lead"] == pytest.approx(15.0)
    assert found["lead_half"] == pytest.approx(row(book, "phone_only", scale.SHARD)["value_half"])


def test_costs_are_of_all_account_days():
    book = booked([(1.0, 1.0), (1.0, 1.0)])
    days = 2 * scale.PLAYS[scale.SHARD] * scale.SHARD * scale.DAYS
    found = next(c for c in book.costs() if c["accounts"] == scale.SHARD)
    assert found["seconds_per_million_account_days"] == pytest.approx(1.0 / days * 1e6, abs=1e-3)
    assert found["postings_per_second"] == 200


# --- the page ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("difference", "half", "said"),
    [(0.1, 0.2, "≈"), (-0.1, 0.2, "≈"), (0.5, 0.6, "?"), (0.5, 0.1, "≠"), (-0.5, 0.1, "≠"),
     (0.2, 0.1, "≈")],
)  # fmt: skip
def test_a_difference_is_equal_different_or_open(difference, half, said):
    assert scale_tables.state(difference, half, matters=0.35) == said


def test_the_page_shows_what_was_kept():
    page = scale_tables.PAGE.read_text(encoding="utf-8")
    assert scale_tables.written(page, scale_tables.read()) == page
    for name in scale_tables.TABLES:
        assert f"<!-- {name} -->\n| " in page


def test_the_page_names_the_rounds_that_were_played():
    kept = scale_tables.read()
    assert f"{kept['rounds']} rounds" in scale_tables.PAGE.read_text(encoding="utf-8")


def test_a_changed_number_changes_the_page():
    kept = json.loads(json.dumps(scale_tables.read()))
    for r in kept["rows"]:
        if r["metric"] == "complaints":
            r["value"] = 99.0
    page = scale_tables.PAGE.read_text(encoding="utf-8")
    assert scale_tables.written(page, kept) != page


def test_what_is_kept_covers_every_size_and_strategy():
    found = scale_tables.rows_of(scale_tables.read())
    assert {(s, n) for s, n, _ in found} == {(s, n) for s in scale.STRATEGIES for n in scale.PLAYS}


def test_differences_that_matter_are_the_scenarios():
    d = Scenario.load(scale.SCENARIO).difference
    matters = scale_tables.MATTERS
    assert matters["satisfaction"] == d.satisfaction
    level = scale_tables.rows_of(scale_tables.read())["phone_only", scale.WHOLE, "complaints"][
        "value"
    ]
    assert matters["complaints"] == pytest.approx(d.complaints * level, rel=0.1)
