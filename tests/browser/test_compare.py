"""Compare in a real browser: read a result, change the staff, see what that did."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

TINY = "20260101-000000-tiny"


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_result_and_set_up_fit_in_both_languages(served, visit, lang, dark, width):
    reader = visit(served, f"/compare?run={TINY}&look=unpaid", lang=lang, dark=dark, width=width)
    reader.widget("chart_unpaid").locator(".js-plotly-plot").wait_for()
    assert reader.fits()
    name = f"compare-{lang}-{'dark' if dark else 'light'}-{width}"
    reader.keep(f"{name}-result")
    reader.go(f"/compare?run={TINY}&view=setup")
    reader.widget("run_it").wait_for()
    assert reader.fits()
    reader.keep(f"{name}-setup")


def test_every_look_is_drawn_without_a_complaint_of_the_browser(served, visit):
    reader = visit(served, f"/compare?run={TINY}")
    for look in ("Time", "Who gains", "Why unpaid", "Money", "Floor", "Law", "Targets"):
        reader.choose("look", look)
        reader.settle()
        assert "Something went wrong" not in reader.text(), look


def test_a_fifth_fewer_collectors_is_run_and_its_effect_is_read(served, visit):
    reader = visit(served, f"/compare?run={TINY}")
    reader.press("change")
    reader.widget("run_it").wait_for()
    reader.press("fewer")
    reader.sees("changed: Collectors")
    reader.press("run_it")
    reader.page.get_by_text("What the change did").wait_for(timeout=240_000)
    reader.sees("Wait for a phone seat")
    assert f"before={TINY}" in reader.page.url


def test_a_value_that_is_not_allowed_is_said_and_cannot_be_run(served, visit):
    reader = visit(served, f"/compare?run={TINY}&view=setup")
    field = reader.widget("setup_loan").locator("input")
    field.fill("-5")
    field.press("Enter")
    reader.sees("This cannot be used")
    expect(reader.widget("run_it").locator("button").first).to_be_disabled()
