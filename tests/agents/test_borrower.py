"""The signs of willingness: what touches leave behind, on the model alone, with no queues.

Only directions and equalities are asserted, so that tuned numbers leave the sentences true.
"""

from __future__ import annotations

from itertools import pairwise

import pytest
from cohorts import BASE, KINDS, LATER, cash, count, only, played, risk

from sim.agents.mind import after_message, after_talk, faded, intent
from sim.agents.model import world
from sim.agents.population import newly_late
from sim.core.domain import Channel, Event, Kind, Organisation, Today, Tone
from sim.strategies.phone_only import PHONE_ONLY

WORLD = world(BASE, Organisation())
WARM_TEXT = {"channel": Channel.SMS, "tone": Tone.WARM}
HARDER = [Tone.NEUTRAL, Tone.FIRM, Tone.STERN, Tone.ABUSIVE]


def somebody(kind: int = Kind.FORGETFUL):
    accounts = (newly_late(BASE, 1, 1, i, 0) for i in range(9_999))
    return next(account for account in accounts if account.traits.kind == kind)


def effects(kind, tone, days, *, known=False, talks=0):
    """Intent above what it would be untouched, day by day.

    After one message, or after *talks* conversations, one every third day.
    """
    account, today = somebody(kind), Today(0, 0, 1.0, 0.0)
    mind, found = account.mind, []
    if not talks:
        mind = after_message(WORLD, mind, tone, 0, known, 1.0, 0.0)
    for day in range(days):
        if day % 3 == 0 and day < 3 * talks:
            mind = after_talk(WORLD, mind, tone, False, day == 0, 1.0, 0.0)
        found.append(intent(WORLD, account._replace(mind=mind), today))
        mind = faded(WORLD, mind)
    return [x - intent(WORLD, account, today) for x in found]


# --- messages ----------------------------------------------------------------------------------


def test_a_message_helps_and_one_from_somebody_known_helps_more():
    none = cash(played(first=LATER))
    unknown = cash(played(gap=7, **WARM_TEXT))
    known = cash(played(gap=7, talks=1, **WARM_TEXT))
    assert none < unknown < known


@pytest.mark.parametrize("talks", [0, 1], ids=["unknown", "known"])
def test_a_single_warm_message_has_brought_more_by_day_thirty(talks):
    assert cash(played(last=0, talks=talks, **WARM_TEXT), 30) > cash(played(first=LATER), 30)


@pytest.mark.parametrize("kind", Kind, ids=lambda k: k.name.lower())
def test_a_warm_message_from_somebody_known_is_felt_after_thirty_days(kind):
    warm = effects(kind, Tone.WARM, 31, known=True)
    assert warm[0] > warm[30] > 0.0


@pytest.mark.parametrize("kind", [k for k in Kind if k != Kind.DISPUTES], ids=lambda k: k.name)
def test_a_threat_is_below_a_quarter_of_its_peak_after_a_fortnight(kind):
    stern = effects(kind, Tone.STERN, 15)
    assert stern[14] < 0.25 * max(stern)


def test_a_threat_makes_those_who_dispute_obstinate_at_once():
    assert max(effects(Kind.DISPUTES, Tone.STERN, 15)) < 0.0


def test_a_message_moves_trust_only_where_the_sender_is_known():
    mind = somebody().mind
    assert after_message(WORLD, mind, Tone.WARM, 0, False, 1.0, 0.0).trust == mind.trust
    assert after_message(WORLD, mind, Tone.WARM, 0, True, 1.0, 0.0).trust > mind.trust


def test_each_repeat_of_a_message_moves_trust_less():
    mind = somebody().mind
    gains = [after_message(WORLD, mind, Tone.WARM, n, True, 1.0, 0.0).trust for n in range(6)]
    assert all(later < earlier for earlier, later in pairwise(gains))


