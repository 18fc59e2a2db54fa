"""Open a lender's file: bytes to text cells with their line numbers.

CSV goes through the standard library's reader, because pandas' does not tell on which
line of the file a record starts and stops at the first record with a field too many.
Archives and workbooks are opened in `boxes`, the header is sought in `headers`. What is large is
refused before it is read: bytes, rows, columns, letters of a field, and seconds.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.core.errors import BadInput
from sim.core.intake import Limits as Sizes
from sim.core.intake.files import raw
from sim.core.textfile import decoded
from sim.store.portfolio import boxes, headers
from sim.store.portfolio.boxes import KINDS, LARGEST, Limits, Record, filled, too_large
from sim.store.portfolio.checks import Refusal
from sim.store.portfolio.privacy import shown
from sim.store.portfolio.told import Told, tell

__all__ = ["KINDS", "LARGEST", "Cells", "Limits", "load", "opened", "sniffed"]

DELIMITERS = ",;\t|\x01^~，；"
LONG = ("~|~", "|@|", "^|^", "|$|", "@@", "||", "|+|", "::")  #: marks of several signs
SNIFFED = 60  #: records by which a delimiter is judged
_REMARKS = 3  #: totals that are named by line; more are counted


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
    told
        How the file was read, where that is worth a line.
    encoding, delimiter
        In which the text was written; empty where the kind has none.
    twice
        Names that several columns bear, and how many; the later ones have a number added.
    """

    name: str
    frame: pd.DataFrame
    lines: npt.NDArray[np.int64]
    refused: tuple[Refusal, ...]
    told: tuple[Told, ...] = ()
    encoding: str = ""
    delimiter: str = ""
    twice: Mapping[str, int] = {}

    @property
    def header(self) -> list[str]:
        """The names of the columns, in the file's order."""
        return [str(name) for name in self.frame.columns]

    def keep(self, rows: npt.NDArray[np.bool_]) -> Cells:
        """Return the same file with only *rows* (bool, one per row)."""
        frame = self.frame.loc[rows].reset_index(drop=True)
        return self._replace(frame=frame, lines=self.lines[rows])

    def with_told(self, *lines: Told) -> Cells:
        """Return the same file with more to tell."""
        return self._replace(told=(*self.told, *lines))


def load(
    path: Path, *, sheet: str = "", wanted: Collection[str] = (), kinds: Collection[str] = KINDS
) -> tuple[Cells, str]:
    """Read *path* as text cells, and the SHA-256 of its bytes.

    Raises
    ------
    BadInput
        No readable file of a known kind with a header of distinct names.
    """
    data = _bytes(path)
    cells = opened(path.name, data, sheet=sheet, wanted=wanted, kinds=kinds)
    return cells, hashlib.sha256(data).hexdigest()


def opened(
    name: str,
    data: bytes,
    *,
    sheet: str = "",
    wanted: Collection[str] = (),
    kinds: Collection[str] = KINDS,
    limits: Limits | None = None,
) -> Cells:
    """Read the bytes of a file of this *name* as text cells; nothing is written.

    Parameters
    ----------
    sheet
        The sheet of a workbook; the first with a table where "".
    wanted
        Names of columns that the reader looks for: they tell the header from a title.
    limits
        How large it may be.
    """
    limits = limits or Limits()
    if len(data) > limits.size:
        raise too_large(name, limits.size)
    box = boxes.unpacked(name, filled(name, data), limits, sheet, kinds)
    if box.records is not None:
        return _celled(name, box.records, box.told, wanted)
    if box.frame is not None:
        return _framed(name, box.frame, box.told)
    text, encoding = decoded(name, filled(name, box.data))
    text, delimiter = _separated(text)
    records = _records(name, text, delimiter, limits)
    told = box.told
    if encoding not in ("utf-8-sig", "gb18030"):
        told = (*told, tell("encoding", encoding=encoding))
    cells = _celled(name, records, told, wanted)
    return cells._replace(encoding=encoding, delimiter=delimiter)


def sniffed(name: str, data: bytes) -> tuple[str, str]:
    """Return the encoding and the delimiter that were found; empty where the kind has none."""
    cells = opened(name, data)
    return cells.encoding, cells.delimiter


def _bytes(path: Path) -> bytes:
    if "\0" in str(path):
        raise BadInput("portfolio", "file", str(path), "the name of a file")
    try:
        if path.is_dir():
            raise BadInput("portfolio", "file", path.name, "a file is needed, not a folder")
        if path.stat().st_size > LARGEST:
            raise too_large(path.name, LARGEST)
        data = raw(path, "portfolio", Sizes(bytes=LARGEST))
    except FileNotFoundError:
        raise BadInput("portfolio", "file", str(path), "no such file") from None
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise BadInput("portfolio", "file", path.name, f"a readable file; {reason}") from None
    return filled(path.name, data)


# --- text ----------------------------------------------------------------------------------------


def _separated(text: str) -> tuple[str, str]:
    """Return the text and what separates its fields: what ``sep=`` says, else what fits best."""
    first, _, rest = text.lstrip("\r\n").partition("\n")
    said = first.strip().casefold()
    if said.startswith("sep=") and len(said) <= 5:
        return f"\n{rest}", said[4:] or first.partition("=")[2].strip("\r\n") or "\t"
    lines = text.lstrip("\r\n").splitlines()[: SNIFFED * 2]
    for mark in LONG:
        if lines and all(mark in line for line in lines if line.strip()):
            return text.replace(mark, "\x1f"), "\x1f"
    best = max(DELIMITERS, key=lambda mark: _fit(lines, mark))
    if _fit(lines, best) or not _spaced(lines):
        return text, best
    return re.sub(r"(?m)^ +| +$", "", re.sub(r"(?<=\S) {2,}(?=\S)", "\x1f", text)), "\x1f"


