"""Grade the late by status, ability and credit record: soft with the low, firm with the high."""

from __future__ import annotations

from typing import NamedTuple

from sim.core.domain import Action, Channel, Offer, Organisation, PlanStatus, Reason, Tone, View
from sim.core.kernel import kernel
from sim.scenario import Text
from sim.strategies.base import (
    Strategy,
    bears_the_way,
    cooling,
    crew_comes,
    hour_in_turn,
    idle_days,
    is_open,
    message,
    patience,
    return_on,
    text_instead,
    wait,
)

LOW, MIDDLE, HIGH = 0, 1, 2
POST_DAYS = 12  #: from the writing of a letter for which its appointment holds


class Params(NamedTuple):
    """What makes the grade, and how each is worked."""

    by_status: float = 1.0  #: points per 45 days late, two at most
    by_ability: float = 0.5  #: points where money is short, or a plan broke
    by_credit: float = 0.5  #: points per two grades of credit, and where promises broke
    low_below: float = 0.8  #: points
    high_from: float = 2.0  #: points
    after_talk: int = 3
    soft_every: int = 4  #: days between the messages of the soft track
    soft_calls: int = 3  #: days between its calls
    months: int = 3
    visit_above: int = 300_000  #: cents open of high risk that bear the way to a near door
    farther: float = 2.0  #: so many times more for each region farther away
    unheard: int = 6  #: calls without answer, or talks without agreement, that call for a visit
    visit_every: int = 30  #: days between two visits
    most_in_vain: int = 10  #: calls in vain in a row after which it cools; 0: never
    cool_days: int = 7  #: days between two calls from then on
    visit_brings: float = 0.08  #: share of the claim that a visit is taken to bring


@kernel
def points(by_status: float, by_ability: float, by_credit: float, view: View) -> float:
    """Risk points from what the lender's records show."""
    cannot = view.reason >= Reason.SHORT_OF_CASH and view.reason != Reason.DISPUTES_CLAIM
    short = 1.0 if cannot else 0.0
    broke = 1.0 if view.plan_status == PlanStatus.BROKEN else 0.0
    promises = 1.0 if view.promises_broken > view.promises_kept else 0.0
    return (
        by_status * min(2.0, view.dpd / 45.0)
        + by_ability * (short + broke)
        + by_credit * (view.grade / 2.0 + promises)
    )


@kernel
def grade_of(score: float, low_below: float, high_from: float) -> int:
    """Low, middle or high risk."""
    if score < low_below:
        return LOW
    return HIGH if score >= high_from else MIDDLE


@kernel
def offer_for(view: View) -> int:
    """Instalments for who has said that money is short."""
    lasting = view.reason == Reason.INCOME_LOST or view.reason == Reason.TOO_MANY_DEBTS
    short = lasting or (view.reason == Reason.SHORT_OF_CASH and view.dpd > 30)
    return Offer.INSTALMENTS if short else Offer.NONE


@kernel
def relief_for(view: View) -> int:
    """More time for who is short for a while and has kept to it so far, else instalments."""
    if view.reason == Reason.SHORT_OF_CASH and view.dpd <= 30 and view.promises_broken == 0:
        return Offer.EXTENSION
    return offer_for(view)


