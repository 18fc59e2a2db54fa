"""A timetable as a picture whose bars are moved by numbers, with the keyboard as with the mouse."""

from __future__ import annotations

from typing import Any

import streamlit as st

from sim.core.errors import BadInput
from sim.show.charts.gantt import gantt, sentence_gantt
from sim.store import drafts
from sim.strategies.timetable import Entry, Timetable
from sim.ui import address, frame, pictures
from sim.ui.held import held
from sim.ui.words import Words, mark

MOVED = "dl_moved"  #: in the session: {timetable: {measure: {field: month}}}
FIELDS = {
    "start": (mark("First month"), 1),
    "ramp": (mark("Months to full effect"), 0),
    "last": (mark("Last month (0: it stays)"), 0),
}


def show(t: Words, base: Timetable, months: int) -> None:
    """Draw the timetable as it was moved, and let one of its bars be moved."""
    table = moved(base)
    title = t("Timetable: {name}", name=t.pick(base.title))
    pictures.chart(
        t, gantt(table, months, t.lang), key=f"gantt_{base.name}", alt=title,
        sentence=sentence_gantt(table, t.lang),
    )  # fmt: skip
    if not table.entries:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"bars_{base.name}"):
        titles = [t.pick(entry.title) for entry in table.entries]
        which = st.selectbox(
            t("Move a measure"), range(len(titles)), key=f"bar_{base.name}",
            format_func=lambda i: titles[i], width=260,
        )  # fmt: skip
        for field in FIELDS:
            _number(t, base, table.entries[which], which, field)
    if not _changes(base):
        return
    with st.container(horizontal=True):
        st.button(t("Save as my own"), key=f"bars_save_{base.name}", type="primary",
                  on_click=_save, args=(t, base))  # fmt: skip
        st.button(t("Take all changes back"), key=f"bars_forget_{base.name}", on_click=_forget,
                  args=(base.name,))  # fmt: skip
    if refused := st.session_state.pop("dl_bars_refused", None):
        frame.refusal(t, refused)


def _number(t: Words, base: Timetable, entry: Entry, which: int, field: str) -> None:
    label, least = FIELDS[field]
    key = f"bar_{base.name}_{which}_{field}"
    with held(key, int(getattr(entry, field))):
        st.number_input(
            t(label), key=key, min_value=least, max_value=60, step=1, width=150,
            on_change=_move, args=(base, which, field, key),
        )  # fmt: skip


def _move(base: Timetable, which: int, field: str, key: str) -> None:
    value = st.session_state[key]
    if value is not None:
        own = st.session_state.setdefault(MOVED, {}).setdefault(base.name, {})
        own.setdefault(which, {})[field] = int(value)


def _changes(base: Timetable) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = st.session_state.get(MOVED, {}).get(base.name, {})
    return {
        i: fields
        for i, fields in found.items()
        if i < len(base.entries)
        and any(getattr(base.entries[i], key) != value for key, value in fields.items())
    }


def moved(base: Timetable) -> Timetable:
    """Return the timetable with what the reader has moved in it."""
    changes = _changes(base)
    entries = tuple(
        entry.model_copy(update=changes.get(i, {})) for i, entry in enumerate(base.entries)
    )
    return base.model_copy(update={"entries": entries})


def _forget(name: str) -> None:
    st.session_state.get(MOVED, {}).pop(name, None)


def _save(t: Words, base: Timetable) -> None:
    """Keep what was moved as a timetable of the reader's own; a moved month is nobody's source."""
    changes, table = _changes(base), moved(base)
    rows: list[dict[str, Any]] = []
    for i, entry in enumerate(table.entries):
        row = entry.model_dump(exclude_defaults=True)
        row["cited"] = [key for key in entry.cited if key not in changes.get(i, {})]
        rows.append(row if row["cited"] else {k: v for k, v in row.items() if k != "cited"})
    title = f"{t.pick(base.title)} *"
    body = {
        "title": {"en": title, "zh": title}, "why": base.why.model_dump(),
        "present": base.present, "phases": [p.model_dump() for p in base.phases],
        "entries": rows,
    }  # fmt: skip
    try:
        name = drafts.save_timetable(body)
    except BadInput as refused:
        st.session_state["dl_bars_refused"] = refused
        return
    _forget(base.name)
    address.write(timetable=name)
    if address.read("against") == name:
        address.write(against=None)
