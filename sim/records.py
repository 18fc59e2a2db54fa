"""Tuples as records: the form in which a compiled loop keeps and passes them.

A record is one row of a structured array. It is read like the tuple that it stands for
(``world.people.green``), it is passed as one address instead of hundreds of numbers, and its
fields can be as narrow as what they hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, get_type_hints

import numpy as np
from numpy.typing import NDArray

from sim.kernel import kernel

Record = Any  #: one row of a structured array
WIDE = {int: "i8", float: "f8", bool: "?"}
CAST = {int: "np.int64", float: "np.float64", bool: "bool"}


@kernel
def wide(n: int) -> int:
    """Return a whole number from a narrow field as the rules know it: with 64 bits."""
    return n + 0


# --- a tuple of numbers, read only -------------------------------------------------------------


def layout(value: Any) -> np.dtype[Any]:
    """Return the type of a record that holds *value*, a named tuple of numbers and of tuples."""
    if not hasattr(value, "_fields"):
        return np.dtype(WIDE[_plain(value)])
    parts = zip(value._fields, value, strict=True)
    return np.dtype([(name, *_part(part)) for name, part in parts] or [("nothing", "?")])


def _plain(value: Any) -> type[Any]:
    """The plain type of a number; a member of an IntEnum is an int."""
    return next((t for t in (bool, int, float) if isinstance(value, t)), type(value))


def _part(value: Any) -> tuple[Any, ...]:
    """Type and shape of one field: a plain tuple is an array of equals."""
    shape = []
    while isinstance(value, tuple) and not hasattr(value, "_fields"):
        shape.append(len(value))
        kinds = {layout(v) if not isinstance(v, tuple) else None for v in value}
        if float in map(_plain, value):
            return np.dtype("f8"), tuple(shape)
        if len(kinds) > 1:
            raise TypeError(f"a tuple of unequal parts: {value!r}")
        value = value[0]
    return (layout(value), tuple(shape)) if shape else (layout(value),)


def filled(value: Any) -> NDArray[Any]:
    """Return an array of one record with the numbers of *value*.

    Raises
    ------
    TypeError, KeyError
        *value* holds something else than numbers and tuples.
    """
    rows = np.zeros(1, dtype=layout(value))
    if value:
        rows[0] = _numbers(value)
    return rows


def _numbers(value: Any) -> Any:
    if hasattr(value, "_fields"):
        return tuple(_numbers(v) for v in value)
    return [_numbers(v) for v in value] if isinstance(value, tuple) else value


# --- a tuple that a loop loads, changes and stores ---------------------------------------------


class Packing(NamedTuple):
    """How one type of tuple is kept: the record's type, and the kernels that read and write it."""

    dtype: np.dtype[Any]
    load: Callable[..., Any]  #: ``load(record) -> tuple``
    store: Callable[..., None]  #: ``store(record, tuple)``

    def rows(self, values: Any) -> NDArray[Any]:
        """Return records of a sequence of tuples."""
        return np.array([tuple(_flat(v)) for v in values], dtype=self.dtype)


def packing(kind: type[Any], widths: Mapping[str, str] | None = None, apart: str = "") -> Packing:
    """Return how tuples of *kind* are kept, nested ones flattened: ``loan.paid`` is `loan_paid`.

    Parameters
    ----------
    kind
        Named tuple of int, float, bool, such tuples, and plain tuples of floats.
    widths
        Type of a field that is not 8 bytes wide, by its flat name.
    apart
        Field that is kept elsewhere: `load` takes it as its second argument.
    """
    narrow = dict(widths or {})
    fields: list[tuple[Any, ...]] = []
    leaves = [leaf for leaf in _leaves(kind) if not apart or not leaf[1].startswith(f"x.{apart}.")]
    for name, _, hint in leaves:
        many = len(getattr(hint, "__args__", ()))
        wide = narrow.pop(name, WIDE[float if many else hint])
        fields.append((name, wide, (many,)) if many else (name, wide))
    assert not narrow, f"no such fields: {sorted(narrow)}"
    names: dict[str, Any] = {"np": np} | {k.__name__: k for k in _kinds(kind)}
    writing = [_write(*leaf) for leaf in leaves]
    source = (
        f"def load(r{', ' + apart if apart else ''}):\n    return {_read(kind, apart=apart)}\n\n"
    )
    source += "def store(r, x):\n" + "\n".join(writing) + "\n"
    exec(compile(source, f"<packing of {kind.__name__}>", "exec"), names)
    return Packing(np.dtype(fields), kernel(names["load"]), kernel(names["store"]))


def _leaves(kind: type[Any], name: str = "", path: str = "x") -> Iterator[tuple[str, str, Any]]:
    """Yield flat name, path from the tuple, and type of every number."""
    for field, hint in get_type_hints(kind).items():
        here, there = f"{name}_{field}" if name else field, f"{path}.{field}"
        if hasattr(hint, "_fields"):
            yield from _leaves(hint, here, there)
        else:
            yield here, there, hint


def _kinds(kind: type[Any]) -> Iterator[type[Any]]:
    yield kind
    for hint in get_type_hints(kind).values():
        if hasattr(hint, "_fields"):
            yield from _kinds(hint)


def _read(kind: type[Any], name: str = "", apart: str = "") -> str:
    """Source of the expression that makes the tuple of a record `r`."""
    parts = []
    for field, hint in get_type_hints(kind).items():
        here = f"{name}_{field}" if name else field
        if here == apart:
            parts.append(apart)
        elif hasattr(hint, "_fields"):
            parts.append(_read(hint, here))
        elif many := len(getattr(hint, "__args__", ())):
            parts.append("(" + ", ".join(f"r.{here}[{i}]" for i in range(many)) + ",)")
        else:
            parts.append(f"{CAST[hint]}(r.{here})")
    return f"{kind.__name__}({', '.join(parts)})"


def _write(name: str, path: str, hint: Any) -> str:
    many = len(getattr(hint, "__args__", ()))
    if many:
        return "\n".join(f"    r.{name}[{i}] = {path}[{i}]" for i in range(many))
    return f"    r.{name} = {path}"


def _flat(value: Any) -> Iterator[Any]:
    for part in value:
        if hasattr(part, "_fields"):
            yield from _flat(part)
        else:
            yield part
