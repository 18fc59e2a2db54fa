"""`dunning validate` knows every kind of file that a user writes, and refuses in one line."""

import pytest

from sim.cli import main
from sim.strategies.prices import PRICES

FILES = {
    "scenario.toml": ('extends = "weilidai"\nname = "mine"\n', "scenario mine"),
    "recipe.toml": ('name = "other"\nbase = "process"\n', "strategy other"),
    "timetable.toml": ('present = "phone_only"\n', "timetable timetable, 0 entries"),
    "design.toml": (
        'scenario = "weilidai"\nstrategies = ["phone_only"]\n[inputs]\n'
        '"people.wage" = [5000, 9000]\n',
        "design of 16 points for phone_only",
    ),
    "targets.csv": ("name,low,high\nM1 worse,0.1,0.2\n", "1 targets"),
    "book.csv": ("借据号,剩余本金,月供,逾期天数\n1,1000,100,5\n2,900,90,0\n",
                 "portfolio of 2 accounts, 1 past due"),
    "history.csv": ("account,month,status\n1,202509,0\n1,202510,1\n2,202509,0\n",
                    "history of 2 accounts over 2 months"),
    "wide.csv": ("account,202509,202510,202511\n1,0,1,0\n", "history of 1 accounts over 3 months"),
    "dated.csv": ("account_id,balance,instalment,dpd,report_date\n1,1000,100,5,2026-09-30\n",
                  "portfolio of 1 accounts"),
}  # fmt: skip
WRONG = {
    "scenario.toml": ('extends = "weilidai"\n[people]\nwages = 1\n', "wages"),
    "recipe.toml": ('name = "other"\nbase = "proces"\n', "base = 'proces': allowed"),
    "timetable.toml": ('present = "nobody"\n', "present"),
    "targets.csv": ("name,low,high\nM1 worse,0.3,0.2\n", "targets.csv"),
    "book.csv": ("account_id,balance\n1,1000\n", "needed too: instalment, dpd"),
    "history.csv": ("account,month,status\n1,202513,0\n1,202510,1\n", "month, line 2"),
    "forecast.json": ('{"cells": []}', "forecast"),
    "mine.py": ("x = 1\n", "mine.py"),
}


@pytest.fixture
def dunning(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*words):
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main(words)
        return int(left.value.code or 0), *capsys.readouterr()

    return run


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_any_kind_is_validated(dunning, tmp_path, name):
    text, said = FILES[name]
    (tmp_path / name).write_text(text, encoding="utf-8")
    code, out, err = dunning("validate", name)
    assert code == 0, err
    assert out.startswith(f"{name}: valid; ")
    assert said in out


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_refused_in_one_line(dunning, tmp_path, name):
    text, said = WRONG[name]
    (tmp_path / name).write_text(text, encoding="utf-8")
    code, out, err = dunning("validate", name)
    assert (code, out) == (2, "")
    assert said in err.strip().splitlines()[-1]
    assert "Traceback" not in err


def test_a_kind_is_chosen_and_a_mapping_is_for_tables(dunning, tmp_path):
    (tmp_path / "due.csv").write_text("account_id,balance,instalment,due\n1,100,10,2026-09-01\n")
    how = ("--mapping", "dpd=due", "--as-of", "2026-09-30")
    assert dunning("validate", "due.csv", *how)[0] == 0
    (tmp_path / "s.toml").write_text('extends = "weilidai"\nname = "mine"\n')
    assert "--kind" in dunning("validate", "s.toml", "--kind", "nothing")[2]
    assert "no table" in dunning("validate", "s.toml", *how)[2]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_lever_is_listed_with_what_it_is_paid_by(dunning, lang):
    _, out, _ = dunning("strategies", "process", "--lang", lang)
    for paths in PRICES.values():
        assert all(path in out for path in paths)
