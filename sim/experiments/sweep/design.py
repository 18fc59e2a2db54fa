"""The design of a sweep: which inputs move, between what, by which plan, and who plays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

from sim.core.errors import BadInput, choose
from sim.core.intake import Field, Form, checked, toml_of
from sim.scenario.changes import shape

KINDS = ("grid", "lhs", "sobol", "morris", "saltelli", "given")
POWERS = ("sobol", "saltelli")  #: plans that are balanced only for powers of two
MOST_POINTS = 100_000
LEVELS = 4  #: of a Morris plan, as its author advises
SCENARIO = "scenario"  #: the input that chooses among scenarios instead of moving a knob


class Input(NamedTuple):
    """What one input may be: any number between two ends, or one of several values."""

    values: tuple[Any, ...]
    between: bool = False

    def at(self, share: float, whole: bool) -> Any:
        """Return the value at *share* (0 to 1) of the way; equal shares for equal steps."""
        if not self.between:
            return self.values[min(int(share * len(self.values)), len(self.values) - 1)]
        low, high = self.values
        if whole:
            return min(int(low + share * (high - low + 1)), int(high))
        return low + share * (high - low)


class DesignFile(Form):
    """The form of a design's file; what its parts mean together, `Design` checks."""

    scenario: str = Field(description="name on the shelf, or a file")
    strategies: list[str] = Field(min_length=1, max_length=100, description="names or files")
    inputs: dict[str, Any] = Field(
        description="knob = [low, high], or a list of values; or the word `scenario`"
    )
    kind: Literal["grid", "lhs", "sobol", "morris", "saltelli", "given"] = Field(
        default="lhs", description="plan"
    )
    n: int = Field(default=16, ge=1, le=MOST_POINTS, description="levels, trajectories or points")
    replications: int = Field(default=5, ge=1, le=10_000, description="drawings of the world")
    seed: int = Field(default=0, ge=0, le=2**53 - 1, description="which luck")
    accounts: int | None = Field(default=None, ge=1, le=10_000_000, description="accounts")
    days: int | None = Field(default=None, ge=1, le=3_650, description="days")
    settings: list[str] = Field(default=[], max_length=1_000, description="path.to.knob=value")
    portfolio: str | None = Field(default=None, description="accounts of your own: a file")
    mapping: dict[str, str] = Field(default={}, description="our column = the file's")
    points: list[list[int | float | str | bool]] = Field(
        default=[], max_length=MOST_POINTS, description="rows of a `given` plan"
    )


