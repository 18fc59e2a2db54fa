"""Blocks of rows, one per replication and strategy: in parts of their own, or as row groups."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sim.core.errors import BadInput
from sim.core.intake import checked_in, json_of
from sim.store.runs import disk

SUMS = "sums.json"  #: of a part: its files and their checksums
Reader = Callable[[], pa.Table]
Key = tuple[int, int]  # replication, then place of the strategy in the question: the row order


def arrow(where: Path, frame: pd.DataFrame, strategy: str, replication: int) -> pa.Table:
    """Return *frame* with the columns of its owner, and plain types only."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    owner = {"strategy": (strategy, pa.string()), "replication": (replication, pa.int64())}
    for place, (column, (value, kind)) in enumerate(owner.items()):
        filled = pa.array([value] * len(frame), kind)
        if column not in frame:
            table = table.add_column(place, column, filled)
        elif (own := frame[column] == value).all():
            table = table.set_column(table.schema.get_field_index(column), column, filled)
        else:
            raise BadInput(where, column, str(frame[column][~own].iloc[0]), f"{value} in every row")
    # Categories would be numbered by the order of arrival, so they become what they stand for.
    coded = pa.types.is_dictionary
    kinds = [(f.name, f.type.value_type if coded(f.type) else f.type) for f in table.schema]
    return table.cast(pa.schema(kinds))


def united(schemas: Sequence[pa.Schema]) -> pa.Schema:
    """Return the schema that holds all of *schemas*, whatever the order they come in."""
    fields = pa.unify_schemas(schemas, promote_options="permissive")
    if len({tuple(schema.names) for schema in schemas}) > 1:
        fields = sorted(fields, key=lambda field: field.name)
    return pa.schema([(field.name, field.type) for field in fields])


def _shaped(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return *table* with the columns of *schema*, empty where it has none."""
    columns = [
        table[name].cast(kind) if name in table.column_names else pa.nulls(len(table), kind)
        for name, kind in zip(schema.names, schema.types, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def write(table: pa.Table, file: Path) -> None:
    """Write one block to *file*, down to the disk."""
    pq.write_table(table, file)
    disk.sync(file)


def write_sums(part: Path) -> None:
    """Write down which files a part has, with their checksums."""
    sums = {file.name: disk.sha256(file) for file in sorted(part.glob("*.parquet"))}
    disk.write(part / SUMS, disk.as_json(sums))


def _sums(part: Path) -> dict[str, str] | None:
    """Return what `write_sums` wrote; None in a part of an older version."""
    if not (part / SUMS).is_file():
        return None
    found: dict[str, str] = checked_in(dict[str, str], json_of(part / SUMS), part / SUMS)
    return found


def is_whole(part: Path) -> bool:
    """Tell whether a part has all its files; one that lacks any was never finished."""
    try:
        names = _sums(part)
    except BadInput:
        return False
    if names is None:
        return any(part.glob("*.parquet"))
    return bool(names) and all((part / name).is_file() for name in names)


def check_sum(file: Path) -> None:
    """Refuse a part's file that is not the one written."""
    known = (_sums(file.parent) or {}).get(file.name)
    if known is not None and (found := disk.sha256(file)) != known:
        allowed = f"{known[:12]!r}, with which it was written; remove this part and replay the run"
        raise BadInput(file, "checksum", found[:12], allowed)


def fold(blocks: Iterator[pa.Table], target: Path) -> None:
    """Write *blocks* in one file, a row group per block: never the whole in memory."""
    with disk.draft_of(target) as draft:
        with pq.ParquetWriter(draft, next(blocks).schema) as writer:
            for block in blocks:
                if block.num_rows:
                    writer.write_table(block, row_group_size=block.num_rows)
        disk.sync(draft)
        os.replace(draft, target)


def of_table(file: Path, strategies: Sequence[str]) -> tuple[pa.Schema, dict[Key, Reader]]:
    """Return the schema of a folded table, and how to read each of its blocks."""
    table = pq.ParquetFile(file)
    return table.schema_arrow, _row_groups(table, strategies)


def whole(file: Path) -> pa.Table:
    """Return a folded table at once: its row groups lie in the order of their keys."""
    return _read(file)


def of_part(file: Path) -> tuple[pa.Schema, Reader]:
    """Return the schema of a block in a file of its own, and how to read it."""
    return pq.read_schema(file), partial(_read, file)


def in_order(schemas: Sequence[pa.Schema], sources: Mapping[Key, Reader]) -> Iterator[pa.Table]:
    """Yield an empty block for the schema that holds all *schemas*, then the blocks by key."""
    schema = united(schemas)
    yield schema.empty_table()
    for key in sorted(sources):
        yield _shaped(sources[key](), schema)


def _read(file: Path) -> pa.Table:
    with pq.ParquetFile(file) as table:
        return table.read()


def _row_groups(file: pq.ParquetFile, strategies: Sequence[str]) -> dict[Key, Reader]:
    """Return how to read each replication of each strategy out of a folded table."""
    groups: dict[Key, list[int]] = {}
    for group in range(file.num_row_groups):
        owner = file.read_row_group(group, ["strategy", "replication"])[:1].to_pylist()[0]
        key = owner["replication"], strategies.index(owner["strategy"])
        groups.setdefault(key, []).append(group)  # several where a block was very long
    return {key: partial(file.read_row_groups, found) for key, found in groups.items()}
