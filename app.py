"""The router of the app, and nothing else; `dunning app` starts it."""

from functools import partial

import streamlit as st

from sim.ui import address, frame

t = frame.words()
st.set_page_config(page_title="Dunning Lab", page_icon="⚖️", layout="wide")

TITLES = {
    "home": t("Home"),
    "compare": t("Compare"),
    "tune": t("Tune"),
    "train": t("Train"),
    "library": t("Library"),
    "about": t("About the model"),
}
pages = {
    room: st.Page(partial(frame.shown, t, room), title=title, url_path=room, default=room == "home")
    for room, title in TITLES.items()
}
address.remember(pages)
st.navigation(list(pages.values()), position="top").run()
