"""What lies in a store may be damaged in any way: the pages still come, and name what is bad."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from screen import show, texts

from sim import Scenario
from sim.cli import main
from sim.cli.schemas import KINDS, schema_of
from sim.core.errors import BadInput
from sim.experiments.question import Question
from sim.experiments.replay import begin, stored
from sim.store.drafts import shelf
from sim.store.drafts.setups import open_setup
from sim.store.jobs import Queue, record
from sim.store.runs import RunFolder, RunStore, checks
from sim.store.runs.progress import heard
from sim.ui.about.checks import Calibrated

DAMAGES = 40
leaves = st.sampled_from(
    [0, -1, 3, True, 2**63 - 1, 1e308, "", "5", "x" * 3_000, "<script>", "a=b", "\x1b[2J", None]
) | st.text(max_size=8)  # fmt: skip
keys = st.text(max_size=8) | st.sampled_from(["recipe", "title", "path", "en", "strategies"])
trees = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
#: Entries of a manifest that are read by some page, and any other.
PLACES = [
    "settings", "strategies", "replications", "seed", "accounts", "days", "own", "portfolio",
    "scenario", "source", "baseline", "budget", "start", "book", "engine", "looks", "most",
]  # fmt: skip
places = st.sampled_from([("question", key) for key in PLACES]) | st.sampled_from(
    [("id",), ("created",), ("state",), ("question",), ("scenario",), ("scenario", "title"),
     ("scenario", "name"), ("scenario", "people"), ("fingerprints",), ("command",), ("python",),
     ("fingerprints", "strategies"), ("versions",), ("tables",), ("finished",), ("checksums",),
     ("notes",), ("format",), ("scenario", "book", "pool")]
)  # fmt: skip
damages = st.tuples(places, trees)


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """The manifest of a run that was begun."""
    question = Question(
        Scenario.load("weilidai", ["book.pool=100"]), "weilidai", ("book.pool=100",),
        ("phone_only", "do_nothing"), 2, 0, 60, 20, "same", "in_place", "new", "auto",
        "phone_only",
    )  # fmt: skip
    folder = begin(question, tmp_path_factory.mktemp("sound") / "run")
    return json.loads((folder.path / "manifest.json").read_text())


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("DUNNING_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


def put(root: Path, name: str, manifest: dict) -> None:
    (root / name).mkdir(parents=True, exist_ok=True)
    (root / name / "manifest.json").write_text(json.dumps(manifest))


def spoilt(manifest: dict, place: tuple[str, ...], value: object) -> dict:
    """Return a manifest with another value at a place, without the seal that would tell."""
    copy = json.loads(json.dumps({k: v for k, v in manifest.items() if k != "seal"}))
    inner = copy
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return copy


def fill(root: Path, sound: dict, bad: list) -> None:
    put(root, "20260101-000000-good", sound)
    for i, (place, value) in enumerate(bad):
        put(root, f"20260102-{i:06d}-bad", spoilt(sound, place, value))


def pages_come(root: Path) -> None:
    for room in ("library", "compare"):
        assert "20260101-000000-good" in texts(show(room)) or room == "compare"
    assert {run.path.name for run in RunStore().list()} >= {"20260101-000000-good"}
    with pytest.raises(SystemExit) as left:
        main(["runs"])
    assert not left.value.code


def test_one_bad_run_is_named_and_takes_no_page_down(root, sound, capsys):
    fill(root, sound, [(("question", "settings"), 3), (("question", "own"), {"ai": 3})])
    pages_come(root)
    assert "question.settings = 3" in capsys.readouterr().err
    seen = texts(show("library"))
    assert "question.settings = 3" in seen
    assert "2 folders cannot be read" in seen


@pytest.mark.slow
@settings(
    max_examples=3, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow,
                           HealthCheck.data_too_large],
)  # fmt: skip
@given(bad=st.lists(damages, min_size=DAMAGES, max_size=DAMAGES))
def test_forty_damages_at_once_take_no_page_down(root, sound, bad):
    fill(root, sound, bad)
    pages_come(root)
    for run in RunStore().list()[:2]:
        show("compare", run=run.path.name)


READERS = {
    "x/progress.json": lambda root: heard(root / "x"),
    ".jobs/x.json": lambda root: (record.all_of(root), Queue(root).live()),
    ".drafts/0123456789ab.json": lambda root: (shelf.open_draft("0123456789ab"), shelf.drafts()),
    ".setups/0123456789ab.json": lambda root: open_setup("0123456789ab"),
    ".checks/c.json": lambda root: checks.kept(root, "c", Calibrated),
}
WRITTEN = {"done": 1, "planned": 2, "pid": 1, "born": "", "began": 0.0, "before": 0, "updated": 0.0,
           "name": "x", "words": ["compare"], "since": 1.0, "step": "queued", "of": "weilidai",
           "changes": {}, "strategies": ["ai"], "undone": [], "date": "2026-01-01", "rows": [],
           "title": "t", "accounts": 3, "scenario": "weilidai"}  # fmt: skip
KEYS = st.lists(st.sampled_from(sorted(WRITTEN)), max_size=9, unique=True)


@settings(max_examples=60, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(file=st.sampled_from(sorted(READERS)), kept=KEYS, more=st.dictionaries(keys, trees),
       at=st.sampled_from(sorted(WRITTEN)), value=trees)  # fmt: skip
def test_a_small_file_of_ours_is_read_whole_or_as_none(root, file, kept, more, at, value):
    """Whatever stands in it, no reader of it stumbles, now or when the values are used."""
    place = root / file
    place.parent.mkdir(parents=True, exist_ok=True)
    body = {key: WRITTEN[key] for key in kept} | {at: value} | more
    place.write_text(json.dumps(body))
    READERS[file](root)


def test_small_files_that_are_right_are_read(root):
    """So that the test above does not pass because nothing is ever read."""
    for file, needed in (
        ("x/progress.json", ("done", "planned", "pid", "born", "began", "before", "updated")),
        (".jobs/x.json", ("name", "words", "since", "step")),
        (".drafts/0123456789ab.json", ("strategies", "changes", "undone")),
        (".setups/0123456789ab.json", ("of", "changes")),
        (".checks/c.json", ("date", "scenario", "accounts", "rows")),
    ):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(json.dumps({key: WRITTEN[key] for key in needed}))
    assert heard(root / "x").planned == 2
    assert [job.name for job in record.all_of(root)] == ["x"]
    assert shelf.open_draft("0123456789ab").strategies == ("ai",)
    assert open_setup("0123456789ab").of == "weilidai"
    assert checks.kept(root, "c", Calibrated).accounts == 3


@pytest.mark.parametrize(
    ("file", "text"),
    [("models.json", "3"), ("models.json", '{"ai": 3}'), ("failures.json", "{}"),
     ("seats.parquet", "PAR1"), ("segments.parquet", "")],
)  # fmt: skip
def test_a_damaged_part_is_named_and_the_rest_still_reads(root, finished, file, text, capsys):
    folder = finished(root / "20260101-000000-good")
    before = stored(folder)
    assert before.damaged == ()
    (folder.path / file).write_text(text)
    found = stored(folder)
    assert found.measures.equals(before.measures)
    assert found.verdict() == before.verdict()
    assert len(found.damaged) == 1
    assert file.partition(".")[0] in found.damaged[0]
    with pytest.raises(SystemExit) as left:
        main(["report", str(folder.path)])
    assert not left.value.code
    assert f"Left out of the report: {folder.path}" in capsys.readouterr().err


def test_a_part_that_decides_is_refused_when_it_is_damaged(root, finished):
    folder = finished(root / "20260101-000000-good")
    (folder.path / "measures.parquet").write_text("PAR1")
    with pytest.raises(BadInput, match="measures"):
        stored(folder)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Return a maker of copies of one finished run."""
    import shutil

    from sim.experiments.replay import carry_out

    question = Question(
        Scenario.load("weilidai", ["book.pool=100"]), "weilidai", ("book.pool=100",),
        ("phone_only", "do_nothing"), 2, 0, 20, 3, "same", "in_place", "new", "story",
        "phone_only",
    )  # fmt: skip
    made = begin(question, tmp_path_factory.mktemp("finished") / "run")
    carry_out(question, made)

    def copy(place: Path) -> RunFolder:
        return RunFolder(shutil.copytree(made.path, place))

    return copy


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_has_its_form_as_json_schema(kind):
    body = schema_of(kind)
    assert {"properties", "anyOf", "items", "additionalProperties"} & set(body)
    json.dumps(body)
