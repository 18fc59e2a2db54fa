"""Step 1: who the borrower is, and what is done to them."""

from __future__ import annotations

from html import escape

import streamlit as st

from sim.lessons import Lesson, borrower_card
from sim.lessons.borrower import Fact
from sim.lessons.twins import twins
from sim.ui.train.prose import line, terms
from sim.ui.train.wish import SEED
from sim.ui.words import Words


def show(t: Words, one: Lesson) -> None:
    """Tell the story, the treatments, and what a collector can see of the borrower."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        line(t.pick(one.story).strip(), "dl-story")
        st.html(treatments(t, one))
    with right:
        many = {"n": t.count(one.twins.number), "d": one.days}
        if one.floor:
            line(
                t("{n} borrowers of a whole book, on a floor with seats, shifts and queues, "
                  "followed for {d} days.", **many), "dl-small",
            )  # fmt: skip
            return
        line(t("What the collector can see"), strong=True)
        st.html(facts(t, _card(one.id, one), hidden=False))
        line(
            t("One of {n} such borrowers, followed for {d} days. What only the simulator knows "
              "stays behind a curtain until step 5.", **many), "dl-small",
        )  # fmt: skip


@st.cache_resource(max_entries=24, show_spinner=False)
def _card(name: str, _one: Lesson) -> tuple[Fact, ...]:
    return borrower_card(twins(_one, SEED)[0])


def treatments(t: Words, one: Lesson) -> str:
    """Return the treatments as a list: what each does."""
    gap = "：" if t.lang == "zh" else ": "
    rows = "".join(
        f"<li><strong>{escape(t.pick(arm.title))}</strong>{gap}{escape(t.pick(arm.does))}</li>"
        for arm in one.arms
    )
    return f'<ul class="dl-list-plain">{rows}</ul>'


def facts(t: Words, card: tuple[Fact, ...], *, hidden: bool) -> str:
    """Return what is seen of a borrower, or what is hidden, as a list of terms."""
    return terms([(t.pick(f.label), t.pick(f.value)) for f in card if f.hidden is hidden])
