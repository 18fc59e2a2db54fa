"""Modules that moved: the old name still imports for a version, and warns."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

#: Old first name within the package: where it stands now.
MOVED = {
    "budget": "agents.budget", "calibration": "experiments.calibrate",
    "causes": "experiments.explain",
    "channels": "scenario.channels", "comparison": "compare.comparison",
    "discovery": "experiments.discovery", "domain": "core.domain", "errors": "core.errors",
    "experiment": "play.run", "forecast": "experiments.forecast", "kernel": "core.kernel",
    "landscape": "experiments.landscape", "ledger": "engine.ledger", "metrics": "play.metrics",
    "model": "agents.model", "pilot": "experiments.pilot", "population": "agents.population",
    "portfolio": "store.portfolio", "regulation": "experiments.regulation",
    "replay": "experiments.replay", "report": "show.report", "response": "experiments.response",
    "rng": "core.rng", "rollout": "experiments.rollout", "runs": "store.runs",
    "search": "experiments.tune", "sensitivity": "experiments.sensitivity",
    "stats": "compare.stats",
    "sweep": "experiments.sweep", "timetable": "strategies.timetable", "trace": "play.trace",
    "validation": "experiments.validate", "verdict": "compare.verdict",
}  # fmt: skip


class _Loader(Loader):
    """Loads a module under its new name and leaves it under the old one too."""

    def __init__(self, new: str) -> None:
        self.new = new

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the module that moved."""
        module = import_module(self.new)
        self.spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Give the module its own spec back; it ran already, under its new name."""
        module.__spec__ = self.spec


class Finder(MetaPathFinder):
    """Answers for old names of modules that are asked for by their full name."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a module that moved, with a warning; nothing for any other."""
        package, _, rest = fullname.partition(".")
        first, _, inner = rest.partition(".")
        if package != "sim" or first not in MOVED:
            return None
        new = ".".join(["sim", MOVED[first], *filter(None, [inner])])
        warnings.warn(f"{fullname} is {new} now", DeprecationWarning, stacklevel=2)
        return ModuleSpec(fullname, _Loader(new))


def install() -> None:
    """Answer for old names from now on; once for each process."""
    if not any(isinstance(finder, Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, Finder())  # before a moved package's own folder is searched
