"""The parts are those of the lock, with hash and licence; an audit says what it did not see."""

from __future__ import annotations

import json
import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def tool():
    spec = spec_from_file_location("parts", ROOT / "docs" / "parts.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def locked(tool):
    return tool.parts((ROOT / "requirements.lock").read_text(encoding="utf-8"))


def test_every_part_of_the_lock_has_a_hash(locked):
    assert len(locked) > 100
    assert [part.name for part in locked if not part.hashes] == []


def test_the_page_of_licences_names_the_parts_of_the_lock(locked):
    page = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([a-z0-9._-]+) \| ([^|]+) \|", page, flags=re.MULTILINE)
    assert [row for row in rows if row[0] != "part"] == [(p.name, p.version) for p in locked]


def test_every_part_is_under_a_free_licence(tool):
    page = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    lines = page.partition("|---|---|---|\n")[2].splitlines()
    assert [line for line in lines if not any(word in line for word in tool.FREE)] == []


def test_the_list_of_parts_is_complete_and_names_no_address(tool, locked):
    body = tool.sbom(locked)
    assert [c["name"] for c in body["components"]] == [p.name for p in locked]
    assert all(c["hashes"] and c["licenses"] for c in body["components"])
    assert body == tool.sbom(locked)
    assert "://" not in json.dumps(body)


def test_an_audit_that_could_not_ask_is_no_clean_one(tool):
    sound = {"name": "a", "version": "1", "vulns": []}
    weak = sound | {"vulns": [{"id": "X-1"}]}
    unknown = {"name": "b", "skip_reason": "no answer"}

    def verdict(*rows):
        return tool.verdict(json.dumps({"dependencies": rows}))

    assert verdict(sound) == ("1 of 1 parts audited, 0 weaknesses", 0)
    assert verdict(weak)[1] == 1
    line, code = verdict(sound, unknown)
    assert code == 3
    assert "1 of 2 parts audited" in line
    assert "did not answer for 1, such as b" in line
    assert verdict(weak, unknown)[1] == 1


@pytest.mark.parametrize(
    "answer", ["", "Traceback", "[]", '{"dependencies": [{"name": "b", "skip_reason": ""}]}']
)
def test_an_audit_that_nobody_answered_is_one_line(tool, answer):
    line, code = tool.verdict(answer)
    assert code == 3
    assert line == "Nothing audited: the advisories did not answer. A network is needed."
