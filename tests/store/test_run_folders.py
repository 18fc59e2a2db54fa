"""A run store meets folders that are broken, disks that refuse, and kills at any moment."""

import json
import os
import random
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_runs import (
    FACTS,
    GRID,
    QUESTION,
    begun,
    completed,
    contents,
    plain,
    played,
    quick,
    same,
    tables,
)

from sim.core.errors import BadInput
from sim.store.runs import RULES, RunFolder, RunStore, blocks, disk


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> RunFolder:
    return completed(tmp_path_factory.mktemp("whole"))


# Folders and disks


def test_of_many_who_want_one_folder_exactly_one_gets_it(tmp_path):
    def attempt(_):
        try:
            return RunStore(tmp_path).create_at(tmp_path / "deep" / "out", QUESTION, **FACTS)
        except BadInput as refusal:
            return str(refusal)

    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(attempt, range(16)))
    assert sum(isinstance(one, RunFolder) for one in got) == 1
    refusal = f"{tmp_path / 'deep' / 'out'} = 'not empty': a new or an empty folder"
    assert got.count(refusal) == 15


def test_a_place_that_cannot_hold_a_run_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match=r"File exists': a folder that can be written to$"):
        begun(tmp_path / "file")
    with pytest.raises(BadInput, match=r"Not a directory': a folder that can be written to$"):
        RunStore(tmp_path).create_at(tmp_path / "file" / "out", QUESTION, **FACTS)


def test_a_replication_that_cannot_be_written_leaves_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError("No space left on device")

    folder = played(begun(tmp_path), GRID[:1])
    with monkeypatch.context() as patch:
        patch.setattr(pq, "write_table", full)
        with pytest.raises(OSError, match="No space"):
            folder.keep(*GRID[1], tables(*GRID[1]))
    assert len(os.listdir(folder.path / "parts")) == 1
    assert folder.finished() == set(GRID[:1])


