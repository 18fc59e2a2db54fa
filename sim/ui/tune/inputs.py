"""The inputs as a form out of the schema, and beside it what differs from the base."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import streamlit as st

from sim.core.errors import BadInput
from sim.core.knobs import KnobRow
from sim.scenario import Scenario
from sim.scenario.changes import Problem, as_toml, from_toml, same, shape, shown, typed
from sim.scenario.files import names as shelf
from sim.show.report.words import MARKS
from sim.ui import address, cards, frame, names
from sim.ui.held import held
from sim.ui.tune import people, state
from sim.ui.tune.state import Desk
from sim.ui.words import Words

TONES = {"cited": "accent", "estimated": "grey", "assumed": "worse"}


def show(t: Words, desk: Desk) -> None:
    """Show the form, and the changes beside it."""
    form, changes = st.columns([3, 1.25], gap="medium")
    with form:
        rows = _chosen(t, desk)
        if rows is not None:
            _read_only(t, desk, rows)
            _rows(t, desk, rows)
    with changes:
        _changes(t, desk)


def _chosen(t: Words, desk: Desk) -> list[KnobRow] | None:
    """Ask which inputs; None where the link asks for what does not exist."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="tune_write_find"):
        wanted = st.text_input(t("Search"), key="search", placeholder=t("wage, phone, complaint …"))
        groups = {"all": t("All groups")} | {g: t(title) for g, (title, _) in names.GROUPS.items()}
        group = address.select(t, "group", t("Group"), groups, "book")
    show = address.pick(
        t, "show", t("Which inputs"),
        {"all": t("All"), "changed": t("Changed"), "assumed": t("Assumed only")},
    )  # fmt: skip
    if group is None or show is None:
        return None
    rows = [r for r in desk.base.knobs() if show != "assumed" or r.mark == "assumed"]
    if show == "changed":
        rows = [r for r in rows if r.path in desk.draft.changes]
    elif wanted:
        rows = [r for r in rows if _found(t, r, wanted)]
    elif group != "all":
        rows = [r for r in rows if names.group_of(r.path) == group]
    if group == "shares" and not wanted:
        _shares(t, desk)
    if show == "all" and people.sought(group, wanted):
        people.show(t, desk)
    return rows


def _found(t: Words, row: KnobRow, wanted: str) -> bool:
    heap = f"{row.path} {row.text} {names.label(t, row.path)} {t.unit(row.unit)}".casefold()
    return all(word in heap for word in wanted.casefold().split())


def _rows(t: Words, desk: Desk, rows: Sequence[KnobRow]) -> None:
    if not rows:
        if not people.sought("", str(st.session_state.get("search", ""))):
            cards.card(t, "empty", t("No input fits this choice."))
        return
    wrong = {p.path: p for p in desk.problems}
    with st.container(key="tune_write_rows"):
        for row in rows[: names.MOST]:
            _row(t, desk, row, wrong.get(row.path))
    if len(rows) > names.MOST:
        more = t("{n} more are not shown; search, or choose a group.", n=len(rows) - names.MOST)
        st.caption(more)


def _row(t: Words, desk: Desk, row: KnobRow, problem: Problem | None) -> None:
    said, field = st.columns([3, 1.3], vertical_alignment="top", gap="small")
    with said:
        st.html(_said(t, row, row.path in desk.draft.changes))
    with field:
        _field(t, desk, row)
        if problem:
            st.html(f'<p class="dl-wrong" role="alert">{escape(names.sentence(t, problem))}</p>')


