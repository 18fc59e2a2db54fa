"""Running things from a page: the queue, the strip that follows a run, and its buttons."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from sim.core.errors import BadInput
from sim.store.jobs import Queue, Status, record
from sim.store.runs import default_root
from sim.ui import address, cards, frame, press
from sim.ui.words import Words

PULSE = 0.7  #: seconds between two looks at a run that goes on


@st.cache_resource(show_spinner=False, on_release=Queue.rest)
def _queue(root: str) -> Queue:
    return Queue(default_root()).keep_tending()


def queue() -> Queue:
    """Return the app's queue; its thread begins with the first who asks."""
    return _queue(str(default_root().absolute()))


def plays(name: str) -> bool:
    """Tell whether the job of a run is still at it, though the run may be complete."""
    job = record.read(queue().root, name)
    return job is not None and job.step == "started" and job.player.alive


def submit(words: Sequence[str], *, out: bool = True, later: bool = False) -> str:
    """Put ``dunning WORDS`` in the queue for this visitor and return its name."""
    return queue().submit(words, out=out, owner=_visitor(), later=later)


def _visitor() -> str:
    """Return who asks: each open page is one visitor."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context else ""


def start(words: Sequence[str]) -> str:
    """Put ``dunning WORDS`` in the queue, write its name into the link, and return the name."""
    name = submit(words)
    address.write(run=name)
    return name


def button(
    t: Words, label: str, words: Sequence[str], *, key: str, reason: str = "", primary: bool = True
) -> None:
    """Offer a button that runs ``dunning WORDS``; with a *reason* it is disabled and says why."""
    press.act(label, key, _start, tuple(words), why=reason, primary=primary)
    if problem := st.session_state.pop("dl_refused", None):
        frame.refusal(t, problem)


def _start(words: Sequence[str]) -> None:
    try:
        start(words)
    except BadInput as refused:
        st.session_state["dl_refused"] = refused


def follow(t: Words, name: str) -> Status | None:
    """Show how the run *name* stands, following it while it goes on.

    When it ends, the whole page runs again. Nothing is shown of a run that is complete.

    Returns
    -------
    Status or None
        None where nobody knows the run; that is the caller's to say.
    """
    status = queue().status(name)
    if status is None or status.state == "complete":
        return status
    if status.live:
        _strip(t, name)
    else:
        cards.of_status(t, status)
        begun = bool(status.done)
        label = t("Continue") if begun else t("Try again")
        st.button(label, key="resume", on_click=_resume, args=(name,))
        if status.state == "interrupted":
            _watch(name)
    return status


def _watch(name: str) -> None:
    """Look again: a job that just broke off is without a player before its end is written down."""

    @st.fragment(run_every=PULSE)
    def again() -> None:
        status = queue().status(name)
        if status is None or status.state != "interrupted":
            st.rerun()

    again()


def _strip(t: Words, name: str) -> None:
    @st.fragment(run_every=PULSE)
    def strip() -> None:
        status = queue().status(name)
        if status is None or not status.live:
            st.rerun()
        _live(t, status)

    strip()


def _live(t: Words, status: Status) -> None:
    if status.state == "queued":
        cards.of_status(t, status)
        st.button(t("Leave the queue"), key="stop", on_click=_stop, args=(status.name,))
        return
    share = status.done / status.planned if status.planned else 0.0
    with st.container(horizontal=True, vertical_alignment="bottom", key="progress"):
        st.progress(min(1.0, share), text=cards.sentence(t, status))
        st.button(
            t("Stop"), key="stop", on_click=_stop, args=(status.name,),
            disabled=status.state == "stopping",
        )  # fmt: skip


def _stop(name: str) -> None:
    queue().cancel(name)


def _resume(name: str) -> None:
    with suppress(BadInput):
        queue().resume(name)
