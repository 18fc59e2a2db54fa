"""A Dask cluster plays: the same to the bit, and nothing is lost with a worker."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from labour import Dying, refusing

from sim.cli import main
from sim.compare.comparison import compare
from sim.core.errors import BadInput
from sim.play.workers import cluster as clusters
from sim.play.workers.cluster import Cluster

pytestmark = pytest.mark.xdist_group("cluster")

ROOT = Path(__file__).resolve().parents[2]
SMALL = {"replications": 4, "accounts": 30, "days": 10, "seed": 3, "engine": "story"}
NAMES = ["phone_only", "do_nothing"]
NOBODY = "tcp://127.0.0.1:9"


@pytest.fixture(scope="module")
def address():
    """Lend the address of what `dunning cluster up --local 2` starts."""
    pytest.importorskip("distributed")
    words = [sys.executable, "-m", "sim", "cluster", "up", "--local", "2"]
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")])
    up = subprocess.Popen(
        words, cwd=ROOT, env=os.environ | {"PYTHONPATH": paths}, stdout=subprocess.PIPE, text=True
    )
    lines = [up.stdout.readline().split(": ") for _ in range(2)]
    assert [name for name, _ in lines] == ["Scheduler", "Dashboard"]
    yield lines[0][1].strip()
    up.send_signal(signal.SIGINT)
    try:
        up.communicate(timeout=120)
    finally:
        up.kill()
    assert up.returncode == 0


def workers(address: str) -> dict[str, int]:
    with Cluster(address) as found:
        return found._client.run(os.getpid)


def test_a_cluster_plays_the_same_to_the_bit_though_a_worker_is_killed(small, address):
    def report(done: int, planned: int) -> None:
        if done == 1:
            os.kill(min(workers(address).values()), signal.SIGKILL)

    with pytest.warns(RuntimeWarning, match=r"worker tcp://.* left; what it was at is done by"):
        there = compare(small, NAMES, cluster=address, progress=report, **SMALL)
    here = compare(small, NAMES, **SMALL)
    assert there.failures.empty
    for name in ("measures", "daily", "seats"):
        pd.testing.assert_frame_equal(getattr(there, name), getattr(here, name), check_exact=True)


def test_a_task_whose_worker_dies_is_done_by_another(address, tmp_path):
    work = Dying(tmp_path)
    with Cluster(address) as crew:
        answers = dict(crew.answers(work, range(20), print))
    assert answers == {task: 3 * task for task in range(20)}
    assert work.tried.exists()


def test_a_refusal_on_a_worker_reaches_the_asker_as_it_is(address):
    with (
        Cluster(address) as crew,
        pytest.raises(BadInput, match=r"^file.toml: key = 7: something else$"),
    ):
        list(crew.answers(refusing, [7], print))


def test_the_command_line_plays_on_a_cluster_and_names_its_dashboard(
    address, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("DUNNING_RUNS", str(tmp_path))
    words = (
        "compare weilidai --set book.pool=100 --accounts 20 --days 5 --replications 1 --no-report"
    )
    with pytest.raises(SystemExit) as left:
        main(
            [
                *words.split(),
                "--strategies",
                "phone_only",
                "--engine",
                "story",
                "--cluster",
                address,
            ]
        )
    _, err = capsys.readouterr()
    assert left.value.code == 0, err
    assert err.startswith("Dashboard: http://127.0.0.1:")


def test_a_scheduler_that_does_not_answer_is_one_line(tmp_path, monkeypatch, capsys):
    pytest.importorskip("distributed")
    monkeypatch.setattr(clusters, "PATIENCE", 1)
    monkeypatch.setenv("DUNNING_RUNS", str(tmp_path / "runs"))
    with pytest.raises(SystemExit) as left:
        main(["compare", "weilidai", "--strategies", "phone_only", "--cluster", NOBODY])
    out, err = capsys.readouterr()
    assert left.value.code == 2
    assert out == ""
    assert err.startswith(f"--cluster = '{NOBODY}': a scheduler that answers (")
    assert err.count("\n") == 1
    assert not (tmp_path / "runs").exists()


def test_without_dask_one_line_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    for where, asked in (("--cluster", NOBODY), ("--local", "2")):
        with pytest.raises(BadInput, match=rf"^{where} = .*: needs Dask: pip install"):
            clusters.dask(where, asked)


@pytest.mark.parametrize("text", ["", "host", "tcp://a", "tcp://:8786", "tcp://a:b", "http://a:1"])
def test_what_cannot_be_a_scheduler_is_refused_at_once(text):
    with pytest.raises(BadInput, match=r"cluster = .*: the address of a Dask scheduler, such as"):
        Cluster(text)


def test_a_cluster_of_this_machine_listens_to_this_machine_only(monkeypatch):
    """Dask runs what it is sent, so nobody else may send it anything."""
    asked = {}

    class Idle:
        scheduler_address, dashboard_link = "tcp://127.0.0.1:1", "http://127.0.0.1:2"

        def __init__(self, **options):
            asked.update(options)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

    monkeypatch.setattr(clusters.dask("--local", "1"), "LocalCluster", Idle)
    with clusters.local("--local", 1) as (address, _):
        assert not clusters.open_to_others(address)
    assert asked["host"] == "127.0.0.1"
    assert asked["dashboard_address"].startswith("127.0.0.1:")


@pytest.mark.parametrize(
    ("text", "warned"),
    [("tcp://10.1.2.3:8786", True), ("tls://10.1.2.3:8786", False), ("tcp://[::1]:1", False),
     ("tcp://localhost:1", False), ("tcp://127.0.0.1.example.org:1", True)],
)  # fmt: skip
def test_work_that_travels_in_the_clear_is_warned_of(text, warned):
    assert clusters.open_to_others(text) is warned


@pytest.fixture
def certified(tmp_path):
    """Return Dask's settings for a certificate of our own, which speaks for both sides."""
    tool = shutil.which("openssl")
    if tool is None:
        pytest.skip("no openssl here to make a certificate")
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    words = f"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=lab -keyout {key} -out {cert}"
    subprocess.run([tool, *words.split()], check=True, capture_output=True)
    side = {"cert": str(cert), "key": str(key)}
    sides = {f"distributed.comm.tls.{who}": side for who in ("scheduler", "worker", "client")}
    return {"distributed.comm.tls.ca-file": str(cert), **sides}


def test_a_cluster_behind_tls_is_one_for_who_has_the_certificate_only(certified, monkeypatch):
    dask, distributed = pytest.importorskip("dask"), pytest.importorskip("distributed")
    monkeypatch.setattr(clusters, "PATIENCE", 3)
    with dask.config.set({**certified, "distributed.comm.require-encryption": True}):
        lent = distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, protocol="tls://",
            dashboard_address=None, security=distributed.Security(), silence_logs=50,
        )  # fmt: skip
    with lent as found:
        address = str(found.scheduler_address)
        assert address.startswith("tls://")
        with dask.config.set(certified), Cluster(address) as crew:
            assert dict(crew.answers(abs, [-3], print)) == {-3: 3}
        with pytest.raises(BadInput, match="a certificate in Dask's configuration"):
            Cluster(address)