def _spaced(lines: list[str]) -> bool:
    """Tell whether columns stand apart by two spaces or more, as printed tables do."""
    widths = {len(re.split(r" {2,}", line.strip())) for line in lines if line.strip()}
    return len(widths) == 1 and max(widths) > 2


def _fit(lines: list[str], mark: str) -> float:
    """Return how well a mark separates: rows of one same width, and how many of them."""
    try:
        widths = [len(row) for row in csv.reader(lines, delimiter=mark) if any(row)][:SNIFFED]
    except csv.Error:
        widths = [line.count(mark) + 1 for line in lines if line.strip()][:SNIFFED]
    several = Counter(width for width in widths if width > 1)
    if not several:
        return 0.0
    width, times = max(several.items(), key=lambda pair: (pair[1], pair[0]))
    return times / len(widths) + min(width, 50) / 1000.0


def _records(name: str, text: str, delimiter: str, limits: Limits) -> list[Record]:
    """Return the records that hold anything, each with the line on which it starts."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    clock = limits.clock(name)
    records: list[Record] = []
    line = 1
    try:
        for record in reader:
            if any(field.strip() for field in record):
                limits.check(name, line, len(records), record)
                records.append((line, record))
            clock()
            line = reader.line_num + 1
    except csv.Error as error:
        allowed = "one record per line, quotes closed"
        raise BadInput(name, f"line {line}", str(error), allowed) from None
    return records


# --- header and rows -----------------------------------------------------------------------------


def _celled(
    name: str, records: list[Record], told: tuple[Told, ...], wanted: Collection[str]
) -> Cells:
    """Return a table of records: its header, its rows, and what is neither."""
    head = headers.sought(records, wanted)
    if head is None:
        raise BadInput(name, "header", "", "the first line names the columns")
    names, twice = _distinct([_bare(one) for one in head.names])
    rows, lines, refused, remarks = [], [], [], []
    for line, record in records[head.rows :]:
        fields = [_bare(field) for field in _trimmed(record, len(names))]
        if headers.is_remark(fields, len(names)):
            remarks.append(line)
        elif len(fields) == len(names):
            rows.append(fields)
            lines.append(line)
        else:
            allowed = f"{len(names)} fields, as in the header"
            refused.append(Refusal(line, "(row)", f"{len(fields)} fields", allowed))
    frame = pd.DataFrame(rows, columns=names, dtype="str")
    told = (*told, *head.told, *_remarks(remarks))
    return Cells(name, _named(frame), np.array(lines, dtype=np.int64), tuple(refused), told,
                 twice=twice)  # fmt: skip


_GUARDED = re.compile(r"=?\"(.*)\"|'(.*)'|['`](?=[0-9])(.*)")


def _bare(field: str) -> str:
    """Return a cell without what keeps a spreadsheet from reading it: ``="007"``, ``'007``."""
    field = field.strip()
    if field[:1] in "=\"'`" and (found := _GUARDED.fullmatch(field)):
        return next(part for part in found.groups() if part is not None).strip()
    return field


def _remarks(lines: list[int]) -> Iterable[Told]:
    if len(lines) > _REMARKS:
        return (tell("totals", n=len(lines)),)
    return tuple(tell("total", line=line) for line in lines)


def _trimmed(record: list[str], width: int) -> list[str]:
    """Return *record* without the empty fields that spreadsheets add beyond the header."""
    return record if any(record[width:]) else record[:width]


def _distinct(names: list[str]) -> tuple[list[str], dict[str, int]]:
    """Return names of which none stands twice, and which did."""
    twice = {name: times for name, times in Counter(names).items() if name and times > 1}
    seen: Counter[str] = Counter()
    found = []
    for i, name in enumerate(names):
        seen[name] += 1
        later = f"{name} ({seen[name]})" if name and seen[name] > 1 else name
        found.append(later if name else f"\0{i}")
    return found, twice


def used_once(cells: Cells, header: str) -> str:
    """Return *header*, or refuse it where several columns bear it."""
    if header in cells.twice:
        allowed = f"each column name once; it stands {cells.twice[header]} times"
        raise BadInput(cells.name, "header", shown(header), allowed)
    return header


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    """Return *frame* without columns that have no name."""
    return frame.loc[:, [not str(column).startswith("\0") for column in frame.columns]]


def _framed(name: str, columns: list[tuple[str, list[str]]], told: tuple[Told, ...]) -> Cells:
    """Return the table of a file that has columns instead of lines."""
    names, twice = _distinct([" ".join(header.split()) for header, _ in columns])
    if not any(header for header, _ in columns):
        raise BadInput(name, "header", "", "the first line names the columns")
    size = len(columns[0][1])
    frame = pd.DataFrame(dict(zip(names, (c for _, c in columns), strict=True)), dtype="str")
    # A Parquet file has no lines: rows are numbered as if it were a CSV with one header line.
    lines = np.arange(size, dtype=np.int64) + 2
    return Cells(name, _named(frame), lines, (), told, twice=twice)
