"""A question as it is asked: every option with its value, as a manifest, a command and Python."""

from __future__ import annotations

import hashlib
import shlex
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from dataclasses import field as entry
from pathlib import Path
from typing import Annotated, Any, Literal

from sim.agents.population import Filed
from sim.compare import sequential
from sim.core.errors import BadInput, choose
from sim.core.intake import Field, Form, checked
from sim.play.own_book import book_words, from_portfolio
from sim.play.run import Setting, setting
from sim.play.staging import GROUPS, PRESENT
from sim.scenario import Scenario
from sim.store.portfolio import Portfolio, read
from sim.store.runs import fingerprint, places
from sim.store.runs.form import FileForm, OwnForm
from sim.strategies import Strategy, made, named

OPTIONS = ("accounts", "days", "seed", "budget", "start", "book", "baseline", "engine")
USUAL = {"value": "played", "continuation": PRESENT, "groups": GROUPS}  #: said where it is not
OPTIONAL = ("most", "seconds", "looks")  #: said only where there is something to say


@dataclass(frozen=True)
class File:
    """A portfolio file: where it was, what it held, which of its columns are ours."""

    path: str
    fingerprint: str
    mapping: dict[str, str]

    def words(self) -> list[str]:
        """Return the options of a command line that name it."""
        return book_words(self.path, self.mapping)


@dataclass(frozen=True)
class Own:
    """A strategy of the user's own: the file it came from, and what stood there."""

    source: str
    recipe: dict[str, Any]


@dataclass(frozen=True)
class Question:
    """What is asked of `compare`, resolved: every option has its value."""

    scenario: Scenario
    source: str  #: the scenario's name on the shelf or its path, as asked
    settings: tuple[str, ...]
    strategies: tuple[str, ...]
    replications: int | None  #: None: as many as the deciding differences need
    seed: int
    accounts: int
    days: int
    budget: str
    start: str
    book: str
    engine: str
    baseline: str
    portfolio: File | None = None
    own: dict[str, Own] = entry(default_factory=dict)  #: by the strategy's name
    most: int | None = None  #: budget of `auto`, in replications
    seconds: float | None = None  #: and in time
    looks: tuple[int, ...] = ()  #: replications after which the verdict was seen before
    value: str = "played"  #: what is open is played on, or looked up in a table
    continuation: str = PRESENT
    groups: int = GROUPS

    @property
    def planned(self) -> int:
        """Replications to begin with."""
        if self.replications is None:
            return sequential.first(self.most, self.looks)
        return self.replications

    def chosen(self) -> tuple[Strategy, ...]:
        """Return the strategies; own ones as they were when it was asked."""
        return tuple(
            made(self.own[n].recipe, self.own[n].source) if n in self.own else named(n)
            for n in self.strategies
        )

    def _asked(self) -> list[str]:
        """Return the strategies as they are typed."""
        return [self.own[n].source if n in self.own else n for n in self.strategies]

    def to_dict(self) -> dict[str, Any]:
        """Return the question as a manifest keeps it; the scenario stands beside it."""
        body = {k: v for k, v in vars(self).items() if k not in ("scenario", "portfolio", "own")}
        body = {k: v for k, v in body.items() if k not in OPTIONAL or v}
        body = {k: v for k, v in body.items() if USUAL.get(k) != v}
        body |= {"scenario": self.scenario.name, "replications": self.replications or "auto"}
        if self.own:
            body["own"] = {name: asdict(own) for name, own in self.own.items()}
        return body | ({"portfolio": asdict(self.portfolio)} if self.portfolio else {})

    def command(self) -> str:
        """Return the command line that asks the same."""
        words = ["dunning", "compare", self.source, "--strategies", ",".join(self._asked())]
        for name in (*OPTIONS, *self._unusual()):
            words += [f"--{name}", str(getattr(self, name))]
        words += ["--replications", str(self.replications or "auto")]
        words += [w for name in OPTIONAL for w in self._optional(name)]
        words += [word for text in self.settings for word in ("--set", text)]
        return shlex.join([*words, *(self.portfolio.words() if self.portfolio else [])])

    def _unusual(self) -> tuple[str, ...]:
        """Return how open claims are valued, and the groups, where it is not as usual."""
        return tuple(name for name, usual in USUAL.items() if getattr(self, name) != usual)

    def _optional(self, name: str) -> tuple[str, ...]:
        value = getattr(self, name)
        text = ",".join(map(str, value)) if isinstance(value, tuple) else f"{value}"
        return (f"--{name}", text) if value else ()

    def python(self) -> str:
        """Return the same as Python."""
        lines = ["from sim import Scenario, compare", ""]
        lines += [f"scenario = Scenario.load({self.source!r}, {list(self.settings)!r})"]
        names = ("seed", *(n for n in OPTIONS if n != "seed"), *self._unusual())
        options = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        counted: dict[str, Any] = {"replications": self.replications or "auto"}
        counted |= {name: getattr(self, name) for name in OPTIONAL if getattr(self, name)}
        if self.portfolio:
            counted |= {"portfolio": self.portfolio.path, "mapping": self.portfolio.mapping}
        options = ", ".join([*(f"{k}={v!r}" for k, v in counted.items()), options])
        asked = f"{self._asked()!r}, {options}"
        return "\n".join([*lines, f"result = compare(scenario, {asked})"])


