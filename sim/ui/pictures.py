"""Charts on a page: each with a name to find it by, words for who cannot see it, a sentence."""

from __future__ import annotations

from typing import Any

import streamlit as st

from sim.compare.comparison import Comparison
from sim.show import charts
from sim.ui.words import Words


def dark() -> bool:
    """Tell whether the reader's page is dark."""
    return st.context.theme.type == "dark"


def chart(t: Words, figure: Any, *, key: str, alt: str, sentence: str = "") -> None:
    """Show a figure of `sim.show.charts` with its text alternative and, beneath, what it says.

    Parameters
    ----------
    key
        Names the chart on its page; a figure keeps its state under it.
    alt
        What is drawn, for readers who cannot see it.
    sentence
        What the numbers say, shown under the chart; *alt* where empty.
    """
    drawn = charts.darkened(figure) if dark() else figure
    st.plotly_chart(drawn, key=key, alt=alt, theme=None, config=charts.CONFIG)
    st.caption(sentence or alt)


def picture(t: Words, found: Comparison, name: str, **options: Any) -> None:
    """Show one of `charts.PICTURES` of a comparison under its title."""
    one = charts.PICTURES[name]
    title, sentence = t.pick(one.title), one.sentence(found, t.lang, **options)
    st.markdown(f"**{title}**")
    chart(t, one.draw(found, t.lang, **options), key=f"chart_{name}", alt=title, sentence=sentence)
