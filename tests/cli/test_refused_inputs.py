"""Files and options of every kind that are no such thing: one line, exit code 2, nothing left.

What is tried has gone wrong once, here or elsewhere, or is a sibling of what has.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest
import typer

from sim.cli import main
from sim.cli.going import end_after, foretelling, going
from sim.core.errors import LONGEST, BadInput, legible
from sim.core.intake import Limits, parsed_json, parsed_toml, raw, table
from sim.experiments.forecast.frozen import digest
from sim.experiments.sweep import Design, sweep
from sim.experiments.sweep.journal import Journal, lines, sealed
from sim.scenario import Scenario
from sim.store.runs.manifest import seal_of

BASE = 'extends = "weilidai"\n'
SMALL = (
    "--accounts 20 --replications 1 --days 5 --jobs 1 --set book.pool=100 --set book.pool_days=60"
)
ROLLOUT = "rollout weilidai --months 1 --replications 2 --accounts 20 --jobs 1 --timetable"
DESIGN = 'scenario = "weilidai"\nkind = "lhs"\nn = 2\n'
INPUTS = '[inputs]\n"people.wage" = [6000, 9000]\n'
ONE = 'strategies = ["phone_only"]\n'
HEAD = "account_id,balance,instalment,dpd\n"
#: More letters than any name of a file or of a run may have.
LONG = "a" * 5_000


class Case(NamedTuple):
    """What a file holds, and the command that reads it: ``{}`` is the file."""

    name: str
    content: str
    words: str

    def __str__(self) -> str:
        return self.name


def scenario(name: str, content: str) -> Case:
    return Case(f"scenario_{name}", BASE + content, "validate {}.toml")


def strategy(name: str, content: str) -> Case:
    words = "compare weilidai --strategies phone_only,./{}.toml " + SMALL
    return Case(f"strategy_{name}", content, words)


def design(name: str, content: str) -> Case:
    return Case(f"design_{name}", content, "sweep {}.toml --out o.parquet --jobs 1")


def timetable(name: str, content: str) -> Case:
    return Case(f"timetable_{name}", content, ROLLOUT + " ./{}.toml")


def lesson(name: str, content: str) -> Case:
    return Case(f"lesson_{name}", content, "lesson ./{}.toml")


def targets(name: str, content: str) -> Case:
    return Case(f"targets_{name}", content, "calibrate weilidai --targets {}.csv --trials 2")


def portfolio(name: str, content: str) -> Case:
    words = "compare weilidai --portfolio {}.csv --strategies phone_only " + SMALL
    return Case(f"portfolio_{name}", HEAD + content, words)


CASES = [
    scenario("true_for_a_number", "[book]\naccounts = true\n"),
    scenario("text_for_a_number", '[book]\naccounts = "100"\n'),
    scenario("number_for_a_switch", "[book]\nolder_than_m6 = 1\n"),
    scenario("broken_number_for_a_whole_one", "[book]\naccounts = 5.0\n"),
    scenario("shares_below_nothing", "[book]\nregions = [1.5, -0.5, 0, 0]\n"),
    scenario("a_month_that_is_no_number", "[book]\nseason = [nan,1,1,1,1,1,1,1,1,1,1,1]\n"),
    scenario("a_month_without_end", "[book]\nseason = [1e300,1,1,1,1,1,1,1,1,1,1,1]\n"),
    scenario("a_ninth_day", "[floor]\nweekdays = [9]\n"),
    scenario("a_day_far_ahead", "[book]\nstart = 9999-12-20\n"),
    scenario("a_moment_for_a_day", "[book]\nstart = 2026-03-02T10:00:00\n"),
    scenario("seconds_for_a_day", "[book]\nstart = 86400\n"),
    scenario("nobodys_country", '[floor]\ncountry = "Narnia"\n'),
    scenario("deep_lists", f"x = {'[' * 5_000}"),
    scenario("deep_tables", f"x = {'{a=' * 3_000}"),
    scenario("deep_keys", f"{'a.' * 3_000}a = 1\n"),
    scenario("long_digits", f"[book]\naccounts = {'9' * 5_000}\n"),
    scenario("long_hexadecimal", f"[book]\naccounts = 0x{'f' * 5_000}\n"),
    scenario("lines_of_an_old_machine", "[book]\raccounts = 5\r"),
    scenario("a_key_that_steers_terminals", '"\\u001b[2J" = 1\n'),
    Case("scenario_extends_long", f'extends = "{LONG * 20}"\n', "validate {}.toml"),
    Case("scenario_long_name", "", f"compare {LONG}"),
    Case("scenario_long_path", "", f"compare {LONG}.toml"),
    Case("scenario_long_budget", "", f"compare weilidai --budget {LONG * 4}"),
    Case("setting_long_digits", "", f"show weilidai --set book.accounts={'9' * 6_000}"),
    Case("setting_deep", "", f"show weilidai --set book.season={'[' * 3_000}"),
    Case("run_long_name", "", f"report {LONG}"),
    strategy("deep", f"x = {'[' * 3_000}"),
    strategy("long_digits", f'name = "m"\nbase = "process"\n[params]\nafter_talk = {"9" * 5_000}'),
    strategy("no_number", 'name = "m"\nbase = "process"\n[params]\nafter_talk = nan\n'),
    strategy("without_end", 'name = "m"\nbase = "process"\n[params]\nafter_talk = inf\n'),
    strategy("broken_for_whole", 'name = "m"\nbase = "process"\n[params]\nafter_talk = 3.0\n'),
    strategy("a_base_that_is_none", 'name = "m"\nbase = "proces"\n[params]\nafter_talk = 3.0\n'),
    strategy("a_list_of_bases", 'name = "m"\nbase = ["process"]\n'),
    strategy("params_are_a_list", 'name = "m"\nbase = "process"\nparams = [1]\n'),
    design("strategies_a_number", DESIGN + "strategies = 3\n" + INPUTS),
    design("strategies_tables", DESIGN + "strategies = [{a = 1}]\n" + INPUTS),
    design("kind_a_number", DESIGN.replace('"lhs"', "3") + ONE + INPUTS),
    design("points_numbers", DESIGN.replace("lhs", "given") + ONE + "points = [1, 2]\n" + INPUTS),
    design("settings_a_number", DESIGN + ONE + "settings = 5\n" + INPUTS),
    design("settings_numbers", DESIGN + ONE + "settings = [5]\n" + INPUTS),
    design("an_input_of_tables", DESIGN + ONE + '[inputs]\n"people.wage" = [{a=1}, {a=2}]\n'),
    design("an_input_of_no_numbers", DESIGN + ONE + '[inputs]\n"people.wage" = [nan, nan]\n'),
    *(
        design(f"{key}_{value}", DESIGN + ONE + f"{key} = {value}\n" + INPUTS)
        for key, value in (
            ("seed", '"x"'), ("seed", "1.5"), ("seed", "-1"), ("accounts", "-3"), ("accounts", "0"),
            ("accounts", "1000000000"), ("days", "0"), ("days", "5.5"), ("replications", "true"),
        )
    ),
    timetable("deep", f"x = {'[' * 3_000}"),
    timetable("long_digits", f"entries = {'9' * 5_000}"),
    timetable("entries_numbers", "entries = [1, 2]\n"),
    timetable("phases_a_table", "phases = 3\n"),
    lesson("arms_numbers", "arms = [1, 2]\n"),
    lesson("options_numbers", "[question]\noptions = [1, 2]\n"),
    lesson("question_a_list", "arms = [{}, {}]\nquestion = [1]\n"),
    targets("long_cell", f"name,low,high\n{'x' * 200_000},1,2\n"),
    targets("lines_of_an_old_machine", "name,low,high\rM0 stays,1,2\r"),
    targets("a_column_twice", "name,low,high,low\nx,1,2,3\n"),
    targets("no_number", "name,low,high\nx,nan,2\n"),
    portfolio("more_instalments_than_can_be_counted", "1,40000,1.00,5\n2,2000,100,35\n"),
    Case("host_of_dots", "", "app --host a..b --no-run"),
    Case("limit_without_end", "", "tune weilidai --levers inspection --limit complaints=1e309x"),
    Case("response_of_one_knob_twice", "", "response weilidai --knob people.wage --values "
         "6000,7000 --and people.wage"),
    Case("budget_below_fixed_costs", "", "compare weilidai --strategies phone_only,hybrid "
         "--set budget.monthly=1 " + SMALL),
]  # fmt: skip


@pytest.fixture
def refused(tmp_path, monkeypatch, capfd):
    """Run words in an empty folder; check all that holds for every refusal; return the line."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DUNNING_RUNS", "runs")

    def run(words: list[str]) -> str:
        before = sorted(str(path) for path in tmp_path.rglob("*"))
        capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            main(words)
        out, err = capfd.readouterr()
        assert left.value.code == 2, err[-300:]
        assert "Traceback" not in err
        last = err.rstrip("\n").splitlines()[-1]
        assert len(last) <= LONGEST + 100
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", out + err)
        assert sorted(str(path) for path in tmp_path.rglob("*")) == before
        return last

    return run


