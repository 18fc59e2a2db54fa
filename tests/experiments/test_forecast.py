"""The forecast kept: frozen as it was, held to what happened, drift told where there is drift."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import synthetic

from sim.cli.door import _code
from sim.experiments import forecast
from sim.experiments.forecast.frozen import METRICS, cells, digest, drift_limit, paths, read
from sim.experiments.forecast.scored import Scored, actuals, score
from sim.store.runs import RunStore

MONTHS = 12


def course(seed, replications=40, months=MONTHS, *, kept=0.6, level=100.0, sd=5.0):
    """Replications whose months hang together, as one book's do: (R, M)."""
    rng = np.random.default_rng(seed)
    found = np.empty((replications, months))
    before = rng.normal(size=replications)
    for m in range(months):
        before = kept * before + np.sqrt(1 - kept**2) * rng.normal(size=replications)
        found[:, m] = level + sd * before
    return found


def foretold(values, metric="cash", level=0.9, accounts=1_000, book=1_000):
    body = {
        "format": 1, "question": {"scenario": "weilidai", "source": "weilidai"},
        "strategy": "process", "created": "2026-01-01T00:00:00+00:00", "level": level,
        "limits": {metric: drift_limit(values)},
        "cells": [c._asdict() for c in cells({metric: values}, accounts, book, level)],
    }  # fmt: skip
    return body | {"hash": digest(body)}


def happened(values, metric="cash"):
    rows = [(m + 1, metric, float(v)) for m, v in enumerate(values)]
    return pd.DataFrame(rows, columns=["month", "metric", "value"])


# --- what is foretold -----------------------------------------------


def daily(strategies=("phone_only", "process"), replications=3, days=65):
    """A book in which every day brings its number of cents, twice as many under the second."""
    rows = [
        (s, r, day, bucket, 10 + r + bucket, 1_000.0 * (bucket + 1), 0.0,
         (i + 1) * 100.0 * (day + 1) * (bucket == 0), 7.0 * (bucket == 0), 0.5 * (bucket == 0))
        for i, s in enumerate(strategies) for r in range(replications)
        for day in range(days) for bucket in range(3)
    ]  # fmt: skip
    names = ["strategy", "replication", "day", "bucket", "accounts", "balance", "past_due", "cash",
             "variable_cost", "risk"]  # fmt: skip
    return pd.DataFrame(rows, columns=names)


def comparison(days=65):
    found = synthetic.world(0, 3)
    at = replace(found.setting, accounts=500, days=days)
    return replace(found, setting=at, daily=daily(days=days))


def test_months_are_whole_and_money_is_per_thousand_accounts():
    found = paths(comparison(), "process")
    assert {v.shape for v in found.values()} == {(3, 2)}
    assert found["cash"][0] == pytest.approx(
        [sum(range(1, 31)) * 2 * 2, sum(range(31, 61)) * 2 * 2]
    )
    assert found["complaints"][0] == pytest.approx([0.5 * 30 * 2] * 2)
    assert found["late_accounts"][1] == pytest.approx([(12 + 13) * 2.0] * 2)
    assert found["late_balance"][1] == pytest.approx([(2_000 + 3_000) / 100 * 2.0] * 2)
    assert set(found) == set(METRICS)


def test_less_than_a_month_is_no_forecast():
    with pytest.raises(ValueError, match="one month"):
        paths(comparison(days=20), "process")


@pytest.mark.parametrize("count", [5, 20, 60])
def test_intervals_hold_a_new_book_as_often_as_they_say(count):
    inside = []
    for seed in range(400):
        values = course(seed, count + 1)
        told = cells({"cash": values[:-1]}, 1_000, 1_000, 0.9)
        inside += [c.low <= v <= c.high for c, v in zip(told, values[-1], strict=True)]
    assert np.mean(inside) == pytest.approx(0.9, abs=0.025)


def test_a_larger_book_has_less_luck_but_the_mean_is_no_surer():
    values = course(0, 20)
    same, large, endless = (
        cells({"cash": values}, 1_000, book, 0.9)[0].sd for book in (1_000, 10_000, 10**9)
    )
    assert same > large > endless
    assert endless == pytest.approx(values[:, 0].std(ddof=1) / np.sqrt(20), rel=1e-3)


def test_complaints_have_the_luck_of_a_count():
    certain = np.full((5, 1), 4.0)
    (told,) = cells({"complaints": certain}, 1_000, 1_000, 0.9)
    assert told.sd == pytest.approx(2.0)
    (cash,) = cells({"cash": certain}, 1_000, 1_000, 0.9)
    assert (cash.low, cash.high) == (4.0, 4.0)


