"""What a search is asked: which levers move how far, what counts, and what may not get worse."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, NamedTuple, Self

from sim.compare.comparison import METRICS
from sim.core.domain import Organisation
from sim.core.errors import BadInput, choose
from sim.play.own_book import without_book
from sim.scenario import Scenario
from sim.strategies import USUAL, Strategy
from sim.strategies.recipe import LEVERS, PARAMS, params_of

OBJECTIVES = ("amount_recovered", "cost", "complaints")
SAMPLERS = ("tpe", "nsga2")
DECIDES = "net_value"  #: what the best compromise is chosen by
WIDE = 100.0  #: a range that needs no narrowing
TIMES = 3.0  #: how far above its present value a lever is searched where nobody says
#: Facts of the world or of the books, which nobody decides.
NO_DECISION = ("fixed_monthly", "one_off", "lead_months", "ramp_months", "drift", "lost")


class Reach(NamedTuple):
    """How far a lever may move, both ends allowed."""

    low: float
    high: float
    kind: str = "number"  #: number, whole or bool

    def value(self, raw: float) -> float | int | bool:
        """Return what a file says for *raw*: in its type, a number to three digits."""
        if self.kind == "number":
            return min(self.high, max(self.low, float(f"{raw:.3g}")))
        return bool(round(raw)) if self.kind == "bool" else round(raw)


class Limit(NamedTuple):
    """How far a metric may go: the loosest of what is given, judged against the base."""

    metric: str
    factor: float = math.nan  #: times the base's
    shift: float = math.nan  #: added to the base's
    value: float = math.nan  #: whatever the base's

    def bound(self, base: float) -> float:
        """Return the worst value that is allowed."""
        ends = [x for x in (self.factor * base, base + self.shift, self.value) if x == x]
        return max(ends) if METRICS[self.metric].better == "lower" else min(ends)

    def text(self) -> str:
        """Return it as the command line takes it."""
        parts = (
            f"{self.factor!r}x" if self.factor == self.factor else "",
            f"{self.shift:+}" if self.shift == self.shift else "",
            repr(self.value) if self.value == self.value else "",
        )
        return f"{self.metric}={'|'.join(filter(None, parts))}"


@dataclass(frozen=True)
class Question:
    """What is asked of a search; the same question gives the same answer."""

    scenario: str
    base: str
    levers: Mapping[str, Reach]
    limits: tuple[Limit, ...]
    objectives: tuple[str, ...] = OBJECTIVES
    shelf: tuple[str, ...] = tuple(USUAL)
    trials: int = 60
    replications: int = 6
    held_out: int = 20
    sampler: str = "tpe"
    seed: int = 0
    accounts: int | None = None
    days: int | None = None
    budget: str = "same"
    settings: tuple[str, ...] = ()
    portfolio: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check(self)

    @property
    def metrics(self) -> tuple[str, ...]:
        """Every metric that the search needs."""
        found = (*self.objectives, DECIDES, *(limit.metric for limit in self.limits))
        return tuple(dict.fromkeys(found))

    def plain(self) -> dict[str, Any]:
        """Return the question as JSON and `of` know it."""
        body = {k: v for k, v in without_book(asdict(self)).items() if v is not None}
        body["levers"] = {name: list(reach) for name, reach in self.levers.items()}
        body["limits"] = [limit.text() for limit in self.limits]
        return body | {k: list(body[k]) for k in ("objectives", "shelf", "settings")}

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Self:
        """Return the question that `plain` wrote."""
        for key in body:
            choose("question", "", key, {f.name for f in fields(cls)})
        lists = {k: tuple(body[k]) for k in ("objectives", "shelf", "settings") if k in body}
        levers = {name: Reach(*reach) for name, reach in body["levers"].items()}
        limits = limits_of(body["limits"])
        return cls(**{**body, **lists, "levers": levers, "limits": limits})


def _check(q: Question) -> None:
    for key, low, high in (
        ("trials", 1, 100_000), ("replications", 2, 10_000), ("held_out", 2, 10_000)
    ):  # fmt: skip
        number = getattr(q, key)
        if type(number) is not int or not low <= number <= high:
            raise BadInput(f"--{key.replace('_', '-')}", "", number, f"{low} to {high}")
    choose("--sampler", "", q.sampler, SAMPLERS)
    if not q.levers:
        raise BadInput("--levers", "", "nothing", "at least one lever")
    if not 1 <= len(set(q.objectives)) == len(q.objectives) <= 4:
        allowed = "one to four metrics, each at most once"
        raise BadInput("--objectives", "", ",".join(q.objectives), allowed)
    for name in (*q.objectives, *(limit.metric for limit in q.limits)):
        if METRICS[choose("metric", "", name, METRICS)].better == "neither":
            raise BadInput("metric", "", name, "a metric of which more is better, or less")
    for name, reach in q.levers.items():
        if not reach.low < reach.high:
            raise BadInput("--levers", name, f"{reach.low}:{reach.high}", "low below high")


def reaches_of(
    base: Strategy, asked: str | Sequence[str], budget: str = "same"
) -> dict[str, Reach]:
    """Return the levers to move and how far.

    Parameters
    ----------
    base
        Whose levers and parameters they are.
    asked
        Names, with commas between in a text; ``name=low:high`` for a range of one's own. Without
        one: the whole range of a share or a switch, else up to three times the present value.
    budget
        ``own`` lets the number of own seats be searched too.
    """
    words = [w.strip() for w in (asked.split(",") if isinstance(asked, str) else asked)]
    known = {**params_of(base), **base.organisation._asdict()}
    free = [n for n in known if n not in NO_DECISION and (n != "own_seats" or budget == "own")]
    found = {}
    for word in filter(None, words):
        name, equals, own = (part.strip() for part in word.partition("="))
        choose("--levers", "", name, free)
        if name in found:
            raise BadInput("--levers", "", name, "each lever at most once")
        found[name] = _own(name, own, known[name]) if equals else _usual(name, known[name])
    return found


def _kind(like: Any) -> str:
    return "bool" if isinstance(like, bool) else "whole" if isinstance(like, int) else "number"


def _usual(name: str, now: Any) -> Reach:
    bounds = (LEVERS | PARAMS)[name]
    narrow = bounds.high - bounds.low <= 1.0 or bounds.unit in ("fraction", "logit")
    if isinstance(now, bool) or narrow or (now <= 0 and bounds.high <= WIDE):
        return Reach(bounds.low, bounds.high, _kind(now))
    if now <= 0:
        raise BadInput("--levers", "", name, f"a range for it, such as {name}=0:{WIDE:g}")
    high = min(bounds.high, max(bounds.low + 1, TIMES * now))
    return Reach(bounds.low, high, _kind(now))


def _own(name: str, text: str, now: Any) -> Reach:
    low, _, high = text.partition(":")
    bounds, kind = (LEVERS | PARAMS)[name], _kind(now)
    try:
        reach = Reach(float(low), float(high), kind)
    except ValueError:
        raise BadInput("--levers", name, text, "low:high, such as 0:12") from None
    if not bounds.low <= reach.low < reach.high <= bounds.high:
        allowed = f"low:high within {bounds.low:g} to {bounds.high:g}"
        raise BadInput("--levers", name, text, allowed)
    if kind == "whole" and any(end != int(end) for end in reach[:2]):
        raise BadInput("--levers", name, text, "whole numbers")
    return reach


def limits_of(asked: Sequence[str]) -> tuple[Limit, ...]:
    """Return limits from texts such as ``complaints=1.1x``, ``satisfaction=-2``, ``breaches=0``.

    ``1.1x`` is a multiple of the base's value, a signed number is added to it, a plain one stands
    for itself; of several with ``|`` between the loosest holds.
    """
    found = []
    for text in asked:
        metric, _, bounds = (part.strip() for part in text.partition("="))
        choose("--limit", "", metric, METRICS)
        parts = {}
        for bound in bounds.split("|"):
            if not re.fullmatch(r"[+-]?\d+(\.\d*)?(e[+-]?\d+)?x?", bound.strip()):
                allowed = "1.1x (of the base's), +0.5 or -2 (from the base's), or a number"
                raise BadInput("--limit", metric, bounds, allowed)
            number = float(bound.strip().removesuffix("x"))
            if not math.isfinite(number):
                raise BadInput("--limit", metric, bounds, "a finite number")
            kind = "shift" if bound.strip()[0] in "+-" else "value"
            parts["factor" if bound.strip().endswith("x") else kind] = number
        found.append(Limit(metric, **parts))
    return tuple(found)


def usual_limits(scenario: Scenario) -> tuple[Limit, ...]:
    """Return the limits by which a comparison judges: complaints, breaches and satisfaction."""
    d = scenario.difference
    more = 1.0 + d.complaints
    return (
        Limit("complaints", factor=more, shift=d.complaints_floor),
        Limit("breaches", factor=more),
        Limit("satisfaction", shift=-d.satisfaction),
    )


def sorted_levers(levers: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return those that are parameters, and those of the organisation."""
    ours = set(Organisation._fields)
    params = {n: v for n, v in levers.items() if n not in ours}
    return params, {n: v for n, v in levers.items() if n in ours}


__all__ = ["Limit", "Question", "Reach", "limits_of", "reaches_of", "sorted_levers", "usual_limits"]
