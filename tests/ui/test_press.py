"""A press is done once, with what stands there now, and is not lost with an interrupted drawing."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from sim.ui import press

    done = st.session_state.setdefault("done", [])
    press.fulfil()
    number = st.number_input("Number", key="number", value=1, step=1)
    if st.session_state.pop("interrupt", False):
        st.rerun()
    for key in ("one", "two"):
        press.act(key, key, lambda *said: done.append(said), key, number,
                  why="too many" if number > 9 else "")  # fmt: skip
    press.forget()


def test_a_press_takes_the_number_typed_with_it_and_is_done_once():
    at = AppTest.from_function(page).run()
    at.number_input(key="number").set_value(4)
    at.button(key="one").click()
    at.run()
    at.run()
    assert at.session_state["done"] == [("one", 4)]


def test_a_press_outlives_a_drawing_that_is_interrupted():
    at = AppTest.from_function(page).run()
    at.session_state["interrupt"] = True
    at.button(key="one").click().run()
    assert at.session_state["done"] == [("one", 1)]


def test_two_presses_at_once_are_both_done():
    at = AppTest.from_function(page).run()
    at.button(key="one").click()
    at.button(key="two").click()
    at.run()
    assert sorted(at.session_state["done"]) == [("one", 1), ("two", 1)]


def test_what_may_not_be_done_with_the_number_typed_is_not_done_later_either():
    at = AppTest.from_function(page).run()
    at.number_input(key="number").set_value(12)
    at.button(key="one").click()
    at.run()
    at.number_input(key="number").set_value(3).run()
    assert at.session_state["done"] == []
