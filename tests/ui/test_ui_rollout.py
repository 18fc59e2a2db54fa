"""The roll-out view: what is asked, what is shown of a stored one, and every state of it."""

from __future__ import annotations

import re

import numpy as np
import pytest
import streamlit as st
from screen import bodies, query, show, texts, whole
from test_rollout import STATES, invented
from test_ui_chinese import english

from sim.core.errors import BadInput
from sim.experiments import rollout
from sim.experiments.rollout import PRESENT
from sim.show import charts
from sim.show.charts import gantt
from sim.show.charts import rollout as drawn
from sim.store import drafts
from sim.store.jobs import record
from sim.strategies.timetable import Entry, load, made, names
from sim.ui.compare import editor, months
from sim.ui.words import Words

NAME = "20260101-000000-aaaaaa"


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("DUNNING_RUNS", str(tmp_path / "runs"))
    st.cache_resource.clear()
    st.cache_data.clear()
    return tmp_path / "runs"


def stored(root, state="paid", name=NAME):
    """Store a roll-out of invented numbers."""
    (root / name).mkdir(parents=True)
    rollout.keep(invented({"service_plan": STATES[state]}), root / name)
    return name


def page(lang="en", **ids):
    return show("compare", lang, view="rollout", **ids)


# --- asking ------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_without_a_stored_one_both_timetables_stand_there_with_owners_and_months(lang):
    stage = page(lang)
    said = texts(stage)
    for table in (load("service_plan"), load("compliance_first")):
        for entry in table.entries:
            assert getattr(entry.title, lang) in said
            assert getattr(entry.owner, lang) in said
    assert bodies(stage).count("<table") == 2
    assert 'data-state="empty"' in bodies(stage)
    assert query(stage)["timetable"] == "service_plan"


@pytest.mark.parametrize("name", names())
def test_every_preset_can_be_chosen(name):
    stage = page(timetable=name, against="none")
    assert load(name).title.en in texts(stage)
    assert bodies(stage).count("<table") == 1


def test_a_timetable_that_does_not_exist_is_a_broken_link_and_nothing_takes_its_place():
    stage = page(timetable="nothing")
    assert 'data-state="link"' in bodies(stage)
    assert "<table" not in bodies(stage)


def test_a_bar_is_moved_by_a_number_and_kept_as_ones_own():
    stage, base = page(against="none"), load("service_plan")
    key = "bar_service_plan_0_start"
    assert stage.number_input(key=key).value == base.entries[0].start
    whole(stage.number_input(key=key).set_value(4).run())
    whole(stage.button(key="bars_save_service_plan").click().run())
    mine = drafts.own_timetables()[query(stage)["timetable"]]
    assert [e.start for e in mine.entries] == [4, *(e.start for e in base.entries[1:])]
    assert "start" not in mine.entries[0].cited
    assert mine.entries[1:] == base.entries[1:]


def test_a_move_can_be_taken_back():
    stage, key = page(against="none"), "bar_service_plan_0_ramp"
    whole(stage.number_input(key=key).set_value(5).run())
    whole(stage.button(key="bars_forget_service_plan").click().run())
    assert stage.number_input(key=key).value == load("service_plan").entries[0].ramp
    assert not drafts.own_timetables()


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", names())
def test_a_bar_is_as_long_as_its_measure_is_in_force(name, lang):
    table = load(name)
    pale, full = gantt.gantt(table, 12, lang).data
    for i, entry in enumerate(table.entries):
        force = [entry.share(m) for m in range(12)]
        assert round(pale.x[i]) == sum(0 < share < 1 for share in force)
        assert round(full.x[i]) == sum(share == 1 for share in force)
    assert gantt.sentence_gantt(table, lang)


def test_areas_add_up_to_the_whole():
    parts = {"a": np.array([1.0, 2.0]), "b": np.array([3.0, 5.0])}
    figure = gantt.areas(parts, [1, 2], "people")
    assert max(max(trace.y) for trace in figure.data) == 7.0


def test_run_puts_the_question_in_the_queue_as_a_command(store, monkeypatch):
    monkeypatch.setattr("sim.store.jobs.queue.Queue.keep_tending", lambda self: self)
    stage = page()
    stage.number_input(key="roll_accounts").set_value(120).run()
    stage.button(key="roll_run").click().run()
    whole(stage)
    (job,) = record.all_of(store)
    assert job.words[:4] == ("rollout", "weilidai", "--timetable", "service_plan")
    assert job.words[4:8] == ("--accounts", "120", "--replications", "5")
    assert job.words[10:12] == ("--against", "compliance_first")
    assert query(stage)["roll"] == job.name
    assert 'data-state="queued"' in bodies(stage)


