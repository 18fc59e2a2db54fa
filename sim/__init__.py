"""Dunning Lab: try collection strategies on a simulated book of overdue loans."""

from __future__ import annotations

from typing import Any

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
    "BadInput": "errors",
    "Comparison": "comparison",
    "Run": "experiment",
    "Scenario": "scenario",
    "Strategy": "strategies",
    "compare": "comparison",
    "extend": "comparison",
    "play": "experiment",
    "select": "comparison",
}


def __getattr__(name: str) -> Any:
    """Load a public name on first use, so that `import sim` is cheap."""
    if name not in _HOMES:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"sim.{_HOMES[name]}"), name)
