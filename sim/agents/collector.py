"""The people on the floor: skill, conduct, time. M11.

A collector is somebody: hired with a skill, green at first, trained, tired in the evening. Luck
belongs to the post and its generation, so that a successor changes nobody else.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from sim.core.domain import Role, Tone
from sim.core.kernel import kernel
from sim.core.rng import Purpose, draw, key_of, normal
from sim.scenario.world import World


class Collector(NamedTuple):
    """One person in one post."""

    post: int
    role: int
    generation: int
    base: float  #: skill without experience, logit
    hired: int  #: day, negative for those found at the start
    talked: int  #: seconds of talk today
    absent_until: int  #: a vacant post is filled on this day
    strain: float = 0.0  #: full days of talk this month
    thin: float = 0.0  #: share of the post's hours that vacancies take this month


class Speaker(NamedTuple):
    """Who speaks in one conversation."""

    post: int
    skill: float  #: logit
    bot: bool
    script: float  #: chance to keep to the script
    misconduct: float  #: chance of misconduct


@kernel
def mean_skill(world: World, role: int) -> float:
    """Mean skill of those who are hired: the lender's own people, or an agency's.

    Pay below what the wished skill earns elsewhere brings people of less skill.
    """
    if role == Role.AGENCY:
        return world.agency.skill
    wished, premium = world.organisation.hire_skill, world.people.skill_premium
    return wished + min(0.0, pay_gap(world)) / premium if premium > 0.0 else wished


@kernel
def pay_gap(world: World) -> float:
    """Logarithm of the pay over what people of the wished skill earn elsewhere."""
    o = world.organisation
    return math.log(max(0.01, o.wage_factor)) - world.people.skill_premium * o.hire_skill


@kernel
def hired(world: World, stream: int, post: int, role: int, generation: int, day: int) -> Collector:
    """A new collector of *generation* starts in *post*."""
    luck = draw(key_of(stream, post * 64 + generation), Purpose.SKILL, 0)
    base = mean_skill(world, role) + world.people.skill_sd * normal(luck)
    return Collector(post, role, generation, base, day, 0, day, 0.0, 0.0)


@kernel
def found(world: World, stream: int, post: int, role: int) -> Collector:
    """The collector found in *post* at the start, with the tenure of a running floor."""
    luck = draw(key_of(stream, post), Purpose.TENURE, 0)
    tenure = int(-world.people.tenure_mean * math.log(1.0 - luck))
    return hired(world, stream, post, role, 0, -tenure)


@kernel
def training_effect(world: World) -> float:
    """Share of the full effect that the training hours give."""
    return 1.0 - math.exp(-world.organisation.training_hours / world.people.training_hours)


@kernel
def full_day(world: World, talked: int) -> float:
    """Seconds of talk as a share of a full day of talks, at most 1."""
    return min(1.0, talked / 60.0 / world.people.fatigue_minutes)


@kernel
def skill_today(world: World, collector: Collector, day: int, noted: bool) -> float:
    """Skill in a talk: hiring, experience, training, shared notes, fatigue."""
    p = world.people
    tenure = max(0, day - collector.hired)
    learning = p.green_days * (1.0 - p.knowledge_gain * world.organisation.knowledge)
    green = p.green * math.exp(-0.6931471805599453 * tenure / learning)
    tired = p.fatigue * full_day(world, collector.talked)
    notes = p.notes_gain if noted and world.organisation.shared_notes else 0.0
    senior = p.supervisor_skill if collector.role == Role.SUPERVISOR else 0.0
    return (
        collector.base - green - tired + notes + senior + p.training_gain * training_effect(world)
    )


@kernel
def script_kept(world: World) -> float:
    """Chance that a talk keeps to the script; coaching removes departures."""
    p, o = world.people, world.organisation
    return 1.0 - (1.0 - p.script) * math.exp(-o.coaching_hours / p.script_hours)


@kernel
def misconduct(world: World) -> float:
    """Chance of misconduct in a talk: incentives raise it, training and inspection lower it."""
    p, o = world.people, world.organisation
    log_odds = (
        p.misconduct_incentive * o.incentive * (1.0 - o.scorecard)
        - p.misconduct_training * training_effect(world)
        - p.misconduct_inspection * min(1.0, o.inspection + o.machine_inspection)
    )
    return min(1.0, p.misconduct * math.exp(log_odds))


@kernel
def speaker(world: World, collector: Collector, day: int, noted: bool) -> Speaker:
    """The person of *collector* in one conversation of *day*."""
    if collector.role == Role.AGENCY:
        p, a = world.people, world.agency
        seen = math.exp(-p.misconduct_inspection * a.review)
        skill = skill_today(world, collector, day, False)
        return Speaker(
            collector.post, skill - p.training_gain * training_effect(world), False, a.script,
            min(1.0, p.misconduct * a.misconduct * seen),
        )  # fmt: skip
    return Speaker(
        collector.post, skill_today(world, collector, day, noted), False,
        script_kept(world), misconduct(world),
    )  # fmt: skip


@kernel
def bot_speaker(world: World) -> Speaker:
    """A voice bot: never tired, never unkind, less binding."""
    return Speaker(-1, world.borrower.bot_skill, True, 1.0, 0.0)


@kernel
def quit_chance(world: World, collector: Collector, day: int) -> float:
    """Chance to leave in the month that ends on *day* (evidence B3.9).

    A month full of talks wears people out; pay above what they earn elsewhere holds them.
    """
    p, o = world.people, world.organisation
    usual = p.quit_early if day - collector.hired < 90 else p.quit_late
    days = max(1.0, world.floor.days_a_month)
    worn = min(1.0, collector.strain / days) * (1.0 - o.resilience)
    held = 1.0 - o.cohesion
    if collector.role != Role.AGENCY:
        held = held * math.exp(-p.quit_pay * pay_gap(world))
    return min(1.0, usual * (1.0 + p.burnout * worn) * held)


@kernel
def quits(world: World, stream: int, collector: Collector, day: int) -> bool:
    """Decide once a month whether the collector leaves.

    Every half-year the appraisal asks the weakest to go.
    """
    p, o = world.people, world.organisation
    if day % 180 == 0 and collector.role != Role.AGENCY and o.bottom_exit > 0.0:
        weakest = mean_skill(world, collector.role) + p.skill_sd * normal(o.bottom_exit)
        if collector.base < weakest:
            return True
    who = collector.post * 64 + collector.generation
    luck = draw(key_of(stream, who), Purpose.QUIT, day // 30)
    return luck < quit_chance(world, collector, day)


@kernel
def hours_missing(world: World, chance: float) -> float:
    """Share of a post's hours that stand empty where a monthly *chance* leave it."""
    months = chance * world.people.vacancy_days / 30.0
    return months / (1.0 + months)


