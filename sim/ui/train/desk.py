"""What was predicted: of one reader in their session, of a class in a file named by the link."""

from __future__ import annotations

import json
import re
import secrets
from pathlib import Path
from typing import Annotated, NamedTuple

import streamlit as st

from sim.core.errors import BadInput
from sim.core.intake import Field, checked_in, json_of
from sim.store.runs import default_root, disk
from sim.ui import address, cards
from sim.ui.words import Words

MINE = "dl_answers"  #: in the session: {lesson: Said} of one reader
CLASS = "dl_class"  #: in the session, so that the class outlives a change of page
FORM = re.compile("[0-9a-f]{8}")


class Said(NamedTuple):
    """A locked prediction.

    `votes` counts hands per option, and is empty for one reader; `option` then is the reader's,
    else that with most hands. `right` is the run's answer, -1 before it is known.
    """

    option: int
    amount: int
    confidence: int
    votes: tuple[int, ...] = ()
    right: int = -1


#: The same in a class's file.
Whole = Annotated[int, Field(strict=True)]
Kept = tuple[Whole, Whole, Whole, tuple[Whole, ...], Whole]


def class_id() -> str | None:
    """Return the class in the link or of this session; None where one reader reads alone."""
    asked = address.read("class") or st.session_state.get(CLASS)
    if not asked or not _file(asked).is_file():
        return None
    st.session_state[CLASS] = asked
    address.write(**{"class": asked})
    return str(asked)


def check(t: Words) -> None:
    """Say so where the link names a class that is not kept here."""
    asked = address.read("class")
    if asked and not _file(asked).is_file():
        cards.broken_link(t, "class", asked, [])


def open_class() -> None:
    """Begin a class: its answers are kept, and whoever has the link goes on with it."""
    name = secrets.token_hex(4)
    _write(name, {})
    st.session_state[CLASS] = name
    address.write(**{"class": name})


def leave_class() -> None:
    """Go back to answering alone; what the class answered is kept."""
    st.session_state.pop(CLASS, None)
    address.write(**{"class": None})


def answers() -> dict[str, Said]:
    """Return what is locked, by lesson."""
    name = class_id()
    if name is None:
        mine: dict[str, Said] = st.session_state.setdefault(MINE, {})
        return mine
    try:
        body = checked_in(dict[str, Kept], json_of(_file(name)), name)
    except BadInput:
        return {}
    return {lesson: Said(*row) for lesson, row in body.items()}


def lock(lesson: str, said: Said) -> None:
    """Keep a prediction; one that is locked stays as it is."""
    keep(lesson, answers().get(lesson, said))


def keep(lesson: str, said: Said) -> None:
    """Keep an answer, such as one whose right option has become known."""
    found = {**answers(), lesson: said}
    name = class_id()
    if name is None:
        st.session_state[MINE] = found
    else:
        _write(name, found)


def forget(lesson: str) -> None:
    """Take an answer back, so that the lesson can begin anew."""
    found = {k: v for k, v in answers().items() if k != lesson}
    name = class_id()
    if name is None:
        st.session_state[MINE] = found
    else:
        _write(name, found)


def _file(name: str) -> Path:
    """Return where a class is kept; a name that is none leads to no file."""
    return default_root() / ".classes" / (f"{name}.json" if FORM.fullmatch(name) else "none")


def _write(name: str, found: dict[str, Said]) -> None:
    path = _file(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    disk.write(path, json.dumps(found))
