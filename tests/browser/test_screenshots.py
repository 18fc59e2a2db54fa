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
    "rollout": "/compare?view=rollout",
    "experiments-hangs": "/compare?view=experiments&lab=hangs",
    "experiments-turns": "/compare?view=experiments&lab=turns",
    "experiments-winners": "/compare?view=experiments&lab=winners",
    "experiments-prices": "/compare?view=experiments&lab=prices",
    "experiments-picks": "/compare?view=experiments&lab=picks",
    "experiments-parts": "/compare?view=experiments&lab=parts",
    "experiments-levers": "/compare?view=experiments&lab=levers",
    "experiments-pilots": "/compare?view=experiments&lab=pilots",
    "experiments-forecasts": "/compare?view=experiments&lab=forecasts",
    "tune": "/tune?",
    "strategy": "/tune?view=strategy",
    "preview": "/tune?view=preview",
    "portfolio": "/tune?view=portfolio",
    "response": "/tune?view=response",
    "train": "/train?",
    "lesson": "/train?view=lessons&lesson=l07_threat&step=story",
    "lab": "/train?view=escalation",
    "home": "/",
    "challenge": "/compare?view=challenge",
    "floors": "/train?view=film",
    "class": "/train?view=class",
    "library": "/library?",
    "about": "/about?",
    "about-assumptions": "/about?view=assumptions",
    "about-checks": "/about?view=checks",
    "about-limits": "/about?view=limits",
}
NAME = "20260101-000000-weilidai"
#: Experiments that the documents show: the end of the name, the command, its file.
EXPERIMENTS = (
    ("hangs", ("sensitivity", "weilidai", "--difference", "process:phone_only", "--inputs",
               "people.training_gain,people.script,people.misconduct,people.wage,"
               "trial.data_quality,book.phone_valid"), "sweep.parquet"),
    ("winners", ("response", "weilidai", "--knob", "people.wage", "--and", "book.phone_valid",
                 "--strategies", "phone_only,process,team"), ""),
)  # fmt: skip


@pytest.fixture(scope="module")
def shown(chromium, tmp_path_factory):
    """An app with one run: a real one for the documents, else a tiny one."""
    for app in serve(tmp_path_factory.mktemp("shown")):
        if os.environ.get("DUNNING_SCREENSHOTS"):
            command = [sys.executable, "-m", "sim", "compare", "weilidai", "--accounts", "500"]
            command += ["--replications", "10", "--no-report", "--out", str(app.runs / NAME)]
            env = surroundings(app.runs)
            subprocess.run(command, cwd=ROOT, check=True, capture_output=True, env=env)
            for end, words, file in EXPERIMENTS:
                place = app.runs / f"20260101-000000-{end}" / file
                command = [sys.executable, "-m", "sim", *words, "--accounts", "300", "--days", "60"]
                command += ["--replications", "4", "--out", str(place)]
                subprocess.run(command, cwd=ROOT, check=True, capture_output=True, env=env)
        else:
            app.play("--replications", "5", name=NAME)
        yield app


@pytest.mark.timeout(3_600)  # for the documents a whole run and two experiments are played
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
