"""What the page on experiments shows, runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "experiments.md"
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
SAYS = (
    "variance_ratio",
    "phone_only",
    "True|False",
    "share the floor",
    "Test plan",
    "on the frontier",
)


@pytest.mark.parametrize(("snippet", "says"), list(zip(SNIPPETS, SAYS, strict=True)), ids=SAYS)
def test_every_snippet_runs_and_says_something(snippet, says, capsys):
    exec(compile(snippet, PAGE.name, "exec"), {})
    assert re.search(says, capsys.readouterr().out)