@pytest.fixture
def left_out(tmp_path, monkeypatch, capfd):
    """Report a run of which a part cannot be read; return the line that names the part."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DUNNING_RUNS", "runs")

    def run() -> str:
        capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            main(["report", "run"])
        out, err = capfd.readouterr()
        assert left.value.code == 0
        assert "Traceback" not in out + err
        assert (tmp_path / "run" / "report.html").is_file()
        return next(line for line in err.splitlines() if line.startswith("Left out of the report:"))

    return run


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_no_such_thing_gets_one_line_and_leaves_nothing(refused, tmp_path, case):
    if case.content:
        suffix = re.search(r"\{\}\.(\w+)", case.words)[1]
        (tmp_path / f"{case.name}.{suffix}").write_text(case.content, newline="")
    refused(case.words.replace("{}", case.name).split())


@pytest.mark.parametrize(
    "words", ["validate l.toml", "compare l.toml", "compare weilidai --strategies l.py",
              "tune weilidai --levers inspection --study l.jsonl --resume",
              "sensitivity weilidai --out l.parquet --resume"],
)  # fmt: skip
def test_a_link_that_leads_to_itself_is_no_file(refused, tmp_path, words):
    for suffix in ("toml", "py", "jsonl", "parquet"):
        (tmp_path / f"l.{suffix}").symlink_to(f"l.{suffix}")
    refused(words.split())


@pytest.mark.parametrize("place", ["pipe", "/dev/zero", "folder"])
def test_what_is_no_regular_file_is_not_waited_for(refused, tmp_path, place):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    line = refused(["compare", "weilidai", "--strategies", f"phone_only,./{place}", *SMALL.split()]
                   if place[0] != "/" else ["validate", place])  # fmt: skip
    assert "a file" in line or "no such file" in line


def test_every_list_among_the_knobs_says_what_its_parts_may_be():
    def loose(node, path=""):
        if isinstance(node, dict):
            parts = [*node.get("prefixItems", ()), *([node["items"]] if "items" in node else [])]
            for part in parts:
                if part.get("type") in ("number", "integer") and "minimum" not in part:
                    yield path
            for key, value in node.items():
                yield from loose(value, f"{path}.{key}")
        elif isinstance(node, list):
            for value in node:
                yield from loose(value, path)

    assert list(loose(Scenario.model_json_schema())) == []


# --- our own files -------------------------------------------------------------------------------


def forecast_body() -> dict:
    cell = {"month": 1, "metric": "cash", "mean": 1.0, "sd": 0.1, "low": 0.5, "high": 1.5}
    return {
        "format": 1, "created": "", "run": "r", "command": "", "fingerprints": {}, "versions": {},
        "question": {"scenario": "weilidai", "strategies": ["phone_only"]}, "strategy": "x",
        "start": "2026-03-02", "accounts": 9, "book": 9, "replications": 20, "level": 0.9,
        "limits": {"cash": 4.0}, "cells": [cell],
    }  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"cells": 3}, {"cells": []}, {"cells": [{"month": 1}]}, {"level": "x"}, {"limits": {}},
        {"cells": [{**forecast_body()["cells"][0], "mean": None}]},
        {"cells": [{**forecast_body()["cells"][0], "month": "x"}]},
        {"cells": [{**forecast_body()["cells"][0], "low": 9.0}]},
        {"cells": forecast_body()["cells"] * 2}, {"question": {}}, {"question": 7},
    ],
    ids=str,
)  # fmt: skip
def test_a_forecast_whose_hash_is_right_is_still_checked(refused, tmp_path, changes):
    body = forecast_body() | changes
    (tmp_path / "f.json").write_text(json.dumps(body | {"hash": digest(body)}))
    (tmp_path / "a.csv").write_text("month,metric,value\n1,cash,250000\n")
    assert refused(["forecast", "score", "f.json", "a.csv"]).startswith("f.json: ")


def plain(inputs, strategy, replication):
    return {"net_value": (inputs["people.wage"] + replication, 1.0)}


def swept(place: Path) -> Design:
    d = Design.of({"scenario": "weilidai", "strategies": ["phone_only"], "n": 4, "replications": 1,
                   "inputs": {"people.wage": [6000, 9000]}})  # fmt: skip
    sweep(d, place, play=plain)
    return d


@pytest.mark.parametrize("line", ["[1,2]", "2", '{"a":1}', "\ufffd", '[0,"p",0,{"cost":3},""]',
                                  '["0","p",0,{},""]', '[0,"p",0,{},null]'])  # fmt: skip
def test_a_line_that_no_journal_of_ours_holds_is_refused(tmp_path, line):
    place = tmp_path / "f.parquet"
    d = swept(place)
    (tmp_path / "f.rows.jsonl").write_text(line + "\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"f\.rows\.jsonl"):
        sweep(d, place, resume=True, play=plain)


def test_a_line_that_was_cut_short_or_changed_is_played_again(tmp_path):
    file = tmp_path / "j.jsonl"
    with Journal(file) as journal:
        journal.add([[1, "a"], [2, "b"], [3, "c"]])
    text = file.read_text()
    file.write_text(text.replace('[2, "b"]', '[7, "b"]') + '[4, "d')
    assert list(lines(file)) == [[1, "a"], [3, "c"]]
    file.write_text('[5, "e"]\n')  # as older versions wrote it
    assert list(lines(file)) == [[5, "e"]]
    assert sealed("x").startswith("x\t")


def without(column):
    return lambda rows: rows.drop(columns=column)


@pytest.mark.parametrize(
    "change",
    [without("metric"), without("point"), lambda rows: rows.astype({"numerator": "str"})],
    ids=["no metric", "no point", "words for numbers"],
)
def test_a_sweep_table_without_its_columns_is_refused(refused, tmp_path, change):
    swept(tmp_path / "s.parquet")
    change(pd.read_parquet(tmp_path / "s.parquet")).to_parquet(tmp_path / "s.parquet")
    (tmp_path / "s.parquet.sum").unlink()  # as one of an older version
    refused(["discover", "s.parquet", "--when", "process beats phone_only"])


def test_a_sweep_table_that_was_changed_is_refused(refused, tmp_path):
    swept(tmp_path / "s.parquet")
    with (tmp_path / "s.parquet").open("ab") as file:
        file.write(b"x")
    line = refused(["discover", "s.parquet", "--when", "process beats phone_only"])
    assert line.startswith("s.parquet: checksum = ")


@pytest.mark.parametrize("changes", [{"base": 3}, {"design": None}, {"strategies": 3}], ids=str)
def test_a_sweep_design_that_is_none_is_refused(refused, tmp_path, changes):
    swept(tmp_path / "s.parquet")
    file = tmp_path / "s.design.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))
    refused(["discover", "s.parquet", "--when", "process beats phone_only"])


@pytest.fixture(scope="module")
def finished(tmp_path_factory, cache):
    folder = tmp_path_factory.mktemp("runs") / "good"
    words = (
        "compare weilidai --set book.pool=100 --accounts 20 --days 3 --replications 2 "
        f"--jobs 1 --strategies phone_only --no-report --engine story --out {folder}"
    )
    with pytest.raises(SystemExit) as left:
        main(words.split())
    assert not left.value.code
    return folder


def asked(**changes):
    return lambda body: body["question"].update(changes)


@pytest.mark.parametrize(
    "change",
    [
        asked(replications="x"), asked(replications=[1]), asked(replications=0), asked(seed="1"),
        asked(days=None), asked(looks="x"), asked(looks=[0]), asked(settings=3), asked(own=3),
        asked(own={"x": {"source": "x", "recipe": 3}}), asked(baseline="nobody"),
        asked(portfolio={"path": 3}), asked(engine="steam"), asked(more=1), asked(accounts=True),
        lambda body: body.update(scenario={"title": 3}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("verb", ["report", "replay"])
def test_a_question_that_is_none_is_refused_even_under_a_right_checksum(
    refused, tmp_path, finished, change, verb
):
    run = shutil.copytree(finished, tmp_path / "run")
    body = json.loads((run / "manifest.json").read_text())
    del body["seal"]
    change(body)
    (run / "manifest.json").write_text(json.dumps(body | {"seal": seal_of(body)}))
    refused([verb, "run"])


def test_a_manifest_that_was_changed_is_refused(refused, tmp_path, finished):
    run = shutil.copytree(finished, tmp_path / "run")
    text = (run / "manifest.json").read_text()
    (run / "manifest.json").write_text(text.replace('"seed": 0', '"seed": 1'))
    assert "seal" in refused(["report", "run"])


@pytest.mark.parametrize(
    ("name", "content"),
    [("failures.json", "[3]"), ("failures.json", "{}"), ("models.json", "{"), ("models.json", "3")],
)
def test_what_decides_nothing_is_left_out_of_a_report_by_name(
    left_out, tmp_path, finished, name, content
):
    run = shutil.copytree(finished, tmp_path / "run")
    (run / name).write_text(content)
    unsealed(run, lambda body: body["checksums"].pop(name, None))
    assert name in left_out()


def unsealed(run: Path, change) -> None:
    body = json.loads((run / "manifest.json").read_text())
    del body["seal"]
    change(body)
    (run / "manifest.json").write_text(json.dumps(body))


TABLES = [
    ("measures", without("metric")),
    ("measures", lambda rows: rows[rows["metric"] != "net_value"]),
    ("measures", lambda rows: rows[rows["replication"] == 0]),
    ("measures", lambda rows: rows.assign(numerator="x")),
    ("daily", lambda rows: rows.assign(strategy="another")),
    ("daily", without("cash")),
]


@pytest.mark.parametrize(("name", "change"), TABLES)
def test_a_table_that_a_report_cannot_read_is_named(refused, tmp_path, finished, name, change):
    run = shutil.copytree(finished, tmp_path / "run")
    file = run / f"{name}.parquet"
    change(pd.read_parquet(file)).to_parquet(file)
    unsealed(run, lambda body: body["checksums"].pop(f"{name}.parquet"))
    assert f"{name}.parquet" in refused(["report", "run"])


def test_segments_that_cannot_be_read_are_left_out_by_name(left_out, tmp_path, finished):
    run = shutil.copytree(finished, tmp_path / "run")
    file = run / "segments.parquet"
    pd.read_parquet(file).assign(replication=7).to_parquet(file)
    unsealed(run, lambda body: body["checksums"].pop(file.name))
    assert file.name in left_out()


# --- the loader ----------------------------------------------------------------------------------


def test_limits_hold_before_anything_is_parsed(tmp_path):
    (tmp_path / "large").write_bytes(b"x" * 1_001)
    with pytest.raises(BadInput, match="bytes = 1001: at most 1000"):
        raw(tmp_path / "large", limits=Limits(bytes=1_000))
    with pytest.raises(BadInput, match="more than 9"):
        parsed_toml(f"x = {list(range(10))}", "f", Limits(items=9))
    with pytest.raises(BadInput, match="at most 1"):
        table("a\n1\n2\n", "f", ("a",), Limits(rows=1))
    with pytest.raises(BadInput, match="at most 2"):
        table("a,b,c\n1,2,3\n", "f", ("a",), Limits(columns=2))


@pytest.mark.parametrize("text", ['{"a": 1, "a": 2}', "NaN", '{"a": Infinity}', "9" * 5_000,
                                  "1" + "0" * 25, "[" * 90 + "]" * 90])  # fmt: skip
def test_json_that_readers_would_differ_on_is_refused(text):
    with pytest.raises(BadInput):
        parsed_json(text, "f")


def test_a_line_is_bounded_and_cannot_steer_a_terminal():
    line = str(BadInput("a\x1b[2Jb", "k" * 999, "v" * 99_999, "\u202e" + "w" * 9_999))
    assert len(line) <= LONGEST + 100
    assert line.isprintable()
    assert legible("借款人 é ok") == "借款人 é ok"


STREAMS = {
    "closed": "exec >&-; {}",
    "a short reader": "{} | head -c 1 >/dev/null; exit ${{PIPESTATUS[0]}}",
    "ascii": "PYTHONIOENCODING=ascii {} >/dev/null",
    "a Chinese code page": "PYTHONIOENCODING=cp936 {} >/dev/null",
}


@pytest.mark.parametrize("shell", STREAMS.values(), ids=STREAMS)
@pytest.mark.skipif(shutil.which("bash") is None, reason="no shell")
def test_any_stream_takes_what_is_said(shell):
    words = shell.format(f"{sys.executable} -m sim metrics --lang zh")
    found = subprocess.run(["bash", "-c", words], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stderr) == (0, "")


# --- long work -----------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="no such clock there")
def test_any_work_ends_when_its_seconds_are_over(capsys):
    try:
        end_after(0.2)
        with pytest.raises(typer.Exit) as left, going("playing", "this is kept", quiet=True):
            time.sleep(60)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    assert left.value.exit_code == 130
    assert capsys.readouterr().err.splitlines() == [
        "The time that --seconds allows is over", "Stopped; this is kept"
    ]  # fmt: skip


def test_long_work_says_once_how_long_it_takes():
    now, said, seen = [0.0], [], []
    report = foretelling(lambda *at: seen.append(at), lambda: now[0], said.append)
    for done in range(6):
        report(done, 100)
        now[0] += 2.0
    assert said == [198.0]
    assert len(seen) == 6


def test_short_work_says_nothing():
    now, said = [0.0], []
    report = foretelling(lambda *_: None, lambda: now[0], said.append)
    for done in range(6):
        report(done, 6)
        now[0] += 2.0
    assert said == []


@pytest.mark.parametrize(
    "words",
    ["lesson {lesson} --export {place}/x.html", "floors phone_only process --export {place}/x.html",
     "pilot weilidai --plan {place}/x.md", "calibrate weilidai --out {place}/x.toml",
     "validation --out {place}/x.md"],
)  # fmt: skip
def test_a_place_that_cannot_be_written_to_is_refused_before_anything_is_played(
    words, tmp_path, monkeypatch, capsys
):
    """Everybody may write to a folder here, so the disk's refusal is put in its place."""
    from sim.cli import main
    from sim.lessons import names
    from sim.store.runs import disk

    def full(*_, **__):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(disk.Path, "touch", full)
    with pytest.raises(SystemExit) as left:
        main(words.format(lesson=next(iter(names())), place=tmp_path).split())
    assert left.value.code == 2
    assert "a place that can be written to (Read-only file system)" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


