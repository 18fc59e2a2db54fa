"""Write a rule once; run it as plain Python or compile it.

`kernel` marks a pure function: called from Python it stays Python, called from a compiled
loop it is compiled with it. `compiled` marks such a loop. Without numba both leave the
function as it is. This is the only file that knows numba.

The 64-bit hash is the one rule that exists twice: integers with a mask for Python, explicit
unsigned arithmetic for the compiler, whose integers are signed and would silently answer
differently. A test holds the two equal on millions of keys.
"""

from __future__ import annotations

import operator
import os
import pickle
import re
from collections.abc import Callable
from enum import EnumMeta, IntEnum
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np

from sim.core import cache

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

MASK = 0xFFFF_FFFF_FFFF_FFFF
# Multipliers of the 64-bit finaliser "mix13" (Stafford 2011) and the golden-ratio increments.
M1, M2 = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
G1, G2 = 0x9E3779B97F4A7C15, 0xD1B54A32D192ED03
# Uniforms lie in the middle of 2**52 steps: with one bit more, adding the half would round the
# highest to 1.
STEP = 2.0**-52


def mix(x: int) -> int:
    """Scramble a 64-bit number (a bijection), all arithmetic modulo 2**64."""
    x = ((x ^ (x >> 30)) * M1) & MASK
    x = ((x ^ (x >> 27)) * M2) & MASK
    return x ^ (x >> 31)


def key_of(stream: int, who: int) -> int:
    """Hash (stream, who) to a non-negative 63-bit key: the first of two rounds."""
    return mix((mix((stream + G1) & MASK) ^ (who * G2)) & MASK) >> 1


def draw(key: int, purpose: int, k: int) -> float:
    """Uniform number in (0, 1), never 0 or 1, of one decision: the second round."""
    x = (key ^ (((purpose << 48) + k + 1) * G1)) & MASK
    x = ((x ^ (x >> 30)) * M1) & MASK
    x = ((x ^ (x >> 27)) * M2) & MASK
    return (((x ^ (x >> 31)) >> 12) + 0.5) * STEP


RAISED = 99  #: status of an answer that is an exception


class NotCompilableError(Exception):
    """A function that the compiler cannot take, with its reason in one line."""


try:
    if os.environ.get("SIM_PURE_PYTHON"):
        raise ImportError
    from llvmlite import ir as _ir
    from numba import carray as _carray
    from numba import cfunc as _cfunc
    from numba import from_dtype as _from_dtype
    from numba import njit as _njit
    from numba.core import caching as _caching
    from numba.core import cgutils as _cgutils
    from numba.core import config as _config
    from numba.core import types as _types
    from numba.core.registry import cpu_target as _cpu_target
    from numba.extending import (
        intrinsic,
        models,
        overload,
        overload_attribute,
        overload_method,
        register_jitable,
        register_model,
        typeof_impl,
    )

    COMPILED = True
except ImportError:
    COMPILED = False

if COMPILED:
    # For the compiler a member of an IntEnum is the integer that it is in Python: numba's own
    # type of members would make `Action(Channel.SMS, ...)` and `Action(1, ...)` two types.
    _typeof_enum_class = typeof_impl.dispatch(EnumMeta)

    class _Words(_types.IntEnumClass):
        @property
        def member_type(self) -> Any:
            return self.dtype

    register_model(_Words)(models.OpaqueModel)

    @typeof_impl.register(EnumMeta)  # type: ignore[untyped-decorator]
    def _typeof_words(value: Any, context: Any) -> Any:
        found = _typeof_enum_class(value, context)
        return _Words(value, found.dtype) if issubclass(value, IntEnum) else found

    @overload_attribute(_types.Integer, "value")  # type: ignore[untyped-decorator]
    def _value_overload(number: Any) -> Any:
        def itself(number: Any) -> Any:
            return number

        return itself

    @_njit  # type: ignore[untyped-decorator]
    def _mix(x: Any) -> Any:
        x = (x ^ (x >> np.uint64(30))) * np.uint64(M1)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(M2)
        return x ^ (x >> np.uint64(31))

    @overload(mix)  # type: ignore[untyped-decorator]
    def _mix_overload(x: Any) -> Any:
        def compiled_mix(x: Any) -> Any:
            return _mix(np.uint64(x))

        return compiled_mix

    @overload(key_of)  # type: ignore[untyped-decorator]
    def _key_of_overload(stream: Any, who: Any) -> Any:
        def compiled_key_of(stream: Any, who: Any) -> Any:
            first = _mix(np.uint64(stream) + np.uint64(G1))
            return np.int64(_mix(first ^ (np.uint64(who) * np.uint64(G2))) >> np.uint64(1))

        return compiled_key_of

    @overload(draw)  # type: ignore[untyped-decorator]
    def _draw_overload(key: Any, purpose: Any, k: Any) -> Any:
        def compiled_draw(key: Any, purpose: Any, k: Any) -> Any:
            meaning = (np.uint64(purpose) << np.uint64(48)) + np.uint64(k) + np.uint64(1)
            x = _mix(np.uint64(key) ^ (meaning * np.uint64(G1)))
            return (np.float64(x >> np.uint64(12)) + 0.5) * STEP

        return compiled_draw


