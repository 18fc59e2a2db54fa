"""The glossary explains each word once, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "glossary.md"
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("|") and not line.startswith(("|---", "| word "))
]


def test_there_are_at_least_sixty_words():
    assert len(ROWS) >= 60


def test_every_word_has_its_chinese_and_a_meaning():
    for row in ROWS:
        assert len(row) == 3, row
        english, chinese, meaning = row
        assert english
        assert meaning
        assert re.fullmatch(r"[\u4e00-\u9fff、]+", chinese), row


def test_no_word_is_explained_twice():
    for column in (0, 1):
        words = [row[column] for row in ROWS]
        assert sorted(words) == sorted(set(words))