def test_messages_saturate():
    """The more there are, the less each further one brings."""
    cohorts = [played(**WARM_TEXT, first=LATER)]
    cohorts += [played(**WARM_TEXT, gap=gap) for gap in (7, 2, 1)]
    sent = [count(lives)[Event.SENT] for lives in cohorts]
    steps = pairwise(zip(sent, map(cash, cohorts), strict=True))
    gains = [(more - less) / (many - few) for (few, less), (many, more) in steps]
    assert gains == sorted(gains, reverse=True)


# --- who speaks --------------------------------------------------------------------------------


def test_a_bot_collects_less_than_people_and_the_gap_narrows():
    people, bots = (played(400, 365, channel=channel) for channel in (Channel.PHONE, Channel.BOT))
    gaps = [1.0 - cash(bots, day) / cash(people, day) for day in (30, 365)]
    assert gaps[0] > gaps[1] > 0.0


def test_five_days_of_bot_are_never_quite_made_good():
    people, bots_first = (played(600, 120, gap=1, bot_until=day) for day in (0, 5))
    assert cash(bots_first) < cash(people)


def test_promises_to_people_are_kept_more_often_than_promises_to_bots():
    rates = []
    for channel in (Channel.PHONE, Channel.BOT):
        happened = count(played(400, 365, channel=channel))
        rates.append(happened[Event.KEPT] / (happened[Event.KEPT] + happened[Event.BROKEN]))
    assert rates[0] > rates[1] > 0.0


# --- tones -------------------------------------------------------------------------------------


@pytest.mark.parametrize("talks", [1, 3, 6])
def test_the_evasive_answer_firmness_best_and_abuse_worst(talks):
    """Summed over sixty days; while talks go on, abuse is still ahead of warmth."""
    warm, firm, abusive = (
        sum(effects(Kind.EVASIVE, tone, 61, talks=talks))
        for tone in (Tone.WARM, Tone.FIRM, Tone.ABUSIVE)
    )
    assert firm > warm > abusive


def test_the_evasive_have_paid_most_to_firmness_and_least_to_abuse():
    """Called for a month, seen after half a year: fear is gone by then, resentment is not."""
    warm, firm, abusive = (
        cash(played(300, 180, only("evasive"), gap=3, last=30, tone=tone))
        for tone in (Tone.WARM, Tone.FIRM, Tone.ABUSIVE)
    )
    assert firm > warm > abusive


@pytest.mark.parametrize("kind", KINDS)
def test_abuse_collects_less_than_a_neutral_tone_from_everybody(kind):
    """In ninety days at the incumbent's pace."""
    neutral, abusive = (
        played(400, 90, only(kind), plan=PHONE_ONLY.tuned(tone=tone))
        for tone in (Tone.NEUTRAL, Tone.ABUSIVE)
    )
    if count(neutral)[Event.REACHED] == 0:
        assert kind == "wrong_contact"
        assert cash(abusive) == cash(neutral)
    else:
        assert cash(abusive) < cash(neutral)


@pytest.mark.parametrize("kind", ["collapse", "over_indebted"])
def test_no_harder_tone_gets_more_from_those_who_cannot_pay(kind):
    paid = [cash(played(400, 90, only(kind), plan=PHONE_ONLY.tuned(tone=t))) for t in HARDER]
    assert paid == sorted(paid, reverse=True)


def test_every_harder_tone_raises_the_risk_of_complaints():
    risks = [risk(played(300, 60, tone=tone)) for tone in Tone]
    assert all(softer < harder for softer, harder in pairwise(risks))
    assert risks[0] > 0.0


def test_resentment_raises_the_risk_of_the_next_touch():
    lives = played(300, 60, gap=1, tone=Tone.STERN)
    first = [by_turn(life)[0] for life in lives if len(by_turn(life)) > 2]
    third = [by_turn(life)[2] for life in lives if len(by_turn(life)) > 2]
    assert first
    assert all(later > earlier for earlier, later in zip(first, third, strict=True))


def by_turn(life) -> list[float]:
    return [p.p_regulator for p in life.postings if p.event == Event.REACHED]
