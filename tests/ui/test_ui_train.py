"""Train without a browser: what is locked, what is said, what is kept, in both languages."""

from __future__ import annotations

import json
import re

import pytest
from screen import bodies, query, show, texts, whole

from sim import lessons
from sim.core.errors import BadInput
from sim.ui.train import classroom, desk, otherwise, outcome, playing, predict, shelf, wish
from sim.ui.train.desk import Said
from sim.ui.words import Words

THREAT = "l07_threat"
LATER = ("run", "compare", "why", "whatif")
WRONG = Said(0, 10, 90)


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    """An empty store; lessons with few borrowers, played where they are asked for."""
    monkeypatch.setenv("DUNNING_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(playing, "_aside", lambda t, asked, sentence: None)
    monkeypatch.setattr(playing, "get_ready", lambda: None)
    monkeypatch.setattr(wish, "lesson", small)
    playing._memory.clear()
    return tmp_path / "runs"


def small(name: str) -> lessons.Lesson:
    one = lessons.load(name)
    return one.model_copy(update={"twins": one.twins.model_copy(update={"number": 20})})


def at(step: str, lang: str = "en", said: Said | None = WRONG, **ids: str):
    """Return the page of the lesson on threats at a step, the answer locked or not."""
    stage = show("train", lang, view="lessons", lesson=THREAT, step="story")
    if said is not None:
        stage.session_state[desk.MINE] = {THREAT: said}
    for key, value in {"step": step, **ids}.items():
        stage.query_params[key] = value
    return whole(stage.run())


# --- the shelf ------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_shelf_shows_every_lesson_once(lang):
    words = texts(show("train", lang))
    for name in lessons.names():
        assert words.count(Words(lang).pick(lessons.load(name).title)) == 1


def test_a_card_opens_its_lesson():
    stage = show("train")
    stage.button(key=f"open_{THREAT}").click().run()
    assert query(stage)["lesson"] == THREAT
    assert query(stage)["step"] == "story"


@pytest.mark.parametrize(
    ("key", "value"), [("lesson", "l99"), ("step", "end"), ("view", "x"), ("class", "<b>")]
)
def test_an_unknown_id_is_said_and_stays_in_the_link(key, value):
    ids = {"view": "lessons", "lesson": THREAT, "step": "story"} | {key: value}
    stage = show("train", **ids)
    assert f"{key} = {value}" in texts(stage)
    assert "<b>" not in bodies(stage)
    assert query(stage)[key] == value


# --- predict first --------------------------------------------------------------------------------


@pytest.mark.parametrize("step", LATER)
def test_a_link_to_a_later_step_opens_the_prediction_first(step):
    stage = at(step, said=None)
    assert query(stage)["step"] == "predict"
    assert "First your prediction" in texts(stage)
    assert 'class="dl-waffle"' not in bodies(stage)


def test_nothing_can_be_locked_before_an_answer_is_chosen():
    stage = at("predict", said=None)
    assert stage.button(key="lock").disabled
    assert "Choose an answer first." in texts(stage)
    stage.radio(key=f"option_{THREAT}").set_value(1).run()
    assert not stage.button(key="lock").disabled


def test_a_locked_answer_leads_to_the_run_and_stays_as_it_was():
    stage = at("predict", said=None)
    stage.radio(key=f"option_{THREAT}").set_value(1).run()
    stage.slider(key=f"amount_{THREAT}").set_value(-20).run()
    stage.button(key="lock").click().run()
    assert query(whole(stage))["step"] == "run"
    said = stage.session_state[desk.MINE][THREAT]
    assert (said.option, said.amount, said.confidence) == (1, -20, 70)
    assert said.right == played().right
    stage.query_params["step"] = "predict"
    stage.run()
    assert not stage.radio
    assert "20 fewer" in texts(stage)


# --- what came out --------------------------------------------------------------------------------


def played(turn: str = "") -> lessons.Played:
    return wish.fulfilled(wish.played(THREAT, turn))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_result_stands_beside_the_answer(lang):
    stage, t = at("compare", lang), Words(lang)
    words, found = texts(stage), played()
    question = found.lesson.question
    assert t.pick(question.options[WRONG.option].text) in words
    assert t.pick(question.options[found.right].text) in words
    assert t("Score {s} of 100", s=t.number(round(lessons.score(90, False)))) in words
    assert not re.search(r"\bnan\b|[-−]0(?![.\d])|−−", words)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_share_of_borrowers_lost_is_said_in_a_sentence(lang):
    found, t = played(), Words(lang)
    lost = found.fourfold().lost / found.twins
    assert lost > 0
    assert t.percent(lost) in outcome.share_lost(t, found)
    assert t.percent(lost) in texts(at("compare", lang))


def test_the_waffle_has_two_hundred_cells_in_proportion():
    body = outcome.waffle(Words(), played())
    grid = body.split("</div>")[0]
    assert grid.count("<span") == outcome.CELLS
    f = played().fourfold()
    assert grid.count("dl-lost") == outcome.CELLS * f.lost // sum(f)
    assert 'role="img"' in grid


def test_better_and_worse_follow_what_is_good():
    t = Words()
    assert outcome._meaning(t, 2.0, True)[1:] == ("✓", "accent")
    assert outcome._meaning(t, 2.0, False)[1:] == ("✗", "worse")
    assert outcome._meaning(t, -2.0, False)[1:] == ("✓", "accent")
    assert outcome._meaning(t, -0.001, True)[1:] == ("≈", "grey")


# --- why, and what if -----------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("who", ["moved", "typical", "contrary"])
def test_the_reason_is_said_before_one_borrower_is_followed(lang, who):
    stage, t = at("why", lang, who=who), Words(lang)
    words, found = texts(stage), played()
    twin = getattr(lessons, who)(found)
    two = lessons.two_lives(found.lesson, twin)
    assert t.pick(found.lesson.mechanism) in words
    assert two.sentence(lang) in words
    for fact in two.card:
        assert (t.pick(fact.label) in words) is fact.hidden


@pytest.mark.parametrize("turn", ["d0", "counter"])
def test_a_turn_shows_what_came_out_beside_the_lesson(turn):
    words, found = texts(at("whatif", turn=turn)), played(turn)
    right = found.lesson.question.options[found.right].text.en
    assert f"{right}" in words
    assert "As in the lesson: arrears paid off" in words


def test_the_lesson_leaves_as_one_file():
    stage = at("whatif")
    stage.button(key="prepare").click().run()
    assert stage.get("download_button")[0].proto.label == "Export lesson (HTML)"


def test_a_dial_on_another_treatment_shows_that_treatment():
    assert otherwise.turned(lessons.load("l10_people")) == "steep"
    assert otherwise.turned(lessons.load(THREAT)) is None
    assert otherwise.turned(lessons.load("l09_hard_line")) is None


# --- the class ------------------------------------------------------------------------------------


def test_a_class_counts_hands_and_keeps_them_under_its_link(store):
    stage = at("predict", said=None)
    stage.button(key="hands").click().run()
    name = query(whole(stage))["class"]
    assert stage.button(key="lock").disabled
    for i, hands in enumerate((3, 9, 2, 0, 0)):
        stage.number_input(key=f"hands_{THREAT}_{i}").set_value(hands).run()
    stage.button(key="lock").click().run()
    whole(stage)
    (kept,) = json.loads((store / ".classes" / f"{name}.json").read_text()).values()
    assert kept[0] == 1
    assert kept[3] == [3, 9, 2, 0, 0]
    other = show("train", view="class", **{"class": name})
    assert "The threat" in texts(other)
    assert not other.get("download_button")[0].proto.disabled


def test_who_types_the_last_number_and_locks_at_once_has_both_meant(store):
    stage = at("predict", said=None)
    stage.button(key="hands").click().run()
    stage.number_input(key=f"hands_{THREAT}_0").set_value(4).run()
    stage.number_input(key=f"hands_{THREAT}_1").set_value(11)
    stage.slider(key=f"sure_{THREAT}").set_value(95)
    stage.button(key="lock").click()
    name = query(whole(stage.run()))["class"]
    (kept,) = json.loads((store / ".classes" / f"{name}.json").read_text()).values()
    assert kept[:4] == [1, 0, 95, [4, 11, 0, 0, 0]]


def test_hands_that_cannot_be_are_said_and_count_as_none():
    stage = at("predict", said=None)
    stage.button(key="hands").click().run()
    stage.number_input(key=f"hands_{THREAT}_0").set_value(-2).run()
    assert "-2 counts as none" in texts(stage)
    assert stage.button(key="lock").disabled


def test_the_score_of_a_class_is_the_mean_over_hands():
    said = Said(1, 0, 70, (1, 3), right=0)
    assert shelf.score(said) == pytest.approx(
        (lessons.score(70, True) + 3 * lessons.score(70, False)) / 4
    )
    assert shelf.score(Said(2, 0, 70, right=2)) == lessons.score(70, True)


def test_the_sheet_holds_the_lessons_that_were_played():
    said = {THREAT: Said(1, 0, 70, right=2), "l01_ask_first": Said(0, 0, 50)}
    (row,) = classroom.answers(Words("zh"), said)
    assert row.lesson == lessons.load(THREAT).title.zh
    assert row.votes == (0, 1, 0, 0, 0)
    assert lessons.sheet([row], "zh").startswith(b"\xef\xbb\xbf")


def test_a_damaged_class_is_an_empty_one(store):
    (store / ".classes").mkdir(parents=True)
    (store / ".classes" / "00000000.json").write_text('{"l07_threat": [1]}')
    assert "No prediction is locked yet." in texts(
        show("train", view="class", **{"class": "0" * 8})
    )


# --- laboratory and film --------------------------------------------------------------------------


@pytest.fixture
def few(monkeypatch):
    """A laboratory of few borrowers."""
    dose = lessons.dose_response
    monkeypatch.setattr(lessons, "dose_response", lambda *a, **k: dose(*a, **k | {"twins": 10}))


@pytest.fixture
def small_floors(monkeypatch):
    """Floors of few borrowers and days."""
    real = wish.theatre
    monkeypatch.setattr(wish, "theatre", lambda *a, **k: real(*a, **k, accounts=30, days=10))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_laboratory_says_where_more_becomes_less(few, lang):
    stage = show("train", lang, view="escalation", horizon="30")
    found = wish.fulfilled(wish.dose("per_week", lessons.Dials(per_week=5.0), "all"))
    assert found.sentence(30, lang) in texts(stage)
    assert stage.get("plotly_chart")


def test_the_unlawful_tone_is_called_so(few):
    assert "Sandbox" in texts(show("train", view="escalation", dial="tone"))
    assert "Sandbox" in texts(show("train", view="escalation", at_tone="p4"))
    assert "Sandbox" not in texts(show("train", view="escalation"))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_floors_of_a_class_say_what_they_show(small_floors, lang):
    said = texts(show("train", lang, view="film"))
    assert ("30 late accounts" if lang == "en" else "30 户逾期账户") in said


def test_one_strategy_is_not_compared_with_itself():
    stage = show("train", view="film", above="team", below="team")
    assert "Choose two different strategies." in texts(stage)


# --- what is played beside the app ----------------------------------------------------------------


def test_a_worker_leaves_its_answer_in_the_cache_and_tells_how_far_it_is(tmp_path):
    asked = wish.played(THREAT, "d2")
    playing._work(str(tmp_path), asked)
    assert playing._share(tmp_path) == 1.0
    assert playing._share(tmp_path / "nobody") == 0.0


def test_a_refusal_in_a_worker_is_an_answer_too():
    def refused():
        raise BadInput("dials", "tone", 9, "0 to 4")
        yield

    told: list[object] = []
    playing._fetch(refused(), told)
    assert isinstance(told[0], BadInput)


def test_a_number_is_said_as_the_lesson_asks_for_it():
    t, threat, ask = Words(), lessons.load(THREAT), lessons.load("l01_ask_first")
    assert predict.amount_words(t, threat, -10) == "10 fewer borrowers"
    assert predict.amount_words(t, threat, 0) == "as many"
    assert predict.amount_words(t, ask, 80) == "80"
