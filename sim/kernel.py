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
from collections.abc import Callable
from enum import EnumMeta, IntEnum
from typing import Any, TypeVar

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


try:
    if os.environ.get("SIM_PURE_PYTHON"):
        raise ImportError
    import numpy as np
    from numba import njit as _njit
    from numba.core import types as _types
    from numba.extending import (
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


def kernel(function: F) -> F:
    """Mark *function* as a rule: plain Python for Python, compiled inside a compiled loop."""
    if COMPILED:
        register_jitable(function)
    return function


def compiled(function: F) -> F:
    """Compile *function* where numba is installed; leave it as it is otherwise."""
    return _njit(function) if COMPILED else function
