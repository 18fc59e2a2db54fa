"""The frame of every page: language, link, states, and the boundary that no traceback crosses."""

from __future__ import annotations

import pytest
from screen import bodies, query, show, texts

from sim.core.errors import BadInput
from sim.store.jobs import Status
from sim.ui import cards, frame
from sim.ui.words import Words

ROOMS = ("compare", "tune", "train", "library", "about")


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("DUNNING_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("room", ROOMS)
def test_every_page_stands_without_any_run(room, lang):
    stage = show(room, lang)
    assert query(stage)["lang"] == lang
    assert "<h1" in bodies(stage)


def test_the_language_switch_changes_words_and_link():
    stage = show("about")
    stage.get("button_group")[0].set_value("zh").run()
    assert query(stage)["lang"] == "zh"
    assert "关于模型" in texts(stage)


def test_an_unknown_language_is_said_and_stays_in_the_link():
    stage = show("about", lang="fr")
    assert "lang = fr" in texts(stage)
    assert query(stage)["lang"] == "fr"


def test_an_unknown_run_is_said_and_stays_in_the_link():
    stage = show("compare", run="<b>nope</b>")
    assert "run = <b>nope</b>" in texts(stage)
    assert "<b>nope</b>" not in bodies(stage)
    assert query(stage)["run"] == "<b>nope</b>"


@pytest.mark.parametrize(
    "error", [ZeroDivisionError("secret"), BadInput("f.toml", "a.b", "<i>", "1")]
)
def test_no_traceback_reaches_a_page(error, monkeypatch):
    from sim.ui import about

    def broken(t):
        raise error

    monkeypatch.setattr(about, "page", broken)
    from streamlit.testing.v1 import AppTest

    def script():
        from sim.ui import frame

        frame.shown(frame.words(), "about")

    stage = AppTest.from_function(script).run()
    assert not stage.exception
    assert "secret" not in bodies(stage)
    assert "<i>" not in bodies(stage)
    assert 'role="alert"' in bodies(stage)


STATES = [
    Status("r", "queued", before=2),
    Status("r", "running"),
    Status("r", "running", planned=20, runs_planned=10),
    Status("r", "running", done=4, planned=20, runs=2, runs_planned=10, seconds_left=42.0),
    Status("r", "running", done=4, planned=20, runs=2, runs_planned=10),
    Status("r", "stopping", done=4, planned=20),
    Status("r", "cancelled"),
    Status("r", "cancelled", done=4, planned=20, runs=2, runs_planned=10),
    Status("r", "interrupted"),
    Status("r", "interrupted", done=4, planned=20, runs=2, runs_planned=10),
    Status("r", "failed", reason="weilidai.toml: x = 3: allowed: 1"),
    Status("r", "complete", done=20, planned=20, runs=10, runs_planned=10),
]


@pytest.mark.parametrize("status", STATES, ids=lambda s: s.state)
def test_every_state_is_a_sentence_in_both_languages(status):
    said = [cards.sentence(Words(lang), status) for lang in ("en", "zh")]
    assert said[0] != said[1]
    assert all(
        sentence[-1] in ".。t剩" or sentence.endswith("left") or "剩" in sentence
        for sentence in said
    )
    assert not any(word in sentence for sentence in said for word in ("nan", "None", "{", "-0"))


def test_every_state_has_a_sign_and_a_word():
    for state, (word, sign, tone) in cards.CHIPS.items():
        assert word, state
        assert sign, state
        assert tone in ("accent", "worse", "grey"), state
    assert {s.state for s in STATES} <= set(cards.CHIPS)


def test_a_table_escapes_what_stands_in_it():
    assert "<b>" not in cards.table(("a", "b"), [("<b>", "<b>")], "<b>")


def test_the_style_has_no_address_in_it():
    assert "http" not in frame.STYLE.read_text(encoding="utf-8")
