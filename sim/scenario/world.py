"""The world as kernels see it: the scenario's numbers as named tuples.

The types name the scenario's sections, because the rows carry the same fields; at run time they
are the sections' twins (see `knobs.twin`), which the compiler can read.
"""

from __future__ import annotations

import math
from datetime import timedelta
from typing import NamedTuple

from sim.core.domain import Organisation
from sim.core.knobs import twin
from sim.scenario import Scenario
from sim.scenario.articles import in_force
from sim.scenario.borrower import Borrower, KindRow, ToneRow
from sim.scenario.channels import ChannelRow, in_order
from sim.scenario.lender import Agency, Court, Floor, Law, Money, People


class Fades(NamedTuple):
    """What is left of each feeling a day later."""

    nudge: float
    fear: float
    resentment: float
    excitement: float
    trust: float


class World(NamedTuple):
    """Everything that is the same for all accounts during one run."""

    kinds: tuple[KindRow, ...]
    tones: tuple[ToneRow, ...]
    channels: tuple[ChannelRow, ...]
    borrower: Borrower
    fades: Fades
    floor: Floor
    people: People
    law: Law
    court: Court
    agency: Agency
    money: Money
    organisation: Organisation
    rules: tuple[bool, ...]  #: by `Rule`: in force this month


def half(days: float) -> float:
    """Share left after one day of something with a half-life of *days*."""
    return math.exp(-math.log(2.0) / days)


def world(scenario: Scenario, organisation: Organisation, month: int = 0) -> World:
    """Turn a scenario and what a strategy does to the organisation into numbers.

    The rules are those in force when *month* (0 is the first) begins.
    """
    b = scenario.borrower
    return World(
        kinds=tuple(twin(k) for k in scenario.kinds.in_order()),
        tones=tuple(twin(t) for t in scenario.tones.in_order()),
        channels=tuple(twin(c) for c in in_order(scenario.channels)),
        borrower=twin(b),
        fades=Fades(
            half(b.nudge_half_life),
            half(b.fear_half_life),
            half(b.resentment_half_life),
            half(b.excitement_half_life),
            half(b.trust_half_life),
        ),
        floor=twin(scenario.floor),
        people=twin(scenario.people),
        law=twin(scenario.law),
        court=twin(scenario.court),
        agency=twin(scenario.agency),
        money=twin(scenario.money),
        organisation=organisation,
        rules=in_force(scenario.law, scenario.book.start + timedelta(days=30 * month)),
    )
