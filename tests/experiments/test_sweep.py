"""Sweeps: which points, in which order, and what is kept whatever happens on the way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sim import Scenario
from sim.cli.door import _code
from sim.core.errors import BadInput
from sim.experiments.sweep import Design, Input, cube, points_of, stored, sweep, world

ROOT = Path(__file__).resolve().parents[2]
HALF = Input((0.0, 1.0), between=True)


def design(kind="lhs", n=6, k=2, replications=3, strategies=("a", "b"), **more):
    inputs = more.pop("inputs", {f"x{i}": HALF for i in range(k)})
    return Design("weilidai", strategies, inputs, kind, n, replications, **more)


def plain(inputs, strategy, replication):
    level = {"a": 1.0, "b": 0.0}[strategy]
    return {"y": (sum(inputs.values()) + level + replication, 1.0), "z": (1.0, 0.0)}


# --- the design ----------------------------------------------------------------------------------

TOML = """
scenario = "weilidai"
strategies = ["phone_only", "do_nothing"]
kind = "grid"
n = 3
[inputs]
people.wage = [7000, 12000]
"book.phone_valid" = { values = [0.8, 1.0] }
law.talks_a_day = [1, 2, 3]
"""


def test_a_design_file_is_read_and_two_numbers_are_a_range(tmp_path):
    (tmp_path / "d.toml").write_text(TOML, encoding="utf-8")
    d = Design.load(tmp_path / "d.toml")
    assert d.inputs["people.wage"] == Input((7000, 12000), between=True)
    assert d.inputs["book.phone_valid"] == Input((0.8, 1.0))
    assert d.inputs["law.talks_a_day"] == Input((1, 2, 3))
    assert Design.of(json.loads(json.dumps(d.plain()))) == d


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "grid"', 'kind = "gird"', "did you mean 'grid'"),
        ("n = 3", "n = 1", "at least 2 levels"),
        ("n = 3", "m = 3", "key = 'm'"),
        ('kind = "grid"', 'kind = "sobol"', "a power of two"),
        ("[7000, 12000]", "[12000, 7000]", "low below high"),
        ("[7000, 12000]", "7000", "[low, high]"),
        ("[7000, 12000]", "[7000, -1, 8000]", "people.wage = '-1'"),
        ("people.wage", "people.wages", "did you mean 'wage'"),
        ("people.wage", "book.regions", "one number"),
        ('"phone_only"', '"fone_only"', "did you mean 'phone_only'"),
        ('"do_nothing"', '"phone_only"', "at most once"),
        ("scenario =", "points = [[1, 2, 3]]\nscenario =", 'unless kind = "given"'),
        ("scenario =", "scenario", "valid TOML"),
        ('scenario = "weilidai"\n', "", "scenario = 'missing'"),
    ],
)
def test_a_bad_design_is_refused_in_one_line(tmp_path, capsys, old, new, said):
    assert old in TOML
    (tmp_path / "d.toml").write_text(TOML.replace(old, new, 1), encoding="utf-8")
    out = tmp_path / "f.parquet"
    assert _code(["sweep", str(tmp_path / "d.toml"), "--out", str(out), "--jobs", "1"]) == 2
    line = capsys.readouterr().err.strip()
    assert said in line
    assert "\n" not in line
    assert not out.exists()


def test_a_grid_holds_every_combination_once():
    inputs = {"x": HALF, "y": Input(("a", "b")), "law.talks_a_day": Input((1, 3), between=True)}
    points = points_of(design("grid", 5, inputs=inputs))
    assert len(points) == len(points.drop_duplicates()) == 5 * 2 * 3
    assert sorted(set(points["law.talks_a_day"])) == [1, 2, 3]


def test_a_latin_hypercube_has_one_point_in_every_slice():
    shares = cube(design("lhs", 20, 3))
    assert (np.sort(np.floor(shares * 20), axis=0) == np.arange(20)[:, None]).all()


def test_a_saltelli_plan_takes_one_column_at_a_time_from_the_other_sample():
    blocks = cube(design("saltelli", 8, 3)).reshape(8, 5, 3)
    a, b = blocks[:, 0], blocks[:, 4]
    assert (a != b).all()
    for i in range(3):
        assert (blocks[:, 1 + i, i] == b[:, i]).all()
        assert (np.delete(blocks[:, 1 + i], i, axis=1) == np.delete(a, i, axis=1)).all()


def test_a_morris_plan_moves_every_input_once_in_a_trajectory():
    steps = np.diff(cube(design("morris", 5, 4)).reshape(5, 5, 4), axis=1)
    assert ((np.abs(steps) > 0).sum(axis=2) == 1).all()
    assert np.allclose(np.abs(steps).sum(axis=1), 2 / 3)


def test_whole_numbers_and_values_come_equally_often():
    inputs = {"law.talks_a_day": Input((1, 4), between=True), "y": Input(("a", "b"))}
    points = points_of(design("sobol", 64, inputs=inputs))
    assert points["law.talks_a_day"].value_counts().to_dict() == dict.fromkeys((1, 2, 3, 4), 16)
    assert points["y"].value_counts().to_dict() == {"a": 32, "b": 32}


def test_shares_that_do_not_move_make_room_in_proportion():
    base, d = Scenario.load("weilidai"), design()
    at = world(d, {"kinds.gap.share": 0.4})
    before = base.model_dump()["kinds"]
    after = at.model_dump()["kinds"]
    assert after["gap"]["share"] == 0.4
    rates = [after[k]["share"] / before[k]["share"] for k in before if k != "gap"]
    assert np.allclose(rates, 0.6 / (1 - before["gap"]["share"]))
    with pytest.raises(BadInput, match="point"):
        world(d, {"kinds.gap.share": 0.7, "kinds.away.share": 0.6})


def test_a_scenario_can_be_an_input():
    d = design(inputs={"scenario": Input(("weilidai", "zhongyuan")), "people.wage": Input((1, 2))})
    at = world(d, {"scenario": "zhongyuan", "people.wage": 9000.0})
    assert (at.name, at.people.wage) == ("zhongyuan", 9000.0)


# --- what is played ------------------------------------------------------------------------------


def test_the_table_is_tidy_and_a_value_without_a_denominator_is_missing():
    found = sweep(design(), play=plain)
    names = ["point", "x0", "x1", "strategy", "replication", "metric", "numerator", "denominator"]
    assert list(found.table) == [*names, "value", "failure"]
    assert len(found.table) == 6 * 2 * 3 * 2
    keys = found.table[["point", "strategy", "replication", "metric"]]
    assert not keys.duplicated().any()
    assert found.table["value"].isna().equals(found.table["metric"] == "z")


def test_replications_go_through_all_points_one_after_the_other():
    calls = []

    def play(inputs, strategy, replication):
        calls.append((replication, strategy))
        return plain(inputs, strategy, replication)

    sweep(design(), play=play)
    probe = 2 * 2  # the second point is played once more at once: it tells how long the rest takes
    assert [r for r, _ in calls[:probe]] == [0] * probe
    assert [r for r, _ in calls[probe : probe + 2]] == [1, 1]
    rest = [r for r, _ in calls[probe + 2 :]]
    assert rest == sorted(rest)
    assert [s for _, s in calls[:4]] == ["a", "b", "a", "b"]


def test_an_outcome_is_the_paired_difference_by_replication():
    found = sweep(design(), play=plain).outcome("y", "a", "b")
    assert found.values.shape == (6, 3)
    assert np.allclose(found.values, 1.0)
    assert np.allclose(found.errors, 0.0)


def test_a_ratio_is_that_of_the_totals_at_every_point():
    def play(inputs, strategy, replication):
        return {"y": (float(replication), 1.0 + replication)}

    found = sweep(design(strategies=("a",)), play=play).outcome("y", "a")
    assert np.allclose(found.means, 3.0 / 6.0)


def test_what_breaks_off_is_a_row_with_its_reason_and_ends_nothing():
    def play(inputs, strategy, replication):
        if inputs["x0"] > 0.8 and strategy == "a" and replication == 1:
            raise ValueError("no such world")
        return plain(inputs, strategy, replication)

    found = sweep(design(), play=play)
    broken = set(points_of(design()).query("x0 > 0.8").index)
    assert broken
    assert set(found.failures["point"]) == broken
    assert set(found.failures["failure"]) == {"ValueError: no such world"}
    assert set(found.outcome("y", "a", "b").points) == set(range(6)) - broken
    assert "1 broke off" in found.sentence()
    assert "1 次未能完成" in found.sentence("zh")


def test_two_processes_make_the_table_of_one_and_a_worker_that_dies_is_a_row(tmp_path):
    def play(inputs, strategy, replication):
        if inputs["x0"] > 0.8 and replication == 0:
            os._exit(3)
        return {"y": (sum(inputs.values()) + replication, 1.0)}

    d = design(replications=2)
    found = sweep(d, jobs=2, play=play)
    died = found.failures
    assert set(died["replication"]) == {0}
    assert set(died["strategy"]) == {"a", "b"}
    assert died["failure"].str.contains("died").all()
    kept = found.table[found.table["failure"] == ""]
    alone = sweep(d, play=lambda i, s, r: {"y": (sum(i.values()) + r, 1.0)}).table
    lost = set(zip(died["point"], died["replication"], strict=True))
    same = [key not in lost for key in zip(alone["point"], alone["replication"], strict=True)]
    assert kept.reset_index(drop=True).equals(alone[same].reset_index(drop=True))


# --- what is kept --------------------------------------------------------------------------------


def test_what_is_kept_is_what_was_found(tmp_path):
    found = sweep(design(), tmp_path / "f.parquet", play=plain)
    again = stored(tmp_path / "f.parquet")
    assert again.table.equals(found.table)
    assert again.design == found.design
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "f.design.json",
        "f.parquet",
        "f.parquet.sum",
    ]
    about = json.loads((tmp_path / "f.design.json").read_text(encoding="utf-8"))
    assert {"design", "command", "versions", "hash"} <= set(about)


@pytest.mark.parametrize("calls", [1, 5, 13, 30])
def test_a_stopped_sweep_is_balanced_and_goes_on_without_repeating(tmp_path, calls):
    asked = []

    def stops(inputs, strategy, replication):
        if len(asked) == calls:
            raise KeyboardInterrupt
        asked.append((tuple(inputs.values()), strategy, replication))
        return plain(inputs, strategy, replication)

    def goes_on(inputs, strategy, replication):
        asked.append((tuple(inputs.values()), strategy, replication))
        return plain(inputs, strategy, replication)

    out = tmp_path / "f.parquet"
    with pytest.raises(KeyboardInterrupt):
        sweep(design(), out, play=stops)
    kept = stored(out).table
    rows = set(zip(kept["point"], kept["strategy"], kept["replication"], strict=True))
    before = len(rows)
    rows -= {(1, s, 1) for s in "ab"}  # the probe, which tells how long the rest takes
    counts = [sum((p, s) == row[:2] for row in rows) for p in range(6) for s in "ab"]
    assert max(counts) - min(counts) <= 1
    played = len(asked)
    found = sweep(design(), out, resume=True, play=goes_on)
    assert len(asked) - played == 36 - before
    assert found.table.equals(sweep(design(), play=plain).table)
    assert not list(tmp_path.glob("*.jsonl"))


def test_a_killed_sweep_goes_on(tmp_path):
    script = f"""
