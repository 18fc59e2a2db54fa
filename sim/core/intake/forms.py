"""Forms: one schema for each kind of file, strict, and its complaint as our one line.

Strict means that nothing is turned into something else: ``true`` is no 1, ``"5"`` is no 5, 2.0 is
no whole number, and a number that is none (``nan``, ``inf``) is refused wherever a number stands.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)

from sim.core.errors import BadInput, choose
from sim.core.intake.trees import json_of

M = TypeVar("M", bound=BaseModel)
PLAIN_KINDS = ("int", "float", "bool", "str")


def strictly(schema: Any) -> Any:
    """Return a core schema in which no plain value becomes one of another type."""
    if isinstance(schema, dict):
        if schema.get("type") in PLAIN_KINDS:
            schema["strict"] = True
        if schema.get("type") == "float":
            schema["allow_inf_nan"] = False
        parts = [v for k, v in schema.items() if k not in ("metadata", "default", "serialization")]
    elif isinstance(schema, list | tuple):
        parts = list(schema)
    else:
        return schema
    for part in parts:
        strictly(part)
    return schema


class Strict(BaseModel):
    """A form in which nothing is turned into something else."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """Make every plain field strict; lists stay lists where tuples are kept."""
        return strictly(handler(source))


class Form(Strict):
    """The form of a file; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Open(Strict):
    """A form that lets through what a newer version may say beside it."""

    model_config = ConfigDict(extra="allow", frozen=True)


def fitting(fits: Callable[[Any], object], allowed: str) -> AfterValidator:
    """Return what refuses a value that does not fit, in an annotation; an error is no fit."""

    def check(value: Any) -> Any:
        try:
            fit = fits(value)
        except (ValueError, TypeError, OverflowError):
            fit = False
        if not fit:
            raise ValueError(allowed)
        return value

    return AfterValidator(check)


def kept_as(form: type[M], path: str | Path) -> M | None:
    """Return what a small file of ours holds; None where there is none, or none of this form."""
    try:
        return checked(form, json_of(path, finite=False), path)
    except BadInput:
        return None


def schema_of(kind: Any) -> dict[str, Any]:
    """Return the JSON Schema of a form, or of any kind of value."""
    found: dict[str, Any] = TypeAdapter(kind).json_schema()
    return found


def checked(form: type[M], body: Any, where: object, said: str = "") -> M:
    """Return *body* in its *form*, or refuse the first thing that does not fit.

    *said* is what it should be as a whole, where the first thing alone does not say it.
    """
    try:
        return form.model_validate(body)
    except ValidationError as error:
        refused = refusal(form, error, where)
        if not said:
            raise refused from None
        allowed = f"{said} ({refused.allowed})"
        raise BadInput(where, refused.key, refused.value, allowed) from None


def checked_in(kind: Any, body: Any, where: object) -> Any:
    """Return *body* as any *kind* of value, such as a list of forms."""
    try:
        return _adapter(kind).validate_python(body)
    except ValidationError as error:
        raise refusal(None, error, where) from None


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    """Return what checks a kind of value; to make one takes longer than to check with it."""
    return TypeAdapter(kind)


def refusal(form: Any, error: ValidationError, where: object) -> BadInput:
    """Return the first complaint as our one line."""
    first = error.errors()[0]
    keys = [str(k) for k in first["loc"]]
    path = ".".join(keys)
    if first["type"] == "extra_forbidden":
        fields = fields_of(form, keys[:-1])
        near = difflib.get_close_matches(keys[-1][:100], fields, n=1, cutoff=0.6)
        hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(sorted(fields))}"
        return BadInput(where, path, short(first["input"]), f"unknown key{hint}")
    if first["type"] == "literal_error" and isinstance(first["input"], str):
        return _not_among(where, path, first["input"], first["ctx"]["expected"])
    if first["type"] == "missing" and not keys[-1].isdigit():
        return BadInput(where, path, "nothing", "needed")
    return BadInput(where, path, short(first["input"]), allowed(first))


def _not_among(where: object, path: str, value: str, expected: str) -> BadInput:
    try:
        choose(where, path, value, re.findall("'([^']*)'", expected))
    except BadInput as refused:
        return refused
    return BadInput(where, path, value, expected)


def short(value: Any) -> Any:
    """Return a value that is worth repeating; a dot for the others."""
    try:
        return "…" if isinstance(value, Mapping) or len(repr(value)) > 60 else value
    except (ValueError, RecursionError):
        return "…"


#: What is allowed, by the first word of the kind of problem.
PLAIN = {
    "int": "a whole number",
    "float": "a number",
    "finite": "a finite number",
    "bool": "true or false",
    "string": "a text",
    "date": "a date such as 2026-03-02",
    "tuple": "a list",
    "list": "a list",
    "dict": "a table",
    "model": "a section with keys",
    "missing": "more numbers in the list",
}


def allowed(problem: Any) -> str:
    """Say what is allowed, in our words."""
    kind, context = problem["type"], problem.get("ctx", {})
    if problem["input"] != problem["input"]:
        return "a number"
    if kind in ("greater_than_equal", "less_than_equal"):
        return f"{context['ge']} or more" if "ge" in context else f"{context['le']} or less"
    if kind == "too_long":
        return f"at most {context['max_length']} numbers in the list"
    if kind == "string_pattern_mismatch":
        return "small letters, digits and _, a letter first"
    text = str(problem["msg"]).removeprefix("Value error, ")
    return PLAIN.get(kind.partition("_")[0], " ".join(text.split()))


def fields_of(form: Any, keys: list[str]) -> list[str]:
    """Return the fields of the section that *keys* lead to; none where they lead nowhere."""
    section: Any = form
    for name in keys:
        # A number is the place of an entry in a list.
        if name.isdigit():
            section = (get_args(section) or (None,))[0]
        else:
            known = getattr(section, "model_fields", {})
            section = known[name].annotation if name in known else None
    return list(getattr(section, "model_fields", ()))


__all__ = [
    "Field", "Form", "Open", "Strict", "allowed", "checked", "checked_in", "fitting", "kept_as",
    "refusal", "schema_of",
]  # fmt: skip