def test_a_number_typed_as_the_button_is_pressed_is_the_one_that_runs(store, monkeypatch):
    monkeypatch.setattr("sim.store.jobs.queue.Queue.keep_tending", lambda self: self)
    stage = page()
    stage.number_input(key="roll_accounts").set_value(120)
    stage.button(key="roll_run").click()
    whole(stage.run())
    (job,) = record.all_of(store)
    assert job.words[4:6] == ("--accounts", "120")


def test_a_number_out_of_bounds_typed_as_the_button_is_pressed_runs_nothing(store, monkeypatch):
    monkeypatch.setattr("sim.store.jobs.queue.Queue.keep_tending", lambda self: self)
    stage = page()
    stage.number_input(key="roll_accounts").set_value(7)
    stage.button(key="roll_run").click()
    assert "allowed, you entered 7" in texts(whole(stage.run()))
    assert not record.all_of(store)


@pytest.mark.parametrize(("key", "value"), [("roll_accounts", 7), ("roll_runs", 5_000)])
def test_what_is_out_of_bounds_cannot_run_and_says_what_is_allowed(key, value):
    stage = page()
    stage.number_input(key=key).set_value(value).run()
    assert stage.button(key="roll_run").disabled
    assert f"allowed, you entered {value}" in texts(stage)


# --- the answer --------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("state", STATES)
def test_every_state_is_shown_in_both_languages(store, state, lang):
    stage = page(lang, roll=stored(store, state))
    said = texts(stage)
    assert not re.search(r"\bnan\b|\binf\b|−0 |\+−", said)
    keys = [one.key for one in stage.get("plotly_chart")]
    assert len([key for key in keys if key.startswith("chart_rollout")]) == 3
    assert len([key for key in keys if key.startswith("areas_")]) == 4
    if lang == "zh":
        assert not english(said) - {NAME[-6:]}


def test_the_newest_is_shown_where_the_link_names_none(store):
    name = stored(store)
    stage = page()
    assert query(stage)["roll"] == name
    assert "has paid for itself by month 2" in texts(stage)


def test_a_broken_link_is_said_and_nothing_takes_its_place(store):
    stored(store)
    stage = page(roll="20260101-000000-zzzzzz")
    assert 'data-state="link"' in bodies(stage)
    assert not [one for one in stage.get("plotly_chart") if not one.key.startswith("gantt_")]


def test_a_target_moves_its_row(store):
    stage = page(roll=stored(store))
    stage.number_input(key="roll_target_satisfaction").set_value(50.0).run()
    whole(stage)
    row = re.search(r"Service plan: Satisfaction ≥ 50(.*?)</tr>", bodies(stage), re.DOTALL)
    assert row
    assert row[1].count("0 %") == 4


def test_a_stored_one_says_how_to_repeat_it(store):
    stage = page(roll=stored(store))
    assert stage.get("code") or stage.code


# --- the months --------------------------------------------------------------------------------


def test_a_measure_that_grows_is_told_apart_from_one_in_full_force_without_colour():
    table = made({"name": "mine", "entries": [
        {"lever": "inspection", "to": 0.1, "start": 2, "ramp": 2, "last": 4}]})  # fmt: skip
    row = months.of(Words("en"), table, 5).partition("<tbody>")[2]
    cells = re.findall(r'<td class="dl-month"[^>]*>(.?)</td>', row)
    assert cells == ["", months.GROWING, months.FULL, months.FULL, ""]
    assert 'aria-label="50%"' in row


def test_what_a_file_says_is_never_taken_for_html():
    table = made({"name": "mine", "title": {"en": "<b>"}, "entries": [
        {"lever": "inspection", "to": 0.1, "title": {"en": "<script>"},
         "owner": {"en": "<i>"}}]})  # fmt: skip
    assert not re.search("<script|<i>|<b>", months.of(Words("en"), table, 3))


def test_phases_stand_above_their_months():
    head = months.of(Words("en"), load("service_plan"), 12)
    spans = [int(n) for n in re.findall(r'scope="colgroup" colspan="(\d+)"', head)]
    assert spans == [3, 3, 6]


# --- the pictures ------------------------------------------------------------------------------


