"""Misconduct, and what a call does that somebody else answers.

Three kinds beside a hard tone: a collector rings and rings again (bombing), tells somebody else
of the debt (disclosure), or speaks in the name of police or court (impersonation). Third-party
contact is the main complaint of the trade, so a call that somebody else answers has a price even
where nothing was said that may not be said.
"""

from __future__ import annotations

from typing import NamedTuple

from sim.agents.collector import Speaker
from sim.agents.mind import complaints_added, offended, risk_of
from sim.agents.reach import touch_key
from sim.agents.state import with_mind
from sim.core.domain import Account, Action, Channel, Mind, Tone
from sim.core.kernel import kernel
from sim.core.rng import Purpose, draw
from sim.scenario.world import World


class Wake(NamedTuple):
    """What an attempt leaves that did not meet the borrower."""

    risk: float  #: expected complaints, over the luck of misconduct
    drawn: float  #: public risk, given what really happened
    anger: float  #: resentment that reaches the borrower
    chance: float  #: of a breach
    breach: bool  #: it happened


@kernel
def attempt_misconduct(world: World, speaker: Speaker, met: int) -> float:
    """Chance of misconduct in an attempt: disclosure to who answers, bombing where nobody does.

    A number that reaches nobody any more cannot be made to ring.
    """
    p = world.people
    if met == 3:
        return 0.0
    return min(1.0, speaker.misconduct * (p.disclosure if met == 1 else p.bombing))


@kernel
def concerns(account: Account, channel: int) -> float:
    """1 where who answers knows the borrower; 0 at a wrong number or address."""
    if channel == Channel.VISIT:
        return 1.0 if account.traits.valid_address else 0.0
    return 0.0 if account.case.number_dead else 1.0


@kernel
def wake_of(
    world: World, account: Account, action: Action, speaker: Speaker, met: int, day: int
) -> Wake:
    """M10 for an attempt in vain: others were disturbed, or worse.

    What happens to strangers at a wrong number is a breach all the same, and nothing to the
    borrower.
    """
    tone, known = action.tone, concerns(account, action.channel)
    touch, today = touch_key(account, day), account.mind.risk
    chance = attempt_misconduct(world, speaker, met)
    share = known * world.borrower.third_party if met == 1 else 0.0
    plain = share * risk_of(world, account, tone, 0, False)
    bad = known * risk_of(world, account, tone, 0, True)
    added = complaints_added(world, today, plain, bad, chance)
    anger = share * world.tones[tone].resentment
    if draw(account.traits.luck, Purpose.ATTEMPT_MISCONDUCT, touch) < chance:
        return Wake(added, bad, known * world.tones[Tone.STERN.value].resentment, chance, True)
    return Wake(added, plain, anger, chance, False)


@kernel
def disturbed(account: Account, wake: Wake) -> Account:
    """The account after an attempt that did not meet the borrower."""
    m = account.mind
    anger = offended(m, wake.anger * account.traits.pride)
    return with_mind(
        account,
        Mind(m.nudge, m.fear, anger, m.trust, m.excitement, m.bond, m.risk + wake.drawn),
    )


@kernel
def impersonates(world: World, account: Account, day: int) -> bool:
    """Tell whether the misconduct of this talk is a false authority and not a harder tone."""
    luck = draw(account.traits.luck, Purpose.MISCONDUCT_KIND, touch_key(account, day))
    return luck < world.people.impersonation