def _said(t: Words, row: KnobRow, changed: bool) -> str:
    """Return an input's name, base value, mark, range and source."""
    tone = TONES.get(row.mark, "grey")
    unit = f" <span class='dl-small'>({escape(t.unit(row.unit))})</span>" if row.unit else ""
    facts = [
        t("base: {value}", value=shown_value(t, row.value)),
        f"{t('plausible')}: {_range(t, row.sweep)}" if len(set(row.sweep)) > 1 else "",
    ]
    facts_html = " · ".join(escape(f) for f in facts if f)
    dot = f'<span class="dl-dot" title="{escape(t("changed"))}">●</span> ' if changed else ""
    return (
        f'<div class="dl-knob">{dot}<strong>{escape(names.label(t, row.path))}</strong>{unit}'
        f'<div class="dl-small">{facts_html} <span class="dl-chip dl-{tone}">'
        f"{escape(t.pick(MARKS[row.mark]))}</span>"
        f"<details><summary>{escape(t('Source'))}</summary>{escape(t.knob(row.source))}"
        f"<br><code>{escape(row.path)}</code></details></div></div>"
    )


def _range(t: Words, sweep: Sequence[float]) -> str:
    return " – ".join(t.number(v) for v in sweep)


def shown_value(t: Words, value: Any) -> str:
    """Return a value as it is read."""
    if isinstance(value, bool):
        return t("yes") if value else t("no")
    if isinstance(value, int):
        return t.count(value)
    if isinstance(value, float):
        return f"{value:,.12g}"
    return shown(value) or "–"


def _field(t: Words, desk: Desk, row: KnobRow) -> None:
    """Show the field of an input; nothing is bounded in the browser, the schema judges."""
    key, kind = f"in_{row.path.replace('.', '_')}", shape(row.path)
    value = desk.draft.changes.get(row.path, row.value)
    name = names.label(t, row.path)
    if kind.kind == "bool" and isinstance(value, bool):
        with held(key, value):
            st.toggle(
                name, key=key, label_visibility="collapsed", on_change=_edited, args=(row.path, key)
            )
    elif kind.kind == "choice" and value in kind.choices:
        with held(key, value):
            st.selectbox(
                name, kind.choices, key=key, label_visibility="collapsed", on_change=_edited,
                args=(row.path, key),
            )  # fmt: skip
    else:
        with held(key, shown(value)):
            st.text_input(
                name, key=key, label_visibility="collapsed", on_change=_edited, args=(row.path, key)
            )


def _edited(path: str, key: str) -> None:
    """Keep what was entered, whatever it is; a value like the base's is no change."""
    draft, given = state.now(), st.session_state[key]
    value = typed(path, given) if isinstance(given, str) else given
    base = next(r.value for r in Scenario.load(draft.base).knobs() if r.path == path)
    changes = {p: v for p, v in draft.changes.items() if p != path}
    if not same(value, base):
        changes[path] = value
    if changes != draft.changes:
        state.save(draft.put(changes))


# --- shares of the kinds -------------------------------------------------------------------------


def _shares(t: Words, desk: Desk) -> None:
    paths = [p for p in desk.values if p.startswith("kinds.") and p.endswith(".share")]
    values = [desk.draft.changes.get(p, desk.values[p]) for p in paths]
    total = sum(v for v in values if isinstance(v, int | float))
    right = abs(total - 1.0) < 1e-6
    with st.container(horizontal=True, vertical_alignment="center", key="tune_write_shares"):
        st.html(
            f'<p class="{"dl-small" if right else "dl-wrong"}">'
            + escape(t("Sum of the eight shares: {sum}", sum=t.percent(total, 2)))
            + "</p>"
        )
        st.button(t("Scale to 100 %"), key="scale", on_click=_scale, disabled=right or total <= 0)


def _scale() -> None:
    draft = state.now()
    base = {r.path: r.value for r in Scenario.load(draft.base).knobs()}
    paths = [p for p in base if p.startswith("kinds.") and p.endswith(".share")]
    values = {p: draft.changes.get(p, base[p]) for p in paths}
    total = sum(values.values())
    scaled = {p: round(v / total, 9) for p, v in values.items()}
    largest = max(scaled, key=scaled.__getitem__)
    scaled[largest] = round(scaled[largest] + 1.0 - sum(scaled.values()), 9)
    changes = {p: v for p, v in draft.changes.items() if p not in paths}
    changes |= {p: v for p, v in scaled.items() if not same(v, base[p])}
    state.save(draft.put(changes))


