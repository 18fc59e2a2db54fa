"""Postings of a book that does not fit into memory: put down by the day, read by the account.

A run writes its ledger day by day; metrics follow accounts. So the postings are dealt out to
files by account, and each file is read alone: metrics are sums over accounts.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.play.workers.litter import prefix

Rows = NDArray[Any]


class Spool:
    """Files that hold the postings of so many *blocks* of accounts, until it is closed.

    Parameters
    ----------
    blocks
        Number of files.
    dtype
        Type of a record; one of its fields is ``account``.
    """

    def __init__(self, blocks: int, dtype: np.dtype[Any]) -> None:
        self.blocks, self.dtype = blocks, dtype
        self.folder = tempfile.TemporaryDirectory(prefix=prefix())
        self.postings = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.folder.cleanup()

    def block_of(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Block of each account: its number, dealt out in turn."""
        return ids % self.blocks

    def add(self, rows: Rows) -> None:
        """Deal out *rows*; within a block they keep their order."""
        block = self.block_of(rows["account"]).astype(np.uint16)
        order = np.argsort(block, kind="stable")
        ends = np.searchsorted(block[order], np.arange(self.blocks + 1))
        for i, (first, end) in enumerate(pairwise(ends)):
            with self._file(i).open("ab") as file:
                rows[order[first:end]].tofile(file)
        self.postings += len(rows)

    def read(self) -> Iterator[Rows]:
        """Yield the postings of each block."""
        for i in range(self.blocks):
            file = self._file(i)
            yield np.fromfile(file, dtype=self.dtype) if file.exists() else np.empty(0, self.dtype)

    def _file(self, i: int) -> Path:
        return Path(self.folder.name) / f"{i}.rows"
