"""How it works, in a minute and a half: the path of one account through one day."""

from __future__ import annotations

from html import escape

import streamlit as st

from sim.ui.words import Words, mark

STEPS = (
    (
        mark("The account"),
        mark("Somebody is late. The lender sees balance, days late and what was said before; "
             "not the wallet, not the mood."),
    ),
    (
        mark("The strategy"),
        mark("It looks at what the lender sees and says what to do today: wait, write, call, "
             "offer instalments, visit, sue, and in which tone."),
    ),
    (
        mark("The law"),
        mark("Every wish is checked: the hour, how often already, the tone, a dispute, a pause. "
             "What is unlawful does not happen, and is counted."),
    ),
    (
        mark("The seat"),
        mark("A call needs a free collector, a visit a crew of two, a message nobody. Who is "
             "busy lets others wait."),
    ),
    (
        mark("The answer"),
        mark("Somebody answers or not; pays, promises, tells why, refuses or complains. Who has "
             "no money cannot pay, however willing."),
    ),
    (
        mark("The traces"),
        mark("Trust, fear and resentment stay behind and fade at their own pace; the ledger "
             "writes down what happened. Tomorrow it begins again."),
    ),
)  # fmt: skip
WHY = (
    (
        mark("Same people, same luck"),
        mark("Every strategy meets the same borrowers with the same luck: the same wages, shocks "
             "and answered phones. What differs in the end comes from the strategy."),
    ),
    (
        mark("Many worlds, not one"),
        mark("The world is drawn again and again. The range beside each number says how far luck "
             "alone could move it, and shrinks with more runs."),
    ),
    (
        mark("The same money"),
        mark("Unless you say otherwise all strategies have the same budget: what one spends on "
             "people another spends on process or models. What is not spent counts as value."),
    ),
)  # fmt: skip


def show(t: Words) -> None:
    """Show the path of an account, then what makes the comparison fair."""
    st.subheader(t("One account, one day"), anchor=False)
    steps = "".join(_box(t, title, text, n) for n, (title, text) in enumerate(STEPS, start=1))
    st.html(f'<ol class="dl-flow">{steps}</ol>')
    st.subheader(t("What makes the comparison fair"), anchor=False)
    st.html(f'<ul class="dl-flow dl-still">{"".join(_box(t, a, b) for a, b in WHY)}</ul>')


def _box(t: Words, title: str, text: str, number: int = 0) -> str:
    sign = f'<span class="dl-number" aria-hidden="true">{number}</span>' if number else ""
    return f"<li>{sign}<strong>{escape(t(title))}</strong><p>{escape(t(text))}</p></li>"
