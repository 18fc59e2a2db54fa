"""What a table may come in: archives, workbooks, Parquet; bounded before it is opened."""

from __future__ import annotations

import bz2
import datetime as dt
import decimal
import gzip
import io
import lzma
import time
import warnings
import zipfile
import zlib
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq

from sim.core.errors import BadInput
from sim.store.portfolio import headers
from sim.store.portfolio.told import Told, tell

TEXTS = (".csv", ".tsv", ".txt", ".psv", ".tab", ".dat")
PACKED = {".gz": b"\x1f\x8b", ".bz2": b"BZh", ".xz": b"\xfd7zXZ"}
KINDS = (*TEXTS, ".csv.gz", *PACKED, ".zip", ".xlsx", ".xlsm", ".parquet", ".pq")
LARGEST = 500_000_000
SHEET = 1_048_576  #: rows that a sheet may have
PIECE = 4_096  #: rows of a Parquet file that are unfolded at once
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

    def clock(self, name: str, every: int = 5_000) -> Callable[[], None]:
        """Return what refuses to go on when the time is over, looking at it each so many calls."""
        end = time.monotonic() + self.seconds
        calls = 0

        def tick() -> None:
            nonlocal calls
            calls += 1
            if calls % every == 0 and time.monotonic() > end:
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
    kind = ".txt" if _is_text_called_excel(name, data) else kind_of(name, kinds)
    packing = next((end for end in PACKED if kind.endswith(end)), "")
    if not packing and kind in TEXTS and data.startswith(PACKED[".gz"]):
        packing = ".gz"
    if packing:
        data = _unpressed(name, data, packing, limits)
        return _inner(name, data, limits, sheet) or Box(data)
    found = _inner(name, data, limits, sheet)
    if found is not None:
        return found
    if kind in (".parquet", ".pq"):
        return Box(frame=_parquet(name, data, limits))
    if kind in (".zip", ".xlsx", ".xlsm"):
        raise BadInput(name, kind[1:], "unreadable", f"a complete {kind} file")
    return Box(data)


def _is_text_called_excel(name: str, data: bytes) -> bool:
    """Tell whether a file called ``.xls`` is a text, as many systems export it."""
    return name.casefold().endswith(".xls") and not data.lstrip().startswith((_OLE, b"<"))


_OLE = b"\xd0\xcf\x11\xe0"  #: of Excel's own old files


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
    if data.startswith(PACKED[".gz"]):
        data = _unpressed(name, data, ".gz", limits)
    if data[:4] == b"PK\x03\x04" and b"xl/workbook.xml" not in data:
        raise BadInput(name, "archive", "an archive", "a table in it, not another archive")
    told = tell("member", member=Path(inside[0].filename).name)
    found = _inner(name, data, limits, sheet) or Box(data)
    return found._replace(told=(told, *found.told))


def _unpressed(name: str, data: bytes, packing: str, limits: Limits) -> bytes:
    """Return the bytes that were pressed, of which there may be several parts."""
    kind = {".gz": "gzip"}.get(packing, packing[1:])
    try:
        with _opened(packing, io.BytesIO(data)) as packed:
            plain: bytes = packed.read(limits.size + 1)  # a small file may unpack to terabytes
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError):
        raise BadInput(name, kind, "unreadable", f"a complete {kind} file") from None
    if len(plain) > limits.size:
        raise too_large(name, limits.size)
    return filled(name, plain)


def _opened(packing: str, file: io.BytesIO) -> Any:
    if packing == ".gz":
        return gzip.GzipFile(fileobj=file)
    return bz2.BZ2File(file) if packing == ".bz2" else lzma.LZMAFile(file)


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
        if sheet:
            sheet = _named(name, sheet, names)
        first = None
        for one in book.worksheets:
            if sheet not in ("", one.title):
                continue
            records = _sheet(name, one, limits)
            told = (tell("sheet", sheet=one.title),) if len(names) > 1 else ()
            if sheet or headers.knows([fields for _, fields in records]):
                return Box(told=told, records=records)
            first = first or (Box(told=told, records=records) if _is_table(records) else None)
    finally:
        book.close()
    if first is None:
        raise BadInput(name, "sheets", ", ".join(names)[:60], "one with a header and rows")
    return first


def _named(name: str, sheet: str, names: list[str]) -> str:
    """Return the sheet that a user names, letter by letter or nearly so."""
    near = [one for one in names if one.strip().casefold() == sheet.strip().casefold()]
    if sheet not in names and len(near) != 1:
        raise BadInput(name, "sheet", sheet, f"allowed: {', '.join(names)}")
    return sheet if sheet in names else near[0]


