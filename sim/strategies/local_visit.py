"""Visits for the claims that bear the way: target, make an appointment, visit, follow up.

MYbank's five stages: a team of crews; targets by balance and distance; a plan, doors of one
district on one way; the appointment and the visit; the call that follows it up.
"""

from __future__ import annotations

from typing import NamedTuple

from sim.core.domain import Action, Channel, Offer, Organisation, Reason, Tone, View
from sim.core.kernel import kernel
from sim.scenario import Text
from sim.strategies.base import (
    Strategy,
    crew_comes,
    idle_days,
    is_open,
    letter_turn,
    message,
    patience,
    return_on,
    text_instead,
    wait,
    waits_in_vain,
)

DISTANCES = 4  #: regions, near to remote


class Params(NamedTuple):
    """Whom to visit and when."""

    visit_from: int = 31  #: days late
    visit_until: int = 270
    visit_above: int = 300_000  #: cents open that bear the way to a near door
    farther: float = 2.0  #: so many times more for each region farther away
    visit_every: int = 21  #: days between two visits
    unheard: int = 4  #: calls without answer, or talks without agreement, that call for a visit
    months: int = 4  #: instalments offered at the door
    follow_after: int = 5  #: days from the visit to the call
    after_talk: int = 3
    letter_every: int = 45
    visit_brings: float = 0.08  #: share of the claim that a visit is taken to bring
    letter_brings: float = 0.03  #: share of the arrears that a letter is taken to bring


@kernel
def decide(params: Params, view: View) -> Action:
    """Call as usual; visit where calls have failed and the claim bears the way."""
    rest = idle_days(view)
    if rest > 0:
        return wait(rest)
    if view.dpd <= 1 and view.days_since_message > 1 and is_open(view, Channel.SMS):
        return message(Channel.SMS, Tone.WARM, 9)
    if _letter(params, view):
        return message(Channel.LETTER, Tone.WARM, 9)
    if text_instead(view, params.after_talk):
        return message(Channel.SMS, Tone.WARM, 9)
    if is_target(params, view):
        return _towards_the_door(params, view)
    return _call(params, view)


@kernel
def bears(params: Params, view: View) -> bool:
    """Tell whether the open claim bears the way to its region."""
    least = float(params.visit_above)
    for _ in range(view.region):
        least = least * params.farther
    return view.balance >= least


@kernel
def is_target(params: Params, view: View) -> bool:
    """Tell whether a visit is due: calls failed, the claim bears the way, the last is over."""
    stuck = view.unanswered_in_a_row >= params.unheard or view.failed_talks >= params.unheard
    lately = view.last_channel == Channel.VISIT and view.days_since_attempt < params.visit_every
    in_time = params.visit_from <= view.dpd <= params.visit_until
    worth = in_time and stuck and bears(params, view) and view.address_valid_believed
    pays = return_on(view, Channel.VISIT, params.visit_brings, view.balance) > 0.0
    return worth and pays and not lately and not waits_in_vain(view, Channel.VISIT)


@kernel
def _letter(params: Params, view: View) -> bool:
    """Tell whether a letter is due: the number is silent, and it is worth its postage."""
    silent = view.unanswered_in_a_row >= 9 and view.address_valid_believed
    if not silent or letter_turn(view, params.letter_every) >= min(5, view.days_since_message):
        return False
    return return_on(view, Channel.LETTER, params.letter_brings, view.past_due) > 0.0


@kernel
def _towards_the_door(params: Params, view: View) -> Action:
    """The appointment first, by a message or, where the number is silent, a letter; then go.

    Until the crew comes the account is called: it is not left alone with its appointment.
    """
    since = min(view.days_since_message, view.days_since_talk)
    if 1 <= since <= 4:
        offer = Offer.INSTALMENTS if view.failed_talks > 0 else Offer.NONE
        urgency = min(1_000.0, view.balance / 10_000.0)
        return Action(Channel.VISIT, Tone.WARM, offer, params.months, 0.0, 10, 0, urgency)
    if since == 0:
        return _call(params, view)
    if crew_comes(view) and is_open(view, Channel.SMS):
        return message(Channel.SMS, Tone.WARM, 9)
    return _call(params, view)


@kernel
def _call(params: Params, view: View) -> Action:
    """Call; after a visit wait for the agreed day and then ask how it stands."""
    visited = view.last_channel == Channel.VISIT
    pause = params.follow_after if visited else params.after_talk
    if not is_open(view, Channel.PHONE):
        return wait(1)
    if view.attempts_today > 0 or view.days_since_attempt < (pause if visited else 1):
        return wait(1)
    if view.days_since_talk < pause:
        return wait(pause - view.days_since_talk)
    short = view.reason >= Reason.SHORT_OF_CASH and view.failed_talks > 0
    offer = Offer.INSTALMENTS if short and view.dpd > 30 else Offer.NONE
    tone = Tone.WARM if visited else Tone.NEUTRAL
    urgency = 60.0 if view.dpd <= 30 else min(30.0, float(view.days_since_attempt))
    urgency += patience(view)
    return Action(Channel.PHONE, tone, offer, params.months, 0.0, 9, 0, urgency)


LOCAL_VISIT = Strategy(
    name="local_visit",
    title=Text(en="Local visits", zh="本地上门"),
    why=Text(
        en="Where calls no longer reach, an announced visit by a crew that knows the place does.",
        zh="电话已无法触达时，由熟悉当地的外访小组预约上门。",
    ),
    params=Params(),
    decide=decide,
    means=(
        Channel.SMS,
        Channel.PHONE,
        Channel.VISIT,
        Channel.LETTER,
    ),
    sparing=(
        Channel.VISIT,
        Channel.LETTER,
    ),
    sparingly=Text(
        en="Visits as many as the crews and the way allow; letters where the number is silent.",
        zh="外访以人手和路费为限；电话无人接听时才寄信函。",
    ),
    organisation=Organisation(
        field_share=0.22,
        purse_share=0.2,
        visit_share=0.8,
        letter_share=0.1,
        purse_to_seats=1.0,
        repair=0.4,
        training_hours=2.0,
        visits_a_trip=2.0,
        fixed_monthly=100_000.0,
        one_off=1_500_000.0,
        own_seats=5.0,
        lead_months=2.0,
        ramp_months=3.0,
    ),
)
