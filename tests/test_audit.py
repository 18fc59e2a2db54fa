"""The parameter audit: every knob moves what it is declared to move, and nobody else's luck.

A knob is moved to the ends of its range in a world in which everything happens: all kinds of
borrowers alike, all channels, tones and offers, people with bad habits, agencies, mediators. It
must move the outcome that `MOVES` names for it. A field that is hidden from the knobs must move
nothing, so that both lists stay true.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from cohorts import strategy

from sim.agents.population import newly_late
from sim.compare.comparison import compare
from sim.core.domain import Action, Channel, Kind, View
from sim.core.errors import BadInput
from sim.core.kernel import kernel
from sim.core.knobs import KnobRow
from sim.play.run import fitted, play, setting
from sim.scenario import Scenario
from sim.scenario.borrower import KindRow, Kinds
from sim.scenario.changes import literal, shape
from sim.scenario.channels import OWN, SAID, ChannelRow
from sim.strategies import SHELF, Strategy
from sim.strategies.base import wait

pytestmark = pytest.mark.slow

#: Everything that is off by default, or rare, is on: half of nothing would be nothing.
BASE = Scenario().with_(
    {f"kinds.{kind.name.lower()}.share": 1 / len(Kind) for kind in Kind}
    | {
        "book.accounts": 200, "book.coming_due": 0.05, "book.days": 125, "book.pool": 100,
        "book.pool_days": 70,
        "book.growth": 0.02, "budget.monthly": 3e8, "law.sandbox": True, "law.adherence": 0.9,
        "people.misconduct": 0.05, "people.burnout": 1.0, "people.insider": 0.01,
        "court.judgment_days": 20.0, "court.enforcement_days": 20.0, "court.mediation": 0.4,
        "court.mediation_days": 10, "court.guaranteed": 0.2, "money.news": 0.001,
        "channels.litigation.cost": 4_000.0, "channels.visit.cost": 1_000.0,
        "floor.travel_cost": (500.0, 1_000.0, 2_000.0, 4_000.0), "agency.review": 0.1,
        "borrower.false_complaints": 2.0, "trial.accounts": 2_000,
    }
)  # fmt: skip


class Params(NamedTuple):
    """Nothing to set."""

    most: int = 6  #: attempts a day


@kernel
def decide(params: Params, view: View) -> Action:
    """By the day's coin any channel, tone, offer and hour, again and again."""
    if view.dpd == 0 or view.attempts_today >= params.most:
        return wait(1)
    dice = int(view.coin_today * 99_991.0) + 37 * (view.attempts_today + view.talks) + view.grade
    channel = 1 + dice % 11
    again = channel == Channel.LITIGATION and view.legal_stage > 0
    if again or (channel == Channel.AGENCY and view.placements > 0) or view.day % 2 == 1:
        channel = Channel.PHONE
    months = (1, 3, 6, 61)[dice // 11 % 4]
    hour = 7 + (dice // 7 + 3 * view.attempts_today) % 16
    return Action(channel, dice // 5 % 5, dice // 25 % 6, months, 0.3, hour, 0, view.coin_today)


EVERYTHING: Strategy = strategy(
    decide, Params(), wage_factor=1.1, training_hours=2.0, incentive=0.5, shared_notes=True,
    coaching_hours=2.0, inspection=0.1, supervisor_after=1, field_share=0.15, legal_share=0.05,
    purse_share=0.4, bot_ports=40.0, repair=1.0, fixed_monthly=2e5, one_off=5e8,
    agency_seats=10.0, visits_a_trip=2.0, machine_inspection=0.05, cohesion=0.1, concessions=0.5,
    knowledge=0.3, resilience=0.2, scorecard=0.2, bottom_exit=0.05, sell_from=150, hire_skill=0.3,
    debits=4, report_from=31, evening_share=0.3, saturday_share=0.3, 
)  # fmt: skip

#: What a knob moves, by the first of these that its path begins with.
PAID = ("money.debit_cost", "money.report_cost")  #: from the purse, so that they move lives
TOLD = ("money.", "book.overdue_share", "borrower.survey", "floor.sla_days", "people.insider")
MOVES = (
    {
        "people.overtime": "overtime",
        "borrower.spending_signal": "models",
        "trial.": "models",
        "difference.": "margins",
    }
    | dict.fromkeys(TOLD, "told")
    | {"": "lived"}
)
#: Where a knob speaks only if another does: what must be set.
US, UK, CAPPED = {"law.pack": "us"}, {"law.pack": "uk"}, {"law.message_cap": True}
CONTEXT: dict[str, dict[str, Any]] = {
    "borrower.nudge_unnamed": {"channels.sms.named": False},
    "law.convenient_from": US, "law.convenient_to": US, "law.calls_a_week": US,
    "law.peace_days": US, "law.hardship_days": UK, "law.notice_days": {"law.visit_notice": True},
    "book.older_than_m6": {"book.pool_days": 270},
    "court.shock_days": {"court.judgment_days": 150.0, "court.mediation": 0.0},
    "channels.email.named": {"channels.email.read": 1.0},
    "people.burnout": {"people.fatigue_minutes": 5.0, "people.quit_late": 0.3},
    "difference.complaints_floor": {"difference.complaints": 0.0},
    "law.messages_a_day": CAPPED, "law.messages_a_week": CAPPED,
    "agency.after_write_off": {"money.write_off": 60},
}  # fmt: skip
CONTEXT |= {
    f"kinds.{kind}.lasting": {"borrower.closed_from": 1.0, "borrower.closed_days": 2.0}
    for kind in Kinds.model_fields
}
CONTEXT |= {f"channels.{c}.desk_minutes": {f"channels.{c}.role": 4} for c in OWN}
CONTEXT |= {
    f"kinds.{kind}.{field}": {f"kinds.{k}.share": float(k == kind) for k in Kinds.model_fields}
    | CONTEXT.get(f"kinds.{kind}.{field}", {})
    for kind in Kinds.model_fields
    for field in KindRow.model_fields
    if field != "share"
}
#: Where a knob has no range, or one that is too narrow for so few people: what to move it to.
ENDS: dict[str, Any] = {
    "book.season": (0.5,) * 12, "book.regions": (0.1, 0.2, 0.3, 0.4),
    "book.grades": (0.6, 0.1, 0.1, 0.1, 0.1), "channels.visit.reach_by_region": (0.5,) * 4,
    "floor.weekdays": (0, 1), "floor.country": "", "floor.travel_minutes": (5.0,) * 4,
    "floor.travel_cost": (900.0,) * 4, "law.pack": "us", "agency.commission": (0.1, 0.1, 0.1),
    "law.plan_months": 5, "channels.agency.open_hour": 12, "borrower.plan_pause_days": 0,
    "trial.accounts": 1_500, "people.local_skill": 2.0, "court.shock_days": 2,
}  # fmt: skip
ENDS |= {f"kinds.{kind}.remembers": 400.0 for kind in Kinds.model_fields}
#: Numbers that are nought by what they say, so that no range lies around them.
NOUGHT = (
    "suit_fear",
    "disputes",
    "phone_valid",
    "desk_minutes",
    "fear",
    "resentment",
    "cost",
    "remembers",
)
KNOBS = {row.path: row for row in BASE.knobs()}


def ends(row: KnobRow) -> Iterator[Any]:
    """Yield the values to which a knob is moved: the ends of its range, then of what is allowed.

    Of the latter only what lies between 0 and 1: what is rare among so few people becomes common.
    """
    if row.path in ENDS:
        yield ENDS[row.path]
    elif isinstance(row.value, bool):
        yield not row.value
    else:
        bounds, shares = shape(row.path), row.path.endswith(".share")
        allowed = () if shares else (max(bounds.low, 0), min(bounds.high, 1))
        for low, high in filter(None, (row.sweep, allowed)):
            yield from (end for end in (high, low) if low < high and end != row.value)


def put(path: str, value: Any) -> dict[str, Any]:
    """Return the change of a knob, and of what must make room for it."""
    if not (path.startswith("kinds.") and path.endswith(".share")):
        return {path: value}
    other = "kinds.gap.share" if ".gap." not in path else "kinds.collapse.share"
    return {path: value, other: KNOBS[other].value + KNOBS[path].value - value}


def pair(path: str, context: Mapping[str, Any]) -> tuple[Scenario, list[Scenario]]:
    """Return the world with *context*, and that world with a knob at each of its ends."""
    now = BASE.with_(context)
    return now, [now.with_(put(path, end)) for end in ends(KNOBS[path])]


# --- outcomes ------------------------------------------------------------------------------------


class Run(NamedTuple):
    """What came of a run: its ledger and seats, and what is told of them."""

    lived: tuple[int, ...]
    told: tuple[float, ...]


def _digest(table: pd.DataFrame) -> int:
    return int(pd.util.hash_pandas_object(table, index=False).sum())


@cache
def run(scenario: Scenario) -> Run:
    """Play the strategy that does everything."""
    told = play(scenario, EVERYTHING)
    numbers = told.measures[["numerator", "denominator"]].to_numpy(dtype=float).ravel()
    numbers = np.nan_to_num(numbers, nan=-1.0)
    return Run((_digest(told.ledger), _digest(told.seats)), tuple(numbers.tolist()))


@cache
def models(scenario: Scenario) -> tuple[str, ...]:
    """Return what the models of `ai` learn."""
    strategy, report = fitted(setting(scenario, 0, 50, 30), SHELF["ai"])
    return repr(strategy.params), repr(report)


@cache
def _compared() -> Any:
    return compare(BASE, ["do_nothing", "phone_only"], replications=2, accounts=50, days=40)


def margins(scenario: Scenario) -> tuple[float, ...]:
    """Return the differences that matter."""
    told = _compared()
    at = replace(told, setting=replace(told.setting, scenario=scenario))
    return tuple(at.margin(m) for m in ("net_value", "complaints", "satisfaction"))


def lived(scenario: Scenario) -> tuple[int, ...]:
    """Return what happened in a run."""
    return run(scenario).lived


def told(scenario: Scenario) -> tuple[float, ...]:
    """Return what is told of a run."""
    return run(scenario).told


@cache
def overtime(scenario: Scenario) -> int:
    """Return what happens on a floor that leaves calls undone beside a purse that lies idle."""
    poor = SHELF["phone_only"].organised(
        purse_share=0.3, seat_share=0.3, idle_days=0.0, purse_to_seats=1.0
    )
    few = scenario.with_({"budget.monthly": 0.0})
    return _digest(play(few, poor).seats)


OUTCOMES = {
    "overtime": overtime,
    "lived": lived,
    "told": told,
    "models": models,
    "margins": margins,
}


# --- what moves ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", KNOBS)
def test_a_knob_moves_what_it_is_declared_to_move(path):
    look = OUTCOMES[next(what for begin, what in MOVES.items() if path.startswith(begin))]
    now, moved = pair(path, CONTEXT.get(path, {}))
    assert any(look(one) != look(now) for one in moved)


@pytest.mark.parametrize("path", [p for p in KNOBS if p.startswith(TOLD) and p not in PAID])
def test_a_price_or_a_question_changes_no_life(path):
    now, moved = pair(path, {})
    assert all(lived(one) == lived(now) for one in moved[:2])


@pytest.mark.parametrize("path", [p for p in KNOBS if p.startswith(("trial.", "difference."))])
def test_what_is_asked_of_an_experiment_changes_no_run(path):
    now, moved = pair(path, {})
    assert all(run(one) == run(now) for one in moved[:2])


# --- what is hidden ------------------------------------------------------------------------------

HIDDEN = [
    (channel, field)
    for channel in OWN
    for field in ChannelRow.model_fields
    if field not in (*OWN[channel], *SAID, "voice")
]


@pytest.mark.parametrize(("channel", "field"), HIDDEN, ids=map(".".join, HIDDEN))
def test_a_field_that_says_nothing_about_its_channel_is_hidden_refused_and_moves_nothing(
    channel, field
):
    path, row = f"channels.{channel}.{field}", getattr(BASE.channels, channel)
    value = getattr(row, field)
    other = (0.1,) * 4 if isinstance(value, tuple) else not value
    if not isinstance(value, (bool, tuple)):
        other = next(v for v in (3, 12) if v != value) if isinstance(value, int) else value + 0.5
    assert path not in KNOBS
    with pytest.raises(BadInput, match=f"{path} says nothing"):
        Scenario.load("weilidai", [f"{path}={literal(other)}"])
    there = row.model_copy(update={field: other})
    forced = BASE.model_copy(update={"channels": BASE.channels.model_copy(update={channel: there})})
    assert run(forced) == run(BASE)


# --- nobody else's luck --------------------------------------------------------------------------

#: Drawn at entry from luck alone: no knob has a say in it.
LUCK = ("luck", "best_hour", "payday", "patience")
#: But for the two knobs that say when people are paid, and when they answer.
THEIRS = {"book.paydays": "payday", "book.evening": "best_hour"}
#: Sections that say who becomes late. All others leave the same people with the same traits.
PEOPLE = ("book", "kinds", "borrower")


@pytest.mark.parametrize("path", KNOBS)
def test_a_knob_leaves_everybody_elses_luck_alone(path):
    section, _, rest = path.partition(".")
    kind, _, field = rest.partition(".")
    now, moved = pair(path, {})
    for one in moved:
        for who in range(25):
            before, after = (newly_late(s, 11, 12, who, 3) for s in (now, one))
            luck = [n for n in LUCK if n != THEIRS.get(path)]
            assert all(getattr(before.traits, n) == getattr(after.traits, n) for n in luck)
            others = section == "kinds" and Kind(before.traits.kind).name.lower() != kind
            if section not in PEOPLE or (others and field != "share"):
                assert before == after


# --- what a knob says of itself ------------------------------------------------------------------


@pytest.mark.parametrize("path", [p for p in KNOBS if shape(p).kind in ("number", "whole")])
def test_a_number_has_a_range_unless_it_is_nought_by_what_it_says(path):
    row = KNOBS[path]
    assert len(row.sweep) == 2
    if row.sweep[0] == row.sweep[1]:
        assert row.value == 0
        assert path.rpartition(".")[2] in NOUGHT
    elif shape(path).kind == "whole":
        assert math.ceil(row.sweep[0]) < math.floor(row.sweep[1])
