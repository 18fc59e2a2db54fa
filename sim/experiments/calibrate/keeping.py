"""Trials kept as they come: a fit that was stopped goes on where it was when it is asked again.

The search is the same whenever it is asked with the same luck, so it need not be kept: what is
kept is what each simulation gave, by the values that were tried.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sim.core import cache
from sim.core.errors import BadInput
from sim.core.intake import Form, checked, parsed_json

Numbers = dict[str, float]


class Line(Form):
    """One trial as the file keeps it; None is a number that is none."""

    tried: str
    numbers: dict[str, float | None]


class Kept:
    """Numbers of the trials so far, in a file; without a place they are kept in memory only."""

    def __init__(self, place: Path | None) -> None:
        self.place, self.known, self.resumed = place, dict[str, Numbers](), 0
        self.torn = False  #: whether the last line has no end
        if place is not None and place.is_file():
            text = place.read_text(encoding="utf-8", errors="replace")
            for line in text.splitlines():
                self._take(line)
            self.resumed, self.torn = len(self.known), not text.endswith("\n")

    def _take(self, line: str) -> None:
        try:
            body = checked(Line, parsed_json(line, "line"), "line")
        except BadInput:
            return  # the last line of a process that was stopped while it wrote
        self.known[body.tried] = {k: math.nan if v is None else v for k, v in body.numbers.items()}

    def of(self, values: Mapping[str, float], luck: int, make: Callable[[], Numbers]) -> Numbers:
        """Return the numbers of a trial, made now where they are not known."""
        tried = json.dumps([luck, *sorted(values.items())])
        if tried not in self.known:
            self.known[tried] = make()
            self._write(tried)
        return self.known[tried]

    def _write(self, tried: str) -> None:
        if self.place is None:
            return
        numbers = {k: v if math.isfinite(v) else None for k, v in self.known[tried].items()}
        try:
            self.place.parent.mkdir(parents=True, exist_ok=True)
            with self.place.open("a", encoding="utf-8") as out:
                line = json.dumps({"tried": tried, "numbers": numbers})
                out.write(("\n" if self.torn else "") + line + "\n")
            self.torn = False
        except OSError:  # a place that cannot be written costs time, nothing else
            self.place = None

    def drop(self) -> None:
        """Forget what is kept."""
        if self.place is not None:
            self.place.unlink(missing_ok=True)


def place_of(*facts: Any) -> Path:
    """Return the file of the fit that *facts* describe; nothing of older code is taken up."""
    text = json.dumps([cache.source(), *facts], sort_keys=True, default=str)
    return cache.folder() / f"fit-{hashlib.sha256(text.encode()).hexdigest()[:16]}.jsonl"
