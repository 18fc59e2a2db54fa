"""Experiments: what a decision hangs on, where it turns, what would be better, how to test it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from sim.ui import address
from sim.ui.compare.experiments import (
    forecasts,
    hangs,
    levers,
    parts,
    picks,
    pilots,
    prices,
    turns,
    winners,
)
from sim.ui.words import Words, mark

STYLE = Path(__file__).parent / "experiments.css"
#: Experiment: its title, the question that it answers, and its page.
LABS: dict[str, tuple[str, str, Callable[[Words], None]]] = {
    "hangs": (
        mark("What it hangs on"),
        mark(
            "Which inputs move the difference between two strategies, and how much of what moves "
            "is luck?"
        ),
        hangs.show,
    ),
    "turns": (
        mark("Where it turns"),
        mark(
            "Under which conditions does one strategy beat another, and what is the smallest "
            "change that turns it?"
        ),
        turns.show,
    ),
    "winners": (
        mark("Map of two inputs"),
        mark("Who wins where two inputs are otherwise?"),
        winners.show,
    ),
    "prices": (
        mark("Price of rules"),
        mark("What does each rule cost a strategy, and what does it spare borrowers?"),
        prices.show,
    ),
    "picks": (
        mark("Best of many"),
        mark("Which of many strategies is the best, and how surely?"),
        picks.show,
    ),
    "parts": (
        mark("Where it comes from"),
        mark(
            "Which levers does a difference come from, whom does it reach, and whom does it hurt?"
        ),
        parts.show,
    ),
    "levers": (
        mark("Better levers"),
        mark("Are there better levers than those on the shelf, within the limits?"),
        levers.show,
    ),
    "pilots": (
        mark("Plan the pilot"),
        mark("What would a live test of a challenger show, and how large and long must it be?"),
        pilots.show,
    ),
    "forecasts": (
        mark("Forecasts kept"),
        mark("What did we foretell, and what happened?"),
        forecasts.show,
    ),
}


def show(t: Words) -> None:
    """Show the experiment in the link."""
    with st.container(key="dl_unseen_lab"):
        st.html(f"<style>{STYLE.read_text(encoding='utf-8')}</style>")
    lab = address.pick(t, "lab", t("Experiment"), {n: t(title) for n, (title, *_) in LABS.items()})
    if lab is None:
        return
    _, question, page = LABS[lab]
    st.subheader(t(question))
    page(t)
