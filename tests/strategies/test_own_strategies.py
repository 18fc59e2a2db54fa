"""A strategy of one's own: what it answers is checked at the border, in both engines."""

import os
import pickle
import textwrap
from pathlib import Path

import pytest

from sim import Scenario, play
from sim.cli.door import _code
from sim.core.domain import Action, Channel, Offer, Tone, View
from sim.core.errors import BadInput
from sim.play.run import COMPILED
from sim.strategies import named
from sim.strategies.base import wait
from sim.strategies.border import ALLOWED, faults, wrong

HEAD = """
import random
import time
from random import random as lucky
from typing import NamedTuple

import numpy as np

from sim.core.domain import Action, Channel, Offer, Tone, View
from sim.core.kernel import kernel
from sim.scenario import Text
from sim.strategies.base import Strategy, idle_days, wait


class Params(NamedTuple):
    after: int = 2
    zero: int = 0


def chance():
    return random.choice((1, 2))


@kernel
def decide(params: Params, view: View) -> Action:
    rest = idle_days(view)
    if rest > 0:
        return wait(rest)
    if view.attempts_today > 0:
        return wait(1)
    {body}


MINE = Strategy(
    name="mine", title=Text(en="Mine", zh="自编"), why=Text(en="w", zh="w"), params=Params(),
    decide=decide,
)
"""
CALL = "Action(Channel.PHONE, Tone.NEUTRAL, Offer.NONE, 0, 0.0, 9, 0, 1.0)"
ENGINES = ["story", pytest.param("fast", marks=pytest.mark.skipif(not COMPILED, reason="numba"))]


@pytest.fixture
def mine(tmp_path):
    def write(body, name="mine.py", head=HEAD):
        path = tmp_path / name
        path.write_text(head.replace("{body}", textwrap.indent(body, "    ").strip()), "utf-8")
        return str(path)

    return write


@pytest.fixture(scope="module")
def scenario():
    return Scenario.load("weilidai")


def played(scenario, path, engine):
    return play(scenario, path, seed=1, accounts=40, days=8, engine=engine)


WRONG = [
    (f"if view.dpd < 20:\n    return {CALL}", "answer = None: an Action, such as wait(1)"),
    (
        "return wait(view.dpd // params.zero)",
        "answer = 'ZeroDivisionError: integer division or modulo by zero': "
        "an Action for every View",
    ),
    ("return wait((1, 2, 3)[view.dpd + 3])", "answer = 'IndexError: tuple index out of range'"),
    ("return Action(99, 1, 0, 0, 0.0, 9, 0, 1.0)", f"channel = 99: {ALLOWED['channel']}"),
    ("return Action(-1, 1, 0, 0, 0.0, 9, 0, 1.0)", f"channel = -1: {ALLOWED['channel']}"),
    ("return Action(6, 7, 0, 0, 0.0, 9, 0, 1.0)", f"tone = 7: {ALLOWED['tone']}"),
    ("return Action(6, 1, 9, 0, 0.0, 9, 0, 1.0)", f"offer = 9: {ALLOWED['offer']}"),
    ("return Action(6, 1, 1, -2, 0.0, 9, 0, 1.0)", f"months = -2: {ALLOWED['months']}"),
    ("return Action(6, 1, 3, 3, 2.0, 9, 0, 1.0)", f"share = 2.0: {ALLOWED['share']}"),
    ("return Action(6, 1, 0, 0, 0.0, 30, 0, 1.0)", f"hour = 30: {ALLOWED['hour']}"),
    ("return wait(-3)", f"wait_days = -3: {ALLOWED['wait_days']}"),
    ("return Action(6, 1, 0, 0, 0.0, 9, 0, float('nan'))", f"urgency = nan: {ALLOWED['urgency']}"),
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("body", "said"), WRONG)
def test_a_wrong_answer_ends_the_play_with_one_message(mine, scenario, capfd, engine, body, said):
    with pytest.raises(BadInput) as refused:
        played(scenario, mine(body), engine)
    text = str(refused.value)
    assert text.startswith("strategy mine: account ")
    assert ", day 0, " in text
    assert said in text
    assert len(text.splitlines()) == 1
    assert "ignored" not in capfd.readouterr().err


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return Action(6, 1, 0, 0, 0.0, 9.5, 0, 1.0)", f"hour = 9.5: {ALLOWED['hour']}"),
        ("return (6, 1, 0, 0, 0.0, 9, 0, 1.0)", "an Action, such as wait(1)"),
        ("return Action(6, 'warm', 0, 0, 0.0, 9, 0, 1.0)", f"tone = 'warm': {ALLOWED['tone']}"),
        ("return None", "answer = None"),
    ],
)
@pytest.mark.filterwarnings("ignore:played by the SimPy engine")
def test_what_does_not_compile_is_checked_all_the_same(mine, scenario, body, said):
    with pytest.raises(BadInput) as refused:
        played(scenario, mine(body), "auto")
    assert said in str(refused.value)


