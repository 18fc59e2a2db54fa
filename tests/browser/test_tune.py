"""Tune in a real browser: an analyst's journeys, in both languages, light and dark."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from sim.store import drafts

from .conftest import until

BOOK = """合同号,姓名,手机号,余额,月供,逾期天数
A1,张三,13812345678,3000,300,12
A2,李四,13912345678,x,300,40
A3,王五,13712345678,900.5,100,95
"""


def type_into(reader, key, text):
    box = reader.widget(key).locator("input").first
    box.fill(text)
    box.press("Enter")
    reader.settle()


def test_a_value_out_of_range_is_said_kept_and_stops_the_run(served, visit):
    reader = visit(served, "/tune?view=inputs&group=book", lang="en")
    type_into(reader, "in_book_phone_valid", "1.4")
    reader.sees("0 to 1 allowed, you entered 1.4.")
    expect(reader.widget("run_now").locator("button").first).to_be_disabled()
    type_into(reader, "in_book_phone_valid", "0.9")
    reader.sees("phone_valid = 0.9")
    until(lambda: "you entered" not in reader.text())
    expect(reader.widget("run_now").locator("button").first).to_be_enabled()
    reader.page.reload()
    reader.settle()
    reader.sees("phone_valid = 0.9")
    assert reader.widget("in_book_phone_valid").locator("input").input_value() == "0.9"
    reader.go("/library?lang=en")
    reader.page.get_by_role("link", name="Tune").first.click()
    reader.sees("What is assumed here")
    reader.settle()
    reader.go("/tune?lang=zh&draft=" + "0" * 12)
    reader.sees("该草稿在另一台电脑上")


def test_what_is_downloaded_is_what_uploads_again(served, visit, tmp_path):
    reader = visit(served, "/tune?view=inputs&group=people", lang="zh", dark=True)
    type_into(reader, "in_people_wage", "9000")
    reader.sees("wage = 9000")
    with reader.page.expect_download() as download:
        reader.press("toml_down")
    file = tmp_path / "x.toml"
    download.value.save_as(file)
    other = visit(served, "/tune?view=inputs", lang="zh")
    other.page.locator("[data-testid=stFileUploaderDropzoneInput]").first.set_input_files(file)
    other.sees("wage = 9000")
    assert "选择文件" in other.page.evaluate(
        "getComputedStyle(document.querySelector("
        "'[data-testid=stFileUploaderDropzone] button p'), '::after').content"
    )
    bad = tmp_path / "bad.toml"
    bad.write_text("[book]\nphone_vald = 1\n", encoding="utf-8")
    other.page.locator("[data-testid=stFileUploaderDropzoneInput]").first.set_input_files(bad)
    other.sees("book.phone_vald")
    other.sees("wage = 9000")


def test_my_present_practice_is_described_saved_and_played_against(own_app, visit, monkeypatch):
    monkeypatch.setenv("DUNNING_RUNS", str(own_app.runs))
    tiny = {"book.accounts": 60, "book.days": 20, "book.pool": 100}
    draft = drafts.keep(
        drafts.Draft(changes=tiny, strategies=("phone_only",), play={"replications": "2"})
    )
    reader = visit(own_app, f"/tune?view=strategy&draft={draft.id}", lang="en")
    reader.press("preset")
    reader.sees("Cost and start")
    type_into(reader, "organisation_inspection", "0.1")
    reader.press("save_own")
    reader.sees("takes part")
    reader.settle()
    reader.page.locator("[class*=st-key-line_] button").first.click()
    reader.sees("takes part · baseline")
    reader.press("run_now")
    reader.page.wait_for_url(re.compile("run="))
    until(lambda: "The run of these inputs is finished." in reader.text(), 240.0)
    reader.choose("view", "Inputs")
    reader.settle()
    type_into(reader, "in_book_phone_valid", "0.8")
    reader.sees("This answers an older question")
    reader.press("to_compare")
    reader.sees("Which strategy should we roll out")
    reader.settle()
    assert "Something went wrong" not in reader.text()
    reader.sees("My present practice")


def test_a_gb18030_book_is_taken_and_a_broken_one_is_not(served, visit, tmp_path):
    reader = visit(served, "/tune?view=portfolio", lang="zh")
    box = reader.page.locator("[data-testid=stFileUploaderDropzoneInput]").first
    good, bad = tmp_path / "账户.csv", tmp_path / "bad.csv"
    bad.write_bytes(b"\x00\x01\x02\x03")
    good.write_bytes(BOOK.encode("gb18030"))
    box.set_input_files(bad)
    reader.sees("该文件无法使用")
    reader.page.locator("[data-testid=stFileUploaderDropzoneInput]").first.set_input_files(good)
    reader.sees("GB18030")
    reader.sees("有 1 行无法使用，2 行可用")
    assert "张三" not in reader.text()
    reader.press("keep_book")
    reader.sees("您的账户组合：2 户")
    reader.page.locator(".st-key-book_late .js-plotly-plot").wait_for()
    reader.keep("tune_portfolio_zh_light_1280")
    reader.press("delete_book")
    reader.sees("您的账户数据")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("view", ["inputs", "strategy", "preview", "portfolio", "response"])
def test_every_view_fits_is_drawn_and_cannot_be_changed_on_a_phone(served, visit, view, lang):
    for dark, width in ((lang == "zh", 1280), (lang == "en", 390)):
        reader = visit(served, f"/tune?view={view}", lang=lang, dark=dark, width=width)
        assert reader.fits()
        editable = [
            box
            for box in reader.page.locator("[data-testid=stMain] input[type=text]").all()
            if box.is_visible()
        ]
        if width == 390:
            assert editable == []
            assert not reader.widget("run_now").is_visible()
        reader.keep(f"tune_{view}_{lang}_{'dark' if dark else 'light'}_{width}")
        if lang == "zh":
            assert not re.search(r"\bSource\b|\bbase:", reader.text())
