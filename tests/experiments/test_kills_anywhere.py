"""A kill at any moment leaves what the next start understands: equal in the end, or refused.

The moments are those at which a process asks the system for something: it opens, renames, links,
removes, starts or talks to something. At one of them, drawn at random, the whole process goes
without a word. Waiting for the disk is left out: a kill of a process takes nothing back that was
written. A few kills of each kind in `make test` of the slow ones; `make prove` makes over 200.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest

from sim import Scenario
from sim.core.errors import BadInput
from sim.experiments import replay
from sim.experiments.question import Question, from_manifest
from sim.experiments.sweep import Design, stored, sweep
from sim.store.jobs import Queue, record
from sim.store.runs import RunFolder, RunStore, keeping
from sim.store.runs.manifest import LUCK

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked there"),
]

KILLS = {"run": 100, "sweep": 80, "queue": 40, "workers": 6}  #: moments of each kind
MOMENTS = (
    "open", "os.", "shutil.", "fcntl.", "socket.", "subprocess.", "_posixsubprocess.", "_winapi.",
)  # fmt: skip
MOST = 240.0  #: seconds after which a child is taken to hang


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _: None)


def child(work: Callable[[], object], last: int | None = None) -> tuple[int, int]:
    """Do *work* in a process of its own, which goes at its moment *last*.

    Returns
    -------
    tuple
        How it ended (0 well, above 0 badly, below 0 killed), and how many moments there were.
    """
    reads, writes = os.pipe()
    pid = os.fork()
    if pid == 0:
        _be_the_child(work, last, writes)
    os.close(writes)
    with os.fdopen(reads, "rb") as pipe:
        moments = int(pipe.read() or 0)
    ends = time.monotonic() + MOST
    while (done := os.waitpid(pid, os.WNOHANG))[0] == 0:
        if time.monotonic() > ends:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            pytest.fail("it hangs")
        time.sleep(0.002)
    return os.waitstatus_to_exitcode(done[1]), moments


def _be_the_child(work: Callable[[], object], last: int | None, writes: int) -> None:
    seen = 0

    def moment(event: str, _: object) -> None:
        nonlocal seen, last
        if event.startswith(MOMENTS):
            if seen == last:
                last = None  # to kill is a moment as well
                os.kill(os.getpid(), signal.SIGKILL)
            seen += 1

    code = 1
    try:
        sys.addaudithook(moment)
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        count, last = seen, None
        os.write(writes, str(count).encode())
        os._exit(code)


def moments(work: Callable[[], object], kills: int, name: str) -> list[int]:
    """Return the moments at which to kill, drawn from all that *work* has."""
    code, most = child(work)
    assert code == 0
    assert most > 0
    luck = random.Random(name)
    return [luck.randrange(most) for _ in range(kills)]


# --- a run ---------------------------------------------------------------------------------------


def asked() -> Question:
    return Question(
        Scenario.load("weilidai", ["book.pool=100"]), "weilidai", ("book.pool=100",),
        ("phone_only", "do_nothing"), 2, 0, 5, 2, "same", "in_place", "new", "story",
        "phone_only",
    )  # fmt: skip


def play(root: Path, jobs: int = 1) -> None:
    question = asked()
    replay.carry_out(question, replay.begin(question, root / "run"), jobs=jobs)


def go_on(root: Path) -> None:
    """Do what somebody does who finds the store: list it, and continue what did not end."""
    store = RunStore(root)
    store.list()
    store.broken()
    folder = RunFolder(root / "run")
    if folder.manifest["state"] != "complete":
        replay.carry_out(replay.go_on(folder), folder)
    folder.verify()


def numbers(folder: RunFolder) -> list[pd.DataFrame]:
    found = replay.stored(folder)
    assert found.damaged == ()
    return [found.measures, found.daily, found.seats, found.segments]


def same_run(root: Path, aim: list[pd.DataFrame]) -> None:
    folder = RunFolder(root / "run")
    for one, other in zip(numbers(folder), aim, strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)
    assert (folder.path / LUCK).is_file()
    for draft in folder.path.glob(".tmp-*"):  # of a run that had ended: swept a day later
        os.utime(draft, (0, 0))
    RunStore(root).list()
    assert [p.name for p in folder.path.rglob("*") if p.name.startswith(".tmp-")] == []


def ends_equal(root: Path, aim: list[pd.DataFrame]) -> str:
    """Let the next start see what a kill left; return how it ended."""
    if not (root / "run" / "manifest.json").exists():
        shutil.rmtree(root / "run", ignore_errors=True)  # it was never born: asked once more
        assert child(lambda: play(root))[0] == 0
    else:
        assert child(lambda: go_on(root))[0] == 0
    same_run(root, aim)
    return "equal"


@pytest.fixture(scope="module")
def aim(tmp_path_factory):
    """The run that nobody kills; the process is warm after it."""
    root = tmp_path_factory.mktemp("aim")
    play(root)
    return numbers(RunFolder(root / "run"))


def test_a_run_that_is_killed_anywhere_ends_equal(tmp_path, aim):
    for number, last in enumerate(moments(lambda: play(tmp_path / "whole"), KILLS["run"], "run")):
        root = tmp_path / str(number)
        assert child(lambda root=root: play(root), last)[0] == -signal.SIGKILL
        ends_equal(root, aim)
        shutil.rmtree(root)


def test_a_run_that_is_killed_while_it_is_continued_ends_equal(tmp_path, aim):
    """The second start is killed as well, and the third one ends."""
    begun = tmp_path / "begun"
    question = asked()
    folder = replay.begin(question, begun / "run")
    (first, *_) = moments(lambda: play(tmp_path / "whole"), 9, "again")[-1:]
    shutil.rmtree(folder.path)
    child(lambda: play(begun), max(first, 60))
    if not (begun / "run" / "manifest.json").exists():
        replay.begin(question, begun / "run")
    copy = tmp_path / "copy"
    shutil.copytree(begun, copy)
    for number, last in enumerate(moments(lambda: go_on(copy), KILLS["run"] // 4, "second")):
        root = tmp_path / str(number)
        shutil.copytree(begun, root)
        assert child(lambda root=root: go_on(root), last)[0] == -signal.SIGKILL
        ends_equal(root, aim)
        shutil.rmtree(root)


def test_a_run_with_workers_that_is_killed_anywhere_ends_equal(tmp_path, aim):
    """Starting the fork server, forking, sending and fetching are among the moments."""
    for number, last in enumerate(
        moments(lambda: play(tmp_path / "whole", 2), KILLS["workers"], "workers")
    ):
        root = tmp_path / str(number)
        assert child(lambda root=root: play(root, 2), last)[0] == -signal.SIGKILL
        ends_equal(root, aim)


# --- a sweep -------------------------------------------------------------------------------------


def plain(inputs, strategy, replication):
    return {"net_value": (inputs["people.wage"] + replication, 1.0)}


def swept(place: Path, *, resume: bool = False) -> None:
    design = Design.of(
        {"scenario": "weilidai", "strategies": ["phone_only"], "n": 4, "replications": 2,
         "inputs": {"people.wage": [6000, 9000]}}
    )  # fmt: skip
    sweep(design, place, play=plain, resume=resume)


def test_a_sweep_that_is_killed_anywhere_ends_equal_or_is_refused(tmp_path):
    swept(tmp_path / "aim" / "s.parquet")
    aim = stored(tmp_path / "aim" / "s.parquet").table

    def whole() -> None:
        swept(tmp_path / "whole" / "s.parquet")

    ended = refused = 0
    for number, last in enumerate(moments(whole, KILLS["sweep"], "sweep")):
        place = tmp_path / str(number) / "s.parquet"
        assert child(lambda place=place: swept(place), last)[0] == -signal.SIGKILL
        with suppress(BadInput):  # refused in one line: nothing of it says anything false
            swept(place, resume=True)
            ended += stored(place).table.equals(aim)
            continue
        refused += 1
    assert ended + refused == KILLS["sweep"]
    assert ended > KILLS["sweep"] // 2


# --- the queue and the shelves --------------------------------------------------------------------


def busy(root: Path) -> None:
    """Ask for jobs, stop some, note and throw away a run and take it back."""
    queue = Queue(root)
    names = [queue.submit(["compare", "weilidai", "--seed", str(i)]) for i in range(3)]
    queue.cancel(names[1])
    folder = RunStore(root).list()[0]
    keeping.write_note(folder.path, "a note")
    keeping.discard(root, folder.path.name)
    keeping.restore(root, folder.path.name)


def test_a_queue_and_a_library_that_are_killed_anywhere_are_read_by_the_next(tmp_path):
    question = asked()
    made = replay.begin(question, tmp_path / "seed" / "20260101-000000-one")

    def ready(name: str) -> Path:
        shutil.copytree(made.path.parent, tmp_path / name)
        return tmp_path / name

    whole = ready("whole")
    for number, last in enumerate(moments(lambda: busy(whole), KILLS["queue"], "queue")):
        root = ready(str(number))
        assert child(lambda root=root: busy(root), last)[0] == -signal.SIGKILL
        jobs = record.all_of(root)
        assert [job.words[0] for job in jobs] == ["compare"] * len(jobs)
        assert len(list((root / record.SHELF).glob("*.json"))) == len(jobs)
        for name in keeping.discarded(root):
            keeping.restore(root, name)
        (run,) = RunStore(root).list()
        assert RunStore(root).broken() == []
        assert from_manifest(run.path, run.manifest) == question
        assert keeping.note(run.path) in ("", "a note")
        assert Queue(root).submit(["compare", "weilidai"])
        json.dumps([status.name for status in Queue(root).live()])
