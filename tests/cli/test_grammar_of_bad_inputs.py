"""Bad inputs by the thousand, drawn from a grammar: whatever is typed or lies in a file, what comes
back is a result or one line, never a traceback, and a refusal leaves nothing behind.

`make test` draws a few of each kind; ``DUNNING_PROVE=1`` (as `make prove` sets it) thousands.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.cli import options
from sim.core.errors import LONGEST, BadInput
from sim.core.intake import checked, checked_in, parsed_json
from sim.experiments.calibrate.targets import from_file
from sim.experiments.forecast.frozen import digest
from sim.experiments.forecast.scored import actuals, score
from sim.experiments.question import QuestionForm
from sim.experiments.sweep import keeping, plays
from sim.experiments.sweep.design import Design
from sim.experiments.tune.asking import limits_of
from sim.lessons import shelf as lessons
from sim.scenario import Scenario
from sim.scenario.changes import from_toml
from sim.scenario.files import SHELF
from sim.store.runs import RunStore
from sim.store.runs.folder import Failure
from sim.store.runs.form import check
from sim.strategies import named
from sim.strategies.timetable import load as load_timetable

PROVE = bool(os.environ.get("DUNNING_PROVE"))
MANY = settings(
    max_examples=400 if PROVE else 15, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip

#: Words that mean something in some file, and values that stand at some edge.
WORDS = ["name", "base", "title", "book", "accounts", "days", "inputs", "strategies", "arms",
         "entries", "phases", "params", "extends", "question", "options", "seed", "weilidai",
         "process", "phone_only", "policy", "lever", "to", "as_in", "kind", "points",
         "n"]  # fmt: skip
EDGES = [0, -1, 1, True, False, 2**31, 2**63 - 1, -(2**63), 1e308, -1e308, 1e-320, 0.0, -0.0, "",
         "5", "nan", "\x1b[2J", "\u202e", "一", "a" * 3_000, "../../etc/passwd", "\x00",
         "🜁", "'", '"', "\\", "=x", "<script>"]  # fmt: skip
words = st.sampled_from(WORDS) | st.text(max_size=12)
leaves = st.sampled_from(EDGES) | st.integers() | st.floats() | words | st.booleans() | st.none()
trees = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)
tables = st.dictionaries(words, trees, max_size=6)


def literal(value: object) -> str:
    """Write anything as TOML would have it, or as near as it comes."""
    if isinstance(value, bool) or value is None:
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {literal(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    return json.dumps(value) if isinstance(value, str) else repr(value)


def toml(body: dict) -> str:
    return "".join(f"{json.dumps(key)} = {literal(value)}\n" for key, value in body.items())


def changed(body: object, path: tuple[int, ...], value: object) -> object:
    """Return *body* with the part that *path* leads to put in place by *value*."""
    if not path or not isinstance(body, dict | list) or not body:
        return value
    keys = list(body) if isinstance(body, dict) else list(range(len(body)))
    key = keys[path[0] % len(keys)]
    copy = dict(body) if isinstance(body, dict) else list(body)
    copy[key] = changed(body[key], path[1:], value)
    return copy


def kin_of(bodies: list[dict]) -> st.SearchStrategy[dict]:
    """Draw files that are right but for one part, and files that are anything."""
    spoilt = st.builds(
        changed, st.sampled_from(bodies), st.lists(st.integers(0, 99), max_size=4).map(tuple), trees
    )
    return spoilt.filter(lambda body: isinstance(body, dict)) | tables


def shelf(folder: str) -> list[dict]:
    files = sorted((SHELF / folder).glob("*.toml"))[:6]
    return [tomllib.loads(file.read_text(encoding="utf-8")) for file in files]


RECIPES = [{"name": "mine", "base": "process", "params": {"after_talk": 3},
            "organisation": {"inspection": 0.1}, "title": {"en": "Mine"}}]  # fmt: skip
DESIGNS = [{"scenario": "weilidai", "strategies": ["process"], "inputs": {"people.wage": [1, 2]},
            "n": 4, "kind": "lhs", "points": [], "settings": ["book.accounts=5"]}]  # fmt: skip
FORECASTS = [{
    "format": 1, "created": "", "run": "r", "command": "", "fingerprints": {}, "versions": {},
    "question": {"scenario": "weilidai", "strategies": ["x"]}, "strategy": "x", "start": "2026",
    "accounts": 9, "book": 9, "replications": 20, "level": 0.9, "limits": {"cash": 4.0},
    "cells": [{"month": 1, "metric": "cash", "mean": 1.0, "sd": 1.0, "low": 0.0, "high": 2.0}],
}]  # fmt: skip
QUESTIONS = [{
    "source": "weilidai", "scenario": "weilidai", "settings": [], "strategies": ["phone_only"],
    "replications": 5, "seed": 0, "accounts": 60, "days": 30, "budget": "same", "start": "in_place",
    "book": "new", "engine": "auto", "baseline": "phone_only", "own": {}, "looks": [3],
}]  # fmt: skip


def survives(read) -> None:
    """Call *read*; the only thing that may leave it is one short, plain line."""
    try:
        read()
    except BadInput as refused:
        line = str(refused)
        assert len(line) <= LONGEST + 100
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202e]", line)


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("DUNNING_RUNS", str(tmp_path / "runs"))
    return tmp_path


def reading(kind: str, suffix: str, read):
    return pytest.param(suffix, read, id=kind)


TOML = {
    "scenario": (lambda: [{"extends": "weilidai", **b} for b in shelf("")], Scenario.load),
    "strategy": (lambda: RECIPES, lambda path: named(str(path))),
    "timetable": (lambda: shelf("timetables"), load_timetable),
    "lesson": (lambda: shelf("lessons"), lessons.load),
    "design": (lambda: DESIGNS, Design.load),
}


@pytest.mark.parametrize("kind", TOML)
def test_a_file_that_people_write(place, kind):
    bodies, read = TOML[kind]

    @MANY
    @given(kin_of(bodies()))
    def tried(body):
        file = place / "f.toml"
        file.write_bytes(toml(body).encode(errors="replace"))
        survives(lambda: read(file))

    tried()
    assert sorted(p.name for p in place.iterdir()) == ["f.toml"]


@pytest.mark.parametrize("kind", TOML)
def test_a_file_that_is_no_text_or_no_table(place, kind):
    _, read = TOML[kind]

    @MANY
    @given(st.binary(max_size=300) | st.text(alphabet='[]{}="#.,\n\r\t a1\\', max_size=300))
    def tried(content):
        file = place / "f.toml"
        raw = content if isinstance(content, bytes) else content.encode()
        file.write_bytes(raw)
        survives(lambda: read(file))
        survives(lambda: from_toml(raw, "f.toml"))

    tried()


@MANY
@given(kin_of(FORECASTS))
def test_a_forecast_under_its_right_hash(place, body):
    try:
        body = body | {"hash": digest(body)}
    except BadInput:
        return  # what JSON cannot hold is in no file
    (place / "f.json").write_text(json.dumps(body))
    (place / "a.csv").write_text("month,metric,value\n1,cash,1\n")
    survives(lambda: score(place / "f.json", place / "a.csv", keep=False).sentence())


@MANY
@given(kin_of(QUESTIONS))
def test_a_question_in_a_manifest(body):
    survives(lambda: checked(QuestionForm, body, "manifest"))


@MANY
@given(trees)
def test_lines_failures_and_tables_of_ours(body):
    for kind in (keeping.Line, plays.Line, list[Failure], dict[str, dict[str, str]]):
        survives(lambda kind=kind: checked_in(kind, body, "file"))


@MANY
@given(kin_of([{"format": 1, "question": QUESTIONS[0], "finished": [["phone_only", 0]]}]))
def test_a_manifest(body):
    survives(lambda: check("manifest.json", body))


@MANY
@given(tables)
def test_a_runs_folder_of_anything_can_be_listed(place, body):
    run = place / "runs" / "x"
    run.mkdir(parents=True, exist_ok=True)
    (run / "manifest.json").write_text(json.dumps(body))
    assert RunStore().list() == []
    assert len(RunStore().broken()) == 1


@MANY
@given(st.binary(max_size=200) | st.text(max_size=200))
def test_json_of_any_bytes(content):
    survives(lambda: parsed_json(content, "file"))


CELLS = ["name", "low", "high", "month", "metric", "value", "cash", "1", "-1", "nan", "1e999",
         '"', "#", "", "x" * 500]  # fmt: skip
cells = st.sampled_from(CELLS) | st.text(max_size=8)


@MANY
@given(st.lists(st.lists(cells, max_size=5).map(",".join), max_size=6))
def test_a_table_of_targets_or_of_what_happened(place, rows):
    for head in ("name,low,high", "month,metric,value", ""):
        (place / "t.csv").write_text("\n".join([head, *rows]), errors="replace", newline="")
        survives(lambda: from_file(place / "t.csv"))
        survives(lambda: actuals(place / "t.csv", FORECASTS[0]))


paths = st.sampled_from([row.path for row in Scenario().knobs()]) | words
typed = st.text(max_size=20) | trees.map(literal)


@MANY
@given(st.builds(lambda path, text: f"{path}={text}", paths, typed) | st.text(max_size=30))
def test_a_setting(setting):
    survives(lambda: Scenario.load("weilidai", [setting]))


@MANY
@given(st.text(max_size=20) | st.sampled_from([str(edge) for edge in EDGES]))
def test_what_is_typed_as_an_option(text):
    for read in (options.accounts, options.days, options.seed, options.looks, options.replications):
        survives(lambda read=read: read(text))
    survives(lambda: options.number("--x", text))
    survives(lambda: options.auto_budget(None, text, text))
    survives(lambda: options.pairs([text]))
    survives(lambda: options.names("--strategies", text))
    survives(lambda: limits_of([f"complaints={text}", text]))
