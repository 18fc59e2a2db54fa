"""A check that a visitor may start, and follow while it runs."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from sim.ui import cards, work
from sim.ui.words import Words


def offer(t: Words, words: Sequence[str], *, ran: bool) -> None:
    """Follow ``dunning WORDS`` while it runs, else offer it; *ran*: its result is there already."""
    check = words[0]
    name = st.session_state.get(f"dl_check_{check}")
    status = work.follow(t, name) if name else None
    if status and status.live:
        return
    if not ran:
        cards.card(t, "empty", t("This check has not run here since the model last changed."))
    label = t("Check again") if ran else t("Check now")
    help_ = t("It takes a minute or two.")
    st.button(label, key=f"check_{check}", on_click=_start, args=(tuple(words),), help=help_)


def _start(words: Sequence[str]) -> None:
    st.session_state[f"dl_check_{words[0]}"] = work.submit(words, out=False)
