"""Files as bytes, as text, as lines, as tables of text: bounded before they are read."""

from __future__ import annotations

import csv
import errno
import io
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sim.core.errors import BadInput
from sim.core.textfile import unicode_text


class Limits(NamedTuple):
    """How large a file of one kind may be."""

    bytes: int = 1_000_000
    depth: int = 40  #: tables in tables
    items: int = 200_000  #: entries of all tables and lists together
    letters: int = 100_000  #: of one text
    rows: int = 100_000
    columns: int = 1_000
    seconds: float = 20.0  #: of reading


TYPED = Limits()  #: what people write by hand
OURS = Limits(bytes=256_000_000, items=20_000_000, letters=4_000_000)  #: what we wrote ourselves


def raw(path: str | Path, where: object = None, limits: Limits = TYPED) -> bytes:
    """Return the bytes of a regular file; refuse pipes, devices, folders and what is too large.

    *where* is what the refusal names; the path where None.

    Nothing is waited for: a pipe that nobody fills is opened without blocking and then refused.
    """
    named = path if where is None else where
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise BadInput(named, "", str(path), _why(error)) from None
    except ValueError:  # a name with a zero byte
        raise BadInput(named, "", str(path), "the name of a file") from None
    facts = os.fstat(handle)
    if not stat.S_ISREG(facts.st_mode):
        os.close(handle)
        raise BadInput(named, "", str(path), f"a file; this is {_kind(facts.st_mode)}")
    with open(handle, "rb") as file:
        if facts.st_size > limits.bytes:
            raise BadInput(named, "bytes", facts.st_size, f"at most {limits.bytes}")
        try:
            return file.read(limits.bytes)
        except OSError as error:
            raise BadInput(named, "", str(path), _why(error)) from None


def _why(error: OSError) -> str:
    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
        return "no such file"
    return error.strerror or "a file that can be read"


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a pipe" if stat.S_ISFIFO(mode) else "a device or a socket"


def text(path: str | Path, where: object = None, limits: Limits = TYPED) -> str:
    """Return a file's text, which is UTF-8; a byte order mark is left out."""
    return decoded(raw(path, where, limits), Path(path).name)


def decoded(content: bytes, where: object) -> str:
    """Return bytes as the UTF-8 text that they are."""
    return unicode_text(str(where), content)


def lines_of(path: str | Path, limits: Limits = OURS) -> Iterator[str]:
    """Yield the lines of a file, one by one; what is no UTF-8 becomes a mark that no JSON has."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise BadInput(path, "", str(path), "a file")
    with open(handle, encoding="utf-8", errors="replace") as file:
        while line := file.readline(limits.letters):
            yield line


def table(
    content: str, where: object, needed: tuple[str, ...], limits: Limits = TYPED
) -> list[tuple[int, dict[str, str]]]:
    """Return the rows of a CSV text as (line, column: cell), in which a ``#`` begins a comment.

    Raises
    ------
    BadInput
        A column that is missing or stands twice, and whatever is beyond the limits.
    """
    if "\r" in content.replace("\r\n", ""):
        raise BadInput(where, "", "\r", "lines that end in a line feed")
    before = csv.field_size_limit(limits.letters)
    try:
        return list(_rows(content, where, needed, limits))
    except csv.Error as error:
        allowed = f"a CSV table with cells of at most {limits.letters} letters"
        raise BadInput(where, "", str(error), allowed) from None
    finally:
        csv.field_size_limit(before)


def _rows(
    content: str, where: object, needed: tuple[str, ...], limits: Limits
) -> Iterator[tuple[int, dict[str, str]]]:
    head: list[str] = []
    ends = time.monotonic() + limits.seconds
    reader = csv.reader(io.StringIO(content, newline=""))
    for cells in reader:
        if not cells or cells[0][:1] == "#":
            continue
        if not head:
            head = [cell.strip() for cell in cells]
            _check_head(head, where, needed, limits)
            continue
        if reader.line_num > limits.rows or time.monotonic() > ends:
            raise BadInput(where, "rows", reader.line_num, f"at most {limits.rows}")
        if len(cells) > len(head):
            allowed = f"{len(head)} cells, as the header"
            raise BadInput(where, f"line {reader.line_num}", f"{len(cells)} cells", allowed)
        yield reader.line_num, dict(zip(head, cells, strict=False))
    if not head:
        raise BadInput(where, "columns", "", ", ".join(needed))


def _check_head(head: list[str], where: object, needed: tuple[str, ...], limits: Limits) -> None:
    if len(head) > limits.columns:
        raise BadInput(where, "columns", len(head), f"at most {limits.columns}")
    if not set(needed) <= set(head):
        raise BadInput(where, "columns", ",".join(head), ", ".join(needed))
    for name in needed:
        if head.count(name) > 1:
            raise BadInput(where, "header", name, "each column name once")
