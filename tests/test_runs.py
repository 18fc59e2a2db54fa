"""The run store keeps whole replications, in one order, whatever interrupts it."""

import json
import math
import os
import pickle
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim import runs
from sim.errors import BadInput
from sim.runs import RunFolder, RunStore, default_root, fingerprint

STRATEGIES = ["process", "ai", "催收 by phone"]
QUESTION = {"scenario": "weilidai", "strategies": STRATEGIES, "replications": 4, "seed": 1}
FACTS = {
    "scenario": {"name": "weilidai", "seats": 3, "people": {"share": 0.1}},
    "fingerprints": {"scenario": "00ff", "process": "0a"},
    "command": "dunning compare weilidai --seed 1",
    "python": "compare(Scenario.load('weilidai'), ['process'])",
}
GRID = [(strategy, replication) for replication in range(4) for strategy in STRATEGIES]
quick = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def tables(strategy: str, replication: int) -> dict[str, pd.DataFrame]:
    """What a replication leaves: rows in an order of their own, texts, times, gaps, no rows."""
    luck = np.random.default_rng([STRATEGIES.index(strategy), replication])
    names = ["recovered", "cost", "complaints"]
    measures = pd.DataFrame({"metric": names, "numerator": luck.normal(size=3), "denominator": 1.0})
    days = pd.Timestamp("2026-01-01") + pd.to_timedelta(range(3), unit="D")
    daily = pd.DataFrame({"day": range(3), "timestamp": days, "paid": luck.integers(9, size=3)})
    kinds = pd.Categorical([strategy[:1], "sms"][: 1 + replication % 2])
    events = pd.DataFrame({"channel": kinds, "offer": None if replication % 2 else "waiver"})
    return {"measures": measures, "daily": daily, "events": events.iloc[: replication + 1]}


def begun(root: Path) -> RunFolder:
    return RunStore(root).create(QUESTION, **FACTS)


def played(folder: RunFolder, pairs=GRID) -> RunFolder:
    for pair in pairs:
        folder.keep(*pair, tables(*pair))
    return folder


def contents(folder: RunFolder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.path.glob("*.parquet")}


def same(one: RunFolder, other: RunFolder) -> None:
    assert one.finished() == other.finished()
    assert one.tables() == other.tables() == ["daily", "events", "measures"]
    for name in one.tables():
        pd.testing.assert_frame_equal(one.table(name), other.table(name), check_exact=True)


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> RunFolder:
    folder = played(begun(tmp_path_factory.mktemp("whole")))
    folder.close("complete")
    return folder


# Beginning


def test_a_run_is_found_under_the_environments_root(monkeypatch, tmp_path):
    monkeypatch.setenv("DUNNING_RUNS", str(tmp_path / "mine"))
    assert default_root() == RunStore().root == tmp_path / "mine"
    monkeypatch.delenv("DUNNING_RUNS")
    assert default_root() == Path("runs")


def test_a_new_run_says_what_is_asked_and_with_what(tmp_path):
    folder = RunStore(tmp_path).create(QUESTION, **FACTS, notes=["a pilot"])
    manifest = folder.manifest
    assert folder.path.name == manifest["id"]
    time, slug, digits = manifest["id"][:15], manifest["id"][16:-5], manifest["id"][-4:]
    assert manifest["created"].replace("-", "").replace(":", "")[:15] == time.replace("-", "T")
    assert (slug, digits) == ("weilidai", fingerprint(QUESTION)[:4])
    assert (manifest["state"], manifest["question"], manifest["notes"]) == (
        "running",
        QUESTION,
        ["a pilot"],
    )
    assert {key: manifest[key] for key in FACTS} == FACTS
    expected = {"python", "dunning-lab", "numpy", "pandas", "simpy", "scikit-learn"}
    assert set(manifest["versions"]) >= expected


def test_chinese_stays_readable_in_the_manifest(tmp_path):
    assert "催收" in (begun(tmp_path).path / "manifest.json").read_text(encoding="utf-8")


