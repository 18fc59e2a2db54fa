"""What is shown of lessons: one borrower's two lives, laboratory, film, class sheet, export."""

from __future__ import annotations

import csv
import io
import re

import numpy as np
import pytest

from sim import lessons
from sim.cli import main
from sim.core.errors import BadInput
from sim.lessons.film import PLACE
from sim.lessons.laboratory import OUTCOMES, TONES, Dose, treatment
from sim.scenario import Scenario
from sim.show.report.lesson import write

TINY = {"twins.number": 24}


@pytest.fixture(autouse=True, scope="module")
def own_cache(tmp_path_factory):
    """One cache for this file, so that nothing made before is taken."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DUNNING_CACHE", str(tmp_path_factory.mktemp("lessons")))
        yield


def tiny(name: str, **more):
    """A lesson with few twins, played."""
    return lessons.play_lesson(lessons.changed(lessons.load(name), TINY | more))


# --- one borrower, two treatments ---------------------------------------------------------------


def test_the_borrower_whom_it_moved_shows_what_the_treatment_mostly_does():
    won, lost = lessons.play_lesson(lessons.load("L4")), lessons.play_lesson(lessons.load("L7"))
    assert won.outcomes()[lessons.moved(won)] == "won"
    assert lost.outcomes()[lessons.moved(lost)] == "lost"


@pytest.mark.parametrize("name", lessons.names())
def test_a_typical_borrower_came_out_as_most_did(name):
    played = tiny(name)
    counts = played.fourfold()._asdict()
    came = played.outcomes()[lessons.typical(played)]
    assert counts[came] == max(counts.values())


@pytest.mark.parametrize("name", lessons.names())
def test_luck_is_never_why_two_treatments_of_one_borrower_part(name):
    """Both lives are lived with the same luck: what parts them is the treatment or the floor."""
    played = tiny(name)
    two = lessons.two_lives(played.lesson, lessons.moved(played))
    assert two.parting is None or two.parting.cause in ("policy", "queue", "means")


def test_the_contrary_borrower_went_the_other_way():
    played = lessons.play_lesson(lessons.load("L1"))
    found = played.outcomes()
    assert {found[lessons.moved(played)], found[lessons.contrary(played)]} == {"won", "lost"}


@pytest.mark.parametrize("name", ["L1", "L3", "L4", "L5", "L7"])
def test_the_shown_life_is_the_played_one(name):
    played = tiny(name)
    two = lessons.two_lives(played.lesson, lessons.moved(played))
    for life in two.lives:
        row = played.of_arm(life.arm).loc[two.twin]
        marks = life.marks
        assert marks[marks["lane"] == "payment"]["amount"].sum() == pytest.approx(row["cash"])
        assert (marks["lane"] == "talk").sum() == row["talks"]
        assert life.moods["resentment"].iloc[-1] == pytest.approx(row["resentment"])
        assert list(life.moods["day"]) == list(range(len(life.moods)))


def test_two_different_treatments_part_by_policy_and_say_so():
    played = tiny("L7")
    two = lessons.two_lives(played.lesson, lessons.moved(played))
    assert two.parting.cause == "policy"
    assert "policy" in two.sentence("en")
    assert "策略" in two.sentence("zh")


def test_one_treatment_twice_never_parts():
    played = tiny("L7", **{"arms.threat.treatment.tone": "neutral"})
    two = lessons.two_lives(played.lesson, 0)
    assert two.parting is None
    assert two.sentence("zh") == "两个过程完全相同。"


def test_the_card_keeps_what_only_the_simulator_knows_behind_the_curtain():
    card = lessons.two_lives(tiny("L7").lesson, 0).card
    hidden = {fact.label.en for fact in card if fact.hidden}
    assert {"Kind", "Cash at hand"} <= hidden
    assert not hidden & {"Balance", "Days past due"}


def test_a_stranger_is_refused():
    with pytest.raises(BadInput, match="twin = 999"):
        lessons.two_lives(tiny("L7").lesson, 999)


# --- laboratory ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def dose() -> Dose:
    return lessons.dose_response(lessons.Dials(), "tone", "all", twins=40)


def test_every_horizon_has_every_outcome_at_every_point(dose):
    for horizon in lessons.HORIZONS:
        rows = dose.rows(horizon)
        assert set(rows["measure"]) == set(OUTCOMES)
        assert (rows.groupby("measure").size() == len(dose.points)).all()
        assert (rows["low"] <= rows["mean"]).all()
        assert (rows["mean"] <= rows["high"]).all()


def test_cash_and_complaints_only_grow_with_the_horizon(dose):
    for measure in ("cash", "complaints"):
        early, middle, late = (dose.values[h][measure] for h in lessons.HORIZONS)
        assert (early <= middle).all()
        assert (middle <= late).all()


def test_a_harder_tone_is_never_resented_less(dose):
    anger = dose.values[90]["resentment"].mean(axis=1)
    assert (np.diff(anger) >= 0.0).all()


def test_the_law_stops_the_tone_before_abuse(dose):
    assert TONES[int(dose.limit.at)] == "stern"
    assert "CN-14" in dose.limit.text.en


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("horizon", lessons.HORIZONS)
def test_the_laboratory_speaks_both_languages(dose, horizon, lang):
    told = dose.sentence(horizon, lang)
    assert str(horizon) in told
    assert "nan" not in told


def invented(values) -> Dose:
    """A dose whose net value is given by point and twin."""
    table = {h: dict.fromkeys(OUTCOMES, np.asarray(values, float)) for h in (7, 30, 90)}
    points = tuple(range(len(values)))
    return Dose("per_week", lessons.Dials(), "all", points, table, 0)


def test_the_turning_point_is_a_band_that_holds_the_peak():
    luck = np.random.default_rng(1).normal(size=300)
    sharp = invented([luck, luck + 5.0, luck + 1.0]).turning(90)
    assert (sharp.low, sharp.best, sharp.high, sharp.at_edge) == (1, 1, 1, False)
    others = np.random.default_rng(2).normal(size=(3, 300))
    flat = invented(others).turning(90)
    assert flat.low <= flat.best <= flat.high
    assert flat.low < flat.high
    assert invented([luck + 5.0, luck, luck]).turning(90).at_edge


def test_a_faster_ladder_takes_every_rung_sooner():
    slow, fast = (treatment(lessons.Dials(step_days=days)) for days in (20, 4))
    for rung in ("offer_from", "letter_day", "lawyer_day", "visit_day", "sue_day"):
        assert 0 <= getattr(fast, rung) < getattr(slow, rung)


@pytest.mark.parametrize(
    ("change", "line"),
    [({"dial": "volume"}, "dial = 'volume'"), ({"mix": "rich"}, "mix = 'rich'"),
     ({"dials": lessons.Dials(per_week=99)}, "dials: per_week = 99: 0 to 14"),
     ({"twins": 3}, "twins = 3")],
)  # fmt: skip
def test_the_laboratory_refuses_in_one_line(change, line):
    asked = {"dials": lessons.Dials(), "dial": "tone", "mix": "all", "twins": 20} | change
    with pytest.raises(BadInput, match=re.escape(line)):
        lessons.dose_response(asked.pop("dials"), asked.pop("dial"), asked.pop("mix"), **asked)


# --- film ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def film() -> lessons.Film:
    small = Scenario.load("weilidai", ["book.pool=150"])
    return lessons.film("do_nothing", "process", scenario=small, accounts=40, days=45)


def test_every_account_stands_somewhere_every_day(film):
    assert film.stages.shape == film.shade.shape == (2, 45, 40)
    for day in (0, 20, 44):
        counts = film.counts(day)
        assert (counts.sum() == 40).all()
        assert list(counts.index) == [rung.id for rung in lessons.RUNGS]


def test_both_strategies_begin_with_the_same_people(film):
    closed = film.stages == PLACE["closed"]
    assert (closed[0, 0] == closed[1, 0]).all()


def test_what_is_closed_stays_closed(film):
    closed = film.stages == PLACE["closed"]
    assert (np.diff(closed.astype(int), axis=1) >= 0).all()


def test_who_writes_no_letters_has_no_accounts_on_that_rung(film):
    letters = (film.stages == PLACE["letter"]).any(axis=(1, 2))
    assert not letters[0]


def test_resentment_stays_on_its_scale(film):
    assert film.shade.min() >= 0.0
    assert film.shade.max() <= 4.0


def test_a_film_that_no_browser_plays_is_refused():
    with pytest.raises(BadInput, match="accounts = 301"):
        lessons.film("phone_only", "process", accounts=301)
    with pytest.raises(BadInput, match="film: day = 45: 0 to 44"):
        raise_for_day()


def raise_for_day() -> None:
    empty = np.zeros((2, 45, 1), dtype=np.int8)
    text = lessons.RUNGS[0].title
    lessons.Film(("a", "b"), (text, text), empty, empty.astype(np.float32)).counts(45)


# --- class sheet --------------------------------------------------------------------------------


def test_the_class_sheet_opens_in_a_spreadsheet_in_chinese():
    answer = lessons.Answer("先问原因", ("更少", "更多"), (3, 9), 1, 72.5, 81.0)
    told = lessons.sheet([answer], "zh")
    assert told.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(told.decode("utf-8-sig"))))
    assert rows[1:] == [["先问原因", "更少", "3", "", "72.5", "81"],
                        ["先问原因", "更多", "9", "是", "72.5", "81"]]  # fmt: skip


@pytest.mark.parametrize("cell", ["=1+1", "+A1", "-A1", "@SUM(A1)", "\t=1", " =1", "\r=1"])
def test_no_cell_is_executed(cell):
    assert lessons.defused(cell).startswith("'")


@pytest.mark.parametrize(("cell", "told"), [(-3, "-3"), (-0.5, "-0.5"), ("a-b", "a-b"), ("", "")])
def test_numbers_and_plain_words_stay_as_they_are(cell, told):
    assert lessons.defused(cell) == told


# --- export -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page() -> str:
    lesson = lessons.changed(lessons.load("L7"), TINY)
    other = lessons.countered(lesson)
    return write(lessons.play_lesson(lesson), lessons.play_lesson(other))


def test_the_page_needs_no_network(page):
    assert not re.search(r"(?:src|href)\s*=", page)
    assert not re.search(r"https?://|@import|url\(|fetch\(|XMLHttp", page)


def test_the_page_holds_both_languages(page):
    lesson = lessons.load("L7")
    for text in (lesson.title, lesson.mechanism, *(o.text for o in lesson.question.options)):
        assert text.en in page.replace("&#39;", "'")
        assert text.zh in page
    assert page.count('class="en"') == page.count('class="zh"')


def test_the_page_hides_the_result_until_an_answer_is_locked(page):
    assert '<section id="result" hidden' in page
    before = page.partition('<section id="result"')[0]
    assert lessons.load("L7").mechanism.en not in before


def test_a_lesson_from_a_file_cannot_bring_a_script(tmp_path):
    told = lessons.changed(lessons.load("L7"), TINY | {"title.en": "<script>alert(1)</script>"})
    assert "<script>alert" not in write(lessons.play_lesson(told))


# --- command line -------------------------------------------------------------------------------


def said(capsys, *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main(words)
    out = capsys.readouterr()
    return left.value.code, out.out, out.err


def test_the_shelf_is_listed_in_chinese(capsys):
    code, out, _ = said(capsys, "lessons", "--lang", "zh")
    assert code == 0
    assert "先问原因，再谈还款" in out


def test_a_lesson_is_told_with_its_answer(capsys):
    code, out, _ = said(capsys, "lesson", "L4", "--borrower")
    lesson = lessons.load("L4")
    assert code == 0
    assert lesson.mechanism.en in out
    assert "first divergence" in out


def test_a_lesson_is_exported_as_one_file(capsys, tmp_path):
    code, _, err = said(capsys, "lesson", "L4", "--export", str(tmp_path / "l4.html"))
    assert code == 0
    assert "l4.html" in err
    assert (tmp_path / "l4.html").read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize("name", ["l4.txt", "nowhere/l4.html"])
def test_an_export_elsewhere_is_refused_in_one_line(capsys, name):
    code, _, err = said(capsys, "lesson", "L4", "--export", name)
    assert code == 2
    assert err.strip().count("\n") == 0
    assert "--export" in err
