"""One lesson, step by step; what comes after the prediction is locked until it is made."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from sim import lessons
from sim.lessons import Lesson
from sim.lessons.words import CONSTANT, SANDBOX
from sim.ui import address, cards
from sim.ui.train import desk, otherwise, outcome, predict, reason, story, wish
from sim.ui.train.prose import line
from sim.ui.words import Words, mark

STEPS = {
    "story": mark("Story"),
    "predict": mark("Predict"),
    "run": mark("Run"),
    "compare": mark("Result"),
    "why": mark("Why"),
    "whatif": mark("What if"),
}
OPEN = ("story", "predict")  #: steps that need no prediction


def show(t: Words) -> None:
    """Show the lesson in the link at the step in the link."""
    st.button(
        t("All lessons"), key="shelf", on_click=_back, icon=":material/arrow_back:", type="tertiary"
    )
    name = address.known(t, "lesson", lessons.names())
    if name is None:
        return
    one = wish.lesson(name)
    st.html(
        f'<h2 class="dl-lesson">{one.number} · {escape(t.pick(one.title))}</h2>'
        f'<p class="dl-small">{escape(t.pick(one.source))} · {t("{n} min", n=one.minutes)}</p>'
    )
    if one.sandbox:
        line(t.pick(SANDBOX), "dl-wrong")
    step = _step(t, one)
    if step is None:
        return
    _shows()[step](t, one)
    _onward(t, one, step)
    line(t.pick(CONSTANT), "dl-small")


def _shows() -> dict[str, Callable[[Words, Lesson], None]]:
    """Return what shows each step."""
    return {
        "story": story.show, "predict": predict.show, "run": outcome.run,
        "compare": outcome.compare, "why": reason.show, "whatif": otherwise.show,
    }  # fmt: skip


def _step(t: Words, one: Lesson) -> str | None:
    """Return the step to show: a later one without a prediction leads to Predict, and says so."""
    locked = one.id not in desk.answers()
    asked = address.read("step")
    sent_back = locked and asked in STEPS and asked not in OPEN
    if sent_back:
        address.write(step="predict")
    labels = {
        key: f"{i} {t(STEPS[key])}" + (" 🔒" if locked and key not in OPEN else "")
        for i, key in enumerate(STEPS, start=1)
    }
    step = address.pick(t, "step", t("Step"), labels)
    if sent_back:
        cards.card(t, "note", t("First your prediction: the later steps open once it is locked."))
    return step


def _onward(t: Words, one: Lesson, step: str) -> None:
    """Offer the next step; after Predict there is none before the answer is locked."""
    order = list(STEPS)
    here = order.index(step)
    with st.container(horizontal=True):
        if here:
            st.button(t("Back"), key="back", on_click=_go, args=(order[here - 1],))
        if here + 1 < len(order) and (step == "story" or one.id in desk.answers()):
            following = order[here + 1]
            st.button(
                t("Next: {step}", step=t(STEPS[following])), key="next", on_click=_go,
                args=(following,), type="primary",
            )  # fmt: skip


def _go(step: str) -> None:
    address.write(step=step)


def _back() -> None:
    address.write(lesson=None, step=None, who=None, turn=None)
