"""Changes from a scenario on the shelf: read as typed, checked all at once, written as TOML."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, NamedTuple, get_args, get_origin

from pydantic import ValidationError

from sim.core.errors import BadInput
from sim.core.textfile import unicode_text
from sim.scenario.channels import applies, settable
from sim.scenario.files import known, names
from sim.scenario.schema import Scenario

LARGEST = 200_000  #: bytes of an uploaded file
TEXTS = ("name", "title", "question", "fitted")  #: what a file may say that is no input
ALONE = "weilidai"  #: the scenario of the schema's own defaults, for a file that extends nothing
NUMBER = r"[+-]?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?([eE][+-]?\d+)?"


class Shape(NamedTuple):
    """What a knob's field may hold.

    `kind` is number, whole, bool, choice, list or text; `low` and `high` are None where there is
    no bound; `choices` are the words of a choice.
    """

    kind: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()


class Problem(NamedTuple):
    """Why changes cannot be played: where, what stands there, and what is the matter.

    `kind` is number, whole, bool, choice, list or text (of another kind), range, sum (`value` is
    the sum that should be 1), order, months, or other, for which `said` is the schema's sentence.
    """

    path: str
    value: Any
    kind: str
    said: str = ""


@cache
def shape(path: str, where: str = "--set") -> Shape:
    """Return what the knob at *path*, asked for *where*, may hold; refuse one that is no knob."""
    known(Scenario, path, where)
    section: Any = Scenario
    *above, last = path.split(".")
    if not applies(path):
        raise BadInput(where, path, last, f"no knob of this channel; {settable(above[-1])}")
    for name in above:
        section = section.model_fields[name].annotation
    field = section.model_fields[last]
    bounds = {
        key: getattr(one, key)
        for one in field.metadata
        for key in ("ge", "le")
        if hasattr(one, key)
    }
    kind: Any = field.annotation
    choices: tuple[str, ...] = ()
    if get_origin(kind) is Literal:
        choices = tuple(str(c) for c in get_args(kind))
    word = {bool: "bool", int: "whole", float: "number"}.get(kind, "text")
    if get_origin(kind) is tuple:
        word = "list"
    return Shape("choice" if choices else word, bounds.get("ge"), bounds.get("le"), choices)


def typed(path: str, text: str) -> Any:
    """Return the value that *text* stands for at *path*; the text itself where it is none."""
    text, kind = text.strip().replace("，", ","), shape(path).kind
    if kind in ("number", "whole"):
        return as_number(text)
    if kind == "list":
        parts = [part.strip() for part in text.strip("[]()").split(",")]
        values = [as_number(part) for part in parts if part]
        return text if any(isinstance(v, str) for v in values) else values
    if kind == "bool":
        return {"true": True, "false": False}.get(text.lower(), text)
    return text


def as_number(text: str) -> Any:
    """Return the number that *text* writes, thousands set apart or not; else the text itself."""
    text = text.strip().replace("，", ",")
    if not text or not re.fullmatch(NUMBER, text) or not re.search(r"\d", text):
        return text
    plain = text.replace(",", "")
    return int(plain) if re.fullmatch(r"[+-]?\d+", plain) else float(plain)


def shown(value: Any) -> str:
    """Return a value as it is typed."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple | list):
        return ", ".join(shown(one) for one in value)
    if isinstance(value, float):
        short = f"{value:.12g}"
        return short if float(short) == value else repr(value)
    return str(value)