@given(name=st.text(max_size=80))
@quick
def test_any_scenario_name_gives_a_plain_folder_name(tmp_path, name):
    folder = RunStore(tmp_path).create(QUESTION | {"scenario": name}, **FACTS)
    assert set(folder.path.name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert folder.path.parent == tmp_path
    assert folder.manifest["question"]["scenario"] == name


def test_runs_begun_at_the_same_moment_get_folders_of_their_own(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "dt", Frozen)
    with ThreadPoolExecutor(8) as pool:
        folders = list(pool.map(lambda _: begun(tmp_path), range(24)))
    ends = sorted(folder.path.name.removeprefix("20261122-131502-weilidai-") for folder in folders)
    digits = fingerprint(QUESTION)[:4]
    assert ends == sorted([digits] + [f"{digits}-{n}" for n in range(2, 25)])
    assert all(folder.manifest["id"] == folder.path.name for folder in folders)


class Frozen:
    """A clock that stands still."""

    UTC = runs.dt.UTC

    class datetime(runs.dt.datetime):  # noqa: N801
        @classmethod
        def now(cls, tz=None):
            return cls(2026, 11, 22, 13, 15, 2, tzinfo=tz)


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


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ({"strategies": ["a"]}, "run: question.scenario = None: the name of a scenario"),
        (
            {"scenario": "s", "strategies": []},
            "run: question.strategies = []: names of strategies, each one once",
        ),
        (
            {"scenario": "s", "strategies": ["a", "a"]},
            "run: question.strategies = ['a', 'a']: names of strategies, each one once",
        ),
        (
            {"scenario": "s", "strategies": ["a"], "budget": math.inf},
            "JSON = {'scenario': 's', 'strategies': ['a'], 'budget': inf}: what JSON can hold "
            "(Out of range float values are not JSON compliant",
        ),
    ],
)
def test_a_question_that_cannot_be_stored_is_refused_before_a_folder_is_made(
    tmp_path, question, message
):
    with pytest.raises(BadInput) as refusal:
        RunStore(tmp_path / "runs").create(question, **FACTS)
    assert str(refusal.value).startswith(message)
    assert not (tmp_path / "runs").exists()


def test_a_place_that_cannot_hold_a_run_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match=r"File exists': a folder that can be written to$"):
        begun(tmp_path / "file")
    with pytest.raises(BadInput, match=r"Not a directory': a folder that can be written to$"):
        RunStore(tmp_path).create_at(tmp_path / "file" / "out", QUESTION, **FACTS)


# Fingerprints

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), plain, max_size=6), st.randoms())
def test_a_fingerprint_depends_on_what_is_said_not_on_the_order(said, luck):
    items = list(said.items())
    luck.shuffle(items)
    assert (
        fingerprint(dict(items)) == fingerprint(said) == fingerprint(json.loads(json.dumps(said)))
    )
    assert len(fingerprint(said)) == 16
    assert fingerprint(said | {"": 0}) != fingerprint(said | {"": 1})


def test_a_fingerprint_reads_numpy_tuples_paths_and_dates_as_their_plain_selves():
    rich = {"n": np.int64(3), "x": (1, np.float64(0.5)), "p": Path("a/b"), "a": np.arange(2)}
    rich["d"] = pd.Timestamp("2026-01-02")
    clear = {"n": 3, "x": [1, 0.5], "p": "a/b", "a": [0, 1], "d": "2026-01-02T00:00:00"}
    text = '{"a":[0,1],"d":"2026-01-02T00:00:00","n":3,"p":"a/b","x":[1,0.5]}'
    assert fingerprint(rich) == fingerprint(clear) == sha256(text.encode()).hexdigest()[:16]


@pytest.mark.parametrize("odd", [math.nan, -math.inf, {"deep": [math.nan]}, object(), {1, 2}])
def test_a_fingerprint_refuses_what_json_cannot_hold(odd):
    with pytest.raises(BadInput, match="what JSON can hold") as refusal:
        fingerprint(odd)
    assert "\n" not in str(refusal.value)


