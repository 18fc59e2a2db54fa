"""The list of runs: one card each, newest first; open, compare, note, download, delete and undo."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

from sim.core.errors import BadInput
from sim.experiments import replay
from sim.show.report.words import STATES
from sim.store.jobs import Status
from sim.store.runs import RunFolder, RunStore, keeping
from sim.ui import address, cards, export, names, results, work
from sim.ui.siblings import BUDGET
from sim.ui.words import Words

NAMED = 2  #: changed inputs that are named
SHOWN = 8  #: cards at first, and more with each wish


class Entry(NamedTuple):
    """One run in the list, in the reader's words."""

    name: str
    title: str
    facts: tuple[str, ...]
    note: str
    status: Status


def show(t: Words) -> None:
    """Show the list, what can be done with what is chosen, and the trash."""
    root = RunStore().root
    _undo(t, root)
    runs = RunStore().list()
    if not runs:
        _nothing(t)
        return
    wanted = st.text_input(
        t("Filter"), key="filter", placeholder=t("Scenario, strategy, note or name"),
        label_visibility="collapsed",
    )  # fmt: skip
    statuses = work.queue().statuses(run.path.name for run in runs)
    entries = [_entry(t, run, s) for run in runs if (s := statuses[run.path.name])]
    found = [entry for entry in entries if _fits(entry, wanted)]
    actions = st.container(key="actions")
    if not found:
        cards.card(t, "empty", t("No run fits this filter."))
    most = st.session_state.get("dl_shown", SHOWN)
    for entry in found[:most]:
        _row(t, entry)
    if len(found) > most:
        st.button(t("Show more"), key="more", on_click=_more, args=(most + SHOWN,))
    with actions:
        _actions(t, root, [e for e in found[:most] if st.session_state.get(f"pick_{e.name}")])
    _broken(t)


def _nothing(t: Words) -> None:
    live = work.queue().live()
    if live:
        cards.of_status(t, live[0])
    else:
        cards.card(t, "empty", t("No run is stored yet."))
    if st.button(t("To the comparison"), key="to_compare"):
        address.go("compare")


def _more(most: int) -> None:
    st.session_state["dl_shown"] = most


# --- one run --------------------------------------------------------------------------------------


def _entry(t: Words, run: RunFolder, status: Status) -> Entry:
    """Return a run as the list shows it, from its manifest alone."""
    _, _, asked, title, *_ = head = run.head
    created = dt.datetime.fromisoformat(head.created)
    strategies = t.listed([results.strategy_title(t, name, asked) for name in asked["strategies"]])
    facts = [t.moment(created), *_facts(t, asked, status), strategies]
    name = title.get(t.lang) or title.get("en")
    return Entry(
        run.path.name, str(name or asked["scenario"]), tuple(facts), keeping.note(run.path), status
    )


def _facts(t: Words, asked: Mapping[str, Any], status: Status) -> list[str]:
    found = []
    if isinstance(asked.get("accounts"), int) and isinstance(asked.get("days"), int):
        found += [t("{n} accounts", n=t.count(asked["accounts"])), t("{n} days", n=asked["days"])]
    if changed := asked.get("settings"):
        found.append(_changed(t, changed))
    n, planned = t.count(status.runs), t.count(status.runs_planned)
    return [*found, t("{n} of {N} runs", n=n, N=planned) if n != planned else t("{n} runs", n=n)]


def _changed(t: Words, settings: Sequence[str]) -> str:
    """Return which inputs a run changed and to what; only how many, where there are many."""
    if len(settings) > NAMED:
        return t("{n} inputs changed", n=len(settings))
    pairs = [text.partition("=")[::2] for text in settings]
    return t.listed([_set_to(t, path, value) for path, value in pairs])


def _set_to(t: Words, path: str, value: str) -> str:
    """Return one changed input with its value; the budget as money."""
    if path == BUDGET:
        with suppress(ValueError):
            return t("spend a month {m}", m=t.money(float(value)))
    return f"{names.label(t, path)} = {value}"


def _fits(entry: Entry, wanted: str) -> bool:
    text = " ".join((entry.name, entry.title, entry.note, *entry.facts)).casefold()
    return all(word in text for word in wanted.casefold().split())


def _row(t: Words, entry: Entry) -> None:
    facts = "".join(f"<span>{escape(fact)}</span>" for fact in entry.facts)
    note = f'<p class="dl-note">{escape(entry.note)}</p>' if entry.note else ""
    body = (
        f'<div class="dl-run"><p><strong>{escape(entry.title)}</strong> {_chips(t, entry)}</p>'
        f'<p class="dl-facts">{facts}</p>{note}<p class="dl-small">{escape(entry.name)}</p></div>'
    )
    with st.container(
        border=True, key=f"row_{entry.name}", horizontal=True, gap="small", wrap=False
    ):
        st.checkbox(
            t("Choose {name}", name=entry.name), key=f"pick_{entry.name}",
            label_visibility="collapsed", width="content",
        )  # fmt: skip
        st.html(body)
        if st.button(t("Open"), key=f"open_{entry.name}"):
            address.go("compare", run=entry.name)