if COMPILED:

    class _Checked(_caching.IndexDataCacheFile):  # type: ignore[misc]
        """Machine code on disk with a checksum in each file.

        A turned bit in machine code ends the process, if it is lucky. So code that is not what
        was written is removed, said in one line, and compiled again.
        """

        def _load_index(self) -> dict[Any, str]:
            version, stamp, overloads = self._read(self._index_path) or ("", None, {})
            fresh = version == self._version and stamp == self._source_stamp
            return overloads if fresh else {}

        def _save_index(self, overloads: dict[Any, str]) -> None:
            self._write(self._index_path, (self._version, self._source_stamp, overloads))

        def _load_data(self, name: str) -> Any:
            found = self._read(self._data_path(name))
            if found is None:
                raise OSError("not what was written")  # which numba takes for a file that is gone
            return found

        def _save_data(self, name: str, data: Any) -> None:
            self._write(self._data_path(name), data)

        def _write(self, path: str, what: Any) -> None:
            if cache.own(Path(path).parent):
                with self._open_for_write(path) as file:
                    file.write(cache.sealed(self._dump(what)))

        def _read(self, path: str) -> Any:
            """Return what a file holds; None where there is none, or none to be trusted."""
            file = Path(path)
            if not file.is_file() or not cache.own(file.parent):
                return None
            try:
                return pickle.loads(cache.unsealed(file.read_bytes()))
            except Exception:
                cache.damaged(file)
                return None

    _caching.IndexDataCacheFile = _Checked


def kernel(function: F) -> F:
    """Mark *function* as a rule: plain Python for Python, compiled inside a compiled loop.

    It is inlined wherever it is called. An account is eighty numbers, and to hand them from rule
    to rule takes four times as long as the rules themselves; inlined, most are never moved.
    """
    if COMPILED:
        register_jitable(forceinline=True)(function)
    return function


def compiled(function: F, *, folder: Path | None = None) -> F:
    """Compile *function* where numba is installed; leave it as it is otherwise.

    With *folder* the machine code is kept there. Its key must name every source that the
    function is made of: the compiler itself looks at one file only.
    """
    if not COMPILED:
        return function
    if folder is None:
        return cast(F, _njit(function))
    _config.CACHE_DIR = str(folder)
    return cast(F, _njit(cache=True)(function))


def load_compiler() -> None:
    """Load what the compiler loads at the first call, so that forked processes need not."""
    if COMPILED:
        _cpu_target.typing_context.refresh()
        _cpu_target.target_context.refresh()


def record_at(address: int, dtype: Any) -> Any:
    """Return the record of type *dtype* at *address*; only compiled loops can."""
    raise NotImplementedError


def call(address: int, question: int, view: int, action: int) -> None:
    """Call the `doorway` at *address*; only compiled loops can."""
    raise NotImplementedError


