"""The levers in which two strategies differ, as players who can join one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from sim.core.domain import Organisation
from sim.core.errors import BadInput
from sim.scenario import Text
from sim.strategies import Strategy

POLICY = "policy"  #: whom to contact when, how and with what: `decide` and its parameters
#: Levers that join together; one that is in no group joins by itself.
GROUPS: dict[str, tuple[str, ...]] = {
    "people": (
        "hire_skill", "wage_factor", "training_hours", "incentive", "knowledge", "resilience",
        "scorecard", "bottom_exit", "cohesion",
    ),
    "supervision": (
        "shared_notes", "coaching_hours", "inspection", "machine_inspection", "supervisor_after",
    ),
    "channels": (
        "purse_share", "bot_ports", "self_service", "repair", "letter_share", "visit_share",
        "suit_share", "idle_days", "rest_to_purse", "debits", "report_from", "purse_to_seats",
    ),
    "capacity": (
        "seat_share", "own_seats", "field_share", "visits_a_trip", "legal_share", "agency_seats",
        "sell_from", "evening_share", "saturday_share",
    ),
    "set_up": ("fixed_monthly", "one_off", "lead_months", "ramp_months"),
}  # fmt: skip
TITLES = {
    POLICY: Text(en="Whom, when, how", zh="催收决策"),
    "people": Text(en="People", zh="人员"),
    "supervision": Text(en="Coaching and control", zh="辅导与质检"),
    "channels": Text(en="Channels and tracing", zh="渠道与信息修复"),
    "capacity": Text(en="Seats and desks", zh="坐席与岗位"),
    "set_up": Text(en="Cost of the set-up", zh="建设与固定成本"),
}


class Player(NamedTuple):
    """What joins at once: the policy, or levers on the organisation."""

    name: str
    fields: tuple[str, ...]  #: of the organisation in which the two differ; none for the policy

    def title(self, lang: str) -> str:
        """Return what it is called; a single lever by its own name."""
        return str(getattr(TITLES[self.name], lang)) if self.name in TITLES else self.name


def players(mine: Strategy, theirs: Strategy, *, single: bool = False) -> list[Player]:
    """Return who can join on the way from *theirs* to *mine*; with *single* lever by lever."""
    apart = [
        f for f in Organisation._fields
        if getattr(mine.organisation, f) != getattr(theirs.organisation, f)
    ]  # fmt: skip
    found: list[Player] = [] if _same_policy(mine, theirs) else [Player(POLICY, ())]
    groups = {} if single else GROUPS
    alone = [f for f in apart if not any(f in group for group in groups.values())]
    found += [
        Player(name, fields)
        for name, group in groups.items()
        if (fields := tuple(f for f in group if f in apart))
    ]
    found += [Player(f, (f,)) for f in alone]
    if not found:
        raise BadInput("--against", "", theirs.name, f"another strategy than {mine.name!r}")
    return found


def _same_policy(mine: Strategy, theirs: Strategy) -> bool:
    return mine.decide is theirs.decide and mine.params == theirs.params


def mixture(mine: Strategy, theirs: Strategy, joined: Iterable[Player]) -> Strategy:
    """Return *theirs* with what has *joined* from *mine*."""
    who: Sequence[Player] = tuple(joined)
    changes = {f: getattr(mine.organisation, f) for p in who for f in p.fields}
    mixed = theirs.organised(**changes)
    if any(p.name == POLICY for p in who):
        mixed = replace(mixed, decide=mine.decide, params=mine.params)
    return replace(mixed, reference=False, fit=None)
