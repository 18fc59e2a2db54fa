"""Dial everybody every working day until somebody promises: the documents' "single means"."""

from __future__ import annotations

from typing import NamedTuple

from sim.core.domain import Action, Channel, Offer, Organisation, Tone, View
from sim.core.kernel import kernel
from sim.scenario import Text
from sim.strategies.base import Strategy, cooling, hour_in_turn, idle_days, wait


class Params(NamedTuple):
    """How the dialling goes."""

    after_attempt: int = 1  #: days to the next attempt
    after_talk: int = 3  #: days to the next attempt after a talk without agreement
    tone: int = Tone.NEUTRAL
    offered: float = 0.0  #: share of accounts that are offered instalments; none in the incumbent
    months: int = 3
    most_in_vain: int = 0  #: calls in vain in a row after which it cools; 0: never ends
    cool_days: int = 14  #: days between two calls from then on
    rotate: int = 0  #: 1: another hour each day


@kernel
def decide(params: Params, view: View) -> Action:
    """Call whoever is past due and has promised nothing; the oldest untouched first."""
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
    urgency = min(30.0, float(view.days_since_attempt))
    offer = Offer.INSTALMENTS if view.coin < params.offered else Offer.NONE
    hour = hour_in_turn(params.rotate, view)
    return Action(Channel.PHONE, params.tone, offer, params.months, 0.0, hour, 0, urgency)


PHONE_ONLY = Strategy(
    name="phone_only",
    title=Text(en="Phone only", zh="单一电话催收"),
    why=Text(
        en="Call everyone past due once a working day; no other means, no process.",
        zh="对每位逾期客户每个工作日拨打一次，不用其他手段，也没有流程。",
    ),
    params=Params(),
    decide=decide,
    means=(Channel.PHONE,),
    organisation=Organisation(purse_share=0.0, own_seats=7.5),
)
