"""Discovery: boxes that are there are found, turns lie where they should, regret adds up."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from sim.cli.door import _code
from sim.core.errors import BadInput
from sim.experiments.discovery import When, boxes, confirm, discover, regret, when_of
from sim.experiments.discovery.prim import inside
from sim.experiments.sweep import Design, Input, stored, sweep

UNIT = Input((0.0, 1.0), between=True)


def swept(gain, *, k=2, n=200, kind="lhs", replications=1, out=None, inputs=None, luck=0.0):
    """Sweep a world in which *ai* is ahead of *process* by a gain."""

    def play(at, strategy, replication):
        key = [replication, *(int(abs(v) * 2**30) for v in at.values() if not isinstance(v, str))]
        value = np.random.default_rng(key).standard_normal() * luck
        return {"net_value": (value + gain(at) if strategy == "ai" else 0.0, 1.0)}

    inputs = inputs or {f"x{i}": UNIT for i in range(k)}
    d = Design("weilidai", ("ai", "process"), inputs, kind, n, replications)
    return sweep(d, out, play=play), play


def cloud(n=400, k=4, seed=0):
    return pd.DataFrame(np.random.default_rng(seed).random((n, k)), columns=list("abcd")[:k])


# --- the condition -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("ai beats process", When("ai", "process")),
        ("ai  loses to process", When("process", "ai")),
        ("ai beats process in complaints by 0.5", When("ai", "process", "complaints", 0.5)),
        ("ai beats process by 1,000", When("ai", "process", "net_value", 1000.0)),
    ],
)
def test_a_condition_is_read_as_it_is_said(text, when):
    assert when_of(text) == when
    assert when_of(when.text) == when


@pytest.mark.parametrize("text", ["", "ai", "ai is better", "ai beats ai", "ai beats b by e"])
def test_another_sentence_is_refused(text):
    with pytest.raises(BadInput, match="A beats B"):
        when_of(text)


def test_fewer_complaints_are_better():
    def play(at, strategy, replication):
        return {"complaints": (at["x0"] if strategy == "ai" else 0.5, 1.0)}

    d = Design("weilidai", ("ai", "process"), {"x0": UNIT}, "lhs", 20, 1)
    found = discover(sweep(d, play=play), "ai beats process in complaints")
    assert (found.cases.holds == (found.cases.inputs["x0"] < 0.5)).all()


# --- boxes ---------------------------------------------------------------------------------------


def test_a_box_that_is_there_is_found_and_nothing_else_is_limited():
    x = cloud()
    (box,) = boxes(x, ((x["a"] > 0.6) & (x["c"] < 0.5)).to_numpy())
    assert set(box.limits) == {"a", "c"}
    assert box.limits["a"].low == pytest.approx(0.6, abs=0.025)  # a peel
    assert box.limits["c"].high == pytest.approx(0.5, abs=0.025)
    assert box.coverage > 0.9
    assert box.density > 0.9
    assert max(box.quasi_p.values()) < 1e-6
    assert box.shuffled_p < 0.05


def test_coverage_and_density_are_counted_in_the_box():
    x, rng = cloud(), np.random.default_rng(1)
    y = rng.random(400) < np.where(x["a"] > 0.7, 0.8, 0.1)
    box = boxes(x, y)[0]
    within = inside(x, box.limits)
    assert box.points == within.sum()
    assert box.density == y[within].mean()
    assert box.coverage == y[within].sum() / y.sum()


def test_chance_makes_a_box_as_seldom_as_is_said():
    found = 0
    for seed in range(60):
        found += bool(boxes(cloud(120, 3, seed), np.random.default_rng(seed).random(120) < 0.3))
    assert found <= 6  # 5 % stated: 3, and two standard errors


def test_two_boxes_are_found_one_after_the_other():
    x = cloud()
    y = ((x["a"] > 0.75) | (x["b"] < 0.15)).to_numpy()
    found = boxes(x, y)
    assert {name for box in found for name in box.limits} == {"a", "b"}
    assert sum(box.coverage for box in found) > 0.9


def test_a_box_may_be_of_words():
    x = cloud().assign(word=np.resize(["cn", "uk", "us"], 400))
    (box,) = boxes(x, (x["word"] == "uk").to_numpy())
    assert box.limits["word"].among == ("uk",)
    assert (box.coverage, box.density) == (1.0, 1.0)


def test_what_mostly_holds_is_told_by_its_exceptions():
    found = discover(swept(lambda at: at["x0"] - 0.2)[0], "ai beats process")
    assert found.exceptions
    assert found.share == pytest.approx(0.8, abs=0.01)
    assert found.table["high"].iloc[0] == pytest.approx(0.2, abs=0.02)
    assert "does not beat process" in found.sentence()
    assert "并不优于" in found.sentence("zh")


# --- turns ---------------------------------------------------------------------------------------


def test_the_nearest_turn_of_a_plane_is_where_geometry_puts_it():
    found = discover(
        swept(lambda at: 0.3 + (at["x0"] - 0.5) + (at["x1"] - 0.5))[0], "ai beats process"
    )
    assert found.surface.explained > 0.99
    alone = found.flips[found.flips["input_2"] == ""].set_index("input")
    assert alone["to"].to_dict() == pytest.approx({"x0": 0.2, "x1": 0.2}, abs=0.01)
    pair = found.flips.iloc[0]
    assert {pair["input"], pair["input_2"]} == {"x0", "x1"}
    assert pair["distance"] == pytest.approx(0.3 / np.sqrt(2), abs=0.01)


def test_a_distance_is_in_ranges_of_the_inputs():
    wide = {"x0": Input((0, 1000), between=True), "x1": UNIT}
    found = discover(swept(lambda at: at["x0"] - 300, inputs=wide)[0], "ai beats process")
    (row,) = found.flips.to_dict(orient="records")
    assert (row["input"], row["from"]) == ("x0", 500.0)
    assert row["to"] == pytest.approx(300, abs=5)
    assert row["distance"] == pytest.approx(0.2, abs=0.005)


def test_no_turn_is_told_where_the_surface_foretells_nothing():
    found = discover(swept(lambda at: 0.0, luck=1.0)[0], "ai beats process")
    assert found.flips.empty
    assert "no smallest turn is told" in found.sentence()
    assert "不给出最小翻转" in found.sentence("zh")


def test_what_leads_everywhere_is_turned_by_nothing():
    found = discover(swept(lambda at: 1.0 + at["x0"])[0], "ai beats process")
    assert found.flips.empty
    assert found.table.empty
    assert "100 %" in found.sentence()


def test_a_turn_is_played():
    table, play = swept(lambda at: at["x0"] - 0.3, replications=3)
    played = confirm(discover(table, "ai beats process"), play=play)
    assert list(played["turned"]) == [False, True]
    assert played["gain"].to_numpy() == pytest.approx([0.2, -0.05], abs=0.01)
    assert played["sure"].all()


# --- regret --------------------------------------------------------------------------------------

WORTH = {"a": (10.0, 0.0, 5.0), "b": (6.0, 4.0, 5.5), "c": (0.0, 5.0, 6.0)}


def three_worlds():
    def play(at, strategy, replication):
        return {"net_value": (WORTH[strategy][at["world"]] + replication, 1.0)}

    d = Design("weilidai", tuple(WORTH), {"world": Input((0, 1, 2))}, "grid", 2, 2)
    return sweep(d, play=play)


def test_regret_is_what_the_best_elsewhere_would_have_added():
    found = regret(three_worlds()).set_index("strategy")
    assert list(found.index) == ["b", "a", "c"]
    assert found["max_regret"].to_dict() == {"b": 4.0, "a": 5.0, "c": 10.0}
    assert found["worst_point"].to_dict() == {"b": 0, "a": 1, "c": 0}
    assert found["mean_regret"].to_dict() == pytest.approx({"a": 2.0, "b": 5.5 / 3, "c": 10 / 3})
    assert found["best_share"].to_dict() == pytest.approx({"a": 1 / 3, "b": 0.0, "c": 2 / 3})


def test_a_reference_line_regrets_nothing_and_is_no_yardstick():
    whole = three_worlds()
    found = regret(replace(whole, about={**whole.about, "reference": ["c"]})).set_index("strategy")
    assert found["max_regret"].to_dict() == {"a": 4.0, "b": 4.0}


# --- as it is asked ------------------------------------------------------------------------------


@pytest.fixture
def kept(tmp_path):
    swept(lambda at: at["x0"] - 0.3 + 0.2 * at["x1"], out=tmp_path / "f.parquet", replications=2,
          luck=0.01)  # fmt: skip
    return tmp_path / "f.parquet"


def test_every_table_is_made_again_by_its_own_snippet(kept):
    found = discover(stored(kept), "ai beats process by 0.1", source=str(kept))
    names: dict[str, object] = {}
    exec(found.snippet, names)
    for table in ("table", "flips", "risks"):
        assert_frame_equal(getattr(names["result"], table), getattr(found, table))
        assert not getattr(found, table).empty


def test_every_table_is_made_again_by_its_own_command(kept, capsys):
    found = discover(stored(kept), "ai beats process", source=str(kept))
    assert _code(["discover", str(kept), "--when", "ai beats process", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert body["command"] == found.command
    assert [row["input"] for row in body["boxes"]] == list(found.table["input"])
    assert np.allclose([row["distance"] for row in body["flips"]], found.flips["distance"])
    assert body["sentences"]["zh"] == found.sentences("zh")
    assert "nan" not in "".join(body["sentences"]["en"] + body["sentences"]["zh"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "--when"),
        (["--when", "ai beats proces"], "did you mean 'process'"),
        (["--when", "ai beats process in nett_value"], "did you mean 'net_value'"),
        (["--when", "ai better process"], "A beats B"),
        (["--when", "ai beats process", "--confirm", "0"], "--confirm"),
    ],
)
def test_bad_input_leaves_as_one_line(kept, capsys, words, said):
    assert _code(["discover", str(kept), *words]) == 2
    line = capsys.readouterr().err.strip()
    assert said in line
    assert "\n" not in line