# Keeping


@given(order=st.permutations(GRID), cuts=st.lists(st.integers(0, len(GRID)), max_size=3))
@quick
def test_serial_parallel_and_resumed_runs_are_the_same_to_the_byte(
    tmp_path_factory, whole, order, cuts
):
    folder = begun(tmp_path_factory.mktemp("any"))
    edges = [0, *sorted(cuts), len(order)]
    for start, stop in pairwise(edges):
        played(folder.reopen(), order[start:stop])
        folder.close("cancelled")
    same(folder, whole)
    assert contents(folder) == contents(whole)
    folder.verify()


def test_workers_may_keep_at_once_and_the_first_of_two_stays(tmp_path, whole):
    folder = pickle.loads(pickle.dumps(begun(tmp_path)))
    with ThreadPoolExecutor(6) as pool:
        fresh = list(pool.map(lambda pair: folder.keep(*pair, tables(*pair)), GRID * 3))
    assert sum(fresh) == len(GRID)
    assert list((folder.path / "parts").glob(".*")) == []
    same(folder, whole)


def test_a_table_reads_the_same_while_running_and_when_closed(tmp_path, whole):
    same(played(begun(tmp_path), GRID[::-1]), whole)


def test_rows_stand_by_replication_then_by_the_questions_order_then_as_given(whole):
    measures = whole.table("measures")
    owners = list(zip(measures["strategy"], measures["replication"], strict=True))
    assert owners == [pair for pair in GRID for _ in range(3)]
    assert measures["metric"].tolist() == ["recovered", "cost", "complaints"] * len(GRID)
    assert list(measures) == ["strategy", "replication", "metric", "numerator", "denominator"]


@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True) | st.just(-0.0), min_size=1, max_size=5)
)
@quick
def test_numbers_come_back_bit_for_bit(tmp_path_factory, numbers):
    folder = begun(tmp_path_factory.mktemp("bits"))
    folder.keep("ai", 0, {"measures": pd.DataFrame({"x": numbers})})
    folder.close("complete")
    back = folder.table("measures")["x"]
    np.testing.assert_array_equal(back, np.array(numbers))
    assert np.signbit(back[back.notna()]).tolist() == [
        math.copysign(1, x) < 0 for x in numbers if x == x
    ]


def test_columns_that_only_some_replications_have_are_empty_elsewhere(tmp_path):
    frames = [pd.DataFrame({"b": [1], "a": [2]}), pd.DataFrame({"c": ["x"], "a": [0.5]})]
    ways = []
    for order in ([0, 1], [1, 0]):
        folder = begun(tmp_path)
        for replication in order:
            folder.reopen().keep("ai", replication, {"daily": frames[replication]})
            ways.append(folder.table("daily"))
            folder.close("cancelled")
        ways.append(folder.table("daily"))
    ways = [way for way in ways if len(way) == 2]
    assert len(ways) == 4
    for way in ways:
        pd.testing.assert_frame_equal(way, ways[0], check_exact=True)
    assert list(ways[0]) == ["a", "b", "c", "replication", "strategy"]
    assert ways[0]["a"].tolist() == [2.0, 0.5]


def test_categories_come_back_as_the_texts_they_stand_for(whole):
    channels = whole.table("events")["channel"]
    assert not isinstance(channels.dtype, pd.CategoricalDtype)
    assert channels[:3].tolist() == ["p", "a", "催"]


def test_a_replication_that_cannot_be_written_leaves_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError("No space left on device")

    folder = played(begun(tmp_path), GRID[:1])
    with monkeypatch.context() as patch:
        patch.setattr(runs.pq, "write_table", full)
        with pytest.raises(OSError, match="No space"):
            folder.keep(*GRID[1], tables(*GRID[1]))
    assert len(os.listdir(folder.path / "parts")) == 1
    assert folder.finished() == set(GRID[:1])


