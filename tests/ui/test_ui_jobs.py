"""Jobs: one at a time, in order, stopped gently, and told the truth about after a crash."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

import pytest

from sim.core.errors import BadInput
from sim.experiments.replay import stored
from sim.store.jobs import Queue, record
from sim.store.jobs.queue import MOST
from sim.store.runs import RunFolder
from sim.store.runs.progress import Player, ask_to_stop, born, heard, told

TINY = (
    "compare", "weilidai", "--accounts", "60", "--days", "20", "--set", "book.pool=100",
    "--jobs", "1", "--strategies", "phone_only,do_nothing", "--no-report",
)  # fmt: skip
FEW, MANY = (*TINY, "--replications", "2"), (*TINY, "--replications", "2000")


@pytest.fixture
def queue(tmp_path):
    made = Queue(tmp_path / "runs")
    yield made
    made.close()


def until(queue, holds, seconds=180):
    end = time.monotonic() + seconds
    while not holds():
        queue.tend()
        if time.monotonic() > end:
            pytest.fail(str([queue.status(job.name) for job in record.all_of(queue.root)]))
        time.sleep(0.05)


def state(queue, name):
    return queue.status(name).state


def descendants() -> set[int]:
    """Children of this process and theirs, whatever session they are in."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True)
    parents = dict(tuple(map(int, line.split())) for line in listed.stdout.splitlines())
    found = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return {pid for pid in found - {os.getpid()} if born(pid)}


def test_a_job_makes_the_run_that_the_command_line_makes(queue):
    name = queue.submit(FEW)
    assert state(queue, name) == "queued"
    until(queue, lambda: state(queue, name) == "complete")
    assert queue.status(name).runs == 2
    assert stored(RunFolder(queue.root / name)).replications == (0, 1)


def test_jobs_play_one_at_a_time_in_the_order_they_came(queue):
    first, second, third = (queue.submit(MANY) for _ in range(3))
    queue.tend()
    assert [queue.status(n).before for n in (first, second, third)] == [0, 1, 2]
    assert [state(queue, n) for n in (first, second, third)] == ["running", "queued", "queued"]
    queue.cancel(second)
    queue.cancel(first)
    until(queue, lambda: state(queue, third) == "running")
    assert state(queue, second) == "cancelled"


def test_a_run_that_is_stopped_keeps_what_is_finished_and_can_go_on(queue):
    name = queue.submit(MANY)
    until(queue, lambda: queue.status(name).done > 2)
    queue.cancel(name)
    assert state(queue, name) == "stopping"
    until(queue, lambda: state(queue, name) == "cancelled")
    folder = RunFolder(queue.root / name)
    kept = len(folder.finished())
    assert 2 < kept < 4000
    assert folder.manifest["state"] == "cancelled"
    queue.resume(name)
    assert state(queue, name) == "queued"
    until(queue, lambda: queue.status(name).done > kept)
    assert state(queue, name) == "running"


def test_a_run_whose_process_is_gone_is_interrupted_and_can_go_on(queue):
    name = queue.submit(MANY)
    until(queue, lambda: queue.status(name).done > 2)
    os.killpg(record.read(queue.root, name).pid, signal.SIGKILL)
    until(queue, lambda: state(queue, name) == "interrupted")
    assert queue.status(name).done > 2
    queue.resume(name)
    until(queue, lambda: state(queue, name) == "running")


def test_another_app_on_the_same_folder_sees_and_stops_the_same_jobs(queue):
    name = queue.submit(MANY)
    until(queue, lambda: queue.status(name).done > 2)
    other = Queue(queue.root)
    assert other.status(name).state == "running"
    waiting = other.submit(FEW)
    other.tend()
    assert state(queue, waiting) == "queued"
    other.cancel(name)
    until(queue, lambda: state(other, name) == "cancelled")


def test_a_job_that_is_refused_says_why_in_one_line(queue):
    name = queue.submit((*TINY, "--budget", "none"))
    until(queue, lambda: state(queue, name) == "failed")
    assert queue.status(name).reason.startswith("--budget = 'none': allowed:")
    assert "Traceback" not in queue.status(name).reason