import os, signal, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_sweep import design, plain, sweep
count = iter(range(99))
def play(*asked):
    if next(count) == 17:
        os.kill(os.getpid(), signal.SIGKILL)
    return plain(*asked)
sweep(design(), {str(tmp_path / "f.parquet")!r}, play=play)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True)
    assert done.returncode == -9
    journal = tmp_path / "f.rows.jsonl"
    assert len(journal.read_text(encoding="utf-8").splitlines()) == 16
    with journal.open("a", encoding="utf-8") as file:
        file.write('[3, "a", 1, {"y": [1.0')  # a line that the kill cut short
    calls = []
    found = sweep(
        design(), tmp_path / "f.parquet", resume=True,
        play=lambda *asked: calls.append(asked) or plain(*asked),
    )  # fmt: skip
    assert len(calls) == 36 - 16
    assert found.table.equals(sweep(design(), play=plain).table)


def test_a_file_in_the_way_and_another_design_are_refused(tmp_path):
    out = tmp_path / "f.parquet"
    sweep(design(), out, play=plain)
    with pytest.raises(BadInput, match="--resume to go on"):
        sweep(design(), out, play=plain)
    with pytest.raises(BadInput, match="design"):
        sweep(design(n=7), out, resume=True, play=plain)
    with pytest.raises(BadInput, match=r"\.parquet"):
        sweep(design(), tmp_path / "f.csv", play=plain)
    with pytest.raises(BadInput, match="unreadable"):
        stored(tmp_path / "g.parquet")


