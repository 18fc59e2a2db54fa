"""The board page prints on one A4, in both languages."""

from __future__ import annotations

import re

import pytest

from sim.experiments import replay
from sim.show.report import challenge
from sim.store.runs import RunStore


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_board_page_is_one_page(served, browser, lang):
    folder = RunStore(served.runs).list()[0]
    page = browser.new_page()
    page.set_content(challenge.board(replay.stored(folder), lang))
    paper = page.pdf(format="A4", prefer_css_page_size=True)
    page.close()
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
