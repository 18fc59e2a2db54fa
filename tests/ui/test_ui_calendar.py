"""The contact calendar: days that are moved, and what a recipe would not get."""

from __future__ import annotations

import pytest
from screen import show, texts, whole

from sim import Scenario
from sim.core.domain import Channel, Refused
from sim.play import trying
from sim.play.trying import Wished
from sim.strategies import SHELF
from sim.strategies.recipe import PARAMS, params_of
from sim.ui import names
from sim.ui.train import playing, wish
from sim.ui.tune import calendar
from sim.ui.words import Words


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("DUNNING_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(playing, "_aside", lambda t, asked, sentence: None)
    playing._memory.clear()


def editor(base: str, lang: str = "en"):
    stage = show("tune", lang, view="strategy")
    return whole(stage.button(key=f"from_{base}").click().run())


def test_every_day_of_the_calendar_is_a_parameter_of_its_base():
    for base, steps in calendar.STEPS.items():
        known = params_of(SHELF[base])
        for step in steps:
            assert step.means in names.CHANNELS
            assert step.tone in known or step.tone in names.TONES
            for name, _ in calendar.COLUMNS:
                value = getattr(step, name)
                if isinstance(value, str):
                    assert isinstance(known[value], int)
                    assert value in PARAMS


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("base", sorted(calendar.STEPS))
def test_every_calendar_is_drawn(base, lang):
    stage = editor(base, lang)
    assert Words(lang)("Contact calendar") in texts(stage)
    assert "calendar" in [one.key for one in stage.get("plotly_chart")]


def test_a_day_that_is_moved_is_the_parameter_and_the_bar():
    stage = editor("process")
    whole(stage.number_input(key="day_2_letter_from").set_value(45).run())
    assert stage.text_input(key="params_letter_from").value == "45"
    assert [one.first for one in calendar.STEPS["process"]].count("letter_from") == 1
    whole(stage.text_input(key="params_letter_from").set_value("50").run())
    assert stage.number_input(key="day_2_letter_from").value == 50


def test_what_was_typed_wrongly_below_leaves_the_calendar_standing():
    stage = editor("process")
    whole(stage.text_input(key="params_letter_from").set_value("soon").run())
    assert stage.number_input(key="day_2_letter_from").value is None


def test_a_tone_is_chosen_by_its_name():
    stage = editor("phone_only")
    whole(stage.selectbox(key="day_0_tone").set_value(3).run())
    assert stage.text_input(key="params_tone").value == "3"


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "calls: 9 made, 4 refused (no seat 4)"),
                       ("zh", "电话：执行 9 次，4 次未成（坐席不足 4）")],
)  # fmt: skip
def test_refusals_are_shown_once_they_are_asked_for(monkeypatch, lang, said):
    found = [Wished(Channel.PHONE, 9, ((Refused.SEAT, 4),))]
    monkeypatch.setitem(wish._MAKERS, "tried", lambda asked, progress=None: found)
    stage = editor("process", lang)
    assert said not in texts(stage)
    whole(stage.button(key="try_recipe").click().run())
    assert said in texts(stage)


def test_a_trial_counts_what_was_done_and_what_was_refused():
    small = Scenario.load("weilidai", ("book.pool=100",))
    found = trying.tried(small, SHELF["process"], accounts=40, days=15)
    phone = next(one for one in found if one.channel == Channel.PHONE)
    assert phone.done > 0
    assert all(n > 0 for one in found for _, n in one.refused)
    assert [one.done + one.lost for one in found] == sorted(
        (one.done + one.lost for one in found), reverse=True
    )
