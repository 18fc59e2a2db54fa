"""The run store keeps whole replications, in one order, whatever interrupts it."""

import datetime as dt
import json
import math
import pickle
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.core.errors import BadInput
from sim.store.runs import RunFolder, RunStore, default_root, fingerprint

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


def completed(root: Path) -> RunFolder:
    folder = played(begun(root))
    folder.close("complete")
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> RunFolder:
    return completed(tmp_path_factory.mktemp("whole"))


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
    monkeypatch.setattr("sim.store.runs.manifest.dt", Frozen)
    with ThreadPoolExecutor(8) as pool:
        folders = list(pool.map(lambda _: begun(tmp_path), range(24)))
    ends = sorted(folder.path.name.removeprefix("20261122-131502-weilidai-") for folder in folders)
    digits = fingerprint(QUESTION)[:4]
    assert ends == sorted([digits] + [f"{digits}-{n}" for n in range(2, 25)])
    assert all(folder.manifest["id"] == folder.path.name for folder in folders)


class Frozen:
    """A clock that stands still."""

    UTC = dt.UTC

    class datetime(dt.datetime):  # noqa: N801
        @classmethod
        def now(cls, tz=None):
            return cls(2026, 11, 22, 13, 15, 2, tzinfo=tz)


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


# Finding


def test_runs_are_listed_newest_first_and_found_by_name_or_path(tmp_path):
    store = RunStore(tmp_path)
    assert (store.list(), store.broken()) == ([], [])
    made = [begun(tmp_path) for _ in range(4)]
    assert store.list() == made[::-1]
    assert store.latest() == made[-1]
    assert store.open(made[0].path.name) == store.open(str(made[0].path)) == made[0]
