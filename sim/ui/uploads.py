"""A file that somebody hands in: read in a process of its own, which a hostile one may end."""

from __future__ import annotations

from sim.play.workers.bounded import bounded
from sim.store.portfolio.files import Cells, Limits, opened

UPLOAD = Limits(size=200_000_000, rows=1_000_000, columns=1_000, seconds=30.0)


def read_upload(name: str, data: bytes) -> Cells:
    """Return what the bytes of a file of this *name* hold.

    Raises
    ------
    BadInput
        What is no such file, or takes more memory or time than reading one may.
    """
    found: Cells = bounded(name, "sim.store.portfolio", _opened, name, data)
    return found


def _opened(name: str, data: bytes) -> Cells:
    return opened(name, data, limits=UPLOAD)
