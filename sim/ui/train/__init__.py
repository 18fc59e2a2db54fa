"""Train: predict, play, and see why."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from sim.ui import address, frame
from sim.ui.train import classroom, contest, desk, laboratory, lesson, playing, shelf, stage
from sim.ui.words import Words

STYLE = Path(__file__).parent / "train.css"


def page(t: Words) -> None:
    """Show the shelf of lessons, one lesson, the laboratory, the floors or the class."""
    frame.head(t, t("Train"), t("What does a strategy do to a person, and why?"))
    with st.container(key="dl_unseen_train"):
        st.html(f"<style>{STYLE.read_text(encoding='utf-8')}</style>")
    playing.get_ready()
    desk.check(t)
    desk.class_id()
    views = {
        "lessons": t("Lessons"),
        "escalation": t("Escalation laboratory"),
        "film": t("Twin floors"),
        "class": t("Class"),
        "contest": t("Beat the lab"),
    }
    view = address.pick(t, "view", t("View"), views)
    if view != "contest":
        address.write(code=None, team=None)
    if view == "lessons":
        _lessons(t)
    elif view is not None:
        address.write(lesson=None, step=None, who=None, turn=None)
        rooms = {
            "escalation": laboratory.show,
            "film": stage.show,
            "class": classroom.show,
            "contest": contest.show,
        }
        rooms[view](t)


def _lessons(t: Words) -> None:
    if address.read("lesson") is None:
        address.write(step=None, who=None, turn=None)
        shelf.show(t)
    else:
        lesson.show(t)
