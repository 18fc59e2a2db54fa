"""The library in a real browser: open, note, compare two, delete and take back, download."""

from __future__ import annotations

import zipfile

import pytest

from .conftest import serve, until

NAMES = ("20260101-000000-first", "20260102-000000-second")


@pytest.fixture(scope="module")
def library(chromium, tmp_path_factory):
    """An app with two runs that ask for different things."""
    for app in serve(tmp_path_factory.mktemp("library")):
        app.play("--replications", "5", name=NAMES[0])
        app.play("--replications", "5", "--set", "people.wage=9000", name=NAMES[1])
        yield app


def test_a_run_is_opened_from_the_list(library, visit):
    reader = visit(library, "/library")
    reader.press(f"open_{NAMES[0]}")
    reader.page.wait_for_url(f"**/compare?*run={NAMES[0]}*")
    reader.page.locator(".dl-verdict").wait_for()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_two_runs_are_compared_first_by_what_was_asked(library, visit, lang):
    reader = visit(library, "/library", lang=lang)
    for name in NAMES:
        reader.widget(f"pick_{name}").locator("label").click()
        reader.settle()
    reader.press("pair")
    reader.sees("people.wage")
    assert reader.fits()
    reader.keep(f"library-pair-{lang}")


def test_a_note_is_kept_as_text(library, visit):
    reader = visit(library, "/library")
    reader.widget(f"pick_{NAMES[0]}").locator("label").click()
    reader.press("note_box")
    reader.page.locator(f".st-key-note_{NAMES[0]} textarea").fill("=1+1 <b>for the board</b>")
    reader.page.keyboard.press("Tab")
    reader.press("note_save")
    reader.page.locator(".dl-note").wait_for()
    assert reader.page.locator(".dl-note").inner_text() == "=1+1 <b>for the board</b>"


def test_a_run_is_deleted_and_taken_back(library, visit):
    reader = visit(library, "/library")
    reader.widget(f"pick_{NAMES[1]}").locator("label").click()
    reader.settle()
    reader.press("delete")
    reader.sees(f"Deleted: {NAMES[1]}")
    until(lambda: not (library.runs / NAMES[1]).exists())
    reader.press("undo")
    until((library.runs / NAMES[1]).is_dir)
    reader.widget(f"row_{NAMES[1]}").wait_for()


def test_tables_and_report_leave_as_files(library, visit, tmp_path):
    reader = visit(library, "/library", lang="zh")
    reader.widget(f"pick_{NAMES[0]}").locator("label").click()
    for key, ending in (("tables", ".zip"), ("report", ".html")):
        with reader.page.expect_download(timeout=60_000) as waited:
            reader.press(key)
        file = tmp_path / f"file{ending}"
        waited.value.save_as(file)
        assert waited.value.suggested_filename == NAMES[0] + ending
    with zipfile.ZipFile(tmp_path / "file.zip") as bundle:
        assert bundle.read("summary.csv").startswith(b"\xef\xbb\xbf")
    assert 'lang="zh-CN"' in (tmp_path / "file.html").read_text(encoding="utf-8")


def test_the_filter_leaves_what_fits(library, visit):
    reader = visit(library, "/library")
    box = reader.page.locator(".st-key-filter input")
    box.fill("second")
    box.press("Enter")
    reader.widget(f"row_{NAMES[0]}").wait_for(state="detached")
    assert reader.widget(f"row_{NAMES[1]}").is_visible()
