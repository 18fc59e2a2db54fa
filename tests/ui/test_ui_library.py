"""The library: what is listed, what leaves as a file, what is thrown away and taken back."""

from __future__ import annotations

import io
import os
import time
import zipfile

import pandas as pd
import pytest
from screen import bodies, query, show, texts

from sim import Scenario
from sim.core.errors import BadInput
from sim.experiments.question import Question
from sim.experiments.replay import begin, carry_out
from sim.store.runs import RunFolder, RunStore, keeping
from sim.store.runs.apart import Gap, gaps, mixed
from sim.ui import export, results
from sim.ui.words import Words


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A store with a complete run, one with another wage, and one that broke off."""
    root = tmp_path_factory.mktemp("library")
    for name, replications, settings in (
        ("20260101-000000-first", 5, ()),
        ("20260102-000000-second", 2, ("people.wage=9000",)),
    ):
        question = Question(
            Scenario.load("weilidai", ["book.pool=100", *settings]), "weilidai", settings,
            ("phone_only", "process", "do_nothing"), replications, 0, 60, 20, "same", "in_place",
            "new", "auto", "phone_only",
        )  # fmt: skip
        carry_out(question, begin(question, root / name))
    begin(question, root / "20260103-000000-third")
    return root


@pytest.fixture(autouse=True)
def store(runs, monkeypatch):
    monkeypatch.setenv("DUNNING_RUNS", str(runs))
    return RunStore()


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("5 runs", "60 accounts", "20 days", "interrupted", "Phone only", "early numbers")),
        ("zh", ("5 次模拟", "60 户", "20 天", "中断", "单一电话催收", "初步")),
    ],
)
def test_every_run_says_what_was_asked_and_what_came_out(lang, words):
    seen = texts(show("library", lang))
    assert all(word in seen for word in words)
    assert seen.index("-third") < seen.index("-second") < seen.index("-first")


def test_a_run_opens_by_its_name_with_verdict_and_table():
    seen = bodies(show("compare", run="20260101-000000-first"))
    assert "data-verdict=" in seen
    assert seen.index("data-verdict=") < seen.index('class="dl-table"')


def test_two_runs_show_first_what_was_asked_differently():
    stage = show(
        "library", view="pair", run="20260101-000000-first", other="20260102-000000-second"
    )
    seen = texts(stage)
    assert "people.wage" in seen
    assert "8,000 9,000" in seen
    assert "mix both causes" in seen
    assert seen.index("people.wage") < seen.index("95 % interval")


def test_an_unknown_run_in_a_pair_is_said():
    assert "other = nope" in texts(
        show("library", view="pair", run="20260101-000000-first", other="nope")
    )


def test_an_unknown_view_is_said_and_stays():
    stage = show("library", view="nope")
    assert "view = nope" in texts(stage)
    assert query(stage)["view"] == "nope"


# --- what differs ---------------------------------------------------------------------------------


def test_only_strategies_apart_do_not_mix_causes(store):
    one = store.open("20260101-000000-first").manifest
    other = one | {"question": one["question"] | {"strategies": ["phone_only"], "replications": 9}}
    found = gaps(one, other)
    assert {gap.key for gap in found} == {"strategies", "replications"}
    assert not mixed(found)


def test_an_input_apart_mixes_causes(store):
    one, other = (
        store.open(n).manifest for n in ("20260101-000000-first", "20260102-000000-second")
    )
    found = gaps(one, other)
    assert Gap("input", "people.wage", 8000.0, 9000.0) in found
    assert mixed(found)
    assert gaps(one, one) == []


# --- the trash ------------------------------------------------------------------------------------


@pytest.fixture
def folders(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "kept.txt").write_text(name)
    return tmp_path


def test_what_is_thrown_away_comes_back_as_it_was(folders):
    keeping.discard(folders, "a")
    assert not (folders / "a").exists()
    assert keeping.discarded(folders) == ["a"]
    keeping.restore(folders, "a")
    assert (folders / "a" / "kept.txt").read_text() == "a"
    assert keeping.discarded(folders) == []


def test_after_a_day_it_is_gone(folders):
    keeping.discard(folders, "a")
    keeping.discard(folders, "b")
    old = time.time() - keeping.DAY - 60
    os.utime(folders / keeping.TRASH / "a", (old, old))
    assert keeping.discarded(folders) == ["b"]
    assert not (folders / keeping.TRASH / "a").exists()


@pytest.mark.parametrize("name", ["../b", "", ".", "..", "nope", "a/../b"])
def test_nothing_outside_is_thrown_away(folders, name):
    with pytest.raises(BadInput):
        keeping.discard(folders / "a", name)
    assert (folders / "b" / "kept.txt").exists()


def test_a_note_is_text_of_bounded_length_and_comes_off_again(folders):
    keeping.write_note(folders / "a", "  老板要的 " + "x" * 900)
    assert keeping.note(folders / "a").startswith("老板要的")
    assert len(keeping.note(folders / "a")) == keeping.LONGEST
    keeping.write_note(folders / "a", " ")
    assert keeping.note(folders / "a") == ""


# --- what leaves as a file ------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_a_cell_that_a_spreadsheet_would_execute_is_defused(cell):
    written = export.csv(pd.DataFrame({"text": [cell], cell: ["x"], "n": [-1.5]})).decode()
    assert f"'{cell}" in written
    assert ",-1.5" in written


def test_tables_leave_as_utf8_that_says_so(store):
    from sim.experiments.replay import stored

    body = export.tables(stored(RunFolder(store.root / "20260101-000000-first")))
    with zipfile.ZipFile(io.BytesIO(body)) as bundle:
        assert bundle.namelist() == [
            f"{name}.csv" for name in ("summary", "differences", "groups", "replications")
        ]
        for name in bundle.namelist():
            assert bundle.read(name).startswith(b"\xef\xbb\xbf")
            assert len(pd.read_csv(io.BytesIO(bundle.read(name)))) > 0


def test_the_workbook_holds_the_tables_and_nothing_that_is_executed(store):
    from openpyxl import load_workbook

    from sim.experiments.replay import stored

    found = stored(RunFolder(store.root / "20260101-000000-first"))
    evil = found.measures.assign(metric="=HYPERLINK(1)\x07")
    book = load_workbook(io.BytesIO(export.workbook(found)))
    assert book.sheetnames == ["summary", "differences", "groups", "replications"]
    assert book["summary"].max_row == len(found.summary()) + 1
    frames = [("replications", evil)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export, "_frames", lambda found: iter(frames))
        sheet = load_workbook(io.BytesIO(export.workbook(found)))["replications"]
    values = {cell.value for cell in sheet["C"][1:]} | {cell.value for cell in sheet["D"][1:]}
    assert "'=HYPERLINK(1)" in values
    assert not [cell for row in sheet for cell in row if cell.data_type == "f"]


def test_a_strategy_of_ones_own_is_shown_by_its_title():
    asked = {"own": {"mine": {"recipe": {"title": {"en": "Our practice", "zh": "本行做法"}}}}}
    assert results.strategy_title(Words("zh"), "mine", asked) == "本行做法"
    assert results.strategy_title(Words("en"), "mine", asked) == "Our practice"
    assert results.strategy_title(Words("en"), "mine") == "mine"
