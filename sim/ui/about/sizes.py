"""Is a small book a part of a large one? What the check of sizes kept, as one table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import streamlit as st

from sim.experiments.scale import GAIN, Row, sentence
from sim.play.metrics import SHELF as METRICS
from sim.scenario import Scenario
from sim.store.runs import checks, default_root
from sim.strategies import SHELF
from sim.ui import cards
from sim.ui.about import job
from sim.ui.words import Words, mark

SCENARIO = "weilidai"
STATES = {
    "small": mark("no more than matters"),
    "drifts": mark("✗ more than matters"),
    "open": mark("luck does not settle it"),
}


class Kept(checks.CheckForm):
    """What the check of sizes keeps."""

    scenario: str
    rows: list[Row]


def show(t: Words) -> None:
    """Show every deciding measure at each size of book, and how far small books are off."""
    st.subheader(t("Small books"), anchor=False)
    st.caption(t("Is a book of a few hundred accounts a part of a larger one?"))
    name = checks.name_of("scale", Scenario.load(SCENARIO).fingerprint)
    found = checks.kept(default_root(), name, Kept)
    job.offer(t, ("scale", SCENARIO), ran=found is not None)
    if found is None or not found.rows:
        return
    date = t.moment(dt.datetime.fromisoformat(found.date))
    summary = sentence(found.rows, t.lang)
    st.html(f'<p class="dl-answers">{t("{date}: {told}", date=date, told=summary)}</p>')
    sizes = sorted({row.accounts for row in found.rows})
    heads = (
        t("What is measured"),
        *(t("{n} accounts", n=t.count(n)) for n in sizes),
        t("Distance from the largest"),
    )
    note = t("A drift is the farthest distance of a smaller book from the largest, with its range.")
    st.html(cards.table(heads, [_line(t, rows) for rows in _measures(found.rows)], note))


def _measures(rows: Sequence[Row]) -> list[list[Row]]:
    """Return the rows of each measure of each strategy, smallest book first."""
    by: dict[tuple[str, str], list[Row]] = {}
    for row in sorted(rows, key=lambda row: row.accounts):
        by.setdefault((row.strategy, row.metric), []).append(row)
    return list(by.values())


def _line(t: Words, rows: Sequence[Row]) -> tuple[str, ...]:
    first = rows[0]
    key = first.metric.removesuffix(" gain") if first.metric == GAIN else first.metric
    title = t.pick(METRICS[key].title) if key in METRICS else key
    if first.metric == GAIN:
        title = t("{measure}, gain", measure=title)
    name = t.pick(SHELF[first.strategy].title) if first.strategy in SHELF else first.strategy
    return (t("{strategy}: {measure}", strategy=name, measure=title),
            *(t.number(row.value, row.half_width) for row in rows), _drift(t, rows))  # fmt: skip


def _drift(t: Words, rows: Sequence[Row]) -> str:
    """Return the farthest drift, what matters, and whether it is more."""
    smaller = [row for row in rows if row.state in STATES]
    if not smaller:
        return "–"
    worst = max(smaller, key=lambda row: (row.state == "drifts", abs(row.drift)))
    return t(
        "{drift} ± {half}; {matters} matters: {state}",
        drift=t.number(worst.drift, worst.drift_half_width, signed=True),
        half=t.number(worst.drift_half_width, worst.drift_half_width),
        matters=t.number(worst.matters, worst.matters / 10), state=t(STATES[worst.state]),
    )  # fmt: skip