if COMPILED:

    @intrinsic  # type: ignore[untyped-decorator]
    def _call(context: Any, address: Any, question: Any, view: Any, action: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            byte = _ir.IntType(8).as_pointer()
            kind = _ir.FunctionType(_ir.VoidType(), [byte, byte, byte]).as_pointer()
            there = builder.inttoptr(arguments[0], kind)
            builder.call(there, [builder.inttoptr(a, byte) for a in arguments[1:]])
            return context.get_dummy_value()

        return _types.void(address, question, view, action), generate

    @intrinsic  # type: ignore[untyped-decorator]
    def _record_at(context: Any, address: Any, dtype: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            kind = context.get_value_type(signature.return_type)
            return builder.inttoptr(arguments[0], kind)

        return dtype.dtype(address, dtype), generate

    @overload(record_at)  # type: ignore[untyped-decorator]
    def _record_at_overload(address: Any, dtype: Any) -> Any:
        def compiled_record_at(address: Any, dtype: Any) -> Any:
            return _record_at(address, dtype)

        return compiled_record_at

    @overload(call)  # type: ignore[untyped-decorator]
    def _call_overload(address: Any, question: Any, view: Any, action: Any) -> Any:
        def compiled_call(address: Any, question: Any, view: Any, action: Any) -> None:
            _call(address, question, view, action)

        return compiled_call


# --- lists that are not counted ------------------------------------------------------------------

#: A list that grows: where its items lie, how many they are, and for how many there is room.
HEAD = np.dtype([("data", "i8"), ("length", "i8"), ("room", "i8")])
HEAD_SIZE, ROOM = HEAD.itemsize, 16


def growing(example: T) -> list[T]:
    """Return an empty list of things like *example*, plain numbers or tuples of them.

    A compiled loop has it as an address. The compiler's own lists count who refers to them, with
    an atomic instruction at every call that hands them on: half of the time of a loop of rules.
    So whoever makes one must hand it to `released`; a loop that raises leaves it behind, like all
    that the compiler counts. It knows `append`, `clear`, `len` and places from 0 on, which are not
    checked.
    """
    return []


def released(items: list[Any]) -> None:
    """Give back the memory of a list that `growing` made; it must not be touched again."""
    items.clear()


if COMPILED:
    _INLINED = {"forceinline": True}

    class _Growing(_types.Type):
        def __init__(self, dtype: Any) -> None:
            self.dtype = dtype
            super().__init__(name=f"growing({dtype})")

    register_model(_Growing)(models.OpaqueModel)

    def _pointer(context: Any, builder: Any, dtype: Any, address: Any) -> Any:
        return builder.inttoptr(address, context.get_data_type(dtype).as_pointer())

    @intrinsic  # type: ignore[untyped-decorator]
    def _allocated(context: Any, size: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.ptrtoint(context.nrt.allocate(builder, arguments[0]), _ir.IntType(64))

        return _types.int64(_types.int64), generate

    @intrinsic  # type: ignore[untyped-decorator]
    def _freed(context: Any, address: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            byte = _ir.IntType(8).as_pointer()
            context.nrt.free(builder, builder.inttoptr(arguments[0], byte))
            return context.get_dummy_value()

        return _types.void(_types.int64), generate

    @intrinsic  # type: ignore[untyped-decorator]
    def _copied(context: Any, old: Any, new: Any, size: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            byte = _ir.IntType(8).as_pointer()
            source, target = (builder.inttoptr(a, byte) for a in arguments[:2])
            _cgutils.raw_memcpy(builder, target, source, arguments[2], 1)
            return context.get_dummy_value()

        return _types.void(_types.int64, _types.int64, _types.int64), generate

    @intrinsic  # type: ignore[untyped-decorator]
    def _growing_at(context: Any, address: Any, example: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

        return _Growing(example)(address, example), generate

    @intrinsic  # type: ignore[untyped-decorator]
    def _address(context: Any, items: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.ptrtoint(arguments[0], _ir.IntType(64))

        return _types.int64(items), generate

    @intrinsic  # type: ignore[untyped-decorator]
    def _head(context: Any, items: Any) -> Any:
        head = _from_dtype(HEAD)

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.bitcast(arguments[0], context.get_value_type(head))

        return head(items), generate

    @intrinsic  # type: ignore[untyped-decorator]
    def _size(context: Any, items: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            size = context.get_abi_sizeof(context.get_data_type(items.dtype))
            return context.get_constant(_types.int64, size)

        return _types.int64(items), generate

    @intrinsic  # type: ignore[untyped-decorator]
    def _read(context: Any, items: Any, address: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            there = _pointer(context, builder, items.dtype, arguments[1])
            return context.unpack_value(builder, items.dtype, there)

        return items.dtype(items, _types.int64), generate

    @intrinsic  # type: ignore[untyped-decorator]
    def _written(context: Any, items: Any, address: Any, item: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            there = _pointer(context, builder, items.dtype, arguments[1])
            context.pack_value(builder, items.dtype, arguments[2], there)
            return context.get_dummy_value()

        return _types.void(items, _types.int64, items.dtype), generate

    @_njit  # type: ignore[untyped-decorator]
    def _longer(items: Any) -> None:
        head = _head(items)
        room = 2 * head.room + ROOM
        data = _allocated(room * _size(items))
        if head.room > 0:
            _copied(head.data, data, head.length * _size(items))
            _freed(head.data)
        head.data, head.room = data, room

    @overload(growing)  # type: ignore[untyped-decorator]
    def _growing_overload(example: Any) -> Any:
        def compiled_growing(example: Any) -> Any:
            items = _growing_at(_allocated(HEAD_SIZE), example)
            head = _head(items)
            head.data, head.length, head.room = 0, 0, 0
            return items

        return compiled_growing

    @overload(released)  # type: ignore[untyped-decorator]
    def _released_overload(items: Any) -> Any:
        def compiled_released(items: Any) -> None:
            if _head(items).room > 0:
                _freed(_head(items).data)
            _freed(_address(items))

        return compiled_released

    @overload_method(_Growing, "append", jit_options=_INLINED)  # type: ignore[untyped-decorator]
    def _append_overload(items: Any, item: Any) -> Any:
        def compiled_append(items: Any, item: Any) -> None:
            head = _head(items)
            if head.length == head.room:
                _longer(items)
            _written(items, head.data + head.length * _size(items), item)
            head.length += 1

        return compiled_append

    @overload_method(_Growing, "clear", jit_options=_INLINED)  # type: ignore[untyped-decorator]
    def _clear_overload(items: Any) -> Any:
        def compiled_clear(items: Any) -> None:
            _head(items).length = 0

        return compiled_clear

    @overload(len, jit_options=_INLINED)  # type: ignore[untyped-decorator]
    def _len_overload(items: Any) -> Any:
        def compiled_len(items: Any) -> Any:
            return _head(items).length

        return compiled_len if isinstance(items, _Growing) else None

    @overload(operator.getitem, jit_options=_INLINED)  # type: ignore[untyped-decorator]
    def _getitem_overload(items: Any, place: Any) -> Any:
        def compiled_getitem(items: Any, place: Any) -> Any:
            return _read(items, _head(items).data + place * _size(items))

        return compiled_getitem if isinstance(items, _Growing) else None

    @overload(operator.setitem, jit_options=_INLINED)  # type: ignore[untyped-decorator]
    def _setitem_overload(items: Any, place: Any, item: Any) -> Any:
        def compiled_setitem(items: Any, place: Any, item: Any) -> None:
            _written(items, _head(items).data + place * _size(items), item)

        return compiled_setitem if isinstance(items, _Growing) else None


def with_room(rows: Any, used: int, more: int) -> Any:
    """Return *rows*, of which so many are *used*, with room for *more*."""
    if used + more <= len(rows):
        return rows
    longer = np.zeros(used + more + used // 2, dtype=rows.dtype)
    longer[:used] = rows[:used]
    return longer


if COMPILED:

    @overload(with_room)  # type: ignore[untyped-decorator]
    def _with_room_overload(rows: Any, used: Any, more: Any) -> Any:
        def compiled_with_room(rows: Any, used: Any, more: Any) -> Any:
            if used + more <= len(rows):
                return rows
            longer = np.zeros(used + more + used // 2, dtype=rows.dtype)
            # A slice of records is copied field by field, by a quarter of all code of the loop.
            _copied(rows.ctypes.data, longer.ctypes.data, used * rows.itemsize)
            return longer

        return compiled_with_room


def doorway(
    decide: Callable[..., Any], ways: tuple[Callable[..., Any], Callable[..., Any]],
    types: tuple[Any, Any, Any], stamp: str, folder: Path,
) -> Any:  # fmt: skip
    """Compile *decide* behind a fixed address, so that no loop is compiled for it.

    Parameters
    ----------
    decide
        ``(params, view) -> action``, a rule.
    ways
        Kernel that writes an action into its record, and kernel that says what is wrong with one:
        0 for nothing. What is wrong is not written; the record's ``status`` says so.
    types
        Types of the records of params, view and action.
    stamp
        Names the source of *decide*: with another stamp nothing kept is used.
    folder
        Where the machine code is kept.

    Returns
    -------
    An object whose ``address`` the compiled `call` takes. It must stay alive meanwhile.

    Raises
    ------
    NotCompilableError
        The compiler refuses *decide*.
    """
    if not COMPILED:
        raise NotCompilableError("numba is not installed")
    params_type, view_type, action_type = types
    store, wrong = ways
    if not hasattr(decide, "py_func"):
        register_jitable(decide)

    def asked(params: Any, view: Any, action: Any) -> None:
        stamp  # noqa: B018  a part of the key under which the code is kept
        p = _carray(params, (1,), params_type)
        v = _carray(view, (1,), view_type)
        a = _carray(action, (1,), action_type)
        status = RAISED
        try:
            answer = decide(p[0], v[0])
            status = wrong(answer)
            if status == 0:
                store(a[0], answer)
        except Exception:
            status = RAISED
        a[0].status = status

    pointer = _types.voidptr
    _config.CACHE_DIR = str(folder)
    try:
        return _cfunc(_types.void(pointer, pointer, pointer), cache=True)(asked)
    except Exception as refusal:  # whatever the compiler stumbles over
        raise NotCompilableError(_reason(refusal)) from None


def _reason(refusal: Exception) -> str:
    """The compiler's reason: the innermost line that says anything about the code."""
    outer = ("Failed in", "During:", "File", "Rejected as", "TypingError", "No implementation")
    said = re.sub(r"\x1b\[[0-9;]*m", "", str(refusal))  # the compiler writes in colours
    lines = [line.strip(" ->") for line in said.splitlines()]
    told = [line for line in lines if line and not line.startswith(outer)]
    named = [line for line in told if line.startswith(("Untyped", "Unknown", "Cannot"))]
    return (named or told or [type(refusal).__name__])[0][:200]