def test_the_owners_columns_stay_where_the_ledger_has_them(tmp_path):
    folder = begun(tmp_path)
    ledger = pd.DataFrame({"time": [0.5], "strategy": pd.Categorical(["ai"]), "replication": [2]})
    folder.keep("ai", 2, {"events": ledger})
    assert list(folder.table("events")) == ["time", "strategy", "replication"]
    with pytest.raises(BadInput, match=r"replication = '2': 1 in every row$"):
        folder.keep("ai", 1, {"events": ledger})
    assert folder.finished() == {("ai", 2)}


def test_an_equals_sign_in_a_folders_name_adds_no_column(tmp_path):
    folder = RunStore(tmp_path).create_at(tmp_path / "budget=own", QUESTION, **FACTS)
    played(folder, GRID[:2])
    assert "budget" not in folder.table("daily")
    folder.close("complete")
    assert "budget" not in folder.table("daily")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda run: run.keep("Ai", 0, {}), "strategy = 'Ai': allowed: ai, process, 催收 by phone"),
        (lambda run: run.keep("ai", -1, {}), "replication = -1: 0 or more"),
        (lambda run: run.keep("ai", 0, {"../x": pd.DataFrame()}), "tables = ['../x']: names in"),
        (lambda run: run.table("seat"), "table = 'seat': allowed: daily, events, measures"),
        (lambda run: run.close("done"), "state = 'done': allowed: cancelled, complete"),
        (lambda run: run.attach("../x", ""), "attach = '../x': a plain file name that no table"),
        (lambda run: run.attach("daily.parquet", ""), "attach = 'daily.parquet': a plain file"),
    ],
)
def test_what_a_run_cannot_do_is_refused_in_one_line(tmp_path, call, message):
    folder = played(begun(tmp_path), GRID[:1])
    with pytest.raises(BadInput) as refusal:
        call(folder)
    assert str(refusal.value).startswith(f"{folder.path}: {message}")
    assert folder.finished() == set(GRID[:1])


def test_a_closed_run_takes_nothing_more_and_a_complete_one_stays_closed(tmp_path):
    folder = played(begun(tmp_path), GRID[:3])
    folder.close("complete")
    for call in (lambda: folder.keep("ai", 3, {}), lambda: folder.close("cancelled")):
        with pytest.raises(BadInput, match=r"state = 'complete': running; "):
            call()
    with pytest.raises(BadInput, match=r"state = 'complete': cancelled or running$"):
        folder.reopen()


def test_types_that_cannot_be_one_column_are_named(tmp_path):
    folder = begun(tmp_path)
    folder.keep("ai", 0, {"daily": pd.DataFrame({"x": [1]})})
    folder.keep("ai", 1, {"daily": pd.DataFrame({"x": ["one"]})})
    with pytest.raises(BadInput, match="Unable to merge: Field x has incompatible types"):
        folder.close("complete")
    assert folder.finished() == {("ai", 0), ("ai", 1)}


# Failures


def test_a_failed_replication_is_a_row_until_it_is_made_good(tmp_path):
    folder = played(begun(tmp_path), GRID[:2])
    folder.failed("ai", 3, "no seats\non day 4")
    folder.failed("process", 3, "first reason")
    folder.failed("process", 3, "second reason")
    expected = [("process", 3, "second reason"), ("ai", 3, "no seats\non day 4")]
    for _ in ("running", "closed"):
        rows = folder.failures()
        assert list(rows) == ["strategy", "replication", "reason"]
        assert list(rows.itertuples(index=False, name=None)) == expected
        assert folder.finished() == set(GRID[:2])
        if folder.manifest["state"] == "running":
            folder.close("cancelled")
    played(folder.reopen(), [("ai", 3)])
    folder.close("complete")
    assert folder.failures()["strategy"].tolist() == ["process"]


# Attaching


