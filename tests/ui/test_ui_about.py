"""About the model: what is assumed, what was checked here and when, what it cannot say."""

from __future__ import annotations

import pytest
from screen import bodies, show, texts

from sim.scenario import Scenario
from sim.show.report.words import CANNOT, MARKS
from sim.store.runs import checks
from sim.ui.about.assumptions import GROUPS

VIEWS = ("how", "assumptions", "checks", "limits", "versions")


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("DUNNING_RUNS", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_stands(view, lang):
    assert 'data-state="link"' not in bodies(show("about", lang, view=view))


@pytest.mark.parametrize(("lang", "place"), [("en", 0), ("zh", 1)])
def test_all_that_it_cannot_say_is_said(lang, place):
    seen = texts(show("about", lang, view="limits"))
    assert all(pair[place] in seen for pair in CANNOT)


def test_every_group_of_inputs_has_a_title():
    assert {row.path.partition(".")[0] for row in Scenario().knobs()} == set(GROUPS)


@pytest.mark.parametrize("mark", MARKS)
def test_inputs_are_listed_by_their_mark(mark):
    seen = texts(show("about", view="assumptions", group="all", mark=mark))
    for row in Scenario.load("weilidai").knobs():
        assert (f" {row.path} " in seen) == (row.mark == mark), row.path


def test_an_unknown_mark_is_said():
    assert "mark = sure" in texts(show("about", view="assumptions", mark="sure"))


def test_checks_that_never_ran_are_not_claimed():
    seen = texts(show("about", view="checks"))
    assert "has not run here" in seen
    assert "have not run here" in seen
    assert "✓" not in seen


def test_a_calibration_shows_hits_and_misses_with_its_date(store):
    row = {
        "name": "30-day collection", "value": 84.6, "low": 80.0, "high": 89.2, "band_low": 85.0,
        "band_high": 88.0, "hit": False, "source": "B1.2", "unit": "%", "basis": "",
    }  # fmt: skip
    nothing = {"value": None, "low": None, "high": None}
    met = row | nothing | {"name": "promises kept M1", "hit": True}
    name = checks.name_of("calibration", Scenario.load("weilidai").fingerprint)
    checks.keep(store, name, {"scenario": "weilidai", "accounts": 2000, "rows": [met, row]})
    seen = texts(show("about", view="checks"))
    assert "1 of 2 targets are met" in seen
    assert seen.index("✗ missed") < seen.index("✓ met")
    assert "85.0 to 88.0" in seen
    assert "nan" not in seen


def test_the_tests_of_the_program_are_counted_by_what_they_show(store):
    case = '<testcase classname="tests.{}" name="x">{}</testcase>'
    body = "".join(
        [case.format("test_queueing", ""), case.format("test_luck", "<failure/>"),
         case.format("test_rules", "<skipped/>")]
    )  # fmt: skip
    folder = store / checks.SHELF
    folder.mkdir()
    (folder / checks.TESTS).write_text(
        '<testsuites><testsuite timestamp="2026-11-22T10:00:00+00:00">'
        f"{body}</testsuite></testsuites>"
    )
    seen = texts(show("about", view="checks"))
    assert "✓ all 1 passed" in seen
    assert "✗ 1 of 1 failed" in seen
    assert "did not run" in seen
    assert "1 test passed, 1 failed" in seen


@pytest.mark.parametrize("text", ["", "<a", "<testsuites/>"])
def test_a_broken_report_of_tests_is_none(store, text):
    (store / checks.SHELF).mkdir()
    (store / checks.SHELF / checks.TESTS).write_text(text)
    assert checks.tests(store) is None


def _scaled(store, state, drift):
    row = {
        "strategy": "team", "metric": "net_value gain", "accounts": 300, "replications": 40,
        "value": 34_590.0, "half_width": 12_619.0, "drift": drift, "drift_half_width": 1_360.0,
        "matters": 5_879.0, "state": state,
    }  # fmt: skip
    largest = row | {"accounts": 20_000, "replications": 4, "value": 35_869.0, "state": "-"}
    name = checks.name_of("scale", Scenario.load("weilidai").fingerprint)
    checks.keep(store, name, {"scenario": "weilidai", "rows": [largest | {"drift": 0.0}, row]})
    return {lang: texts(show("about", lang, view="checks")) for lang in ("en", "zh")}


def test_small_books_stand_beside_the_largest_with_their_drift(store):
    seen = _scaled(store, "small", -1_280.0)
    assert "Net value, gain" in seen["en"]
    assert seen["en"].index("300 accounts") < seen["en"].index("20,000 accounts")
    assert "no more than matters" in seen["en"]
    assert "未超过有意义的差别" in seen["zh"]


def test_a_book_that_drifts_is_told_by_how_much(store):
    seen = _scaled(store, "drifts", -9_280.0)
    assert "✗ more than matters" in seen["en"]
    assert "off by −9," in seen["en"]
    assert "漂移" in seen["zh"]
