"""A staged ladder with entry conditions and timers, kept to: remind, negotiate, escalate, sue."""

from __future__ import annotations

from typing import NamedTuple

from sim.core.domain import Action, Channel, Offer, Organisation, Reason, Tone, View
from sim.core.kernel import kernel
from sim.scenario import Text
from sim.strategies.base import (
    Strategy,
    bears_the_way,
    cooling,
    crew_comes,
    hour_in_turn,
    is_open,
    letter_turn,
    message,
    patience,
    promise_rest,
    reminds,
    return_on,
    text_instead,
    wait,
)

LETTER_DAYS = 5  #: days on end on which an account's letter may go out
NOTICE_DAYS = 9  #: days for which notice of a visit counts, the post's included


class Params(NamedTuple):
    """Entry conditions of the steps, in days past due, and timers in days."""

    remind_until: int = 1
    follow_up_every: int = 7  #: between the messages that follow up a talk
    negotiate_until: int = 30
    call_every: int = 1
    after_talk: int = 3
    months: int = 2  #: instalments offered
    letter_from: int = 31
    lawyer_from: int = 61
    letter_until: int = 120
    letter_every: int = 25
    sue_from: int = 100
    sue_above: int = 800_000  #: cents; smaller claims do not bear the cost of a suit
    letter_brings: float = 0.03  #: share of the arrears that a letter is taken to bring
    lawyer_brings: float = 0.05  #: and a lawyer's letter
    suit_brings: float = 0.12  #: share of the claim that a suit is taken to bring
    promise_reminder: int = 1  #: days before a promise's day of a reminder; 0: none
    press_days: int = 14  #: after a broken promise or plan: firmer words, lawyer's letter, visit
    visit_above: int = 100_000  #: cents open of which 8 % pay for the way to a near door
    farther: float = 2.0  #: so many times more for each region farther away
    most_in_vain: int = 10  #: calls in vain in a row after which it cools; 0: never
    cool_days: int = 7  #: days between two calls from then on
    rotate: int = 1  #: 1: another hour each day


@kernel
def decide(params: Params, view: View) -> Action:
    """Take the step that the stage prescribes."""
    if reminds(params.promise_reminder, view):
        return message(Channel.SMS, Tone.WARM, 9)
    rest = promise_rest(params.promise_reminder, view)
    if rest > 0:
        return wait(rest)
    if view.disputed and view.reason == Reason.DISPUTES_CLAIM:
        return wait(7)
    fresh = view.dpd <= params.remind_until and view.days_since_message > 1
    if fresh and is_open(view, Channel.SMS):
        return message(Channel.SMS, Tone.WARM, 9)
    if _pressed(params, view):
        step = _step_three(params, view)
        if step.channel != Channel.NONE:
            return step
    suit, letter, lawyer = _suit(params, view), _letter(params, view), _lawyer(params, view)
    if suit > 0.0 and suit >= max(letter, lawyer):
        return Action(Channel.LITIGATION, Tone.FIRM, Offer.NONE, 0, 0.0, 9, 0, suit)
    if lawyer > 0.0:
        return message(Channel.LAWYER_LETTER, Tone.FIRM, 9)
    if letter > 0.0:
        return message(Channel.LETTER, Tone.NEUTRAL, 9)
    return _call(params, view)


@kernel
def _pressed(params: Params, view: View) -> bool:
    """Step 3: a plan, or a promise of a claim that is old enough, was broken lately."""
    lately = view.days_since_broken < params.press_days
    return lately and view.dpd >= params.letter_from and view.address_valid_believed


@kernel
def _step_three(params: Params, view: View) -> Action:
    """The lawyer's letter, then the visit of which it, a message or a talk gave notice.

    A letter that is not paid today holds the visit up no longer than until the crew comes.
    """
    if _unwritten(params, view):
        return message(Channel.LAWYER_LETTER, Tone.FIRM, 9)
    if is_open(view, Channel.VISIT) and _visit_day(params, view):
        urgency = min(1_000.0, view.balance / 10_000.0)
        return Action(
            Channel.VISIT, Tone.FIRM, Offer.INSTALMENTS, params.months, 0.0, 10, 0, urgency
        )
    if _gives_notice(params, view):
        return message(Channel.SMS, Tone.FIRM, 9)
    return wait(1)


@kernel
def _unwritten(params: Params, view: View) -> bool:
    """Nothing written since the break, and a letter is taken to bring more than its price.

    Who brings most per yuan asks on the day of the break, who brings least some days later.
    """
    turn = view.days_since_broken
    if view.days_since_message <= turn or turn >= LETTER_DAYS:
        return False
    gain = return_on(view, Channel.LAWYER_LETTER, params.lawyer_brings, view.balance)
    return gain > 0.0 and gain >= LETTER_DAYS - turn


@kernel
def _visit_day(params: Params, view: View) -> bool:
    """The borrower has notice by letter, message or talk, and the claim bears the way."""
    since = min(view.days_since_message, view.days_since_talk)
    again = view.last_channel == Channel.VISIT
    noticed = 1 <= since <= NOTICE_DAYS and not again
    return noticed and bears_the_way(params.visit_above, params.farther, view)


