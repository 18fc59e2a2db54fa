"""The README's code blocks run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)


@pytest.mark.parametrize("block", PYTHON, ids=range(len(PYTHON)))
def test_the_python_blocks_run(block, capsys):
    exec(compile(block, "README.md", "exec"), {"__name__": "readme"})
    assert "phone_only" in capsys.readouterr().out


def test_every_linked_file_exists():
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert not [link for link in links if not (ROOT / link).exists()]


def test_every_scenario_and_strategy_that_it_names_exists():
    from sim.scenario import names
    from sim.strategies import SHELF

    told = set(re.findall(r"dunning (?:compare|trace|show) ([a-z_]+)", README))
    assert told <= set(names())
    assert {"do_nothing", "phone_only", "team", "process", "ai"} <= set(SHELF)


def test_most_of_the_numbers_are_assumed_as_told():
    from sim import Scenario

    marks = [k.mark for k in Scenario.load("weilidai").knobs()]
    assert "most of the numbers are\nassumed" in README
    assert marks.count("assumed") > len(marks) / 2
