"""A timetable of the reader's own: one row per measure, checked by the schema, kept as a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import pandas as pd
import streamlit as st

from sim.core.domain import Organisation
from sim.core.errors import BadInput
from sim.scenario.changes import as_number
from sim.store import drafts
from sim.strategies import SHELF
from sim.strategies.recipe import PARAMS as BOUNDS
from sim.strategies.timetable import Entry, Timetable
from sim.strategies.timetable.form import GROUPS, LEVERS, LONGEST, PARAMS, POLICY, Topic
from sim.ui import address, frame, press
from sim.ui.levers import LEVER_TITLES, PARAM_TITLES
from sim.ui.words import LANGUAGES, Words, mark

GROUP_TITLES = {
    "people": mark("people: skill, wage, seats"),
    "training": mark("training and resilience"),
    "incentives": mark("incentives and appraisal"),
    "sharing": mark("shared records and help"),
    "process": mark("coaching on the process"),
    "channels": mark("channels and tracing"),
    "hours": mark("evenings and Saturdays on the phone"),
    "outside_the_office": mark("visits, suits, agencies, sale"),
    "everything": mark("all levers together"),
}
TOPICS = {
    "classification": mark("grades"),
    "channels": mark("channels"),
    "care": mark("care"),
    "data": mark("data"),
    "compliance": mark("compliance"),
    "appraisal": mark("appraisal"),
    "people": mark("people"),
    "process": mark("process"),
}
YES = {True: "1", False: "0"}
REFUSED, DRAWN = "dl_table_refused", "dl_table_drawn"
WHOLE = ("start", "ramp", "last")
MONEY = ("one_off", "monthly")


def lever_title(t: Words, lever: str) -> str:
    """Return what an entry moves, in the reader's words."""
    if lever == POLICY:
        return t("the whole way of working (policy)")
    if lever.startswith(PARAMS):
        name = lever.removeprefix(PARAMS)
        title = t(PARAM_TITLES[name]) if name in PARAM_TITLES else name
        return f"{title} ({t.unit('CNY')})" if _in_fen(lever) else title
    return t(GROUP_TITLES[lever]) if lever in GROUP_TITLES else t(LEVER_TITLES[lever])


def show(t: Words, base: Timetable) -> None:
    """Offer the rows of *base* to be changed, and to be kept as a timetable of the reader's own."""
    with st.expander(t("Make it yours: change measures, months, owners and money")):
        st.caption(
            t("Each row is a measure. It moves a lever either to a number (yes is 1, no is 0) or "
              "to its value in a strategy: fill one of the two. Ramp: months to full effect, 0 is "
              "at once. Last month: 0 if it stays. New rows at the foot; choose rows on the left "
              "to delete them.")
        )  # fmt: skip
        turn = st.session_state.get(DRAWN, 0)
        shown = st.data_editor(
            table(t, base), key=f"table_{base.name}_{t.lang}_{turn}", num_rows="dynamic",
            hide_index=True, placeholder="–", column_config=_columns(t, base),
        )  # fmt: skip
        st.text_input(t("Name of your timetable"), key="table_name", max_chars=60,
                      placeholder=t("such as: Care first"))  # fmt: skip
        with st.container(horizontal=True):
            press.act(t("Save as my own"), "table_save", _save, t, base, shown)
            st.button(t("Take all changes back"), key="table_forget", on_click=_redraw)
            if base.name in drafts.own_timetables():
                st.button(t("Delete this timetable"), key="table_delete", on_click=_delete,
                          args=(base.name,))  # fmt: skip
    if refused := st.session_state.pop(REFUSED, None):
        frame.refusal(t, refused)


def table(t: Words, base: Timetable) -> pd.DataFrame:
    """Return the entries as rows that can be edited."""
    return pd.DataFrame([_row(t, entry) for entry in base.entries], columns=list(_KEYS))


_KEYS = ("title", "lever", "to", "as_in", "start", "ramp", "last", "owner", "one_off", "monthly",
         "topic")  # fmt: skip


def _row(t: Words, e: Entry) -> dict[str, Any]:
    to = "" if e.to is None else YES[e.to] if isinstance(e.to, bool) else f"{_cny(e.lever, e.to):g}"
    return {
        "title": t.pick(e.title), "lever": e.lever, "to": to, "as_in": e.as_in, "start": e.start,
        "ramp": e.ramp, "last": e.last, "owner": t.pick(e.owner), "one_off": e.one_off,
        "monthly": e.monthly, "topic": e.topic,
    }  # fmt: skip


