"""Faults that were found once, small each: none comes back."""

from __future__ import annotations

import numpy as np
import pytest
from cohorts import BASE

from sim.agents import loan as loans
from sim.agents.collector import Speaker
from sim.agents.court import court_morning, go_to_court, is_mediated, suit_price
from sim.agents.model import world
from sim.agents.population import newly_late
from sim.agents.state import with_legal, with_loan
from sim.agents.talk import answer
from sim.core.domain import (
    DAY,
    Action,
    Channel,
    LegalStage,
    Offer,
    Organisation,
    Outcome,
    Posting,
    Today,
    Tone,
)
from sim.core.errors import BadInput
from sim.core.rng import stream
from sim.play.pool import make_pool
from sim.play.run import play
from sim.play.staging import needs_accounts

LUCK = stream(11, 0)
TODAY = Today(40, 0, 1.0, 0.0)
PEOPLE = [newly_late(BASE, LUCK, LUCK, who, 0) for who in range(200)]


def changed(**knobs):
    """The world with other knobs of the court."""
    moved = {f"court.{name}": value for name, value in knobs.items()}
    return world(BASE.with_(moved), Organisation())


def test_nobody_is_younger_on_the_book_than_he_is_late(small):
    accounts, traits = make_pool(small).donors.donors
    late = accounts["deeds_bucket"] > 0
    months = traits["months_on_book"][accounts["person"]][late]
    assert late.any()
    assert (months >= np.minimum(accounts["deeds_bucket"][late], 6) - 1).all()


def test_who_owes_nothing_any_more_pays_nothing_in_a_talk():
    w, call = world(BASE, Organisation()), Action(Channel.PHONE, Tone.NEUTRAL, 0, 0, 0.0, 9, 0, 1.0)
    speaker = Speaker(0, 5.0, False, 1.0, 0.0)
    for account in PEOPLE:
        paid = with_loan(account, loans.pay(account.loan, loans.balance(account.loan)))
        terms = answer(w, paid, TODAY, call, Offer.NONE.value, speaker)
        assert (terms.outcome, terms.cents) == (Outcome.LISTENED, 0)


def test_no_payment_is_of_nothing_and_nobody_is_cured_twice_in_one_moment(small):
    ledger = play(small, "phone_only", accounts=120, days=60, engine="story").ledger
    paid = ledger[ledger["event"] == "paid"]
    cured = ledger[ledger["event"] == "cured"]
    assert (paid["amount"] > 0).all()
    assert not cured.duplicated(["account_id", "time"]).any()


def test_a_filing_is_felt_for_its_days_though_judgment_comes_before():
    w = changed(shock_days=90, judgment_days=10.0, mediation=0.0)
    out: list[Posting] = []
    out: list[Posting] = []
    late = PEOPLE[0]._replace(deeds=PEOPLE[0].deeds._replace(bucket=3))
    filed = go_to_court(w, late, 40 * DAY, out)
    felt = filed.case.legal_end
    judged = court_morning(w, filed, Today(55, 0, 1.0, 0.0), out)
    assert judged.case.legal_stage == LegalStage.JUDGED
    assert judged.case.legal_end == felt > 55


def test_a_suit_that_a_mediator_sees_first_reserves_the_mediators_fee_only():
    w = changed(mediation=1.0)
    account = PEOPLE[0]
    assert is_mediated(w, account)
    assert suit_price(w, account) == 100.0 * w.court.mediation_cost
    unsettled = with_legal(account, LegalStage.UNSETTLED, 99, 40)
    assert suit_price(w, unsettled) > 100.0 * w.court.mediation_cost


@pytest.mark.parametrize("book", ["same"])
def test_the_same_accounts_need_a_file_that_says_which(book):
    with pytest.raises(BadInput, match="a portfolio with it"):
        needs_accounts(book, ())
    needs_accounts("frozen", ())