@kernel
def soft_channel(view: View) -> int:
    """Text message or social message, in turn."""
    return Channel.SMS if (view.day // 4 + int(2.0 * view.coin)) % 2 == 0 else Channel.SOCIAL


@kernel
def visit_due(params: Params, view: View) -> bool:
    """Tell whether calls have failed with a high risk that bears the way."""
    stuck = view.unanswered_in_a_row >= params.unheard or view.failed_talks >= params.unheard
    lately = view.last_channel == Channel.VISIT and view.days_since_attempt < params.visit_every
    bears = bears_the_way(params.visit_above, params.farther, view)
    pays = return_on(view, Channel.VISIT, params.visit_brings, view.balance) > 0.0
    due = stuck and not lately and view.address_valid_believed and view.dpd > 30
    return due and bears and pays


@kernel
def door_is_open(view: View) -> bool:
    """Tell whether neither the visit nor what announces it was refused today."""
    told = is_open(view, Channel.SMS) and is_open(view, Channel.LETTER)
    return told and is_open(view, Channel.VISIT)


@kernel
def towards_the_door(params: Params, view: View) -> Action:
    """The appointment first: a text, or a letter where the number is silent; then the visit.

    A letter is under way for days, and is written once for a visit. Between the two others work.
    """
    silent = view.unanswered_in_a_row >= 9
    since = min(view.days_since_message, view.days_since_talk)
    if 2 <= since <= (POST_DAYS if silent else 5):
        urgency = min(1_000.0, view.balance / 10_000.0)
        return Action(
            Channel.VISIT, Tone.FIRM, Offer.INSTALMENTS, params.months, 0.0, 10, 0, urgency
        )
    if silent and since >= params.visit_every:
        return message(Channel.LETTER, Tone.NEUTRAL, 9)
    if not silent and since > 5 and crew_comes(view):
        return message(Channel.SMS, Tone.NEUTRAL, 9)
    return wait(1)


@kernel
def decide(params: Params, view: View) -> Action:
    """Work the account as its grade asks."""
    rest = idle_days(view)
    if rest > 0:
        return wait(rest)
    score = points(params.by_status, params.by_ability, params.by_credit, view)
    grade = grade_of(score, params.low_below, params.high_from)
    due = view.days_since_message >= params.soft_every and is_open(view, soft_channel(view))
    calls = is_open(view, Channel.PHONE) and not text_instead(view, params.soft_every)
    if due and view.attempts_today == 0 and (grade == LOW or not calls):
        return message(soft_channel(view), Tone.WARM, 9)
    if grade == HIGH and door_is_open(view) and visit_due(params, view):
        step = towards_the_door(params, view)
        if step.channel != Channel.NONE:
            return step
    gap = params.soft_calls if grade == LOW else 1
    if view.attempts_today > 0 or view.days_since_attempt < gap or not is_open(view, Channel.PHONE):
        return wait(1)
    if view.days_since_talk < params.after_talk:
        return wait(params.after_talk - view.days_since_talk)
    cool = cooling(params.most_in_vain, params.cool_days, view)
    if cool > 0:
        return wait(cool)
    tone = Tone.WARM if grade == LOW else Tone.NEUTRAL if grade == MIDDLE else Tone.FIRM
    urgency = 30.0 * grade + min(29.0, float(view.days_since_attempt)) + patience(view)
    offer, hour = relief_for(view), hour_in_turn(1, view)
    months = 1 if offer == Offer.EXTENSION else params.months
    return Action(Channel.PHONE, tone, offer, months, 0.0, hour, 0, urgency)


SEGMENTED = Strategy(
    name="segmented",
    title=Text(en="Graded by risk", zh="分级催收"),
    why=Text(
        en="A soft hand for low risk, a firm one for high: grades from overdue status, ability "
        "and credit record.",
        zh="按逾期情况、还款能力和信用记录分级：低风险柔和，高风险严格。",
    ),
    params=Params(),
    decide=decide,
    means=(Channel.SMS, Channel.SOCIAL, Channel.PHONE, Channel.VISIT),
    sparing=(Channel.VISIT,),
    sparingly=Text(
        en="Visits only for high risk whom calls do not reach and whose claim bears the way.",
        zh="仅对电话无法触达、且债权额足以承担路费的高风险客户上门。",
    ),
    organisation=Organisation(
        purse_share=0.05,
        field_share=0.02,
        coaching_hours=1.0,
        repair=0.3,
        fixed_monthly=100_000.0,
        one_off=1_000_000.0,
        own_seats=7.0,
        lead_months=2.0,
        ramp_months=1.0,
    ),
)
