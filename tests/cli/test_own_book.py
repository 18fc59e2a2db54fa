"""Every verb that plays takes a book of one's own in the same way, plays it, and names it."""

from __future__ import annotations

import json
import math
import shlex
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.main import get_command

from sim import Scenario, compare, play, select
from sim.cli import main
from sim.cli.door import app
from sim.cli.options import BOOK_OPTIONS
from sim.core.errors import BadInput
from sim.experiments.explain import explain
from sim.experiments.sweep import Design, Input, sweep
from sim.play.own_book import book_words, own_book

SMALL = ("--accounts", "30", "--set", "book.pool=100", "--jobs", "1")
DAYS = ("--days", "12")
OWN = ("--portfolio", "book.csv", "--mapping", "balance=owed")
#: Every verb that plays accounts, as small as it goes; `{out}` is a new place.
VERBS = {
    "compare": ("weilidai", "--strategies", "phone_only,team", "--replications", "2", *DAYS,
                "--no-report", "--json"),
    "select": ("weilidai", "--strategies", "phone_only,team", "--indifference", "1e9",
               "--most", "2", *DAYS, "--json"),
    "explain": ("weilidai", "--strategy", "team", "--against", "phone_only", "--parts", "levers",
                "--replications", "2", *DAYS, "--out", "{out}.jsonl", "--json"),
    "pilot": ("weilidai", "--challenger", "team", "--weeks", "1", "--replications", "2",
              "--share", "0.5", "--out", "{out}.jsonl", "--json"),
    "rollout": ("weilidai", "--timetable", "compliance_first", "--months", "1",
                "--replications", "1", "--out", "{out}", "--json"),
    "tune": ("weilidai", "--levers", "legal_share=0:0.1", "--base", "team", "--trials", "1",
             "--replications", "2", "--held-out", "2", "--shelf", "none", *DAYS,
             "--study", "{out}.jsonl", "--json"),
    "response": ("weilidai", "--knob", "people.wage", "--values", "5000,9000",
                 "--strategies", "phone_only", "--replications", "2", *DAYS, "--out", "{out}",
                 "--json"),
    "sensitivity": ("weilidai", "--method", "ends", "--inputs", "people.wage=5000:9000",
                    "--difference", "team:phone_only", "--replications", "1", *DAYS,
                    "--out", "{out}.parquet", "--json"),
    "ensemble": ("weilidai", "--strategies", "phone_only,do_nothing", "--draws", "4",
                 "--inputs", "people.wage=5000:9000", "--replications", "1", *DAYS,
                 "--out", "{out}.parquet", "--json"),
}  # fmt: skip
#: These have no `--jobs`, or no `--json`.
PLAIN = {
    "rules": ("weilidai", "--replications", "2", *DAYS, "--json"),
    "trace": ("weilidai", "--strategy", "phone_only", "--account", "5", *DAYS),
    "parity": ("weilidai", "--strategies", "phone_only", *DAYS),
}
NOT_NUMBERS = {"command", "python", "sentence", "sentences", "plan", "book", "asked", "seconds"}


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("DUNNING_RUNS", str(tmp_path / "runs"))
    monkeypatch.chdir(tmp_path)
    rows = [f"{i},{900 + 37 * i},{90 + i},{1 + 3 * (i % 9)}" for i in range(1, 41)]
    (tmp_path / "book.csv").write_text("\n".join(["account_id,owed,instalment,dpd", *rows]))
    return tmp_path