class QuestionForm(Form):
    """The question as a manifest keeps it."""

    source: str
    scenario: str
    settings: tuple[str, ...] = ()
    strategies: tuple[str, ...] = Field(min_length=1, max_length=1_000)
    replications: int | Literal["auto"]
    seed: int = Field(ge=0, le=2**53 - 1)
    accounts: int = Field(ge=1, le=10_000_000)
    days: int = Field(ge=1, le=3_650)
    budget: Literal["same", "own"]
    start: Literal["in_place", "from_today"]
    book: Literal["new", "same", "frozen"]
    engine: Literal["story", "fast", "auto"]
    baseline: str
    portfolio: FileForm | None = None
    own: dict[str, OwnForm] = Field(default={})
    most: int | None = Field(default=None, ge=1, le=100_000)
    seconds: float | None = Field(default=None, gt=0)
    looks: tuple[Annotated[int, Field(ge=1, le=100_000)], ...] = ()


def from_manifest(where: object, manifest: Mapping[str, Any]) -> Question:
    """Return the question of a run, or say in one line what its manifest lacks."""
    place = f"{where}: question"
    body = checked(QuestionForm, manifest["question"], place)
    choose(place, "baseline", body.baseline, body.strategies)
    counted = body.replications if isinstance(body.replications, int) else None
    if counted is not None and not 1 <= counted <= 100_000:
        raise BadInput(place, "replications", counted, "a whole number from 1 to 100000")
    file = body.portfolio
    parts: dict[str, Any] = {
        "scenario": Scenario.parse(manifest["scenario"], f"{where}: scenario"),
        "replications": counted,
        "portfolio": File(file.path, file.fingerprint, dict(file.mapping)) if file else None,
        "own": {name: Own(one.source, dict(one.recipe)) for name, one in body.own.items()},
    }
    found = Question(**{k: getattr(body, k) for k in QuestionForm.model_fields} | parts)
    found.chosen()
    settle(found)
    return found


def settle(q: Question, late: tuple[Filed, ...] = ()) -> Setting:
    """Return the setting in which the question is played, or refuse what is out of bounds."""
    return setting(
        q.scenario, q.seed, q.accounts, q.days, q.budget, q.start, q.book, late, q.engine,
        q.value, q.continuation, q.groups,
    )  # fmt: skip


def prints(question: Question) -> dict[str, Any]:
    """Return the fingerprints of the scenario and of each strategy."""
    strategies = {s.name: strategy_print(s) for s in question.chosen()}
    return {"scenario": question.scenario.fingerprint, "strategies": strategies}


def strategy_print(s: Strategy) -> str:
    """Return digits that change with a strategy's parameters, levers and code."""
    source = sys.modules[s.decide.__module__].__file__
    code = hashlib.sha256(Path(source).read_bytes()).hexdigest() if source else ""
    return fingerprint({"params": s.params, "organisation": s.organisation, "code": code})


# --- portfolio -----------------------------------------------------------------------------------


def portfolio_of(file: File) -> Portfolio:
    """Read the portfolio again; refuse a file that is not the one the run began with."""
    found = read(places.found(file.path, file.fingerprint), mapping=file.mapping)
    if file.fingerprint not in ("", found.fingerprint):
        allowed = f"{file.fingerprint[:12]!r}, the file with which the run began"
        raise BadInput(file.path, "fingerprint", found.fingerprint[:12], allowed)
    return found


def accounts_of(question: Question, portfolio: Portfolio | None = None) -> tuple[Filed, ...]:
    """Return the accounts of the question's portfolio; none where the book is drawn."""
    if question.portfolio is None:
        return ()
    return from_portfolio(portfolio or portfolio_of(question.portfolio), question.accounts)
