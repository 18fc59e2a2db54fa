"""Open a portfolio file: bytes to text cells with their line numbers.

CSV goes through the standard library's reader, because pandas' does not tell on which
line of the file a record starts and stops at the first record with a field too many.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zlib
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sim.core.errors import BadInput
from sim.store.portfolio.checks import Refusal
from sim.store.portfolio.privacy import shown

KINDS = (".csv", ".csv.gz", ".parquet")
LARGEST = 500_000_000
ENCODINGS = ("utf-8-sig", "gb18030")


class Cells(NamedTuple):
    """A file as text.

    Parameters
    ----------
    name
        The file's name without its folder.
    frame
        One text column per header, "" where nothing stands; unnamed columns are left out.
    lines
        int64, one per row: its line in the file, the header being line 1.
    refused
        Rows that do not have as many fields as the header.
    """

    name: str
    frame: pd.DataFrame
    lines: npt.NDArray[np.int64]
    refused: tuple[Refusal, ...]

    @property
    def header(self) -> list[str]:
        """The names of the columns, in the file's order."""
        return [str(name) for name in self.frame.columns]

    def keep(self, rows: npt.NDArray[np.bool_]) -> Cells:
        """Return the same file with only *rows* (bool, one per row)."""
        frame = self.frame.loc[rows].reset_index(drop=True)
        return self._replace(frame=frame, lines=self.lines[rows])


def load(path: Path) -> tuple[Cells, str]:
    """Read *path* as text cells, and the SHA-256 of its bytes.

    Raises
    ------
    BadInput
        No readable file of a known kind with a header of distinct names.
    """
    data = _bytes(path)
    return opened(path.name, data), hashlib.sha256(data).hexdigest()


def opened(name: str, data: bytes) -> Cells:
    """Read the bytes of a file of this *name* as text cells; nothing is written."""
    kind = _kind(Path(name))
    if kind == ".parquet":
        return _parquet(name, _filled(name, data))
    if kind == ".csv.gz":
        data = _unzipped(name, data)
    return _csv(name, _text(name, _filled(name, data))[0])


def sniffed(name: str, data: bytes) -> tuple[str, str]:
    """Return the encoding and the delimiter that were found; empty where the kind has none."""
    kind = _kind(Path(name))
    if kind == ".parquet":
        return "", ""
    plain = _unzipped(name, data) if kind == ".csv.gz" else data
    text, encoding = _text(name, plain)
    return encoding, _delimiter(text)


def _kind(path: Path) -> str:
    name = path.name.casefold()
    for kind in reversed(KINDS):
        if name.endswith(kind):
            return kind
    raise BadInput("portfolio", "file", path.name, f"allowed: {', '.join(KINDS)}")


def _bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise BadInput("portfolio", "file", path.name, "a file is needed, not a folder")
        if size > LARGEST:
            raise _too_large(path.name)
        data = path.read_bytes()
    except FileNotFoundError:
        raise BadInput("portfolio", "file", str(path), "no such file") from None
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise BadInput("portfolio", "file", path.name, f"a readable file; {reason}") from None
    return _filled(path.name, data)


def _filled(name: str, data: bytes) -> bytes:
    if not data:
        raise BadInput(name, "bytes", 0, "a header and at least one row; the file is empty")
    return data


def _too_large(name: str) -> BadInput:
    return BadInput("portfolio", "file", name, f"at most {LARGEST} bytes")


def _unzipped(name: str, data: bytes) -> bytes:
    try:
        with gzip.open(io.BytesIO(data)) as packed:
            plain = packed.read(LARGEST + 1)  # a small file may unpack to terabytes
    except (OSError, EOFError, zlib.error):
        raise BadInput(name, "gzip", "unreadable", "a complete gzip file") from None
    if len(plain) > LARGEST:
        raise _too_large(name)
    return _filled(name, plain)


def _text(name: str, data: bytes) -> tuple[str, str]:
    """Return the text, and the encoding in which it was written."""
    allowed = "text in UTF-8 or GB18030; in a spreadsheet, save as CSV UTF-8"
    if b"\0" in data:
        raise BadInput(name, "encoding", "binary", allowed)
    for encoding in ENCODINGS:
        try:
            return data.decode(encoding).removeprefix("\ufeff"), encoding
        except UnicodeDecodeError:
            continue
    raise BadInput(name, "encoding", "unknown", allowed)


def _csv(name: str, text: str) -> Cells:
    records = _records(name, text, _delimiter(text))
    header = _header(name, records[0][1] if records else [])
    rows, lines, refused = [], [], []
    for line, record in records[1:]:
        fields = _trimmed(record, len(header))
        if len(fields) == len(header):
            rows.append([field.strip() for field in fields])
            lines.append(line)
        else:
            allowed = f"{len(header)} fields, as in the header"
            refused.append(Refusal(line, "(row)", f"{len(fields)} fields", allowed))
    frame = pd.DataFrame(rows, columns=header, dtype="str")
    return Cells(name, _named(frame), np.array(lines, dtype=np.int64), tuple(refused))


def _delimiter(text: str) -> str:
    """Return what stands most often in the first line."""
    first = text.lstrip("\r\n").splitlines()[:1]
    return max(",;\t", key=first[0].count) if first else ","


def _records(name: str, text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """Return the records that hold anything, each with the line on which it starts."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records, line = [], 1
    try:
        for record in reader:
            if any(field.strip() for field in record):
                records.append((line, record))
            line = reader.line_num + 1
    except csv.Error as error:
        allowed = "one record per line, quotes closed"
        raise BadInput(name, f"line {line}", str(error), allowed) from None
    return records


def _trimmed(record: list[str], width: int) -> list[str]:
    """Return *record* without the empty fields that spreadsheets add beyond the header."""
    return record if any(record[width:]) else record[:width]


def _header(name: str, header: list[str]) -> list[str]:
    """Return the names of the columns on one line each, all distinct."""
    names = [" ".join(column.split()) for column in header]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise BadInput(name, "header", "", "the first line names the columns")
    for column, times in Counter(names).items():
        if column and times > 1:
            allowed = f"each column name once; it stands {times} times"
            raise BadInput(name, "header", shown(column), allowed)
    return names


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    """Return *frame* without columns that have no name."""
    return frame.loc[:, [bool(column) for column in frame.columns]]


def _parquet(name: str, data: bytes) -> Cells:
    try:
        read = pq.ParquetFile(io.BytesIO(data)).read()
        columns = [[_plain(value) for value in column.to_pylist()] for column in read.columns]
    except (pa.ArrowException, OSError, ValueError):
        raise BadInput(name, "parquet", "unreadable", "a complete Parquet file") from None
    header = _header(name, list(read.column_names))
    named = {name: cells for name, cells in zip(header, columns, strict=False) if name}
    # A Parquet file has no lines: rows are numbered as if it were a CSV with one header line.
    lines = np.arange(len(columns[0]), dtype=np.int64) + 2
    return Cells(name, pd.DataFrame(named, dtype="str"), lines, ())


def _plain(value: Any) -> str:
    """Return a Parquet value as a CSV would hold it."""
    return "" if value is None else str(value).strip()
