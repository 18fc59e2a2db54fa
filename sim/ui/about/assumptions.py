"""Every input with value, mark and source: what is known, and what is merely assumed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import streamlit as st

from sim.core.knobs import KnobRow
from sim.scenario import Scenario
from sim.scenario.files import names
from sim.show.report.words import MARKS
from sim.ui import address, cards
from sim.ui.words import Words, mark

GROUPS = {
    "book": mark("The book"),
    "kinds": mark("Kinds of borrowers"),
    "borrower": mark("How borrowers react"),
    "tones": mark("Tones"),
    "channels": mark("Channels"),
    "floor": mark("The floor"),
    "people": mark("Collectors and staff"),
    "law": mark("Law"),
    "court": mark("Court"),
    "agency": mark("Agencies"),
    "money": mark("Money"),
    "budget": mark("Budget"),
    "trial": mark("What the models learn from"),
    "difference": mark("Differences that matter"),
}


def show(t: Words) -> None:
    """Show the inputs of a scenario, by group and by mark."""
    shelf = {name: t.pick(Scenario.load(name).title) for name in names()}
    head = st.container(horizontal=True)
    with head:
        scenario = address.select(t, "scenario", t("Scenario"), shelf, "weilidai")
    if scenario is None:
        return
    rows = list(Scenario.load(scenario).knobs())
    st.html(f'<p class="dl-answers">{summary(t, rows)}</p>')
    groups = {"all": t("All groups")} | {g: group(t, g) for g in dict.fromkeys(map(_group, rows))}
    with head:
        chosen = address.select(t, "group", t("Group"), groups, "book")
    marks = {"all": t("All")} | {key: t.pick(pair) for key, pair in MARKS.items()}
    wanted = address.pick(t, "mark", t("Mark"), marks, "all")
    if chosen is None or wanted is None:
        return
    found = [r for r in rows if chosen in ("all", _group(r)) and wanted in ("all", r.mark)]
    if found:
        st.html(table(t, found))
    else:
        cards.card(t, "empty", t("No input of this group has this mark."))


def _group(row: KnobRow) -> str:
    return row.path.partition(".")[0]


def group(t: Words, name: str) -> str:
    """Return a group's title; its name where it has none yet."""
    return t(GROUPS[name]) if name in GROUPS else name


def summary(t: Words, rows: Sequence[KnobRow]) -> str:
    """Count the inputs by their mark, in a sentence."""
    counts = Counter(row.mark for row in rows)
    return t(
        "{assumed} of {all} inputs are assumed, {estimated} estimated, {cited} cited.",
        all=len(rows), **{key: counts[key] for key in MARKS},
    )  # fmt: skip


def table(t: Words, rows: Sequence[KnobRow]) -> str:
    """Return inputs as a table."""
    heads = (
        t("Input"), t("Value"), t("Unit"), t("Mark"), t("Plausible range"), t("Source"), t("Name"),
    )  # fmt: skip
    body = [
        (
            t.knob(row.text), value(t, row.value), t.unit(row.unit) or "–", t.pick(MARKS[row.mark]),
            value(t, row.sweep) if row.sweep else "–", t.knob(row.source), row.path,
        )
        for row in rows
    ]  # fmt: skip
    return cards.table(heads, body, t("Sources name the entry in the evidence papers."))


def value(t: Words, found: Any) -> str:
    """Return an input's value as it is read."""
    if isinstance(found, bool):
        return t("yes") if found else t("no")
    if isinstance(found, tuple | list):
        return " · ".join(value(t, one) for one in found)
    return f"{found:,.6g}" if isinstance(found, int | float) else str(found)
