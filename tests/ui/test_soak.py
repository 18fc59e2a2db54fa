"""Ten sessions at once: pages are asked for again and again, and the server does not grow.

``DUNNING_SOAK`` is how many seconds they go on (60 in the long proofs; the promise is ten minutes).
What was measured is printed: ``pytest -m slow -rP tests/ui/test_soak.py``.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from sim.cli import serving
from sim.experiments.question import Question
from sim.experiments.replay import begin, carry_out
from sim.scenario import Scenario

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(3_000),
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc here"),
]

SESSIONS = 10
SECONDS = float(os.environ.get("DUNNING_SOAK", "60"))
PAGES = ("", "compare", "library", "tune", "experiments", "about")
ANSWER = 120.0  #: seconds for one page
ROOM = 1.15  #: how much more the last third may have than the second, in memory
RUNS = "20260101-000000-one", "20260102-000000-two"


class Sample(NamedTuple):
    """What the server holds at a moment."""

    megabytes: float
    processes: int
    handles: int
    files: int


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """A store with two runs, and a place for what is temporary."""
    root = tmp_path_factory.mktemp("soak")
    for name in RUNS:
        question = Question(
            Scenario.load("weilidai", ["book.pool=100"]), "weilidai", ("book.pool=100",),
            ("phone_only", "do_nothing"), 2, 0, 20, 3, "same", "in_place", "new", "story",
            "phone_only",
        )  # fmt: skip
        carry_out(question, begin(question, root / "runs" / name))
    (root / "tmp").mkdir()
    return root


@pytest.fixture(scope="module")
def server(places):
    """The app as it is served, on this machine only."""
    port = serving.free_port(serving.LOOPBACK, None)
    words = [sys.executable, "-m", "sim", "app", "--no-browser", "--no-run", "--port", str(port)]
    surroundings = os.environ | {
        "DUNNING_RUNS": str(places / "runs"),
        "TMPDIR": str(places / "tmp"),
    }
    with (places / "log").open("wb") as log:
        opened = subprocess.Popen(
            words, env=surroundings, stdout=log, stderr=log, start_new_session=True
        )
    yield opened, port
    opened.send_signal(signal.SIGTERM)
    try:
        opened.wait(60)
    finally:
        opened.kill()


def family(pid: int) -> list[int]:
    """Return a process and all that it started."""
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            waiting += map(int, task.read_text().split())
    return found


def sample(pid: int, places: Path) -> Sample:
    size = handles = 0
    members = family(pid)
    for one in members:
        status = Path(f"/proc/{one}/status").read_text()
        size += next((int(r.split()[1]) for r in status.splitlines() if r.startswith("VmRSS")), 0)
        handles += len(os.listdir(f"/proc/{one}/fd"))
    files = sum(1 for _ in places.rglob("*"))
    return Sample(size / 1024, len(members), handles, files)


def visit(port: int, luck: random.Random, ends: float, seen: Counter[str]) -> None:
    """Be one visitor: open the app, look at some pages, leave, come back."""
    from websockets.sync.client import connect

    while time.monotonic() < ends:
        with connect(
            f"ws://127.0.0.1:{port}/_stcore/stream", subprotocols=["streamlit"],
            origin=f"http://127.0.0.1:{port}", max_size=None, open_timeout=ANSWER,
        ) as line:  # fmt: skip
            for _ in range(luck.randint(2, 6)):
                if time.monotonic() > ends:
                    break
                asked = BackMsg()
                asked.rerun_script.page_name = luck.choice(PAGES)
                lang, run = luck.choice(("en", "zh")), luck.choice(RUNS)
                asked.rerun_script.query_string = f"lang={lang}&run={run}"
                line.send(asked.SerializeToString())
                seen[answer(line)] += 1


def answer(line) -> str:
    """Return how a page ended."""
    while True:
        told = ForwardMsg()
        told.ParseFromString(line.recv(timeout=ANSWER))
        if told.WhichOneof("type") == "script_finished":
            return ForwardMsg.ScriptFinishedStatus.Name(told.script_finished)


def wait_until_open(port: int) -> None:
    from urllib.request import urlopen

    for _ in range(600):
        try:
            with urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5) as page:
                if page.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    pytest.fail("the app does not open")


def test_ten_sessions_at_once_do_not_let_the_server_grow(server, places):
    opened, port = server
    wait_until_open(port)
    began, seen, samples = time.monotonic(), Counter[str](), []
    ends = began + SECONDS
    visitors = [
        threading.Thread(target=visit, args=(port, random.Random(i), ends, seen), daemon=True)
        for i in range(SESSIONS)
    ]
    for visitor in visitors:
        visitor.start()
    while time.monotonic() < ends:
        samples.append(sample(opened.pid, places))
        time.sleep(min(2.0, SECONDS / 30))
    for visitor in visitors:
        visitor.join(ANSWER)
    assert not any(visitor.is_alive() for visitor in visitors)
    third = len(samples) // 3
    middle, last = samples[third : 2 * third], samples[2 * third :]
    sys.stdout.write(f"{sum(seen.values())} pages: {dict(seen)}\n")
    for name, part in (("first", samples[:third]), ("second", middle), ("last", last)):
        most_of = Sample(*(round(max(of)) for of in zip(*part, strict=True)))
        sys.stdout.write(f"{name} third: most {most_of}\n")
    assert seen["FINISHED_SUCCESSFULLY"] >= SESSIONS
    assert set(seen) <= {"FINISHED_SUCCESSFULLY", "FINISHED_EARLY_FOR_RERUN"}
    most = [[max(of) for of in zip(*part, strict=True)] for part in (middle, last)]
    assert most[1][0] <= most[0][0] * ROOM
    assert most[1][1] <= most[0][1]
    assert most[1][2] <= most[0][2] + 5 * SESSIONS
    assert most[1][3] <= most[0][3]
    log = (places / "log").read_bytes()  # the web server tells of whoever hangs up on it
    assert b"mishap" not in log
    assert b"/sim/" not in log
