"""Write `requirements.md` from `requirements.toml`: what carries each row of the source documents.

Run by `make docs`; `tests/test_requirements.py` holds the two equal and checks that every carrier
and every test exists. Nothing else imports this.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TABLE, PAGE = HERE / "requirements.toml", HERE / "requirements.md"
Row = Mapping[str, Any]

#: Title and last row of each document; they follow one another.
DOCUMENTS = (
    ("1. Collection of internet loans (Weilidai) · 网贷催收（微粒贷）", 37),
    ("2. Service plan for personal loans · 个人贷款催收服务方案", 83),
    ("3. Local visits (MYbank) · 本地上门（网商银行）", 121),
    ("4. Consumer finance (Zhongyuan) · 消费金融（中原）", 155),
    ("5. Choice of collection means · 催收手段的选择", 215),
)
#: What a row may say of how far it is carried; without any of them it is simulated in full.
SHORT = ("limit", "context", "open")
HEAD = """# What the source documents ask for

Made by `make docs` from `requirements.toml`; a test holds the two equal.

Each of the {rows} rows is one mechanism, case, measure, challenge, figure or phase of the five
source documents. **Simulated**: what is named carries it, and the test shows it. **Within a
limit**: the mechanism is there and shown, and what it leaves out is said. **Open**: not simulated.
**Context**: nothing that a simulation of collection could do.

| simulated · 已模拟 | within a limit · 有限度 | open · 未模拟 | context · 背景 | rows |
|---:|---:|---:|---:|---:|
| {full} | {limit} | {open} | {context} | {rows} |

A carrier is `kind:name`: a knob of a scenario (`dunning show`), a lever of the organisation, a
parameter of a strategy (`param:strategy.name`), a metric, a rule, a lesson, a page of the app, a
verb of the command line, a segment of the results, a section that can change in mid-run (`regime`),
a word of the ledger, or a kernel in the code.
"""


def rows() -> dict[str, Row]:
    """Return the rows by id, in their order."""
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def state(row: Row) -> str:
    """Return how far the row is carried: a word of `SHORT`, or ``full``."""
    return next((word for word in SHORT if word in row), "full")


def paper(found: Mapping[str, Row]) -> str:
    """Return the document."""
    counts = {word: 0 for word in ("full", *SHORT)}
    for row in found.values():
        counts[state(row)] += 1
    parts, first = [HEAD.format(rows=len(found), **counts)], 1
    for title, last in DOCUMENTS:
        mine = {key: row for key, row in found.items() if first <= int(key[1:]) <= last}
        parts += [f"## {title}\n", "\n".join(_table(mine)) + "\n"]
        first = last + 1
    still = [
        f"- **{key}** {row['en']}: {row['open']}" for key, row in found.items() if "open" in row
    ]
    ending = ["## Still open · 尚未模拟\n", *(still or ["Nothing · 无"])]
    return "\n".join([*parts, *ending]) + "\n"


def _table(found: Mapping[str, Row]) -> Iterable[str]:
    yield "| id | kind | asks for | 要求 | carried by | shown by | |"
    yield "|---|---|---|---|---|---|---|"
    for key, row in found.items():
        tests = _codes(name.partition("::")[2] for name in row.get("test", ()))
        word = state(row)
        said = "" if word == "full" else f"**{word}**: {row[word]}"
        cells = (key, row["kind"], row["en"], row["zh"], _codes(row.get("by", ())), tests, said)
        yield f"| {' | '.join(cells)} |"


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    PAGE.write_text(paper(rows()), encoding="utf-8")
