"""Every row of the source documents is traced: its carriers exist, and so do its tests."""

from __future__ import annotations

import ast
import importlib.util
import re
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from typer.main import get_command

from sim import lessons
from sim.cli.door import app
from sim.core.domain import Channel, Event, Kind, Offer, Organisation, Role
from sim.core.knobs import Section
from sim.play.metrics import SHELF as METRICS
from sim.play.metrics.segments import PEOPLE
from sim.scenario import Scenario, names
from sim.scenario.articles import ARTICLES
from sim.scenario.regime import SECTIONS
from sim.strategies import SHELF, timetable

ROOT = Path(__file__).resolve().parent.parent
MOST_CONTEXT = 25


def generator():
    """The script that writes the page: `docs` is no package."""
    spec = importlib.util.spec_from_file_location("requirements", ROOT / "docs" / "requirements.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PAPER = generator()
ROWS = PAPER.rows()


# --- what a carrier may be -----------------------------------------------------------------------


def is_knob(path: str) -> bool:
    here = Scenario()
    for name in path.split("."):
        if not isinstance(here, Section) or name not in type(here).model_fields:
            return False
        here = getattr(here, name)
    return not isinstance(here, Section)


def is_param(path: str) -> bool:
    strategy, _, name = path.partition(".")
    return strategy in SHELF and name in SHELF[strategy].params._fields


def is_page(path: str) -> bool:
    """A room of the app and one of its views, by the words that a link has."""
    room, _, shown = path.partition("/")
    source = ROOT / "sim" / "ui" / room / "__init__.py"
    return source.is_file() and f'"{shown}": ' in source.read_text(encoding="utf-8")


def is_kernel(path: str) -> bool:
    module, _, name = path.rpartition(".")
    try:
        return callable(getattr(import_module(module), name, None))
    except ModuleNotFoundError:
        return False


def words(numbers) -> set[str]:
    return {one.name.lower() for one in numbers}


@cache
def known() -> dict[str, set[str]]:
    return {
        "lever": set(Organisation._fields),
        "metric": set(METRICS),
        "rule": {article.code.replace("-", "_") for article in ARTICLES},
        "strategy": set(SHELF),
        "scenario": set(names()),
        "lesson": set(lessons.names()),
        "timetable": set(timetable.names()),
        "verb": set(get_command(app).commands),
        "segment": {*PEOPLE, "collector"},
        "regime": set(SECTIONS),
        "event": words(Event),
        "channel": words(Channel),
        "offer": words(Offer),
        "kind": words(Kind),
        "role": words(Role),
    }


RULES = {"knob": is_knob, "param": is_param, "page": is_page, "kernel": is_kernel}


def exists(carrier: str) -> bool:
    kind, _, name = carrier.partition(":")
    return RULES[kind](name) if kind in RULES else name in known().get(kind, ())


@cache
def shown_in(file: str) -> set[str]:
    path = ROOT / file
    if not path.is_file():
        return set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


# --- the table -----------------------------------------------------------------------------------


def test_every_row_of_the_documents_is_there_once_and_in_order():
    assert list(ROWS) == [f"E{n:03}" for n in range(1, 216)]  # a double key is no TOML


def test_every_row_says_what_it_asks_in_both_languages():
    for key, row in ROWS.items():
        assert row["kind"], key
        assert row["en"], key
        assert re.search("[一-鿿]", row["zh"]), key
        assert set(row) <= {"kind", "en", "zh", "by", "test", *PAPER.SHORT}, key


def test_a_row_is_carried_and_shown_or_says_why_not():
    for key, row in ROWS.items():
        said = [word for word in PAPER.SHORT if word in row]
        carried = bool(row.get("by")) and bool(row.get("test"))
        assert len(said) <= 1, key
        assert all(row[word] for word in said), key
        assert carried == (PAPER.state(row) in ("full", "limit")), key


@pytest.mark.parametrize("key", ROWS)
def test_what_is_said_to_carry_a_row_exists(key):
    assert [c for c in ROWS[key].get("by", ()) if not exists(c)] == []


@pytest.mark.parametrize("key", ROWS)
def test_what_is_said_to_show_a_row_is_a_test(key):
    for named in ROWS[key].get("test", ()):
        file, _, name = named.partition("::")
        assert name.startswith("test_")
        assert name in shown_in(file), named


def test_little_is_put_aside_as_context():
    assert sum("context" in row for row in ROWS.values()) <= MOST_CONTEXT


def test_the_page_is_made_of_the_table():
    assert PAPER.PAGE.read_text(encoding="utf-8") == PAPER.paper(ROWS)


def test_the_counts_on_the_page_add_up():
    cells = re.search(r"^\| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", PAPER.paper(ROWS), re.M)
    *parts, whole = map(int, cells.groups())
    assert sum(parts) == whole == len(ROWS)


@pytest.mark.parametrize(
    "carrier",
    ["knob:people", "knob:people.gren", "param:ai.month", "page:compare/rolout", "metric:money",
     "kernel:sim.agents.court.mediatd", "kernel:sim.nowhere.x", "colour:red", "lever:", "event"],
)  # fmt: skip
def test_a_carrier_that_does_not_exist_is_found_out(carrier):
    assert not exists(carrier)
