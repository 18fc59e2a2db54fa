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
    hour_in_turn,
    message,
    promise_rest,
    reminds,
    wait,
)


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
    promise_reminder: int = 1  #: days before a promise's day of a reminder; 0: none
    press_days: int = 14  #: after a broken promise or plan: firmer words, lawyer's letter, visit
    visit_above: int = 300_000  #: cents open that bear the way to a near door
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
    if view.dpd <= params.remind_until and view.days_since_message > 1:
        return message(Channel.SMS, Tone.WARM, 9)
    if view.dpd >= params.sue_from and view.balance >= params.sue_above and view.legal_stage == 0:
        return Action(Channel.LITIGATION, Tone.FIRM, Offer.NONE, 0, 0.0, 9, 0, 0.0)
    if _pressed(params, view) and view.address_valid_believed:
        if view.days_since_message > view.days_since_broken:
            return message(Channel.LAWYER_LETTER, Tone.FIRM, 9)
        if _visit_day(params, view):
            urgency = min(1_000.0, view.balance / 10_000.0)
            return Action(
                Channel.VISIT, Tone.FIRM, Offer.INSTALMENTS, params.months, 0.0, 10, 0, urgency
            )
    if _letter_day(params, view):
        return _letter(params, view)
    return _call(params, view)


@kernel
def _pressed(params: Params, view: View) -> bool:
    """Step 3: a plan, or a promise of a claim that is old enough, was broken lately."""
    return view.dpd >= params.letter_from and view.days_since_broken < params.press_days


@kernel
def _visit_day(params: Params, view: View) -> bool:
    """The lawyer's letter has announced the visit, and the claim bears the way."""
    noticed = 5 <= view.days_since_message <= 9 and view.last_channel != Channel.VISIT
    return noticed and bears_the_way(params.visit_above, params.farther, view)


@kernel
def _letter_day(params: Params, view: View) -> bool:
    """Letters go out in monthly batches, each account on its own day, beside the calls."""
    return (
        params.letter_from <= view.dpd <= params.letter_until
        and view.address_valid_believed
        and view.days_since_message >= params.letter_every
        and int(30.0 * view.coin) == view.day % 30
    )


@kernel
def _letter(params: Params, view: View) -> Action:
    if view.dpd >= params.lawyer_from:
        return message(Channel.LAWYER_LETTER, Tone.FIRM, 9)
    return message(Channel.LETTER, Tone.NEUTRAL, 9)


@kernel
def _call(params: Params, view: View) -> Action:
    """Negotiate, offer a plan later, and follow every talk up with a message.

    A promise broken today is treated today, firmly and with a plan instead of a new promise.
    """
    late = view.dpd > params.negotiate_until
    gap = 2 * params.call_every if late else params.call_every
    if view.days_since_talk < params.after_talk:
        if view.days_since_message >= params.follow_up_every:
            return message(Channel.SMS, Tone.WARM, 9)
        return wait(params.after_talk - view.days_since_talk)
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
    organisation=Organisation(
        coaching_hours=4.0,
        inspection=0.05,
        purse_share=0.06,
        legal_share=0.02,
        field_share=0.02,
        repair=0.8,
        fixed_monthly=300_000.0,
        one_off=3_000_000.0,
        own_seats=6.0,
        lead_months=1.0,
        ramp_months=3.0,
    ),
)