def test_a_report_is_attached_and_never_over_another_file(tmp_path):
    folder = played(begun(tmp_path), GRID[:1])
    (folder.path / "report.html").write_text("mine")
    folder.close("complete")
    assert folder.attach("report.html", "<p>催收").name == "report-2.html"
    assert folder.attach("report.html", "<p>催收".encode()).name == "report-2.html"
    assert folder.attach("report.html", "<p>new").name == "report-3.html"
    assert folder.attach("manifest.json", "{}").name == "manifest-2.json"
    assert (folder.path / "report.html").read_text() == "mine"
    assert set(folder.manifest["checksums"]) >= {"report-2.html", "report-3.html", "daily.parquet"}
    assert "report.html" not in folder.manifest["checksums"]
    folder.verify()


def test_a_disk_without_hard_links_still_keeps_what_is_there(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    folder = begun(tmp_path)
    assert [folder.attach("a.txt", text).name for text in "aab"] == ["a.txt", "a.txt", "a-2.txt"]


# Finding


def test_runs_are_listed_newest_first_and_found_by_name_or_path(tmp_path):
    store = RunStore(tmp_path)
    assert (store.list(), store.broken()) == ([], [])
    made = [begun(tmp_path) for _ in range(4)]
    assert store.list() == made[::-1]
    assert store.latest() == made[-1]
    assert store.open(made[0].path.name) == store.open(str(made[0].path)) == made[0]


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


def test_a_run_may_be_moved(tmp_path, whole):
    folder = played(begun(tmp_path))
    folder.close("complete")
    moved = folder.path.rename(tmp_path / "moved here")
    same(RunStore(tmp_path).open(moved), whole)


def change(key, value):
    def spoil(path):
        manifest = json.loads((path / "manifest.json").read_text())
        *parents, last = key.split(".")
        (manifest[parents[0]] if parents else manifest)[last] = value
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
        "/manifest.json = 'unreadable': a JSON object in UTF-8",
    ),
    (put("manifest.json", b"[" * 99_999), "/manifest.json = 'unreadable': a JSON object in UTF-8"),
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
        ": report.html = '33f279946717': 'None' in the manifest; the file was changed afterwards",
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
    assert str(refusal.value) == f"{closed.path}{message}"


def test_a_table_that_was_cut_short_is_refused(closed):
    file = closed.path / "measures.parquet"
    before = sha256(file.read_bytes()).hexdigest()[:12]
    file.write_bytes(file.read_bytes()[:-1])
    after = sha256(file.read_bytes()).hexdigest()[:12]
    with pytest.raises(BadInput) as refusal:
        closed.verify()
    expected = f"{after!r}: {before!r} in the manifest; the file was changed afterwards"
    assert str(refusal.value) == f"{closed.path}: measures.parquet = {expected}"


@given(key=st.sampled_from(list(runs.RULES)), value=plain)
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
    for name in ("nothing", "\0", "x" * 999):
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
    with pytest.raises(BadInput, match=r"daily = .*: readable Parquet, one type per column$"):
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
        (runs.shutil, "rmtree"), (runs.pq, "write_table"), (runs, "_remove"),
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


def test_a_reader_sees_the_whole_table_though_the_run_is_closed_meanwhile(
    tmp_path, monkeypatch, whole
):
    folder, united = played(begun(tmp_path)), runs._united

    def closing(schemas):
        monkeypatch.setattr(runs, "_united", united)
        folder.close("complete")
        return united(schemas)

    monkeypatch.setattr(runs, "_united", closing)
    pd.testing.assert_frame_equal(folder.table("daily"), whole.table("daily"))


CHILD = """
import sys
sys.path[:0] = sys.argv[2:]
from tests.test_runs import GRID, RunFolder, Path, tables
folder = RunFolder(Path(sys.argv[1]))
for pair in GRID:
    folder.keep(*pair, tables(*pair))
    print(pair, flush=True)
"""


def test_a_killed_process_loses_at_most_the_replication_it_was_keeping(tmp_path, whole):
    """Only the child started here is killed."""
    folder = begun(tmp_path)
    here = str(Path(__file__).parents[1])
    command = [sys.executable, "-c", CHILD, str(folder.path), here]
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