def test_names_are_made_here_and_never_lead_elsewhere(queue):
    for name in ("../elsewhere", "a/b", "", ".jobs", "x" * 200):
        with pytest.raises(BadInput):
            queue.resume(name)
        assert queue.status(name) is None


def test_the_queue_has_an_end(queue):
    for _ in range(MOST):
        queue.submit(FEW)
    with pytest.raises(BadInput, match="may wait"):
        queue.submit(FEW)


def test_a_broken_record_is_no_job(queue):
    queue.submit(FEW)
    (queue.root / record.SHELF / "20260101-000000-bad.json").write_text("{")
    assert len(record.all_of(queue.root)) == 1


@pytest.mark.slow
def test_twenty_runs_in_a_row_leave_no_process_behind(queue):
    before = descendants()
    names = [queue.submit(FEW) for _ in range(MOST)]
    until(queue, lambda: all(state(queue, n) == "complete" for n in names), seconds=600)
    assert descendants() - before == set()


def test_closing_the_app_ends_what_is_in_play(tmp_path):
    queue = Queue(tmp_path / "runs").keep_tending()
    name = queue.submit(MANY)
    end = time.monotonic() + 60
    while queue.status(name).done < 1 and time.monotonic() < end:
        time.sleep(0.05)
    queue.close()
    assert state(queue, name) == "interrupted"


def test_a_queue_whose_folder_is_taken_away_ends_what_it_plays_and_makes_no_folder(tmp_path):
    queue = Queue(tmp_path / "runs")
    name = queue.submit(MANY)
    queue.tend()
    player = record.read(queue.root, name).player
    assert player.alive
    while queue.root.exists():  # the player may be making its own folder just now
        shutil.rmtree(queue.root, ignore_errors=True)
    assert queue.tend() is False
    assert not player.alive
    queue.cancel(name)
    assert queue.live() == []
    queue.close()


def test_the_thread_outlives_a_folder_that_goes_while_it_looks(tmp_path, monkeypatch):
    looks = threading.Semaphore(0)

    def gone(root):
        looks.release()
        raise FileNotFoundError(root)

    queue = Queue(tmp_path / "runs")
    queue.submit(FEW)
    monkeypatch.setattr(record, "all_of", gone)
    queue.keep_tending()
    assert looks.acquire(timeout=30)
    assert looks.acquire(timeout=30), "the thread looked once and ended"
    queue.rest()
    monkeypatch.undo()
    assert queue.status(queue.live()[0].name).state == "queued"


# --- progress and the wish to stop ----------------------------------------------------------------


def test_a_run_says_how_far_it_is_and_who_plays_it(tmp_path):
    report = told(tmp_path)
    report(2, 10)
    report(3, 10)
    assert heard(tmp_path).seconds_left is None
    report(4, 10)
    progress = heard(tmp_path)
    assert (progress.done, progress.planned, progress.before) == (4, 10, 3)
    assert progress.player == Player(os.getpid(), born(os.getpid()))
    assert progress.player.alive
    assert progress.seconds_left >= 0


def test_a_run_stops_where_the_folder_asks_for_it(tmp_path):
    report = told(tmp_path)
    report(1, 10)
    assert ask_to_stop(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        report(2, 10)
    assert heard(tmp_path).done == 2


def test_a_process_that_has_ended_is_not_taken_for_a_later_one_with_its_number():
    child = subprocess.Popen([sys.executable, "-c", ""])
    player = Player(child.pid, born(child.pid))
    child.wait()
    assert not player.alive
    assert not Player(os.getpid(), "another birth").alive
    assert not Player(0, "").alive


def test_what_cannot_be_read_is_no_progress(tmp_path):
    assert heard(tmp_path) is None
    for text in ("{", "[]", json.dumps({"done": 1})):
        (tmp_path / "progress.json").write_text(text)
        with suppress(AttributeError):
            assert heard(tmp_path) is None
