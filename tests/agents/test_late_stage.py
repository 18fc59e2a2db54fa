"""The late stage: few payers, larger sums, and a stock of claims that stays level."""

from __future__ import annotations

import numpy as np
import pytest

from sim import Scenario, play
from sim.agents.mind import given_up, intent, months_late
from sim.agents.payment import amount_from, decided
from sim.agents.population import newly_late
from sim.core.domain import Event, Today
from sim.core.rng import stream
from sim.play.cohort import cohort
from sim.scenario.world import world
from sim.strategies.do_nothing import DO_NOTHING
from sim.strategies.outsourced import OUTSOURCED
from sim.strategies.phone_only import PHONE_ONLY

SCENARIOS = (
    "weilidai", "zhongyuan", "mybank_local_visit", "internet_personal_loan", "bureau",
    "taiwan_card",
)  # fmt: skip
BASE = Scenario.load("weilidai")
W = world(BASE, PHONE_ONLY.organisation)
LUCK = stream(5, 0)


def late(days: int, who: int = 1):
    """Somebody *days* late, never paid since."""
    return newly_late(BASE, LUCK, LUCK, who, 1 - days + 1)


def on(day: int = 1) -> Today:
    return Today(day, 0, 1.0, 0.0)


def test_willingness_falls_ever_more_slowly_and_never_stops_falling():
    by_age = [months_late(W, late(days), 1) for days in (32, 62, 92, 182, 362)]
    per_month = np.diff(by_age) / np.diff([0, 1, 2, 5, 11])
    assert (per_month > 0).all()
    assert (np.diff(per_month) < 0).all()


def test_more_people_close_the_matter_the_longer_they_are_late_and_nobody_at_first():
    people = [[late(days, who) for who in range(400)] for days in (30, 90, 240)]
    shares = [np.mean([given_up(W, a, 1) for a in group]) for group in people]
    assert shares[0] == 0.0 < shares[1] < shares[2] < 0.9


def test_who_has_closed_the_matter_is_less_willing_and_a_knob_switches_it_off():
    off = world(BASE.with_({"borrower.closed": 0.0}), PHONE_ONLY.organisation)
    closed = next(a for a in (late(200, who) for who in range(400)) if given_up(W, a, 1))
    assert intent(off, closed, on()) - intent(W, closed, on()) == pytest.approx(
        BASE.borrower.closed
    )


def test_part_payments_are_round_sums():
    a = late(20)
    step = int(100 * BASE.borrower.round_to)
    a = a._replace(loan=a.loan._replace(instalment=40_000), cash=a.cash._replace(buffer=30_000.0))
    assert amount_from(W, a, 80_000) % step == 0
    assert 0 < amount_from(W, a, 80_000) <= 30_000


def test_an_accelerated_claim_is_mostly_paid_off_or_left():
    a = late(120)
    a = a._replace(loan=a.loan._replace(accelerated=True))
    owed, rich = 10 * a.loan.instalment, a.cash._replace(buffer=8.0 * a.loan.instalment)
    poor = a.cash._replace(buffer=2.0 * a.loan.instalment)
    assert decided(W, a._replace(cash=rich), owed, 3) == int(rich.buffer)
    some = [decided(W, a._replace(cash=poor), owed, day) for day in range(300)]
    assert 0 < np.count_nonzero(some) < 0.25 * len(some)


def test_of_claims_four_months_late_one_in_five_pays_an_agency_and_mostly_once():
    n, agency = 6_000, OUTSOURCED.tuned(place_from=91, months=24, tiers=99)
    lives = cohort(BASE, agency, range(n), LUCK, 30 + 120 + 366, 30)
    day = lives.firsts + 119
    old = lives.buckets[np.arange(n), day] >= 4
    paid = (lives.ledger["event"] == Event.PAID) & (lives.ledger["amount"] > 0)
    life, when = lives.life[paid], lives.day[paid]
    year = old[life] & (when > day[life]) & (when <= day[life] + 365)
    times = np.bincount(life[year], minlength=n)
    error = 2.0 * np.sqrt(0.15 * 0.85 / old.sum())
    assert 0.15 - error <= (times[old] > 0).mean() <= 0.30
    assert 0.60 <= (times[times > 0] == 1).mean() <= 0.90


def test_early_cure_falls_smoothly_without_a_spike_on_the_next_due_day():
    n = 8_000
    lives = cohort(BASE, DO_NOTHING, range(n), LUCK, 75, 30)
    cured = lives.ledger["event"] == Event.CURED
    first = np.full(n, 999)
    np.minimum.at(first, lives.life[cured], lives.day[cured] - lives.firsts[lives.life[cured]] + 1)
    by = [np.mean(first[first <= 30] <= k) for k in (1, 3, 7, 14)]
    assert by == pytest.approx([0.24, 0.43, 0.67, 0.85], abs=0.05)
    assert np.count_nonzero((first >= 29) & (first <= 31)) < 1.6 * np.count_nonzero(
        (first >= 25) & (first <= 27)
    )


def test_a_written_off_claim_leaves_the_book_and_still_pays_now_and_then():
    agile = BASE.with_({"money.write_off": 100, "book.pool": 100})
    run = play(agile, "phone_only", accounts=400, days=200, seed=2)
    gone = run.ledger[run.ledger["event"] == "charged_off"].groupby("account_id")["time"].min()
    assert len(gone) > 10
    after = run.ledger[run.ledger["account_id"].isin(gone.index)].copy()
    after = after[after["time"] > after["account_id"].map(gone)]
    assert not after["event"].isin(["dialled", "reached", "sent", "visited"]).any()
    assert set(after["event"]) & {"paid"}


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS)
def test_the_stock_of_every_bucket_is_level_under_the_present_practice(name):
    # A large pool: the luck of who is in it is shared by all replications.
    scenario = Scenario.load(name, ["book.growth=0", "book.pool=12000"])
    days, start, end = 720, [], []
    for replication in range(3):
        run = play(scenario, "phone_only", accounts=8_000, days=days, seed=3,
                   replication=replication, detail="measures")  # fmt: skip
        stock = run.daily.pivot_table(index="day", columns="bucket", values="accounts",
                                      aggfunc="sum").fillna(0)  # fmt: skip
        start.append(stock.loc[0])
        end.append(stock.loc[days - 180 :].mean())
    before, after = sum(start), sum(end)
    room = 0.05 + 3.0 / np.sqrt(before)  # sampling of the starting stock
    assert (np.abs(after / before - 1.0) < room).all(), (after / before).round(3).to_dict()


def test_growth_means_growth():
    level, growing = (
        play(BASE.with_({"book.growth": g, "book.pool": 400}), "phone_only", accounts=1_500,
             days=180, seed=1, detail="measures").daily
        for g in (0.0, 0.06)
    )  # fmt: skip

    def late_at_the_end(daily):
        return daily[(daily["bucket"] > 0) & (daily["day"] == 179)]["accounts"].sum()

    assert late_at_the_end(growing) > 1.12 * late_at_the_end(level)
