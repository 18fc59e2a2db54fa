"""What the pages promise: what is typed is what is played, what is uploaded is what is named."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest
import streamlit as st
from screen import bodies, query, show, texts

from sim import Scenario
from sim.compare import figures
from sim.experiments.question import File, accounts_of, from_manifest
from sim.experiments.replay import begin, carry_out, stored
from sim.play.run import play
from sim.show.report import challenge
from sim.show.report.theatre import page, theatre
from sim.show.report.theatre.making import PLACES
from sim.store import drafts
from sim.store.jobs import Queue, record
from sim.store.portfolio import taken
from sim.store.portfolio.files import opened
from sim.store.runs import RunFolder
from sim.ui import asking, results
from sim.ui.compare import draft
from sim.ui.tune import bar, portfolio, state
from sim.ui.words import Words

ROOT = Path(__file__).resolve().parents[2]
ROWS = """account_id,balance,instalment,dpd,region,grade
A1,3000,300,12,Beijing,A
A2,1200,300,40,Shanghai,C
A3,900.5,100,95,Beijing,G
"""
TINY = ("book.pool=100", "book.accounts=60", "book.days=20")


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("DUNNING_RUNS", str(tmp_path / "runs"))
    st.cache_resource.clear()
    st.cache_data.clear()
    return tmp_path / "runs"


def button(stage, key):
    return next(one for one in stage.button if one.key == key)


# --- what is typed is what is played --------------------------------------------------------------


@pytest.mark.parametrize("key", sorted(draft.NAMES))
def test_every_field_of_set_up_makes_a_command_that_the_command_line_can_read(key):
    """A number changed by its widget arrives as the type that the option takes."""
    stage = show("compare", view="setup", scenario="weilidai")
    boxes = {box.key: box for box in (*stage.number_input, *stage.selectbox)}
    box = boxes.get(f"setup_{key}")
    if box is None:
        pytest.skip("chosen with a row of boxes, which other tests press")
    if box in stage.selectbox:
        box.select_index(len(box.options) - 1)
    else:
        box.set_value(box.value + 1)
    box.run()
    kept = stage.session_state[draft.KEY]
    question = draft.applied(asking.usual("weilidai"), kept.changes)
    words = asking.words(question)
    for option in ("--accounts", "--days", "--replications", "--seed"):
        assert re.fullmatch(r"\d+", words[words.index(option) + 1]), option
    asking.check(question)


def test_a_reload_keeps_what_was_set_up():
    stage = show("compare", view="setup", scenario="weilidai")
    stage.number_input(key="setup_accounts").set_value(300).run()
    again = show("compare", **query(stage))
    assert again.number_input(key="setup_accounts").value == 300
    assert isinstance(again.session_state[draft.KEY].changes["accounts"], int)


def test_what_the_budget_does_not_pay_names_the_strategy_the_sum_and_both_ways_out():
    stage = show("compare", view="setup", scenario="weilidai")
    stage.checkbox(key="setup_use_ai").check().run()
    stage.number_input(key="setup_heads").set_value(60).run()
    assert "“AI-targeted” needs CNY" in texts(stage)
    button(stage, "raise_ai").click().run()
    assert "“AI-targeted” needs" not in texts(stage)
    assert not button(stage, "run_it").disabled


def test_a_budget_that_is_named_as_enough_is_enough_and_hardly_less_is_not():
    question = asking.with_settings(asking.usual("weilidai"), {"budget.monthly": 300_000.0})
    short = asking.unaffordable(question)
    assert short
    for name in short:
        needs = asking.least(question, name)
        assert asking.affords(question, name, needs)
        assert not asking.affords(question, name, 0.98 * needs)


def test_a_job_that_never_began_is_tried_again_by_its_own_words(tmp_path):
    queue = Queue(tmp_path / "queue")
    name = queue.submit(("compare", "weilidai", "--accounts", "60"))
    record.write(queue.root, record.read(queue.root, name).with_(step="ended", code=2))
    queue.resume(name)
    assert record.read(queue.root, name).words[:2] == ("compare", "weilidai")
    queue.close()


def test_a_run_goes_before_trials_that_nobody_waits_for(tmp_path):
    queue = Queue(tmp_path / "queue")
    trials = [queue.submit(("compare", f"t{i}"), later=True) for i in range(3)]
    mine = queue.submit(("compare", "mine"))
    assert [job.name for job in record.all_of(queue.root)] == [mine, *trials]
    assert queue.status(mine).before == 0
    assert queue.status(trials[0]).before == 1
    queue.close()


# --- what is uploaded is what is played and named -------------------------------------------------


def book() -> str:
    rows = "\n".join(",".join(line.split(",")[:4]) for line in ROWS.splitlines())
    return drafts.save_portfolio(taken(opened("x.csv", rows.encode()), "f"))


def played_on_own_book(store, strategies=("phone_only",)):
    """Play the reader's own book, as the page does, and return the draft."""
    name, run = book(), "20260101-000000-own"
    scenario = Scenario.load("weilidai", TINY)
    file = File(str(drafts.portfolio_file(name)), "", {})
    question = replace(
        asking.usual("weilidai"), scenario=scenario, settings=TINY, strategies=strategies,
        replications=2, accounts=3, days=20, baseline="phone_only", book="same", portfolio=file,
    )  # fmt: skip
    carry_out(question, begin(question, store / run), late=accounts_of(question))
    changes = {"book.pool": 100, "book.accounts": 60, "book.days": 20}
    return drafts.keep(
        drafts.Draft(portfolio=name, changes=changes, run=run, strategies=("phone_only", "team"))
    )


