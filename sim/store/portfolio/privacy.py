"""Recognise what identifies a person, so that it is neither kept nor repeated."""

from __future__ import annotations

import re

import pandas as pd

from sim.core.errors import BadInput
from sim.store.portfolio.text import matches

# Mainland mobile numbers have 11 digits of which the first two are 13 to 19, with or without +86
# and separators; others are known by the country's code.
PHONE = r"(?:\+?86[- ]?)?1[3-9][0-9][- ]?[0-9]{4}[- ]?[0-9]{4}"
PHONE += r"|\+[0-9]{1,3}[- ]?[0-9](?:[- ]?[0-9]){6,11}"
# GB 11643: the code of a province, a day of birth, and a check character.
IDENTITY = (
    r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])[0-9]{4}"
    r"(?:19[0-9]{2}|200[0-9]|201[0-5])(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]"
)
NAME = (
    r"[\u4e00-\u9fff·]{2,4}"
    r"|[A-Z][a-z'.-]+(?: [A-Z][a-z'.-]*)* [A-Z][a-z'.-]+"
    r"|[A-Z]{2,}(?: [A-Z]{2,})+"
)
LOOKS = {"phone numbers": PHONE, "identity numbers": IDENTITY, "names": NAME}

_HEADER = re.compile(
    r"姓名|名字|客户名|手机|电话|身份证|证件|联系人|地址|住址|邮箱"
    r"|(?:^|[^a-z])(?:phone|mobile|tel|telephone|email|address|ssn|passport|id_?card|national_id)"
    r"(?:[^a-z]|$)|name$",
)
_VALUE = re.compile("|".join(f"(?:{look})" for look in LOOKS.values()))
# What a message does not repeat: every number as long as one of them, whatever its structure.
_NUMBER = re.compile(f"(?:{PHONE})|[0-9]{{3}}[- ]?[0-9]{{4}}[- ]?[0-9]{{4}}|[0-9]{{17}}[0-9Xx]")
_WIDEST = 24


def why_personal(header: str, cells: pd.Series[str]) -> str:
    """Return why a column is not kept, "" where it holds nothing of a person."""
    if _HEADER.search(header.casefold()):
        return "personal data is never kept"
    filled = cells[cells != ""]
    for kind, look in LOOKS.items():
        if len(filled) and matches(filled, look).mean() > 0.5:
            return f"looks like {kind}, which are never kept"
    return ""


def refuse_personal(where: str, header: str, cells: pd.Series[str]) -> None:
    """Refuse a column that would be kept although it looks like personal data.

    Parameters
    ----------
    where
        Name of the file.
    header
        The file's name for the column.
    cells
        Its text, empty where missing.

    Raises
    ------
    BadInput
        The header says so, or more than half of the filled cells look like it.
    """
    if why := why_personal(header, cells):
        raise BadInput(where, "column", header, f"{why}; map another column")


def speaks_of_persons(header: str) -> bool:
    """Tell whether a column's name says that it holds names, numbers or addresses of people."""
    return _HEADER.search(header.casefold()) is not None or is_personal_number(header)


def is_personal(text: str) -> bool:
    """Tell whether a single value has the shape of a phone or identity number or a name."""
    return _VALUE.fullmatch(text) is not None


def is_personal_number(text: str) -> bool:
    """Tell whether *text* is as long as a phone or identity number: not to be repeated."""
    return _NUMBER.fullmatch(text) is not None


def shown(text: str) -> str:
    """Return *text* as a message may repeat it: short, and masked where it may be a person."""
    if is_personal(text) or is_personal_number(text):
        return masked(text)
    return text if len(text) <= _WIDEST else f"{text[:_WIDEST]}…"


def masked(text: str) -> str:
    """Return a stand-in that tells only the length."""
    return f"({len(text)} characters)"
