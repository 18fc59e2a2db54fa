"""One fixed treatment as a strategy: the ladder on given days, talks in one tone, one offer.

Every morning the highest rung that is due goes first: suit, visit, lawyer's letter, letter, text
message, call. Nothing is done while a promise is open or a plan runs.
"""

from __future__ import annotations

from typing import NamedTuple

from sim.core.domain import (
    Action,
    Channel,
    Offer,
    Organisation,
    PlanStatus,
    Reason,
    Tone,
    View,
)
from sim.core.kernel import kernel
from sim.lessons.form import Arm, Treatment
from sim.scenario import Text
from sim.strategies import Strategy, named
from sim.strategies.base import message, wait

STILL = 8  #: days for which a letter whose day was closed is still sent


class Params(NamedTuple):
    """The levers of `form.Treatment` as numbers; days from the start, cents."""

    channel: int
    tone: int
    per_week: float
    after_talk: int
    calls_from: int
    calls: int
    offer: int
    months: int
    share: float
    offer_from: int
    offer_after: int
    needs_reason: bool
    soften: bool
    sms_every: int
    letter_day: int
    lawyer_day: int
    visit_day: int
    visits: int
    visit_tone: int
    sue_day: int
    sue_above: int


def params(t: Treatment) -> Params:
    """Return the levers as numbers."""
    body = t.model_dump()
    for key, words in (
        ("channel", Channel),
        ("offer", Offer),
        ("tone", Tone),
        ("visit_tone", Tone),
    ):
        body[key] = int(words[body[key].upper()])
    body["sue_above"] = int(100.0 * t.sue_above)
    return Params(**body)


@kernel
def decide(params: Params, view: View) -> Action:
    """Take the rung that is due today."""
    if view.dpd == 0 or view.paused or agreed(view):
        return wait(1)
    action = _desk(params, view)
    if action.channel == Channel.NONE:
        action = _message(params, view)
    return _call(params, view) if action.channel == Channel.NONE else action


@kernel
def agreed(view: View) -> bool:
    """Tell whether something is agreed that runs."""
    return view.plan_status == PlanStatus.RUNNING or view.promise_in_days >= 0


@kernel
def _since(view: View, day: int) -> int:
    """Days since the rung of *day* was due; negative before it, or where there is none."""
    return view.day - day if day >= 0 else -1


@kernel
def _desk(params: Params, view: View) -> Action:
    """Suit and visit: what needs people on a working day; else a day's wait."""
    if view.weekday > 4:
        return wait(1)
    suing = _since(view, params.sue_day) >= 0 and view.balance >= params.sue_above
    if suing and view.legal_stage == 0:
        return Action(Channel.LITIGATION, Tone.FIRM, Offer.NONE, 0, 0.0, 9, 0, 0.0)
    since = _since(view, params.visit_day)
    # One visit a week until somebody was at home.
    if 0 <= since < 7 * params.visits and since % 7 == 0 and view.days_since_talk > since:
        if view.attempts_today > 0:
            return wait(1)
        tone = params.visit_tone
        return Action(Channel.VISIT, tone, params.offer, params.months, params.share, 10, 0, 0.0)
    return wait(1)


@kernel
def _message(params: Params, view: View) -> Action:
    """Letters, once on their day, and text messages at their interval; else a day's wait."""
    for day, channel in (
        (params.lawyer_day, Channel.LAWYER_LETTER), (params.letter_day, Channel.LETTER),
    ):  # fmt: skip
        since = _since(view, day)
        if 0 <= since < STILL and view.days_since_message > since:
            return message(channel, min(params.tone, Tone.FIRM), 9)
    if params.sms_every and view.days_since_message >= params.sms_every:
        return message(Channel.SMS, params.tone, 9)
    return wait(1)


@kernel
def _call(params: Params, view: View) -> Action:
    """One of the day's attempts, each at another hour; rest after a talk."""
    enough = params.calls > 0 and view.talks >= params.calls
    resting = view.days_since_talk < params.after_talk
    if params.channel == Channel.NONE or enough or resting or view.day < params.calls_from:
        return wait(1)
    if view.attempts_today >= attempts_on(view.day, view.weekday, params.per_week):
        return wait(1)
    offers = offered(params, view)
    tone = Tone.WARM if offers and params.soften else params.tone
    offer = params.offer if offers else Offer.NONE
    hour = min(17, 9 + 3 * view.attempts_today)
    return Action(params.channel, tone, offer, params.months, params.share, hour, 0, 0.0)


@kernel
def attempts_on(day: int, weekday: int, per_week: float) -> int:
    """Attempts on *day* when *per_week* are spread over the five working days."""
    if weekday > 4:
        return 0
    worked = 5 * ((day - weekday) // 7) + weekday
    return int((worked + 1) * per_week / 5.0 + 1e-9) - int(worked * per_week / 5.0 + 1e-9)


@kernel
def offered(params: Params, view: View) -> bool:
    """Tell whether the offer is on the table today."""
    told = view.reason != Reason.UNKNOWN or not params.needs_reason
    return (
        params.offer != Offer.NONE
        and view.day >= params.offer_from
        and view.failed_talks >= params.offer_after
        and told
    )


def strategy_of(arm: Arm) -> Strategy:
    """Return what an arm does: a strategy from the shelf, tuned, or its own treatment."""
    if arm.strategy:
        found = named(arm.strategy)
        return found.tuned(**arm.params).organised(**arm.levers)
    return Strategy(
        name=arm.id,
        title=arm.title,
        why=arm.does if arm.does.en else Text(en=arm.id, zh=arm.id),
        params=params(arm.treatment),
        decide=decide,
        organisation=Organisation(**arm.levers),
    )
