"""The router of the app, and nothing else; `dunning app` starts it."""

from functools import partial

import streamlit as st

from sim.ui import address, frame

t = frame.words()
st.set_page_config(page_title="Dunning Lab", page_icon="⚖️", layout="wide")

TITLES = {
    "compare": t("Compare"),
    "tune": t("Tune"),
    "train": t("Train"),
    "library": t("Library"),
    "about": t("About the model"),
}
pages = {
    room: st.Page(partial(frame.shown, t, room), title=title, url_path=room)
    for room, title in TITLES.items()
}
address.remember(pages)
front = st.Page(address.front, title="Dunning Lab", default=True, visibility="hidden")
st.navigation([front, *pages.values()], position="top").run()
