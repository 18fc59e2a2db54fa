"""TOML and JSON: parsed within limits, then walked once, so that no later reader can stumble."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sim.core.errors import BadInput
from sim.core.intake.files import OURS, TYPED, Limits, decoded, raw

WHOLE = 2**63  #: whole numbers of 64 bits, as both formats promise
NESTED = "tables and lists in one another at most {} deep"


class _TwiceError(ValueError):
    """A key that stands twice in one object."""


def toml_of(path: str | Path, where: object = None, limits: Limits = TYPED) -> dict[str, Any]:
    """Return the table that a TOML file holds."""
    named = Path(path).name
    return parsed_toml(decoded(raw(path, where, limits), named), named, limits)


def parsed_toml(text: str, where: object, limits: Limits = TYPED) -> dict[str, Any]:
    """Return the table that a TOML text holds."""
    if len(text) > limits.bytes:
        raise BadInput(where, "letters", len(text), f"at most {limits.bytes}")
    try:
        body = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(where, "", str(error).partition("\n")[0], "not valid TOML") from None
    except RecursionError:
        raise BadInput(where, "", "…", NESTED.format(limits.depth)) from None
    except (ValueError, OverflowError):  # more digits than a number may have; no such moment
        raise BadInput(where, "", "…", "numbers of 64 bits, and moments that exist") from None
    return dict(_walked(body, where, limits, finite=False))


def json_of(path: str | Path, limits: Limits = OURS, *, finite: bool = True, said: str = "") -> Any:
    """Return what a JSON file holds; *said* is what it should be, where it is no JSON."""
    try:
        return parsed_json(raw(path, path, limits), path, limits, finite=finite)
    except BadInput as refused:
        if not said:
            raise
        allowed = f"{said} ({refused.allowed})"
        raise BadInput(path, refused.key, "unreadable", allowed) from None


def parsed_json(
    content: bytes | str, where: object, limits: Limits = OURS, *, finite: bool = True
) -> Any:
    """Return what a JSON text holds: no key twice, and with *finite* no number that is none."""
    text = decoded(content, where) if isinstance(content, bytes) else content
    try:
        body = json.loads(text, object_pairs_hook=_once)
    except _TwiceError as error:
        raise BadInput(where, str(error), "…", "each key once") from None
    except json.JSONDecodeError as error:
        line = error.doc.split("\n")[error.lineno - 1]
        raise BadInput(where, f"line {error.lineno}", line, f"broken JSON, {error.msg}") from None
    except RecursionError:
        raise BadInput(where, "", "…", NESTED.format(limits.depth)) from None
    except ValueError:
        raise BadInput(where, "", "…", "numbers of 64 bits") from None
    return _walked(body, where, limits, finite=finite)


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _TwiceError(key)
        found[key] = value
    return found


def _walked(body: Any, where: object, limits: Limits, *, finite: bool) -> Any:
    """Return *body*, once every part of it is within the limits."""
    waiting: list[tuple[Any, int]] = [(body, 0)]
    left = limits.items
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, dict):
            parts = [*value.values(), *(k for k in value if len(k) > limits.letters)]
        elif isinstance(value, list):
            parts = value
        else:
            _check_leaf(value, where, limits, finite)
            continue
        left -= len(parts)
        if depth >= limits.depth:
            raise BadInput(where, "", "…", NESTED.format(limits.depth))
        if left < 0:
            raise BadInput(where, "entries", f"more than {limits.items}", f"at most {limits.items}")
        waiting += [(part, depth + 1) for part in parts]
    return body


def _check_leaf(value: Any, where: object, limits: Limits, finite: bool) -> None:
    if isinstance(value, str):
        if len(value) > limits.letters:
            raise BadInput(where, "text", value, f"at most {limits.letters} letters")
    elif isinstance(value, int):
        if not -WHOLE <= value < WHOLE:
            raise BadInput(where, "number", "…", "whole numbers of 64 bits")
    elif finite and isinstance(value, float) and not math.isfinite(value):
        raise BadInput(where, "number", value, "finite numbers")
