"""The frame in a real browser: every page, both languages, light and dark, wide and narrow."""

from __future__ import annotations

import pytest

PAGES = ("compare", "tune", "train", "library", "about")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_page_stands_in_its_language_and_fits(served, visit, lang, dark, width):
    reader = visit(served, lang=lang, dark=dark, width=width)
    for page in PAGES:
        reader.go(f"/{page}")
        assert (
            reader.page.evaluate("document.documentElement.lang")
            == {"en": "en", "zh": "zh-CN"}[lang]
        )
        assert f"lang={lang}" in reader.page.url
        assert reader.fits(), page
        reader.keep(f"{page}-{lang}-{'dark' if dark else 'light'}-{width}")


def test_the_language_is_switched_and_stays_when_the_page_changes(served, visit):
    reader = visit(served, "/tune", lang="en")
    reader.choose("lang", "简体中文")
    reader.sees("参数调整")
    assert "lang=zh" in reader.page.url
    reader.page.get_by_role("link", name="结果库").click()
    reader.page.wait_for_url("**/library?*lang=zh*")


def test_the_bare_address_is_home_and_an_old_link_with_a_run_still_leads_to_it(served, visit):
    reader = visit(served, "/")
    reader.sees("The last verdicts")
    reader.go("/?view=result&run=20260101-000000-tiny")
    reader.page.wait_for_url("**/compare?*run=20260101-000000-tiny*")


def test_a_link_in_the_others_language_is_shown_in_that_language(served, visit):
    reader = visit(served, "/about?lang=zh", lang="en")
    reader.sees("关于模型")


def test_an_unknown_run_is_said_and_not_replaced(served, visit):
    reader = visit(served, "/compare?run=20200101-000000-gone")
    reader.sees("This link asks for run = 20200101-000000-gone")
    assert "run=20200101-000000-gone" in reader.page.url
