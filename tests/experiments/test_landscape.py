"""Two knobs: who wins in each cell, how sure that is, and that it is made again as told."""

from __future__ import annotations

import json
import shlex

import pytest
from pandas.testing import assert_frame_equal

from sim.cli.door import _code
from sim.experiments.landscape import Landscape, landscape, levels
from sim.scenario import Scenario

KNOBS = {"x": (0.0, 1.0), "y": (0.0, 1.0, 2.0)}


def worlds(at, strategy, replication):
    level = {"a": 1.5 - at["x"], "b": at["y"]}[strategy]
    return {"net_value": (level + 10 * replication, 1.0)}


def test_each_cell_names_the_winner_and_its_lead():
    found = landscape("weilidai", ("a", "b"), KNOBS, replications=3, play=worlds)
    cells = found.table.set_index(["x", "y"])
    assert cells["winner"].to_dict() == {
        (0.0, 0.0): "a", (0.0, 1.0): "a", (0.0, 2.0): "b",
        (1.0, 0.0): "a", (1.0, 1.0): "b", (1.0, 2.0): "b",
    }  # fmt: skip
    assert cells.loc[(0.0, 1.0), "lead"] == pytest.approx(0.5)
    assert found.heat().loc[1.0, 2.0] == "b"
    assert cells["sure"].all()
    assert found.sentence().endswith("best of 6 cells: a in 3 (sure in 3), b in 3 (sure in 3).")
    assert "“a” 3 格（3 格可确定）" in found.sentence("zh")


def test_a_lead_that_turns_between_replications_is_not_sure():
    def turning(at, strategy, replication):
        return {"net_value": (1.2 * (replication == 0) if strategy == "a" else 0.5, 1.0)}

    found = landscape("weilidai", ("a", "b"), KNOBS, replications=2, play=turning)
    assert not found.table["sure"].any()
    assert set(found.heat().to_numpy().ravel()) == {"a ?"}


def test_values_that_are_left_out_are_five_over_the_knobs_range():
    world = Scenario.load("weilidai")
    assert levels(world, "people.wage") == (7000, 8250, 9500, 10750, 12000)
    assert levels(world, "law.pause_days") == (7, 13, 18, 24, 30)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--and", "people.wage"], "--knob"),
        (["--knob", "people.wage", "--and", "people.wag"], "did you mean 'wage'"),
        (["--knob", "people.wage", "--and", "people.wage"], "two different knobs"),
        (["--knob", "people.wage", "--and", "money.discount", "--and-values", "0.1,x"], "discount"),
        (["--knob", "people.wage", "--values", "1,2", "--and-values", "1,2"], "--and beside it"),
        (["--knob", "people.wage", "--and", "tones.warm.fear"], "no range of its own"),
    ],
)
def test_bad_input_leaves_as_one_line(capsys, words, said, monkeypatch, tmp_path):
    monkeypatch.setenv("DUNNING_RUNS", str(tmp_path))
    assert _code(["response", "weilidai", *words, "--jobs", "1"]) == 2
    line = capsys.readouterr().err.strip()
    assert said in line
    assert "\n" not in line


def test_the_table_is_made_again_by_its_command_and_its_snippet(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DUNNING_RUNS", str(tmp_path))
    knobs = {"people.wage": (7000, 12000), "money.discount": (0.06, 0.18)}
    found = landscape(
        "weilidai", ("phone_only", "process"), knobs, replications=2, accounts=40, days=10,
        settings=["book.pool=100"],
    )  # fmt: skip
    names: dict[str, Landscape] = {}
    exec(found.snippet, names)
    assert_frame_equal(names["result"].table, found.table)
    assert _code([*shlex.split(found.command)[1:], "--jobs", "1", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert body["command"] == found.command
    assert [row["winner"] for row in body["table"]] == list(found.table["winner"])
    assert [row["lead"] for row in body["table"]] == pytest.approx(list(found.table["lead"]))
