"""Challenge the verdict: six cards on a page, live from the runs; as a page for the board."""

from __future__ import annotations

import streamlit as st

from sim.compare.comparison import Comparison
from sim.experiments.question import from_manifest
from sim.show.report import challenge
from sim.show.report.challenge import Tried
from sim.ui import address, cards, results
from sim.ui.compare import doubts
from sim.ui.words import Words


def show(t: Words) -> None:
    """Show the six cards about the run in the link, else the newest."""
    name = address.read("run") or results.newest()
    if name is None:
        cards.card(t, "empty", t("No run is stored yet."))
        st.button(t("Set up another"), key="to_setup", on_click=address.write,
                  kwargs={"view": "setup"})  # fmt: skip
        return
    if name not in results.names() or not results.folder(name).finished():
        cards.broken_link(t, "run", name, results.names())
        return
    address.write(run=name)
    results.question_bar(t, name)
    comparison = results.comparison(name)
    tried = _tried(t, name, comparison)
    answers = challenge.challenges(comparison, t.lang, tried)
    if not answers:
        cards.card(t, "empty", t("This run compares nothing: there is no verdict to challenge."))
        return
    results.verdict(t, name)
    st.html(f"<style>{challenge.style()}</style>{challenge.cards(answers, t.lang)}")
    with st.container(horizontal=True):
        st.download_button(
            t("Board page (HTML, prints on one A4)"),
            lambda: challenge.board(comparison, t.lang, tried), file_name=f"{name}-board.html",
            mime="text/html", key="board", on_click="ignore",
        )  # fmt: skip
        if not tried.sentence:
            folder = results.folder(name)
            question = from_manifest(folder.path, folder.manifest)
            doubts.offer(t, name, question, key="test_challenge")


def _tried(t: Words, name: str, comparison: Comparison) -> Tried:
    """Return what is known of the verdict under other assumptions."""
    rows = doubts.trials_of(name, comparison)
    if not rows:
        return Tried(0, 0, 0, "", "")
    count = {state: sum(row.state == state for row in rows) for state in doubts.LEADS}
    moved = [row for row in rows if row.mine is not None]
    first = min(moved, key=lambda row: row.mine.difference, default=None)  # type: ignore[union-attr]
    return Tried(
        count["leads"], count["close"], count["turned"], doubts.verdict_lines(t, comparison, rows),
        doubts.knob_title(t, comparison, first.path) if first else "",
    )  # fmt: skip