def test_an_own_book_is_in_every_command_that_plays_the_draft():
    made = drafts.keep(drafts.Draft(portfolio=book(), strategies=("phone_only", "team")))
    desk = state.laid(made)
    for chosen in (desk.chosen, ("phone_only",)):
        words = bar.words_of(desk, chosen, "phone_only")
        assert words[words.index("--portfolio") + 1].endswith(f"{made.portfolio}.csv")
    assert "on your own book" in texts(show("tune", draft=made.id))


def test_a_run_on_an_own_book_is_fresh_and_says_whose_book_it_was(store):
    made = played_on_own_book(store)
    stage = show("tune", view="portfolio", draft=made.id)
    assert 'data-state="stale"' not in bodies(stage)
    assert "Played on your own book." in texts(stage)
    assert "This is a drawn book" not in texts(stage)


def test_a_stored_run_knows_its_book(store):
    run = played_on_own_book(store, ("phone_only", "team")).run
    found = stored(RunFolder(store / run))
    assert found.of_file
    assert "from a portfolio file" in texts(show("compare", run=run))
    folder = results.folder(run)
    again = asking.words(from_manifest(folder.path, folder.manifest))
    assert "--portfolio" in again


def test_another_book_makes_a_run_stale(store):
    made = played_on_own_book(store)
    other = drafts.keep(made.with_(portfolio=book()))
    assert "Your portfolio" in bar.differing(Words("en"), state.laid(other), made.run)


def upload(stage, text, name="book.csv"):
    stage.get("file_uploader")[0].set_value((name, text.encode(), "text/csv")).run()


def test_optional_columns_in_other_codes_cost_no_row_and_are_named():
    stage = show("tune", view="portfolio")
    upload(stage, ROWS)
    seen = texts(stage)
    assert "region is not coded as region" in seen
    assert "its 2 values are kept as segments" in seen
    assert "grade is not coded as grade" in seen
    assert "its 3 values are kept as segments" in seen
    assert "Every row can be used" in seen
    assert "Use these 3 accounts" in seen


def test_a_kept_book_keeps_codes_of_ones_own_and_leaves_open_what_its_file_did():
    rows = (
        "account_id,balance,instalment,dpd,grade,promised,promise_in_days,late_months\n"
        "1,3000,300,12,A,120.5,3,\n2,1200,300,40,B,,,0\n"
    )
    found = taken(opened("x.csv", rows.encode()), "f")
    again = drafts.open_portfolio(drafts.save_portfolio(found))
    assert again.accounts.equals(found.accounts)
    assert again.segments.equals(found.segments)
    assert list(again.segments["grade"]) == ["A", "B"]
    assert again.refused == ()


def test_a_guessed_column_can_be_taken_back():
    stage = show("tune", view="portfolio")
    upload(
        stage, ROWS.replace("region", "product").replace("Beijing", "1").replace("Shanghai", "2")
    )
    box = stage.selectbox(key="map_product")
    assert box.value == "product"
    box.set_value(portfolio.NONE).run()
    assert stage.selectbox(key="map_product").value == portfolio.NONE
    button(stage, "keep_book").click().run()
    assert "something went wrong" not in texts(stage).lower()


# --- words ----------------------------------------------------------------------------------------


def test_one_of_anything_is_said_in_the_singular():
    t = Words("en")
    assert t("{n} rows", n=1) == "1 row"
    assert t("{n} rows", n="1") == "1 row"
    assert t("{n} strategies", n=1) == "1 strategy"
    assert t("{n} late accounts", n=1) == "1 late account"
    assert t("{n} rows", n=21) == "21 rows"
    assert t("{a} beats {b}", a=1, b=2) == "1 beats 2"


