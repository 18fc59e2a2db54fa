"""The main Chinese practice: own people call the young claims, agencies the others, in tiers.

Each placement lasts some months; then the account is recalled and goes to another agency at a
higher commission. The agencies' people use their own tone, and what they do is the lender's
responsibility (evidence B3.5, regulation CN-22 and CN-23).
"""

from __future__ import annotations

from typing import NamedTuple

from sim.core.domain import Action, Channel, Offer, Organisation, Tone, View
from sim.core.kernel import kernel
from sim.scenario import Text
from sim.strategies.base import Strategy, idle_days, patience, wait


class Params(NamedTuple):
    """When a claim is placed, for how long, how often."""

    place_from: int = 31  #: days late
    months: int = 3  #: of one placement (evidence B3.5: tiers of three months)
    tiers: int = 3
    after_attempt: int = 1
    after_talk: int = 3
    most_in_vain: int = 10  #: calls in vain in a row from which a claim goes to an agency; 0: never
    after_payment: int = 7  #: days after a payment before a claim is placed
    overflow: int = 3  #: calls in a row that found no seat from which a claim is placed; 0: never


@kernel
def decide(params: Params, view: View) -> Action:
    """Call young claims; place the others; leave alone what all agencies gave back."""
    rest = idle_days(view)
    if rest > 0:
        return wait(rest)
    if placeable(params, view):
        if view.placements >= params.tiers:
            return wait(30)
        if view.days_since_payment < params.after_payment:
            return wait(params.after_payment - view.days_since_payment)
        return Action(Channel.AGENCY, Tone.NEUTRAL, Offer.NONE, params.months, 0.0, 9, 0, 0.0)
    if view.attempts_today > 0 or view.days_since_attempt < params.after_attempt:
        return wait(params.after_attempt)
    if view.days_since_talk < params.after_talk:
        return wait(params.after_talk - view.days_since_talk)
    urgency = 100.0 - view.dpd + patience(view)
    return Action(Channel.PHONE, Tone.NEUTRAL, Offer.NONE, 0, 0.0, 9, 0, urgency)


@kernel
def placeable(params: Params, view: View) -> bool:
    """Tell whether agencies do what follows: late enough, never reached, or no own seat for it."""
    unreached = params.most_in_vain > 0 and view.unanswered_in_a_row >= params.most_in_vain
    overflows = params.overflow > 0 and view.refused_in_a_row >= params.overflow
    return view.dpd >= params.place_from or unreached or overflows


OUTSOURCED = Strategy(
    name="outsourced",
    title=Text(en="Outsourced", zh="委外催收"),
    why=Text(
        en="Agencies bring seats without wages; the lender pays by result and answers for conduct.",
        zh="委外机构带来不领工资的坐席，按效果付佣金，行为责任仍由机构承担。",
    ),
    params=Params(),
    decide=decide,
    means=(
        Channel.PHONE,
        Channel.AGENCY,
    ),
    sparing=(Channel.AGENCY,),
    sparingly=Text(
        en="One placement stands for months of the agency's calls.",
        zh="一次委外相当于机构数月的致电。",
    ),
    organisation=Organisation(
        purse_share=0.0,
        seat_share=0.5,
        agency_seats=6.0,
        fixed_monthly=60_000.0,
        own_seats=2.5,
        lead_months=1.0,
        ramp_months=1.0,
    ),
)
