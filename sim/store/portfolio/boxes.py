"""What a table may come in: archives, workbooks, Parquet; bounded before it is opened."""

from __future__ import annotations

import datetime as dt
import decimal
import io
import time
import warnings
import zipfile
import zlib
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from sim.core.errors import BadInput
from sim.store.portfolio.told import Told, tell

TEXTS = (".csv", ".tsv", ".txt", ".psv")
KINDS = (*TEXTS, ".csv.gz", ".gz", ".zip", ".xlsx", ".xlsm", ".parquet")
LARGEST = 500_000_000
Record = tuple[int, list[str]]


class Limits(NamedTuple):
    """How large a file may be, and how long reading it may take.

    Parameters
    ----------
    size
        Bytes, packed and unpacked.
    rows, columns
        Of the table.
    letters
        In one field.
    seconds
        For parsing.
    """

    size: int = LARGEST
    rows: int = 5_000_000
    columns: int = 2_000
    letters: int = 20_000
    seconds: float = 600.0

    def check(self, name: str, line: int, rows: int, record: list[str]) -> None:
        """Refuse a row too many, a field too many, or one that is too long."""
        if rows >= self.rows:
            raise BadInput(name, "rows", f"more than {self.rows}", f"at most {self.rows}")
        if len(record) > self.columns:
            allowed = f"at most {self.columns} columns"
            raise BadInput(name, f"line {line}", f"{len(record)} fields", allowed)
        longest = max(map(len, record))
        if longest > self.letters:
            allowed = f"at most {self.letters} letters in a field"
            raise BadInput(name, f"line {line}", f"a field of {longest} letters", allowed)

    def clock(self, name: str) -> Callable[[], None]:
        """Return what refuses to go on when the time is over."""
        end = time.monotonic() + self.seconds
        calls = 0

        def tick() -> None:
            nonlocal calls
            calls += 1
            if calls % 5_000 == 0 and time.monotonic() > end:
                raise BadInput(name, "reading", "too slow", f"at most {self.seconds:g} seconds")

        return tick


class Box(NamedTuple):
    """What was in the file: bytes of text, or records of a sheet, or columns."""

    data: bytes = b""
    told: tuple[Told, ...] = ()
    records: list[Record] | None = None
    frame: list[tuple[str, list[str]]] | None = None


def filled(name: str, data: bytes) -> bytes:
    """Return *data*, or refuse a file with nothing in it."""
    if not data:
        raise BadInput(name, "bytes", 0, "a header and at least one row; the file is empty")
    return data


def too_large(name: str, most: int) -> BadInput:
    """Return the refusal of a file that is too large."""
    return BadInput("portfolio", "file", name, f"at most {most} bytes")


def kind_of(name: str, kinds: Collection[str] = KINDS) -> str:
    """Return the ending by which a file is known."""
    low = name.casefold()
    for kind in sorted(kinds, key=len, reverse=True):
        if low.endswith(kind):
            return kind
    if low.endswith(".xls"):
        raise BadInput("portfolio", "file", name, "in Excel, save as .xlsx or CSV UTF-8")
    raise BadInput("portfolio", "file", name, f"allowed: {', '.join(KINDS)}")


def unpacked(name: str, data: bytes, limits: Limits, sheet: str, kinds: Collection[str]) -> Box:
    """Return what is in the file, by what its first bytes say, else by its ending."""
    kind = kind_of(name, kinds)
    if kind in (".gz", ".csv.gz") or (kind in TEXTS and data[:2] == b"\x1f\x8b"):
        data = _gunzipped(name, data, limits)
        return _inner(name, data, limits, sheet) or Box(data)
    found = _inner(name, data, limits, sheet)
    if found is not None:
        return found
    if kind == ".parquet":
        return Box(frame=_parquet(name, data, limits))
    if kind in (".zip", ".xlsx", ".xlsm"):
        raise BadInput(name, kind[1:], "unreadable", f"a complete {kind} file")
    return Box(data)


def _inner(name: str, data: bytes, limits: Limits, sheet: str) -> Box | None:
    """Return what a workbook, an archive or a Parquet file holds; None for anything else."""
    if data[:4] == b"PAR1":
        return Box(frame=_parquet(name, data, limits))
    if data[:4] != b"PK\x03\x04":
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if sum(m.file_size for m in members) > limits.size:
                raise too_large(name, limits.size)
            if any(m.filename == "xl/workbook.xml" for m in members):
                return _workbook(name, data, limits, sheet)
            return _member(name, archive, members, limits, sheet)
    except (zipfile.BadZipFile, zlib.error, OSError, NotImplementedError, RuntimeError):
        raise BadInput(name, "zip", "unreadable", "a complete archive, no password") from None


def _member(
    name: str,
    archive: zipfile.ZipFile,
    members: list[zipfile.ZipInfo],
    limits: Limits,
    sheet: str,
) -> Box:
    """Return the one file in an archive."""
    inside = [m for m in members if not m.is_dir() and "__MACOSX" not in m.filename
              and not Path(m.filename).name.startswith(".")]  # fmt: skip
    if len(inside) != 1:
        raise BadInput(name, "archive", f"{len(inside)} files", "one file")
    with archive.open(inside[0]) as packed:
        data = packed.read(limits.size + 1)
    if len(data) > limits.size:
        raise too_large(name, limits.size)
    data = filled(name, data)
    if data[:4] == b"PK\x03\x04" and b"xl/workbook.xml" not in data:
        raise BadInput(name, "archive", "an archive", "a table in it, not another archive")
    told = tell("member", member=Path(inside[0].filename).name)
    found = _inner(name, data, limits, sheet) or Box(data)
    return found._replace(told=(told, *found.told))


