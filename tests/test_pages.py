"""The Chinese page, the package's page and the notebook say what holds, and run as they stand."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CHINESE, PACKAGE = ROOT / "README.zh.md", ROOT / "docs" / "package.md"
NOTEBOOK = ROOT / "docs" / "first_steps.ipynb"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def links(page: Path) -> list[str]:
    return re.findall(r"\]\(([^)]+)\)", text_of(page))


@pytest.mark.parametrize("page", [CHINESE, PACKAGE], ids=lambda p: p.name)
def test_its_python_runs(page, capsys):
    for block in re.findall(r"```python\n(.*?)```", text_of(page), flags=re.DOTALL):
        exec(compile(block, page.name, "exec"), {"__name__": "page"})
    assert "phone_only" in capsys.readouterr().out


def test_the_two_readmes_lead_to_each_other_and_to_files_that_exist():
    assert "README.zh.md" in links(ROOT / "README.md")
    assert "README.md" in links(CHINESE)
    assert not [link for link in links(CHINESE) if not (ROOT / link).exists()]


def test_the_chinese_page_holds_no_results_that_could_go_stale():
    prose = re.sub(r"```.*?```|`[^`]*`", "", text_of(CHINESE), flags=re.DOTALL)
    assert set(re.findall(r"\d[\d.,]*", prose)) <= {
        "3.11",
        "2.0",
        "18030",
        "1.",
        "2.",
        "3.",
        "4.",
        "1",
    }


@pytest.mark.parametrize("page", [CHINESE, PACKAGE, ROOT / "README.md"], ids=lambda p: p.name)
def test_every_verb_and_option_that_it_types_exists(page):
    from typer.main import get_command

    from sim.cli.door import app

    commands = get_command(app).commands
    typed = re.findall(r"dunning(?:\.exe)? ([a-z]+)((?: [^`\n#]+)?)", text_of(page))
    assert typed
    for verb, rest in typed:
        if verb not in commands:
            continue  # prose about the program, not a command
        known = {name for p in commands[verb].params for name in p.opts}
        for option in re.findall(r"(?<= )--[a-z-]+", rest):
            assert option in known, (verb, option)


def test_the_page_of_the_package_leads_nowhere_that_is_not_there():
    assert PROJECT["readme"] == PACKAGE.relative_to(ROOT).as_posix()
    assert not [link for link in links(PACKAGE) if "://" not in link]
    assert f"pip install {PROJECT['name']}" in text_of(PACKAGE)


# --- the notebook --------------------------------------------------------------------------------


def cells() -> list[dict[str, object]]:
    body = json.loads(text_of(NOTEBOOK))
    assert (body["nbformat"], body["nbformat_minor"]) == (4, 5)
    return body["cells"]


def test_the_notebook_runs(capsys):
    names: dict[str, object] = {"__name__": "notebook"}
    for cell in cells():
        if cell["cell_type"] == "code":
            source = "".join(cell["source"])
            exec(compile(source, str(cell["id"]), "exec"), names)
    printed = capsys.readouterr().out
    assert "line 62" in printed  # the row that cannot be used, told once
    assert "difference" in printed


def test_the_notebook_keeps_no_numbers():
    assert len({cell["id"] for cell in cells()}) == len(cells())
    for cell in cells():
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