@pytest.fixture
def dunning(capsys, home):
    """Run a command line in this process; return its exit code, output and error output."""

    def run(verb: str, *words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main((verb, *words))
        return int(left.value.code or 0), *capsys.readouterr()

    return run


def words_of(verb, out, *more):
    if verb in PLAIN:
        return [*PLAIN[verb], *SMALL[:4], *more]
    return [w.replace("{out}", str(out)) for w in VERBS[verb]] + [*SMALL, *more]


def numbers(body):
    """Return every number that a result says, in order."""
    if isinstance(body, dict):
        return [n for k, v in sorted(body.items()) if k not in NOT_NUMBERS for n in numbers(v)]
    if isinstance(body, list):
        return [n for v in body for n in numbers(v)]
    return [body] if isinstance(body, int | float) and math.isfinite(body) else []


@pytest.mark.slow
@pytest.mark.parametrize("verb", [*VERBS, "rules"])
def test_a_verb_plays_the_book_it_is_given_and_names_it(dunning, home, verb):
    answers = []
    for own in ((), OWN):
        code, out, err = dunning(verb, *words_of(verb, home / f"{len(own)}", *own))
        assert code == 0, err
        answers.append(json.loads(out))
    drawn, ours = answers
    assert numbers(drawn) != numbers(ours)
    assert shlex.join(book_words("book.csv", {"balance": "owed"})) in ours["command"]
    assert "portfolio" not in drawn["command"]
    assert "book" not in drawn
    assert ours["book"]["file"] == "book.csv"
    assert ours["book"]["played"] == 30


@pytest.mark.parametrize("verb", [*VERBS, *PLAIN])
def test_a_wrong_book_is_refused_in_one_line_and_nothing_is_left(dunning, home, verb):
    (home / "nobody.csv").write_text("account_id,balance,instalment,dpd\n1,100,10,0\n")
    (home / "lacks.csv").write_text("account_id,owed\n1,100\n")
    before = sorted(home.rglob("*"))
    for wrong, key in (("missing.csv", "file"), ("nobody.csv", "dpd"), ("lacks.csv", "balance")):
        code, out, err = dunning(verb, *words_of(verb, home / "new", "--portfolio", wrong))
        assert (code, out) == (2, "")
        last = err.strip().splitlines()[-1]
        assert last.startswith(("portfolio: ", "lacks.csv: "))
        assert key in last
        assert "Traceback" not in err
    assert sorted(home.rglob("*")) == before


@pytest.mark.parametrize("verb", [*VERBS, *PLAIN])
def test_a_mapping_without_a_book_is_refused(dunning, home, verb):
    before = sorted(home.rglob("*"))
    code, _, err = dunning(verb, *words_of(verb, home / "new", "--mapping", "balance=owed"))
    assert code == 2
    assert "--mapping" in err
    assert "--portfolio" in err
    assert sorted(home.rglob("*")) == before


def test_every_verb_that_plays_a_scenario_takes_a_book():
    """Verbs that play a scenario's accounts have all four options, and no other verb has some."""
    # These draw books of a size that they choose, or fit the model to a history.
    drawn = {"scale", "film", "floors", "calibrate", "calibration", "reality", "validation"}
    for name, command in get_command(app).commands.items():
        options = {p.name for p in command.params}
        if {"scenario", "accounts"} <= options and name not in drawn:
            assert set(BOOK_OPTIONS) <= options, name
            assert name in VERBS.keys() | PLAIN.keys()


def test_a_run_finds_its_own_file_where_it_is_now_and_takes_no_other(dunning, home):
    words = words_of("compare", home / "kept", *OWN)
    words = [w for w in words if w not in ("--json", "--no-report")]
    code, _, err = dunning("compare", *words, "--no-report", "--out", "kept", "--doubt", "0")
    assert code == 0, err
    (home / "elsewhere").mkdir()
    (home / "book.csv").rename(home / "elsewhere" / "moved.csv")
    (home / "other.csv").write_text("account_id,balance,instalment,dpd\n1,100,10,5\n")
    ledger = ("ledger", "kept", "--form", "csv", "--out", "led.csv")
    for wrong in ("other.csv", "missing.csv"):
        code, _, err = dunning(*ledger, "--portfolio", wrong)
        assert code == 2
        assert "--portfolio" in err
    assert not (home / "led.csv").exists()
    code, _, err = dunning(*ledger, "--portfolio", "elsewhere/moved.csv")
    assert code == 0, err
    assert (home / "led.csv").exists()


def test_a_result_names_its_book_in_words_in_both_languages(home):
    book = own_book("book.csv", {"balance": "owed"}, 30)
    assert book.line(300_000) == (
        "Book: book.csv, 30 accounts past due; each stands for 10,000 of the real book "
        "(book.real_accounts: 300,000)."
    )
    assert "book.csv，模拟其中逾期的 30 户" in book.line(300_000, "zh")


def test_nothing_that_is_kept_says_where_the_file_is(dunning, home):
    words = words_of("explain", home / "kept", "--portfolio", str(home / "book.csv"), *OWN[2:])
    code, out, err = dunning("explain", *words)
    assert code == 0, err
    assert "--portfolio book.csv" in json.loads(out)["command"]
    assert "book.csv" in (home / "kept.jsonl").read_text()
    assert str(home) not in (home / "kept.jsonl").read_text() + json.loads(out)["command"]


# --- Python --------------------------------------------------------------------------------------


def test_python_takes_a_book_where_the_command_line_does(home):
    world = Scenario.load("weilidai", ["book.pool=100"])
    own = {"portfolio": "book.csv", "mapping": {"balance": "owed"}}
    size = {"accounts": 30, "days": 5}
    drawn = play(world, "phone_only", **size, detail="measures").measures
    ours = play(world, "phone_only", **own, **size, detail="measures").measures
    assert not drawn["numerator"].equals(ours["numerator"])
    both = compare(world, ["phone_only", "team"], replications=1, **own, **size)
    assert {a.id for a in both.setting.late} <= set(range(1, 41))
    found = both.ratio("phone_only", "amount_recovered").estimate
    assert found == ours["value"]["amount_recovered"]
    picked = select(world, ["phone_only", "team"], indifference=1e9, most=2, **own, **size)
    assert picked.found.best in ("phone_only", "team")


def test_a_sweep_keeps_the_book_in_its_design(home):
    own = {"portfolio": "book.csv", "mapping": {"balance": "owed"}}
    d = Design(
        "weilidai", ("phone_only",), {"people.wage": Input((5_000, 9_000))}, "grid", 2, 1,
        accounts=30, days=3, settings=("book.pool=100",), **own,
    )  # fmt: skip
    assert Design.of(d.plain()) == d
    found = sweep(d, home / "s.parquet")
    assert found.about["fingerprints"]["portfolio"] == own_book(**own).fingerprint
    with (home / "book.csv").open("a") as file:
        file.write("\n99,900,90,5\n")
    with pytest.raises(BadInput, match="began"):
        sweep(d, home / "s.parquet", resume=True)


def test_a_question_is_not_resumed_with_another_file(home):
    asked = {
        "replications": 2, "accounts": 20, "days": 3, "settings": ("book.pool=100",),
        "parts": ("levers",), "portfolio": "book.csv", "mapping": {"balance": "owed"},
        "out": "kept.jsonl",
    }  # fmt: skip
    first = explain("weilidai", "team", "phone_only", **asked)
    assert "--portfolio book.csv --mapping balance=owed" in first.command
    again = explain("weilidai", "team", "phone_only", **asked, resume=True)
    assert (again.gain == first.gain).all()
    text = Path("book.csv").read_text().replace("1,937,", "1,938,")
    Path("book.csv").write_text(text)
    with pytest.raises(BadInput, match="with which it began"):
        explain("weilidai", "team", "phone_only", **asked, resume=True)


def test_a_file_is_read_once_until_it_is_written_again(home, monkeypatch):
    from sim.play import own_book as room

    reads = []
    real = room.read
    monkeypatch.setattr(room, "read", lambda *a, **k: reads.append(a) or real(*a, **k))
    asked = SimpleNamespace(portfolio="book.csv", mapping={"balance": "owed"}, accounts=7)
    first = room.book_of(asked)
    assert room.book_of(asked) is first
    assert len(reads) <= 1
    with (home / "book.csv").open("a") as file:
        file.write("\n99,900,90,5\n")
    assert room.book_of(asked).held == first.held + 1
