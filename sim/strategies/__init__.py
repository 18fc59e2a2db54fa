"""The strategies: one file each; the shelf is explicit. A recipe in TOML changes one of them."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sim.core.errors import BadInput, choose
from sim.strategies import recipe as recipes
from sim.strategies.ai import AI
from sim.strategies.base import Strategy
from sim.strategies.benchmark import BENCHMARK
from sim.strategies.do_nothing import DO_NOTHING
from sim.strategies.hybrid import HYBRID
from sim.strategies.local_visit import LOCAL_VISIT
from sim.strategies.outsourced import OUTSOURCED
from sim.strategies.own import from_python, is_python
from sim.strategies.phone_only import PHONE_ONLY
from sim.strategies.process import PROCESS
from sim.strategies.segmented import SEGMENTED
from sim.strategies.service_plan import SERVICE_PLAN
from sim.strategies.team import TEAM

#: What is compared where nobody says what.
USUAL: dict[str, Strategy] = {s.name: s for s in (DO_NOTHING, PHONE_ONLY, TEAM, PROCESS, AI)}
SHELF: dict[str, Strategy] = USUAL | {
    s.name: s for s in (SEGMENTED, SERVICE_PLAN, LOCAL_VISIT, OUTSOURCED, HYBRID)
}

#: What nobody would put to work, to measure the shelf by: played by name only.
YARDSTICKS: dict[str, Strategy] = {BENCHMARK.name: BENCHMARK}


def is_file(name: str) -> bool:
    """Tell whether *name* asks for a file and not for a name on the shelf."""
    return name.endswith(".toml") or is_python(name) or "/" in name


def named(name: str, where: str = "strategy") -> Strategy:
    """Return the strategy *name* from the shelf, or from the TOML file at that path.

    Raises
    ------
    BadInput
        An unknown name, or a file that is no recipe.
    """
    if is_python(name):
        return from_python(name)
    if is_file(name):
        return made(recipe(name), Path(name).name)
    return YARDSTICKS.get(name) or SHELF[choose(where, "", name, SHELF)]


def recipe(path: str | Path) -> dict[str, Any]:
    """Read a recipe's file: base, title, changed parameters and levers, checked.

    Of a Python file the body says where it is and what its text was.
    """
    if is_python(str(path)):
        found = from_python(path)
        return {"name": found.name, "python": found.source, "sha256": _digest(found.source)}
    return recipes.body_of(Path(path), SHELF)


def made(body: Mapping[str, Any], where: str = "recipe") -> Strategy:
    """Return the strategy that a recipe describes."""
    if "python" in body:
        now = _digest(str(body["python"]))
        if body.get("sha256") != now:
            allowed = f"{str(body.get('sha256'))[:12]!r}, the file with which the run began"
            raise BadInput(where, "sha256", now[:12], allowed)
        return from_python(str(body["python"]), str(body.get("name", "")))
    return recipes.made(body, SHELF, where)


def _digest(source: str) -> str:
    try:
        return hashlib.sha256(Path(source).read_bytes()).hexdigest()
    except OSError:
        raise BadInput("strategy", "", source, "no such file") from None


__all__ = ["SHELF", "USUAL", "YARDSTICKS", "Strategy", "is_file", "made", "named", "recipe"]
