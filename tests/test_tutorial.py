"""The tutorial runs as it stands, block after block."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "tutorial.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)


def test_the_tutorial_runs(capsys):
    names: dict[str, object] = {"__name__": "tutorial"}
    for block in BLOCKS:
        exec(compile(block, "tutorial.md", "exec"), names)
    printed = capsys.readouterr().out
    assert "sms" in printed.lower()
    assert len(BLOCKS) == 4
