"""The form of a lesson: a story, twins, two or more treatments, a question.

A lesson is one TOML file. It says who the borrowers are and what is done to them, never what
comes out: the right answer is computed from the run.
"""

from __future__ import annotations

from typing import Any, Literal

from sim.core.knobs import Section, knob
from sim.scenario import Text

ToneName = Literal["warm", "neutral", "firm", "stern", "abusive"]
OfferName = Literal["none", "instalments", "extension", "waiver", "write_down"]
VoiceName = Literal["none", "phone", "bot", "visit"]
Drawn = Literal["drawn", "yes", "no"]
Goal = Literal["repaid", "up_to_date", "in_touch", "planned"]
NEVER_DAY = -1  #: a day that does not come


class Treatment(Section):
    """One fixed way to treat a borrower, in levers that a strategy may have."""

    channel: VoiceName = knob("phone", "who speaks: phone, bot, visit or nobody")
    tone: ToneName = knob("neutral", "tone of talks and messages")
    per_week: float = knob(5.0, "attempts in a week of five working days", low=0, high=42)
    after_talk: int = knob(3, "days of rest from a talk on, its own day included", low=0, high=90)
    calls_from: int = knob(0, "first day of calls", low=0, high=3_650)
    calls: int = knob(0, "talks after which the calls end; 0: never", low=0, high=1_000)
    offer: OfferName = knob("none", "what is put on the table")
    months: int = knob(3, "months of the offer", low=1, high=60)
    share: float = knob(0.0, "share given up by a waiver or write-down", low=0, high=0.9)
    offer_from: int = knob(0, "first day of the offer", low=0, high=3_650)
    offer_after: int = knob(0, "failed talks in a row before the offer", low=0, high=100)
    needs_reason: bool = knob(False, "the offer waits until the reason is known")
    soften: bool = knob(False, "the talk is warm once the offer is on the table")
    sms_every: int = knob(0, "days between text messages; 0: none", low=0, high=365)
    letter_day: int = knob(NEVER_DAY, "day of a formal letter; -1: none", low=-1, high=3_650)
    lawyer_day: int = knob(NEVER_DAY, "day of a lawyer's letter; -1: none", low=-1, high=3_650)
    visit_day: int = knob(NEVER_DAY, "day of the first visit; -1: none", low=-1, high=3_650)
    visits: int = knob(3, "visits at most, one a week", low=1, high=50)
    visit_tone: ToneName = knob("warm", "tone at the door")
    sue_day: int = knob(NEVER_DAY, "day of filing suit; -1: never", low=-1, high=3_650)
    sue_above: float = knob(0.0, "smallest claim that is sued", unit="CNY", low=0, high=1e9)


class Arm(Section):
    """One treatment of the twins: a fixed one, or a strategy from the shelf."""

    id: str = ""
    title: Text = Text()
    does: Text = Text()
    treatment: Treatment = Treatment()
    strategy: str = ""
    params: dict[str, Any] = knob({}, "parameters of the strategy that differ")
    levers: dict[str, Any] = knob({}, "levers on the organisation that differ")
    settings: dict[str, Any] = knob({}, "scenario's knobs that differ, by dotted path")
    start: Literal["in_place", "from_today"] = "in_place"
    scripted: bool = knob(True, "people keep to the script and to good conduct")
    repaired_on: int = knob(NEVER_DAY, "day on which the phone number is put right", low=-1)
    cost: float = knob(0.0, "cost of the means for each account", unit="CNY", low=0, high=1e6)


