"""The arms of the experiments: tiny strategies that differ in one thing."""

from __future__ import annotations

from typing import NamedTuple

from sim.core.domain import Action, Channel, Tone, View
from sim.core.kernel import kernel
from sim.scenario import Text
from sim.strategies.base import Decide, Strategy, message, wait
from sim.strategies.phone_only import PHONE_ONLY


class Once(NamedTuple):
    """One message on one day late, perhaps after talks; no other means."""

    tone: int = Tone.NEUTRAL
    day: int = 1  #: day late of the message; 0: none
    talks_until: int = 0  #: calls up to that day late, until somebody talked


@kernel
def once(params: Once, view: View) -> Action:
    """Call until a talk, send one message, then leave the borrower alone."""
    if view.dpd == 0 or view.dpd > max(params.day, params.talks_until):
        return wait(30)
    if view.dpd == params.day and view.days_since_message > 0:
        return message(Channel.SMS, params.tone, 9)
    if view.dpd <= params.talks_until and view.talks == 0 and view.attempts_today == 0:
        return Action(Channel.PHONE, Tone.NEUTRAL, 0, 0, 0.0, 9, 0, 0.0)
    return wait(1)


class Remind(NamedTuple):
    """A message on one day of each 30-day month to who is up to date."""

    day: int = -1  #: of the month; -1: never
    tone: int = Tone.WARM


@kernel
def remind(params: Remind, view: View) -> Action:
    """Remind before the due date; call nobody."""
    up_to_date = view.dpd == 0 and view.day > 0
    if up_to_date and view.day % 30 == params.day and view.days_since_message > 0:
        return message(Channel.SMS, params.tone, 9)
    return wait(1)


class Sue(NamedTuple):
    """File suit on one day late; no other means."""

    day: int = 91


@kernel
def sue(params: Sue, view: View) -> Action:
    """File against whoever is late enough and was not sued."""
    if view.dpd >= params.day and view.legal_stage == 0:
        return Action(Channel.LITIGATION, Tone.NEUTRAL, 0, 0, 0.0, 10, 0, 0.0)
    return wait(1)


def arm(params: NamedTuple) -> Strategy:
    """Return the strategy of *params*, with the incumbent's organisation."""
    decides: dict[type, Decide] = {Once: once, Remind: remind, Sue: sue}
    text = Text(en="an arm of an experiment", zh="实验组")
    return Strategy(
        name="arm", title=text, why=text, params=params, decide=decides[type(params)],
        organisation=PHONE_ONLY.organisation,
    )  # fmt: skip
