"""What a command says as JSON carries its command and its Python, and both say the same again."""

from __future__ import annotations

import json
import shlex

import numpy as np
import pytest

from sim.cli.door import _code
from sim.experiments.replay import stored
from sim.store.runs import RunFolder

TINY = ["--accounts", "60", "--days", "20", "--set", "book.pool=100"]
ASKED = {
    "select": ["weilidai", "--strategies", "phone_only,process", "--indifference", "9000",
               "--most", "3", *TINY],
    "rules": ["weilidai", "--strategy", "phone_only", "--price", "--replications", "2", *TINY],
    "response": ["weilidai", "--knob", "people.wage", "--values", "7000,9000", "--strategies",
                 "phone_only,process", "--replications", "2", *TINY],
}  # fmt: skip
JOBS = {"select", "response"}  #: verbs that have workers


@pytest.fixture
def said(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DUNNING_RUNS", str(tmp_path / "runs"))

    def told(words):
        alone = ["--jobs", "1"] if words[0] in JOBS else []
        assert _code([*words, *alone, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return told


def values(verb, result):
    """Return the numbers of a Python result as the JSON has them."""
    if verb == "select":
        return result.to_dict()["values"]
    if verb == "rules":
        return [gap.mean for one in result for gap in one.gaps]
    return [point.mean for point in result.points]


def numbers(verb, body):
    if verb == "select":
        return body["values"]
    if verb == "rules":
        return [one[m]["mean"] for one in body["prices"]
                for m in one if m not in ("rule", "refused")]  # fmt: skip
    return [point["mean"] for point in body["points"]]


@pytest.mark.parametrize("verb", ASKED)
def test_the_command_and_the_python_in_an_answer_give_the_same_numbers(verb, said):
    first = said([verb, *ASKED[verb]])
    again = said(shlex.split(first["command"])[1:])
    assert numbers(verb, again) == numbers(verb, first)
    assert again["command"] == first["command"]
    names: dict[str, object] = {}
    exec(first["python"], names)
    assert values(verb, names["result"]) == pytest.approx(numbers(verb, first), nan_ok=True)


def test_a_selection_that_is_stopped_says_so_and_leaves_as_who_is_stopped(monkeypatch, capsys):
    from sim.compare.comparison import CancelledError, selecting

    def stopped(*args, **options):
        raise CancelledError(None)

    monkeypatch.setattr(selecting, "compare", stopped)
    assert _code(["select", *ASKED["select"]]) == 130
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last == "Stopped; nothing is kept; with --out it would be, and --resume would go on"


def test_a_run_with_a_strategy_that_learns_opens_reports_and_replays(tmp_path, monkeypatch):
    monkeypatch.setenv("DUNNING_RUNS", str(tmp_path))
    folder = tmp_path / "learned"
    words = ["compare", "weilidai", "--strategies", "phone_only,ai", "--replications", "2",
             "--jobs", "1", "--no-report", *TINY, "--out", str(folder)]  # fmt: skip
    assert _code(words) == 0
    held = stored(RunFolder(folder))
    assert set(held.models) == {"ai"}
    assert np.isfinite(held.doubts().set_index("strategy").loc["ai", "fit"])
    assert _code(["report", "learned"]) == 0
    assert _code(["replay", "learned", "--check"]) == 0
