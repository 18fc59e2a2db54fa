"""Strategies as files: a recipe changes one of the shelf, and every fault of it is one line."""

from __future__ import annotations

import json
from functools import partial

import pytest

from sim.cli.door import _code
from sim.core.domain import Organisation
from sim.core.errors import BadInput
from sim.scenario.changes import tables
from sim.strategies import SHELF, made, named, recipe
from sim.strategies.recipe import LEVERS, PARAMS, faults, params_of

BODY = {"name": "my_practice", "base": "process", "title": {"en": "Ours", "zh": "我们的"}}
LEARNED = {"arms", "ability", "fitted"}  #: of `ai`: they come from a log, not from a user


def written(tmp_path, **entries):
    file = tmp_path / "mine.toml"
    file.write_text(tables(BODY | entries), encoding="utf-8")
    return str(file)


def test_every_lever_and_every_parameter_of_the_shelf_can_be_changed():
    assert set(LEVERS) == set(Organisation._fields)
    names = {name for s in SHELF.values() if not s.reference for name in s.params._fields}
    assert names - LEARNED == set(PARAMS)


@pytest.mark.parametrize("base", [n for n, s in SHELF.items() if not s.reference])
def test_a_recipe_that_changes_nothing_is_its_base(base):
    strategy = made(BODY | {"base": base})
    assert strategy.decide is SHELF[base].decide
    assert strategy.params == SHELF[base].params
    assert strategy.organisation == SHELF[base].organisation
    assert strategy.name == "my_practice"


@pytest.mark.parametrize("base", [n for n, s in SHELF.items() if not s.reference])
def test_the_shelf_lies_within_the_bounds_of_recipes(base):
    shelf = SHELF[base]
    body = BODY | {
        "base": base, "params": params_of(shelf), "organisation": shelf.organisation._asdict(),
    }  # fmt: skip
    assert faults(body, SHELF) == []
    assert made(body).params == shelf.params


def test_a_file_changes_parameters_and_levers_and_keeps_their_types(tmp_path):
    path = written(tmp_path, params={"call_every": 2}, organisation={"own_seats": 3})
    strategy = named(path)
    assert strategy.params == SHELF["process"].params._replace(call_every=2)
    assert strategy.organisation.own_seats == 3.0
    assert isinstance(strategy.organisation.own_seats, float)
    assert strategy.title.zh == "我们的"
    assert recipe(path)["name"] == "my_practice"


def test_a_learning_strategy_keeps_what_the_recipe_says_after_it_has_learned():
    learn = made(BODY | {"base": "ai", "params": {"call_cost": 77.0}}).fit
    assert isinstance(learn, partial)
    fitted, _ = learn.func(lambda log: (SHELF["ai"].params, {}), *learn.args[1:], {})
    assert fitted == SHELF["ai"].params._replace(call_cost=77.0)


@pytest.mark.parametrize(
    ("entries", "key"),
    [
        ({"organisation": {"inspection": 1.4}}, "organisation.inspection"),
        ({"organisation": {"inspections": 0.1}}, "organisation.inspections"),
        ({"organisation": {"shared_notes": 1}}, "organisation.shared_notes"),
        ({"params": {"call_every": 1.5}}, "params.call_every"),
        ({"params": {"tone": 1}}, "params.tone"),
        ({"name": "team"}, "name"),
        ({"name": "Mine!"}, "name"),
        ({"base": "do_nothing"}, "base"),
        ({"title": {"fr": "x"}}, "title"),
        ({"organization": {}}, "organization"),
    ],
)
def test_what_cannot_be_is_refused_by_its_key(entries, key):
    assert key in [fault.key for fault in faults(BODY | entries, SHELF)]
    with pytest.raises(BadInput):
        made(BODY | entries)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("name = ", "valid TOML"),
        ('name = "x"\nbase = "process"\norganization = 1', "did you mean 'organisation'"),
        ('name = "x"\nbase = "proces"', "allowed: phone_only"),
        ('name = "x"\nbase = "team"\n[organisation]\nwage_factor = 9', "from 0.3 to 5"),
    ],
)
def test_a_bad_file_leaves_as_one_line_with_exit_code_2(tmp_path, capsys, text, line):
    file = tmp_path / "bad.toml"
    file.write_text(text, encoding="utf-8")
    assert _code(["compare", "weilidai", "--strategies", f"phone_only,{file}"]) == 2
    said = capsys.readouterr().err.strip()
    assert line in said
    assert "\n" not in said


def test_a_file_that_is_not_there_is_refused():
    with pytest.raises(BadInput, match="no such file"):
        named("nowhere/mine.toml")


def test_a_run_keeps_the_recipe_and_can_be_read_after_the_file_is_gone(tmp_path, capsys):
    file, out = written(tmp_path, organisation={"inspection": 0.2}), tmp_path / "run"
    words = ["compare", "weilidai", "--accounts", "40", "--days", "10", "--replications", "2",
             "--set", "book.pool=100", "--jobs", "1", "--strategies", f"phone_only,{file}",
             "--baseline", file, "--no-report", "--out", str(out)]  # fmt: skip
    assert _code(words) == 0
    (tmp_path / "mine.toml").unlink()
    manifest = json.loads((out / "manifest.json").read_bytes())
    assert manifest["question"]["strategies"] == ["phone_only", "my_practice"]
    assert manifest["question"]["own"]["my_practice"]["recipe"]["organisation"]["inspection"] == 0.2
    from sim.experiments.replay import stored
    from sim.store.runs import RunFolder

    found = stored(RunFolder(out))
    assert found.baseline == "my_practice"
    assert found.strategies[1].organisation.inspection == 0.2
    assert file in manifest["command"]
