"""A question as it is asked: every option with its value, as a manifest, a command and Python."""

from __future__ import annotations

import hashlib
import shlex
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sim.agents.population import Filed
from sim.compare import sequential
from sim.core.errors import BadInput
from sim.play.run import Setting, from_portfolio, setting
from sim.scenario import Scenario
from sim.store.portfolio import Portfolio, read
from sim.store.runs import fingerprint
from sim.strategies import Strategy, made, named

OPTIONAL = ("most", "seconds", "looks")  #: said only where there is something to say


@dataclass(frozen=True)
class File:
    """A portfolio file: where it was, what it held, which of its columns are ours."""

    path: str
    fingerprint: str
    mapping: dict[str, str]


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
    own: dict[str, Own] = field(default_factory=dict)  #: by the strategy's name
    most: int | None = None  #: budget of `auto`, in replications
    seconds: float | None = None  #: and in time
    looks: tuple[int, ...] = ()  #: replications after which the verdict was seen before

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
        body |= {"scenario": self.scenario.name, "replications": self.replications or "auto"}
        if self.own:
            body["own"] = {name: asdict(own) for name, own in self.own.items()}
        return body | ({"portfolio": asdict(self.portfolio)} if self.portfolio else {})

    def command(self) -> str:
        """Return the command line that asks the same."""
        words = ["dunning", "compare", self.source, "--strategies", ",".join(self._asked())]
        names = ("accounts", "days", "seed", "budget", "start", "book", "baseline", "engine")
        for name in names:
            words += [f"--{name}", str(getattr(self, name))]
        words += ["--replications", str(self.replications or "auto")]
        words += [w for name in OPTIONAL for w in self._optional(name)]
        words += [word for text in self.settings for word in ("--set", text)]
        if self.portfolio:
            words += ["--portfolio", self.portfolio.path]
            pairs = self.portfolio.mapping.items()
            words += [word for ours, theirs in pairs for word in ("--mapping", f"{ours}={theirs}")]
        return shlex.join(words)

    def _optional(self, name: str) -> tuple[str, ...]:
        value = getattr(self, name)
        text = ",".join(map(str, value)) if isinstance(value, tuple) else f"{value}"
        return (f"--{name}", text) if value else ()

    def python(self) -> str:
        """Return the same as Python."""
        late, lines = "", ["from sim import Scenario, compare", ""]
        lines += [f"scenario = Scenario.load({self.source!r}, {list(self.settings)!r})"]
        if self.portfolio:
            asked = f"{self.portfolio.path!r}, mapping={self.portfolio.mapping!r}"
            lines[1:1] = [
                "from sim.play.run import from_portfolio",
                "from sim.store.portfolio import read",
            ]
            lines += [f"late = from_portfolio(read({asked}), {self.accounts})"]
            late = "late=late, "
        names = ("seed", "accounts", "days", "budget", "start", "book", "baseline", "engine")
        options = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        counted = {"replications": self.replications or "auto"}
        counted |= {name: getattr(self, name) for name in OPTIONAL if getattr(self, name)}
        options = ", ".join([*(f"{k}={v!r}" for k, v in counted.items()), late + options])
        asked = f"{self._asked()!r}, {options}"
        return "\n".join([*lines, f"result = compare(scenario, {asked})"])


def from_manifest(where: object, manifest: Mapping[str, Any]) -> Question:
    """Return the question of a run, or say in one line what its manifest lacks."""
    body = dict(manifest["question"])
    scenario = Scenario.parse(manifest["scenario"], f"{where}: scenario")
    for key in ("settings", "strategies", "looks"):
        body[key] = tuple(body.get(key, ()))
    if body.get("replications") == "auto":
        body["replications"] = None
    file, own = body.pop("portfolio", None), body.pop("own", {})
    try:
        body["own"] = {name: Own(**one) for name, one in own.items()}
        found = Question(
            **body | {"scenario": scenario, "portfolio": File(**file) if file else None}
        )
        settle(found)
    except TypeError as error:
        raise BadInput(where, "question", "incomplete", f"a run of `compare` ({error})") from None
    return found


def settle(q: Question, late: tuple[Filed, ...] = ()) -> Setting:
    """Return the setting in which the question is played, or refuse what is out of bounds."""
    return setting(
        q.scenario, q.seed, q.accounts, q.days, q.budget, q.start, q.book, late, q.engine
    )


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
    found = read(file.path, mapping=file.mapping)
    if file.fingerprint not in ("", found.fingerprint):
        allowed = f"{file.fingerprint[:12]!r}, the file with which the run began"
        raise BadInput(file.path, "fingerprint", found.fingerprint[:12], allowed)
    return found


def accounts_of(question: Question, portfolio: Portfolio | None = None) -> tuple[Filed, ...]:
    """Return the accounts of the question's portfolio; none where the book is drawn."""
    if question.portfolio is None:
        return ()
    return from_portfolio(portfolio or portfolio_of(question.portfolio), question.accounts)
