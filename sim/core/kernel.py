"""Write a rule once; run it as plain Python or compile it.

`kernel` marks a pure function: called from Python it stays Python, called from a compiled
loop it is compiled with it. `compiled` marks such a loop. Without numba both leave the
function as it is. This is the only file that knows numba.

The 64-bit hash is the one rule that exists twice: integers with a mask for Python, explicit
unsigned arithmetic for the compiler, whose integers are signed and would silently answer
differently. A test holds the two equal on millions of keys.
"""

from __future__ import annotations

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
    from numba import njit as _njit
    from numba.core import caching as _caching
    from numba.core import config as _config
    from numba.core import types as _types
    from numba.extending import (
        intrinsic,
        models,
        overload,
        overload_attribute,
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


def with_room(rows: Any, used: int, more: int) -> Any:
    """Return *rows*, of which so many are *used*, with room for *more*."""
    if used + more <= len(rows):
        return rows
    longer = np.zeros(used + more + used // 2, dtype=rows.dtype)
    longer[:used] = rows[:used]
    return longer


if COMPILED:
    register_jitable(with_room)


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
