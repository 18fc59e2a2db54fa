"""A fast start: what is slow to import waits until it is needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {
    "dask", "distributed", "holidays", "jinja2", "joblib", "loky", "numba", "numpy", "pandas",
    "plotly", "pyarrow", "pydantic", "rich", "scipy", "simpy", "sklearn", "streamlit", "typer",
}  # fmt: skip
COMMAND = """
import sys
from sim.cli import main
try:
    main(sys.argv[1:])
except SystemExit as left:
    assert not left.code, left.code
"""
FIRST_RESULT = """
import sys
from sim.experiments import replay
from sim.cli import main
play = replay.compare
class Enough(BaseException): pass
def until_the_first(*args, progress, **options):
    def report(done, planned):
        raise Enough
    return play(*args, progress=report, **options)
replay.compare = until_the_first
try:
    main(sys.argv[1:])
except Enough:
    pass
"""


def imported(code: str, *words: str, place: Path | None = None) -> set[str]:
    """Run *code* in a fresh process; return the modules that it left behind."""
    first = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
    last = "\nprint('\\n'.join(sys.modules), file=sys.stderr)"
    found = subprocess.run(
        [sys.executable, "-c", first + code + last, *words],
        cwd=place, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(found.stderr.split())


def test_import_sim_imports_nothing_foreign():
    assert not HEAVY & imported("import sim")


def test_the_public_names_are_found_on_first_use():
    assert {"pandas", "pydantic"} <= imported("from sim import Scenario, compare, play")


def test_sim_compare_stays_the_function_when_its_room_is_imported():
    for word, room in (("compare", "compare.comparison"), ("play", "play.run")):
        imported(f"import sim.{room}\nfrom sim import {word}\nassert {word}.__name__ == '{word}'")


@pytest.mark.parametrize(
    "words", ["--help", "--version", "compare --help", "cluster up --help", "scenarios"]
)
def test_a_command_imports_only_what_it_needs(words):
    assert HEAVY & imported(COMMAND, *words.split()) <= {"typer", "rich", "pydantic"}


def test_a_comparison_waits_with_what_only_its_report_needs(tmp_path):
    words = "compare weilidai --set book.pool=100 --accounts 10 --days 3 --jobs 1 --replications 2"
    found = imported(
        FIRST_RESULT,
        *words.split(),
        "--engine",
        "story",
        "--strategies",
        "phone_only",
        place=tmp_path,
    )
    late = {"plotly", "jinja2", "streamlit", "sklearn", "distributed", "loky", "scipy.stats"}
    assert not late & found
    assert "sim.engine" in found