@pytest.mark.skipif(not COMPILED, reason="numba")
def test_a_sound_strategy_gives_the_same_ledger_in_both_engines(mine, scenario):
    path = mine(f"return {CALL}")
    story, fast = (played(scenario, path, engine).ledger for engine in ("story", "fast"))
    assert story.equals(fast)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (f"return wait(1) if random.random() < 0.5 else {CALL}", "random.random"),
        (f"return wait(1) if lucky() < 0.5 else {CALL}", "random.lucky"),
        (f"return wait(1) if np.random.random() < 0.5 else {CALL}", "numpy.random"),
        (f"return wait(chance()) if view.dpd else {CALL}", "random.choice"),
        (f"return wait(1) if time.time() > 5 else {CALL}", "time.time"),
        (f"import random as r\nreturn wait(1) if r.random() < 0.5 else {CALL}", "random"),
    ],
)
def test_luck_of_ones_own_is_refused_by_name(mine, body, name):
    with pytest.raises(BadInput, match=f"strategy mine: decide = '{name}'"):
        named(mine(body))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1\n", "no strategy"),
        ("def f(:\n", "line 1"),
        ("x = 1\ny = 1 / 0\n", "line 2 = 'ZeroDivisionError"),
        ("import nowhere_to_be_had\n", "ModuleNotFoundError: No module named"),
    ],
)
def test_a_file_without_a_strategy_is_refused_in_one_line(mine, text, said):
    with pytest.raises(BadInput) as refused:
        named(mine("", head=text))
    assert said in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(BadInput, match="no such file"):
        named(str(tmp_path / "none.py"))


def test_one_of_several_strategies_is_named(mine):
    other = "from dataclasses import replace\nOTHER = replace(MINE, name='other').tuned(after=5)\n"
    path = mine(f"return {CALL}", head=HEAD + other)
    with pytest.raises(BadInput, match="one of mine, other"):
        named(path)
    assert named(f"{path}:other").params.after == 5


def test_a_strategy_of_a_file_travels_to_other_processes(mine):
    found = named(mine(f"return {CALL}")).tuned(after=7).organised(inspection=0.5)
    there = pickle.loads(pickle.dumps(found))
    assert (there.name, there.params.after, there.organisation.inspection) == ("mine", 7, 0.5)
    assert there.decide is found.decide


def test_an_answer_that_is_sound_has_no_fault():
    assert wrong(wait(3)) == 0
    assert faults(wait(3)) is None


# --- the command line ----------------------------------------------------------------------------


def test_a_new_strategy_is_written_once_and_plays(tmp_path, scenario, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert _code(["new", "strategy", "early_bird"]) == 0
    assert "early_bird.py" in capsys.readouterr().out
    run = played(scenario, "early_bird.py", "story")
    assert len(run.ledger) > 40
    assert (tmp_path / "test_early_bird.py").is_file()
    assert _code(["new", "strategy", "early_bird"]) == 2
    assert "nothing is overwritten" in capsys.readouterr().err
    assert _code(["new", "strategy", "team"]) == 2
    assert _code(["new", "strategie", "x"]) == 2


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_strategy_lists_its_parameters_and_levers(capsys, lang):
    assert _code(["strategies", "process", "--lang", lang]) == 0
    told = capsys.readouterr().out
    assert "lawyer_from" in told
    assert "inspection *" in told
    assert {"en": "share of talks inspected", "zh": "逾期天数"}[lang] in told


def test_the_page_of_strategies_names_every_field():
    page = (Path(__file__).parents[2] / "docs" / "strategies.md").read_text("utf-8")
    for name in (*View._fields, *Action._fields):
        assert f"`{name}`" in page
    for group in (Channel, Tone, Offer):
        assert all(member.name in page for member in group)


@pytest.mark.parametrize("body", ["raise SystemExit(0)", "import sys\nsys.exit('over')"])
def test_a_file_that_would_end_the_program_is_refused(tmp_path, body):
    (tmp_path / "mine.py").write_text(body)
    with pytest.raises(BadInput, match="SystemExit"):
        named(str(tmp_path / "mine.py"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes there")
def test_a_pipe_in_place_of_a_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "mine.py")
    with pytest.raises(BadInput, match="a pipe"):
        named(str(tmp_path / "mine.py"))