def same(a: Any, b: Any) -> bool:
    """Tell whether two values of a knob are the same, however they are written."""
    if isinstance(a, tuple | list) and isinstance(b, tuple | list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return isinstance(a, bool) is isinstance(b, bool) and bool(a == b)


def values_of(scenario: Scenario) -> dict[str, Any]:
    """Return every knob's value by its path."""
    return {row.path: row.value for row in scenario.knobs()}


def changed(base: Scenario, changes: Mapping[str, Any]) -> tuple[Scenario | None, list[Problem]]:
    """Return *base* with *changes*, or None and every reason why that cannot be."""
    body = base.model_dump()
    for path, value in changes.items():
        *above, last = path.split(".")
        here = body
        for name in above:
            here = here[name]
        here[last] = value
    wrong = [
        Problem(path, value, shape(path).kind)
        for path, value in changes.items()
        if isinstance(value, str) and shape(path).kind in ("number", "whole", "bool", "list")
    ]
    try:
        found = Scenario.model_validate(body)
    except ValidationError as error:
        seen = {one.path for one in wrong}
        return None, wrong + [one for one in map(_problem, error.errors()) if one.path not in seen]
    return (None if wrong else found), wrong


def _problem(error: Any) -> Problem:
    path = ".".join(str(key) for key in error["loc"] if not isinstance(key, int))
    kind, said = str(error["type"]), " ".join(str(error["msg"]).split())
    if kind in ("greater_than_equal", "less_than_equal"):
        return Problem(path, error["input"], "range")
    if kind == "value_error":
        return _together(path, said.removeprefix("Value error, "))
    try:
        return Problem(path, error["input"], shape(path).kind, said)
    except BadInput:
        return Problem(path, error["input"], "other", said)


def _together(path: str, said: str) -> Problem:
    """Return what is the matter with several knobs together."""
    if total := re.search(r"shares (?:in (\w+)|of the eight kinds) sum to ([\d.e+-]+)", said):
        where = f"{path}.{total[1]}" if total[1] else path
        return Problem(where, float(total[2].rstrip(",")), "sum", said)
    if order := re.match(r"(\w+) = (\S+) is above", said):
        return Problem(f"{path}.{order[1]}", order[2], "order", said)
    if months := re.match(r"(\w+) has (\d+) numbers, not twelve", said):
        return Problem(f"{path}.{months[1]}", int(months[2]), "months", said)
    return Problem(path, None, "other", said)


# --- TOML ----------------------------------------------------------------------------------------


def settings(changes: Mapping[str, Any]) -> tuple[str, ...]:
    """Return changes as the command line takes them: ``path.to.knob=value``."""
    return tuple(f"{path}={literal(value)}" for path, value in sorted(changes.items()))


def literal(value: Any) -> str:
    """Return a value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple | list):
        return f"[{', '.join(literal(one) for one in value)}]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def tables(body: Mapping[str, Any]) -> str:
    """Return nested dictionaries as TOML: plain keys first, then a table for each dictionary."""
    lines = [f"{key} = {literal(v)}" for key, v in body.items() if not isinstance(v, Mapping)]
    return "\n".join([*lines, *_tables(body, "")]) + "\n"


def _tables(body: Mapping[str, Any], above: str) -> list[str]:
    lines: list[str] = []
    for key, table in body.items():
        if not isinstance(table, Mapping) or not table:
            continue
        plain = {k: v for k, v in table.items() if not isinstance(v, Mapping)}
        if plain:
            lines += ["", f"[{above}{key}]", *(f"{k} = {literal(v)}" for k, v in plain.items())]
        lines += _tables(table, f"{above}{key}.")
    return lines


def as_toml(base: str, changes: Mapping[str, Any]) -> str:
    """Return a scenario file: what it extends, and only what differs."""
    body: dict[str, Any] = {"extends": base}
    for path, value in sorted(changes.items()):
        here = body
        *above, last = path.split(".")
        for name in above:
            here = here.setdefault(name, {})
        here[last] = value
    return tables(body)


def from_toml(raw: bytes, where: str) -> tuple[str, dict[str, Any]]:
    """Return the base and the changes that an uploaded scenario file holds, unchecked values.

    Raises
    ------
    BadInput
        No TOML, a base that is not on the shelf, or a key that is no knob. No other file is read.
    """
    if len(raw) > LARGEST:
        raise BadInput(where, "bytes", len(raw), f"at most {LARGEST}")
    try:
        body = tomllib.loads(unicode_text(where, raw))
    except tomllib.TOMLDecodeError as error:
        raise BadInput(where, "", str(error).partition("\n")[0], "valid TOML") from None
    base = body.pop("extends", ALONE)
    if base not in names():
        raise BadInput(where, "extends", str(base)[:60], f"allowed: {', '.join(names())}")
    changes = _flat({k: v for k, v in body.items() if k not in TEXTS}, "")
    for path in changes:
        try:
            shape(path)
        except BadInput as unknown:
            raise BadInput(where, path, unknown.value, unknown.allowed) from None
    now = values_of(Scenario.load(base))
    for path in sorted({"regime", "law.suspended"} & set(changes)):
        allowed = "a knob; for this, play the file from the command line"
        raise BadInput(where, path, str(changes[path])[:60], allowed)
    return base, {p: v for p, v in changes.items() if p in now and not same(v, now[p])}


def _flat(table: Mapping[str, Any], above: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in table.items():
        path = f"{above}{key}"
        found |= _flat(value, f"{path}.") if isinstance(value, Mapping) else {path: value}
    return found


__all__ = [
    "Problem", "Shape", "as_toml", "changed", "from_toml", "literal", "same",
    "settings", "shape", "shown", "tables", "typed", "values_of",
]  # fmt: skip
