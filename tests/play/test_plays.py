"""Plays that are kept: an experiment that was stopped goes on, and one that breaks off is a row."""

from __future__ import annotations

import json

import numpy as np
import pytest
from pandas.testing import assert_frame_equal

from sim.cli.door import _code
from sim.core.errors import BadInput
from sim.experiments.explain import explain
from sim.experiments.pilot import Asked, pilot
from sim.experiments.pilot.playing import Pilots
from sim.experiments.sweep import plays
from sim.experiments.sweep.plays import Keep, progress_of, whole

ABOUT = {"verb": "toy", "asked": {"seed": 0}, "hash": "a"}
TASKS = [(r, w) for r in range(3) for w in ("one", "two")]


class Work:
    """Counts what it is asked; breaks off or is stopped where it is told to."""

    def __init__(self, broken=(), stop_at=None):
        self.asked, self.broken, self.stop_at = [], broken, stop_at

    def __call__(self, task):
        if task == self.stop_at:
            raise KeyboardInterrupt
        self.asked.append(task)
        return "it broke" if task in self.broken else {"y": [float(task[0]), 1.0]}


def keep(place, resume=False, **about):
    return Keep(place, ABOUT | about, lambda body: body, resume)


def play(work, place, resume=False, tasks=TASKS, **about):
    return plays.played(work, tasks, keep(place, resume, **about), warm=__name__)


def test_what_was_stopped_goes_on_and_repeats_nothing(tmp_path):
    file = tmp_path / "f.jsonl"
    with pytest.raises(KeyboardInterrupt):
        play(Work(stop_at=(1, "two")), file)
    assert progress_of(file) == (3, 6)
    rest = Work()
    assert play(rest, file, resume=True) == play(Work(), None)
    assert rest.asked == TASKS[3:]


def test_a_line_that_a_kill_cut_short_is_played_again(tmp_path):
    file = tmp_path / "f.jsonl"
    play(Work(), file)
    text = file.read_text()
    file.write_text(text[: text.rindex("1.0")])
    rest = Work()
    assert play(rest, file, resume=True) == play(Work(), None)
    assert rest.asked == TASKS[-1:]
    assert play(Work(), file, resume=True) == play(Work(), None)


def test_what_broke_off_is_an_answer_and_is_not_tried_again(tmp_path):
    file = tmp_path / "f.jsonl"
    found = play(Work(broken=[(1, "one")]), file)
    assert whole(found, 3) == ([0, 2], (("one", 1, "it broke"),))
    again = Work()
    assert play(again, file, resume=True) == found
    assert again.asked == []


def test_more_or_fewer_replications_are_no_other_question(tmp_path):
    file = tmp_path / "f.jsonl"
    play(Work(), file, tasks=TASKS[:4])
    more = Work()
    assert len(play(more, file, resume=True)) == 6
    assert more.asked == TASKS[4:]
    assert len(play(Work(), file, resume=True, tasks=TASKS[:2])) == 2


@pytest.mark.parametrize(
    ("name", "resume", "about", "said"),
    [
        ("f.jsonl", False, {}, "a new file, or --resume"),
        ("f.txt", False, {}, "ends in .jsonl"),
        ("f.jsonl", True, {"hash": "b", "asked": {"seed": 1}}, "--resume: seed = 1: 0, with which"),
        ("f.jsonl", True, {"hash": "b"}, "--resume: code"),
        ("f.jsonl", True, {"verb": "pilot"}, "what `dunning pilot` wrote"),
    ],
)
def test_a_file_in_the_way_is_refused_before_anything_is_played(
    tmp_path, name, resume, about, said
):
    play(Work(), tmp_path / "f.jsonl")
    work = Work()
    with pytest.raises(BadInput, match=said):
        play(work, tmp_path / name, resume, **about)
    assert work.asked == []


def test_without_a_file_there_is_nothing_to_go_on_with():
    with pytest.raises(BadInput, match="a file to go on with"):
        play(Work(), None, resume=True)


# --- with the simulator --------------------------------------------------------------------------

TINY = {
    "replications": 3, "accounts": 30, "settings": ("book.pool=100",), "engine": "story",
}  # fmt: skip
PARTS = ("segments", "spill", "harm")
PILOT = Asked(scenario="weilidai", champion="phone_only", challenger="process", weeks=1,
              share=0.4, **TINY)  # fmt: skip


def stopped_after(count):
    def progress(done, planned):
        if done == count:
            raise KeyboardInterrupt

    return progress


def explained(**more):
    return explain("weilidai", "process", "phone_only", days=8, parts=PARTS, **TINY, **more)


@pytest.fixture(scope="module")
def difference():
    return explained()


def test_an_explanation_that_was_stopped_ends_as_if_it_had_not_been(tmp_path, difference):
    file = tmp_path / "f.jsonl"
    with pytest.raises(KeyboardInterrupt):
        explained(out=file, progress=stopped_after(7))
    assert progress_of(file)[0] == 7
    seen = []
    found = explained(out=file, resume=True, progress=lambda done, planned: seen.append(done))
    assert seen[0] == 7
    assert found.sentences("en") == difference.sentences("en")
    for name, table in difference.tables().items():
        assert_frame_equal(found.tables()[name], table)


def test_a_pilot_that_was_stopped_ends_as_if_it_had_not_been(tmp_path):
    file = tmp_path / "f.jsonl"
    with pytest.raises(KeyboardInterrupt):
        pilot(PILOT, out=file, progress=stopped_after(2))
    found, at_once = pilot(PILOT, out=file, resume=True), pilot(PILOT)
    for table in ("bias", "size", "guard"):
        assert_frame_equal(getattr(found, table)(), getattr(at_once, table)())


def test_a_pilot_that_breaks_off_ends_no_other(monkeypatch):
    whole_one = Pilots._played

    def sometimes(self, replication, weeks):
        if replication == 1:
            raise BadInput("accounts", "", 1, "more")
        return whole_one(self, replication, weeks)

    monkeypatch.setattr(Pilots, "_played", sometimes)
    found = pilot(PILOT)
    assert found.replications == 2
    assert {(r, why) for _, r, why in found.failures} == {(1, "accounts = 1: more")}
    assert np.isfinite(found.bias()["bias"]).all()


def test_the_command_keeps_its_plays_and_goes_on_with_them(tmp_path, capsys):
    file = str(tmp_path / "f.jsonl")
    words = ["explain", "weilidai", "--strategy", "process", "--against", "phone_only",
             "--accounts", "30", "--days", "8", "--parts", "segments", "--set", "book.pool=100",
             "--engine", "story", "--jobs", "1", "--out", file, "--json"]  # fmt: skip
    assert _code([*words, "--replications", "2"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert _code([*words, "--replications", "2"]) == 2
    assert "--resume to go on" in capsys.readouterr().err
    assert _code([*words, "--replications", "2", "--resume"]) == 0
    assert json.loads(capsys.readouterr().out) == first
    assert _code([*words, "--replications", "3", "--resume"]) == 0
    assert json.loads(capsys.readouterr().out)["replications"] == 3
