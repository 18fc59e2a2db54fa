"""Step 6: turn one dial, or take the counter-example; and take the lesson away as a file."""

from __future__ import annotations

import streamlit as st

from sim.lessons import Lesson, Played
from sim.lessons.telling import figure, label
from sim.show.report.lesson import write
from sim.ui import address
from sim.ui.train import outcome, playing, wish
from sim.ui.train.prose import line
from sim.ui.words import Words

DONE = "dl_exported"  #: in the session: lessons whose file is ready


def show(t: Words, one: Lesson) -> None:
    """Offer the dial's points and the counter-example beside the lesson as it was."""
    labels = {"same": t("As in the lesson")}
    if one.dial.path:
        labels |= {f"d{i}": f"{value:g}" for i, value in enumerate(one.dial.values)}
    labels["counter"] = t("Counter-example: {title}", title=t.pick(one.counter.title))
    if one.dial.path:
        line(
            t("One dial: {dial} ({unit}). Or other borrowers: the counter-example.",
              dial=t.pick(one.dial.title), unit=t.pick(one.dial.unit))
        )  # fmt: skip
    turn = address.pick(t, "turn", t("What if"), labels)
    if turn is None:
        return
    if turn == "counter":
        line(t.pick(one.counter.says), "dl-lead")
    found = outcome.played(t, one, "" if turn == "same" else turn)
    arm = turned(one) if turn.startswith("d") else None
    base = outcome.played(t, one)
    _side(t, base, found, arm)
    _export(t, one)


def turned(one: Lesson) -> str | None:
    """Return the arm whose dial is turned, where it is none of the headline pair."""
    first, _, rest = one.dial.path.partition(".")
    arm = rest.partition(".")[0]
    return arm if first == "arms" and arm in one.names and arm not in one.compared else None


def _side(t: Words, base: Played, found: Played, arm: str | None) -> None:
    """Show what came out, then whether the answer turned."""
    options = base.lesson.question.options
    before, after = (t.pick(options[one.right].text) for one in (base, found))
    if found is base:
        told = t("The answer: {option}.", option=after)
    elif found.right == base.right:
        told = t("The answer stays: {option}.", option=after)
    else:
        told = t("The answer turns: {option}, no longer {before}.", option=after, before=before)
    line(told, "dl-lead", strong=True)
    columns = st.columns(2, gap="large")
    with columns[0]:
        st.html(outcome.share_lost(t, found, arm) + outcome.waffle(t, found, arm))
    with columns[1]:
        st.html(outcome.numbers(t, found, arm))
        if found is not base:
            line(t("As in the lesson: {numbers}.", numbers=t.listed(_before(t, base, arm))))


def _before(t: Words, base: Played, arm: str | None) -> list[str]:
    """Return the three numbers as the lesson had them."""
    pair = (base.lesson.compared[0], arm or base.lesson.compared[1])
    return [
        f"{t.pick(label(name)[0])} {figure(one)} → {figure(other)}"
        for name in outcome.THREE
        for one, other in [[base.value(arm, name) for arm in pair]]
    ]


def _export(t: Words, one: Lesson) -> None:
    """Make the lesson's file when asked: its counter-example may take a while to play."""
    ready = playing.known(wish.played(one.id, "counter"))
    asked = one.id in st.session_state.get(DONE, ())
    if not (ready or asked):
        st.button(
            t("Prepare the lesson as one HTML file"), key="prepare", on_click=_prepare,
            args=(one.id,),
        )  # fmt: skip
        return
    base, counter = outcome.played(t, one), outcome.played(t, one, "counter")
    st.download_button(
        t("Export lesson (HTML)"), lambda: write(base, counter, lang=t.lang).encode(),
        file_name=f"{one.id}.html", mime="text/html", key="export", on_click="ignore",
    )  # fmt: skip
    st.caption(t("One file with both languages, question and reveal; it needs no network."))


def _prepare(name: str) -> None:
    st.session_state[DONE] = (*st.session_state.get(DONE, ()), name)