@kernel
def _gives_notice(params: Params, view: View) -> bool:
    """A crew comes within days, and neither message nor talk has told of it."""
    since = min(view.days_since_message, view.days_since_talk)
    again = view.last_channel == Channel.VISIT
    due = since > NOTICE_DAYS and not again and crew_comes(view) and is_open(view, Channel.SMS)
    return due and bears_the_way(params.visit_above, params.farther, view)


@kernel
def _suit(params: Params, view: View) -> float:
    """What a suit brings per yuan; each account has its day of the week to apply for one."""
    due = view.dpd >= params.sue_from and view.balance >= params.sue_above
    if not due or view.legal_stage != 0 or int(7.0 * view.coin) != view.day % 7:
        return 0.0
    return return_on(view, Channel.LITIGATION, params.suit_brings, view.balance)


@kernel
def _letter_days(params: Params, view: View, gain: float) -> bool:
    """Letters go out in batches, each account from its own day on, one a cycle, beside the calls.

    Who brings most per yuan asks on the first of its days, who brings least on the last.
    """
    cycle = max(LETTER_DAYS + 1, params.letter_every)
    turn = letter_turn(view, cycle)
    return (
        params.letter_from <= view.dpd <= params.letter_until
        and view.address_valid_believed
        and turn < min(LETTER_DAYS, view.days_since_message)
        and gain >= LETTER_DAYS - turn
    )


@kernel
def _letter(params: Params, view: View) -> float:
    """What a letter brings per yuan: the stage before the lawyer's, and what is left of its."""
    gain = return_on(view, Channel.LETTER, params.letter_brings, view.past_due)
    return gain if _letter_days(params, view, gain) else 0.0


@kernel
def _lawyer(params: Params, view: View) -> float:
    """What a lawyer's letter brings per yuan."""
    gain = return_on(view, Channel.LAWYER_LETTER, params.lawyer_brings, view.past_due)
    return gain if view.dpd >= params.lawyer_from and _letter_days(params, view, gain) else 0.0


@kernel
def _text(params: Params, view: View, rest: int) -> Action:
    """A message where one is due, else rest so many days."""
    if view.days_since_message >= params.follow_up_every and is_open(view, Channel.SMS):
        return message(Channel.SMS, Tone.WARM, 9)
    return wait(rest)


@kernel
def _call(params: Params, view: View) -> Action:
    """Negotiate, offer a plan later, and follow every talk up with a message.

    A promise broken today is treated today, firmly and with a plan instead of a new promise.
    """
    late = view.dpd > params.negotiate_until
    gap = 2 * params.call_every if late else params.call_every
    if view.days_since_talk < params.after_talk:
        return _text(params, view, params.after_talk - view.days_since_talk)
    if text_instead(view, params.after_talk):
        return message(Channel.SMS, Tone.WARM, 9)
    if not is_open(view, Channel.PHONE):
        return _text(params, view, 1)
    if view.dpd <= params.remind_until or view.attempts_today > 0:
        return wait(1)
    broken = view.days_since_broken < params.press_days
    if view.days_since_broken > 0:
        pause = max(gap - view.days_since_attempt, _cool(params, view))
        if pause > 0:
            return wait(pause)
    cannot = view.reason >= Reason.SHORT_OF_CASH and view.failed_talks > 0
    stuck = late and (cannot or view.failed_talks > 1)
    offer = Offer.INSTALMENTS if stuck or broken else Offer.NONE
    urgency = 120.0 if view.days_since_broken == 0 else 20.0 if late else 100.0 - view.dpd
    tone, hour = Tone.FIRM if broken else Tone.NEUTRAL, hour_in_turn(params.rotate, view)
    urgency += patience(view)
    return Action(Channel.PHONE, tone, offer, params.months, 0.0, hour, 0, urgency)


@kernel
def _cool(params: Params, view: View) -> int:
    return cooling(params.most_in_vain, params.cool_days, view)


PROCESS = Strategy(
    name="process",
    title=Text(en="Process", zh="流程优化"),
    why=Text(
        en="Remind, call on time, offer a plan, escalate by letter, sue the few: and keep to it.",
        zh="先短信提醒，按时致电，提供分期，信函升级，少数起诉，并且严格执行。",
    ),
    params=Params(),
    decide=decide,
    means=(
        Channel.SMS,
        Channel.PHONE,
        Channel.LETTER,
        Channel.LAWYER_LETTER,
        Channel.VISIT,
        Channel.LITIGATION,
    ),
    sparing=(
        Channel.LETTER,
        Channel.LAWYER_LETTER,
        Channel.VISIT,
        Channel.LITIGATION,
    ),
    sparingly=Text(
        en="Letters and suits only where they bring more than they cost, as the purse allows; "
        "visits only after a broken plan or promise.",
        zh="信函与诉讼仅用于预计收回高于成本的债权，并以经费为限；仅在分期或承诺违约后上门。",
    ),
    organisation=Organisation(
        coaching_hours=4.0,
        inspection=0.05,
        purse_share=0.08,
        legal_share=0.02,
        letter_share=0.31,
        suit_share=0.34,
        visit_share=0.22,
        purse_to_seats=1.0,
        field_share=0.04,
        evening_share=0.3,
        repair=0.8,
        fixed_monthly=300_000.0,
        one_off=3_000_000.0,
        own_seats=6.0,
        lead_months=1.0,
        ramp_months=3.0,
    ),
)
