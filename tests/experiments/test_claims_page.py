"""The documents' claims: each is about something that exists, and the page says what came out."""

from __future__ import annotations

import math

import pytest

from sim.compare.comparison import METRICS
from sim.experiments.validate import claims as claims_page
from sim.experiments.validate.casebook import BETWEEN_TWINS
from sim.experiments.validate.claims import (
    CASES,
    CLAIMS,
    DOCUMENTS,
    Claim,
    Played,
    Size,
    flipped,
    grown,
    play_claims,
    written,
)
from sim.experiments.validate.proofs import Proof
from sim.scenario import Scenario
from sim.strategies import SHELF

TINY = Size(replications=2, accounts=30, days=8)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: f"{c.document}-{c.strategy}-{c.metric}")
def test_a_claim_is_about_something_that_exists(claim):
    assert claim.strategy in SHELF
    assert claim.metric in METRICS
    Scenario.load(claim.scenario, claim.flip)
    assert bool(claim.flip) == bool(claim.mechanism)


def test_every_document_and_every_case_has_its_place():
    floors, twins = {c.document for c in CLAIMS}, set(CASES.values())
    assert floors | twins == set(DOCUMENTS)
    assert {c.case for c in BETWEEN_TWINS} == set(CASES)


@pytest.mark.parametrize(
    ("more", "low", "high", "holds"),
    [(True, 1.0, 2.0, True), (True, -2.0, -1.0, False), (True, -1.0, 1.0, None),
     (False, -2.0, -1.0, True), (False, 1.0, 2.0, False), (False, -1.0, 1.0, None)],
)  # fmt: skip
def test_a_claim_holds_where_its_whole_interval_goes_the_way_it_says(more, low, high, holds):
    claim = CLAIMS[0]._replace(more=more)
    assert Played(claim, (low + high) / 2, low, high).holds is holds


def test_only_what_does_not_hold_is_played_with_its_mechanism():
    held, failed = _two()
    played = [Played(held, 1.0, 0.5, 1.5), Played(failed, -1.0, -1.5, -0.5)]
    again = flipped(played, TINY, 1)
    assert set(again) == {failed}


def _two() -> tuple[Claim, Claim]:
    """Two claims that a measure rises, with a mechanism, on a tiny book."""
    found = [c._replace(flip=("book.pool=100", *c.flip)) for c in CLAIMS if c.flip and c.more]
    return found[0], found[1]


def test_the_page_has_a_row_for_every_claim_and_counts_them():
    place = [Played(c, 1.0, 0.5, 1.5) for c in CLAIMS]
    text = written(place, place, {}, {}, [], TINY, 1)
    assert all(c.words in text for c in CLAIMS)
    held = sum(c.more for c in CLAIMS)
    assert f"{held} of {len(CLAIMS)} claims on a floor hold in place, {held} from today" in text


def test_what_does_not_hold_from_today_is_played_over_a_year(monkeypatch):
    held, failed = _two()
    played = [Played(held, 1.0, 0.5, 1.5), Played(failed, 0.0, -0.5, 0.5)]
    calls = []
    monkeypatch.setattr(
        claims_page, "play_claims",
        lambda size, seed, start, claims, **more: calls.append((size.days, start)) or [
            Played(c, 2.0, 1.0, 3.0) for c in claims
        ],
    )  # fmt: skip
    year = grown(played, TINY, 1)
    assert list(year) == [failed]
    assert calls == [(365, "from_today")]
    text = written(played, played, {}, year, [], TINY, 1)
    assert "1 from today, and 1 more over a year from today" in text


def test_a_case_whose_interval_holds_zero_is_open_and_not_a_no():
    target = next(iter(CASES))
    proof = Proof(target, "a case", "", "", -1.0, -3.0, 1.0, 0.0, math.inf, "CNY", "", "")
    text = written([], [], {}, {}, [proof, proof._replace(high=-0.5)], TINY, 1)
    assert "| open | " in text
    assert "| no | " in text


def test_claims_are_played_each_with_its_own_strategy():
    claims = [c for c in CLAIMS if c.strategy in ("team", "process")][:3]
    found = play_claims(TINY, 1, "in_place", claims, ["book.pool=100"])
    assert [p.claim for p in found] == claims
    assert all(p.low <= p.difference <= p.high for p in found)
