"""The twin floors for a class: the same borrowers under two strategies, to be stopped and asked."""

from __future__ import annotations

import streamlit as st

from sim.strategies import SHELF
from sim.ui import address, cards
from sim.ui.train import floors
from sim.ui.train.prose import line
from sim.ui.words import Words

_, *USUAL = floors.USUAL


def show(t: Words) -> None:
    """Ask for two strategies and show their floors."""
    line(
        t("Each dot is a borrower, the same on both floors. Stop the day, click a dot, and see "
          "where its two lives part and why.")
    )  # fmt: skip
    names = {name: t.pick(strategy.title) for name, strategy in SHELF.items()}
    columns = st.columns(2)
    with columns[0]:
        first = address.select(t, "above", t("Left"), names, USUAL[0])
    with columns[1]:
        second = address.select(t, "below", t("Right"), names, USUAL[1])
    if first is None or second is None:
        return
    if first == second:
        cards.card(t, "refused", t("Choose two different strategies."))
        return
    floors.show(t, floors.Floors(floors.USUAL[0], first, second), key="floors_class")
