"""Willingness: what a touch leaves behind, how it fades, and the intent to pay."""

from __future__ import annotations

import math

from sim.agents import loan as loans
from sim.core.domain import Account, Mind, Today
from sim.core.kernel import kernel
from sim.scenario.world import World


@kernel
def logistic(x: float) -> float:
    """1 / (1 + exp(-x)), safe for large arguments."""
    if x < -700.0:
        return 0.0
    return 1.0 / (1.0 + math.exp(-x))


@kernel
def faded(world: World, mind: Mind) -> Mind:
    """M2: every feeling loses its share of a day; the day's risk starts at zero."""
    f = world.fades
    return Mind(
        mind.nudge * f.nudge,
        mind.fear * f.fear,
        mind.resentment * f.resentment,
        mind.trust * f.trust,
        mind.excitement * f.excitement,
        mind.bond * f.trust,
        0.0,
    )


@kernel
def years_owed(world: World, account: Account) -> float:
    """D of M3: the open claim in years of free cash; time does not lower it, a write-down does."""
    kind = world.kinds[account.traits.kind]
    slack = account.traits.slack * (0.5 if account.cash.shocked else 1.0)
    return loans.balance(account.loan) / (12.0 * slack) if kind.slack > 0.0 else 3.5


@kernel
def months_late(world: World, account: Account, day: int) -> float:
    """Months late that weigh on willingness: from `age_from` days on, ever less.

    The first `age_months` weigh about fully, the others by their logarithm: willingness falls on
    over the years, without an edge.
    """
    b = world.borrower
    beyond = max(0.0, (loans.dpd(account.loan, day) - b.age_from) / 30.0)
    return b.age_months * math.log(1.0 + beyond / b.age_months) if b.age_months > 0.0 else 0.0


@kernel
def given_up(world: World, account: Account, day: int) -> bool:
    """Tell whether the borrower has closed the matter: gone, insolvent, or refusing for good."""
    b = world.borrower
    since = loans.dpd(account.loan, day) - b.closed_from
    if since <= 0.0 or b.closed == 0.0:
        return False
    share = world.kinds[account.traits.kind].lasting * (1.0 - math.exp(-since / b.closed_days))
    return account.traits.lasting < share


@kernel
def listed(world: World, account: Account, day: int) -> bool:
    """Tell whether the default stands at the credit bureau."""
    first = world.organisation.report_from
    return first > 0 and loans.dpd(account.loan, day) >= first


@kernel
def earlier_months(account: Account) -> int:
    """Late months that do not belong to the present climb through the buckets."""
    return max(0, account.deeds.late_months - account.deeds.bucket)


@kernel
def intent(world: World, account: Account, today: Today) -> float:
    """M3: willingness to pay now, on the logit scale."""
    b, mind = world.borrower, account.mind
    kind = world.kinds[account.traits.kind]
    owed = min(3.0, max(0.0, years_owed(world, account) - 0.5))
    known = b.bureau * kind.able if listed(world, account, today.day) else 0.0
    return (
        known
        - (b.closed if given_up(world, account, today.day) else 0.0)
        + account.traits.will
        + mind.bond
        + b.trust * kind.trust * mind.trust
        + b.excitement * mind.excitement
        - (b.resentment + b.resentment_able * kind.able) * mind.resentment
        + kind.fear * (1.0 - math.exp(-mind.fear))
        - b.debt * owed
        - b.age * months_late(world, account, today.day)
        - b.habit * math.log(1.0 + earlier_months(account))
        - b.reputation * today.reputation
    )


@kernel
def offended(mind: Mind, amount: float) -> float:
    """Resentment after a step of *amount*; it saturates at 4 (M5)."""
    return mind.resentment + amount * (1.0 - mind.resentment / 4.0)


@kernel
def after_attempt(world: World, mind: Mind, earlier_today: int) -> Mind:
    """Each attempt beyond the first of a day offends a little (M5)."""
    if earlier_today == 0:
        return mind
    step = world.borrower.again_resentment
    return Mind(
        mind.nudge, mind.fear, offended(mind, step), mind.trust, mind.excitement, mind.bond,
        mind.risk,
    )  # fmt: skip


