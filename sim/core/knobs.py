"""A knob: one scenario field that knows its unit, bounds, meaning, source and mark."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterator
from functools import cache
from typing import Any, Literal, NamedTuple, get_args

from pydantic import ConfigDict, Field
from pydantic.fields import FieldInfo

from sim.core.intake.forms import Strict

Mark = Literal["cited", "estimated", "assumed"]
CHOICE = "modelling choice, no figure known"


class Section(Strict):
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
    times: tuple[float, float] | None = None,
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
    times
        The same as multiples of the value, for a field whose rows differ in size.
    """
    extra: dict[str, Any] = {
        "unit": unit,
        "source": source,
        "mark": mark,
        "sweep": list(sweep) if sweep else None,
        "times": list(times) if times else None,
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
    sweep: tuple[float, ...]


def rows(section: Section, path: str = "") -> Iterator[KnobRow]:
    """Yield every knob below *section*, with its dotted path and present value.

    A knob without a source of its own has its section's; one without a range is swept by 30 %
    either way, whole numbers by 1 at least, within its bounds.
    """
    for name, field in type(section).model_fields.items():
        value, here = getattr(section, name), f"{path}.{name}" if path else name
        if isinstance(value, Section):
            yield from rows(value, here)
            continue
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        if "mark" in extra:
            source = str(extra["source"]) or str(getattr(section, "source", "")) or CHOICE
            text, unit, mark = field.description or "", str(extra["unit"]), str(extra["mark"])
            sweep: Any = extra["sweep"]
            if (times := extra.get("times")) and isinstance(value, float):
                sweep = [float(t) * value for t in times]  # type: ignore[union-attr, arg-type]
            yield KnobRow(
                here, value, unit, text, mark, source, tuple(sweep or _around(field, value))
            )


def _around(field: FieldInfo, value: Any) -> tuple[float, ...]:
    """Thirty per cent either way, within the field's bounds; nothing for what is no number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return ()
    low, high = sorted((0.7 * value, 1.3 * value))
    if isinstance(value, int):
        step = max(1, int(0.3 * abs(value)))
        low, high = value - step, value + step
    for bound in field.metadata:
        low = max(low, getattr(bound, "ge", low))
        high = min(high, getattr(bound, "le", high))
    return (low, high)


@cache
def _twin_type(section: type[Section], names: tuple[str, ...]) -> Any:
    return namedtuple(section.__name__, names)


@cache
def _bounded(section: type[Section]) -> tuple[str, ...]:
    """Return the fields that are no tuples of any length."""
    fields = section.model_fields.items()
    return tuple(name for name, field in fields if ... not in get_args(field.annotation))


def twin(section: Section) -> Any:
    """Return *section* as a named tuple of its numbers: the form that kernels can read.

    Text, nested sections and tuples of any length stay behind; a tuple of numbers stays a tuple.
    """
    values = {
        name: value
        for name in _bounded(type(section))
        if isinstance(value := getattr(section, name), (bool, int, float, tuple))
    }
    return _twin_type(type(section), tuple(values))(**values)
