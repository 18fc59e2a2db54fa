"""`make screenshots`: every page in both languages, as a reader sees it.

Without DUNNING_SCREENSHOTS the same pages are drawn on a tiny run and kept as artefacts.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from .conftest import ROOT, serve, surroundings

#: Name of the picture, and the page; add the views of a workspace here.
PAGES = {
    "compare": "/compare?",
    "tune": "/tune?",
    "train": "/train?",
    "library": "/library?",
    "about": "/about?",
    "about-assumptions": "/about?view=assumptions",
    "about-checks": "/about?view=checks",
    "about-limits": "/about?view=limits",
}
NAME = "20260101-000000-weilidai"


@pytest.fixture(scope="module")
def shown(chromium, tmp_path_factory):
    """An app with one run: a real one for the documents, else a tiny one."""
    for app in serve(tmp_path_factory.mktemp("shown")):
        if os.environ.get("DUNNING_SCREENSHOTS"):
            command = [sys.executable, "-m", "sim", "compare", "weilidai", "--accounts", "500"]
            command += ["--replications", "10", "--no-report", "--out", str(app.runs / NAME)]
            env = surroundings(app.runs)
            subprocess.run(command, cwd=ROOT, check=True, capture_output=True, env=env)
        else:
            app.play("--replications", "5", name=NAME)
        yield app


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_page_is_drawn_in_both_languages(shown, visit, lang):
    reader = visit(shown, lang=lang)
    for name, path in PAGES.items():
        reader.go(path)
        reader.page.wait_for_timeout(800)
        reader.keep(f"{name}-{lang}", most=1800)
    reader.page.set_viewport_size({"width": 390, "height": 844})
    reader.go("/compare?")
    reader.page.wait_for_timeout(800)
    reader.keep(f"compare-phone-{lang}", most=1800)