# --- with the simulator --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sweep")
    body = {
        "scenario": "weilidai", "strategies": ["phone_only", "do_nothing"], "kind": "grid", "n": 2,
        "inputs": {"people.wage": [7000, 12000]}, "replications": 2, "accounts": 40, "days": 10,
        "settings": ["book.pool=100"],
    }  # fmt: skip
    return sweep(Design.of(body), folder / "f.parquet")


def test_every_point_meets_the_same_luck(real):
    idle = real.outcome("recovery_rate", "do_nothing").values
    assert (idle[0] == idle[1]).all()
    assert (np.diff(real.outcome("cost", "phone_only").values, axis=0) != 0).any()


def test_the_table_is_made_again_by_its_own_snippet(real, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    file = str(real.snippet.split(", ")[-1].strip(" )'\n"))
    exec(real.snippet.replace(file, "again.parquet"), names)
    assert names["result"].table.equals(real.table)


def test_the_table_is_made_again_by_its_own_command(real, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "DESIGN.toml").write_text(
        'scenario = "weilidai"\nstrategies = ["phone_only", "do_nothing"]\nkind = "grid"\nn = 2\n'
        'replications = 2\naccounts = 40\ndays = 10\nsettings = ["book.pool=100"]\n'
        "inputs.people.wage = [7000, 12000]\n", encoding="utf-8",
    )  # fmt: skip
    words = ["sweep", "DESIGN.toml", "--out", "f.parquet", "--jobs", "1", "--json"]
    assert _code(words) == 0
    about = json.loads(capsys.readouterr().out)
    assert about["command"] == "dunning sweep DESIGN.toml --out f.parquet"
    assert about["failures"] == 0
    assert stored("f.parquet").table.equals(real.table)


# --- how long ------------------------------------------------------------------------------------


def timed(points, replications, book, pace, load=0.0, jobs=1, **more):
    """Sweep a world on a clock of its own: a point's book takes its time once, then each play."""
    now, ready, said = [0.0], set(), []

    def play(at, strategy, replication):
        if not ready:
            now[0] += load
        if at["x0"] not in ready:
            now[0] += book
        ready.add(at["x0"])
        now[0] += pace
        return {"net_value": (1.0, 1.0)}

    d = Design("weilidai", ("a", "b"), {"x0": Input((0.0, 1.0), between=True)}, "lhs", points,
               replications)  # fmt: skip
    found = sweep(d, play=play, foretell=said.append, clock=lambda: now[0], **more)
    return found, said, now[0]


@pytest.mark.parametrize(("points", "replications"), [(10, 4), (10, 1), (1, 4), (2, 2)])
def test_the_time_that_is_foretold_is_measured_on_the_first_plays(points, replications):
    found, (left,), end = timed(points, replications, book=5.0, pace=0.5, load=20.0)
    assert found.seconds.actual == pytest.approx(end)
    assert found.seconds.estimated == pytest.approx(end)
    assert left < end


def test_a_sweep_that_is_twice_as_slow_is_foretold_twice_as_long():
    slow, fast = (timed(10, 4, book=2 * s, pace=0.2 * s)[0].seconds.estimated for s in (2.0, 1.0))
    assert slow == pytest.approx(2 * fast)


def test_the_plays_that_measure_are_repeated_by_nobody(tmp_path):
    file = tmp_path / "f.parquet"
    timed(4, 3, book=1.0, pace=1.0, out=file)
    found, said, _ = timed(4, 3, book=1.0, pace=1.0, out=file, resume=True)
    assert (said, found.seconds) == ([], None)
    assert len(found.table) == 4 * 3 * 2


def test_without_a_file_there_is_nothing_to_go_on_with():
    with pytest.raises(BadInput, match="a file to go on with"):
        sweep(design(), play=plain, resume=True)
