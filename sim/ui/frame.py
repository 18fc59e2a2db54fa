"""What every page shares: its head, the language switch, and a boundary no traceback crosses."""

from __future__ import annotations

import logging
import secrets
from html import escape
from importlib import import_module
from pathlib import Path

import streamlit as st

from sim.core.errors import BadInput
from sim.ui import address, cards, press
from sim.ui.held import held
from sim.ui.words import HTML, LANGUAGES, Words

STYLE = Path(__file__).parent / "style.css"
SCRIPT = Path(__file__).parent / "frame.js"
LOG = logging.getLogger("dunning.app")


def words() -> Words:
    """Return the words of whoever looks at the page."""
    return Words(address.language(), st.context.timezone or "UTC")


def head(t: Words, title: str, answers: str) -> None:
    """Write the page's title, the switch of languages, and one sentence: what the page answers."""
    script = SCRIPT.read_text(encoding="utf-8").replace("{lang}", HTML[t.lang])
    with st.container(key="dl_unseen"):
        st.html(f"<style>{STYLE.read_text(encoding='utf-8')}</style>")
        st.html(
            f"<script>{script}</script>",
            unsafe_allow_javascript=True,
        )
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.html(f'<h1 class="dl-title">{escape(title)}</h1>', width="content")
        _languages(t)
    st.html(f'<p class="dl-answers">{escape(answers)}</p>')


def _languages(t: Words) -> None:
    if (asked := address.read("lang")) and asked not in LANGUAGES:
        cards.broken_link(t, "lang", asked, LANGUAGES)
    else:
        address.write(lang=t.lang)
    with held("lang", t.lang):
        st.segmented_control(
            t("Language"), list(LANGUAGES), format_func=lambda i: LANGUAGES[i], key="lang",
            required=True, label_visibility="collapsed", on_change=_speak,
        )  # fmt: skip


def _speak() -> None:
    st.session_state[address.LANG] = st.session_state["lang"]
    address.write(lang=st.session_state["lang"])


def shown(t: Words, room: str) -> None:
    """Show the page ``sim.ui.<room>``; what goes wrong in it becomes a sentence.

    It is loaded here, so that one page that cannot be loaded leaves the others alone.
    """
    try:
        press.fulfil()
        with address.gathered():
            import_module(f"sim.ui.{room}").page(t)
        press.forget()
    except BadInput as refused:
        refusal(t, refused)
    except Exception:
        mishap(t)


def refusal(t: Words, refused: BadInput) -> None:
    """Say what was refused: the place and the value in our words, the rest as the program says."""
    cards.card(
        t, "refused",
        t("This cannot be used: {place} = {value}.", place=refused.key or refused.where,
          value=str(refused.value)[:120]),
        t("The program says: {line}", line=refused.allowed),
    )  # fmt: skip


def mishap(t: Words) -> None:
    """Say that something went wrong that is ours to mend; the log has the trace by a number."""
    number = secrets.token_hex(3)
    LOG.exception("mishap %s", number)
    cards.card(
        t, "failed",
        t("Something went wrong here, and it is our mistake. Your runs are safe."),
        t("Reload the page; if it happens again, the log of the app has the details under "
          "{number}.", number=number),
    )  # fmt: skip
