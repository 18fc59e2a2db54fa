"""Buttons whose act takes what its reader has entered, also where they type and press at once.

The arguments of a callback are those of the drawing before: who types a number and presses the
button while the page is still being drawn would start it with the old number. Here a press is
noted, the drawing that reaches the button has the values of now, and the act is done at the start
of the next one, where it may write what a callback may. An interrupted drawing loses no press.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

_DUE, _PRESSED = "dl_due", "dl_pressed"


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
    st.button(
        label, key=key, type="primary" if primary else "secondary", icon=icon,
        disabled=bool(why), help=why or None, on_click=_note, args=(key,),
    )  # fmt: skip
    pressed = st.session_state.get(_PRESSED, frozenset())
    if key in pressed:
        st.session_state[_PRESSED] = pressed - {key}
        if not why:
            st.session_state[_DUE] = (do, args)
            st.rerun()


def _note(key: str) -> None:
    st.session_state[_PRESSED] = st.session_state.get(_PRESSED, frozenset()) | {key}


def fulfil() -> None:
    """Do what was pressed last; called before anything of a page is drawn."""
    do, args = st.session_state.pop(_DUE, (None, ()))
    if do is not None:
        do(*args)


def forget() -> None:
    """Forget presses of buttons that a whole page no longer has."""
    st.session_state.pop(_PRESSED, None)
