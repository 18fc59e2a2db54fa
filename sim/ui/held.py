"""A widget that holds what the page knows, without writing over what its reader is typing.

A value that is written into a widget's state goes to the browser and replaces what stands there,
also what was typed while the page was still being drawn. So it is written only where it differs
from what the widget holds, as after an undo, or where an earlier writing never reached the browser.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

_NEVER = object()
UNSENT = "dl_unsent"  #: widgets whose value was written, and whose drawing was interrupted


@contextmanager
def held(key: str, value: Any) -> Iterator[None]:
    """Let the widget *key*, drawn within, show *value*.

    Parameters
    ----------
    key
        The key of the one widget that is drawn in the block.
    value
        What it must hold; of the type that the widget itself returns.
    """
    unsent: set[str] = st.session_state.setdefault(UNSENT, set())
    if key in unsent or not _same(st.session_state.get(key, _NEVER), value):
        unsent.add(key)
        st.session_state[key] = value
    yield  # who is interrupted here leaves the mark, and the next drawing writes again
    unsent.discard(key)


def _same(now: Any, value: Any) -> bool:
    if isinstance(now, float) and isinstance(value, float):
        return math.isclose(now, value, rel_tol=1e-12)
    return type(now) is type(value) and bool(now == value)
