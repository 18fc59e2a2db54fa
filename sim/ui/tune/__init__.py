"""Tune: what is assumed, what if it were otherwise, and what the outcome hangs on."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from sim.ui import address, cards, frame
from sim.ui.tune import bar, state
from sim.ui.tune.inputs import show as show_inputs
from sim.ui.tune.portfolio import show as show_portfolio
from sim.ui.tune.preview import show as show_preview
from sim.ui.tune.response import show as show_response
from sim.ui.tune.strategy import show as show_strategy
from sim.ui.words import Words

STYLE = Path(__file__).parent / "tune.css"
VIEWS = {
    "inputs": show_inputs,
    "strategy": show_strategy,
    "preview": show_preview,
    "portfolio": show_portfolio,
    "response": show_response,
}
ALONE = ("response",)  #: follows a job of its own


def page(t: Words) -> None:
    """Show the view in the link on the draft in the link."""
    frame.head(t, t("Tune"), t("What is assumed here, and what if it were otherwise?"))
    with st.container(key="dl_unseen_tune"):
        st.html(f"<style>{STYLE.read_text(encoding='utf-8')}</style>")
    view = address.pick(
        t, "view", t("View"),
        {"inputs": t("Inputs"), "strategy": t("Strategy editor"), "preview": t("Preview"),
         "portfolio": t("Your portfolio"), "response": t("Response")},
    )  # fmt: skip
    desk = state.desk(t) if view else None
    if view is None or desk is None:
        return
    if view not in ALONE:
        bar.result(t, desk)
    elif desk.draft.portfolio:
        cards.card(
            t, "note", t("Your own book is not played here: a drawn book stands for it."),
        )  # fmt: skip
    VIEWS[view](t, desk)
    bar.show(t, desk)