# --- what differs --------------------------------------------------------------------------------


def _changes(t: Words, desk: Desk) -> None:
    draft = desk.draft
    with st.container(key="tune_write_base"):
        titles = {name: t.pick(Scenario.load(name).title) for name in shelf()}
        with held("base", draft.base):
            st.selectbox(
                t("Base scenario"), list(titles), key="base", format_func=lambda n: titles[n],
                on_change=_rebase,
            )  # fmt: skip
    st.html(
        '<p class="dl-lead"><strong>'
        + escape(t("Changes from {base}", base=t.pick(desk.base.title)))
        + "</strong></p>"
    )
    if not draft.changes:
        st.caption(t("Nothing is changed yet."))
    for path, value in sorted(draft.changes.items()):
        _change(t, desk, path, value)
    text = as_toml(draft.base, draft.changes)
    with st.expander(t("As a file (TOML)"), expanded=bool(draft.changes)):
        st.code(text, language="toml")
    st.download_button(
        t("Download"), text, file_name="dunning-inputs.toml", mime="application/toml",
        key="toml_down", on_click="ignore",
    )  # fmt: skip
    with st.container(key="tune_write_upload"):
        _upload(t)


def _change(t: Words, desk: Desk, path: str, value: Any) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"change_{_key(path)}"):
        wrong = any(p.path == path for p in desk.problems)
        st.html(
            f'<div class="dl-change{" dl-wrong" if wrong else ""}">{escape(names.label(t, path))}'
            f'<br><span class="dl-old">{escape(shown_value(t, desk.values.get(path)))}</span> → '
            f"<strong>{escape(shown_value(t, value))}</strong></div>"
        )
        st.button(
            "×", key=f"drop_{_key(path)}", on_click=_drop, args=(path,),
            help=t("Back to the base's value"),
        )  # fmt: skip


def _key(path: str) -> str:
    return path.replace(".", "_")


def _drop(path: str) -> None:
    draft = state.now()
    state.save(draft.put({p: v for p, v in draft.changes.items() if p != path}))


def _rebase() -> None:
    """Take another base; changes that are its own values already are none any more."""
    draft, base = state.now(), str(st.session_state["base"])
    own = {r.path: r.value for r in Scenario.load(base).knobs()}
    kept = {p: v for p, v in draft.changes.items() if not same(v, own[p])}
    state.save(draft.put(kept, base))


def _upload(t: Words) -> None:
    turn = st.session_state.setdefault("dl_toml_turn", 0)
    file = st.file_uploader(t("Upload inputs (TOML)"), type=["toml"], key=f"toml_up_{turn}")
    if problem := st.session_state.pop("dl_toml_refused", None):
        frame.refusal(t, problem)
    if file is None:
        return
    try:
        base, changes = from_toml(file.getvalue(), t("the file"))
        state.save(state.now().put(changes, base))
    except BadInput as refused:
        st.session_state["dl_toml_refused"] = refused
    st.session_state["dl_toml_turn"] = turn + 1
    st.rerun()


# --- to read on a phone --------------------------------------------------------------------------


def _read_only(t: Words, desk: Desk, rows: Sequence[KnobRow]) -> None:
    """Show the same rows as a table; the style sheet shows it where fields have no room."""
    with st.container(key="tune_read_rows"):
        cards.card(t, "note", t("On a phone the inputs can be read, not changed."))
        st.html(
            cards.table(
                (t("Input"), t("Value"), t("Mark")),
                [
                    (names.label(t, r.path),
                     shown_value(t, desk.draft.changes.get(r.path, r.value)),
                     t.pick(MARKS[r.mark]))
                    for r in rows[: names.MOST]
                ],
            )
        )  # fmt: skip
