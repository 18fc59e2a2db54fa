"""A file that somebody hands in: read in a process of its own, which a hostile one may end."""

from __future__ import annotations

from typing import NamedTuple

from sim.play.workers.bounded import bounded
from sim.store.portfolio.files import Cells, opened, sniffed


class Upload(NamedTuple):
    """What was handed in: its cells, and how its text was written."""

    cells: Cells
    encoding: str
    delimiter: str


def read_upload(name: str, data: bytes) -> Upload:
    """Return what the bytes of a file of this *name* hold.

    Raises
    ------
    BadInput
        What is no such file, or takes more memory or time than reading one may.
    """
    found: Upload = bounded(name, "sim.store.portfolio", _looked_at, name, data)
    return found


def _looked_at(name: str, data: bytes) -> Upload:
    return Upload(opened(name, data), *sniffed(name, data))
