"""The form of a timetable: phases for readers, entries for the engines.

An entry moves one lever, a group of levers, the policy or one of its parameters, from a month on,
over so many months, and says who owns it and what it costs. It says what is done, never what comes
of it. Months count from 1.
"""

from __future__ import annotations

from typing import Literal

from sim.core.domain import Organisation
from sim.core.knobs import Section, knob
from sim.scenario import Text

MONTHS = 12  #: the horizon of a roll-out unless another is asked for
LONGEST = 60  #: months
MONEY = ("fixed_monthly", "one_off", "lead_months", "ramp_months")  #: no levers of a timetable
LEVERS = tuple(name for name in Organisation._fields if name not in MONEY)
POLICY = "policy"  #: the lever that is the policy itself
PARAMS = "params."  #: begins the lever that is one of the policy's parameters
#: Levers that move together, as the source documents speak of them.
GROUPS: dict[str, tuple[str, ...]] = {
    "people": ("hire_skill", "wage_factor", "own_seats"),
    "training": ("training_hours", "resilience"),
    "incentives": ("incentive", "scorecard", "bottom_exit"),
    "sharing": ("shared_notes", "supervisor_after", "knowledge"),
    "process": ("coaching_hours",),
    "channels": (
        "purse_share",
        "bot_ports",
        "self_service",
        "repair",
        "letter_share",
        "visit_share",
        "suit_share",
        "idle_days",
        "rest_to_purse",
        "debits",
        "report_from",
        "purse_to_seats",
    ),
    "hours": ("evening_share", "saturday_share"),
    "outside_the_office": (
        "field_share",
        "visits_a_trip",
        "legal_share",
        "agency_seats",
        "sell_from",
    ),
    "everything": LEVERS,
}
Topic = Literal[
    "classification", "channels", "care", "data", "compliance", "appraisal", "people", "process"
]


class Phase(Section):
    """A stretch of months with a title."""

    title: Text = Text()
    first: int = knob(1, "first month", low=1, high=LONGEST)
    last: int = knob(1, "last month", low=1, high=LONGEST)


class Entry(Section):
    """One line of the timetable."""

    title: Text = Text()
    topic: Topic = "process"
    lever: str = knob("", "a lever, a group of levers, policy, or params.<name>")
    to: float | bool | None = knob(None, "value that the lever moves to")
    as_in: str = knob("", "strategy whose value it moves to")
    start: int = knob(1, "first month in force", low=1, high=LONGEST)
    ramp: int = knob(0, "months to full effect; 0: at once", low=0, high=LONGEST)
    last: int = knob(0, "last month in force; 0: it stays", low=0, high=LONGEST)
    owner: Text = Text()
    one_off: float = knob(0.0, "spent once, at its start", unit="CNY", low=0, high=1e11)
    monthly: float = knob(0.0, "spent in each month in force", unit="CNY/month", low=0, high=1e10)
    cited: tuple[str, ...] = knob((), "which of its numbers the source says; the rest is assumed")
    source: str = knob("", "where these are said")

    def runs(self, month: int) -> bool:
        """Tell whether it is in force in *month* (0 is the first)."""
        return self.start <= month + 1 and (self.last == 0 or month + 1 <= self.last)

    def share(self, month: int) -> float:
        """Share of its full effect in *month* (0 is the first): a straight line, then all."""
        if not self.runs(month):
            return 0.0
        return 1.0 if self.ramp == 0 else min(1.0, (month + 2.0 - self.start) / self.ramp)

    def mark(self, key: str) -> str:
        """Return ``cited`` where the source says the number, else ``assumed``."""
        return "cited" if key in self.cited else "assumed"


class Timetable(Section):
    """What is in force month by month, from the present practice on."""

    name: str = knob("", "short name")
    title: Text = Text()
    why: Text = Text()
    present: str = knob("phone_only", "strategy in force before anything begins")
    phases: tuple[Phase, ...] = ()
    entries: tuple[Entry, ...] = ()

    @property
    def compliance(self) -> int | None:
        """First month in which anything about compliance is in force; None where nothing is."""
        return min((e.start for e in self.entries if e.topic == "compliance"), default=None)

    @property
    def names(self) -> tuple[str, ...]:
        """Strategies that it speaks of, the present one first."""
        return tuple(dict.fromkeys([self.present, *(e.as_in for e in self.entries if e.as_in)]))

    def idle(self) -> Timetable:
        """Return the timetable on which nothing ever begins: the present practice goes on."""
        title = Text(en="Present practice", zh="现行做法")
        return Timetable(name="present", title=title, present=self.present)