def test_a_disk_without_hard_links_still_keeps_what_is_there(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    folder = begun(tmp_path)
    assert [folder.attach("a.txt", text).name for text in "aab"] == ["a.txt", "a.txt", "a-2.txt"]


def test_a_run_may_be_moved(tmp_path, whole):
    folder = played(begun(tmp_path))
    folder.close("complete")
    moved = folder.path.rename(tmp_path / "moved here")
    same(RunStore(tmp_path).open(moved), whole)


# Malformed folders


def test_broken_folders_are_left_out_and_named(tmp_path):
    store, good = RunStore(tmp_path), begun(tmp_path)
    bad = begun(tmp_path)
    (bad.path / "manifest.json").write_text("[]")
    (tmp_path / "holiday").mkdir()
    (tmp_path / "holiday" / "photo.png").write_text("")
    (tmp_path / "being-born").mkdir()
    (tmp_path / "a file").write_text("")
    assert store.list() == [good]
    assert sorted(store.broken()) == [
        f"{bad.path}/manifest.json = []: a JSON object",
        f"{tmp_path}/holiday: manifest.json = 'missing': every run has one; this is not a run",
    ]


def change(key, value):
    def spoil(path):
        manifest = json.loads((path / "manifest.json").read_text())
        *parents, last = key.split(".")
        (manifest[parents[0]] if parents else manifest)[last] = value
        manifest.pop("seal")  # as one of an older version: what it says is judged by itself
        (path / "manifest.json").write_text(json.dumps(manifest))

    return spoil


def put(name, raw):
    return lambda path: (path / name).write_bytes(raw)


def drop(name):
    return lambda path: (path / name).unlink()


READS = "1 is what this dunning-lab reads; a newer one may read more"
SPOILT = [
    (drop("manifest.json"), ": manifest.json = 'missing': every run has one; this is not a run"),
    (put("manifest.json", b""), "/manifest.json: line 1 = '': broken JSON, Expecting value"),
    (
        put("manifest.json", b'{"format": 1,\n "id": '),
        "/manifest.json: line 2 = ' \"id\": ': broken JSON, Expecting value",
    ),
    (
        put("manifest.json", b"\xff\xfe\xfa"),
        "/manifest.json = '{path}/manifest.json': not UTF-8 text",
    ),
    (
        put("manifest.json", b"[" * 99_999),
        "/manifest.json = '…': tables and lists in one another at most 40 deep",
    ),
    (put("manifest.json", b"[1]"), "/manifest.json = [1]: a JSON object"),
    (
        put("manifest.json", b"{}"),
        f"/manifest.json: format = None: {READS}",
    ),
    (change("format", 2), f"/manifest.json: format = 2: {READS}"),
    (change("format", True), f"/manifest.json: format = True: {READS}"),
    (change("id", 7), "/manifest.json: id = 7: a text"),
    (
        change("created", "yesterday"),
        "/manifest.json: created = 'yesterday': a time such as 2026-11-22T13:15:02+00:00",
    ),
    (
        change("state", "done"),
        "/manifest.json: state = 'done': one of running, complete, cancelled",
    ),
    (change("question", None), "/manifest.json: question = None: an object"),
    (
        change("question.strategies", "ai"),
        "/manifest.json: question.strategies = 'ai': names of strategies, each one once",
    ),
    (
        change("question.strategies", ["team"]),
        "/manifest.json: finished = 'process': allowed: team",
    ),
    (change("scenario", []), "/manifest.json: scenario = []: an object"),
    (change("tables", ["../x"]), "/manifest.json: tables = ['../x']: names in lower case"),
    (
        change("finished", [["ai", "0"]]),
        "/manifest.json: finished = [['ai', '0']]: pairs of a strategy and a replication",
    ),
    (
        change("checksums", {"../../secret": "0"}),
        "/manifest.json: checksums = {'../../secret': '0'}: "
        "an object with one plain file name per key",
    ),
    (drop("daily.parquet"), ": daily.parquet = 'missing': the manifest lists it"),
    (drop("report.html"), ": report.html = 'missing': the manifest lists it"),
    (
        put("report.html", b"edited"),
        ": report.html = '1fb9f4097256': '33f279946717' in the manifest; "
        "the file was changed afterwards",
    ),
    (
        change("checksums", {"report.html": None}),
        "/manifest.json: checksums = {'report.html': None}: "
        "an object with one plain file name per key",
    ),
]


@pytest.fixture
def closed(tmp_path):
    folder = played(begun(tmp_path), GRID[:2])
    folder.attach("report.html", "<p>")
    folder.close("complete")
    return folder


@pytest.mark.parametrize(("spoil", "message"), SPOILT, ids=range(len(SPOILT)))
def test_a_malformed_run_is_refused_in_one_line(closed, spoil, message):
    spoil(closed.path)
    with pytest.raises(BadInput) as refusal:
        RunStore(closed.path.parent).open(closed.path.name)
    assert str(refusal.value) == f"{closed.path}{message}".replace("{path}", str(closed.path))


def test_a_table_that_was_cut_short_is_refused(closed):
    file = closed.path / "measures.parquet"
    before = sha256(file.read_bytes()).hexdigest()[:12]
    file.write_bytes(file.read_bytes()[:-1])
    after = sha256(file.read_bytes()).hexdigest()[:12]
    with pytest.raises(BadInput) as refusal:
        closed.verify()
    expected = f"{after!r}: {before!r} in the manifest; the file was changed afterwards"
    assert str(refusal.value) == f"{closed.path}: measures.parquet = {expected}"


@given(key=st.sampled_from(list(RULES)), value=plain)
@quick
def test_whatever_a_manifest_says_it_is_read_or_refused_in_one_line(tmp_path_factory, key, value):
    folder = begun(tmp_path_factory.mktemp("odd"))
    change(key, value)(folder.path)
    try:
        said = RunStore().open(folder.path).manifest[key.split(".")[0]]
    except BadInput as refusal:
        said = refusal
    assert "\n" not in repr(said)


def test_a_run_that_is_not_there_is_refused(tmp_path):
    store = RunStore(tmp_path / "runs")
    for name in ("nothing", "\0", "x" * 99):
        with pytest.raises(BadInput) as refusal:
            store.open(name)
        assert str(refusal.value) == (
            f"{store.root}: run = {name!r}: the name of a run there, or the path of one"
        )
    with pytest.raises(BadInput, match=r"run = 'latest': no run there yet$"):
        store.latest()


def test_a_damaged_part_is_named_not_read(tmp_path):
    folder = played(begun(tmp_path), GRID[:2])
    part = next((folder.path / "parts").glob("*-*")) / "daily.parquet"
    part.write_bytes(b"PAR1")
    with pytest.raises(
        BadInput, match=r"daily\.parquet: checksum = .*: .* with which it was written"
    ):
        folder.table("daily")


# Being killed


class Killed(BaseException):
    """The power goes: from now on no call to the disk does anything."""


def fatal(monkeypatch, after: int):
    left = [after]

    def mortal(real):
        def call(*args, **more):
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            return real(*args, **more)

        return call

    for module, name in [
        (os, "rename"), (os, "replace"), (os, "link"), (os, "fsync"), (os, "mkdir"),
        (shutil, "rmtree"), (pq, "write_table"), (disk, "remove"),
    ]:  # fmt: skip
        monkeypatch.setattr(module, name, mortal(getattr(module, name)))


def stopped(root: Path) -> RunFolder:
    folder = played(begun(root), GRID[:2])
    folder.attach("report.html", "<p>")
    folder.close("cancelled")
    return folder


def finish(folder: RunFolder) -> RunFolder:
    played(folder.reopen(), GRID[:3])
    folder.close("cancelled")
    return folder


def test_a_kill_between_any_two_steps_loses_no_finished_replication(tmp_path):
    """Each call that changes the disk is once the one that never happened."""
    aim = finish(stopped(tmp_path))
    for after in range(1_000):
        folder = stopped(tmp_path)
        with pytest.MonkeyPatch.context() as patch:
            fatal(patch, after)
            try:
                finish(folder)
                break
            except Killed:
                pass
        found = RunStore(tmp_path).open(folder.path)
        assert set(GRID[:2]) <= found.finished() <= set(GRID[:3])
        daily = found.table("daily")
        assert set(zip(daily["strategy"], daily["replication"], strict=True)) == found.finished()
        same(finish(found), aim)
        assert contents(found) == contents(aim)
        assert sorted(os.listdir(found.path)) == sorted(os.listdir(aim.path))
    assert after > 20


@pytest.mark.parametrize("name", ["daily.parquet", "measures.parquet", "failures.json"])
def test_what_a_reopened_run_has_is_still_held_to_its_checksum(tmp_path, name):
    folder = stopped(tmp_path).reopen()
    assert name in folder.manifest["checksums"]
    content = bytearray((folder.path / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder.path / name).write_bytes(content)
    played(folder, GRID[:3])
    with pytest.raises(BadInput, match=f"{name} = "):
        folder.close("cancelled")
    with pytest.raises(BadInput):
        RunFolder(folder.path).reopen()


def test_models_that_an_earlier_closing_wrote_keep_their_checksum_in_a_reopened_run(tmp_path):
    folder = played(begun(tmp_path), GRID[:2])
    folder.close("cancelled", {"models.json": "{}"})
    folder.reopen()
    assert "models.json" in folder.manifest["checksums"]
    (folder.path / "models.json").write_text("{ }")
    with pytest.raises(BadInput, match=r"models\.json"):
        folder.verify()


def test_a_reader_sees_the_whole_table_though_the_run_is_closed_meanwhile(
    tmp_path, monkeypatch, whole
):
    folder, united = played(begun(tmp_path)), blocks.united

    def closing(schemas):
        monkeypatch.setattr(blocks, "united", united)
        folder.close("complete")
        return united(schemas)

    monkeypatch.setattr(blocks, "united", closing)
    pd.testing.assert_frame_equal(folder.table("daily"), whole.table("daily"))


CHILD = """
import sys
sys.path[:0] = sys.argv[2:]
from test_runs import GRID, RunFolder, Path, tables
folder = RunFolder(Path(sys.argv[1]))
for pair in GRID:
    folder.keep(*pair, tables(*pair))
    print(pair, flush=True)
"""


def test_a_killed_process_loses_at_most_the_replication_it_was_keeping(tmp_path, whole):
    """Only the child started here is killed."""
    folder = begun(tmp_path)
    here = Path(__file__).parent
    command = [sys.executable, "-c", CHILD, str(folder.path), str(here), str(here.parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        said = [child.stdout.readline() for _ in range(random.Random(1).randint(3, 6))]
        child.kill()
        said += child.stdout.readlines()
    found = RunStore(tmp_path).latest().reopen()
    assert len(said) <= len(found.finished()) <= len(said) + 1
    assert found.finished() == set(GRID[: len(found.finished())])
    played(found, [pair for pair in GRID if pair not in found.finished()])
    found.close("complete")
    same(found, whole)
    assert contents(found) == contents(whole)
    assert {path.name for path in found.path.iterdir()} == {
        "manifest.json", "failures.json", "daily.parquet", "events.parquet", "measures.parquet",
    }  # fmt: skip