# --- held to what happened -----------------------------------------------


def test_the_interval_score_is_the_one_of_the_paper():
    told = foretold(course(0))
    cell = told["cells"][0]
    for value, outside in (
        (cell["mean"], 0.0),
        (cell["high"] + 3.0, 3.0),
        (cell["low"] - 2.0, 2.0),
    ):
        row = Scored(told, happened([value])).table.iloc[0]
        assert row["score"] == pytest.approx(cell["high"] - cell["low"] + 20.0 * outside)
        assert bool(row["inside"]) is (outside == 0.0)


def test_a_forecast_that_is_right_drifts_seldom_and_one_that_is_wrong_soon():
    right, wrong = [], []
    for seed in range(300):
        values = course(seed, 41)
        told, actual = foretold(values[:-1]), values[-1]
        right.append(bool(Scored(told, happened(actual)).drifting))
        months = Scored(told, happened(actual + 15.0)).by_metric()["drift_from"].iloc[0]
        wrong.append(months is not pd.NA and months <= 6)
    assert np.mean(right) <= 0.09
    assert np.mean(wrong) >= 0.9


def test_drift_offers_to_calibrate_again_and_only_then():
    values = course(1)
    off = Scored(foretold(values), happened(values.mean(axis=0) + 25.0))
    assert off.drifting == ("cash",)
    assert off.recalibrate.startswith("dunning calibrate weilidai --portfolio")
    assert "drift in: Cash" in off.sentence("en")
    assert "出现漂移" in off.sentence("zh")
    fine = Scored(foretold(values), happened(values.mean(axis=0)))
    assert not fine.recalibrate
    assert "no drift" in fine.sentence("en")
    assert "未见漂移" in fine.sentence("zh")


def test_coverage_is_told_by_metric():
    values = course(2)
    mean, low = values.mean(axis=0), values.mean(axis=0)
    low[:3] -= 1_000.0
    marks = Scored(foretold(values), happened(low)).by_metric().iloc[0]
    assert (marks["months"], marks["inside"]) == (12, 9)
    assert marks["coverage"] == 0.75
    assert marks["chance"] == pytest.approx(0.1109, abs=1e-3)
    assert Scored(foretold(values), happened(mean)).by_metric()["coverage"].iloc[0] == 1.0


# --- what is read -----------------------------------------------


def test_totals_of_a_book_are_turned_into_a_thousand_accounts(tmp_path):
    told, file = foretold(course(0)), tmp_path / "a.csv"
    file.write_text("month,metric,value\n1,cash,5000\n", encoding="utf-8")
    assert actuals(file, told, 50_000)["value"].iloc[0] == pytest.approx(100.0)
    assert actuals(file, told)["value"].iloc[0] == 5_000.0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("month,value\n1,2\n", "month, metric, value"),
        ("month,metric,value\n", "no rows"),
        ("month,metric,value\n0,cash,1\n", "line 2, month"),
        ("month,metric,value\n13,cash,1\n", "from 1 to 12"),
        ("month,metric,value\n1,cahs,1\n", "did you mean 'cash'"),
        ("month,metric,value\n1,cash,x\n", "line 2, value"),
        ("month,metric,value\n1,cash,-1\n", "0 or more"),
        ("month,metric,value\n1,cash,nan\n", "no rows"),
        ("month,metric,value\n1,cash\n", "line 2, value"),
        ("month,metric,value\n1,cash,1\n1,cash,2\n", "each month and metric once"),
    ],
)
def test_actuals_that_are_none_are_refused_in_one_line(tmp_path, text, said):
    file = tmp_path / "a.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=said) as refused:
        actuals(file, foretold(course(0)))
    assert "\n" not in str(refused.value)


