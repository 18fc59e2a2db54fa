"""The pictures of Train: two treatments of one borrower, dose and response, the ladder film."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from sim import lessons
from sim.show import charts
from sim.show.charts import frame, rungs
from sim.strategies import SHELF

DAYS, ACCOUNTS = 5, 12


def invented_film() -> lessons.Film:
    """Two strategies: under the first everybody stays, under the second one more closes a day."""
    stages = np.zeros((2, DAYS, ACCOUNTS), dtype=np.int8)
    for day in range(DAYS):
        stages[1, day, : day + 1] = len(lessons.RUNGS) - 1
    shade = np.linspace(0.0, 4.0, ACCOUNTS, dtype=np.float32) * np.ones_like(stages)
    titles = (SHELF["phone_only"].title, SHELF["process"].title)
    return lessons.Film(("phone_only", "process"), titles, stages, shade)


@pytest.fixture(scope="module")
def played() -> lessons.Played:
    one = lessons.load("l07_threat")
    few = one.twins.model_copy(update={"number": 20})
    return lessons.play_lesson(one.model_copy(update={"twins": few}))


@pytest.fixture(scope="module")
def two(played) -> lessons.TwoLives:
    return lessons.two_lives(played.lesson, lessons.moved(played))


@pytest.fixture(scope="module")
def doses() -> dict[str, lessons.Dose]:
    return {
        dial: lessons.dose_response(lessons.Dials(), dial, twins=10)
        for dial in ("tone", "per_week")
    }


def words(figure: object) -> str:
    """Every word that a figure writes."""
    body = json.loads(charts.as_json(figure))
    notes = [note["text"] for note in body["layout"].get("annotations", ())]
    axes = [a for k, a in body["layout"].items() if "axis" in k]
    ticks = [str(tick) for a in axes for tick in a.get("ticktext", ())]
    titles = [a.get("title", {}).get("text", "") for a in axes]
    marks = [str(text) for trace in body["data"] for text in trace.get("text", ())]
    return " ".join([*notes, *ticks, *titles, *marks])


def chinese(text: str) -> bool:
    return not re.findall(r"[A-Za-z]{3,}", re.sub(r"<[^>]+>", "", text))


# --- two treatments -------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_two_treatments_are_drawn_in_the_readers_words(two, lang):
    figure = charts.treatments(two, 90, lang)
    assert figure.data
    for title in two.titles:
        assert frame.title(title, lang).split("(")[0].strip() in words(figure).replace("<br>", " ")
    assert chinese(words(figure)) is (lang == "zh")


def test_every_event_stands_once_in_its_lane_on_its_day(two):
    figure = charts.treatments(two, 90)
    for life in two.lives:
        for lane, rows in life.marks.groupby("lane"):
            mine = [t for t in figure.data if t.name == f"{life.arm} {lane}"]
            days = [day for trace in mine for day in trace.x]
            assert all(days.count(day) >= rows["day"].tolist().count(day) for day in rows["day"])


def test_the_line_stands_where_the_two_part(two):
    (line,) = charts.treatments(two, 90).layout.shapes
    assert line.x0 == line.x1 == two.parting.day
    (alone,) = [two._replace(parting=None)]
    assert not charts.treatments(alone, 90).layout.shapes


def test_a_kept_promise_never_looks_like_a_broken_one(two):
    figure = charts.treatments(two, 90)
    marks = two.lives[0].marks
    rows = marks[marks["lane"] == "promise"]
    (trace,) = [t for t in figure.data if t.name == f"{two.lives[0].arm} promise"]
    signs = {kept: sign for kept, sign in zip(rows["kept"], trace.marker.symbol, strict=True)}
    assert len(set(signs.values())) == len(signs)


# --- dose and response ----------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("dial", ["tone", "per_week"])
def test_a_dose_is_drawn_with_its_ribbon_in_both_languages(doses, dial, lang):
    figure = charts.dose_response(doses[dial], 90, lang)
    assert sum(t.fill == "toself" for t in figure.data) == 4
    assert chinese(words(figure)) is (lang == "zh")
    assert charts.sentence_dose_response(doses[dial], 90, lang) == doses[dial].sentence(90, lang)


def test_the_band_holds_the_turning_point(doses):
    for horizon in lessons.HORIZONS:
        turning = doses["per_week"].turning(horizon)
        band = next(s for s in charts.dose_response(doses["per_week"], horizon).layout.shapes)
        assert band.x0 <= turning.low <= turning.best <= turning.high <= band.x1


def test_the_law_is_drawn_where_the_dial_reaches_it(doses):
    def ends(dial: str) -> list[float]:
        shapes = charts.dose_response(doses[dial], 90).layout.shapes
        return [s.x0 for s in shapes if s.line.color == frame.WORSE]

    assert ends("tone") == [doses["tone"].limit.at]
    assert doses["per_week"].limit.at > doses["per_week"].points[-1]
    assert ends("per_week") == []


# --- the film -------------------------------------------------------------------------------------


def test_nobody_shares_a_seat_and_who_stays_keeps_it():
    rng = np.random.default_rng(1)
    stages = rng.integers(0, 3, size=(30, 40)).astype(np.int8)
    seats = rungs.places(stages)
    for day in range(30):
        assert len(set(zip(stages[day], seats[day], strict=True))) == 40
    stayed = stages[1:] == stages[:-1]
    assert (seats[1:][stayed] == seats[:-1][stayed]).all()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_film_has_a_frame_a_day_and_the_same_dots_in_each(lang):
    film = invented_film()
    figure = charts.ladder(film, 0, lang)
    assert [f.name for f in figure.frames] == [str(day) for day in range(DAYS)]
    for shot in figure.frames:
        assert [len(t.ids) for t in shot.data[:2]] == [ACCOUNTS, ACCOUNTS]
    assert chinese(words(figure)) is (lang == "zh")
    assert not charts.ladder(film, 0, lang, plays=False).frames


def test_the_last_day_is_said():
    film = invented_film()
    assert "0 of 12" in charts.sentence_ladder(film, DAYS - 1)
    assert f"{DAYS} under Process" in charts.sentence_ladder(film, DAYS - 1)
    assert f"“流程优化”{DAYS} 户" in charts.sentence_ladder(film, DAYS - 1, "zh")


def test_a_long_film_has_no_more_frames_than_a_browser_plays(monkeypatch):
    monkeypatch.setattr(rungs, "MOST_FRAMES", 3)
    assert len(charts.ladder(invented_film()).frames) == 3


def test_the_pictures_have_a_dark_side(two, doses):
    film = invented_film()
    for figure in (
        charts.treatments(two, 90), charts.dose_response(doses["tone"], 90), charts.ladder(film)
    ):  # fmt: skip
        text = charts.as_json(charts.darkened(figure))
        assert not [colour for colour in frame.DARK if colour in text]
