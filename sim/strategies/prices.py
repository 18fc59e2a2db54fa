"""What a lever costs: no effect on the floor is free, or it is said so.

One table for `compare`, `tune` and the app. A lever is paid by seats, wages, fees or hours off the
floor; the knob that carries the price stands here, and where a scenario sets it to 0 the lever
costs nothing: whoever uses it cannot be adopted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sim.core.domain import Organisation
from sim.scenario import Scenario

#: By lever: the knobs that carry its price; one above 0 is enough.
PRICES: dict[str, tuple[str, ...]] = {
    "hire_skill": ("people.skill_premium",),
    "wage_factor": ("people.skill_premium", "people.quit_pay"),
    "training_hours": ("people.wage",),
    "incentive": ("people.bonus_premium",),
    "shared_notes": ("floor.note_minutes",),
    "coaching_hours": ("people.wage",),
    "inspection": ("people.wage_senior",),
    "supervisor_after": ("people.wage_senior",),
    "bot_ports": ("channels.bot.cost",),
    "repair": ("people.trace_price",),
    "agency_seats": ("agency.commission",),
    "visits_a_trip": ("floor.plan_minutes",),
    "machine_inspection": ("floor.machine_check",),
    "cohesion": ("people.cohesion_hours",),
    "knowledge": ("people.knowledge_hours",),
    "resilience": ("people.resilience_hours",),
    "scorecard": ("people.effort",),
    "bottom_exit": ("people.severance_months",),
    "self_service": ("channels.bot.cost",),
    "debits": ("money.debit_cost",),
    "report_from": ("money.report_cost",),
    "evening_share": ("people.evening_premium",),
    "saturday_share": ("people.saturday_premium",),
}
#: Levers that are money themselves, facts of the books, or of which more is no gain.
MONEY = (
    "field_share", "legal_share", "purse_share", "seat_share", "fixed_monthly", "one_off",
    "own_seats", "lead_months", "ramp_months", "concessions", "sell_from", "letter_share",
    "visit_share", "suit_share", "idle_days", "rest_to_purse", "purse_to_seats",
)  # fmt: skip
LINES = {
    "en": "{s} uses what costs nothing in this scenario and cannot be adopted: {names}.",
    "zh": "“{s}”用到了本场景中不计成本的手段，不能采用：{names}。",
}


def costs_nothing(scenario: Scenario, lever: str) -> bool:
    """Tell whether the knobs that carry the lever's price are all 0 in *scenario*."""
    paths = PRICES.get(lever, ())
    return bool(paths) and not any(_above_zero(scenario, path) for path in paths)


def _above_zero(scenario: Scenario, path: str) -> bool:
    value: Any = scenario
    for name in path.split("."):
        value = getattr(value, name)
    return any(x > 0 for x in value) if isinstance(value, tuple) else bool(value > 0)


def unpriced(scenario: Scenario, organisation: Organisation) -> tuple[str, ...]:
    """Return the levers that *organisation* moves and that cost nothing in *scenario*."""
    usual = Organisation()
    moved = [n for n in PRICES if getattr(organisation, n) != getattr(usual, n)]
    return unpaid(scenario, moved)


def unpaid(scenario: Scenario, levers: Iterable[str]) -> tuple[str, ...]:
    """Return those of *levers* that cost nothing in *scenario*."""
    return tuple(name for name in levers if costs_nothing(scenario, name))


def warning(scenario: Scenario, title: str, levers: Iterable[str], lang: str = "en") -> str:
    """Say in one line which of *levers* cost nothing; empty where all are paid."""
    names = unpaid(scenario, levers)
    joined = ("、" if lang == "zh" else ", ").join(names)
    return LINES[lang].format(s=title, names=joined) if names else ""
