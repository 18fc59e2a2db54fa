"""Tuples as records: the form in which a compiled loop keeps and passes them.

A record is one row of a structured array. It is read like the tuple that it stands for
(``world.people.green``), it is passed as one address instead of hundreds of numbers, and its
fields can be as narrow as what they hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, get_type_hints

import numpy as np
from numpy.typing import NDArray

from sim.core.kernel import kernel

Record = Any  #: one row of a structured array
WIDE = {int: "i8", float: "f8", bool: "?"}


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
    if shape and _plain(value) is bool:
        return np.dtype("i1"), tuple(shape)  # the compiler takes no arrays of bool inside a record
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


@lru_cache(maxsize=64)
def filled_once(value: Any) -> NDArray[Any]:
    """Return `filled`, made once for equal values: for what is only read.

    Values that are equal must be of the same types too: 1 and 1.0 are equal.
    """
    return filled(value)


def _numbers(value: Any) -> Any:
    if hasattr(value, "_fields"):
        return tuple(_numbers(v) for v in value)
    return [_numbers(v) for v in value] if isinstance(value, tuple) else value


# --- a tuple that a loop loads, changes and stores ---------------------------------------------


class Narrow(NamedTuple):
    """How one number is kept in fewer bytes than it has."""

    dtype: str
    pack: Callable[[int], int] | None = None  #: kernels that write and read it; None: as it is
    unpack: Callable[[int], int] | None = None


class Packing(NamedTuple):
    """How one type of tuple is kept: the record's type, and the kernels that read and write it."""

    dtype: np.dtype[Any]
    load: Callable[..., Any]  #: ``load(record) -> tuple``
    store: Callable[..., None]  #: ``store(record, tuple)``

    def rows(self, values: Any) -> NDArray[Any]:
        """Return records of a sequence of tuples."""
        return np.array([tuple(_flat(v)) for v in values], dtype=self.dtype)


def packing(
    kind: type[Any], widths: Mapping[str, Narrow] | None = None, apart: str = ""
) -> Packing:
    """Return how tuples of *kind* are kept, nested ones flattened: ``loan.paid`` is `loan_paid`.

    Parameters
    ----------
    kind
        Named tuple of int, float, bool, such tuples, and plain tuples of floats.
    widths
        How a field is kept that is not 8 bytes wide, by its flat name.
    apart
        Field that is kept elsewhere: `load` takes it as its second argument.
    """
    narrow = dict(widths or {})
    leaves = [leaf for leaf in _leaves(kind) if not apart or not leaf[1].startswith(f"x.{apart}.")]
    fields = [_field(name, hint, narrow.get(name)) for name, _, hint in leaves]
    assert set(narrow) <= {name for name, *_ in leaves}
    names: dict[str, Any] = {k.__name__: k for k in _kinds(kind)} | {"wide": wide}
    for name, how in narrow.items():
        names |= {f"pack_{name}": how.pack, f"unpack_{name}": how.unpack}
    reading = _read(kind, narrow, apart=apart)
    source = f"def load(r{', ' + apart if apart else ''}):\n    return {reading}\n\n"
    source += "def store(r, x):\n" + "\n".join(_write(leaf, narrow) for leaf in leaves) + "\n"
    exec(compile(source, f"<packing of {kind.__name__}>", "exec"), names)
    return Packing(np.dtype(fields), kernel(names["load"]), kernel(names["store"]))


def _field(name: str, hint: Any, how: Narrow | None) -> tuple[Any, ...]:
    if many := len(getattr(hint, "__args__", ())):
        return name, WIDE[float], (many,)
    return name, how.dtype if how else WIDE[hint]


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


def _read(kind: type[Any], narrow: Mapping[str, Narrow], name: str = "", apart: str = "") -> str:
    """Source of the expression that makes the tuple of a record `r`."""
    parts = []
    for field, hint in get_type_hints(kind).items():
        here = f"{name}_{field}" if name else field
        if here == apart:
            parts.append(apart)
        elif hasattr(hint, "_fields"):
            parts.append(_read(hint, narrow, here))
        elif many := len(getattr(hint, "__args__", ())):
            parts.append("(" + ", ".join(f"r.{here}[{i}]" for i in range(many)) + ",)")
        elif here in narrow and narrow[here].unpack:
            parts.append(f"unpack_{here}(r.{here})")
        else:
            parts.append(f"wide(r.{here})" if hint is int else f"{hint.__name__}(r.{here})")
    return f"{kind.__name__}({', '.join(parts)})"


def _write(leaf: tuple[str, str, Any], narrow: Mapping[str, Narrow]) -> str:
    name, path, hint = leaf
    if many := len(getattr(hint, "__args__", ())):
        return "\n".join(f"    r.{name}[{i}] = {path}[{i}]" for i in range(many))
    if name in narrow and narrow[name].pack:
        return f"    r.{name} = pack_{name}({path})"
    return f"    r.{name} = {path}"


def _flat(value: Any) -> Iterator[Any]:
    for part in value:
        if hasattr(part, "_fields"):
            yield from _flat(part)
        else:
            yield part
