"""The index of a store saves time and is never believed against what lies there."""

import json
import os
import shutil

import pytest
from test_runs import FACTS, GRID, QUESTION, begun, played

from sim.core.errors import BadInput
from sim.store import forgetting
from sim.store.jobs import Queue, record
from sim.store.runs import RunStore, index, manifest
from sim.store.runs.index import INDEX


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A store of three runs that is large enough for an index."""
    monkeypatch.setattr(index, "FEWEST", 3)
    monkeypatch.setenv("DUNNING_RUNS", str(tmp_path))
    for _ in range(2):
        begun(tmp_path)
    played(begun(tmp_path), GRID[:2]).close("cancelled")
    found = RunStore(tmp_path)
    found.list()
    return found


def anew() -> None:
    """Forget what this process knows, as a new one does."""
    index._MEMORY.clear()
    manifest._read.cache_clear()


def names(store: RunStore) -> list[str]:
    anew()
    return [run.path.name for run in store.list()]


def reads(monkeypatch) -> list[str]:
    """Return a list that grows with each manifest that is read."""
    read, seen = index.load, []

    def counted(path):
        seen.append(path.parent.name)
        return read(path)

    monkeypatch.setattr(index, "load", counted)
    return seen


def test_a_new_process_reads_no_manifest_of_a_store_that_is_as_it_was(store, monkeypatch):
    seen, before = reads(monkeypatch), store.list()
    anew()
    assert store.list() == before
    assert [run.head.state for run in store.list()] == ["cancelled", "running", "running"]
    assert sum(store.list()[0].counts().values()) == 2
    assert seen == []


def test_the_index_says_what_the_manifests_say(store):
    by_manifest = {run.path.name: index.head_of(run.manifest) for run in store.list()}
    anew()
    assert {run.path.name: run.head for run in store.list()} == by_manifest


def test_a_run_that_came_went_or_changed_is_seen(store, monkeypatch):
    seen = reads(monkeypatch)
    fresh = store.create(QUESTION, **FACTS)
    assert names(store)[0] == fresh.path.name
    assert seen == [fresh.path.name]
    gone = store.list()[-1].path
    shutil.rmtree(gone)
    assert gone.name not in names(store)
    played(fresh, GRID[:3]).close("complete")
    anew()
    assert store.list()[0].head.state == "complete"
    assert sum(fresh.counts().values()) == 3


@pytest.mark.parametrize("again", [False, True])
def test_a_run_that_was_damaged_by_hand_is_named_at_once(store, again):
    good, bad = store.list()[:2]
    body = json.loads((bad.path / "manifest.json").read_text())
    body["question"]["settings"] = 3
    (bad.path / "manifest.json").write_text(json.dumps(body))
    (good.path / "measures.parquet").unlink()
    if again:
        anew()
    assert len(store.list()) == 1
    assert {line.partition(" = ")[0] for line in store.broken()} == {
        f"{good.path}: measures.parquet", f"{bad.path}/manifest.json: question.settings",
    }  # fmt: skip
    with pytest.raises(BadInput):
        bad.head  # noqa: B018  # it is read anew, never from the index


@pytest.mark.parametrize(
    "spoil",
    [lambda raw: b"", lambda raw: raw[:-9], lambda raw: raw[:60] + b"[" * 9_000,
     lambda raw: bytes([*raw[:90], raw[90] ^ 4, *raw[91:]]), lambda raw: b"{}"],
)  # fmt: skip
def test_a_damaged_index_is_made_again(store, spoil):
    file, before = store.root / INDEX, names(store)
    file.write_bytes(spoil(file.read_bytes()))
    assert names(store) == before
    sound = file.read_bytes()
    assert names(store) == before
    assert file.read_bytes() == sound
    assert index._read(store.root)


def test_an_index_that_lies_under_its_right_checksum_is_no_index(store):
    body = {"runs": {name: {"stamp": [0, 0, 0, 0], "created": 3} for name in names(store)}}
    (store.root / INDEX).write_bytes(index.sealed(json.dumps(body).encode()))
    assert index._read(store.root) == {}
    assert len(names(store)) == 3


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
def test_a_store_that_cannot_be_written_to_is_listed(store):
    (store.root / INDEX).unlink()
    store.root.chmod(0o500)
    assert len(names(store)) == 3
    store.root.chmod(0o700)


def test_a_disk_that_is_full_costs_the_index_only(store, monkeypatch):
    def full(*_, **__):
        raise OSError("No space left on device")

    (store.root / INDEX).unlink()
    with monkeypatch.context() as patch:
        patch.setattr(index.disk, "write", full)
        assert len(names(store)) == 3
    assert not (store.root / INDEX).exists()


def test_a_kill_while_the_index_is_written_leaves_the_one_before(store, monkeypatch):
    before = (store.root / INDEX).read_bytes()
    store.create(QUESTION, **FACTS)

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            names(store)
    assert (store.root / INDEX).read_bytes() == before
    assert len(names(store)) == 4


def test_what_is_forgotten_is_in_no_index(store):
    run = store.list()[0].path
    forgetting.forget_all(forgetting.left_of(run))
    assert not (store.root / INDEX).exists()


def test_a_small_store_has_no_index(tmp_path):
    begun(tmp_path)
    assert len(RunStore(tmp_path).list()) == 1
    assert not (tmp_path / INDEX).exists()


def test_many_runs_are_asked_for_with_one_look_at_the_jobs(store, monkeypatch):
    read, looks = record.all_of, []
    monkeypatch.setattr(record, "all_of", lambda root: looks.append(root) or read(root))
    found = Queue(store.root).statuses([run.path.name for run in store.list()])
    assert [status.state for status in found.values()] == [
        "cancelled",
        "interrupted",
        "interrupted",
    ]
    assert len(looks) == 1


def test_drafts_that_a_kill_left_are_swept_a_day_later(store):
    run = store.list()[0].path
    (run / ".tmp-old").write_text("half")
    (run / ".tmp-new").write_text("half")
    os.utime(run / ".tmp-old", (0, 0))
    assert len(names(store)) == 3
    assert [file.name for file in run.glob(".tmp-*")] == [".tmp-new"]


def test_parts_that_a_kill_left_in_a_complete_run_go_with_the_next_list(store):
    going, fresh = store.list()[1], store.create(QUESTION, **FACTS)
    played(fresh, GRID[:1]).close("complete")
    for run in (going, fresh):
        (run.path / "parts" / "000000-000").mkdir(parents=True)
    names(store)
    assert not (fresh.path / "parts").exists()
    assert (going.path / "parts" / "000000-000").exists()
