"""Modules that moved answer to their old name, and say so."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

from sim.core.renamed import MOVED


@pytest.mark.parametrize("old", sorted(MOVED))
def test_an_old_name_is_the_same_module_and_warns(old):
    with pytest.warns(DeprecationWarning, match=f"sim.{MOVED[old]} now"):
        module = fresh(f"sim.{old}")
    assert module is import_module(f"sim.{MOVED[old]}")
    assert module.__spec__.name == f"sim.{MOVED[old]}"


def test_what_stands_inside_a_package_that_moved_is_not_loaded_twice():
    with pytest.warns(DeprecationWarning, match="is sim"):
        old = fresh("sim.runs.folder")
    assert old is import_module("sim.store.runs.folder")


def test_a_name_that_never_was_is_still_refused():
    with pytest.raises(ModuleNotFoundError, match=r"sim\.nowhere"):
        import_module("sim.nowhere")


def test_new_names_warn_of_nothing():
    command = [sys.executable, "-W", "error", "-c", "import sim.compare.stats, sim.play.run"]
    assert subprocess.run(command, capture_output=True).returncode == 0


def fresh(name: str):
    for known in [m for m in sys.modules if m == name or m.startswith(f"{name}.")]:
        del sys.modules[known]
    return import_module(name)
