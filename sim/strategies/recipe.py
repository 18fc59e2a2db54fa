"""A strategy as data: another one with some parameters and levers changed. A TOML file holds it.

name = "my_practice"
base = "phone_only"
[title]
en = "My present practice"
[params]
after_attempt = 2
[organisation]
inspection = 0.05
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Literal, NamedTuple

from sim.core.domain import Organisation
from sim.core.errors import BadInput, choose
from sim.core.intake import Field, Form, Limits, parsed_toml
from sim.core.intake import text as text_of
from sim.scenario import Text
from sim.strategies.base import Strategy

RESERVES = ("letter_share", "visit_share", "suit_share")
KEYS = ("name", "base", "title", "why", "params", "organisation")
LARGEST = 100_000  #: bytes of a file
LIMITS = Limits(bytes=LARGEST, depth=4, items=1_000)
LONGEST = 200  #: letters of a title


class Bounds(NamedTuple):
    """What a lever or a parameter may be, inclusive; both ends 0 and 1 of a yes or no."""

    low: float
    high: float
    unit: str = ""


# One lever, one line: the table reads across.
# fmt: off
LEVERS: dict[str, Bounds] = {
    "hire_skill": Bounds(-2, 2, "logit"),
    "wage_factor": Bounds(0.3, 5, "multiplier"),
    "training_hours": Bounds(0, 60, "hours a month"),
    "incentive": Bounds(0, 3),
    "shared_notes": Bounds(0, 1),
    "coaching_hours": Bounds(0, 60, "hours a month"),
    "inspection": Bounds(0, 1, "fraction"),
    "supervisor_after": Bounds(0, 100),
    "field_share": Bounds(0, 1, "fraction"),
    "legal_share": Bounds(0, 1, "fraction"),
    "purse_share": Bounds(0, 1, "fraction"),
    "seat_share": Bounds(0, 1, "fraction"),
    "bot_ports": Bounds(0, 1_000),
    "repair": Bounds(0, 1, "fraction"),
    "fixed_monthly": Bounds(0, 1e10, "CNY/month"),
    "one_off": Bounds(0, 1e11, "CNY"),
    "agency_seats": Bounds(0, 1_000),
    "visits_a_trip": Bounds(1, 10),
    "machine_inspection": Bounds(0, 1, "fraction"),
    "cohesion": Bounds(0, 1, "fraction"),
    "concessions": Bounds(0, 1),
    "knowledge": Bounds(0, 1, "fraction"),
    "resilience": Bounds(0, 1, "fraction"),
    "scorecard": Bounds(0, 1, "fraction"),
    "bottom_exit": Bounds(0, 0.5, "fraction"),
    "sell_from": Bounds(0, 3_650, "days late"),
    "self_service": Bounds(0, 1, "fraction"),
    "own_seats": Bounds(0, 1_000),
    "lead_months": Bounds(0, 60, "months"),
    "ramp_months": Bounds(0, 60, "months"),
    "letter_share": Bounds(0, 1, "fraction"),
    "visit_share": Bounds(0, 1, "fraction"),
    "suit_share": Bounds(0, 1, "fraction"),
    "idle_days": Bounds(0, 365, "days"),
    "rest_to_purse": Bounds(0, 1, "fraction"),
    "debits": Bounds(0, 30, "a month"),
    "report_from": Bounds(0, 3_650, "days late"),
    "evening_share": Bounds(0, 1, "fraction"),
    "saturday_share": Bounds(0, 1, "fraction"),
    "purse_to_seats": Bounds(0, 1, "fraction"),
}
PARAMS: dict[str, Bounds] = {
    "after_attempt": Bounds(1, 90, "days"),
    "after_talk": Bounds(1, 90, "days"),
    "tone": Bounds(0, 3),
    "offered": Bounds(0, 1, "fraction"),
    "months": Bounds(1, 36, "months"),
    "remind_until": Bounds(0, 180, "days late"),
    "follow_up_every": Bounds(1, 180, "days"),
    "negotiate_until": Bounds(0, 3_650, "days late"),
    "call_every": Bounds(1, 90, "days"),
    "letter_from": Bounds(0, 3_650, "days late"),
    "lawyer_from": Bounds(0, 3_650, "days late"),
    "letter_until": Bounds(0, 3_650, "days late"),
    "letter_every": Bounds(1, 365, "days"),
    "sue_from": Bounds(0, 3_650, "days late"),
    "sue_above": Bounds(0, 1e11, "fen"),
    "call_cost": Bounds(0, 1e6, "fen"),
    "bot_cost": Bounds(0, 1e6, "fen"),
    "message_cost": Bounds(0, 1e6, "fen"),
    "second_above": Bounds(0, 1e8, "fen"),
    "second_after": Bounds(1, 12, "hours"),
    "most_months": Bounds(2, 60, "months"),
    "by_status": Bounds(0, 10),
    "by_ability": Bounds(0, 10),
    "by_credit": Bounds(0, 10),
    "low_below": Bounds(-1, 100),
    "high_from": Bounds(0, 100),
    "soft_every": Bounds(1, 90, "days"),
    "soft_calls": Bounds(1, 90, "days"),
    "graded": Bounds(0, 1, "fraction"),
    "pilot": Bounds(0, 1, "fraction"),
    "message_every": Bounds(1, 90, "days"),
    "care_every": Bounds(0, 90, "days"),
    "saturday_list": Bounds(0, 1, "fraction"),
    "ranked": Bounds(0, 1, "fraction"),
    "tone_cap": Bounds(0, 3),
    "remind_before": Bounds(0, 15, "days"),
    "warn_above": Bounds(0, 10),
    "drift": Bounds(0, 5, "logit"),
    "lost": Bounds(0, 1, "fraction"),
    "refresh": Bounds(1, 30, "days"),
    "visit_from": Bounds(0, 3_650, "days late"),
    "visit_until": Bounds(0, 3_650, "days late"),
    "visit_above": Bounds(0, 1e11, "fen"),
    "farther": Bounds(1, 10, "multiplier"),
    "visit_every": Bounds(1, 365, "days"),
    "unheard": Bounds(0, 100),
    "follow_after": Bounds(1, 90, "days"),
    "place_from": Bounds(1, 3_650, "days late"),
    "tiers": Bounds(0, 20),
    "letter_brings": Bounds(0, 1, "fraction"),
    "lawyer_brings": Bounds(0, 1, "fraction"),
    "suit_brings": Bounds(0, 1, "fraction"),
    "visit_brings": Bounds(0, 1, "fraction"),
    "most_in_vain": Bounds(0, 120),
    "cool_days": Bounds(1, 90, "days"),
    "rotate": Bounds(0, 1),
    "promise_reminder": Bounds(0, 10, "days"),
    "press_days": Bounds(0, 90, "days"),
    "after_payment": Bounds(0, 90, "days"),
    "overflow": Bounds(0, 100),
}
# fmt: on


class Fault(NamedTuple):
    """One entry that cannot be: its dotted key, its value, what is allowed in words."""

    key: str
    value: Any
    allowed: str


def params_of(strategy: Strategy) -> dict[str, Any]:
    """Return the parameters that a recipe may change, with their present values."""
    values = strategy.params._asdict() if hasattr(strategy.params, "_asdict") else {}
    return {name: value for name, value in values.items() if name in PARAMS}


def faults(body: Mapping[str, Any], shelf: Mapping[str, Strategy]) -> list[Fault]:
    """Return all that is wrong with a recipe; empty where it can be made."""
    found = [Fault(key, body[key], f"known: {', '.join(KEYS)}") for key in body if key not in KEYS]
    found += _naming(body, shelf)
    base = shelf.get(str(body.get("base")))
    if base is None:
        return found
    known = {"params": params_of(base), "organisation": Organisation()._asdict()}
    for part, bounds in (("params", PARAMS), ("organisation", LEVERS)):
        table = body.get(part, {})
        if not isinstance(table, Mapping):
            found.append(Fault(part, table, "a table"))
            continue
        found += [
            fault
            for key, value in table.items()
            for fault in _entry(f"{part}.{key}", value, known[part], bounds)
        ]
    return found or list(_reserves(body, base))


def _reserves(body: Mapping[str, Any], base: Strategy) -> Iterable[Fault]:
    """No more than the whole purse can be reserved."""
    levers = base.organisation._asdict() | dict(body.get("organisation", {}))
    whole = sum(levers[name] for name in RESERVES)
    mine = [name for name in RESERVES if name in body.get("organisation", {})]
    if mine and whole > 1.0:
        value = f"{whole:g} in all"
        yield Fault(f"organisation.{mine[0]}", value, f"{', '.join(RESERVES)} together at most 1")


def _naming(body: Mapping[str, Any], shelf: Mapping[str, Strategy]) -> Iterable[Fault]:
    name, base = body.get("name"), body.get("base")
    if not isinstance(name, str) or not re.fullmatch("[a-z][a-z0-9_]{0,40}", name):
        yield Fault("name", name, "small letters, digits and _, a letter first")
    elif name in shelf:
        yield Fault("name", name, "a name that no strategy on the shelf has")
    allowed = [n for n, s in shelf.items() if not s.reference]
    if base not in allowed:
        yield Fault("base", base, f"allowed: {', '.join(allowed)}")
    for key in ("title", "why"):
        text = body.get(key, {})
        if not isinstance(text, Mapping) or not all(
            k in ("en", "zh") and isinstance(v, str) and len(v) <= LONGEST for k, v in text.items()
        ):
            yield Fault(key, "…", f"texts en and zh of at most {LONGEST} letters")


def _entry(
    key: str, value: Any, known: Mapping[str, Any], bounds: Mapping[str, Bounds]
) -> Iterable[Fault]:
    name = key.partition(".")[2]
    if name not in known:
        yield Fault(key, value, f"known: {', '.join(known)}")
        return
    allowed = allowed_for(known[name], bounds[name])
    if not fits(value, known[name], bounds[name]):
        yield Fault(key, value, allowed)


def fits(value: Any, like: Any, bounds: Bounds) -> bool:
    """Tell whether *value* is of the kind of *like* and within its bounds."""
    if isinstance(like, bool):
        return isinstance(value, bool)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if not bounds.low <= value <= bounds.high:  # nor is a number that is none
        return False
    return not isinstance(like, int) or int(value) == value


def allowed_for(like: Any, bounds: Bounds) -> str:
    """Say in English what is allowed."""
    if isinstance(like, bool):
        return "true or false"
    kind = "a whole number" if isinstance(like, int) else "a number"
    return f"{kind} from {bounds.low:g} to {bounds.high:g}"


def made(body: Mapping[str, Any], shelf: Mapping[str, Strategy], where: str) -> Strategy:
    """Return the strategy that a recipe describes.

    Raises
    ------
    BadInput
        One line with the place, the key, the value and what is allowed.
    """
    if wrong := faults(body, shelf):
        raise BadInput(where, wrong[0].key, wrong[0].value, wrong[0].allowed)
    base = shelf[body["base"]]
    params = _like(body.get("params", {}), base.params)
    levers = _like(body.get("organisation", {}), base.organisation)
    strategy = base.tuned(**params).organised(**levers) if params else base.organised(**levers)
    return replace(
        strategy,
        name=body["name"],
        title=Text(**(body.get("title") or {"en": body["name"]})),
        why=Text(**body["why"]) if body.get("why") else base.why,
        fit=partial(_fitted, base.fit, params) if base.fit and params else base.fit,
    )


def _like(changes: Mapping[str, Any], now: Any) -> dict[str, Any]:
    """Return the values in the types that kernels were made for."""
    return {name: type(getattr(now, name))(value) for name, value in changes.items()}


def _fitted(fit: Any, params: Mapping[str, Any], log: Any) -> Any:
    """Fit as the base does; what the recipe changes stays changed."""
    found, report = fit(log)
    return found._replace(**params), report


def body_of(path: Path, shelf: Mapping[str, Strategy]) -> dict[str, Any]:
    """Read and check a recipe's file."""
    return parsed(text_of(path, "strategy", LIMITS), path.name, shelf)


