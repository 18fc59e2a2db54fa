"""What is kept of a portfolio, and where: `docs/privacy.md` says it, this holds it."""

from __future__ import annotations

import json
import os
import stat
import sys

import pytest

from sim.cli import main
from sim.store import drafts
from sim.store.forgetting import left_of, sweep_books
from sim.store.portfolio import read
from sim.store.runs import RunStore, places

NAME, PHONE, CONTRACT = "王小明", "13800138000", "CONTRACT-77-4711"
BOOK = (
    "account_id,balance,instalment,dpd,remark\n"
    f"{CONTRACT},5000,500,20,{NAME} {PHONE}\nCONTRACT-77-4712,3000,300,45,\n"
    "CONTRACT-77-4713,2000,200,65,\n"
)
WORDS = "compare weilidai --strategies phone_only --replications 2 --days 5 --jobs 1 --engine story"


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """Play a portfolio that lies elsewhere, under its absolute path; return its folder and run."""
    monkeypatch.setenv("DUNNING_RUNS", str(tmp_path / "runs"))
    monkeypatch.chdir(tmp_path)
    elsewhere = tmp_path / "secret_client" / "their_book.csv"
    elsewhere.parent.mkdir()
    elsewhere.write_text(BOOK, encoding="utf-8")
    run(f"{WORDS} --set book.pool=100 --set book.pool_days=60 --portfolio {elsewhere}")
    return elsewhere, RunStore().latest()


def run(words: str, code: int = 0) -> None:
    with pytest.raises(SystemExit) as left:
        main(words.split())
    assert (left.value.code or 0) == code


def everything(folder) -> dict[str, bytes]:
    return {str(f): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


def test_no_path_name_number_or_contract_is_in_a_run_or_its_report(asked, cache):
    elsewhere, folder = asked
    held = everything(folder.path)
    assert any(name.endswith("report.html") for name in held)
    for name, content in held.items():
        for secret in ("secret_client", NAME, PHONE, CONTRACT, str(elsewhere.parent)):
            assert secret.encode() not in content, (name, secret)


def test_a_run_finds_its_file_again_from_anywhere(asked, monkeypatch, tmp_path):
    _, folder = asked
    monkeypatch.chdir(tmp_path / "runs")
    run(f"replay {folder.path.name} --check")


@pytest.mark.skipif(sys.platform == "win32", reason="no such modes there")
def test_what_says_where_files_are_and_uploaded_books_are_their_owners_alone(asked):
    elsewhere, _ = asked
    book = drafts.portfolio_file(drafts.save_portfolio(read(elsewhere)))
    for path, mode in ((book, 0o600), (book.parent, 0o700), (RunStore().root / places.LIST, 0o600)):
        assert stat.S_IMODE(path.stat().st_mode) == mode, path


def test_forgetting_a_run_removes_all_that_came_from_its_file(asked, capsys):
    elsewhere, folder = asked
    run(f"{WORDS} --set book.pool=100 --set book.pool_days=60 --portfolio {elsewhere} --seed 4")
    other = RunStore().latest()
    assert other.path != folder.path
    run(f"forget {folder.path.name}")
    assert folder.path.is_dir()
    assert "Nothing is removed yet" in capsys.readouterr().out
    run(f"forget {folder.path.name} --yes")
    assert not folder.path.exists()
    assert not other.path.exists()  # it came from the same file
    assert elsewhere.read_text(encoding="utf-8") == BOOK
    left = everything(RunStore().root)
    assert not any(b"secret_client" in content for content in left.values())


def test_a_damaged_run_can_be_forgotten(asked):
    _, folder = asked
    (folder.path / "manifest.json").write_text("{")
    assert left_of(folder.path).files == (folder.path.absolute(),)
    run(f"forget {folder.path.name} --yes")
    assert not folder.path.exists()


def test_a_book_whose_draft_is_lost_goes_and_one_that_is_named_stays(asked):
    elsewhere, _ = asked
    found = read(elsewhere)
    lost, named, young = (drafts.save_portfolio(found) for _ in range(3))
    shelf = RunStore().root / ".drafts"
    shelf.mkdir(exist_ok=True)
    (shelf / "0123456789ab.json").write_text(json.dumps({"portfolio": named}))
    for name in (lost, named):
        os.utime(drafts.portfolio_file(name), (1, 1))
    sweep_books()
    assert not drafts.portfolio_file(lost).exists()
    assert drafts.portfolio_file(named).exists()
    assert drafts.portfolio_file(young).exists()