def _columns(t: Words, base: Timetable) -> dict[str, Any]:
    c = st.column_config
    used = {e.lever for e in base.entries}
    params = sorted({e for e in used if e.startswith(PARAMS)} | {f"{PARAMS}{p}" for p in _params()})
    levers = [POLICY, *GROUPS, *LEVERS, *params]
    strategies = {"": "", **{name: t.pick(s.title) for name, s in SHELF.items()}}
    return {
        "title": c.TextColumn(t("Measure"), width=190, required=True),
        "lever": c.SelectboxColumn(t("Lever"), options=levers, width=180, required=True,
                                   format_func=lambda name: lever_title(t, str(name))),
        "to": c.TextColumn(t("To value"), width=95),
        "as_in": c.SelectboxColumn(t("As in"), options=list(strategies), width=105,
                                   format_func=lambda name: strategies.get(str(name), str(name))),
        "start": _months(t("First month"), 1),
        "ramp": _months(t("Ramp"), 0),
        "last": _months(t("Last month"), 0),
        "owner": c.TextColumn(t("Owner"), width=140),
        "one_off": c.NumberColumn(t("Once, CNY"), default=0.0, min_value=0.0, format="%d"),
        "monthly": c.NumberColumn(t("A month, CNY"), default=0.0, min_value=0.0, format="%d"),
        "topic": c.SelectboxColumn(t("Topic"), options=list(get_args(Topic)), default="process",
                                   format_func=lambda name: t(TOPICS[str(name)])),
    }  # fmt: skip


def _months(label: str, least: int) -> Any:
    return st.column_config.NumberColumn(
        label, default=least, min_value=least, max_value=LONGEST, step=1, width=100
    )


def _params() -> set[str]:
    """Return the parameters that any policy on the shelf has and that have a title."""
    return {name for s in SHELF.values() for name in s.params._fields if name in PARAM_TITLES}


# --- what the reader made of it ------------------------------------------------------------------


def body(t: Words, base: Timetable, rows: pd.DataFrame, name: str) -> dict[str, Any]:
    """Return the timetable that the rows describe, unchecked.

    What a row leaves as it was keeps both languages and its source; what it changes is the
    reader's own, in either language.
    """
    before: dict[Any, Entry] = dict(enumerate(base.entries))
    title = name.strip() or f"{t.pick(base.title)} *"
    why = {lang: _origin(Words(lang), base) for lang in LANGUAGES}
    return {
        "title": {"en": title, "zh": title}, "why": why, "present": base.present,
        "phases": [phase.model_dump() for phase in base.phases],
        "entries": [_entry(t, row, before.get(i)) for i, row in rows.to_dict("index").items()],
    }  # fmt: skip


def _origin(t: Words, base: Timetable) -> str:
    return t("Made from “{title}”.", title=t.pick(base.title))


def _entry(t: Words, row: Mapping[Any, Any], before: Entry | None) -> dict[str, Any]:
    was = _row(t, before) if before else {}
    found: dict[str, Any] = {key: _cell(key, row.get(key)) for key in _KEYS}
    for key in ("title", "owner"):
        same = before is not None and found[key] == was[key]
        text = getattr(before, key).model_dump() if same else None
        found[key] = text or {"en": found[key], "zh": found[key]}
    if _in_fen(found["lever"]) and isinstance(found["to"], int | float):
        found["to"] *= 100
    if isinstance(getattr(Organisation(), found["lever"], None), bool) and found["to"] in (0, 1):
        found["to"] = bool(found["to"])
    if before is not None and (kept := [k for k in before.cited if row.get(k) == was.get(k)]):
        found |= {"cited": kept, "source": before.source}
    return {key: value for key, value in found.items() if value is not None}


def _cell(key: str, value: Any) -> Any:
    """Return a cell as the form takes it; an empty one as what it stands for."""
    empty = value is None or (isinstance(value, float) and pd.isna(value)) or value == ""
    if key in WHOLE:
        return (1 if key == "start" else 0) if empty else int(value)
    if key in MONEY:
        return 0.0 if empty else float(value)
    if key == "to":
        return None if empty else as_number(str(value))
    if key == "topic":
        return "process" if empty else value
    return "" if empty else str(value).strip()


def _cny(lever: str, value: float) -> float:
    """Return a value as it is asked for: thresholds that the policy keeps in fen, in CNY."""
    return value / 100 if _in_fen(lever) else value


def _in_fen(lever: str) -> bool:
    bounds = BOUNDS.get(lever.removeprefix("params."))
    return lever.startswith("params.") and bounds is not None and bounds.unit == "fen"


def _save(t: Words, base: Timetable, rows: pd.DataFrame) -> None:
    try:
        name = drafts.save_timetable(
            body(t, base, rows, str(st.session_state.get("table_name", "")))
        )
    except BadInput as refused:
        st.session_state[REFUSED] = refused
        return
    address.write(timetable=name)
    if address.read("against") == name:
        address.write(against=None)
    st.session_state["table_name"] = ""


def _delete(name: str) -> None:
    drafts.remove_timetable(name)
    address.write(timetable=None, against=None)


def _redraw() -> None:
    st.session_state[DRAWN] = st.session_state.get(DRAWN, 0) + 1
