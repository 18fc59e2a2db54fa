"""A ledger goes out to other tools, and they read in it what happened."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from sim import play
from sim.core.domain import Event
from sim.core.errors import BadInput
from sim.store.logs import DICTIONARY, FORMS, events, write
from sim.store.logs.vidigi import COLUMNS, queue_log

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def ledger(small):
    return play(small, "process", seed=2, accounts=40, days=20, engine="story").ledger


def test_every_event_is_in_the_dictionary_in_both_languages():
    assert set(DICTIONARY) == {e.name.lower() for e in Event}
    for meaning in DICTIONARY.values():
        assert meaning.en
        assert re.search("[\u4e00-\u9fff]", meaning.zh)


def test_the_page_lists_every_event():
    page = (ROOT / "docs" / "ledger.md").read_text(encoding="utf-8")
    for name, meaning in DICTIONARY.items():
        assert f"| `{name}` | {meaning.en} | {meaning.zh} |" in page


def test_a_talk_has_a_start_and_an_end_and_nothing_ends_before_it_starts(ledger):
    log = events(ledger)
    assert (log["end"] >= log["start"]).all()
    talks = log[log["event"] == "reached"]
    assert (talks["end"] > talks["start"]).all()


def test_money_is_the_same_on_both_sides(ledger):
    log = events(ledger)
    paid = ledger[ledger["event"] == "paid"]["amount"].sum() / 100
    assert log[log["event"] == "paid"]["amount"].sum() == pytest.approx(paid)
    assert len(log) == len(ledger)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_written_whole(ledger, form, tmp_path):
    path = tmp_path / f"log{FORMS[form][0]}"
    assert write(ledger, path, form) == len(ledger)
    assert path.stat().st_size > 1_000
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_file_that_is_there_is_left_alone(ledger, tmp_path):
    (tmp_path / "log.csv").write_text("mine")
    with pytest.raises(BadInput, match="does not exist yet"):
        write(ledger, tmp_path / "log.csv", "csv")
    assert (tmp_path / "log.csv").read_text() == "mine"


def test_ocel_relates_every_event_to_an_account_that_is_there(ledger, tmp_path):
    write(ledger, tmp_path / "log.json", "ocel")
    body = json.loads((tmp_path / "log.json").read_text(encoding="utf-8"))
    known = {o["id"] for o in body["objects"]}
    types = {t["name"] for t in body["eventTypes"]}
    assert {t["name"] for t in body["objectTypes"]} == {"account", "collector", "touch", "payment"}
    for event in body["events"]:
        assert event["type"] in types
        related = {r["objectId"] for r in event["relationships"]}
        assert related <= known
        assert any(name.startswith("account ") for name in related)


def test_a_seat_is_used_by_one_account_at_a_time(ledger):
    log = queue_log(events(ledger))
    assert list(log.columns) == list(COLUMNS)
    used = log[log["event_type"] == "resource_use"].groupby("entity_id").size()
    left = log[log["event_type"] == "resource_use_end"].groupby("entity_id").size()
    assert used.equals(left)
    for _, seat in log[log["resource_id"].notna()].groupby("resource_id"):
        order = seat.sort_values(["time", "event_type"], ascending=[True, False])
        busy = (order["event_type"] == "resource_use").cumsum()
        free = (order["event_type"] == "resource_use_end").cumsum()
        assert ((busy - free) <= 1).all()


@pytest.mark.filterwarnings("ignore")  # of its own backends
def test_pm4py_reads_xes_and_ocel(ledger, tmp_path):
    pm4py = pytest.importorskip("pm4py")
    write(ledger, tmp_path / "log.xes", "xes")
    write(ledger, tmp_path / "log.json", "ocel")
    traces = pm4py.read_xes(str(tmp_path / "log.xes"))
    assert traces["case:concept:name"].nunique() == ledger["account_id"].nunique()
    graph, _, _ = pm4py.discover_dfg(traces)
    assert graph
    found = pm4py.read_ocel2_json(str(tmp_path / "log.json"))
    assert len(found.events) == len(ledger)


def test_vidigi_animates_the_queue(ledger):
    prep = pytest.importorskip("vidigi.prep")
    log = queue_log(events(ledger))
    shown = prep.reshape_for_animations(log, every_x_time_units=240)
    assert isinstance(shown, pd.DataFrame)
    assert len(shown)
