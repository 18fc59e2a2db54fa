"""Processes that play: the same answers as alone, and a death costs one task."""

from __future__ import annotations

import json
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from labour import Doubling, refusing, threads

from sim.cli import main
from sim.compare.comparison import compare
from sim.compare.comparison.replications import Replications, interleaved
from sim.core.errors import BadInput
from sim.experiments import replay
from sim.play.run import setting
from sim.play.workers import TRIES, Alone, Lost
from sim.play.workers.processes import ONE_THREAD, Processes
from sim.store.runs import RunStore

TABLES = ("measures", "daily", "seats")
WARM = "sim.compare.comparison.replications"  # one for all: this process has one server of workers
NAMES = ["do_nothing", "phone_only"]
SMALL = {"replications": 4, "accounts": 60, "days": 40, "seed": 3, "engine": "story"}
SLEEPER = """
import os, sys, time
from sim.play.workers.processes import Processes

def work(task):
    os.write(1, f"{os.getpid()}\\n".encode())  # in one piece: two write at once
    time.sleep(600)

if __name__ == "__main__":
    with Processes(2, warm="os") as crew:
        list(crew.answers(work, [1, 2], print))
"""


class Told(list[tuple[int, str]]):
    """What was told of lost workers."""

    def __call__(self, task: int, reason: str) -> None:
        self.append((task, reason))


@pytest.fixture
def told():
    return Told()


# --- the crew ------------------------------------------------------------------------------------


def test_processes_answer_what_one_alone_answers(tmp_path, told):
    work, tasks = Doubling(tmp_path), range(12)
    with Processes(2, warm=WARM) as crew:
        answers = dict(crew.answers(work, tasks, told))
    assert answers == dict(Alone().answers(work, tasks, told))
    assert told == []


def test_a_death_costs_only_the_task_that_was_at_work(tmp_path, told):
    work, tasks = Doubling(tmp_path, fatal=5, deaths=1), range(12)
    with Processes(2, warm=WARM) as crew:
        answers = dict(crew.answers(work, tasks, told))
    assert answers == {task: 2 * task for task in tasks}
    assert [work.tries(task) for task in tasks] == [1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1]
    assert told == [(5, f"its worker died (SIGKILL) at try 1 of {TRIES}; it is repeated")]


def test_a_task_that_kills_every_worker_is_lost_and_the_others_are_not(tmp_path, told):
    work, tasks = Doubling(tmp_path, fatal=0, deaths=99), range(6)
    with Processes(2, warm=WARM) as crew:
        answers = dict(crew.answers(work, tasks, told))
    assert answers.pop(0) == Lost(f"its worker died (SIGKILL), {TRIES} times in a row")
    assert answers == {task: 2 * task for task in tasks if task}
    assert work.tries(0) == len(told) == TRIES


def test_a_refusal_crosses_over_as_it_is(told):
    with (
        Processes(2, warm=WARM) as crew,
        pytest.raises(BadInput, match=r"^file.toml: key = 7: something else$"),
    ):
        list(crew.answers(refusing, [7], told))


def test_a_refusal_survives_pickling():
    refused = BadInput(Path("file.toml"), "key", (1, 2), "something else")
    again = pickle.loads(pickle.dumps(refused))
    assert (str(again), vars(again)) == (str(refused), vars(refused))


def test_a_worker_keeps_to_one_thread(told):
    with Processes(1, warm=WARM) as crew:
        ((_, found),) = crew.answers(threads, [0], told)
    assert ONE_THREAD.items() <= found.items()


def test_nobody_is_left_when_the_asker_stops_early(tmp_path, told):
    work = Doubling(tmp_path)
    with Processes(2, warm=WARM) as crew:
        answers = crew.answers(work, range(1_000), told)
        next(answers)
        answers.close()
    assert not work.processes & {child.pid for child in multiprocessing.active_children()}
    assert len(list(tmp_path.iterdir())) < 1_000


@pytest.mark.skipif(sys.platform == "win32", reason="a process there has no parent to lose")
def test_workers_do_not_outlive_a_killed_master(tmp_path):
    script = tmp_path / "sleeper.py"
    script.write_text(SLEEPER)
    master = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    workers = [int(master.stdout.readline()) for _ in range(2)]
    master.kill()
    master.communicate()  # ends when nobody holds the pipe any more
    assert not any(alive(pid) for pid in workers)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat")
        return not state.exists() or state.read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


# --- the comparison ------------------------------------------------------------------------------


def test_replications_come_in_turn_and_in_each_the_longest_strategy_first():
    tasks = [(r, name) for r in range(3) for name in "abc"]
    seconds: dict[str, float] = {}
    found = []
    for task in interleaved(tasks, seconds):
        found.append("".join(map(str, task)))
        seconds |= {"a": 1.0, "b": 3.0, "c": 2.0}
    assert " ".join(found) == "0a 0b 0c 1b 1c 1a 2b 2c 2a"


def mortal(strategy, marker: Path):
    """Return *strategy*, which the first time that it is asked kills the process that asks."""

    def decide(params, view):
        with suppress(FileExistsError):
            marker.touch(exist_ok=False)
            os.kill(os.getpid(), signal.SIGKILL)
        return strategy.decide(params, view)

    return replace(strategy, decide=decide)


@pytest.fixture(scope="module")
def serial(small):
    return compare(small, NAMES, **SMALL)


def same(one, other) -> None:
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)


def test_processes_play_the_same_to_the_bit(small, serial):
    same(compare(small, NAMES, jobs=2, **SMALL), serial)


def test_a_worker_that_is_killed_changes_nothing_and_is_reported(small, serial, tmp_path):
    well, other = serial.strategies
    with pytest.warns(RuntimeWarning, match=r"replication \d: its worker died .* it is repeated"):
        found = compare(small, [well, mortal(other, tmp_path / "died")], jobs=2, **SMALL)
    same(found, serial)
    assert found.failures.empty


def test_the_run_and_the_command_line_say_that_a_worker_died(tmp_path, monkeypatch, capsys, serial):
    monkeypatch.setenv("DUNNING_RUNS", str(tmp_path / "runs"))
    play, (well, other) = replay.compare, serial.strategies
    strategies = [well, mortal(other, tmp_path / "died")]
    monkeypatch.setattr(
        replay, "compare", lambda scenario, _, **options: play(scenario, strategies, **options)
    )
    words = "compare weilidai --set book.pool=100 --accounts 30 --days 10 --replications 4"
    options = ["--jobs", "2", "--engine", "story", "--no-report", "--json"]
    with pytest.raises(SystemExit) as left:
        main([*words.split(), "--strategies", ",".join(NAMES), *options])
    out, err = capsys.readouterr()
    assert left.value.code == 0, err
    assert json.loads(out)
    (line,) = RunStore().latest().manifest["notes"]
    assert "its worker died (SIGKILL) at try 1 of 3; it is repeated" in line
    assert line in err.splitlines()


def test_a_replication_whose_workers_all_die_is_a_failed_row(small, serial):
    well, other = serial.strategies
    deadly = replace(other, name="deadly", decide=lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    with pytest.warns(RuntimeWarning, match="its worker died"):
        found = compare(small, [well, deadly], jobs=2, **{**SMALL, "replications": 1})
    ((strategy, replication, reason),) = found.failures.itertuples(index=False)
    assert (strategy, replication) == ("deadly", 0)
    assert reason.endswith("3 times in a row")


def test_a_worker_with_other_code_refuses(small):
    work = Replications(setting(small, 0, 10, 5), {}, code="of another version")
    with pytest.raises(BadInput, match=r"worker: source = .* install the same"):
        work((0, "phone_only"))
