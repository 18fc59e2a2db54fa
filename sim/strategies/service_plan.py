"""The service plan: grades, several channels, care calls with a plan in hand, ranked work."""

from __future__ import annotations

from typing import NamedTuple

from sim.core.domain import Action, Channel, Offer, Organisation, PlanStatus, Tone, View
from sim.core.kernel import kernel
from sim.scenario import Text
from sim.scenario.workdays import SATURDAY
from sim.strategies.base import Strategy, idle_days, is_open, message, patience, wait
from sim.strategies.segmented import HIGH, LOW, MIDDLE, grade_of, offer_for, points

CARE_GAP = 25  #: days between two talks on a running plan


class Params(NamedTuple):
    """Each part of the plan can be turned on by itself; a share is of accounts, by lasting coin."""

    graded: float = 1.0  #: share of accounts worked by their grade
    pilot: float = 1.0  #: share of accounts that the new channels may reach
    message_every: int = 4  #: days between their messages
    care_every: int = 7  #: days from a talk to the follow-up call; 0: no care
    remind_before: int = 3  #: days before the due date of a reminder; 0: none
    warn_above: float = 0.0  #: points of early warning from which one is reminded; 0: everybody
    ranked: float = 1.0  #: share of accounts ranked by what their behaviour says
    tone_cap: int = Tone.NEUTRAL  #: hardest tone that the plan asks for
    by_status: float = 1.0
    by_ability: float = 0.5
    by_credit: float = 0.5
    low_below: float = 0.8
    high_from: float = 2.0
    after_talk: int = 3
    soft_calls: int = 3
    months: int = 3
    saturday_list: float = 0.25  #: share of the list that is called on a Saturday, another each


@kernel
def decide(params: Params, view: View) -> Action:
    """Message where the channels are open, else call as grade and care ask."""
    if params.remind_before > 0 and view.dpd == 0 and view.due_in_days > 0:
        return _early(params, view)
    rest = idle_days(view)
    if rest > 0:
        return _care(params, view, rest)
    grade = MIDDLE
    if view.coin < params.graded:
        score = points(params.by_status, params.by_ability, params.by_credit, view)
        grade = grade_of(score, params.low_below, params.high_from)
    due = view.days_since_message >= params.message_every and view.attempts_today == 0
    if view.coin < params.pilot and due and is_open(view, _channel(view)):
        return message(_channel(view), Tone.WARM, 9)
    return _call(params, view, grade)


@kernel
def warning(view: View) -> float:
    """Points for who may become late: late before, promises broken, a weak grade, a young loan."""
    young = 0.5 if view.months_on_book <= 3 else 0.0
    return min(3.0, view.late_months) + view.promises_broken + 0.25 * view.grade + young


@kernel
def _early(params: Params, view: View) -> Action:
    """A reminder some days before the instalment falls due, to whom the scoring picks."""
    if params.warn_above > 0.0 and warning(view) < params.warn_above:
        return wait(view.due_in_days)
    if view.due_in_days > params.remind_before:
        return wait(view.due_in_days - params.remind_before)
    if view.days_since_message > params.remind_before and is_open(view, Channel.PUSH):
        return message(Channel.PUSH, Tone.WARM, 9)
    return wait(view.due_in_days)


@kernel
def _care(params: Params, view: View, rest: int) -> Action:
    """While a plan runs: a call once a month that asks how things go and asks for nothing."""
    due = view.plan_status == PlanStatus.RUNNING and view.days_since_talk >= CARE_GAP
    if params.care_every == 0 or not due or view.paused or view.attempts_today > 0:
        return wait(rest)
    urgency = 5.0 + patience(view)
    return Action(Channel.PHONE, Tone.WARM, Offer.CARE, 0, 0.0, 9, 0, urgency)


@kernel
def _channel(view: View) -> int:
    """Text message, social message, e-mail: another one at each turn."""
    turn = (view.day // 4 + int(9.0 * view.coin)) % 3
    first = Channel.SMS if turn == 0 else Channel.SOCIAL if turn == 1 else Channel.EMAIL
    if is_open(view, first):
        return first
    return Channel.SOCIAL if is_open(view, Channel.SOCIAL) else Channel.EMAIL


@kernel
def _call(params: Params, view: View, grade: int) -> Action:
    """Call; who was talked to before gets a warm follow-up on the plan's own rhythm."""
    cared = params.care_every > 0 and view.talks > 0
    pause = params.care_every if cared else params.after_talk
    gap = params.soft_calls if grade == LOW else 1
    if view.attempts_today > 0 or view.days_since_attempt < gap or not is_open(view, Channel.PHONE):
        return wait(1)
    if view.days_since_talk < pause:
        return wait(pause - view.days_since_talk)
    if view.weekday == SATURDAY and view.coin_today >= params.saturday_list:
        return wait(1)
    tone = Tone.WARM if grade == LOW or cared else Tone.FIRM if grade == HIGH else Tone.NEUTRAL
    offer = offer_for(view)
    if cared and view.failed_talks > 0 and view.dpd > 30:
        offer = Offer.INSTALMENTS
    ranked = view.coin < params.ranked
    urgency = _rank(view) if ranked else min(30.0, float(view.days_since_attempt))
    urgency += patience(view)
    mild = min(tone, params.tone_cap)
    return Action(Channel.PHONE, mild, offer, params.months, 0.0, 9, 0, urgency)


@kernel
def _rank(view: View) -> float:
    """Fresh claims, recent payers and who answers before the others."""
    fresh = 30.0 if view.dpd <= 30 else 0.0
    pays = 15.0 if view.days_since_payment < 60 else 0.0
    return max(0.0, 45.0 + fresh + pays - 3.0 * view.unanswered_in_a_row)


SERVICE_PLAN = Strategy(
    name="service_plan",
    title=Text(en="Service plan", zh="服务方案"),
    why=Text(
        en="Grades, several channels, follow-up calls that care and data that rank the work, "
        "under a compliance system.",
        zh="分级、多渠道、关怀回访、数据排序，并有合规体系约束。",
    ),
    params=Params(),
    decide=decide,
    means=(
        Channel.PUSH,
        Channel.SMS,
        Channel.SOCIAL,
        Channel.EMAIL,
        Channel.PHONE,
    ),
    organisation=Organisation(
        training_hours=4.0,
        incentive=0.2,
        shared_notes=True,
        coaching_hours=3.0,
        inspection=0.05,
        supervisor_after=4,
        purse_share=0.06,
        evening_share=0.2,
        saturday_share=0.2,
        repair=0.5,
        fixed_monthly=350_000.0,
        one_off=4_000_000.0,
        own_seats=6.5,
        lead_months=2.0,
        ramp_months=6.0,
        debits=8,
        report_from=61,
    ),
)
