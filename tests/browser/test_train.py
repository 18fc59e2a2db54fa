"""A trainer in a real browser: a wrong prediction on threats, what came out, and why."""

from __future__ import annotations

import re

import pytest

from sim import lessons
from sim.core import cache
from sim.ui.words import Words

THREAT = "l07_threat"
LOOKS = [("en", False, 1280), ("zh", True, 390)]


def played() -> lessons.Played:
    return lessons.play_lesson(lessons.load(THREAT))


def answered(served, visit, option: int, **look):
    """Open the lesson from the shelf, answer, lock, and wait until it is played."""
    reader = visit(served, f"/train?lang={look.get('lang', 'en')}", **look)
    reader.press(f"open_{THREAT}")
    reader.press("next")
    radio = (
        reader.widget(f"option_{THREAT}").locator("label").filter(has=reader.page.locator("input"))
    )
    radio.nth(option).click()
    reader.page.locator(".st-key-lock button:enabled").click()
    reader.page.locator("[data-state=complete]").wait_for(timeout=120_000)
    return reader


@pytest.mark.parametrize(("lang", "dark", "width"), LOOKS)
def test_a_newcomer_finds_the_share_lost_and_the_reason(served, visit, lang, dark, width):
    found, t = played(), Words(lang)
    wrong = (found.right + 1) % len(found.lesson.question.options)
    reader = answered(served, visit, wrong, lang=lang, dark=dark, width=width)
    reader.press("next")
    reader.page.locator(".dl-waffle").wait_for()
    said = reader.text()
    assert f"{100 * found.fourfold().lost / found.twins:g}%" in said
    assert t.pick(found.lesson.question.options[found.right].text) in said
    assert reader.page.locator(".dl-waffle .dl-lost").count() == found.fourfold().lost
    assert reader.fits()
    reader.keep(f"train-result-{lang}-{width}")
    reader.press("next")
    reader.widget("two_lives").locator(".js-plotly-plot").wait_for()
    assert t.pick(found.lesson.mechanism) in reader.text()
    assert reader.fits()
    reader.keep(f"train-why-{lang}-{width}")


def test_a_link_to_the_result_opens_the_prediction_first(served, visit):
    reader = visit(served, f"/train?view=lessons&lesson={THREAT}&step=compare")
    reader.sees("First your prediction")
    assert "step=predict" in reader.page.url
    reader.choose("step", re.compile("5"))
    reader.sees("First your prediction")
    assert not reader.page.locator(".dl-waffle").count()


def test_the_lesson_leaves_as_one_file_that_needs_no_network(served, visit, tmp_path):
    reader = answered(served, visit, 0)
    reader.choose("step", re.compile("6"))
    reader.press("prepare")
    with reader.page.expect_download(timeout=60_000) as waited:
        reader.press("export")
    file = tmp_path / "lesson.html"
    waited.value.save_as(file)
    assert waited.value.suggested_filename == f"{THREAT}.html"
    body = file.read_text(encoding="utf-8")
    assert "恐吓小额客户" in body
    assert "http" not in body.replace("http://www.w3.org", "")


def test_a_class_shows_hands_and_takes_its_sheet_home(served, visit, tmp_path):
    reader = visit(served, f"/train?lang=zh&view=lessons&lesson={THREAT}&step=predict", lang="zh")
    reader.press("hands")
    for i, hands in enumerate(("4", "11", "2")):
        box = reader.widget(f"hands_{THREAT}_{i}").locator("input")
        box.fill(hands)
        box.press("Tab")
        reader.settle()
    reader.page.locator(".st-key-lock button:enabled").click()
    reader.page.locator("[data-state=complete]").wait_for(timeout=120_000)
    reader.choose("view", "班级")
    with reader.page.expect_download(timeout=60_000) as waited:
        reader.press("sheet")
    file = tmp_path / "sheet.csv"
    waited.value.save_as(file)
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    votes = [line.split(",")[2] for line in file.read_text("utf-8-sig").splitlines()[1:]]
    assert votes == ["4", "11", "2", "0", "0"]
    link = reader.page.url.partition(reader.url)[2]
    assert "恐吓小额客户" in visit(served, link, lang="zh").text()


@pytest.mark.parametrize(("lang", "dark", "width"), LOOKS)
def test_the_laboratory_draws_a_dial_and_its_table(served, visit, lang, dark, width):
    path = f"/train?view=escalation&dial=tone&lang={lang}"
    reader = visit(served, path, lang=lang, dark=dark, width=width)
    reader.widget("dose").locator(".js-plotly-plot").wait_for(timeout=120_000)
    lines = [trace for trace in reader.figure("dose") if "markers" in (trace.get("mode") or "")]
    assert [len(trace["y"]) for trace in lines] == [5, 5, 5, 5]
    reader.choose("horizon", Words(lang)("day {n}", n=7))
    reader.page.wait_for_url("**horizon=7**")
    assert reader.fits()
    reader.keep(f"train-laboratory-{lang}-{width}")


@pytest.fixture
def no_floors_are_kept(monkeypatch, tmp_path):
    """Let an app find everything made before but floors, so that it has to play them."""
    folder = tmp_path / "cache"
    folder.mkdir()
    for file in cache.folder().glob("*.pickle"):
        if not file.name.startswith("theatre-"):
            (folder / file.name).symlink_to(file)
    monkeypatch.setenv("DUNNING_CODE", str(cache.code()))
    monkeypatch.setenv("DUNNING_CACHE", str(folder))


def test_who_leaves_ends_the_worker(no_floors_are_kept, own_app, visit):
    reader = visit(own_app, "/train")
    reader.choose("view", "Twin floors")
    reader.sees("Two floors are played")
    reader.choose("view", "Class")
    reader.sees("A class answers by show of hands.")
    reader.choose("view", "Escalation laboratory")
    reader.widget("dose").locator(".js-plotly-plot").wait_for(timeout=120_000)
    assert "Waiting" not in reader.text()
