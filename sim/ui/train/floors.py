"""The twin floors on a page: a component of our own, bundled, that asks no host for anything."""

from __future__ import annotations

from typing import Any, NamedTuple

import streamlit as st

from sim.compare.comparison import Comparison
from sim.scenario.files import names as scenarios
from sim.show.report.theatre import Theatre, page, script, style
from sim.strategies import SHELF
from sim.ui.train import playing, wish
from sim.ui.words import Words

USUAL = ("weilidai", "phone_only", "team")  #: what is shown where nothing was asked yet


class Floors(NamedTuple):
    """Which floors: a scenario with what is set in it, and two strategies of the shelf."""

    source: str
    first: str
    second: str
    settings: tuple[str, ...] = ()


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    return st.components.v2.component(
        "dunning_floors", html='<div class="theatre-root"></div>', css=style(), js=script()
    )


def usual() -> Floors:
    """Return the floors that stand for the product where no run says otherwise."""
    return Floors(*USUAL)


def of_run(
    comparison: Comparison, question: dict[str, Any], challenger: str | None = None
) -> Floors | None:
    """Return the floors of a stored run; None where they cannot be played from the shelf."""
    pair = (comparison.baseline, challenger or comparison.verdict().strategy or "")
    source = str(question.get("source"))
    shelved = source in scenarios() and set(pair) <= set(SHELF)
    if comparison.of_file or not shelved or pair[0] == pair[1]:
        return None
    return Floors(source, *pair, tuple(question.get("settings", ())))


def show(t: Words, which: Floors, *, key: str, download: bool = True) -> None:
    """Play the floors, beside the app and once, and show them."""
    floors: Theatre = playing.answer(
        t, wish.floors(which.source, which.first, which.second, which.settings, t.lang),
        t("Two floors are played with the same borrowers and the same luck."),
    )  # fmt: skip
    _component()(key=key, data=floors.to_dict())
    note = t(
        "{n} late accounts and who comes after them, {d} days, one draw of luck: a look at how it "
        "goes, not the verdict.", n=floors.accounts, d=floors.days,
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(note, width="stretch")
        if download:
            title = " · ".join(side.title for side in floors.sides)
            st.download_button(
                t("As one HTML file"), lambda: page(floors, title), file_name="floors.html",
                mime="text/html", key=f"{key}_file", on_click="ignore",
            )  # fmt: skip