class Twins(Section):
    """The borrowers of a lesson: alike in what the story says, different in everything else."""

    number: int = knob(200, "borrowers", low=10, high=5_000)
    kinds: dict[str, float] = knob({}, "shares of kinds; none: as in the scenario")
    days_late: int = knob(1, "days late on the first day", low=1, high=1_000)
    instalment: float = knob(0.0, "instalment; 0: as drawn", unit="CNY", low=0, high=1e7)
    left: int = knob(
        0, "instalments not yet paid, those due included; 0: as drawn", low=0, high=360
    )
    short: Drawn = knob("drawn", "short of income on the first day")
    cash: float = knob(-1.0, "cash at hand; -1: as drawn", unit="instalments", low=-1, high=100)
    payday_from: int = knob(0, "days to the next payday, at least", low=0, high=29)
    payday_to: int = knob(29, "days to the next payday, at most", low=0, high=29)
    slack: float = knob(1.0, "free cash a month", unit="multiplier", low=0, high=100)
    reach: float = knob(1.0, "contactability", unit="multiplier", low=0, high=10)
    number_dead: Drawn = knob("drawn", "the phone number is wrong")
    address_right: Drawn = knob("drawn", "the address is right")
    region: int = knob(-1, "region, 0 near to 3 remote; -1: as drawn", low=-1, high=3)
    grade: int = knob(-1, "credit grade, 0 good to 4 bad; -1: as drawn", low=-1, high=4)
    proud_above: float = knob(0.0, "only who takes resentment above this", low=0, high=10)


class Option(Section):
    """One answer, and when it is right."""

    text: Text = Text()
    above: float = -1e18
    upto: float = 1e18
    arms: tuple[str, ...] = ()
    signs: tuple[Literal["+", "-", "="], ...] = ()


class Question(Section):
    """What is predicted, and how the run answers it.

    ``range``: the measure under `arm`, less that under `against`, lies in the option's range.
    ``best``: the option names the arm with the highest (or lowest) value, one per measure.
    ``order``: the option names the arms from high to low. ``signs``: the option names the signs
    of the differences, one per measure.
    """

    ask: Text = Text()
    rule: Literal["range", "best", "order", "signs"] = "range"
    measures: tuple[str, ...] = ("repaid",)
    arm: str = ""
    against: str = ""
    among: tuple[str, ...] = ()
    lowest: bool = False
    margin: float = knob(0.0, "differences below this are none", low=0)
    relative: bool = knob(False, "the difference is in per cent of the other arm's value")
    options: tuple[Option, ...] = ()


class Amount(Section):
    """The slider: a number out of 100 borrowers."""

    ask: Text = Text()
    measure: Goal = "repaid"
    arm: str = ""
    against: str = ""


class Counter(Section):
    """The counter-example: a changed setting in which the answer may turn."""

    title: Text = Text()
    says: Text = Text()
    changes: dict[str, Any] = knob({}, "what differs, by dotted path; see `shelf.changed`")


class Dial(Section):
    """One number that may be turned after the lesson."""

    title: Text = Text()
    unit: Text = Text()
    path: str = ""
    values: tuple[float, ...] = ()


class Lesson(Section):
    """One lesson; see `docs/lessons.md`."""

    id: str = ""
    number: int = knob(1, "place on the shelf", low=1, high=999)
    title: Text = Text()
    minutes: int = knob(10, "minutes in class", low=1, high=240)
    stage: Literal["works", "fails", "strategy"] = "works"
    source: Text = Text()
    story: Text = Text()
    days: int = knob(90, "horizon", unit="days", low=7, high=1_095)
    scenario: str = "weilidai"
    settings: dict[str, Any] = knob({}, "scenario's knobs that differ, by dotted path")
    sandbox: bool = knob(False, "unlawful tones are played")
    floor: bool = knob(False, "strategies on a floor with seats and queues")
    goal: Goal = "repaid"
    twins: Twins = Twins()
    arms: tuple[Arm, ...] = ()
    compared: tuple[str, str] = ("", "")
    question: Question = Question()
    amount: Amount = Amount()
    mechanism: Text = Text()
    honest: Text = Text()
    counter: Counter = Counter()
    dial: Dial = Dial()

    def arm(self, name: str) -> Arm:
        """Return the arm with the id *name*."""
        return next(arm for arm in self.arms if arm.id == name)

    @property
    def names(self) -> tuple[str, ...]:
        """Ids of the arms."""
        return tuple(arm.id for arm in self.arms)
