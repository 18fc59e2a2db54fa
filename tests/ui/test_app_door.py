"""The app's door, its queue and its uploads: what one visitor can do to the others."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from labour import greedy, sleepy

from sim.cli import serving
from sim.core.errors import BadInput
from sim.play.workers.bounded import bounded
from sim.store.jobs import Queue
from sim.store.jobs.queue import MOST_EACH, fair
from sim.store.jobs.record import Job
from sim.ui.door import FEWEST, HEADERS, HOURS, LOGIN, TRIES, Door, fits, hidden, own_names
from sim.ui.uploads import read_upload

PASSWORD = "a long word"


async def inner(scope, receive, send):
    """Stand where Streamlit stands."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"inside"})


def ask(door, kind="http", *, path="/", method="GET", body=b"", client="10.0.0.1", **headers):
    """Ask a door once; return what it sent."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        sent.append(message)

    given = {"host": "localhost:8501"} | headers
    scope = {
        "type": kind, "path": path, "method": method, "client": (client, 1),
        "headers": [(k.encode(), v.encode()) for k, v in given.items()],
    }  # fmt: skip
    with ThreadPoolExecutor(1) as own:  # this thread may have a browser's loop already
        own.submit(asyncio.run, door(scope, receive, send)).result()
    return sent[0]


def status(answer) -> int:
    """Return a status; a socket that is let in has 101, one that is not 403."""
    if answer["type"].startswith("websocket"):
        return 101 if answer["type"] == "websocket.accept" else 403
    return answer["status"]


@pytest.fixture
def open_door():
    return Door(inner, own_names("127.0.0.1"))


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    ("host", "let_in"),
    [
        ("localhost:8501", True), ("127.0.0.1:8501", True), ("[::1]:8501", True),
        ("192.0.2.7", True), ("LOCALHOST", True), ("localhost.", True),
        ("evil.example:8501", False), ("localhost.evil.example", False), ("", False),
        ("[", False), ("127.0.0.1.evil", False),
    ],
)  # fmt: skip
def test_only_our_own_names_are_answered(open_door, kind, host, let_in):
    assert (status(ask(open_door, kind, host=host)) != 403) is let_in


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:9999"])
def test_another_page_may_not_ask(open_door, kind, origin):
    assert status(ask(open_door, kind, origin=origin)) == 403
    own = "http://localhost:8501"
    assert status(ask(open_door, kind, origin=own)) in (101, 200)


def test_names_of_a_proxy_are_ours_when_they_are_said():
    door = Door(inner, own_names("0.0.0.0", ["lab.bank.example"]))
    assert status(ask(door, host="lab.bank.example")) == 200
    assert status(ask(Door(inner, own_names("0.0.0.0")), host="lab.bank.example")) == 403


def test_every_answer_forbids_frames(open_door):
    for host in ("localhost", "evil.example"):
        assert set(HEADERS) <= set(ask(open_door, host=host)["headers"])


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def shut(clock):
    return Door(inner, own_names("127.0.0.1"), hidden(PASSWORD), clock)


def login(door, password, **more):
    body = f"password={password.replace(' ', '+')}".encode()
    return ask(door, path=LOGIN, method="POST", body=body, **more)


def test_without_the_password_nobody_comes_in(shut, clock):
    assert status(ask(shut)) == 401
    assert status(ask(shut, path="/_stcore/health")) == 401
    assert status(ask(shut, "websocket")) == 403
    assert status(login(shut, "another word")) == 401
    answer = login(shut, PASSWORD)
    assert answer["status"] == 303
    cookie = dict(answer["headers"])[b"set-cookie"].decode()
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    key = cookie.partition(";")[0]
    assert status(ask(shut, cookie=key)) == 200
    assert status(ask(shut, "websocket", cookie=f"x=1; {key}")) == 101
    assert status(ask(shut, cookie=key + "x")) == 401
    clock.now += HOURS * 3_600 + 1
    assert status(ask(shut, cookie=key)) == 401


def test_guessing_is_slow_and_hinders_nobody_else(shut, clock):
    assert [status(login(shut, "guess")) for _ in range(TRIES + 1)] == [401] * TRIES + [429]
    assert status(login(shut, PASSWORD)) == 429
    assert status(login(shut, PASSWORD, client="10.0.0.2")) == 303
    clock.now += 61.0
    assert status(login(shut, PASSWORD)) == 303


def test_a_password_is_handed_on_as_a_hash():
    secret = hidden(PASSWORD)
    assert PASSWORD not in secret
    assert secret != hidden(PASSWORD)
    assert fits(PASSWORD, secret)
    assert not fits(PASSWORD + " ", secret)


def test_a_short_password_is_refused(monkeypatch):
    monkeypatch.setenv("DUNNING_PASSWORD", "x" * (FEWEST - 1))
    with pytest.raises(BadInput, match="--password"):
        serving._door("127.0.0.1", None, True)


# --- the queue -----------------------------------------------------------------------------------


def test_one_visitor_cannot_fill_the_queue(tmp_path):
    queue = Queue(tmp_path)
    for _ in range(MOST_EACH):
        queue.submit(["scenarios"], owner="a")
    with pytest.raises(BadInput, match="of one visitor"):
        queue.submit(["scenarios"], owner="a")
    queue.submit(["scenarios"], owner="b")


def test_who_had_least_is_next():
    now = time.time()
    jobs = [Job("1", (), now - 9, "ended", owner="a"), Job("2", (), now - 8, owner="a"),
            Job("3", (), now - 7, owner="b"), Job("4", (), now - 6, owner="b")]  # fmt: skip
    assert fair(jobs[1:], jobs).name == "3"
    assert fair(jobs[1:2], jobs).name == "2"
    assert fair(jobs[1:], jobs[1:]).name == "2"


# --- what is handed in ---------------------------------------------------------------------------


def bomb(rows: int) -> bytes:
    """Return a small Parquet file that unfolds to *rows* times a thousand letters."""
    sink = pa.BufferOutputStream()
    words = pa.array(["x" * 1_000])
    column = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int8()), words)
    names = ["account_id", "balance", "instalment", "dpd"]
    pq.write_table(pa.table(dict.fromkeys(names, column)), sink)
    return sink.getvalue().to_pybytes()


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="no such limits there")
def test_what_takes_too_much_memory_or_time_ends_its_own_process_only():
    with pytest.raises(BadInput, match="what can be read"):
        bounded("file", "labour", greedy, 3_000_000_000)
    with pytest.raises(BadInput, match="seconds"):
        bounded("file", "labour", sleepy, 60, seconds=0.5)


def test_an_upload_that_unfolds_is_refused_and_the_next_one_read():
    data = bomb(2_000_000)
    assert len(data) < 2_000_000
    with pytest.raises(BadInput):
        read_upload("portfolio.parquet", data)
    found = read_upload("portfolio.csv", b"account_id,balance,instalment,dpd\n1,100,10,5\n")
    assert found.delimiter == ","


@pytest.mark.parametrize("name", ["a=b", "{}", "-0", "a b", "a:80", "a/b", "a\nb", "x" * 300, "é"])
def test_a_name_that_no_machine_has_is_refused(name):
    with pytest.raises(BadInput, match="--name"):
        own_names("0.0.0.0", ["lab.bank.example", name])
