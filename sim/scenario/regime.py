"""A change of regime in mid-run: from a month on, some knobs have other values.

Only what the world is made of month by month can change: the book, the calendar and what money is
worth are fixed on the first day.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field, field_validator

from sim.core.errors import BadInput
from sim.core.knobs import Section

#: Sections that are read anew each month.
SECTIONS = ("law", "channels", "floor", "people", "borrower", "court", "agency")
#: What is read once, on the first day.
FIXED = {
    "floor.weekdays": "the calendar is drawn once",
    "floor.country": "the calendar is drawn once",
} | dict.fromkeys(
    (
        f"borrower.{name}"
        for name in ("slack_sd", "reach_log_mean", "reach_sd", "will_sd", "pride_sd")
    ),
    "people are what they are from their entry on",
)


class Regime(Section):
    """Knobs that change together."""

    from_month: int = Field(
        ge=1,
        le=120,
        description="month from which it holds; 1: from the first day on, on the book as it was",
    )
    set: dict[str, Any] = Field(min_length=1, description="path of a knob = its new value")

    @field_validator("set")
    @classmethod
    def _readable(cls, changes: dict[str, Any]) -> dict[str, Any]:
        for path in changes:
            if path in FIXED:
                raise ValueError(f"{path} cannot change in mid-run: {FIXED[path]}")
            if path.partition(".")[0] not in SECTIONS:
                allowed = ", ".join(f"{name}.*" for name in SECTIONS)
                raise ValueError(f"{path} cannot change in mid-run; allowed: {allowed}")
        return changes


def laid_over(body: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return the nested *body* with the dotted *changes* put in place; refuse unknown paths."""
    for path, value in changes.items():
        *above, last = path.split(".")
        here = body
        for name in above:
            here = here.get(name, {}) if isinstance(here, dict) else {}
        if not isinstance(here, dict) or last not in here or isinstance(here[last], dict):
            raise BadInput("regime", path, value, "a knob (see `dunning show`)")
        here[last] = value
    return body
