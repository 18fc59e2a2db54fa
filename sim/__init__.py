"""Dunning Lab: try collection strategies on a simulated book of overdue loans."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from sim.core.renamed import install

if TYPE_CHECKING:
    from sim.compare.comparison import Comparison as Comparison
    from sim.compare.comparison import compare as compare
    from sim.compare.comparison import extend as extend
    from sim.compare.comparison import select as select
    from sim.core.errors import BadInput as BadInput
    from sim.play.run import Run as Run
    from sim.play.run import play as play
    from sim.scenario import Scenario as Scenario
    from sim.strategies import Strategy as Strategy

__version__ = "0.1.0"
__all__ = [
    "BadInput",
    "Comparison",
    "Run",
    "Scenario",
    "Strategy",
    "compare",
    "extend",
    "play",
    "select",
]

_HOMES = {
    "BadInput": "core.errors",
    "Comparison": "compare.comparison",
    "Run": "play.run",
    "Scenario": "scenario",
    "Strategy": "strategies",
    "compare": "compare.comparison",
    "extend": "compare.comparison",
    "play": "play.run",
    "select": "compare.comparison",
}


def __getattr__(name: str) -> Any:
    """Load a public name on first use, so that `import sim` is cheap."""
    if name not in _HOMES:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"sim.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """List the public words."""
    return sorted([*__all__, "__version__"])


class _Words(ModuleType):
    """The package, whose public words are never hidden by a room of the same name.

    The import system sets ``sim.play`` to the room ``sim/play/``; the word means the function.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute, unless a room would take the place of a public word."""
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Words
install()