def _chips(t: Words, entry: Entry) -> str:
    """Return the verdict of a run, or its state where it is not complete."""
    shown = "" if entry.status.state == "complete" else cards.chip(t, entry.status.state)
    if results.is_trial(results.folder(entry.name).path):
        return shown + cards.chip(t, "trial")
    if entry.status.runs and entry.status.state == "complete":
        with suppress(BadInput, ValueError, KeyError):
            shown += _verdict(results.age(entry.name), t.lang)
    return shown


@st.cache_data(max_entries=400, show_spinner=False)
def _verdict(run: results.Age, lang: str) -> str:
    """Return the verdict's chip, with the strategy that it speaks of."""
    found = replay.stored(RunFolder(Path(run.path)))
    if not found.candidates(found.baseline):
        return ""
    verdict, t = found.verdict(), Words(lang)
    of = {"keep": verdict.baseline, "partial": None, "none": None}.get(
        verdict.state, verdict.strategy
    )
    who = next((t.pick(s.title) for s in found.strategies if s.name == of), "")
    said = t.pick(STATES[verdict.state])
    words = t("{verdict}: {strategy}", verdict=said, strategy=who) if who else said
    return " " + cards.verdict_chip(verdict.state, words)


# --- what is done with it -------------------------------------------------------------------------


def _actions(t: Words, root: Any, chosen: Sequence[Entry]) -> None:
    one, two = len(chosen) == 1, len(chosen) == 2
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            t("Compare two"), key="pair", disabled=not two,
            help=None if two else t("Choose two runs first."),
        ):  # fmt: skip
            address.go("library", view="pair", run=chosen[1].name, other=chosen[0].name)
        still = [entry for entry in chosen if not entry.status.live]
        st.button(
            t("Delete"), key="delete", disabled=not still,
            help=None if still else t("Choose runs that are not going on."),
            on_click=_delete, args=(root, tuple(entry.name for entry in still)),
        )  # fmt: skip
        if one:
            _one(t, chosen[0])
        elif not chosen:
            st.caption(t("Choose one run to note or download it, two to compare them."))


def _one(t: Words, entry: Entry) -> None:
    """Offer a note on one run, and its files."""
    folder = results.folder(entry.name)
    with st.popover(t("Note"), key="note_box"):
        st.text_area(
            t("Note"), value=entry.note, key=f"note_{entry.name}", max_chars=keeping.LONGEST,
            label_visibility="collapsed",
        )  # fmt: skip
        st.button(t("Save the note"), key="note_save", on_click=_note, args=(entry.name,))
    if entry.status.runs:
        downloads(t, entry.name, folder)


def downloads(t: Words, name: str, folder: RunFolder) -> None:
    """Offer a run's report and tables; they are made when asked for."""
    st.download_button(
        t("Report (HTML)"), lambda: export.page(results.comparison(name), folder, t.lang),
        file_name=f"{name}.html", mime="text/html", key="report", on_click="ignore",
    )  # fmt: skip
    st.download_button(
        t("Tables (Excel)"), lambda: export.workbook(results.comparison(name)),
        file_name=f"{name}.xlsx", key="workbook", on_click="ignore",
        mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )  # fmt: skip
    st.download_button(
        t("Tables (CSV)"), lambda: export.tables(results.comparison(name)),
        file_name=f"{name}.zip", mime="application/zip", key="tables", on_click="ignore",
    )  # fmt: skip


def _note(name: str) -> None:
    keeping.write_note(results.folder(name).path, st.session_state[f"note_{name}"])


def _delete(root: Any, names: Sequence[str]) -> None:
    for name in names:
        with suppress(BadInput):
            keeping.discard(root, name)
            st.session_state.pop(f"pick_{name}", None)


def _undo(t: Words, root: Any) -> None:
    """Offer to take back what was deleted in the last day, the latest first."""
    gone = keeping.discarded(root)
    if not gone:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="trash"):
        st.html(f'<p class="dl-facts"><span>{escape(_deleted(t, gone))}</span></p>')
        st.button(t("Undo"), key="undo", on_click=_restore, args=(root, gone[0]))


def _deleted(t: Words, gone: Sequence[str]) -> str:
    said = t("Deleted: {name}.", name=gone[0])
    rest = t("{n} more can be taken back for a day.", n=len(gone) - 1) if len(gone) > 1 else ""
    return said + ("" if t.lang == "zh" or not rest else " ") + rest


def _restore(root: Any, name: str) -> None:
    with suppress(BadInput):
        keeping.restore(root, name)


def _broken(t: Words) -> None:
    """Name folders that are no readable runs."""
    if lines := RunStore().broken():
        with st.expander(t("{n} folders cannot be read", n=len(lines)), key="unreadable"):
            st.html("".join(f"<p class='dl-small'>{escape(line)}</p>" for line in lines[:20]))
