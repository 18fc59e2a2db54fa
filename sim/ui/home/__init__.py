"""Home: what this is, three doors, a floor to look at, the last verdicts and the queue."""

from __future__ import annotations

from contextlib import suppress
from html import escape

import streamlit as st

from sim.core.errors import BadInput
from sim.store.runs import RunStore
from sim.ui import address, asking, cards, frame, results, work
from sim.ui.train import floors
from sim.ui.words import Words, mark

LAST = 3  #: verdicts that are shown
PULSE = 2.0  #: seconds between two looks at the queue
#: Door: page, ids of its link, title, what it answers, the button.
DOORS = (
    ("compare", {"view": "setup"}, mark("Decide"),
     mark("Which strategy earns most within the limits, and how sure is that?"),
     mark("Compare strategies")),
    ("tune", {"view": "inputs"}, mark("Tune"),
     mark("Put in your own book, people and money; see what the answer depends on."),
     mark("Make it mine")),
    ("train", {"view": "lessons"}, mark("Teach"),
     mark("Twelve lessons: predict, play the same borrowers twice, and see why."),
     mark("Open the lessons")),
)  # fmt: skip


def page(t: Words) -> None:
    """Show the first screen; the floor comes last, for it may have to be played."""
    if address.read("run") or address.read("view"):  # a link from when the bare address compared
        address.go("compare", **{key: address.read(key) for key in st.query_params})
    frame.head(
        t, "Dunning Lab",
        t("Try a collection strategy on simulated borrowers before you try it on real ones."),
    )  # fmt: skip
    _doors(t)
    st.subheader(t("The same borrowers, two floors"), anchor=False)
    floor = st.container()
    _verdicts(t)
    _queue(t)
    with floor:
        floors.show(t, _which(), key="floors_home", download=False)


def _doors(t: Words) -> None:
    with st.grid(min_column_width=300):
        for room, ids, title, says, label in DOORS:
            with st.container(border=True, height="stretch"):
                st.html(
                    f'<h2 class="dl-door">{escape(t(title))}</h2>'
                    f'<p class="dl-small">{escape(t(says))}</p>'
                )
                if st.button(t(label), key=f"door_{room}", type="primary", width="stretch"):
                    address.go(room, **ids)


def _which() -> floors.Floors:
    """Return the floors of the newest verdict, else the usual ones."""
    with suppress(BadInput, ValueError, KeyError):
        for name in _complete()[:1]:
            question = results.folder(name).manifest["question"]
            return floors.of_run(results.comparison(name), question) or floors.usual()
    return floors.usual()


def _complete() -> list[str]:
    """Return the newest finished comparisons; a trial is shown with the run it belongs to."""
    runs = (run for run in RunStore().list() if not results.is_trial(run.path))
    return [run.path.name for run in runs if run.head.state == "complete"]


def _verdicts(t: Words) -> None:
    st.subheader(t("The last verdicts"), anchor=False)
    names = _complete()[:LAST]
    if not names:
        usual = asking.usual("weilidai")
        cards.card(t, "empty", t("No run is stored yet."))
        work.button(t, t("Play the usual comparison"), asking.words(usual), key="first")
        return
    with st.grid(min_column_width=280):
        for name in names:
            with (
                st.container(border=True, height="stretch", key=f"last_{name}"),
                suppress(BadInput, ValueError, KeyError),
            ):
                _verdict(t, name)
    if st.button(t("All runs"), key="to_library"):
        address.go("library")


def _verdict(t: Words, name: str) -> None:
    shown = results.page_of(t, name)
    card = shown["card"]
    chip = cards.verdict_chip(card.state, card.chip) if card else ""
    first = card.first if card else t("Nothing is compared in this run.")
    st.html(
        f'<div class="dl-run"><p><strong>{escape(shown["title"])}</strong> {chip}</p>'
        f"<p>{escape(first)}</p>"
        f'<p class="dl-small">{escape(" · ".join(shown["facts"][:4]))}</p></div>'
    )
    if st.button(t("Open"), key=f"open_{name}"):
        address.go("compare", view="result", run=name)


def _queue(t: Words) -> None:
    """Say what plays and what waits, as long as anything does."""
    live = work.queue().live()
    if not live:
        return
    st.subheader(t("In the queue"), anchor=False)

    @st.fragment(run_every=PULSE)
    def strip() -> None:
        now = work.queue().live()
        if [s.name for s in now] != [s.name for s in live]:
            st.rerun()
        for status in now:
            cards.of_status(t, status)

    strip()
