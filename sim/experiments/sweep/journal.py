"""A journal: one line of JSON for each thing that is finished, on the disk before the next.

Behind each line stands a checksum. A line that a kill cut short, or in which a bit has turned, was
never finished: what it held is played again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from sim.core.errors import BadInput
from sim.core.intake import lines_of, parsed_json


class Journal:
    """Lines as they come; nothing is kept without a file."""

    def __init__(self, file: Path | None) -> None:
        self._file = file

    def __enter__(self) -> Self:
        self._open = self._file.open("a", encoding="utf-8") if self._file else None
        if self._open and self._open.tell():
            self._open.write("\n")  # after a line that a kill cut short
        return self

    def __exit__(self, *failure: object) -> None:
        if self._open:
            self._open.close()

    def add(self, bodies: Iterable[Any]) -> None:
        """Write lines, down to the disk."""
        if self._open is None:
            return
        for body in bodies:
            self._open.write(sealed(json.dumps(body, default=_plain)) + "\n")
        self._open.flush()
        os.fsync(self._open.fileno())


def _plain(array: Any) -> Any:
    return array.tolist()


def sealed(line: str) -> str:
    """Return a line with its checksum behind it."""
    return f"{line}\t{_digest(line)}"


def _digest(line: str) -> str:
    return hashlib.sha256(line.encode(errors="replace")).hexdigest()[:16]


def lines(file: Path) -> Iterator[Any]:
    """Yield the lines of a journal that were finished, the older ones without a checksum too.

    Raises
    ------
    BadInput
        A line that no journal of ours holds.
    """
    if not file.exists():
        return
    for number, line in enumerate(lines_of(file), 1):
        body, tab, seal = line.strip().partition("\t")
        if not body or (tab and seal != _digest(body)):
            continue
        if body[0] not in "[{":
            raise BadInput(file, f"line {number}", body, "a line of JSON that `dunning` wrote")
        with suppress(BadInput):
            yield parsed_json(body, file, finite=False)