def _gunzipped(name: str, data: bytes, limits: Limits) -> bytes:
    unzip = zlib.decompressobj(wbits=31)
    try:
        plain = unzip.decompress(data, limits.size + 1)  # a small file may unpack to terabytes
    except zlib.error:
        raise BadInput(name, "gzip", "unreadable", "a complete gzip file") from None
    if len(plain) > limits.size:
        raise too_large(name, limits.size)
    while unzip.eof and unzip.unused_data[:2] == b"\x1f\x8b":
        rest, unzip = unzip.unused_data, zlib.decompressobj(wbits=31)
        try:
            plain += unzip.decompress(rest, limits.size + 1 - len(plain))
        except zlib.error:
            raise BadInput(name, "gzip", "unreadable", "a complete gzip file") from None
        if len(plain) > limits.size:
            raise too_large(name, limits.size)
    if not unzip.eof:
        raise BadInput(name, "gzip", "unreadable", "a complete gzip file")
    return filled(name, plain)


# --- workbooks -----------------------------------------------------------------------------------


def _workbook(name: str, data: bytes, limits: Limits, sheet: str) -> Box:
    """Return the rows of the first sheet with a table, or of the one that is named."""
    import openpyxl  # late: no start waits for it

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and validations that are not read
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except Exception:  # whatever a broken workbook breaks in the library
        raise BadInput(name, "workbook", "unreadable", "a complete Excel workbook") from None
    try:
        names = [one.title for one in book.worksheets]
        if sheet and sheet not in names:
            raise BadInput(name, "sheet", sheet, f"allowed: {', '.join(names)}")
        for one in book.worksheets:
            if sheet in ("", one.title):
                records = _sheet(name, one, limits)
                if sheet or _is_table(records):
                    told = (tell("sheet", sheet=one.title),) if len(names) > 1 else ()
                    return Box(told=told, records=records)
    finally:
        book.close()
    raise BadInput(name, "sheets", ", ".join(names)[:60], "one with a header and rows")


def _is_table(records: list[Record]) -> bool:
    wide = [fields for _, fields in records if sum(map(bool, fields)) > 1]
    return len(wide) > 1


def _sheet(name: str, sheet: Any, limits: Limits) -> list[Record]:
    sheet.reset_dimensions()
    clock = limits.clock(name)
    records: list[Record] = []
    try:
        for line, row in enumerate(sheet.iter_rows(values_only=True), 1):
            fields = [as_text(value) for value in row]
            while fields and not fields[-1]:
                fields.pop()
            if fields:
                limits.check(name, line, len(records), fields)
                records.append((line, fields))
            clock()
    except BadInput:
        raise
    except Exception:  # whatever a broken sheet breaks in the library
        raise BadInput(name, "workbook", "unreadable", "a complete Excel workbook") from None
    width = max((len(fields) for _, fields in records), default=0)
    return [(line, fields + [""] * (width - len(fields))) for line, fields in records]


# --- parquet -------------------------------------------------------------------------------------


def _parquet(name: str, data: bytes, limits: Limits) -> list[tuple[str, list[str]]]:
    try:
        file = pq.ParquetFile(io.BytesIO(data))
        meta = file.metadata
        size = sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups))
        if size > limits.size:
            raise too_large(name, limits.size)
        for what, count, most in (("rows", meta.num_rows, limits.rows),
                                  ("columns", meta.num_columns, limits.columns)):  # fmt: skip
            if count > most:
                raise BadInput(name, what, count, f"at most {most}")
        table = file.read()
        columns = [_column(column) for column in table.columns]
    except BadInput:
        raise
    except (pa.ArrowException, OSError, ValueError, OverflowError):
        raise BadInput(name, "parquet", "unreadable", "a complete Parquet file") from None
    return list(zip(map(str, table.column_names), columns, strict=True))


def _column(column: Any) -> list[str]:
    """Return the texts of a column; what is nested or binary holds none of ours."""
    kind = column.type
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return [""] * len(column)
    if pa.types.is_duration(kind):
        column = column.cast(pa.duration("us"), safe=False)
    elif pa.types.is_timestamp(kind):
        column = column.cast(pa.timestamp("us", kind.tz), safe=False)
    return [as_text(value) for value in column.to_pylist()]


def as_text(value: Any) -> str:
    """Return a value as a CSV would hold it; whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, decimal.Decimal):
        return f"{value:f}"
    if isinstance(value, dt.timedelta):
        days = value / dt.timedelta(days=1)
        return f"{_number(days)} days"
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    return str(value).strip()


def _number(value: float) -> str:
    """Return a number as written by hand: no exponent, no point behind a whole one."""
    text = repr(value)
    if text.endswith(".0"):
        return text[:-2]
    return f"{decimal.Decimal(text):f}" if "e" in text else text
