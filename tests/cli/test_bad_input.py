"""Bad input of every kind: one line that names the place, the value and what is allowed.

Every case ends with exit code 2, says exactly its line on the error output and nothing on the
standard output, and leaves every file as it was.
"""

from __future__ import annotations

import errno
import json
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.main import get_command

from sim.cli import main
from sim.cli.door import app
from sim.scenario.files import names
from sim.scenario.schema import Book
from sim.store.runs import RunFolder
from sim.strategies import SHELF

STRATEGIES = f"allowed: {', '.join(sorted(SHELF))}"
SCENARIOS = f"allowed: {', '.join(names())}"
KNOBS = ", ".join(Book.model_fields)
RUN = "runs/good"
COUNT = "a whole number from 1 to "
VERBS = "allowed: " + ", ".join(sorted(get_command(app).commands))
COMPARE_OPTIONS = "allowed: " + ", ".join(
    sorted(
        {"--help"}
        | {
            option
            for param in get_command(app).commands["compare"].params
            for option in param.opts
            if option.startswith("--")
        }
    )
)


class Case(NamedTuple):
    """What is typed, and the line that comes back."""

    words: str
    line: str

    def __str__(self) -> str:
        return self.words


@pytest.fixture
def refused(tmp_path, monkeypatch, capsys):
    """Run words in an empty folder; check all that holds for every refusal; return the line."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DUNNING_RUNS", "runs")

    def run(words: str) -> str:
        before = contents(tmp_path)
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main([word.replace("␣", " ").replace("∅", "") for word in words.split()])
        out, err = capsys.readouterr()
        assert left.value.code == 2
        assert out == ""
        assert "Traceback" not in err
        assert err.endswith("\n")
        assert contents(tmp_path) == before
        return err.removesuffix("\n")

    return run


def contents(folder: Path) -> dict[str, bytes]:
    files = sorted(folder.rglob("*"))
    return {str(f.relative_to(folder)): f.read_bytes() if f.is_file() else b"" for f in files}


# --- commands ------------------------------------------------------------------------------------


COMMANDS = [
    Case("comparing", f"dunning: verb = 'comparing': {VERBS}; did you mean 'compare'?"),
    Case("fetch", f"dunning: verb = 'fetch': {VERBS}"),
    Case("--nope", "dunning: option = '--nope': allowed: --help, --install-completion, "
         "--seconds, --show-completion, --version"),
    Case("compare", "dunning compare: SCENARIO = 'missing': needed; see `dunning compare --help`"),
    Case("compare a b", "dunning compare: argument = 'b': nothing more; see "
         "`dunning compare --help`"),
    Case("runs all", "dunning runs: argument = 'all': nothing more; see `dunning runs --help`"),
    Case("compare weilidai --doubt often",
         "--doubt = 'often': seconds, such as 60; 0 for none"),
    Case("replay latest --doubt -1", "--doubt = '-1': seconds, such as 60; 0 for none"),
    Case("compare weilidai --acounts 3", "dunning compare: option = '--acounts': "
         f"{COMPARE_OPTIONS}; did you mean '--accounts'?"),
    Case("compare weilidai --days", "dunning compare: option = '--days': a value after it; "
         "see `dunning compare --help`"),
    Case("compare weilidai --json=3", "dunning compare: option = '--json': no value; see "
         "`dunning compare --help`"),
    Case("trace weilidai --account 3", "dunning trace: --strategy = 'missing': needed; see "
         "`dunning trace --help`"),
    Case("compare weilidia", f"scenario = 'weilidia': {SCENARIOS}; did you mean 'weilidai'?"),
    Case("compare ∅", f"scenario = '': {SCENARIOS}"),
    Case("compare x/y.toml", "scenario = 'x/y.toml': no such file"),
    Case("validate none.toml", "FILE = 'none.toml': no such file"),
    Case("validate .", "FILE = '.': no such file"),
    Case("compare weilidai --strategies phone", f"--strategies = 'phone': {STRATEGIES}; "
         "did you mean 'phone_only'?"),
    Case("compare weilidai --strategies ∅", f"--strategies = '': {STRATEGIES}"),
    Case("compare weilidai --strategies team,", f"--strategies = '': {STRATEGIES}"),
    Case("compare weilidai --strategies ai,ai", "--strategies = 'ai': each strategy at most once"),
    *(Case(f"compare weilidai --replications {bad}",
           f"--replications = '{bad}': {COUNT}100000, or auto") for bad in ("0", "-1", "1.5", "x")),
    *(Case(f"compare weilidai --accounts {bad}", f"--accounts = '{bad}': {COUNT}10000000")
      for bad in ("0", "1e3", "10000001", "٣", "99999999999999999999")),
    Case("compare weilidai --accounts ∅", f"--accounts = '': {COUNT}10000000"),
    Case("compare weilidai --days 4000", f"--days = '4000': {COUNT}3650"),
    Case("compare weilidai --seed -1", "--seed = '-1': a whole number from 0 to 9007199254740991"),
    Case("compare weilidai --jobs 0", f"--jobs = '0': {COUNT}1024"),
    Case("compare weilidai --budget less", "--budget = 'less': allowed: own, same"),
    Case("compare weilidai --start now", "--start = 'now': allowed: from_today, in_place"),
    Case("compare weilidai --book old", "--book = 'old': allowed: frozen, new, same"),
    Case("compare weilidai --lang fr", "--lang = 'fr': allowed: en, zh"),
    Case("compare weilidai --engine quick", "--engine = 'quick': allowed: auto, fast, story"),
    Case("compare weilidai --cluster tcp://a", "--cluster = 'tcp://a': the address of a Dask "
         "scheduler, such as tcp://host:8786"),
    Case("cluster up --local 0", f"--local = '0': {COUNT}256"),
    Case("cluster down", "dunning cluster = \"No such command 'down'.\": see `dunning cluster "
         "--help`"),
    Case("compare weilidai --strategies team --baseline ai", "--baseline = 'ai': allowed: team"),
    Case("compare weilidai --mapping a", "--mapping = 'a': ours=theirs, such as balance=owed"),
    Case("compare weilidai --mapping a=b", "--mapping = 'a': --portfolio beside it"),
    Case("trace weilidai --strategy tea --account 1", f"--strategy = 'tea': {STRATEGIES}; "
         "did you mean 'team'?"),
    Case("trace weilidai --strategy team --account x", "--account = 'x': a whole number from 0 to "
         "9007199254740991"),
    Case("trace weilidai --strategy team --account 1 --replication -1", "--replication = '-1': "
         "a whole number from 0 to 99999"),
    Case("calibration weilidai --accounts 3", "--accounts = '3': a whole number from 20 to "
         "1000000"),
    Case("show weilidai --set nothing", "--set = 'nothing': path.to.knob=value"),
    Case("show weilidai --set =3", "--set = '=3': path.to.knob=value"),
    Case("show weilidai --set book.acounts=3", "--set: book.acounts = 'acounts': allowed: "
         f"{', '.join(sorted(Book.model_fields))}; did you mean 'accounts'?"),
    Case("show weilidai --set book=3", f"--set: book = 'book': a section; choose one of {KNOBS}"),
    Case("show weilidai --set book.accounts.x=3", "--set: book.accounts.x = 'accounts': a knob has "
         "nothing below it"),
    Case("show weilidai --set book.accounts=many", "--set: book.accounts = 'many': a whole number"),
    Case("show weilidai --set book.accounts=0", "--set: book.accounts = 0: 1 or more"),
    Case("show weilidai --set law.adherence=nan", "--set: law.adherence = nan: a number"),
    Case("replay nothing", "runs: run = 'nothing': the name of a run there, or the path of one"),
    Case("report latest", "runs: run = 'latest': no run there yet"),
]  # fmt: skip


@pytest.mark.parametrize("case", COMMANDS, ids=str)
def test_a_bad_command_gets_one_line(refused, case):
    assert refused(case.words) == case.line


def test_an_account_that_is_not_in_the_book_is_refused(refused):
    line = refused(
        "trace weilidai --strategy phone_only --account 60 --accounts 60 --days 3 --set "
        "book.pool=100"
    )
    assert line.startswith("--account = 60: an account of the book, 0 to 59")


def test_an_engine_that_does_not_exist_is_refused(refused):
    line = "--engine = 'fats': allowed: auto, fast, story; did you mean 'fast'?"
    assert refused("compare weilidai --engine fats") == line


# --- scenarios -----------------------------------------------------------------------------------


SCENARIO_FILES = [
    ("name = [", "bad.toml = 'Invalid value (at end of document)': not valid TOML"),
    ("[book]\ndays = 3\ndays = 4\n",
     "bad.toml = 'Cannot overwrite a value (at line 3, column 9)': not valid TOML"),
    ("[book]\naccuonts = 3\n",
     "bad.toml: book.accuonts = 3: unknown key; did you mean 'accounts'?"),
    ("[bok]\naccounts = 3\n", "bad.toml: bok = '…': unknown key; did you mean 'book'?"),
    ("[book]\naccounts = 'many'\n", "bad.toml: book.accounts = 'many': a whole number"),
    ("[book]\naccounts = 2.5\n", "bad.toml: book.accounts = 2.5: a whole number"),
    ("[book]\naccounts = 0\n", "bad.toml: book.accounts = 0: 1 or more"),
    ("[law]\nadherence = 3\n", "bad.toml: law.adherence = 3: 1.0 or less"),
    ("[money]\ndiscount = nan\n", "bad.toml: money.discount = nan: a number"),
    ("[book]\nolder_than_m6 = 7\n", "bad.toml: book.older_than_m6 = 7: true or false"),
    ("[book]\nstart = 'soon'\n", "bad.toml: book.start = 'soon': a date such as 2026-03-02"),
    ("[book]\ngrades = [1.0]\n", "bad.toml: book.grades.1 = [1.0]: more numbers in the list"),
    ("[book]\nregions = [0.5, 0.5, 0.5, 0.5]\n",
     "bad.toml: book = '…': the shares in regions sum to 2, not to 1"),
    ("[book]\ncount_low = 20\ncount_high = 3\n",
     "bad.toml: book = '…': count_low = 20 is above count_high = 3"),
    ("[book]\nseason = [1.0]\n", "bad.toml: book = '…': season has 1 numbers, not twelve"),
    ("book = 3\n", "bad.toml: book = 3: a section with keys"),
    ("title = 'x'\n", "bad.toml: title = 'x': a section with keys"),
    ("name = 3\n", "bad.toml: name = 3: a text"),
    ("name = 'Bad Name'\n", "bad.toml: name = 'Bad Name': small letters, digits and _, a letter "
     "first"),
    ("extends = 'weilidia'\n", f"bad.toml: extends = 'weilidia': {SCENARIOS}; did you mean "
     "'weilidai'?"),
    ("extends = 'other.toml'\n", "bad.toml: extends = 'other.toml': no such file"),
    ("extends = 'bad.toml'\n", "bad.toml: extends = 'bad': a scenario may not extend itself"),
    ("extends = 3\n", "bad.toml: extends = 3: a name on the shelf or a path"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line"), SCENARIO_FILES, ids=[t for t, _ in SCENARIO_FILES])
@pytest.mark.parametrize("verb", ["validate", "compare"])
def test_a_bad_scenario_gets_one_line(refused, tmp_path, verb, text, line):
    (tmp_path / "bad.toml").write_text(text, encoding="utf-8")
    assert refused(f"{verb} bad.toml") == line


def test_a_scenario_that_is_no_text_gets_one_line(refused, tmp_path):
    (tmp_path / "bad.toml").write_bytes("# é".encode("latin-1"))
    assert refused("validate bad.toml") == "bad.toml = 'bad.toml': not UTF-8 text"


# --- portfolios ----------------------------------------------------------------------------------


HEAD = "account_id,balance,instalment,dpd\n"
PORTFOLIOS = [
    ("bad.csv", "", "bad.csv: bytes = 0: a header and at least one row; the file is empty"),
    ("bad.csv", HEAD, "bad.csv: usable rows = 0: at least 1 is needed; the file holds only a "
     "header"),
    ("bad.csv", "account_id,balance\n1,2\n", "bad.csv: columns = 'account_id, balance': needed "
     "too: instalment, dpd; name them so or give a mapping"),
    ("bad.csv", "account_id,balance,balance,dpd\n1,1,1,1\n", "bad.csv: header = 'balance': each "
     "column name once; it stands 2 times"),
    ("bad.csv", HEAD + "1,100,10,0\n", "portfolio: dpd = 0: at least one account past due"),
    ("bad.csv", HEAD + '1,"2,3,4\n', "bad.csv: line 2 = 'unexpected end of data': one record per "
     "line, quotes closed"),
    ("bad.xlsx", "x", "bad.xlsx: xlsx = 'unreadable': a complete .xlsx file"),
    ("bad.parquet", "x", "bad.parquet: parquet = 'unreadable': a complete Parquet file"),
]  # fmt: skip
PLAY = "compare weilidai --strategies phone_only --portfolio"


@pytest.mark.parametrize(("name", "text", "line"), PORTFOLIOS)
def test_a_bad_portfolio_gets_one_line(refused, tmp_path, name, text, line):
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert refused(f"{PLAY} {name}") == line


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("none.csv", "portfolio: file = 'none.csv': no such file"),
        ("ok.csv --mapping balance=owned", "ok.csv: mapping.balance = 'owned': allowed: "
         "account_id, dpd, instalment, owed; did you mean 'owed'?"),
        ("ok.csv --mapping balance=", "ok.csv: columns = 'account_id, instalment, dpd': needed "
         "too: balance; name them so or give a mapping"),
        ("ok.csv --mapping balance=owed --mapping balance=dpd", "--mapping: balance = 'dpd': given "
         "once; it is 'owed' already"),
        ("ok.csv --mapping balance=owed --accounts -3", f"--accounts = '-3': {COUNT}10000000"),
    ],
)  # fmt: skip
def test_a_bad_mapping_gets_one_line(refused, tmp_path, words, line):
    (tmp_path / "ok.csv").write_text("account_id,owed,instalment,dpd\n1,100,10,5\n")
    assert refused(f"{PLAY} {words}") == line


def test_each_refused_row_is_named_before_the_file_is_refused(refused, tmp_path):
    (tmp_path / "bad.csv").write_text(HEAD + "1,-5,1,1\n")
    assert refused(f"{PLAY} bad.csv") == (
        "bad.csv: usable rows = 0: at least 1 is needed; the first refusal is line 2: balance = "
        "'-5': an amount above 0 and at most 1000000000, such as 1234.56"
    )


# --- run folders ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def good(tmp_path_factory, cache):
    """One finished run of the smallest size."""
    folder = tmp_path_factory.mktemp("good") / "good"
    with pytest.raises(SystemExit) as left:
        main(
            "compare weilidai --set book.pool=100 --accounts 20 --days 3 --replications 2 --jobs 1 "
            f"--strategies phone_only --no-report --out {folder}".split()
        )
    assert not left.value.code
    return folder


@pytest.fixture
def run(good, tmp_path):
    """A copy of it that a test may damage."""
    return RunFolder(shutil.copytree(good, tmp_path / RUN))


def damaged(run: RunFolder, **changes: object) -> None:
    path = run.path / "manifest.json"
    body = json.loads(path.read_text()) | changes
    body.pop("seal", None)  # as one of an older version: what it says is judged by itself
    path.write_text(json.dumps(body))


RUNS = [
    ({"format": 99}, "manifest.json: format = 99: 1 is what this dunning-lab reads; a newer one "
     "may read more"),
    ({"state": "asleep"}, "manifest.json: state = 'asleep': one of running, complete, cancelled"),
    ({"created": "today"}, "manifest.json: created = 'today': a time such as "
     "2026-11-22T13:15:02+00:00"),
    ({"question": 3}, "manifest.json: question = 3: an object"),
    ({"question": {"scenario": "x", "strategies": ["a", "a"]}}, "manifest.json: "
     "question.strategies = ['a', 'a']: names of strategies, each one once"),
    ({"checksums": {"../x": ""}}, "manifest.json: checksums = {'../x': ''}: an object with one "
     "plain file name per key"),
    ({"scenario": {"foo": 1}}, ": scenario: foo = 1: unknown key; did you mean 'floor'?"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "line"), RUNS, ids=[str(c) for c, _ in RUNS])
@pytest.mark.parametrize("verb", ["report", "replay"])
def test_a_broken_manifest_gets_one_line(refused, run, verb, changes, line):
    damaged(run, **changes)
    between = "" if line.startswith(":") else "/"
    assert refused(f"{verb} good") == f"{RUN}{between}{line}"


def test_a_file_that_is_gone_is_missed_by_a_replay(refused, run):
    damaged(run, checksums={"gone.parquet": "0"})
    line = ": gone.parquet = 'missing': the manifest lists it"
    assert refused("replay good") == f"{RUN}{line}"


def test_a_run_that_is_not_ours_gets_one_line(refused, run):
    question = {"scenario": "weilidai", "strategies": ["phone_only"]}
    damaged(run, question=question)
    line = refused("report good")
    assert line == f"{RUN}: question: source = 'nothing': needed"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("{", ": line 1 = '{': broken JSON, Expecting property name enclosed in double quotes"),
        ("[]", " = []: a JSON object"),
        (b"\xff", f" = '{RUN}/manifest.json': not UTF-8 text"),
    ],
)
def test_a_manifest_that_is_no_object_gets_one_line(refused, run, text, line):
    raw = text if isinstance(text, bytes) else text.encode()
    (run.path / "manifest.json").write_bytes(raw)
    assert refused("replay good") == f"{RUN}/manifest.json{line}"


def test_a_folder_that_is_no_run_gets_one_line(refused, tmp_path):
    (tmp_path / "other").mkdir()
    line = "other: manifest.json = 'missing': every run has one; this is not a run"
    assert refused("report other") == line


def test_a_changed_table_gets_one_line(refused, run):
    with (run.path / "measures.parquet").open("ab") as file:
        file.write(b"x")
    line = refused("report good")
    assert line.startswith(f"{RUN}: measures.parquet = ")
    assert line.endswith("in the manifest; the file was changed afterwards")


def test_a_missing_table_gets_one_line(refused, run):
    (run.path / "daily.parquet").unlink()
    line = f"{RUN}: daily.parquet = 'missing': the manifest lists it"
    assert refused("report good") == line


def test_a_run_without_results_gets_one_line(refused, run):
    damaged(run, state="running", finished=[], tables=[], checksums={})
    assert refused("report good") == (
        f"{RUN}: finished = 0: at least one replication; `dunning replay` continues the run"
    )


def test_only_a_complete_run_is_checked(refused, run):
    damaged(run, state="cancelled")
    assert refused("replay good --check") == (
        f"{RUN}: state = 'cancelled': complete; `dunning replay` without --check continues the run"
    )


def test_a_check_cannot_have_another_size(refused, run):
    line = "--replications = '3': not together with --check"
    assert refused("replay good --check --replications 3") == line


def test_a_run_of_another_scenario_is_not_continued(refused, run):
    damaged(run, state="cancelled", fingerprints={"scenario": "0123456789abcdef"})
    line = refused("replay good")
    assert line == (
        f"{RUN}: fingerprints.scenario = '0123456789abcdef': that of the present code; begin a "
        "new run with `dunning compare`"
    )


def test_nothing_is_written_over(refused, run):
    line = f"{RUN} = 'not empty': a new or an empty folder"
    assert refused(f"compare weilidai --strategies phone_only --out {RUN}") == line


def test_a_file_is_no_folder(refused, tmp_path):
    (tmp_path / "file").write_text("x")
    line = "file/x = 'Not a directory': a folder that can be written to"
    assert refused("compare weilidai --strategies phone_only --out file/x") == line


def test_a_full_disk_gets_one_line(tmp_path, monkeypatch, capsys):
    def full(*_: object) -> bool:
        raise OSError(errno.ENOSPC, "No space left on device", "runs/x")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(RunFolder, "keep", full)
    words = "--set book.pool=100 --accounts 20 --days 3 --jobs 1 --strategies phone_only"
    with pytest.raises(SystemExit) as left:
        main(["compare", "weilidai", *words.split()])
    out, err = capsys.readouterr()
    assert (left.value.code, out) == (2, "")
    assert err == "runs/x = 'No space left on device': a place with room that can be used\n"
