"""The command line from end to end, on tiny runs."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import pytest
from typer.main import get_command

from sim.cli import comparing, main, serving
from sim.cli.door import _code, app
from sim.compare.comparison import CancelledError
from sim.core.domain import DAY, HOUR
from sim.experiments import replay
from sim.play import trace
from sim.play.trace import Step, aligned, divergence
from sim.store.runs import RunFolder, RunStore

ROOT = Path(__file__).resolve().parents[2]
SMALL = ("--accounts", "60", "--days", "20", "--set", "book.pool=100")
PLAY = (*SMALL, "--jobs", "1", "--replications", "2", "--strategies", "phone_only,process")
REPORTED = ("compare", "weilidai", *PLAY)
COMPARE = (*REPORTED, "--no-report")
VERBS = tuple(get_command(app).commands)


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("DUNNING_RUNS", str(tmp_path / "runs"))
    monkeypatch.chdir(tmp_path)
    return RunStore()


@pytest.fixture
def dunning(capsys, store):
    """Run a command line in this process; return its exit code, output and error output."""

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main(words)
        return int(left.value.code or 0), *capsys.readouterr()

    return run


@pytest.fixture
def done(dunning):
    """The same, for commands that must succeed: return their output."""

    def run(*words: str) -> str:
        code, out, err = dunning(*words)
        assert code == 0, err
        return out

    return run


# --- words and shelves ---------------------------------------------------------------------------


@pytest.mark.parametrize("words", [(), ("--help",)])
def test_help_names_every_verb(done, words):
    out = done(*words)
    assert re.findall(r"^  ([a-z]+)  ", out, flags=re.MULTILINE) == list(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(done, verb):
    out = done(verb, "--help")
    assert out.startswith(f"Usage: dunning {verb}")
    assert "╭" not in out


def test_python_m_sim_is_the_command():
    for words, first in ((["--version"], r"dunning \d"), (["scenarios"], "scenario +title")):
        found = subprocess.run(
            [sys.executable, "-W", "error", "-m", "sim", *words],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert re.match(first, found.stdout)
        assert found.stderr == ""


def test_the_shelves_are_listed(done):
    assert "weilidai" in done("scenarios")
    assert "微粒贷" in done("scenarios", "--lang", "zh")
    assert "phone_only" in done("strategies")
    assert "催收" in done("strategies", "--lang", "zh")
    out = done("metrics")
    assert "net_value" in out
    assert "added_recovery" in out


def test_a_scenario_shows_its_knobs_with_their_changes(done):
    assert re.search(r"book\.pool +4,000", done("show", "weilidai"))
    assert re.search(r"book\.pool +100 ", done("show", "weilidai", "--set", "book.pool=100"))


def test_a_scenario_file_is_validated(done, tmp_path):
    (tmp_path / "mine.toml").write_text('extends = "weilidai"\n[book]\ndays = 30\n')
    assert "mine.toml: valid; scenario weilidai" in done("validate", "mine.toml")


def test_the_schema_is_json(done):
    assert "extends" in json.loads(done("schema"))["properties"]


def test_calibration_prints_a_table_or_json(done):
    small = ("weilidai", "--accounts", "20")
    assert re.search(r"\d+ of \d+ numbers lie in their band", done("calibration", *small))
    rows = json.loads(done("calibration", *small, "--json"))["rows"]
    assert {"name", "value", "band_low", "hit", "source"} <= rows[0].keys()


# --- compare -------------------------------------------------------------------------------------


def test_compare_answers_the_question_in_words_and_numbers(dunning, store):
    code, out, err = dunning(*REPORTED, "--strategies", "do_nothing,phone_only,process")
    assert code == 0
    assert out.startswith("Weilidai")
    for part in (
        "3 strategies · 60 accounts · 20 days · 2 replications · seed 0 · in place · same budget",
        *("Money", "Customers and law", "Means", "Net value *", "Added by collecting"),
        *("baseline", "reference", "ahead in", "Early numbers: 2 of the 5 runs"),
    ):
        assert part in out
    assert "nan" not in out
    assert "-0" not in out
    (folder,) = store.list()
    assert f"Kept in {folder.path}" in err
    assert (folder.path / "report.html").is_file()
    manifest = folder.manifest
    assert manifest["state"] == "complete"
    assert manifest["command"].startswith("dunning compare weilidai")
    assert manifest["fingerprints"]["strategies"].keys() == {"do_nothing", "phone_only", "process"}


def test_the_answer_comes_in_chinese(done):
    out = done(*COMPARE, "--lang", "zh", "--replications", "5")
    for part in ("微粒贷", "净收益 *", "基准", "5 次模拟", "差异为个百分点"):
        assert part in out
    assert "open" not in out
    assert "accounts" not in out


def test_the_same_command_gives_the_same_text(done):
    assert done(*COMPARE) == done(*COMPARE)


def test_the_command_and_the_python_of_a_run_give_the_same_run(done, store):
    done(*COMPARE, "--set", "law.adherence=0.9", "--budget", "own")
    (first,) = store.list()
    words = first.manifest["command"].split()
    done(*words[1:], "--jobs", "1", "--no-report")
    assert replay.unlike(first, store.latest()) == []
    home: dict[str, object] = {}
    exec(first.manifest["python"], home)
    assert replay.stored(first).summary().equals(home["result"].summary())


def test_json_stands_alone(done):
    found = json.loads(done(*COMPARE, "--json"))
    assert {"command", "scenario", "summary", "differences", "verdict"} <= found.keys()
    assert found["command"].startswith("dunning compare weilidai --strategies phone_only,process")
    assert {row["strategy"] for row in found["summary"]} == {"phone_only", "process"}


def test_a_verdict_is_doubted_after_its_numbers_and_the_draws_stay_with_the_run(done, store):
    five = (*SMALL, "--jobs", "1", "--replications", "5", "--strategies", "phone_only,process")
    out = done("compare", "weilidai", *five, "--doubt", "0.1")
    assert re.search(r"Over the assumptions: [23] joint draws of \d+ inputs; Process is best", out)
    page = Path(done("report", "latest").strip()).read_text(encoding="utf-8")
    assert "joint draws of" in page
    first = json.loads(done("replay", "latest", "--json"))["over"]
    more = json.loads(done("replay", "latest", "--doubt", "0.1", "--jobs", "1", "--json"))["over"]
    assert more["draws"] > first["draws"] >= 2
    assert "joint draws" not in done("compare", "weilidai", *five, "--no-report")


def test_processes_do_not_change_the_answer(done):
    assert done(*COMPARE, "--jobs", "2") == done(*COMPARE)


def test_out_names_the_folder(done, tmp_path, store):
    done(*COMPARE, "--out", "mine")
    assert RunFolder(tmp_path / "mine").manifest["state"] == "complete"
    assert store.list() == []
    assert done("replay", "mine", "--check", "--jobs", "1") == "mine: identical\n"


def test_auto_goes_on_until_the_differences_are_known(done, monkeypatch):
    monkeypatch.setattr(import_module("sim.compare.sequential"), "FIRST", 2)
    assert "3 replications" in done(*COMPARE, "--replications", "auto", "--most", "3")
    assert re.search(r"3 of auto", done("runs"))
    assert done("replay", "latest", "--check", "--jobs", "1").endswith("identical\n")


def test_a_failed_replication_is_told_and_the_others_count(dunning, monkeypatch):
    from sim.compare.comparison import replications as comparison

    play = comparison.replay

    def fragile(at, strategy, replication, *rest, **more):
        if (strategy.name, replication) == ("process", 1):
            raise ZeroDivisionError("no cash")
        return play(at, strategy, replication, *rest, **more)

    monkeypatch.setattr(comparison, "replay", fragile)
    code, out, err = dunning(*COMPARE, "--replications", "3")
    assert code == 0
    assert "2 replications" in out
    assert "1 replications failed; the first: process, replication 1: ZeroDivisionError" in err


# --- portfolio -----------------------------------------------------------------------------------


@pytest.fixture
def book(tmp_path):
    rows = [f"{i},{900 + 37 * i},{90 + i},{1 + 3 * i}" for i in range(40)]
    text = "\n".join(["account_id,owed,instalment,dpd", *rows, "77,abc,1,1", "78,5,1,1,9"])
    (tmp_path / "book.csv").write_text(text + "\n")
    return "--portfolio", "book.csv", "--mapping", "balance=owed"


def test_a_portfolio_is_played_and_its_refusals_are_told(dunning, done, book, tmp_path):
    code, out, err = dunning(*COMPARE, "--accounts", "30", *book)
    assert code == 0
    assert "30 accounts" in out
    assert "the same accounts in each replication" in out
    assert "line 42: owed = 'abc': an amount above 0" in err
    assert "rows refused: 2, accepted: 40" in err
    assert done("replay", "latest", "--check", "--jobs", "1").endswith("identical\n")
    with (tmp_path / "book.csv").open("a") as file:
        file.write("99,900,90,5\n")
    code, out, err = dunning("replay", "latest", "--check", "--jobs", "1")
    assert (code, out) == (2, "")
    assert "the file with which the run began" in err


# --- runs ----------------------------------------------------------------------------------------


def test_runs_are_listed_reported_and_repeated(done, store):
    assert done("runs").startswith("No run in ")
    done(*COMPARE)
    name = store.latest().path.name
    assert re.search(rf"{name} +complete +weilidai +phone_only,process +2 of 2", done("runs"))
    page = Path(done("report", name).strip())
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert done("replay", name, "--check", "--jobs", "1") == f"{name}: identical\n"
    assert "Net value" in done("replay", name)


def test_a_run_that_is_not_the_same_fails_the_check(dunning, done, store):
    done(*COMPARE)
    path = store.latest().path / "manifest.json"
    body = json.loads(path.read_text().replace('"seed": 0', '"seed": 1'))
    del body["seal"]  # as a run of an older version: its tables are what can tell
    path.write_text(json.dumps(body))
    code, out, _ = dunning("replay", "latest", "--check", "--jobs", "1")
    assert code == 3
    assert "not the same\n" in out
    assert "measures.numerator: first in phone_only, replication 0" in out


def stopping(after: int, error: BaseException):
    """A progress bar at which the user, or worse, stops the run."""

    @contextmanager
    def bar(what: str, *, quiet: bool = False):
        def report(done: int, planned: int) -> None:
            if done == after:
                raise error

        yield report

    return bar


@pytest.mark.parametrize("after", [1, 3])
def test_a_stopped_run_goes_on_as_if_never_stopped(dunning, done, store, monkeypatch, after):
    done(*COMPARE)
    whole = store.latest()
    with monkeypatch.context() as patch:
        patch.setattr(comparing, "progress_bar", stopping(after, KeyboardInterrupt()))
        code, out, err = dunning(*COMPARE)
    stopped = store.latest()
    assert (code, out) == (130, "")
    assert f"Stopped after {after} of 4; what was finished is kept in {stopped.path}" in err
    assert f"Go on with: dunning replay {stopped.path.name}" in err
    assert stopped.manifest["state"] == "cancelled"
    assert done("replay", stopped.path.name, "--jobs", "1") == done("replay", whole.path.name)
    assert stopped.manifest["state"] == "complete"
    assert replay.unlike(whole, stopped) == []
    tables = [name for name in whole.manifest["checksums"] if name.endswith(".parquet")]
    assert tables
    for name in tables:
        assert whole.manifest["checksums"][name] == stopped.manifest["checksums"][name]


def test_a_killed_run_goes_on(done, store, monkeypatch):
    class Killed(BaseException):
        pass

    with monkeypatch.context() as patch:
        patch.setattr(comparing, "progress_bar", stopping(3, Killed()))
        with pytest.raises(Killed):
            main(COMPARE)
    assert store.latest().manifest["state"] == "running"
    assert "2 replications" in done("replay", "latest", "--jobs", "1")
    assert done("replay", "latest", "--check", "--jobs", "1").endswith("identical\n")


def test_a_run_stopped_before_anything_was_finished_goes_on(dunning, done, store, monkeypatch):
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(import_module("sim.compare.comparison.running"), "pool_of", interrupted)
        code, _, err = dunning(*COMPARE)
    assert code == 130
    assert "Stopped after 0 of 4" in err
    assert "2 replications" in done("replay", "latest", "--jobs", "1")


def test_a_run_is_enlarged_by_a_new_one_that_takes_over_what_is_there(done, store):
    done(*COMPARE)
    small = store.latest()
    out = done("replay", small.path.name, "--replications", "3", "--jobs", "1")
    assert "3 replications" in out
    grown = store.latest()
    assert small.manifest["question"]["replications"] == 2
    done(*COMPARE, "--replications", "3")
    assert replay.unlike(grown, store.latest()) == []


EXTEND = ("compare", "--extend", "latest", "--jobs", "1", "--no-report")


def test_extending_plays_only_what_is_missing_and_pays_for_the_verdict_seen(done, store):
    done(*COMPARE, "--replications", "5")
    small = store.latest()
    out = done(*EXTEND, "--replications", "6")
    grown = store.latest()
    assert "6 replications" in out
    assert "The verdict was seen once before, so ranges marked * are 97.5 % intervals." in out
    assert grown.manifest["question"]["looks"] == [5]
    assert small.manifest["question"]["replications"] == 5
    assert json.loads((grown.path / "luck.json").read_text(encoding="utf-8"))
    words = shlex.split(grown.manifest["command"])[1:]
    assert "--looks 5" in grown.manifest["command"]
    assert json.loads(done(*words, "--json")) == replay.stored(grown).to_dict(
        grown.manifest["command"]
    )


def test_extending_by_the_rule_keeps_its_budget_in_the_command(done, store):
    done(*COMPARE, "--replications", "5")
    done(*EXTEND, "--replications", "auto", "--most", "6", "--out", "mine")
    grown = RunFolder(Path("mine"))
    assert len(replay.stored(grown).replications) == 6
    assert "--replications auto --most 6 --looks 5" in grown.manifest["command"]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("compare",), "dunning compare: SCENARIO = 'missing': needed"),
        (("compare", "--extend", "latest"), "--replications = 'nothing': needed with --extend"),
        (
            ("compare", "weilidai", "--extend", "latest", "--replications", "9"),
            "SCENARIO = 'weilidai': not together with --extend",
        ),
        (
            ("compare", "--extend", "latest", "--replications", "9", "--seed", "4"),
            "--seed = '4': not together with --extend",
        ),
        (("compare", "weilidai", "--most", "9"), "--most = '9': only with --replications auto"),
        (
            ("compare", "weilidai", "--replications", "auto", "--seconds", "0"),
            "--seconds = '0': a number above 0",
        ),
    ],
)
def test_what_does_not_go_together_is_refused_in_one_line(dunning, words, line):
    code, out, err = dunning(*words)
    assert (code, out) == (2, "")
    assert err.startswith(line)


# --- select --------------------------------------------------------------------------------------


SELECT = ("select", "weilidai", *SMALL, "--jobs", "1", "--strategies", "phone_only,process")


def test_the_best_is_selected_with_its_cost_and_in_both_languages(done):
    out = done(*SELECT, "--indifference", "100000")
    assert "is selected: the best with at least 95 % confidence" in out
    assert re.search(r"\d+ plays instead of \d+", out)
    assert "选出" in done(*SELECT, "--indifference", "100000", "--lang", "zh")
    found = json.loads(done(*SELECT, "--indifference", "100000", "--json"))
    assert found["decided"]
    assert {found["best"], *(one["name"] for one in found["out"])} <= {"phone_only", "process"}
    again = json.loads(done(*shlex.split(found["command"])[1:], "--jobs", "1", "--json"))
    assert again == found


def test_a_selection_names_the_difference_that_does_not_matter(dunning):
    code, _, err = dunning(*SELECT)
    assert code == 2
    assert err.startswith("--indifference = 'nothing': needed")


def test_a_run_is_not_mixed_with_another_version_of_a_strategy(dunning, store, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(comparing, "progress_bar", stopping(1, KeyboardInterrupt()))
        dunning(*COMPARE)
    monkeypatch.setattr("sim.experiments.question.strategy_print", lambda name: "0" * 16)
    code, out, err = dunning("replay", "latest")
    assert (code, out) == (2, "")
    assert "fingerprints.strategies" in err
    assert store.latest().manifest["state"] == "cancelled"


# --- trace ---------------------------------------------------------------------------------------


TRACE = ("trace", "weilidai", *SMALL, "--account", "1", "--strategy", "phone_only")


def test_one_story_is_a_timeline(done):
    out = done(*TRACE)
    assert out.startswith("weilidai · account 1 · replication 0 · seed 0")
    assert re.search(r"^0 .* days late, CNY [\d,.]+ open", out, flags=re.MULTILINE)
    assert "call (neutral)" in out
    assert out == done(*TRACE)


def test_two_stories_stand_side_by_side_with_their_first_divergence(done):
    out = done(*TRACE, "--strategy", "do_nothing")
    assert "◆ first divergence: policy" in out
    assert re.search(r"◆ Day \d+, policy: the strategy acted otherwise. phone_only: call", out)
    assert "do_nothing: nothing that day." in out
    assert "首次分歧" in done(*TRACE, "--strategy", "do_nothing", "--lang", "zh")


def test_each_further_strategy_stands_beside_the_first(done):
    out = done(*TRACE, "--strategy", "do_nothing", "--strategy", "process")
    assert len(re.findall("◆ Day", out)) == 2


def step(day: int, event: str, **more: object) -> Step:
    plain = Step(day * DAY, event, "none", "warm", "none", -1, "none", 0, 40, 90_000, 0, 0, "none")
    return plain._replace(**more)


CALL = step(2, "dialled", time=2 * DAY + 10 * HOUR, channel="phone", tone="firm", seat=1,
            outcome="no_answer", waited=600, talked=60)  # fmt: skip
LATER = CALL._replace(time=CALL.time + 300, waited=900)
PAID = step(2, "paid", amount=5_000)
RANG = step(2, "answered", time=2 * DAY + 9 * HOUR, channel="phone")


@pytest.mark.parametrize(
    ("mine", "theirs", "cause"),
    [
        (CALL, CALL._replace(tone="warm"), "policy"),
        (CALL, None, "policy"),
        (CALL, CALL._replace(time=CALL.time + HOUR), "policy"),
        (CALL, LATER, "queue"),
        (CALL, CALL._replace(seat=2), "queue"),
        (CALL, CALL._replace(event="unserved", seat=-1, talked=0), "queue"),
        (RANG, RANG._replace(event="abandoned"), "queue"),
        (CALL, CALL._replace(event="reached", outcome="promised"), "means"),
        (PAID, None, "means"),
        (PAID, PAID._replace(amount=9), "means"),
    ],
)
def test_a_divergence_has_one_cause(mine, theirs, cause):
    before = (step(0, "opened"),)
    stories = (*before, mine), (*before, *filter(None, [theirs]))
    for one, other in (stories, stories[::-1]):
        found = divergence(one, other)
        assert (found.row, found.day, found.cause) == (1, 2, cause)


def test_equal_stories_never_part():
    assert divergence((CALL, PAID), (CALL, PAID)) is None


def test_stories_are_aligned_by_day_and_lose_nothing():
    mine, theirs = (step(0, "opened"), CALL, step(5, "paid")), (step(0, "opened"), step(3, "due"))
    rows = aligned(mine, theirs)
    assert rows[0] == (mine[0], theirs[0])
    assert tuple(a for a, _ in rows if a) == mine
    assert tuple(b for _, b in rows if b) == theirs
    days = [next(s.day for s in row if s) for row in rows]
    assert days == sorted(days)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_event_has_words(lang):
    from sim.core.domain import Event

    for event in Event:
        text = trace.sentence(step(1, event.name.lower(), channel="sms"), lang)
        assert text
        assert "{" not in text


# --- app -----------------------------------------------------------------------------------------


def test_the_app_is_refused_in_one_line_while_it_is_missing(dunning, monkeypatch):
    monkeypatch.setattr(serving, "find_spec", lambda name: None)
    code, out, err = dunning("app")
    assert (code, out) == (2, "")
    assert err == "dunning: verb = 'app': an installation with app.py and streamlit\n"


def test_a_verb_that_keeps_nothing_of_its_comparison_is_stopped_as_any_other(monkeypatch, capsys):
    def stopped(*args, **more):
        raise CancelledError(None)

    monkeypatch.setattr("sim.experiments.scale.compare", stopped)
    assert _code(["scale", "weilidai", "--sizes", "50,60"]) == 130
    assert "Stopped; nothing is kept" in capsys.readouterr().err
