"""A fit as a scenario file and as lines."""

from __future__ import annotations

import math
import os
from pathlib import Path

from sim.core.errors import BadInput
from sim.experiments.calibrate.fitting import Check, Fit, Fitted
from sim.scenario import Scenario
from sim.scenario.changes import literal, tables
from sim.store.runs.disk import check_place


def as_file(base: str, name: str, fit: Fit) -> str:
    """Return a scenario file that extends *base*: the fitted knobs, each marked as estimated."""
    body: dict[str, object] = {"extends": base, "name": name}
    marks: dict[str, dict[str, object]] = {}
    ranges = {k.path: k for k in fit.knobs}
    for path, value in sorted(fit.changes.items()):
        here: dict[str, object] = body
        *above, last = path.split(".")
        for part in above:
            here = here.setdefault(part, {})  # type: ignore[assignment]
        here[last] = value
        marks[path] = _mark(value, fit, ranges.get(path))
    head = (
        f"# Fitted to {fit.source}: {fit.trials} trials of {fit.accounts} entrants, "
        f"seed {fit.seed}.\n"
        f"# Mean squared miss, in half bands: {fit.misfit[0]:.2f} before, {fit.misfit[1]:.2f} "
        f"after, {fit.held_out[1]:.2f} on other people.\n"
    )
    return head + tables(body) + _marks(marks)


def _mark(value: object, fit: Fit, knob: Fitted | None) -> dict[str, object]:
    """Return what the file says of one number; what only gave way to others has no range."""
    ends = {"low": knob.low, "high": knob.high} if knob is not None else {}
    return {"value": value, **ends, "source": f"fitted to {fit.source}"}


def _marks(marks: dict[str, dict[str, object]]) -> str:
    """Return the marks as tables of their own: a knob's path is one quoted key."""
    lines = []
    for path, mark in marks.items():
        lines += [
            "",
            f"[fitted.{literal(path)}]",
            *(f"{k} = {literal(v)}" for k, v in mark.items()),
        ]
    return "\n".join([*lines, ""])


def write(path: str | Path, base: str, fit: Fit) -> Path:
    """Write the scenario file; an existing file is never touched.

    Raises
    ------
    BadInput
        The file exists, is no ``.toml``, or cannot be written.
    """
    file = free_place(path)
    text = as_file(_seen_from(file, base), _name(file), fit)
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(text)
    except OSError as error:
        raise BadInput("--out", "", str(path), error.strerror or "a place to write") from None
    Scenario.load(file)  # what cannot be read back was never a scenario
    return file


def free_place(path: str | Path) -> Path:
    """Return the place of a new scenario file; refuse one that is taken, before hours of work."""
    file = Path(path)
    if file.suffix != ".toml":
        raise BadInput("--out", "", str(path), "a new file that ends in .toml")
    if file.exists():
        raise BadInput("--out", "", str(path), "a new file: this one exists and stays as it is")
    if not file.parent.is_dir():
        raise BadInput("--out", "", str(path), "a folder that exists")
    check_place("--out", file)
    return file


def _name(file: Path) -> str:
    plain = "".join(c if c.isalnum() and c.isascii() else "_" for c in file.stem.lower())
    return plain if plain[:1].isalpha() else f"fitted_{plain}"


def _seen_from(file: Path, base: str) -> str:
    """Return how the new file names its base: a shelf's name, or a path from where it lies."""
    if base.endswith(".toml"):
        return Path(os.path.relpath(Path(base).resolve(), file.resolve().parent)).as_posix()
    return base


def lines(fit: Fit) -> list[str]:
    """Return a fit as text."""
    told = [f"{fit.trials} trials of {fit.accounts} entrants against {fit.source}"]
    told += ["", f"  {'knob':36} {'before':>9} {'fitted':>9}   not ruled out"]
    told += [_knob(k) for k in fit.knobs]
    told += ["", f"  {'target':44} {'before':>8} {'after':>8} {'others':>8}   band"]
    told += [_line(c) for c in fit.checks]
    return [
        *told,
        "",
        f"mean squared miss, in half bands: {fit.misfit[0]:.2f} before, {fit.misfit[1]:.2f} after",
        f"on other people{_kept(fit)}: {fit.held_out[0]:.2f} before, {fit.held_out[1]:.2f} after",
    ]


def _kept(fit: Fit) -> str:
    held = sum(c.held for c in fit.checks)
    return f" and {held} targets kept out (*)" if held else ""


def _knob(k: Fitted) -> str:
    note = "" if k.known > 0.25 else "  (the targets hardly say)"
    return f"  {k.path:36} {k.before:9.4g} {k.value:9.4g}   {k.low:.3g} to {k.high:.3g}{note}"


def _line(c: Check) -> str:
    mark, star = "✓" if c.hit else "✗", "*" if c.held else " "
    values = " ".join(f"{v:8.2f}" if math.isfinite(v) else f"{'-':>8}"
                      for v in (c.before, c.after, c.elsewhere))  # fmt: skip
    return f"{mark}{star}{c.name:44} {values}   {c.low:.2f} to {c.high:.2f}"