@kernel
def after_talk(
    world: World, mind: Mind, tone: int, bot: bool, first: bool, pride: float, risk: float,
    skill: float = 0.0,
) -> Mind:  # fmt: skip
    """What a conversation leaves (M5); the *first* ever leaves an imprint of who spoke."""
    b, t = world.borrower, world.tones[tone]
    step = b.trust_step_bot
    if not bot:
        step = min(1.0, b.trust_step * math.exp(b.skill_trust * skill))
    trust = mind.trust + (t.trust * step * (1.0 - mind.trust) if t.trust >= 0.0 else 0.1 * t.trust)
    anger = t.resentment * pride * (b.bot_resentment if bot else 1.0)
    bond = (b.bond_bot if bot else b.bond_human) if first else mind.bond
    return Mind(
        1.0, mind.fear + t.fear, offended(mind, anger), trust, mind.excitement, bond,
        mind.risk + risk,
    )  # fmt: skip


@kernel
def after_message(
    world: World, mind: Mind, tone: int, repeats: int, known: bool, pride: float, risk: float
) -> Mind:
    """What a message that is read leaves (M5).

    Trust rises only where the message names somebody *known* (evidence A2.3), and less with each
    of the week's *repeats*; an abusive message costs trust whoever signs it.
    """
    b, t = world.borrower, world.tones[tone]
    step = b.trust_step_message if known else 0.0
    for _ in range(repeats):
        step = step * b.message_repeat
    trust = step * t.trust * (1.0 - mind.trust) if t.trust >= 0.0 else 0.1 * t.trust
    return Mind(
        1.0,
        mind.fear + t.fear,
        offended(mind, t.resentment * pride),
        mind.trust + trust,
        mind.excitement,
        mind.bond,
        mind.risk + risk,
    )


@kernel
def dimmed(mind: Mind, nudge: float, before: float) -> Mind:
    """A message that could be meant for anybody raises awareness to *nudge* only."""
    return Mind(
        max(nudge, before), mind.fear, mind.resentment, mind.trust, mind.excitement, mind.bond,
        mind.risk,
    )  # fmt: skip


@kernel
def risk_of(world: World, account: Account, tone: int, talks_today: int, misconduct: bool) -> float:
    """M10: expected public complaints from one touch."""
    b = world.borrower
    risk = world.tones[tone].risk * b.complaint * (1.0 + account.mind.resentment)
    if talks_today > 3:
        risk = risk * (1.0 + b.over_three * (talks_today - 3))
    if misconduct:
        risk = risk * b.misconduct_risk
    kind = world.kinds[account.traits.kind]
    if kind.disputes > 0.0:
        risk = risk * b.complaint_disputes
    if kind.suit_fear > 0.0:
        risk = risk * b.false_complaints
    return min(risk, 0.5)


@kernel
def complains(world: World, risk: float) -> float:
    """Chance that a day's accumulated risk becomes a complaint, to the lender or in public."""
    return 1.0 - math.exp(-risk * (1.0 + world.borrower.lender_per_public))


@kernel
def complaints_added(world: World, today: float, plain: float, bad: float, chance: float) -> float:
    """M10: expected complaints that one touch adds to a day whose risk was *today* before it.

    One complaint a day is the most; the touch is *bad* with *chance*, else *plain*. Summed over a
    day's touches it is the chance of that day's draw, whatever happened in the earlier ones.
    """
    calm = 1.0 - complains(world, today)
    return calm * ((1.0 - chance) * complains(world, plain) + chance * complains(world, bad))


@kernel
def in_public(world: World) -> float:
    """Share of complaints that are public."""
    return 1.0 / (1.0 + world.borrower.lender_per_public)


@kernel
def satisfaction(world: World, mind: Mind) -> float:
    """Answer to the survey, 0-100."""
    b = world.borrower
    return 100.0 * logistic(
        b.survey + b.survey_trust * mind.trust - b.survey_resentment * mind.resentment
    )
