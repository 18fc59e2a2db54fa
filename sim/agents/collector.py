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


class Speaker(NamedTuple):
    """Who speaks in one conversation."""

    post: int
    skill: float  #: logit
    bot: bool
    script: float  #: chance to keep to the script
    misconduct: float  #: chance of misconduct


@kernel
def mean_skill(world: World, role: int) -> float:
    """Mean skill of those who are hired: the lender's own people, or an agency's."""
    return world.agency.skill if role == Role.AGENCY else world.organisation.hire_skill


@kernel
def hired(world: World, stream: int, post: int, role: int, generation: int, day: int) -> Collector:
    """A new collector of *generation* starts in *post*."""
    luck = draw(key_of(stream, post * 64 + generation), Purpose.SKILL, 0)
    base = mean_skill(world, role) + world.people.skill_sd * normal(luck)
    return Collector(post, role, generation, base, day, 0, day)


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
def skill_today(world: World, collector: Collector, day: int, noted: bool) -> float:
    """Skill in a talk: hiring, experience, training, shared notes, fatigue."""
    p = world.people
    tenure = max(0, day - collector.hired)
    learning = p.green_days * (1.0 - p.knowledge_gain * world.organisation.knowledge)
    green = p.green * math.exp(-0.6931471805599453 * tenure / learning)
    tired = p.fatigue * min(1.0, collector.talked / 60.0 / p.fatigue_minutes)
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
def quits(world: World, stream: int, collector: Collector, day: int) -> bool:
    """Decide once a month whether the collector leaves (evidence B3.9).

    Every half-year the appraisal asks the weakest to go; days full of talks wear people out.
    """
    p, o = world.people, world.organisation
    if day % 180 == 0 and collector.role != Role.AGENCY and o.bottom_exit > 0.0:
        weakest = mean_skill(world, collector.role) + p.skill_sd * normal(o.bottom_exit)
        if collector.base < weakest:
            return True
    early = day - collector.hired < 90
    worn = min(1.0, collector.talked / 60.0 / p.fatigue_minutes) * (1.0 - o.resilience)
    chance = (
        (p.quit_early if early else p.quit_late) * (1.0 + p.burnout * worn) * (1.0 - o.cohesion)
    )
    who = collector.post * 64 + collector.generation
    return draw(key_of(stream, who), Purpose.QUIT, day // 30) < chance


@kernel
def effort(world: World) -> float:
    """Multiplier of attempts an hour: incentives make people faster."""
    return 1.0 + world.people.effort * world.organisation.incentive


@kernel
def harder(tone: int, steps: int) -> int:
    """Return the tone *steps* harder."""
    return min(Tone.ABUSIVE, tone + steps)
