"""Experiments in a real browser: asked, played in the queue, told; nothing sticks out."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect


def test_the_price_of_rules_is_played_from_the_page_and_told_when_it_is_done(own_app, visit):
    reader = visit(own_app, "/compare?view=experiments&lab=prices")
    for key, value in (("accounts", "60"), ("runs", "2"), ("days", "20")):
        field = reader.widget(f"prices_{key}").locator("input")
        field.fill(value)
        field.press("Enter")
        reader.settle()
    expect(reader.widget("prices_run").locator("button")).to_be_enabled()
    reader.press("prices_run")
    reader.sees("With the rule less without it")
    assert "prices=" in reader.page.url
    assert "no collection at night" in reader.text()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_experiment_can_be_asked_on_a_phone_and_nothing_sticks_out(served, visit, lang):
    reader = visit(served, "/compare?view=experiments", lang=lang, width=390)
    for lab in ("hangs", "turns", "winners", "prices", "picks", "parts", "levers", "pilots"):
        reader.go(f"/compare?view=experiments&lab={lab}")
        assert reader.fits(), lab
        assert reader.widget(f"{lab}_run").is_visible()