def test_the_line_of_the_present_practice_is_zero_and_not_drawn():
    found = invented({"service_plan": STATES["paid"]})
    figure = drawn.cumulative(found)
    lines = [t for t in figure.data if t.mode == "lines" and t.fill is None]
    assert len(lines) == len(found.asked.arms) - 1
    assert lines[0].y[0] == 0.0
    assert np.array(lines[0].y[1:]) == pytest.approx(found.band("service_plan")[1] / 1e6)
    assert len({line.line.dash for line in lines}) == 2


def test_bands_are_drawn_from_five_runs_on():
    early = drawn.cumulative(invented({"service_plan": STATES["early"]}))
    assert not [t for t in early.data if t.fill]
    whole_ = drawn.cumulative(invented({"service_plan": STATES["spread"]}))
    assert len([t for t in whole_.data if t.fill]) == 2


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_pictures_survive_a_dark_page(lang):
    found = invented({"service_plan": STATES["spread"]})
    for figure in (drawn.cumulative(found, lang), drawn.risks(found, lang, metric="breaches")):
        assert charts.darkened(figure).data
    assert PRESENT not in drawn.sentence_risks(found, lang)


# --- a timetable of one's own --------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", names())
def test_a_timetable_saved_unchanged_reads_back_as_it_was(name, lang):
    t, base = Words(lang), load(name)
    kept = drafts.save_timetable(editor.body(t, base, editor.table(t, base), "Mine"))
    back = drafts.own_timetables()[kept]
    assert (back.entries, back.phases) == (base.entries, base.phases)
    assert base.title.en in back.why.en
    assert base.title.zh in back.why.zh
    assert back.title.en == back.title.zh == "Mine"
    assert load(drafts.timetable_file(kept)) == back


def test_a_change_of_month_is_kept_and_no_longer_cited():
    t, base = Words("en"), load("service_plan")
    rows = editor.table(t, base)
    rows.loc[0, "start"] = 5
    first = editor.body(t, base, rows, "Later")["entries"][0]
    assert first["start"] == 5
    assert "start" in base.entries[0].cited
    assert "start" not in first.get("cited", ())


def test_a_new_row_takes_its_numbers_from_the_form_and_its_words_in_both_languages():
    t, base = Words("zh"), load("service_plan")
    rows = editor.table(t, base)
    rows.loc[len(rows)] = {"title": "加训", "lever": "training_hours", "to": "4", "start": 2}
    kept = drafts.save_timetable(editor.body(t, base, rows, ""))
    last = drafts.own_timetables()[kept].entries[-1]
    assert (last.title.en, last.to, last.start, last.last) == ("加训", 4.0, 2, 0)


@pytest.mark.parametrize("typed", ["8,000", "8，000", "8000"])
def test_a_comma_sets_thousands_apart_and_thresholds_are_asked_for_in_cny(typed):
    t, base = Words("en"), load("service_plan")
    rows = editor.table(t, base)
    for lever in ("fixed_monthly", "params.sue_above"):
        rows.loc[len(rows)] = {"title": "More", "lever": lever, "to": typed, "start": 2}
    money, threshold = editor.body(t, base, rows, "Mine")["entries"][-2:]
    assert (money["to"], threshold["to"]) == (8_000, 800_000)
    shown = editor.table(t, base.model_copy(update={"entries": (Entry(**threshold),)}))
    assert shown.loc[0, "to"] == "8000"


@pytest.mark.parametrize(
    "change", [{"to": "many"}, {"to": "3", "as_in": "team"}, {"last": 1, "start": 4}]
)
def test_what_the_schema_refuses_is_not_kept(change):
    t, base = Words("en"), load("service_plan")
    rows = editor.table(t, base)
    for key, value in change.items():
        rows.loc[1, key] = value
    with pytest.raises(BadInput):
        drafts.save_timetable(editor.body(t, base, rows, "Wrong"))
    assert drafts.own_timetables() == {}


def test_saving_never_overwrites_and_what_is_saved_can_be_played():
    t, base = Words("en"), load("service_plan")
    body = editor.body(t, base, editor.table(t, base), "Mine")
    first, second = drafts.save_timetable(body), drafts.save_timetable(body)
    assert first != second
    stage = page(timetable=first, against=second)
    assert "Mine (your own)" in [o for s in stage.selectbox for o in s.options]
    assert bodies(stage).count("<table") == 2
    drafts.remove_timetable(first)
    assert set(drafts.own_timetables()) == {second}