PLACES = {
    "compare": "compare weilidai --out {}", "sweep": "sweep d.toml --out {}.parquet",
    "sensitivity": "sensitivity weilidai --out {}.parquet",
    "explain": "explain weilidai --out {}.jsonl",
    "ensemble": "ensemble weilidai --out {}.parquet",
    "calibrate": "calibrate weilidai --out {}.toml",
    "tune": "tune weilidai --levers inspection --out {}.toml", "floors": "floors --export {}.html",
    "study": "tune weilidai --levers inspection --study {}.jsonl",
    "lesson": "lesson 1 --export {}.html", "validation": "validation --out {}.md",
    "plan": "pilot weilidai --plan {}.md", "rules": "rules weilidai --price --out {}.jsonl",
}  # fmt: skip


@pytest.mark.parametrize("kind", ["a folder", "a pipe", "a loop", "a device", "no name"])
@pytest.mark.parametrize("verb", PLACES)
def test_a_place_that_is_no_file_is_refused_before_anything_is_played(
    refused, tmp_path, verb, kind
):
    words = PLACES[verb].format("o\0" if kind == "no name" else "o").split()
    (tmp_path / "d.toml").write_text(DESIGN + ONE + INPUTS)
    if verb == "compare" and kind == "a folder":
        (tmp_path / "o").mkdir()
        (tmp_path / "o" / "mine").write_text("")
    elif kind == "a folder":
        (tmp_path / words[-1]).mkdir()
    elif kind == "a pipe":
        os.mkfifo(tmp_path / words[-1])
    elif kind != "no name":
        (tmp_path / words[-1]).symlink_to(words[-1] if kind == "a loop" else "/dev/full")
    refused(words)
