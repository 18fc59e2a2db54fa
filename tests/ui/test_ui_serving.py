"""`dunning app`: where it listens, what it tells, and that its settings travel with it."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from sim.cli import serving
from sim.core.errors import BadInput
from sim.store.jobs import Queue
from sim.store.runs import RunStore


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("DUNNING_RUNS", str(tmp_path))
    return RunStore()


@pytest.fixture
def opened(monkeypatch, capsys):
    """Run the command without a server; return its words and what it told."""

    def run(**options):
        words: list[list[str]] = []
        monkeypatch.setattr(serving, "serve", lambda command: words.append(command) or 0)
        with pytest.raises(serving.typer.Exit):
            serving.open_app(**{"no_browser": True, "no_run": True} | options)
        return words[0], capsys.readouterr().err

    return run


def test_only_this_machine_is_served_unless_said_otherwise(opened):
    words, told = opened()
    assert "--server.address=127.0.0.1" in words
    assert "http://127.0.0.1:" in told
    assert "Everybody" not in told


def test_serving_others_is_said_aloud(opened):
    words, told = opened(host="0.0.0.0")
    assert "--server.address=0.0.0.0" in words
    assert "Everybody who reaches" in told


@pytest.mark.parametrize(
    "setting",
    [
        "browser.gatherUsageStats=false", "server.showEmailPrompt=false",
        "client.showErrorDetails=none", "server.maxUploadSize=20", "client.toolbarMode=minimal",
        "server.headless=true",
    ],
)  # fmt: skip
def test_settings_travel_with_the_command(opened, setting):
    words, _ = opened()
    assert f"--{setting}" in words
    assert Path(words[words.index("run") + 1]).name == "app.py"


def test_a_taken_port_is_refused_and_the_next_is_found():
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        taken = door.getsockname()[1]
        with pytest.raises(BadInput, match="a free port"):
            serving.free_port("127.0.0.1", str(taken))
    assert serving.free_port("127.0.0.1", None) >= serving.PORT


@pytest.mark.parametrize("port", ["0", "x", "70000", "-1"])
def test_what_is_no_port_is_refused(port):
    with pytest.raises(BadInput, match="--port"):
        serving.free_port("127.0.0.1", port)


def test_an_address_of_elsewhere_is_refused():
    with pytest.raises(BadInput):
        serving.free_port("no.such.host.invalid", None)


def test_the_first_comparison_waits_once_where_nothing_is_stored(opened):
    opened(no_run=False)
    opened(no_run=False)
    (waiting,) = Queue().live()
    assert waiting.state == "queued"


CHILD = """
import os, time
from sim.ui.server import follow
follow(os.getppid(), 0.05)
print("up", flush=True)
time.sleep(120)
print("late")
"""
PARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"


@pytest.mark.skipif(sys.platform == "win32", reason="no such parents there")
def test_the_server_ends_with_whoever_began_it_however_that_ended():
    words = [sys.executable, "-c", PARENT, CHILD]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout.readline() == "up\n"
        parent.kill()
        assert parent.stdout.read() == ""  # all who held the other end are gone
