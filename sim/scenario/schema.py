"""The scenario object: sections of knobs, frozen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from sim.core.knobs import KnobRow, Section, knob, rows
from sim.scenario.articles import begins
from sim.scenario.borrower import Borrower, Kinds, Tones
from sim.scenario.channels import OWN, SAID, Channels, applies, unread
from sim.scenario.files import parse, read
from sim.scenario.lender import Agency, Budget, Court, Difference, Floor, Law, Money, People
from sim.scenario.regime import Regime, laid_over

ONES = (1.0,) * 12
SET = "set by the scenario"
Share = Annotated[float, Field(ge=0, le=1)]
Factor = Annotated[float, Field(ge=0, le=100)]
FOUR = tuple[Share, Share, Share, Share]
FIVE = tuple[Share, Share, Share, Share, Share]
#: Between these the holidays are known, and a run of ten years ends in a year that exists.
EARLIEST, LATEST = date(1990, 1, 1), date(2100, 12, 31)


# One knob, one line: the tables read across.
# fmt: off

class Text(Section):
    """One sentence in both languages."""

    en: str = ""
    zh: str = ""


class Book(Section):
    """The book of overdue loans and its inflow."""

    accounts: int = knob(1_000, "accounts at the start", low=1, high=10_000_000)
    real_accounts: int = knob(630_000, "accounts of the real book that they stand for", low=1, high=1_000_000_000)
    days: int = knob(90, "horizon", unit="days", low=1, high=3_650)
    start: date = Field(default=date(2026, 3, 2), ge=EARLIEST, le=LATEST, description="first simulated day")
    entry_rate: float = knob(0.173, "accounts that become one day late, per starting account and month", low=0, high=20, source="first entries that keep the stock level in the pool; who comes back late is in the book already", mark="estimated")
    overdue_share: float = knob(0.04, "share of the lender's whole book that is overdue, by balance", low=0.0001, high=1, source="evidence B1.1, B1.4: about 2 % over 90 days and as much below")
    growth: float = knob(0.0, "growth of the inflow a month", low=-0.5, high=1, sweep=(-0.05, 0.05))
    coming_due: float = knob(0.55, "share of starting accounts that are current and coming due", low=0, high=0.95, source="share of the pool that has cured and still owes instalments; with it the stock is level", mark="estimated")
    older_than_m6: bool = knob(True, "the book holds accounts over 180 days late")
    loan_median: float = knob(2_900.0, "median loan", unit="CNY", low=1, high=1e8, source="evidence B1.8: mean 3,705 of Qifu 25Q3", mark="estimated")
    loan_sd: float = knob(0.7, "log spread of loans", low=0, high=3)
    count_low: int = knob(9, "fewest instalments", low=1, high=360, source="evidence B1.8: tenor 10.58 months", mark="estimated")
    count_high: int = knob(12, "most instalments", low=1, high=360, source="evidence B1.8: tenor 10.58 months", mark="estimated")
    regions: FOUR = knob((0.4, 0.3, 0.2, 0.1), "shares of regions, near to remote")
    grades: FIVE = knob((0.2, 0.3, 0.25, 0.15, 0.1), "shares of credit grades, good to bad")
    grade_signal: float = knob(0.3, "credit grades that tell willingness; the others tell nothing, and none tells ability", low=0, high=1, source="requirement E052, E130: a credit record is not ability; assumed")
    season: tuple[Factor, ...] = knob(ONES, "income by calendar month", unit="multiplier")
    address_valid: float = knob(1.0, "quality of addresses", unit="multiplier", low=0, high=1)
    phone_valid: float = knob(1.0, "quality of phone numbers, set by checks at origination", unit="multiplier", low=0, high=1)
    pool: int = knob(4_000, "entrants followed to season the older accounts", low=100, high=1_000_000)
    pool_days: int = knob(630, "days they are followed, until the last is repaid or written off", low=60, high=3_650)
    paydays: float = knob(0.5, "borrowers who are paid on the 5th, 10th, 15th or last of the month; the others on any day", low=0, high=1, source="practice of Chinese employers; share assumed", sweep=(0, 0.8))
    evening: float = knob(0.3, "borrowers who are best reached from 18 to 20 h; the others at any hour from 9 to 21", low=0, high=1, source="evidence A6.8: answers peak in the evening; share assumed", sweep=(0, 0.6))

    @field_validator("start", mode="before")
    @classmethod
    def _a_day(cls, given: Any) -> Any:
        """Refuse a moment, or a number of seconds, which would become a day."""
        if type(given) is not date and not isinstance(given, str):
            raise PydanticCustomError("date_type", "a date")
        return given

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for name in ("regions", "grades"):
            if abs(sum(getattr(self, name)) - 1.0) > 1e-6:
                raise ValueError(
                    f"the shares in {name} sum to {sum(getattr(self, name)):.6g}, not to 1"
                )
        if self.count_low > self.count_high:
            raise ValueError(
                f"count_low = {self.count_low} is above count_high = {self.count_high}"
            )
        if len(self.season) != 12:
            raise ValueError(f"season has {len(self.season)} numbers, not twelve")
        return self


class Estimate(Section):
    """A number that a fit found, and how: the knob keeps the mark while it keeps the number."""

    value: float
    low: float | None = None  #: lowest and highest value that the fit did not rule out
    high: float | None = None
    source: str = "fitted"


class Trial(Section):
    """The randomised log that models learn from."""

    accounts: int = knob(20_000, "accounts of the burn-in book", low=50, high=1_000_000, source="a fifteenth of the real book; with 2,500 what the models choose is mostly luck", sweep=(2_500, 50_000))
    days: int = knob(90, "days of the burn-in; an arm lasts a fortnight", low=7, high=1_000)
    randomised: float = knob(0.3, "share of account-weeks with a random treatment", low=0, high=1, source="design choice: a lender's own test cell")
    data_quality: float = knob(1.0, "share of records whose fields are right", low=0, high=1, sweep=(0.5, 1.0))


class Scenario(Section):
    """One question: a book of overdue loans, its borrowers, the lender's means, the law."""

    name: str = Field(default="base", pattern=r"^[a-z][a-z0-9_]*$", description="short name")
    title: Text = Text()
    question: Text = Text()
    book: Book = Book()
    kinds: Kinds = Kinds()
    borrower: Borrower = Borrower()
    tones: Tones = Tones()
    channels: Channels = Channels()
    floor: Floor = Floor()
    people: People = People()
    law: Law = Law()
    court: Court = Court()
    agency: Agency = Agency()
    money: Money = Money()
    budget: Budget = Budget()
    trial: Trial = Trial()
    difference: Difference = Difference()
    regime: tuple[Regime, ...] = Field(default=(), description="changes in mid-run")
    fitted: dict[str, Estimate] = Field(default={}, description="knobs that a fit found, by their paths (`dunning calibrate`)")

    @field_validator("channels")
    @classmethod
    def _only_what_is_read(cls, given: Channels) -> Channels:
        if fault := unread(given):
            raise ValueError(fault)
        return given

    @model_validator(mode="after")
    def _every_month_is_a_scenario(self) -> Self:
        months = [r.from_month for r in self.regime]
        if months != sorted(set(months)):
            raise ValueError("the regimes begin one after the other, each in a month of its own")
        for month in months:
            self.in_month(month - 1)
        return self

    @classmethod
    def load(cls, name: str | Path, settings: Iterable[str] = ()) -> Scenario:
        """Read the scenario *name* from the shelf, or the file at that path.

        Parameters
        ----------
        name
            A name on the shelf, or a path to a TOML file.
        settings
            Changes as ``path.to.knob=value``, applied last.

        Raises
        ------
        BadInput
            One line with file, key, value and what is allowed.
        """
        return read(cls, name, settings)

    @classmethod
    def parse(cls, body: Mapping[str, Any], where: str = "scenario") -> Scenario:
        """Validate a dictionary, such as a run's manifest keeps."""
        return parse(cls, body, where)

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits that change with every knob (texts aside)."""
        body = self.model_dump(mode="json", exclude={"title", "question", "fitted"})
        return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:16]

    def with_(self, changes: Mapping[str, Any]) -> Scenario:
        """Return a copy in which the dotted paths of *changes* have new values, validated."""
        body = self.model_dump()
        for path, value in changes.items():
            here = body
            *above, last = path.split(".")
            for name in above:
                here = here[name]
            if last not in here:
                raise KeyError(path)
            here[last] = value
        return Scenario.model_validate(body)

    def in_month(self, month: int) -> Scenario:
        """Return the scenario whose knobs hold in *month*; 0 is the first."""
        changes: dict[str, Any] = {}
        for one in self.regime:
            if one.from_month <= month + 1:
                changes |= one.set
        if not changes:
            return self
        body = self.model_dump(exclude={"regime"})
        return parse(Scenario, laid_over(body, changes), "regime")

    def since_month(self, month: int) -> int:
        """Return the first month since which the same knobs and rules hold as in *month*."""
        start, law = self.book.start, self.in_month(month).law
        turns = [one.from_month - 1 for one in self.regime]
        turns += [
            -(-(day - start).days // 30)
            for day in begins(law, start, start + timedelta(days=30 * month))
        ]
        return max((turn for turn in turns if turn <= month), default=0)

    @property
    def unlawful(self) -> bool:
        """Tell whether anything here is against the law: a sandbox, or rules suspended."""
        laws = [self.law, *(self.in_month(one.from_month - 1).law for one in self.regime)]
        return any(law.sandbox or law.suspended for law in laws)

    def knobs(self) -> list[KnobRow]:
        """List every knob with its present value, unit, mark, source and range.

        Fields that say nothing about their channel are none.
        A number that differs from the base is its author's: the base's source does not cover it.
        """
        base = {k.path: k.value for k in rows(Scenario())}
        return [
            k if k.value == base[k.path] else k._replace(**self._whence(k))
            for k in rows(self)
            if applies(k.path)
        ]

    def _whence(self, row: KnobRow) -> dict[str, Any]:
        found = self.fitted.get(row.path)
        if found is None or found.value != row.value:
            return {"mark": "assumed", "source": SET}
        said: dict[str, Any] = {"mark": "estimated", "source": found.source}
        if found.low is not None and found.high is not None and found.low < found.high:
            said["sweep"] = (found.low, found.high)
        return said


def json_schema() -> dict[str, Any]:
    """JSON Schema of a scenario file, for editors; `extends` is the file's own key."""
    schema = Scenario.model_json_schema()
    schema["properties"]["extends"] = {
        "type": "string",
        "description": "name or path of the scenario from which this one differs",
    }
    kinds = schema["$defs"]
    row, channels = kinds.pop("ChannelRow"), kinds["Channels"]["properties"]
    for name, entry in channels.items():  # each with what is read of its row
        keys = {k: v for k, v in row["properties"].items() if k in (*OWN[name], *SAID)}
        usual = {k: v for k, v in entry["default"].items() if k in keys}
        channels[name] = {**row, "properties": keys, "default": usual}
    return schema
