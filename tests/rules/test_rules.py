"""The law at its boundaries: each article one step before, on and after its limit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.agents.model import world
from sim.agents.population import newly_late
from sim.core.domain import DAY, HOUR, Action, Channel, Organisation, Rule, Tone
from sim.rules import blocked_by, cn
from sim.scenario import Scenario

LAWFUL = world(Scenario(), Organisation())
SANDBOX = world(Scenario().with_({"law.sandbox": True}), Organisation())
ALONE = world(Scenario().with_({"floor.crew": 1}), Organisation())
SOMEBODY = newly_late(Scenario(), 1, 2, 3, 0)

LETTERS = [Channel.LETTER, Channel.LAWYER_LETTER]
CALLS = [Channel.PHONE, Channel.BOT]
MESSAGES = [Channel.PUSH, Channel.SMS, Channel.EMAIL, Channel.SOCIAL]
TIMED = [*MESSAGES, *CALLS, Channel.VISIT]
NOON = 5 * DAY + 12 * HOUR


def at(clock: str) -> int:
    hours, minutes = clock.split(":")
    return 5 * DAY + int(hours) * HOUR + int(minutes) * 60


def wish(channel: int, tone: int = Tone.NEUTRAL) -> Action:
    return Action(channel, tone, 0, 0, 0.0, 9, 0, 0.0)


def asked(channel, second=NOON, tone=Tone.NEUTRAL, account=SOMEBODY, w=LAWFUL):
    return blocked_by(w, account, wish(channel, tone), second)


def after(**contacts):
    return SOMEBODY._replace(contacts=SOMEBODY.contacts._replace(**contacts))


def paused(until: int):
    return SOMEBODY._replace(case=SOMEBODY.case._replace(paused_until=until))


@pytest.mark.parametrize(
    ("clock", "lawful"),
    [("07:59", False), ("08:00", True), ("21:59", True), ("22:00", False), ("00:00", False)],
)
@pytest.mark.parametrize("channel", TIMED, ids=lambda c: c.name)
def test_nobody_is_collected_from_at_night(channel, clock, lawful):
    assert cn.lawful_hour(LAWFUL, at(clock)) == lawful
    assert asked(channel, at(clock)) == (Rule.NONE if lawful else Rule.CN_01)


def test_the_last_second_before_eight_is_still_night():
    assert asked(Channel.PHONE, at("08:00") - 1) == Rule.CN_01
    assert asked(Channel.PHONE, at("22:00") - 1) == Rule.NONE


@pytest.mark.parametrize("channel", CALLS, ids=lambda c: c.name)
@pytest.mark.parametrize(("talks", "rule"), [(0, 0), (2, 0), (3, 2), (4, 2)])
def test_the_fourth_conversation_of_a_day_is_forbidden(channel, talks, rule):
    account = after(talks_today=talks, attempts_today=talks)
    assert cn.conversations_left(LAWFUL, account) == (rule == 0)
    assert asked(channel, account=account) == rule


@pytest.mark.parametrize("channel", CALLS, ids=lambda c: c.name)
@pytest.mark.parametrize(("unanswered", "rule"), [(0, 0), (5, 0), (6, 3), (7, 3)])
def test_the_seventh_unanswered_attempt_of_a_day_is_forbidden(channel, unanswered, rule):
    account = after(attempts_today=unanswered + 1, talks_today=1)
    assert cn.attempts_left(LAWFUL, account) == (rule == 0)
    assert asked(channel, account=account) == rule


@pytest.mark.parametrize("channel", [*MESSAGES, Channel.VISIT], ids=lambda c: c.name)
def test_limits_on_calls_bind_calls_only(channel):
    assert asked(channel, account=after(talks_today=9, attempts_today=99)) == Rule.NONE


def test_nobody_visits_alone():
    assert not cn.crew_of_two(ALONE)
    assert asked(Channel.VISIT, w=ALONE) == Rule.CN_08
    assert asked(Channel.VISIT) == Rule.NONE
    assert all(asked(channel, w=ALONE) == Rule.NONE for channel in [*CALLS, *MESSAGES])


@pytest.mark.parametrize("channel", [*TIMED, *LETTERS], ids=lambda c: c.name)
def test_abuse_is_forbidden_everywhere_but_in_the_sandbox(channel):
    assert asked(channel, tone=Tone.ABUSIVE) == Rule.CN_14
    assert asked(channel, tone=Tone.ABUSIVE, w=SANDBOX) == Rule.NONE


@pytest.mark.parametrize("tone", [t for t in Tone if t != Tone.ABUSIVE], ids=lambda t: t.name)
def test_every_softer_tone_is_civil(tone):
    assert cn.civil(LAWFUL, tone)
    assert asked(Channel.PHONE, tone=tone) == Rule.NONE


@pytest.mark.parametrize("channel", [*TIMED, *LETTERS], ids=lambda c: c.name)
@pytest.mark.parametrize(("until", "rule"), [(4, 0), (5, 0), (6, 25)])
def test_collection_rests_until_the_pause_is_over(channel, until, rule):
    assert cn.not_paused(paused(until), NOON // DAY) == (rule == 0)
    assert asked(channel, account=paused(until)) == rule


def test_a_pause_is_the_answer_before_any_other_rule():
    account = paused(99)._replace(contacts=after(talks_today=9).contacts)
    assert asked(Channel.PHONE, at("23:00"), Tone.ABUSIVE, account) == Rule.CN_25


@pytest.mark.parametrize("channel", LETTERS, ids=lambda c: c.name)
@pytest.mark.parametrize("clock", ["03:00", "12:00", "23:30"])
def test_letters_may_be_posted_at_any_hour(channel, clock):
    assert asked(channel, at(clock), account=after(talks_today=9), w=ALONE) == Rule.NONE


@pytest.mark.parametrize("clock", ["03:00", "12:00", "23:30"])
def test_the_way_to_court_is_always_open(clock):
    assert asked(Channel.LITIGATION, at(clock), Tone.ABUSIVE, paused(99)) == Rule.NONE


def test_doing_nothing_breaks_no_rule():
    assert asked(Channel.NONE, at("03:00"), Tone.ABUSIVE, paused(99)) == Rule.NONE


@pytest.mark.parametrize(("to_contact", "unreachable"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_others_are_approached_only_about_the_unreachable(to_contact, unreachable):
    forbidden = to_contact and not unreachable
    assert cn.debtor_only(bool(to_contact), bool(unreachable)) == (not forbidden)


@given(st.booleans(), st.booleans(), st.booleans())
def test_a_contact_hears_of_no_debt_and_may_refuse(unreachable, discloses, refused):
    lawful = cn.contact_asked(unreachable, discloses, refused)
    assert lawful == (unreachable and not (discloses or refused))


@pytest.mark.parametrize(
    ("invalid", "failures", "answer"),
    [(False, 0, False), (False, 2, False), (False, 3, True), (True, 0, True)],
)
def test_three_failures_in_a_row_make_a_borrower_unreachable(invalid, failures, answer):
    assert cn.counts_as_unreachable(invalid, failures) == answer


@given(
    channel=st.sampled_from(Channel),
    tone=st.sampled_from(Tone),
    second=st.integers(0, 400 * DAY),
    attempts=st.integers(0, 12),
    talks=st.integers(0, 6),
    until=st.integers(0, 400),
)
def test_an_allowed_touch_satisfies_every_article(channel, tone, second, attempts, talks, until):
    account = after(attempts_today=max(attempts, talks), talks_today=talks)
    account = account._replace(case=account.case._replace(paused_until=until))
    if asked(channel, second, tone, account):
        return
    outbound = channel not in (Channel.NONE, Channel.LITIGATION, Channel.AGENCY)
    assert not outbound or until <= second // DAY
    assert not outbound or tone != Tone.ABUSIVE
    assert channel not in TIMED or 8 <= second % DAY // HOUR < 22
    assert channel not in CALLS or (talks < 3 and attempts - talks < 6)
