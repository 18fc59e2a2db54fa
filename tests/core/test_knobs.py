"""Every knob explains itself and is read by something."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sim.core.domain import Organisation
from sim.core.errors import BadInput
from sim.core.knobs import twin
from sim.scenario import SHELF, Scenario, json_schema, names
from sim.scenario.borrower import Borrower, KindRow, ToneRow
from sim.scenario.changes import from_toml
from sim.scenario.channels import OWN, SAID, ChannelRow
from sim.scenario.lender import Budget, Court, Difference, Floor, Law, Money, People
from sim.scenario.schema import Book, Trial

SOURCE = "\n".join(
    f.read_text(encoding="utf-8") for f in Path(__file__).parents[2].glob("sim/**/*.py")
)
SECTIONS = (
    Book, Borrower, Budget, ChannelRow, Court, Difference, Floor, KindRow, Law, Money, People,
    ToneRow, Trial,
)  # fmt: skip


@pytest.mark.parametrize("section", SECTIONS, ids=lambda s: s.__name__)
def test_every_knob_is_read_somewhere(section):
    unread = [n for n in section.model_fields if not re.search(rf"\.{n}\b|\"{n}\"", SOURCE)]
    assert not unread


def test_every_lever_is_read_somewhere():
    assert not [n for n in Organisation._fields if not re.search(rf"\.{n}\b", SOURCE)]


@pytest.mark.parametrize("name", names())
def test_every_knob_has_a_text_a_mark_and_a_source(name):
    for knob in Scenario.load(name).knobs():
        assert knob.text, knob.path
        assert knob.mark in ("cited", "estimated", "assumed"), knob.path
        assert knob.source, knob.path


@pytest.mark.parametrize("name", names())
def test_every_scenario_asks_its_question_in_both_languages(name):
    scenario = Scenario.load(name)
    assert scenario.name == name
    for text in (scenario.title, scenario.question):
        assert text.en
        assert re.search(r"[\u4e00-\u9fff]", text.zh)
    assert (SHELF / f"{name}.toml").is_file()


def test_the_value_of_a_number_lies_within_its_range_to_sweep():
    for knob in Scenario.load("weilidai").knobs():
        if knob.sweep:
            assert knob.sweep[0] <= knob.value <= knob.sweep[1], knob.path


def test_a_twin_has_the_numbers_of_its_section_and_nothing_else():
    floor = Scenario.load("weilidai").floor
    assert twin(floor).wrap_minutes == floor.wrap_minutes
    assert not hasattr(twin(floor), "country")


def test_a_whole_number_is_swept_by_one_step_at_least():
    knobs = {k.path: k.sweep for k in Scenario.load("weilidai").knobs()}
    assert knobs["floor.crew"] == (1, 3)
    assert knobs["law.quiet_from"] == (16, 24)
    assert knobs["channels.sms.role"] == (0, 1)


def test_a_channel_has_only_the_knobs_that_are_read_of_its_row():
    shown = json_schema()["$defs"]["Channels"]["properties"]
    for channel, row in shown.items():
        assert set(row["properties"]) == {*OWN[channel], *SAID}
        assert set(row["default"]) == {*OWN[channel], *SAID}
    listed = {k.path for k in Scenario().knobs() if k.path.startswith("channels.")}
    assert listed == {f"channels.{c}.{key}" for c, keys in OWN.items() for key in keys}


def test_a_file_that_sets_what_is_not_read_is_refused_by_name():
    with pytest.raises(BadInput, match=r"x.toml: channels.phone.read .*it has role, cost"):
        from_toml(b"[channels.phone]\nread = 0.5\n", "x.toml")
    with pytest.raises(BadInput, match=r"channels.sms.delay_days says nothing"):
        Scenario.parse({"regime": [{"from_month": 2, "set": {"channels.sms.delay_days": 3}}]})
    usual = Scenario.load("weilidai", ["channels.phone.read=0.0"])
    assert usual.fingerprint == Scenario.load("weilidai").fingerprint


def test_a_scenario_cannot_be_changed():
    scenario = Scenario.load("weilidai")
    with pytest.raises(ValueError, match="frozen"):
        scenario.book.accounts = 5


def test_a_changed_copy_is_checked_and_has_another_fingerprint():
    scenario = Scenario.load("weilidai")
    fewer = scenario.with_({"people.wage": 9_000.0})
    assert fewer.people.wage == 9_000.0
    assert fewer.fingerprint != scenario.fingerprint
    with pytest.raises(ValueError, match="less than or equal to 1"):
        scenario.with_({"borrower.reach": 7.0})


def test_a_changed_number_no_longer_claims_the_source_of_the_base():
    knobs = {k.path: k for k in Scenario.load("weilidai", ["people.wage=9000"]).knobs()}
    assert knobs["people.wage"].mark == "assumed"
    assert knobs["people.wage"].source == "set by the scenario"
    assert knobs["people.tenure_mean"].mark == "cited"
