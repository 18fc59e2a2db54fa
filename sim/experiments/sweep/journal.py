"""A journal: one line of JSON for each thing that is finished, on the disk before the next."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Self


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
            self._open.write(json.dumps(body, default=_plain) + "\n")
        self._open.flush()
        os.fsync(self._open.fileno())


def _plain(array: Any) -> Any:
    return array.tolist()


def lines(file: Path) -> Iterator[Any]:
    """Yield the lines of a journal; one that a kill cut short was not finished."""
    if not file.exists():
        return
    with file.open(encoding="utf-8") as opened:
        for line in opened:
            try:
                yield json.loads(line)
            except ValueError:
                continue
