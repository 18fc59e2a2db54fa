"""What `benchmarks.scale` kept, as the tables of `docs/scale.md`.

Each table stands there between two comments with its name, so that it can be written again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

KEPT = Path(__file__).parent / "scale.json"
PAGE = Path(__file__).parent.parent / "docs" / "scale.md"
WHOLE, SHARD = 40_000, 5_000
SAMPLES = (20_000, 5_000, 2_000, 1_000, 500)
HUGE, LONG = 100_000_000, 90  #: the book to which costs are extrapolated, and its days

TITLES = {
    "net_value": "net value, CNY per 1,000",
    "recovery_rate": "recovery rate, %",
    "complaints": "complaints per 1,000",
    "satisfaction": "satisfaction",
    "contacts": "contacts per account",
    "busy_phone": "phone seats busy, %",
    "wait_phone": "wait for a phone seat, min",
    "hang_ups": "callers who hang up, %",
    "unserved": "left at closing per 1,000",
    "busy_complaints": "complaint desk busy, %",
    "desk_left": "complaints left overnight, %",
}
DECIDING = ("net_value", "recovery_rate", "complaints", "satisfaction")
#: Differences that matter in the default scenario (rounded); of all else a twentieth does.
MATTERS = {"net_value": 9_300.0, "recovery_rate": 0.5, "complaints": 0.25, "satisfaction": 2.0}
SHARE = 0.05

Kept = Mapping[str, Any]
Rows = dict[tuple[str, int, str], dict[str, Any]]


def rows_of(kept: Kept) -> Rows:
    """Rows by strategy, size and metric."""
    return {(r["strategy"], r["accounts"], r["metric"]): r for r in kept["rows"]}


def strategies(kept: Kept) -> list[str]:
    """Strategies in the order in which they were played."""
    return list(dict.fromkeys(r["strategy"] for r in kept["rows"]))


def state(difference: float, half: float, matters: float) -> str:
    """`≈` equal for all that matters, `≠` surely different, `?` neither is known."""
    if abs(difference) + half <= matters:
        return "≈"
    return "≠" if abs(difference) > half else "?"


def cell(row: Mapping[str, Any], name: str, level: float | None) -> str:
    """A difference with the half-width of its interval; empty where there is no number."""
    difference, half = row.get(name), row.get(f"{name}_half")
    if difference is None or half is None:
        return ""
    matters = MATTERS.get(row["metric"], SHARE * abs(level or 0.0))
    return f"{state(difference, half, matters)} {number(difference, '+')} ± {number(half)}"


def number(x: float, sign: str = "") -> str:
    """Three digits and a bit: enough to compare."""
    digits = 0 if abs(x) >= 100 else 1 if abs(x) >= 10 else 2
    return f"{x:{sign},.{digits}f}".replace("-", "−")


def shards(kept: Kept) -> Iterator[str]:
    """One floor of the whole book, and what eight floors of an eighth change."""
    rows, names = rows_of(kept), strategies(kept)
    yield from head(["", *(f"`{n}`: one floor | shards" for n in names)], 1 + 2 * len(names))
    for metric, title in TITLES.items():
        cells = [title]
        for name in names:
            whole, split = rows[name, WHOLE, metric], rows[name, SHARD, metric]
            level = whole["value"]
            cells += ["" if level is None else number(level), cell(split, "bias", level)]
        yield line(cells)


def leads(kept: Kept) -> Iterator[str]:
    """What a comparison of a sample says, against the same on the whole book."""
    rows = rows_of(kept)
    yield from head(["", "", f"at {WHOLE:,}", *(f"{n:,}" for n in SAMPLES)], 3 + len(SAMPLES))
    for name in strategies(kept)[1:]:
        for metric in DECIDING:
            whole = rows[name, WHOLE, metric]
            told = f"{number(whole['lead'], '+')} ± {number(whole['lead_half'])}"
            found = [cell(rows[name, n, metric], "lead_bias", None) for n in SAMPLES]
            yield line([f"`{name}`", TITLES[metric], told, *found])


def levels(kept: Kept) -> Iterator[str]:
    """What a sample says of the floor itself, against the whole book's."""
    rows = rows_of(kept)
    yield from head(["", "", f"at {WHOLE:,}", *(f"{n:,}" for n in SAMPLES)], 3 + len(SAMPLES))
    for name in ("phone_only", "process", "ai"):
        for metric in (m for m in TITLES if m not in DECIDING):
            level = rows[name, WHOLE, metric]["value"]
            if level is not None:
                found = [cell(rows[name, n, metric], "bias", level) for n in SAMPLES]
                yield line([f"`{name}`", TITLES[metric], number(level), *found])


def costs(kept: Kept) -> Iterator[str]:
    """Processor time by size, and what it comes to for a huge book."""
    taken = {
        (c["strategy"], c["accounts"]): c["seconds_per_million_account_days"] for c in kept["costs"]
    }
    sizes = sorted({n for _, n in taken})
    floors = (SHARD, WHOLE)
    yield from head(
        ["", *(f"{n:,}" for n in sizes), *(f"core-hours, floors of {n:,}" for n in floors)],
        1 + len(sizes) + len(floors),
    )
    for name in strategies(kept):
        each = [f"{taken[name, n]:.2f}" for n in sizes]
        hours = [f"{taken[name, n] * HUGE * LONG / 1e6 / 3_600:.1f}" for n in floors]
        yield line([f"`{name}`", *each, *hours])


TABLES: dict[str, Callable[[Kept], Iterator[str]]] = {
    "shards": shards,
    "leads": leads,
    "levels": levels,
    "costs": costs,
}


def line(cells: list[str]) -> str:
    """One line of a table."""
    return f"| {' | '.join(cells)} |"


def head(cells: list[str], columns: int) -> list[str]:
    """Return the two first lines of a table: the first column left, the others right."""
    return [line(cells), f"|---|{'---:|' * (columns - 1)}"]


def written(page: str, kept: Kept) -> str:
    """Return the page with its tables written again."""
    for name, table in TABLES.items():
        body = "\n".join(table(kept))
        page = re.sub(
            f"(<!-- {name} -->\n).*?(<!-- /{name} -->)",
            lambda m, body=body: f"{m[1]}{body}\n{m[2]}",  # type: ignore[misc]
            page,
            flags=re.DOTALL,
        )
    return page


def read() -> dict[str, Any]:
    """Return what the last experiment kept."""
    return dict(json.loads(KEPT.read_text(encoding="utf-8")))


def write() -> None:
    """Write the tables of the page again."""
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), read()), encoding="utf-8")
