"""Which inputs a sensitivity analysis moves, and how far."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fnmatch import fnmatch

from sim.core.errors import BadInput
from sim.core.knobs import KnobRow
from sim.experiments.sweep import Input
from sim.scenario import Scenario
from sim.scenario.changes import shape

SETS = ("assumed", "all")
#: What is asked of the simulator or defines a word, and so is no belief about the world.
NO_BELIEF = (
    "book.accounts", "book.real_accounts", "book.days", "book.pool", "book.pool_days",
    "trial.accounts", "trial.days", "trial.randomised", "difference.*", "budget.*",
    "channels.*.role", "kinds.*.reason", "kinds.wrong_contact.phone_valid",
)  # fmt: skip


def inputs_of(scenario: Scenario, asked: str | Sequence[str]) -> dict[str, Input]:
    """Return the inputs and their ranges.

    Parameters
    ----------
    scenario
        Whose knobs are meant.
    asked
        ``assumed`` (knobs that nobody has measured), ``all``, or knobs: paths, patterns such as
        ``people.*``, and ``path=low:high`` for a range of one's own; a text has commas between.
    """
    rows = {row.path: row for row in scenario.knobs()}
    words = [w.strip() for w in (asked.split(",") if isinstance(asked, str) else asked)]
    found: dict[str, Input] = {}
    for word in (w for w in words if w):
        found |= _named(rows, word)
    if not found:
        raise BadInput("--inputs", "", asked, "assumed, all, or knobs with commas between")
    return found


def _named(rows: dict[str, KnobRow], word: str) -> dict[str, Input]:
    if word in SETS or "*" in word:
        chosen = [row for row in rows.values() if _meant(row, word)]
        ranges = {row.path: found for row in chosen if (found := _range(row))}
        if not ranges:
            raise BadInput("--inputs", "", word, "a pattern that fits a knob with a range")
        return ranges
    path, _, own = word.partition("=")
    if path not in rows:
        shape(path, "--inputs")
        raise BadInput("--inputs", path, path, "a knob of a number")
    if own:
        return {path: _own(path, own)}
    if (usual := _range(rows[path])) is None:
        raise BadInput("--inputs", "", path, f"a range for it, such as {path}=0:1")
    return {path: usual}


def _meant(row: KnobRow, word: str) -> bool:
    if any(fnmatch(row.path, pattern) for pattern in NO_BELIEF):
        return False
    return word == "all" or fnmatch(row.path, word) or (word, row.mark) == ("assumed", "assumed")


def _range(row: KnobRow) -> Input | None:
    """Return a knob's own range; None where it has none or nothing lies between its ends."""
    if not row.sweep:
        return None
    low, high = row.sweep
    if shape(row.path).kind == "whole":
        low, high = math.ceil(low), math.floor(high)
    return Input((low, high), between=True) if low < high else None


def _own(path: str, text: str) -> Input:
    low, _, high = text.partition(":")
    try:
        ends = float(low), float(high)
    except ValueError:
        ends = (0.0, 0.0)
    if not ends[0] < ends[1] or not all(math.isfinite(e) for e in ends):
        raise BadInput("--inputs", path, text, "low:high, such as 0.5:1")
    return Input(tuple(int(e) if e.is_integer() else e for e in ends), between=True)
