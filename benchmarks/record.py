"""What was measured, on which machine, and what it was the last time."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
LIBRARIES = ("numpy", "numba", "simpy", "salabim", "ciw")


def machine() -> dict[str, Any]:
    """Name the processor, the number of cores, Python and the libraries that run here."""
    versions = {}
    for name in LIBRARIES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "not installed"
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "compiler": compiler(),
        **versions,
    }


def processor() -> str:
    """The processor's model, or its architecture where the system does not tell."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def compiler() -> str:
    """First line of what the C compiler says of itself."""
    return _said("cc", "--version") or "none"


def commit() -> str:
    """Short name of the commit, with a plus where the tree differs from it."""
    name = _said("git", "rev-parse", "--short", "HEAD")
    return name + ("+" if name and _said("git", "status", "--porcelain", "-uno") else "")


def _said(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return (done.stdout.strip().splitlines() or [""])[0]


def last(folder: Path = RESULTS) -> dict[str, Any]:
    """Return the most recent result; empty where there is none.

    Its figures are completed from older results: a run need not measure every part.
    """
    body: dict[str, Any] = {}
    figures: dict[str, float] = {}
    for path in sorted(folder.glob("*.json")):
        body = dict(json.loads(path.read_text()))
        figures |= body["figures"]
    return body | {"figures": figures} if body else {}


def keep(body: Mapping[str, Any], folder: Path = RESULTS) -> Path:
    """Write a result with the commit and the date; return its file."""
    now = datetime.now(UTC)
    whole = {"commit": commit(), "date": now.isoformat(timespec="seconds"), **body}
    folder.mkdir(exist_ok=True)
    path = folder / f"{now:%Y%m%d-%H%M%S}.json"
    path.write_text(json.dumps(whole, indent=1) + "\n")
    return path


def compared(figures: Mapping[str, float], old: Mapping[str, float]) -> Iterator[str]:
    """One line per figure, beside what it was in the *old* ones."""
    for name, value in figures.items():
        line = f"  {name:44} {value:>14,}"
        if name in old:
            change = f", {value / old[name] - 1:+.0%}" if old[name] else ""
            line += f"   (last {old[name]:,}{change})"
        yield line
