"""What a lesson page has played: in a process of its own, watched, and stopped when left.

A page asks for an answer. What was answered lately is in memory; the rest is made by a worker
beside the app, which leaves it in the cache on disk, so that the same wish is quick next time and
nobody else's page waits. Whoever leaves the page ends their worker: nothing is left running.
"""

from __future__ import annotations

import tempfile
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Lock, Thread
from typing import Any, NamedTuple

import streamlit as st

from sim.play.workers import Lost, processes
from sim.play.workers.litter import prefix
from sim.store.runs import progress
from sim.ui.train.wish import Wish, fulfilled
from sim.ui.words import Words

KEPT = 40  #: answers in memory
PULSE = 0.3  #: seconds between two looks at a worker
WORK = "sim.ui.train.wish"  #: what a worker imports before it is asked


class Memory(NamedTuple):
    """Answers given lately, newest last, and the one seat beside the app."""

    answers: OrderedDict[Wish, Any]
    seat: Lock


@st.cache_resource(show_spinner=False)
def _memory() -> Memory:
    return Memory(OrderedDict(), Lock())


@st.cache_resource(show_spinner=False)
def get_ready() -> None:
    """Let the server of workers import what they need while the reader reads."""
    processes.get_ready(WORK)


def known(wish: Wish) -> bool:
    """Tell whether the answer is at hand."""
    return wish in _memory().answers


def answer(t: Words, wish: Wish, sentence: str) -> Any:
    """Return the answer to *wish*, showing *sentence* and how far it is while it is made.

    Raises
    ------
    BadInput
        What the wish itself is refused with.
    """
    answers = _memory().answers
    if wish not in answers:
        if wish.heavy:
            _aside(t, wish, sentence)
        answers[wish] = fulfilled(wish)
        while len(answers) > KEPT:
            answers.popitem(last=False)
    return answers[wish]


def _aside(t: Words, wish: Wish, sentence: str) -> None:
    """Let a worker fill the cache; every look at it is where a reader who left ends it."""
    place = st.empty()
    bar = place.progress(0.0, text=sentence)
    with (
        _seat(t, bar),
        tempfile.TemporaryDirectory(prefix=prefix()) as folder,
        processes.Processes(1, WORK) as crew,
    ):
        told: list[Any] = []
        answers = crew.answers(partial(_work, folder), [wish], lambda task, word: None)
        thread = Thread(target=_fetch, args=(answers, told), daemon=True)
        thread.start()
        while thread.is_alive():
            bar.progress(_share(Path(folder)), text=sentence)
            thread.join(PULSE)
    place.empty()
    for found in told:
        if isinstance(found, BaseException):
            raise found
        if isinstance(found, Lost):
            raise RuntimeError(found.reason)


def _fetch(answers: Any, told: list[Any]) -> None:
    """Wait for the one answer; what goes wrong is an answer too."""
    try:
        told.extend(found for _, found in answers)
    except BaseException as error:
        told.append(error)


def _work(folder: str, wish: Wish) -> None:
    """Fulfil a wish in the worker: the answer stays in the cache, only progress is told."""
    fulfilled(wish, progress.told(Path(folder)))


def _share(folder: Path) -> float:
    heard = progress.heard(folder)
    return min(1.0, heard.done / heard.planned) if heard and heard.planned else 0.0


@contextmanager
def _seat(t: Words, bar: Any) -> Iterator[None]:
    """Wait for the one seat beside the app: two readers' lessons are played one after the other."""
    seat = _memory().seat
    while not seat.acquire(timeout=PULSE):
        bar.progress(0.0, text=t("Waiting: another lesson is being played."))
    try:
        yield
    finally:
        seat.release()