# --- from a run to the track record -----------------------------------------------


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A folder of runs with one run, whose forecast is frozen."""
    root = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DUNNING_RUNS", str(root))
        asked = ["compare", "weilidai", "--strategies", "phone_only", "--replications",
                 "20", "--accounts", "20", "--days", "30", "--set", "book.pool=100", "--engine",
                 "story", "--jobs", "1", "--no-report"]  # fmt: skip
        assert _code(asked) == 0
        assert _code(["forecast", "freeze", "latest", "--out", str(root / "f.json")]) == 0
        yield root


@pytest.fixture
def in_force(kept, monkeypatch):
    monkeypatch.setenv("DUNNING_RUNS", str(kept))
    return kept


def test_a_frozen_forecast_says_where_it_comes_from(in_force):
    told, run = read(in_force / "f.json"), RunStore().latest()
    assert told["run"] == run.manifest["id"]
    assert told["command"] == run.manifest["command"]
    assert told["fingerprints"] == run.manifest["fingerprints"]
    assert told["strategy"] == "phone_only"
    assert {c["metric"] for c in told["cells"]} == set(METRICS)
    assert told["hash"] == digest(told)


def test_a_forecast_is_never_written_over(in_force, capsys):
    before = (in_force / "f.json").read_bytes()
    assert _code(["forecast", "freeze", "latest", "--out", str(in_force / "f.json")]) == 2
    assert "never changed" in capsys.readouterr().err
    assert (in_force / "f.json").read_bytes() == before


def test_a_forecast_that_was_changed_is_refused(in_force, tmp_path, capsys):
    body = json.loads((in_force / "f.json").read_text(encoding="utf-8"))
    body["cells"][0]["high"] += 1.0
    (tmp_path / "g.json").write_text(json.dumps(body), encoding="utf-8")
    (tmp_path / "a.csv").write_text("month,metric,value\n1,cash,1\n", encoding="utf-8")
    asked = ["forecast", "score", str(tmp_path / "g.json"), str(tmp_path / "a.csv")]
    assert _code(asked) == 2
    assert "changed afterwards" in capsys.readouterr().err
    with pytest.raises(ValueError, match="unreadable"):
        read(tmp_path / "a.csv")


def test_the_track_record_holds_what_was_scored_once(in_force, tmp_path, capsys):
    told = read(in_force / "f.json")
    rows = [f"1,{c['metric']},{c['mean']}" for c in told["cells"][:-1]] + [
        f"1,{told['cells'][-1]['metric']},{1e12}"
    ]
    file = tmp_path / "a.csv"
    file.write_text("\n".join(["month,metric,value", *rows]), encoding="utf-8")
    for _ in range(2):
        assert _code(["forecast", "score", str(in_force / "f.json"), str(file)]) == 0
    capsys.readouterr()
    assert _code(["forecast", "list", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["forecasts"]
    assert row["values"] == len(METRICS)
    assert row["coverage"] == pytest.approx(1 - 1 / len(METRICS))
    assert row["drifting"] == "late_balance"
    lines = (forecast.shelf() / f"{told['hash'][:16]}.scores.jsonl").read_text().splitlines()
    assert len(lines) == 1
    assert "80 %" in forecast.record_sentence("en")
    assert not RunStore().broken()


def test_scoring_gives_the_same_on_the_command_line_and_in_python(in_force, tmp_path, capsys):
    file = tmp_path / "a.csv"
    file.write_text("month,metric,value\n1,cash,123456\n", encoding="utf-8")
    found = score(in_force / "f.json", file, keep=False)
    assert _code(["forecast", "score", str(in_force / "f.json"), str(file), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["by_metric"][0]["score"] == pytest.approx(found.by_metric()["score"].iloc[0])


def test_a_run_that_is_too_small_is_no_forecast(in_force, capsys):
    asked = ["forecast", "freeze", "latest", "--out", str(in_force / "h.json")]
    assert _code([*asked, "--strategy", "proces"]) == 2
    assert "--strategy" in capsys.readouterr().err
    assert _code([*asked, "--level", "0.2"]) == 2
    assert "from 0.5 to 0.99" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["forecast", "freez", "latest"], "did you mean 'freeze'"),
        (["forecast"], "Missing command"),
        (["forecast", "score", "f.json"], "ACTUALS"),
        (["forecast", "freeze", "latest"], "--out"),
        (["forecast", "list", "--lang", "fr"], "allowed: en, zh"),
        (["forecast", "score", "f.json", "a.csv", "--book", "0"], "--book"),
        (["forecast", "score", "none.json", "a.csv"], "forecast freeze"),
    ],
)
def test_what_cannot_be_done_with_a_forecast_is_refused_in_one_line(in_force, capsys, words, said):
    assert _code(words) == 2
    line = capsys.readouterr().err.strip()
    assert said in line
    assert "\n" not in line


def test_without_forecasts_the_list_is_empty_and_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DUNNING_RUNS", str(tmp_path))
    assert _code(["forecast", "list"]) == 0
    assert "No forecast" in capsys.readouterr().out
    assert forecast.record().empty
    assert "No forecast" in forecast.record_sentence("en")
    assert "尚无" in forecast.record_sentence("zh")
