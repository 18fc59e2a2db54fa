"""A knob: one scenario field that knows its unit, bounds, meaning, source and mark."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterator
from functools import cache
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

Mark = Literal["cited", "estimated", "assumed"]


class Section(BaseModel):
    """A frozen group of knobs; unknown keys and values out of bounds are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


def knob(
    default: Any,
    text: str,
    *,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    source: str = "",
    mark: Mark = "assumed",
    sweep: tuple[float, float] | None = None,
) -> Any:
    """Declare a scenario field.

    Parameters
    ----------
    default
        Value where the scenario file is silent.
    text
        What the number means, one phrase.
    unit
        Unit of the value.
    low, high
        Bounds of what is allowed, inclusive.
    source
        Where the number comes from; empty only for choices that claim nothing.
    mark
        ``cited``, ``estimated`` or ``assumed``.
    sweep
        Plausible range for sensitivity analysis.
    """
    extra: dict[str, Any] = {
        "unit": unit,
        "source": source,
        "mark": mark,
        "sweep": list(sweep) if sweep else None,
    }
    return Field(default=default, description=text, ge=low, le=high, json_schema_extra=extra)


class KnobRow(NamedTuple):
    """One knob as documents and reports list it."""

    path: str
    value: Any
    unit: str
    text: str
    mark: str
    source: str
    sweep: tuple[float, float] | None


def rows(section: Section, path: str = "") -> Iterator[KnobRow]:
    """Yield every knob below *section*, with its dotted path and present value."""
    for name, field in type(section).model_fields.items():
        value, here = getattr(section, name), f"{path}.{name}" if path else name
        if isinstance(value, Section):
            yield from rows(value, here)
            continue
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        if "mark" in extra:
            sweep: Any = extra["sweep"]
            yield KnobRow(
                here,
                value,
                str(extra["unit"]),
                field.description or "",
                str(extra["mark"]),
                str(extra["source"]),
                tuple(sweep) if sweep else None,
            )


@cache
def _twin_type(section: type[Section], names: tuple[str, ...]) -> Any:
    return namedtuple(section.__name__, names)


def twin(section: Section) -> Any:
    """Return *section* as a named tuple of its numbers: the form that kernels can read.

    Text and nested sections stay behind; a tuple of numbers stays a tuple.
    """
    values = {
        name: value
        for name in type(section).model_fields
        if isinstance(value := getattr(section, name), (bool, int, float, tuple))
    }
    return _twin_type(type(section), tuple(values))(**values)
