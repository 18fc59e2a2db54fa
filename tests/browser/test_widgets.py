"""Every widget of every form is changed once by hand, and what it asks for is played or refused.

A number that a box makes, a choice that a list makes and a switch must all reach the command line
in the type that it reads. The forms are those that end in a command: set up, the own strategy's
bar, the roll-out, and every experiment. What they put in the queue is compared with what stands in
the boxes; one comparison, with everything changed, is played to the end.
"""

from __future__ import annotations

import json
import re

import pytest

from sim.ui.compare.experiments import LABS

from .conftest import until

SMALL = {"accounts": "60", "days": "20", "replications": "2"}


def boxes(reader):
    """Return the number boxes that can be seen."""
    found = reader.page.locator("[data-testid=stMain] [data-testid=stNumberInput] input").all()
    return [box for box in found if box.is_visible()]


def step_all(reader):
    """Change every number box by one step, and every list to its last choice."""
    for i in range(len(boxes(reader))):
        there = boxes(reader)
        if i >= len(there):  # a box may go with the choice that another one makes
            return
        box = there[i]
        value = box.input_value()
        box.fill(f"{float(value) + 1:g}" if value else "1")
        box.press("Enter")
        reader.settle()


def commands(runs):
    """Return the commands in the queue."""
    return [json.loads(f.read_text())["words"] for f in sorted((runs / ".jobs").glob("*.json"))]


def typed(reader, key, text):
    """Type into a box once; what is typed stays, also while the page is still being drawn."""
    box = reader.widget(key).locator("input")
    box.fill(text)
    box.press("Enter")


def choose_last(reader, key):
    """Choose the last of a list; one that closes because the page is redrawn is opened again."""
    from playwright.sync_api import TimeoutError as Late

    def chosen():
        reader.widget(key).get_by_role("combobox").press("ArrowDown")
        try:
            reader.page.get_by_role("option").last.click(timeout=2000)
        except Late:
            return False
        return True

    until(chosen)
    reader.settle()


def test_everything_in_set_up_is_changed_and_played(own_app, visit):
    reader = visit(own_app, "/compare?view=setup&scenario=weilidai")
    reader.page.get_by_text("4 · Limits, horizon and runs").click()
    reader.settle()
    step_all(reader)
    for key in ("start", "rule", "baseline"):
        choose_last(reader, f"setup_{key}")
    for key, text in SMALL.items():
        typed(reader, f"setup_{key}", text)
    reader.settle()
    for key, text in SMALL.items():
        assert reader.widget(f"setup_{key}").locator("input").input_value() == text
    reader.press("run_it")
    until(lambda: bool(commands(own_app.runs)))
    (words,) = commands(own_app.runs)
    for key, text in SMALL.items():
        assert words[words.index(f"--{key}") + 1] == text
    assert words[words.index("--start") + 1] == "from_today"
    assert words[words.index("--budget") + 1] == "own"
    until(lambda: "2 of 2" in reader.text() or "data-verdict" in reader.page.content()
          or ("runs" in reader.text() and "Who is ahead" in reader.text()), 300.0)  # fmt: skip
    assert "could not begin" not in reader.text()
    assert "This run failed" not in reader.text()


@pytest.mark.parametrize("lab", sorted(set(LABS) - {"forecasts"}))
def test_every_experiment_takes_every_number_it_asks_for(served, visit, lab):
    """Each number is changed; then it is played, or one sentence says what is not allowed."""
    reader = visit(served, f"/compare?view=experiments&lab={lab}")
    closed = reader.page.locator("details:not([open])").filter(has_text="Play a new one")
    if closed.count():
        closed.first.locator("summary").click()
        reader.settle()
    step_all(reader)
    said = reader.text()
    assert "Something went wrong" not in said
    button = reader.page.locator("[class*=_run] button[kind=primary]").first
    if button.count() and button.is_enabled():
        before = len(commands(served.runs)) if (served.runs / ".jobs").is_dir() else 0
        button.click()
        until(lambda: len(commands(served.runs)) > before)
        words = max(
            (served.runs / ".jobs").glob("*.json"), key=lambda file: file.stat().st_mtime
        )  # fmt: skip
        asked = json.loads(words.read_text())["words"]
        for option in ("--accounts", "--days", "--replications"):
            if option in asked:
                assert re.fullmatch(r"\d+", asked[asked.index(option) + 1]), (lab, option)
        reader.settle()
        stop = reader.page.get_by_role("button", name=re.compile("Stop|Leave the queue"))
        if stop.count():
            stop.first.click()


def test_one_press_of_back_undoes_one_step(served, visit):
    reader = visit(served, "/compare")
    reader.choose("view", "Set up")
    reader.page.wait_for_url(re.compile("view=setup"))
    reader.settle()
    reader.page.get_by_role("link", name="Tune").first.click()
    reader.page.wait_for_url(re.compile("/tune"))
    reader.settle()
    reader.page.go_back()
    reader.page.wait_for_url(re.compile("/compare.*view=setup"))
    reader.settle()
    assert "broken link" not in reader.text()
    reader.page.go_back()
    reader.page.wait_for_url(re.compile("/compare.*view=result"))
    reader.settle()
    assert "broken link" not in reader.text()


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(("dark", "width"), [(False, 1280), (True, 390)])
def test_the_floors_move_can_be_stopped_and_tell_two_lives(served, visit, lang, dark, width):
    reader = visit(served, "/", lang=lang, dark=dark, width=width)
    reader.page.locator(".th-side canvas").first.wait_for(timeout=120_000)
    root = reader.page.locator(".theatre-root").first
    first = root.evaluate("e => e.dunningTheatre.state.time")
    reader.page.wait_for_timeout(1_500)
    assert root.evaluate("e => e.dunningTheatre.state.time") > first
    root.locator(".th-bar button").first.click()
    still = root.evaluate("e => e.dunningTheatre.state.time")
    reader.page.wait_for_timeout(500)
    assert root.evaluate("e => e.dunningTheatre.state.time") == still
    root.locator(".th-bar button").last.click()
    assert root.locator(".th-lives .th-say").count() > 2
    assert root.locator(".th-parts").count() == 1
    assert reader.fits()
    reader.keep(f"home_{lang}_{'dark' if dark else 'light'}_{width}")


def test_with_reduced_motion_the_floors_are_stills(served, browser):
    context = browser.new_context(reduced_motion="reduce", locale="en-US")
    page = context.new_page()
    page.goto(served.url + "/")
    root = page.locator(".theatre-root").first
    page.locator(".th-side canvas").first.wait_for(timeout=120_000)
    assert "Play" not in root.locator(".th-bar").inner_text()
    before = root.evaluate("e => e.dunningTheatre.state.time")
    page.wait_for_timeout(700)
    assert root.evaluate("e => e.dunningTheatre.state.time") == before
    context.close()
