"""A trial, a play or a number that does not exist is a row with its reason, and no traceback."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from sim.cli.door import _open_streams
from sim.cli.say import STAND_INS, say, survive_code_page
from sim.compare import figures
from sim.compare.comparison.selecting import _Table
from sim.compare.stats import Ratio
from sim.core.errors import BadInput
from sim.experiments.explain.telling import sentence as explained
from sim.experiments.forecast.scored import Scored
from sim.experiments.sensitivity.alone import Ends
from sim.experiments.tune import Reach, tune

HALF = {"inspection": Reach(0.0, 1.0), "coaching_hours": Reach(0.0, 1.0)}
ASKED = {"shelf": (), "replications": 4, "held_out": 4, "objectives": ("net_value",)}


def world(undefined=lambda x: False, failing=lambda x: False):
    def at(strategy, levers, replication, seed):
        x = levers.get("inspection", 0.5)
        if failing(x):
            return "ZeroDivisionError: division by zero"
        gone = undefined(x)
        return {
            "net_value": (x + 0.1 * replication, 1.0),
            "complaints": (0.0, 0.0) if gone else (0.1 + 0.01 * replication, 1.0),
        }

    return at


def search(play, tmp_path, **how):
    return tune(
        "weilidai", "process", HALF, limits=("complaints=5",), play=play,
        study=tmp_path / "s.log",
        **{"trials": 8, **ASKED, **how},
    )  # fmt: skip


def test_a_trial_without_a_number_is_a_row_that_says_why(tmp_path):
    found = search(world(undefined=lambda x: x > 0.5), tmp_path)
    told = found.table["stopped"]
    assert (told == "undefined: complaints").any()
    assert (told == "").any()
    assert "without a number (trial " in found.sentence()
    assert ": undefined: complaints)" in found.sentence()
    assert "组：undefined: complaints" in found.sentence("zh")
    again = search(world(undefined=lambda x: x > 0.5), tmp_path, resume=True)
    assert again.table["stopped"].tolist() == told.tolist()


def test_a_limit_by_itself_needs_no_number_of_the_base(tmp_path):
    found = search(world(undefined=lambda x: x == 0.5), tmp_path, trials=4)
    assert (found.table["stopped"] == "").all()


def test_a_trial_that_breaks_off_is_a_row_that_says_why(tmp_path):
    found = search(world(failing=lambda x: x > 0.5), tmp_path)
    assert (found.table["stopped"] == "failed: ZeroDivisionError: division by zero").any()
    assert (found.table["stopped"] == "").any()


def test_no_leader_is_called_among_strategies_without_a_number(monkeypatch):
    from sim.compare.comparison import selecting

    ratios = {"a": Ratio(1.0, np.zeros(3)), "b": Ratio(np.nan, np.full(3, np.nan))}
    found = SimpleNamespace(replications=(0, 1, 2), ratio=lambda name, metric: ratios[name])
    monkeypatch.setattr(selecting, "compare", lambda *a, **k: found)
    monkeypatch.setattr(selecting, "_only", lambda *a: None)
    both = {n: SimpleNamespace(name=n) for n in ratios}
    with pytest.raises(BadInput, match=r"pick = 'hang_ups': .* does not exist for b"):
        _Table(None, both, "hang_ups", {}).play(("a", "b"), 3)


def test_an_explanation_of_no_number_says_so():
    nobody = SimpleNamespace(title=SimpleNamespace(en="A", zh="甲"))
    found = SimpleNamespace(
        gain=np.full(2, np.nan), levers=lambda: None, players=(), pair=(nobody, nobody),
        metric="hang_ups",
    )  # fmt: skip
    assert "has no number under A or A" in explained(found, "levers", "en")
    assert "没有数值" in explained(found, "levers", "zh")


@pytest.mark.parametrize(
    ("reasons", "said"),
    [((), "undefined for a or for its rivals"), (("BadInput: x",), "'BadInput: x'")],
)
def test_present_values_without_a_number_say_why(reasons, said):
    none = SimpleNamespace(points=np.empty(0, dtype=int), values=np.empty(0))
    sweep = SimpleNamespace(
        strategies=("a", "b"), outcome=lambda *_: none,
        failures=pd.DataFrame({"failure": list(reasons)}),
    )  # fmt: skip
    with pytest.raises(BadInput, match="sensitivity: hang_ups = ") as refused:
        _ = Ends(sweep, "hang_ups", "people.wage").table
    assert said in str(refused.value)


# --- a forecast of no spread ---------------------------------------------------------------------


def forecast(sd):
    told = (("cash", 800.0, 10.0), ("variable_cost", 0.0, sd))
    cells = [
        {"month": month, "metric": name, "mean": mean, "sd": s, "low": mean - s, "high": mean + s}
        for month in (1, 2) for name, mean, s in told
    ]  # fmt: skip
    return {"cells": cells, "level": 0.9, "limits": {"cash": 4.0, "variable_cost": 4.0},
            "question": {"scenario": "weilidai"}}  # fmt: skip


def test_what_is_not_foretold_does_not_drift():
    rows = [(1, "cash", 801.0), (2, "cash", 799.0), (1, "variable_cost", 900.0)]
    happened = pd.DataFrame(rows, columns=["month", "metric", "value"])
    found = Scored(forecast(0.0), happened)
    assert found.drifting == ()
    assert "2 of 2 values" in found.sentence()
    assert "not foretold for this strategy" in found.sentence()
    assert "不预测" in found.sentence("zh")
    assert Scored(forecast(1.0), happened).drifting == ("variable_cost",)


# --- numbers of one sentence ---------------------------------------------------------------------


def test_numbers_of_one_sentence_stand_to_one_place_and_none_is_lost():
    said = figures.together([-6_884, -8_027, 1_143], [9_000, 9_000, 9_000], signed=True)
    assert said == ["−6,900", "−8,000", "+1,100"]
    assert figures.together([2_348.0], [40_000.0], signed=True) == ["+2,300"]
    assert figures.together([0.0, 5.0], [0.0, 1.0]) == ["0.0", "5.0"]
    assert figures.together([float("nan"), 12.0], [1.0, 1.0])[0] == "none"


# --- code pages ----------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["cp936", "cp1252", "cp437", "ascii"])
def test_output_survives_a_code_page(monkeypatch, page):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=page))
    survive_code_page(sys.stdout)
    sys.stdout.write("−1 ▲ ≈ 单一电话催收 é\n")
    sys.stdout.flush()
    text = raw.getvalue().decode(page)
    assert text.endswith("\n")
    assert text[:2] in ("-1", "−1")


def test_stand_ins_are_plain():
    assert all(text.isascii() for text in STAND_INS.values())


@pytest.mark.parametrize("page", ["cp936", "cp1252"])
def test_a_list_in_chinese_goes_into_a_file_of_a_code_page(page):
    env = os.environ | {"PYTHONIOENCODING": page}
    done = subprocess.run(
        [sys.executable, "-m", "sim", "strategies", "--lang", "zh"], capture_output=True, env=env,
        check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"phone_only" in done.stdout


@pytest.mark.parametrize("page", ["cp936", "cp1252", "ascii"])
def test_signs_of_a_command_have_stand_ins_on_a_code_page(monkeypatch, page):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=page))
    _open_streams()
    say("−200,000 ≈ ✓ ✗ ∘ x")
    sys.stdout.flush()
    text = raw.getvalue().decode(page)
    assert "\\u" not in text
    assert "200,000" in text