def test_every_noun_that_a_sentence_counts_has_its_singular():
    """What follows a gap and ends in s is a verb, or a noun that `figures` can put in singular."""
    verbs = {
        "arrives", "beats", "begins", "buys", "counts", "differs", "does", "earns", "falls",
        "hangs", "has", "is", "leads", "leaves", "matters", "minus", "outlasts", "overtakes",
        "puts", "says", "sees", "sets", "was", "needs",
    }  # fmt: skip
    known = set(figures.COUNTED.split("|"))
    texts_ = [
        node.value
        for file in (ROOT / "sim" / "ui").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    said = {word for text in texts_ for word in re.findall(r"\{\w+\} ([a-z]+s)\b", text)}
    assert said - verbs - known == set()


def test_a_range_above_nothing_is_never_called_unknown():
    assert figures.word("open", lean=1).startswith("better")
    assert figures.word("open", lean=-1).startswith("worse")
    assert figures.word("open") == "not known yet"
    assert figures.lean(-5.0, -1.0, up=False) == 1


# --- the floors and the six questions -------------------------------------------------------------


@pytest.fixture(scope="module")
def floors():
    small = Scenario.load("weilidai", ("book.pool=100",))
    return theatre(small, ("phone_only", "team"), accounts=40, days=20), small


def test_the_floors_count_what_the_ledger_holds(floors):
    shown, scenario = floors
    for side, name in zip(shown.sides, ("phone_only", "team"), strict=True):
        ledger = play(scenario, name, accounts=40, days=20).ledger
        paid = ledger[ledger["event"] == "paid"]["amount"].sum() / 100.0
        assert side.cash[-1] == pytest.approx(paid, abs=0.5)
        assert side.complaints[-1] == pytest.approx(1_000 * ledger["p_complaint"].sum(), abs=0.5)
        assert len(side.events) == 6 * int((ledger["account_id"] >= 0).sum())


def test_both_floors_hold_the_same_people_and_their_events_run_forward(floors):
    shown, _ = floors
    for side in shown.sides:
        rows = [side.events[i : i + 6] for i in range(0, len(side.events), 6)]
        assert [row[0] for row in rows] == sorted(row[0] for row in rows)
        assert {row[1] for row in rows} <= set(range(len(shown.people)))
        assert {row[2] for row in rows} <= {-1, *range(len(PLACES))}
        assert all(0 <= row[4] < len(shown.sentences) for row in rows)


def test_the_page_of_the_floors_asks_no_host_for_anything(floors):
    text = page(floors[0], "</script><b>")
    assert not re.search(r"https?://|src=|@import|url\(", text)
    assert "<b>" not in text.split("<style>")[0]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_six_questions_are_answered_and_stamped(store, lang):
    scenario = Scenario.load("weilidai", TINY)
    question = replace(
        asking.usual("weilidai"), scenario=scenario, settings=TINY, replications=5, accounts=60,
        strategies=("phone_only", "process"), days=20,
    )  # fmt: skip
    run = "20260101-000000-six"
    carry_out(question, begin(question, store / run))
    found = stored(RunFolder(store / run))
    cards = challenge.challenges(found, lang)
    assert [card.key for card in cards] == list(challenge.QUESTIONS)
    for card in cards:
        assert card.stamp in challenge.STAMPS
        assert card.lines
        assert not re.search(r"\bnan\b|\{|\}", " ".join(card.lines))
    assert next(card for card in cards if card.key == "risk").stamp == "open"
    stage = show("compare", lang, view="challenge", run=run)
    assert bodies(stage).count("data-challenge") == 6
    assert not re.search(r"https?://", challenge.board(found, lang))


def test_a_verdict_that_turns_under_an_assumption_fails_before_risk(store):
    turned = challenge.Tried(3, 0, 1, "It turns.", "")
    held = challenge.Tried(4, 0, 0, "It leads.", "")
    assert challenge._risk(None, "", "en", turned)[0] == "failed"
    assert challenge._risk(None, "", "en", held)[0] == "kept"


def test_home_shows_doors_the_floor_and_the_last_verdicts(store, monkeypatch):
    from sim.ui.train import floors as shown

    monkeypatch.setattr(shown, "show", lambda t, asked, **more: None)
    stage = show("home")
    assert {"door_compare", "door_tune", "door_train", "first"} <= {b.key for b in stage.button}
    assert "No run is stored yet." in texts(stage)


def test_a_search_goes_on_after_a_trial_that_cannot_be_played(monkeypatch):
    """Such a trial passes no limit: it is kept as failed, and the next begins."""
    from test_search import search, toy

    from sim.experiments.tune import running

    race, broken = running._Search._raced, []

    def raced(self, trial, base):
        if not broken:
            broken.append(trial)
            return trial._replace(stopped="failed: no seat")
        return race(self, trial, base)

    monkeypatch.setattr(running._Search, "_raced", raced)
    found = search(toy(), trials=5, limits=("cost=0.05",))
    assert [t.stopped for t in found.trials].count("failed: no seat") == 1
    assert len(found.trials) == 5


def test_the_command_line_writes_the_floors_as_a_page_and_never_over_another(tmp_path, capsys):
    from sim.cli import main

    file = tmp_path / "floors.html"
    words = ["floors", "weilidai", "--export", str(file), "--accounts", "30", "--days", "8"]
    words += ["--set", "book.pool=100"]
    for code in (0, 2):
        with pytest.raises(SystemExit) as left:
            main(words)
        assert left.value.code == code
        assert "theatre-data" in file.read_text(encoding="utf-8")
    assert "--export" in capsys.readouterr().err
