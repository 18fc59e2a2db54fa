"""Every word of the app exists in both languages, once, and with the same gaps to fill."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from sim.compare import figures
from sim.experiments.calibrate import aims
from sim.scenario import Scenario
from sim.scenario.files import names
from sim.ui import words
from sim.ui.words import Words

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted([ROOT / "app.py", *(ROOT / "sim" / "ui").rglob("*.py")])
FILES = sorted(words.CATALOGUES.glob("*.po"))
#: Terms that stay as they are in Chinese sentences: names, file kinds, commands, abbreviations.
KEEPS = {
    *(
        "AI",
        "Apache",
        "BOM",
        "CN",
        "CONC",
        "CNY",
        "KPTP",
        "CSV",
        "DPD",
        "Dunning",
        "Excel",
        "GB",
        "HTML",
        "JSON",
        "Lab",
    ),
    *("CFR", "MCOB", "UK", "US"),
    *("MB", "PDF", "Parquet", "Python", "SMS", "TOML", "URL", "UTF", "dunning", "kB"),
}


def said(source: Path):
    """Yield (line, message) of each `t("...")` and `mark("...")`; message None if no literal."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
            continue
        caller, text = node.func.id, node.args[0]
        marked = caller == "t" and isinstance(text, ast.Name | ast.Subscript | ast.Attribute)
        if caller in ("t", "mark") and not marked:
            literal = isinstance(text, ast.Constant) and isinstance(text.value, str)
            yield node.lineno, text.value if literal else None


MESSAGES = {text for source in SOURCES for _, text in said(source) if text is not None}
#: What knobs mean is said in the schema; all scenarios on the shelf have the same knobs.
ROWS = tuple(Scenario().knobs())
KNOBS = {row.text for row in ROWS}
UNITS = {row.unit for row in ROWS if row.unit and figures.unit(row.unit, "zh") == row.unit}
SOURCES_OF_KNOBS = {
    row.source for name in names() for row in Scenario.load(name).knobs() if row.source
}
KNOBS |= SOURCES_OF_KNOBS | UNITS | {aim.name for aim in aims()} | {"ratio", "per 1,000"}


def entries():
    for file in FILES:
        with file.open("rb") as lines:
            for message in read_po(lines, locale="zh_CN", abort_invalid=True):
                if message.id:
                    yield file.name, str(message.id), str(message.string)


def gaps(text: str) -> set[str]:
    return set(re.findall(r"{(\w*)", text))


def as_entry(text: str) -> str:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'msgid "{quoted}"\nmsgstr ""\n'


@pytest.mark.parametrize("source", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_what_is_said_is_written_out_where_it_is_said(source):
    lines = [line for line, text in said(source) if text is None]
    assert not lines, f"{source.name}: t() and mark() take a literal string; lines {lines}"


def test_every_message_has_a_translation():
    missing = sorted((MESSAGES | KNOBS) - {text for _, text, zh in entries() if zh})
    assert not missing, "write these into a catalogue:\n\n" + "\n".join(map(as_entry, missing))


def test_no_translation_is_left_over():
    unused = sorted(
        {f"{file}: {text}" for file, text, _ in entries() if text not in MESSAGES | KNOBS}
    )
    assert not unused, "nobody says these any more:\n" + "\n".join(unused)


def test_a_message_stands_in_one_catalogue_only():
    ids = [text for _, text, _ in entries()]
    twice = sorted({text for text in ids if ids.count(text) > 1})
    assert not twice, "move these to frame.po:\n" + "\n".join(twice)


def test_a_translation_has_the_gaps_of_its_message():
    wrong = [text for _, text, zh in entries() if gaps(text) != gaps(zh)]
    assert not wrong


def test_a_translation_speaks_chinese():
    english = {
        text: left
        for _, text, zh in entries()
        if (left := set(re.findall(r"[A-Za-z]{2,}", re.sub(r"{\w*}|`[^`]*`", "", zh))) - KEEPS)
    }
    assert not english, "English words in Chinese sentences; a name belongs into KEEPS"


def test_numbers_dates_and_money_follow_the_reader():
    import datetime as dt

    moment = dt.datetime(2026, 11, 22, 9, 5, tzinfo=dt.UTC)
    en, zh = Words("en"), Words("zh", "Asia/Shanghai")
    assert (en.count(12000), zh.count(12000)) == ("12,000", "12,000")
    assert (en.date(moment), zh.date(moment)) == ("Nov 22, 2026", "2026年11月22日")
    assert "17:05" in zh.moment(moment)
    assert (en.money(36_000, 5_000), zh.money(36_000, 5_000)) == ("CNY 36 thousand", "3.6 万元")
    assert (en.duration(42), zh.duration(42)) == ("40 seconds", "40秒钟")


def test_what_is_filled_in_is_never_taken_for_a_gap():
    assert Words("en")("It said: {line}", line="{oops}") == "It said: {oops}"