@kernel
def next_month(
    world: World, stream: int, collector: Collector, day: int, pooled: bool
) -> Collector:
    """Who holds the post as a month begins: the same, nobody for a while, or a successor.

    A *pooled* post stands for a part of many people's work: some of its hours are always vacant,
    instead of all of them for a month.
    """
    c = collector
    there = max(c.hired, c.absent_until) < day
    leaves = there and quits(world, stream, c, day)
    if not pooled:
        away = day + world.people.vacancy_days if leaves else c.absent_until
        return Collector(c.post, c.role, c.generation, c.base, c.hired, c.talked, away, 0.0, 0.0)
    thin = hours_missing(world, quit_chance(world, c, day))
    if leaves:
        new = hired(world, stream, c.post, c.role, c.generation + 1, day)
        return Collector(new.post, new.role, new.generation, new.base, day, 0, 0, 0.0, thin)
    return Collector(
        c.post, c.role, c.generation, c.base, c.hired, c.talked, c.absent_until, 0.0, thin
    )


@kernel
def next_day(world: World, collector: Collector) -> Collector:
    """The same person on the next morning: rested, a day of talks the more worn."""
    c = collector
    strain = c.strain + full_day(world, c.talked)
    return Collector(
        c.post, c.role, c.generation, c.base, c.hired, 0, c.absent_until, strain, c.thin
    )


@kernel
def effort(world: World) -> float:
    """Multiplier of attempts an hour: what is paid for cash makes people faster."""
    o = world.organisation
    return 1.0 + world.people.effort * o.incentive * (1.0 - o.scorecard)


@kernel
def harder(tone: int, steps: int) -> int:
    """Return the tone *steps* harder."""
    return min(Tone.ABUSIVE, tone + steps)
