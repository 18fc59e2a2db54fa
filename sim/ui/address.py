"""The one owner of the URL: ids only, always written; an unknown id is said, never replaced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from threading import local
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from sim.ui import cards
from sim.ui.held import held
from sim.ui.words import LANGUAGES, Words

_drawn = local()  # .ids: what the page that this thread draws will write; None between pages
LANG = "dl_lang"  #: in the session, so that the language outlives a change of page


def language() -> str:
    """Return the reader's language: from the link, else as chosen before, else the browser's."""
    asked = st.query_params.get("lang")
    if asked in LANGUAGES:
        st.session_state[LANG] = asked
    elif LANG not in st.session_state:
        browser = st.context.locale or "en"
        st.session_state[LANG] = "zh" if browser.lower().startswith("zh") else "en"
    return str(st.session_state[LANG])


def read(key: str) -> str | None:
    """Return what the link says, unchecked; None where it is silent."""
    waiting = getattr(_drawn, "ids", None) or {}
    return waiting[key] if key in waiting else st.query_params.get(key)


def write(**ids: str | None) -> None:
    """Write ids into the link; None takes one out. While a page is drawn they are gathered."""
    waiting = getattr(_drawn, "ids", None)
    if waiting is None:
        _write(ids)
    else:
        waiting.update(ids)


@contextmanager
def gathered() -> Iterator[None]:
    """Write all that a page says of its link at once: one change of the address, one step back."""
    _drawn.ids = {}
    try:
        yield
    finally:
        # Not in the session: a reader who goes on meanwhile interrupts every look at it, and what
        # they chose would be gathered for a page that is no longer drawn.
        ids, _drawn.ids = _drawn.ids, None
        _write(ids or {})


def _write(ids: Mapping[str, str | None]) -> None:
    now = st.query_params.to_dict()
    wanted = {k: v for k, v in {**now, **ids}.items() if v is not None}
    if wanted != now:
        st.query_params.from_dict(wanted)


def known(t: Words, key: str, allowed: Iterable[str], default: str | None = None) -> str | None:
    """Return the id in the link, *default* where it is silent; say so and return None if unknown.

    The default is written into the link, so that a copied link always says what it shows.
    """
    ids, asked = list(allowed), read(key)
    if asked is None and default is not None:
        write(**{key: default})
        return default
    if asked is None or asked in ids:
        return asked
    cards.broken_link(t, key, asked, ids)
    return None


def pick(
    t: Words, key: str, label: str, options: Mapping[str, str], default: str | None = None
) -> str | None:
    """Ask for one of a few things with buttons in a row, and keep the answer in the link.

    Parameters
    ----------
    key
        The id's name in the link; the widget's key is the same.
    options
        Id to label, in the reader's language.
    default
        The first option unless another is named.

    Returns
    -------
    str or None
        The id; None where the link asks for one that does not exist, which is said on the page.
    """
    now = known(t, key, options, default or next(iter(options)))
    with held(key, now):
        st.segmented_control(
            label, list(options), format_func=lambda i: options[i], key=key,
            required=now is not None, label_visibility="collapsed", on_change=_follow, args=(key,),
        )  # fmt: skip
    return now


def select(
    t: Words, key: str, label: str, options: Mapping[str, str], default: str | None = None
) -> str | None:
    """Ask for one of many things with a list, and keep the answer in the link; as `pick`."""
    now = known(t, key, options, default or next(iter(options)))
    with held(key, now):
        st.selectbox(
            label, list(options), format_func=lambda i: options[i], key=key,
            on_change=_follow, args=(key,), placeholder=t("Choose"),
        )  # fmt: skip
    return now


def _follow(key: str) -> None:
    """Write what the reader chose into the link, before the page runs again."""
    write(**{key: st.session_state[key]})


def go(page: str, **ids: str | None) -> None:
    """Open another page of ours (by its path) with these ids in its link."""
    wanted = {k: v for k, v in ids.items() if v is not None} | {"lang": language()}
    _drawn.ids = None  # what this page would have said of itself
    st.switch_page(st.session_state["dl_pages"][page], query_params=wanted)


def link(page: str, t: Words, **ids: str) -> str:
    """Return the address of a page of ours, from the root of the app."""
    return f"/{page}?{urlencode({**ids, 'lang': t.lang})}"


def remember(pages: Mapping[str, Any]) -> None:
    """Keep the pages by their paths, so that `go` finds them."""
    st.session_state["dl_pages"] = dict(pages)
