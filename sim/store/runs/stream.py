"""A ledger that is written while the run goes on."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd

from sim.core.errors import BadInput
from sim.store.runs.disk import draft_of, sync


@contextlib.contextmanager
def ledger_file(path: Path) -> Iterator[Callable[[pd.DataFrame], None]]:
    """Lend a function that appends a table to the Parquet file *path*.

    The file appears when all is written; nothing is there if the run breaks off.

    Raises
    ------
    BadInput
        *path* exists, or stands in no folder.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if path.exists():
        raise BadInput("ledger", "", path.name, "a file that does not exist yet")
    if not path.parent.is_dir():
        raise BadInput("ledger", "", path.parent.name, "a file in a folder that exists")
    with draft_of(path) as draft:
        writer: pq.ParquetWriter | None = None

        def add(table: pd.DataFrame) -> None:
            nonlocal writer
            rows = pa.Table.from_pandas(table, preserve_index=False)
            if writer is None:
                writer = pq.ParquetWriter(draft, rows.schema, compression="zstd")
            writer.write_table(rows)

        try:
            yield add
        finally:
            if writer is not None:
                writer.close()
        if writer is not None:
            sync(draft)
            draft.rename(path)
