"""Buttons whose act takes what its reader has entered, also where they type and press at once.

The arguments of a callback are those of the drawing before: who types a number and presses the
button while the page is still being drawn would start it with the old number. Here the button is
drawn first, the values with it, and the act is done at the start of the next drawing, where it may
write what a callback may.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

_DUE = "dl_due"


def act(label: str, key: str, do: Callable[..., Any], *args: Any, why: str = "",
        primary: bool = True, icon: str | None = None) -> None:  # fmt: skip
    """Offer a button that does ``do(*args)``.

    Parameters
    ----------
    key
        The button's key.
    why
        Why it cannot be pressed now, in the reader's words; empty where it can.
    primary
        Whether it is the one thing that the page is for.
    icon
        A sign before the label.
    """
    pressed = st.button(
        label, key=key, type="primary" if primary else "secondary", icon=icon,
        disabled=bool(why), help=why or None,
    )  # fmt: skip
    if pressed and not why:
        st.session_state[_DUE] = (do, args)
        st.rerun()


def fulfil() -> None:
    """Do what was pressed last; called before anything of a page is drawn."""
    do, args = st.session_state.pop(_DUE, (None, ()))
    if do is not None:
        do(*args)
