"""Runs as readers live them: followed, stopped, continued, queued, shared, broken off."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from sim.store.jobs import Queue
from sim.store.jobs.record import read

from .conftest import TINY, until

FEW = ("compare", "weilidai", *TINY, "--no-report", "--replications", "5")
MANY = (*FEW[:-1], "2000")
TWENTY = 20


@pytest.fixture
def queue(own_app):
    return Queue(own_app.runs)


def started(queue, words) -> str:
    """Put a job in the queue from outside and wait until its first replication is done."""
    name = queue.submit(words)
    until(lambda: queue.status(name).done > 1, 120)
    return name


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_run_is_followed_to_its_verdict(own_app, queue, visit, lang):
    name = queue.submit(FEW)
    reader = visit(own_app, f"/compare?run={name}", lang=lang)
    reader.page.locator(".dl-verdict").wait_for(timeout=120_000)
    reader.page.locator(".dl-table").wait_for()
    assert f"run={name}" in reader.page.url


def test_a_run_is_stopped_keeps_what_is_finished_and_goes_on(own_app, queue, visit):
    name = started(queue, MANY)
    reader = visit(own_app, f"/compare?run={name}")
    reader.keep("state-running")
    reader.press("stop")
    reader.sees("Stopped after")
    reader.keep("state-cancelled")
    kept = queue.status(name).done
    assert kept > 1
    reader.press("resume")
    until(lambda: queue.status(name).done > kept, 120)
    queue.cancel(name)
    reader.sees("Stopped after")


def test_two_readers_share_the_queue_and_do_not_disturb_each_other(own_app, queue, visit):
    first = started(queue, MANY)
    second = queue.submit(MANY)
    one = visit(own_app, f"/compare?run={first}", lang="en")
    other = visit(own_app, f"/compare?run={second}", lang="zh")
    other.sees("前面还有 1 个任务")
    other.keep("state-queued-zh")
    other.press("stop")
    other.sees("已停止")
    one.sees("runs ·")
    assert queue.status(first).state == "running"
    queue.cancel(first)


def test_a_run_whose_program_was_killed_says_so(own_app, queue, visit):
    name = started(queue, MANY)
    reader = visit(own_app, f"/compare?run={name}", lang="zh")
    os.killpg(read(own_app.runs, name).pid, signal.SIGKILL)
    reader.sees("运行期间程序被关闭")
    reader.keep("state-interrupted-zh")


def test_a_refused_job_says_why(own_app, queue, visit):
    name = queue.submit((*FEW, "--budget", "none"))
    reader = visit(own_app, f"/compare?run={name}")
    reader.sees("--budget = 'none'")
    assert "Traceback" not in reader.text()


def test_closing_the_app_leaves_no_process_behind(own_app, queue):
    name = started(queue, MANY)
    pid = read(own_app.runs, name).pid
    own_app.process.send_signal(signal.SIGTERM)
    own_app.process.wait(30)
    until(lambda: not read(own_app.runs, name).player.alive)
    assert queue.status(name).state == "interrupted"
    listed = subprocess.run(["ps", "-eo", "pgid="], capture_output=True, text=True, check=True)
    assert str(pid) not in listed.stdout.split()


def family(pid: int) -> dict[int, int]:
    """Return the processes under *pid* and itself: memory in MiB by number; 0 if never fetched."""
    listed = subprocess.run(
        ["ps", "-eo", "pid=,ppid=,rss="], capture_output=True, text=True, check=True
    )
    rows = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()]
    found = {pid}
    while more := {p for p, parent, _ in rows if parent in found} - found:
        found |= more
    return {p: rss // 1024 for p, _, rss in rows if p in found}


def test_twenty_runs_by_two_readers_leave_memory_and_processes_as_they_were(own_app, queue, visit):
    readers = [visit(own_app, lang="en"), visit(own_app, lang="zh")]
    alone = len(family(own_app.process.pid))
    names = [queue.submit((*FEW[:-1], "1")) for _ in range(TWENTY)]
    memory = []
    for i, name in enumerate(names):
        until(lambda name=name: queue.status(name).state == "complete", 180)
        readers[i % 2].go(f"/compare?run={name}")
        readers[i % 2].page.locator(".dl-table").wait_for()
        memory.append(sum(list(family(own_app.process.pid).values())))
    until(lambda: len(family(own_app.process.pid)) == alone)
    # What is kept in memory is bounded: by the tenth run it is full, and then it stays.
    settled = sum(family(own_app.process.pid).values())
    assert settled < 1.15 * memory[TWENTY // 2 - 1], memory
