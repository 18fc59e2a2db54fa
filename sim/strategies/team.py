"""Better people: hired for experience, trained, told what the last talk said, fairly rewarded."""

from __future__ import annotations

from typing import NamedTuple

from sim.core.domain import Action, Channel, Offer, Organisation, Reason, Tone, View
from sim.core.kernel import kernel
from sim.scenario import Text
from sim.strategies.base import Strategy, cooling, hour_in_turn, idle_days, patience, wait


class Params(NamedTuple):
    """How experienced people work their list."""

    after_attempt: int = 1
    after_talk: int = 3
    months: int = 3
    most_in_vain: int = 0  #: calls in vain in a row after which it cools; 0: never
    cool_days: int = 14  #: days between two calls from then on
    rotate: int = 0  #: 1: another hour each day


@kernel
def decide(params: Params, view: View) -> Action:
    """Call, listen, and offer instalments to who has said that money is short."""
    rest = idle_days(view)
    if rest > 0:
        return wait(rest)
    if view.attempts_today > 0 or view.days_since_attempt < params.after_attempt:
        return wait(params.after_attempt)
    if view.days_since_talk < params.after_talk:
        return wait(params.after_talk - view.days_since_talk)
    cool = cooling(params.most_in_vain, params.cool_days, view)
    if cool > 0:
        return wait(cool)
    lasting = view.reason == Reason.INCOME_LOST or view.reason == Reason.TOO_MANY_DEBTS
    short = lasting or (view.reason == Reason.SHORT_OF_CASH and view.dpd > 30)
    offer = Offer.INSTALMENTS if short else Offer.NONE
    tone = Tone.WARM if short else Tone.NEUTRAL
    fresh = 60.0 if view.dpd <= 30 else 0.0
    urgency = fresh + min(30.0, float(view.days_since_attempt)) + patience(view)
    hour = hour_in_turn(params.rotate, view)
    return Action(Channel.PHONE, tone, offer, params.months, 0.0, hour, 0, urgency)


TEAM = Strategy(
    name="team",
    title=Text(en="Team", zh="团队建设"),
    why=Text(
        en="Experienced, trained people who share notes get more kept promises from the same talk.",
        zh="有经验、受过培训并共享记录的员工，让同样的通话换来更多兑现的承诺。",
    ),
    params=Params(),
    decide=decide,
    means=(Channel.PHONE,),
    organisation=Organisation(
        hire_skill=0.35,
        wage_factor=1.2,
        training_hours=6.0,
        incentive=0.3,
        shared_notes=True,
        supervisor_after=3,
        purse_share=0.0,
        repair=0.3,
        fixed_monthly=150_000.0,
        one_off=2_000_000.0,
        evening_share=0.3,
        own_seats=7.0,
        lead_months=1.0,
        ramp_months=4.0,
    ),
)
