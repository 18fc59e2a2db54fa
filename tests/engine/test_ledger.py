"""The ledger as a table, and its audit: it finds what was planted and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from sim import play
from sim.core.domain import DAY, HOUR, Action, Channel, Event, Offer, Outcome, Posting, Tone
from sim.engine.ledger import TABLE, audit, columns, table
from sim.strategies import PHONE_ONLY, SHELF


def posting(time: int, event: int, *, account: int = 1, **more) -> Posting:
    """One fact with the few fields that matter here."""
    empty = dict.fromkeys(Posting._fields, 0)
    return Posting(**{**empty, "time": time, "account": account, "event": event, **more})


def told(*postings: Posting) -> pd.DataFrame:
    return table(columns(postings), strategy="s", replication=4, start=date(2026, 3, 2))


def call(day: int, clock: float, *, talk: int = 0, tone: int = Tone.NEUTRAL, **more) -> Posting:
    """A call that begins at *clock* and is posted at its end."""
    event = Event.REACHED if talk else Event.DIALLED
    begun = day * DAY + int(clock * HOUR)
    return posting(
        begun + (talk or 36), event, channel=Channel.PHONE, tone=tone,
        talk_seconds=talk or 36, **more,
    )  # fmt: skip


def found(*postings: Posting, **law) -> list[tuple[str, int, int]]:
    rows = audit(told(*postings), **law)
    return [
        (rule, account, time // DAY)
        for rule, account, time in rows[["rule", "account_id", "time"]].itertuples(index=False)
    ]


# --- the table ---------------------------------------------------------------------------------


def test_the_table_says_in_words_what_the_codes_mean():
    row = told(
        posting(
            DAY + 9 * HOUR, Event.REACHED, account=12, channel=Channel.BOT, tone=Tone.FIRM,
            offer=Offer.WAIVER, outcome=Outcome.PUT_OFF, wait_seconds=90, talk_seconds=30,
            p_complaint=0.2, p_regulator=0.1, rule=14, resource=-1, amount=7, dpd=3, balance=500,
        )
    ).iloc[0]  # fmt: skip
    assert list(row.index) == list(TABLE)
    words = [row[k] for k in ("event", "channel", "tone", "offer", "outcome", "rule")]
    assert words == ["reached", "bot", "firm", "waiver", "put_off", "cn_14"]
    assert row["timestamp"] == pd.Timestamp("2026-03-03 09:00")
    assert (row["wait_minutes"], row["talk_minutes"], row["strategy"]) == (1.5, 0.5, "s")
    assert row["risk"] == pytest.approx(0.3)
    assert (row["account_id"], row["amount"], row["dpd"], row["balance"]) == (12, 7, 3, 500)


def test_an_empty_ledger_is_a_ledger():
    assert list(told().columns) == list(TABLE)
    assert told().empty
    assert audit(told()).empty


def test_cents_and_seconds_survive_the_columns_exactly():
    far, much = 3_650 * DAY, 2**52 + 1
    assert told(posting(far, Event.PAID, amount=much)).loc[0, ["time", "amount"]].tolist() == [
        far,
        much,
    ]


# --- the audit ---------------------------------------------------------------------------------


@pytest.mark.parametrize("clock", [23.0, 22.0, 7.99, 0.0, 5.5])
def test_a_call_at_night_is_found(clock):
    assert found(call(3, clock)) == [("cn_01", 1, 3)]


@pytest.mark.parametrize("talk", [49, 59, 87, 3_599])
def test_a_talk_that_began_in_time_may_end_at_night_or_begin_with_the_day(talk):
    assert found(call(3, 22 - 1 / 3_600, talk=talk), call(4, 8.0, talk=talk)) == []


def test_the_fourth_talk_of_a_day_is_found():
    talks = [call(2, 9 + i, talk=60) for i in range(5)]
    assert found(*talks[:3]) == []
    assert found(*talks) == [("cn_02", 1, 2)] * 2
    assert found(*talks[:3], call(3, 9, talk=60), call(2, 9, talk=60, account=2)) == []


def test_the_seventh_unanswered_dial_of_a_day_is_found():
    dials = [call(2, 9 + i) for i in range(7)]
    assert found(*dials[:6], call(2, 17, talk=60)) == []
    assert found(*dials) == [("cn_03", 1, 2)]


def test_an_abusive_tone_is_found_but_in_the_sandbox():
    rows = [call(2, 9, talk=60, tone=Tone.ABUSIVE), call(2, 10, talk=60, tone=Tone.STERN)]
    assert found(*rows) == [("cn_14", 1, 2)]
    assert found(*rows, sandbox=True) == []


@pytest.mark.parametrize(
    ("event", "days"), [(Event.COMPLAINED, 15), (Event.DISPUTED, 30)], ids=["complaint", "dispute"]
)
def test_a_touch_during_a_pause_is_found(event, days):
    pause = posting(4 * DAY, event)
    assert found(call(3, 20), pause, call(4 + days, 9)) == []
    assert found(pause, call(4, 9)) == [("cn_25", 1, 4)]
    assert found(pause, call(3 + days, 21)) == [("cn_25", 1, 3 + days)]
    assert found(pause, call(5, 9, account=2)) == []
    letter = posting(6 * DAY + 9 * HOUR, Event.SENT, channel=Channel.LETTER)
    assert found(pause, letter) == [("cn_25", 1, 6)]


def test_a_letter_may_be_posted_at_night_and_a_message_may_not():
    sent = [
        posting(6 * DAY + 23 * HOUR, Event.SENT, channel=c) for c in (Channel.LETTER, Channel.SMS)
    ]
    assert found(*sent) == [("cn_01", 1, 6)]


@pytest.fixture(scope="module")
def lawful(small):
    """Nobody on the floor misbehaves; the burn-in of learning strategies is short."""
    return small.with_({"people.misconduct": 0.0, "trial.accounts": 100, "trial.days": 20})


@pytest.mark.parametrize("name", SHELF)
def test_at_full_adherence_no_strategy_of_the_shelf_breaks_the_law(lawful, name):
    run = play(lawful, name, accounts=120, days=60)
    assert audit(run.ledger).empty
    assert run.measures.numerator[["breaches", "breaches_realised"]].tolist() == [0.0, 0.0]


# --- a strategy that asks for what the law forbids ---------------------------------------------


def _never_rests(params, view):
    if view.dpd == 0:
        return Action(0, 0, 0, 0, 0.0, 0, 1, 0.0)
    hour = 21 if view.day % 5 == 4 else 9 + 2 * (view.attempts_today % 7)
    return Action(Channel.PHONE, Tone.FIRM, 0, 0, 0.0, hour, 0, 0.0)


RESTLESS = replace(PHONE_ONLY, name="restless", decide=_never_rests)
OPEN_LONG = {"floor.close_hour": 24.0, "floor.shift_hours": 15.0, "borrower.complaint": 50.0}


def test_what_the_law_forbids_is_blocked_and_counted(lawful, tell, seats):
    eager = lawful.with_(OPEN_LONG)
    facts = tell(eager, RESTLESS, accounts=60, days=20, posts=seats(40, end=24.0))
    ledger = told(*facts.postings)
    blocked = ledger[ledger["event"] == "blocked"]
    assert {"cn_02", "cn_03", "cn_25"} & set(blocked["rule"])
    assert (blocked["p_breach"] == 0.0).all()
    assert not (ledger["event"] == "breach").any()
    assert audit(ledger).empty


def test_at_imperfect_adherence_the_audit_finds_what_was_done_all_the_same(lawful, tell, seats):
    lax = lawful.with_({**OPEN_LONG, "law.adherence": 0.6})
    facts = tell(lax, RESTLESS, accounts=120, days=30, posts=seats(80, end=24.0))
    ledger = told(*facts.postings)
    breaches, seen = ledger[ledger["event"] == "breach"], audit(ledger)
    assert len(breaches) > 20
    assert set(breaches["rule"]) <= set(seen["rule"])
    assert len(seen) >= 0.9 * len(breaches)
    expected, realised = ledger["p_breach"].sum(), len(breaches)
    assert abs(realised - expected) <= 3.0 * expected**0.5


def test_breaches_are_a_measure_at_imperfect_adherence(lawful):
    lax = lawful.with_({**OPEN_LONG, "law.adherence": 0.9, "budget.monthly": 40_000_000.0})
    run = play(lax, RESTLESS, accounts=120, days=30)
    assert run.measures.value["breaches"] > 0.0
    assert run.measures.value["breaches_realised"] > 0.0
    assert len(audit(run.ledger)) > 0
