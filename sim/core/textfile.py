"""Bytes that people saved become text: one reader of encodings for every file of a user's.

A mark at the start decides; without one UTF-8 is tried, then UTF-16 by its zero bytes, GB18030,
and at last the code page of western Windows. The encoding is that of the whole file.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from sim.core.errors import BadInput

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
ALLOWED = "text in UTF-8 or GB18030; in a spreadsheet, save as CSV UTF-8"
_RUN = re.compile(rb"([A-Za-z]?)([\x80-\xff]+)(?=([a-z]?))")
_RARE = re.compile("[\u0250-\u02af\u0460-\u058f\u0700-\u07ff]")
_SAMPLE = 20_000  #: bytes looked at where a guess is needed


def decoded(where: object, data: bytes) -> tuple[str, str]:
    r"""Return the text of *data*, and the encoding in which it was written.

    Parameters
    ----------
    where
        What the message of a refusal names.
    data
        The file's bytes.

    Raises
    ------
    BadInput
        No text in an encoding that is known.

    Examples
    --------
    >>> decoded("a.csv", b"\\xef\\xbb\\xbfid")
    ('id', 'utf-8-sig')
    """
    if data[-4:] != data[-4:].rstrip(b"\0") and b"\0" not in data[:-4]:
        data = data.rstrip(b"\0")  # what a buffer was filled up with
    for encoding in _candidates(data):
        try:
            text = data.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
        if "\0" not in text and (text or encoding in ("utf-8-sig", "utf-8")):
            return text, encoding
    kind = "binary" if b"\0" in data else "unknown"
    raise BadInput(where, "encoding", kind, ALLOWED)


def read_text(path: Path) -> str:
    """Return the text of a file that is UTF-8 by its format; an `OSError` passes.

    Raises
    ------
    BadInput
        See `unicode_text`.
    """
    return unicode_text(path.name, path.read_bytes())


def unicode_text(where: str, data: bytes) -> str:
    """Return the text of bytes that are UTF-8 by their format, with or without a mark.

    Editors mark them and may save as UTF-16, which its mark tells.

    Raises
    ------
    BadInput
        Another encoding: a guess could change a name.
    """
    marked = any(data.startswith(mark) for mark, _ in MARKS)
    try:
        return decoded(where, data)[0] if marked else data.decode("utf-8")
    except (UnicodeDecodeError, BadInput):
        raise BadInput(where, "", where, "not UTF-8 text") from None


def _candidates(data: bytes) -> tuple[str, ...]:
    """Return the encodings to try, the likeliest first."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return (encoding,)
    if b"\0" in data[:_SAMPLE]:
        return _wide(data[:_SAMPLE])
    western = ("cp1252",) if _mostly_plain(data) else ()
    if _by_chance(data):
        return ("gb18030", "utf-8-sig")
    if western and _western(data):
        return ("utf-8-sig", *western, "gb18030")
    return ("utf-8-sig", "gb18030", *western)


def _wide(sample: bytes) -> tuple[str, ...]:
    """Return the byte order of UTF-16 without a mark: a line of letters has a zero at each turn."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if max(even, odd) * 4 < len(sample) // 2 or min(even, odd) * 8 > max(even, odd):
        return ()
    letters, encoding = (0, "utf-16-le") if odd > even else (1, "utf-16-be")
    # A table in any language has signs of ASCII on every line; what only looks wide has few.
    plain = sum(_is_sign(low) for low in sample[letters::2])
    return (encoding,) if plain * 4 >= len(sample) // 2 else ()


def _is_sign(byte: int) -> bool:
    return 32 <= byte < 127 or byte in b"\t\r\n"


def _mostly_plain(data: bytes) -> bool:
    sample = data[:_SAMPLE]
    return sum(byte < 0x80 for byte in sample) * 2 > len(sample)


def _by_chance(data: bytes) -> bool:
    """Tell whether bytes are UTF-8 by chance: letters of scripts that no lender writes.

    Few characters in GB18030, such as the sign of the yuan behind each amount, may be that.
    """
    if data.isascii():
        return False
    try:
        text = data.decode("utf-8")
        data.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return bool(_RARE.search(text))


def _western(data: bytes) -> bool:
    """Tell whether the high bytes stand singly or between letters, as accents do.

    A Chinese character has two bytes, of which common ones are both high.
    """
    accents = characters = 0
    for run in _RUN.finditer(data[:_SAMPLE]):
        before, high, after = run.groups()
        if len(high) == 1 or (len(high) == 2 and before and after):
            accents += 1
        else:
            characters += 1
    return accents > characters
