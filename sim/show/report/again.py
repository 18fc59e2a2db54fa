"""How to get the same numbers again: a Python snippet, and the versions that made them."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from sim.compare.comparison import Comparison
from sim.scenario import Scenario
from sim.scenario.files import names

PACKAGES = ("simpy", "numpy", "scipy", "pandas", "scikit-learn", "plotly", "numba")
WORDS = ("name", "title", "question")


def snippet(comparison: Comparison) -> str:
    """Return Python that repeats the comparison."""
    at = comparison.setting
    lines = ["from sim import Scenario, compare", "", f"scenario = {_scenario(at.scenario)}"]
    options: dict[str, Any] = {
        "replications": comparison.planned, "seed": at.seed, "accounts": at.accounts,
        "days": at.days, "budget": at.budget, "start": at.start, "book": at.book,
        "baseline": comparison.baseline,
    }  # fmt: skip
    written = [f"    {key}={value!r}," for key, value in options.items()]
    if comparison.of_file:
        written.append("    late=late,  # the accounts of the portfolio file")
    chosen = [s.name for s in comparison.strategies]
    lines += ["result = compare(", "    scenario,", f"    {chosen!r},", *written, ")"]
    return "\n".join([*lines, "print(result.differences())"])


def _scenario(scenario: Scenario) -> str:
    """Return the expression that builds *scenario*: a name on the shelf, and what differs."""
    shelved = scenario.name in names()
    base = Scenario.load(scenario.name) if shelved else Scenario()
    known = dict(_flat(base.model_dump(mode="json")))
    changed = {k: v for k, v in _flat(scenario.model_dump(mode="json")) if known.get(k) != v}
    start = f'Scenario.load("{scenario.name}")' if shelved else "Scenario()"
    if not changed:
        return start
    body = "".join(f"\n    {key!r}: {value!r}," for key, value in changed.items())
    return f"{start}.with_({{{body}\n}})"


def _flat(body: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the leaves of nested tables by dotted path; texts are left out."""
    for key, value in body.items():
        if not path and key in WORDS[1:]:
            continue
        here = f"{path}.{key}" if path else key
        if isinstance(value, Mapping):
            yield from _flat(value, here)
        else:
            yield here, value


def versions(comparison: Comparison) -> list[tuple[str, str]]:
    """Return what the numbers depend on: the product, Python, packages, the scenario's digits."""
    found = [("dunning-lab", _version("dunning-lab")), ("Python", platform.python_version())]
    found += [(name, _version(name)) for name in PACKAGES if _version(name)]
    return [*found, ("scenario", comparison.setting.scenario.fingerprint)]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
