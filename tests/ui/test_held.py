"""A widget holds what the page knows, and is written only where it must be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from sim.ui.held import held

UI = Path(__file__).resolve().parents[2] / "sim" / "ui"


def page() -> None:
    import streamlit as st

    from sim.ui.held import held

    with held("box", st.session_state.get("known", 3)):
        st.number_input("Box", key="box", step=1)


def written(at: AppTest) -> bool:
    """Tell whether the last drawing sent a value that replaces what the browser shows."""
    return bool(at.number_input(key="box").proto.set_value)


def test_a_value_is_sent_once_and_never_over_what_is_typed():
    at = AppTest.from_function(page).run()
    assert written(at)
    assert at.number_input(key="box").value == 3
    at.session_state["known"] = 7
    at.number_input(key="box").set_value(7).run()
    assert not written(at)
    at.run()
    assert not written(at)


def test_what_changes_elsewhere_is_shown():
    at = AppTest.from_function(page).run()
    at.session_state["known"] = 12
    at.run()
    assert written(at)
    assert at.number_input(key="box").value == 12


class Noting(dict):
    """A session that counts what is written into it."""

    writes = 0

    def __setitem__(self, key, value):
        self.writes += 1
        super().__setitem__(key, value)


def test_an_interrupted_drawing_writes_again(monkeypatch):
    state = Noting()
    monkeypatch.setattr(st, "session_state", state)
    with pytest.raises(InterruptedError), held("box", 3):
        raise InterruptedError
    assert state.writes == 1
    with held("box", 3):
        assert state.writes == 2
    with held("box", 3):
        assert state.writes == 2


def test_a_number_that_went_through_another_unit_is_the_same_number(monkeypatch):
    state = Noting(box=3.0 + 1e-15)
    monkeypatch.setattr(st, "session_state", state)
    with held("box", 3.0):
        assert state.writes == 0


WRITTEN = re.compile(
    r"session_state(?:\[(?P<a>\w+)\] = |\.setdefault\((?P<b>\w+), )(?:.*\n){1,4}?.*st\.\w+\("
    r"(?:.*\n){0,3}?.*key=(?P<used>\w+)\b"
)


def by_hand(text: str) -> bool:
    """Tell whether a key is written just before the widget of that key is drawn."""
    return any(m["used"] in (m["a"], m["b"]) for m in WRITTEN.finditer(text))


def test_every_form_goes_by_way_of_held():
    assert by_hand("st.session_state[key] = now\nst.toggle(name, key=key)")
    assert [f.name for f in UI.rglob("*.py") if by_hand(f.read_text("utf-8"))] == []
