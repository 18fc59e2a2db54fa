"""Step 5: one borrower under two treatments, where they part, and why."""

from __future__ import annotations

import streamlit as st

from sim import lessons
from sim.lessons import Lesson, Played, TwoLives
from sim.lessons.words import OUTCOMES
from sim.play.trace import aligned, sentence
from sim.show import charts
from sim.ui import address, cards, pictures
from sim.ui.train import outcome, playing, story, wish
from sim.ui.train.prose import paragraph
from sim.ui.words import Words


def show(t: Words, one: Lesson) -> None:
    """Say why, then show it on one borrower."""
    found = outcome.played(t, one)
    _mechanism(t, one)
    st.subheader(t("One borrower, two treatments"), anchor=False)
    twin = _who(t, found)
    if twin is None:
        return
    two: TwoLives = playing.answer(
        t, wish.lives(one.id, twin), t("One borrower is followed through both treatments.")
    )
    _parting(t, two)
    days = min(one.days, max(int(life.moods["day"].max()) for life in two.lives) + 2)
    pictures.chart(
        t, charts.treatments(two, days, t.lang), key="two_lives",
        alt=t("Two stories on one axis of days: {said}", said=two.sentence(t.lang)),
        sentence=t("△ warm, ▲ neutral or firm, ▽ stern, ▼ abusive contact; ◇ promise or □ plan, "
                   "filled when kept, ✕ when broken; ● payment by size. Dashed line: where they "
                   "part."),
    )  # fmt: skip
    _text(t, two)
    _curtain(t, two)


def _mechanism(t: Words, one: Lesson) -> None:
    honest = t.pick(one.honest)
    more = paragraph(t("What this model shows: {text}", text=honest)) if honest else ""
    told = paragraph(t.pick(one.mechanism), "dl-lead", strong=True)
    st.html(f'<section class="dl-card dl-edge-accent">{told}{more}</section>')


def _who(t: Words, found: Played) -> int | None:
    """Ask whom to follow; return the twin."""
    twins: dict[str, int | None] = {
        "moved": lessons.moved(found),
        "typical": lessons.typical(found),
        "contrary": lessons.contrary(found),
    }
    names = {"moved": t("One for whom it made the difference"),
             "typical": t("A typical borrower")}  # fmt: skip
    if twins["contrary"] is not None:
        names["contrary"] = t("One for whom it went otherwise")
    who = address.pick(t, "who", t("Borrower"), names)
    twin = twins[who] if who else None
    if twin is not None:
        came = str(found.outcomes()[twin])
        st.caption(t("This borrower: {outcome}.", outcome=t.pick(OUTCOMES[came])))
    return twin


def _parting(t: Words, two: TwoLives) -> None:
    meaning = {
        "policy": t("Policy: the treatments themselves acted differently."),
        "queue": t("Queue: the same was meant, but the seat was busy."),
        "means": t(
            "Means: the same was done, by other skill, on other data or under another name."
        ),
    }
    small = (meaning[two.parting.cause],) if two.parting else ()
    cards.card(t, "note", two.sentence(t.lang), *small)


def _text(t: Words, two: TwoLives) -> None:
    """Offer both stories as a table, for who reads rather than looks."""
    with st.expander(t("Both stories in words")):
        rows = []
        for a, b in aligned(two.lives[0].steps, two.lives[1].steps):
            day = next(step.day for step in (a, b) if step is not None)
            rows.append((str(day), *("" if s is None else sentence(s, t.lang) for s in (a, b))))
        st.html(cards.table((t("Day"), *(t.pick(title) for title in two.titles)), rows))


def _curtain(t: Words, two: TwoLives) -> None:
    with st.expander(t("Behind the curtain: what only the simulator knows")):
        st.html(story.facts(t, two.card, hidden=True))
        st.caption(
            t("A lender never sees these; the lesson shows them so that the reason can be seen.")
        )
