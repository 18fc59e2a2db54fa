"""The shelf: twelve lessons in three rows, and how far each has come."""

from __future__ import annotations

from html import escape

import streamlit as st

from sim import lessons
from sim.lessons import Lesson
from sim.lessons.words import STAGES
from sim.ui import address
from sim.ui.train import desk
from sim.ui.train.desk import Said
from sim.ui.train.prose import line
from sim.ui.train.wish import lesson
from sim.ui.words import Words

ACROSS = 3  #: cards in a row


def show(t: Words) -> None:
    """Show the lessons by what they are about."""
    line(
        t("Each lesson asks for your prediction first. Then the same borrowers live through each "
          "treatment with the same luck, and you see who was won, who was lost, and why.")
    )  # fmt: skip
    found = [lesson(name) for name in lessons.names()]
    said = desk.answers()
    for stage, title in STAGES.items():
        st.subheader(t.pick(title), anchor=False)
        row = [one for one in found if one.stage == stage]
        for first in range(0, len(row), ACROSS):
            columns = st.columns(ACROSS)
            for column, one in zip(columns, row[first : first + ACROSS], strict=False):
                with column:
                    _card(t, one, said.get(one.id))


def _card(t: Words, one: Lesson, said: Said | None) -> None:
    with st.container(border=True, key=f"card_{one.id}"):
        facts = [t("{n} min", n=one.minutes), _state(t, said)]
        if one.sandbox:
            facts.append(t("sandbox: one treatment is unlawful"))
        st.html(
            f'<p class="dl-shelf"><span class="dl-number">{one.number}</span>'
            f"<strong>{escape(t.pick(one.title))}</strong></p>"
            f'<p class="dl-small">{escape(" · ".join(facts))}</p>'
        )
        st.button(
            t("Open") if said is None else t("Go on"), key=f"open_{one.id}", on_click=_open,
            args=(one.id,),
        )  # fmt: skip


def _state(t: Words, said: Said | None) -> str:
    if said is None:
        return t("not begun")
    if said.right < 0:
        return t("predicted")
    return t("score {s}", s=t.number(round(score(said))))


def score(said: Said) -> float:
    """Return the score of one reader, or the mean score of the hands."""
    hands = said.votes or tuple(int(i == said.option) for i in range(said.option + 1))
    whole = sum(hands)
    points = [lessons.score(said.confidence, i == said.right) for i in range(len(hands))]
    return sum(n * p for n, p in zip(hands, points, strict=True)) / whole if whole else 0.0


def _open(name: str) -> None:
    address.write(lesson=name, step=None)
