"""The class: what was answered in each lesson, and the score sheet."""

from __future__ import annotations

import streamlit as st

from sim import lessons
from sim.lessons import Answer
from sim.ui import cards
from sim.ui.train import desk, wish
from sim.ui.train.desk import Said
from sim.ui.train.prose import line
from sim.ui.train.shelf import score
from sim.ui.words import Words


def show(t: Words) -> None:
    """Show the answers so far; those whose lesson was played have a score."""
    taught = desk.class_id() is not None
    line(
        t("A class answers by show of hands. Count them at step 2 of a lesson; the sheet fills "
          "as lessons are played.")
    )  # fmt: skip
    if taught:
        st.caption(
            t("The answers of this class are kept under the link of this page; "
              "whoever has the link goes on with the same class.")
        )  # fmt: skip
        st.button(t("Leave this class"), key="leave", on_click=desk.leave_class)
    else:
        st.button(t("Begin a class"), key="begin", on_click=desk.open_class, type="primary")
        st.caption(
            t("Without a class the sheet holds your own answers, until the page is reloaded.")
        )
    said = {k: v for k, v in desk.answers().items() if k in lessons.names()}
    if not said:
        cards.card(t, "empty", t("No prediction is locked yet."))
        return
    st.html(cards.table(*_table(t, said)))
    _sheet(t, said)


def _table(t: Words, said: dict[str, Said]) -> tuple[list[str], list[list[str]]]:
    heads = [t("Lesson"), t("Answers"), t("Right answer"), t("Mean confidence"), t("Score")]
    rows = []
    for name, one in said.items():
        found = wish.lesson(name)
        options = [t.pick(option.text) for option in found.question.options]
        hands = t.listed(
            [
                f"{option}: {n}"
                for option, n in zip(options, votes(one, len(options)), strict=True)
                if n
            ]
        )
        right = options[one.right] if one.right >= 0 else t("not played yet")
        told = t.number(round(score(one))) if one.right >= 0 else "–"
        title = f"{found.number} · {t.pick(found.title)}"
        rows.append([title, hands, right, f"{one.confidence}%", told])
    return heads, rows


def votes(said: Said, options: int) -> tuple[int, ...]:
    """Return hands per option; one reader is one hand."""
    return said.votes or tuple(int(i == said.option) for i in range(options))


def answers(t: Words, said: dict[str, Said]) -> list[Answer]:
    """Return the rows of the score sheet: lessons that were played."""
    rows = []
    for name, one in said.items():
        if one.right < 0:
            continue
        found = wish.lesson(name)
        options = tuple(t.pick(option.text) for option in found.question.options)
        rows.append(
            Answer(t.pick(found.title), options, votes(one, len(options)), one.right,
                   float(one.confidence), round(score(one), 1))
        )  # fmt: skip
    return rows


def _sheet(t: Words, said: dict[str, Said]) -> None:
    rows = answers(t, said)
    st.download_button(
        t("Score sheet (CSV)"), lessons.sheet(rows, t.lang), file_name="score-sheet.csv",
        mime="text/csv", key="sheet", disabled=not rows, on_click="ignore",
        help=None if rows else t("Play a lesson first."),
    )  # fmt: skip