@dataclass(frozen=True)
class Design:
    """A sweep as it is asked.

    Attributes
    ----------
    scenario
        Name on the shelf or file; where the inputs name scenarios, what the others start from.
    strategies
        Names on the shelf or files.
    inputs
        Knob (or the word ``scenario``) and what it may be.
    kind
        ``grid`` (all combinations), ``lhs`` (Latin hypercube), ``sobol`` (its sequence),
        ``morris`` (trajectories of single steps), ``saltelli`` (for Sobol indices), ``given``
        (the points themselves).
    n
        Levels of a range in a grid, trajectories of Morris, base points of Saltelli, else points.
    replications, seed, accounts, days, settings, portfolio, mapping
        As for `compare`; every point meets the same luck.
    points
        Rows of a ``given`` plan, one value per input.
    """

    scenario: str
    strategies: tuple[str, ...]
    inputs: Mapping[str, Input]
    kind: str = "lhs"
    n: int = 16
    replications: int = 5
    seed: int = 0
    accounts: int | None = None
    days: int | None = None
    settings: tuple[str, ...] = ()
    points: tuple[tuple[Any, ...], ...] = ()
    portfolio: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check(self)

    @classmethod
    def of(cls, body: Mapping[str, Any], where: str = "design") -> Self:
        """Return the design that a dictionary describes, such as a file holds."""
        known = {f.name for f in fields(cls)}
        for key in body:
            choose(where, "key", key, known)
        for key in ("scenario", "strategies", "inputs"):
            if key not in body:
                raise BadInput(where, key, "missing", "needed")
        inputs = _flat(body["inputs"], where)
        sound = checked(DesignFile, body, where).model_dump(exclude_unset=True)
        lists = {k: tuple(sound[k]) for k in ("strategies", "settings") if k in sound}
        points = tuple(tuple(p) for p in sound.get("points", ()))
        try:
            return cls(**sound | lists | {"inputs": inputs, "points": points})
        except BadInput as refused:
            raise BadInput(where, refused.key, refused.value, refused.allowed) from None

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a design from a TOML file."""
        return cls.of(toml_of(path, path), Path(path).name)

    def plain(self) -> dict[str, Any]:
        """Return the design as JSON and `of` know it; what is not set stays away."""
        body = {k: v for k, v in asdict(self).items() if v not in (None, (), [], {})}
        body["inputs"] = {name: _written(one) for name, one in self.inputs.items()}
        for key in ("strategies", "settings", "points"):
            if key in body:
                body[key] = [list(v) if isinstance(v, tuple) else v for v in body[key]]
        return body


def _written(one: Input) -> Any:
    """Return an input as a file writes it; two single values are no range."""
    if one.between or len(one.values) != 2:
        return list(one.values)
    return {"values": list(one.values)}


def _flat(body: Any, where: str, above: str = "") -> dict[str, Input]:
    """Return the inputs; TOML reads an unquoted dotted key as tables in each other."""
    if not isinstance(body, Mapping):
        raise BadInput(where, "inputs", body, "a table: knob = [low, high], or a list of values")
    found: dict[str, Input] = {}
    for key, value in body.items():
        path = f"{above}{key}"
        if isinstance(value, Mapping) and set(value) != {"values"}:
            found |= _flat(value, where, f"{path}.")
        else:
            found[path] = _input(where, path, value)
    return found


def _input(where: str, path: str, value: Any) -> Input:
    single = isinstance(value, Mapping)
    values = value["values"] if isinstance(value, Mapping) else value
    if not isinstance(values, list | tuple) or len(values) < 2:
        raise BadInput(where, path, value, "[low, high], or a list of two values or more")
    for one in values:
        if not isinstance(one, int | float | str) or one != one:
            raise BadInput(where, path, value, "numbers, words, true or false")
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    between = not single and len(values) == 2 and numbers
    if between and not values[0] < values[1]:
        raise BadInput(where, path, value, "[low, high], low below high")
    return Input(tuple(values), between)


def whole(name: str) -> bool:
    """Tell whether an input takes whole numbers only; what is no knob takes any."""
    try:
        return shape(name).kind == "whole"
    except BadInput:
        return False


def count(d: Design) -> int:
    """Return how many points the design has."""
    k = len(d.inputs)
    if d.kind == "given":
        return len(d.points)
    if d.kind == "grid":
        total = 1
        for one in d.inputs.values():
            total *= d.n if one.between else len(one.values)
        return total
    return d.n * {"morris": k + 1, "saltelli": k + 2}.get(d.kind, 1)


def _check(d: Design) -> None:
    choose("design", "kind", d.kind, KINDS)
    for key, low, high in (
        ("n", 1, MOST_POINTS), ("replications", 1, 10_000), ("seed", 0, 2**53 - 1),
        ("accounts", 1, 10_000_000), ("days", 1, 3_650),
    ):  # fmt: skip
        number = getattr(d, key)
        if number is None and key in ("accounts", "days"):
            continue
        if type(number) is not int or not low <= number <= high:
            raise BadInput("design", key, number, f"a whole number from {low} to {high}")
    if not d.strategies or len(set(d.strategies)) < len(d.strategies):
        raise BadInput("design", "strategies", list(d.strategies), "names, each at most once")
    if not d.inputs:
        raise BadInput("design", "inputs", {}, "at least one input")
    if d.kind in POWERS and d.n & (d.n - 1):
        raise BadInput("design", "n", d.n, f"a power of two: {d.kind} is balanced only then")
    if d.kind == "grid" and d.n < 2:
        raise BadInput("design", "n", d.n, "at least 2 levels")
    _check_points(d)


def _check_points(d: Design) -> None:
    if (d.kind == "given") is not bool(d.points):
        allowed = "a list of points" if d.kind == "given" else 'none, unless kind = "given"'
        raise BadInput("design", "points", f"{len(d.points)} points", allowed)
    for point in d.points:
        if len(point) != len(d.inputs):
            raise BadInput("design", "points", list(point), f"{len(d.inputs)} values")
    if not count(d) <= MOST_POINTS:
        raise BadInput("design", "n", d.n, f"at most {MOST_POINTS} points; these are {count(d)}")


def grid_values(one: Input, levels: int, *, whole: bool) -> Sequence[Any]:
    """Return what an input is at each level of a grid; a whole number once."""
    if not one.between:
        return one.values
    low, high = one.values
    steps = [low + (high - low) * i / (levels - 1) for i in range(levels)]
    return list(dict.fromkeys(round(s) for s in steps)) if whole else steps