def _is_table(records: list[Record]) -> bool:
    wide = [fields for _, fields in records if sum(map(bool, fields)) > 1]
    return len(wide) > 1


def _sheet(name: str, sheet: Any, limits: Limits) -> list[Record]:
    sheet.reset_dimensions()
    clock = limits.clock(name)
    records: list[Record] = []
    try:
        for line, row in enumerate(sheet.iter_rows(values_only=True), 1):
            if line > SHEET:  # rows that nobody wrote: one far down is enough for billions of them
                raise BadInput(name, "rows", f"more than {SHEET}", f"at most {SHEET} in a sheet")
            fields = [_of_sheet(value) for value in row]
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


def _of_sheet(value: Any) -> str:
    """Return the text of a cell; of a long number Excel has kept 15 digits only, and says so."""
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= 1e15:
        return f"{value:.14E}"
    return as_text(value)


# --- parquet -------------------------------------------------------------------------------------


def _parquet(name: str, data: bytes, limits: Limits) -> list[tuple[str, list[str]]]:
    try:
        meta = pq.read_metadata(io.BytesIO(data))
        size = sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups))
        if size > limits.size:
            raise too_large(name, limits.size)
        for what, count, most in (("rows", meta.num_rows, limits.rows),
                                  ("columns", meta.num_columns, limits.columns),
                                  ("values", _fullest(meta), 10 * limits.rows)):  # fmt: skip
            if count > most:
                raise BadInput(name, what, count, f"at most {most}")
        words = [f.name for f in meta.schema.to_arrow_schema() if pa.types.is_string(f.type)]
        file = pq.ParquetFile(io.BytesIO(data), read_dictionary=words)
        names, columns = _columns(name, file, limits)
    except BadInput:
        raise
    except (pa.ArrowException, OSError, ValueError, OverflowError):
        raise BadInput(name, "parquet", "unreadable", "a complete Parquet file") from None
    return list(zip(names, columns, strict=True))


def _fullest(meta: Any) -> int:
    """Return the values in the fullest part of a column: of lists there are more than rows."""
    groups = (meta.row_group(i) for i in range(meta.num_row_groups))
    counts = (group.column(i).num_values for group in groups for i in range(group.num_columns))
    return max(counts, default=0)


def _columns(name: str, file: pq.ParquetFile, limits: Limits) -> tuple[list[str], list[list[str]]]:
    """Return names and texts of the columns, read piece by piece: a few bytes unfold to much."""
    names = file.schema_arrow.names
    found: list[list[str]] = [[] for _ in names]
    clock, left = limits.clock(name, every=1), limits.size
    for piece in file.iter_batches(batch_size=PIECE):
        for column, title, texts in zip(piece.columns, names, found, strict=True):
            more = _column(name, title, column, limits.letters)
            left -= sum(map(len, more))
            if left < 0:
                raise too_large(name, limits.size)
            texts += more
        clock()
    return names, found


def _legible(kind: pa.DataType) -> bool:
    """Tell whether a column may hold anything of ours: what is nested or binary does not."""
    types = pa.types
    return not (types.is_nested(kind) or types.is_binary(kind) or types.is_large_binary(kind))


def _column(name: str, title: str, column: Any, letters: int) -> list[str]:
    """Return the texts of a column."""
    kind = column.type
    if not _legible(kind):
        return [""] * len(column)
    _check_letters(name, title, column, letters)
    try:
        if pa.types.is_duration(kind):
            column = column.cast(pa.duration("us"), safe=False)
        elif pa.types.is_timestamp(kind):
            column = column.cast(pa.timestamp("us", kind.tz), safe=False)
        return [as_text(value) for value in column.to_pylist()]
    except (ValueError, OverflowError, pa.ArrowException):  # a day or a zone that no calendar has
        raise BadInput(name, title, str(kind), "values that can be written down") from None


def _check_letters(name: str, title: str, column: Any, letters: int) -> None:
    """Refuse a text that is too long, while each stands in the file's dictionary once."""
    texts = column.dictionary if pa.types.is_dictionary(column.type) else column
    if pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type):
        longest = pa.compute.max(pa.compute.binary_length(texts)).as_py() or 0
        if longest > 4 * letters:  # a letter has up to four bytes
            allowed = f"at most {letters} letters in a field"
            raise BadInput(name, title, f"a field of {longest} bytes", allowed)


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
