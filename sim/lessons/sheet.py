"""The class's score sheet as CSV that a spreadsheet opens safely, Chinese included."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import NamedTuple

from sim.lessons.words import text

HEAD = {
    "en": ("lesson", "option", "votes", "right", "mean confidence, %", "score"),
    "zh": ("课程", "选项", "票数", "是否正确", "平均信心（%）", "得分"),
}
YES = text("yes", "是")
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")  #: what a spreadsheet would take for a formula


class Answer(NamedTuple):
    """How a class answered one lesson."""

    lesson: str
    options: tuple[str, ...]
    votes: tuple[int, ...]
    right: int
    confidence: float  #: per cent, mean
    score: float


def defused(cell: object) -> str:
    """Return a cell that no spreadsheet executes; numbers stay numbers."""
    told = f"{cell:g}" if isinstance(cell, float) else str(cell)
    if isinstance(cell, int | float):
        return told
    return f"'{told}" if told.lstrip(" ").startswith(STARTS) else told


def sheet(answers: Iterable[Answer], lang: str = "en") -> bytes:
    """Return one row per option, UTF-8 with a byte order mark."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEAD[lang])
    for a in answers:
        for i, (option, votes) in enumerate(zip(a.options, a.votes, strict=True)):
            right = getattr(YES, lang) if i == a.right else ""
            row = (a.lesson, option, votes, right, a.confidence, a.score)
            writer.writerow([defused(cell) for cell in row])
    return out.getvalue().encode("utf-8-sig")