def parsed(text: str, where: str, shelf: Mapping[str, Strategy]) -> dict[str, Any]:
    """Return the recipe in a TOML text, checked."""
    body = parsed_toml(text, where, LIMITS)
    for key in body:
        choose(where, "", key, KEYS)
    for fault in chain(faults(body, shelf), _broken(body, shelf)):  # the latter once none is found
        raise BadInput(where, fault.key, fault.value, fault.allowed)
    return body


def _broken(body: Mapping[str, Any], shelf: Mapping[str, Strategy]) -> Iterator[Fault]:
    """Yield what a person wrote as 3.0 where a whole number belongs: it may be meant as another."""
    base = shelf[body["base"]]
    for part, now, bounds in (
        ("params", base.params, PARAMS), ("organisation", base.organisation, LEVERS)
    ):  # fmt: skip
        for name, value in body.get(part, {}).items():
            like = getattr(now, name)
            if isinstance(value, float) and isinstance(like, int):
                yield Fault(f"{part}.{name}", value, allowed_for(like, bounds[name]))


class Recipe(Form):
    """A strategy's file, for editors; `faults` checks it against the shelf as well."""

    name: str = Field(pattern="^[a-z][a-z0-9_]{0,40}$", description="short name")
    base: str = Field(description="a strategy on the shelf, from which it differs")
    title: dict[Literal["en", "zh"], str] = Field(default={}, description="title")
    why: dict[Literal["en", "zh"], str] = Field(default={}, description="idea")
    params: dict[str, float | bool] = Field(default={}, description="parameters that differ")
    organisation: dict[str, float | bool] = Field(default={}, description="levers that differ")
