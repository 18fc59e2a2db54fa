"""What the model cannot say, and what it is made of."""

from __future__ import annotations

from html import escape
from importlib.metadata import PackageNotFoundError, version

import streamlit as st

from sim.show.report.words import CANNOT
from sim.store.runs import versions as run_versions
from sim.ui import cards
from sim.ui.words import Words

SHOWN = ("streamlit", "plotly", "scipy", "babel")


def limits(t: Words) -> None:
    """List what a simulation cannot say."""
    st.subheader(t("What a simulation cannot say"), anchor=False)
    items = "".join(f"<li>{escape(t.pick(pair))}</li>" for pair in CANNOT)
    st.html(f'<ol class="dl-list-plain">{items}</ol>')


def versions(t: Words) -> None:
    """List the versions that numbers depend on, and the licence."""
    st.subheader(t("Versions"), anchor=False)
    found = run_versions() | {name: _version(name) for name in SHOWN}
    rows = [(name, number) for name, number in found.items() if number]
    st.html(cards.table((t("Part"), t("Version")), rows))
    st.caption(t("Licence: Apache 2.0. Everything runs on this machine; nothing is sent anywhere."))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
