"""The bar at the foot: how many changes, whether they can be played, undo, save, run."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st

from sim.core.errors import BadInput
from sim.scenario.changes import settings
from sim.scenario.files import names as shelf
from sim.store import drafts
from sim.store.runs import RunFolder, RunStore
from sim.ui import address, cards, frame, names, results, work
from sim.ui.held import held
from sim.ui.tune import state
from sim.ui.tune.state import Desk
from sim.ui.words import Words

USUAL = {"replications": "10", "accounts": "", "days": ""}
MOST = {"replications": 1_000, "accounts": 1_000_000, "days": 3_650}


def words_of(desk: Desk, strategies: tuple[str, ...], baseline: str) -> list[str]:
    """Return the words after ``dunning`` that compare *strategies* with the draft's inputs."""
    play = USUAL | desk.draft.play
    words = ["compare", desk.draft.base, "--strategies", ",".join(tokens(strategies))]
    words += ["--baseline", tokens((baseline,))[0]]
    for text in settings(desk.draft.changes):
        words += ["--set", text]
    for option in ("replications", "accounts", "days"):
        if value := play[option].strip():
            words += [f"--{option}", value]
    return words + book_words(desk.draft.portfolio)


def book_words(portfolio: str) -> list[str]:
    """Return the words that have the user's own book played; none where there is none."""
    return ["--portfolio", str(drafts.portfolio_file(portfolio))] if portfolio else []


def tokens(strategies: tuple[str, ...]) -> list[str]:
    """Return strategies as the command line takes them: own ones by their file."""
    return [
        str(drafts.strategy_file(name)) if name.startswith("own_") else name for name in strategies
    ]


def reason(t: Words, desk: Desk) -> str:
    """Return why the draft cannot be run; empty where it can."""
    if desk.problems:
        first, n = desk.problems[0], len(desk.problems)
        words = {"name": names.label(t, first.path), "why": names.sentence(t, first)}
        if n == 1:
            return t("{name}: {why}", **words)
        return t("{n} inputs cannot be played. {name}: {why}", n=n, **words)
    book = desk.draft.portfolio
    if book and not drafts.portfolio_file(book).is_file():
        return t("Your book was deleted. Upload it again, or go on with a drawn one.")
    if not desk.chosen:
        return t("Choose at least one strategy.")
    if desk.draft.baseline not in desk.chosen:
        return t("The baseline must be one of the strategies.")
    for option, value in (USUAL | desk.draft.play).items():
        if value and not (re.fullmatch("[0-9]{1,7}", value) and 1 <= int(value) <= MOST[option]):
            return t("A whole number from 1 to {most} is needed, you entered “{value}”.",
                     most=t.count(MOST[option]), value=value)  # fmt: skip
    if poor := desk.unaffordable():
        return t("The budget does not pay the fixed costs of {names}.",
                 names=t.listed([desk.title(t, n) for n in poor]))  # fmt: skip
    return ""


def show(t: Words, desk: Desk) -> None:
    """Show the bar."""
    why = reason(t, desk)
    with (
        st.bottom,
        st.container(key="tune_write_bar", horizontal=True, vertical_alignment="center"),
    ):
        st.html(_sentence(t, desk, why), width="stretch")
        st.button(
            t("Undo"), key="undo", on_click=_undo, disabled=not desk.draft.undone,
        )  # fmt: skip
        with st.popover(t("Save as…")):
            _saving(t, desk)
        with st.popover(t("What is played")):
            _playing(t, desk)
        st.button(
            t("Run"), key="run_now", type="primary", on_click=_run, disabled=bool(why),
            help=why or None,
        )  # fmt: skip


def _sentence(t: Words, desk: Desk, why: str) -> str:
    n = len(desk.draft.changes)
    count = t("1 change") if n == 1 else t("{n} changes", n=n)
    saved = f" · {escape(desk.draft.title)}" if desk.draft.title else ""
    saved += f" · {escape(t('on your own book'))}" if desk.draft.portfolio else ""
    state_ = f'<span class="dl-wrong" role="alert">{escape(why)}</span>' if why else t("valid")
    return f'<p class="dl-change"><strong>{escape(count)}</strong>{saved} · {state_}</p>'


def _undo() -> None:
    draft = state.now()
    state.save(draft.undo())


# --- saving --------------------------------------------------------------------------------------


def _saving(t: Words, desk: Desk) -> None:
    st.text_input(t("Name of these inputs"), key="save_name", max_chars=80)
    st.button(t("Save"), key="save_as", on_click=_save_as)
    kept = drafts.drafts()
    if not kept:
        return
    titles = {d.id: d.title for d in kept}
    st.selectbox(
        t("Saved inputs"), list(titles), index=None, key="open_saved",
        format_func=lambda i: titles.get(i, i), placeholder=t("Choose"),
    )  # fmt: skip
    with st.container(horizontal=True):
        st.button(t("Open"), key="open_draft", on_click=_open)
        st.button(t("Delete"), key="delete_draft", on_click=_delete)
        st.button(t("Begin a new draft"), key="new_draft", on_click=state.begin)


def _save_as() -> None:
    """Keep a copy under a title; the work goes on in the copy."""
    if title := str(st.session_state["save_name"]).strip():
        state.save(state.now().with_(id="", title=title))


def _open() -> None:
    if chosen := st.session_state.get("open_saved"):
        st.session_state[state.LAST] = chosen
        address.write(draft=chosen, run=None)


def _delete() -> None:
    if chosen := st.session_state.get("open_saved"):
        drafts.remove(chosen)
        if state.now().id in ("", chosen):
            state.begin()


# --- playing -------------------------------------------------------------------------------------


def _playing(t: Words, desk: Desk) -> None:
    """Ask for strategies, baseline and size."""
    titles = {name: desk.title(t, name) for name in desk.strategies}
    with held("play_strategies", list(desk.chosen)):
        st.multiselect(
            t("Strategies"), list(titles), key="play_strategies", format_func=lambda n: titles[n],
            on_change=_played, placeholder=t("Choose"),
        )  # fmt: skip
    line = desk.draft.baseline if desk.draft.baseline in titles else None
    with held("play_baseline", line):
        st.selectbox(
            t("Baseline"), list(titles), key="play_baseline", format_func=lambda n: titles[n],
            on_change=_played, placeholder=t("Choose"),
        )  # fmt: skip
    play = USUAL | desk.draft.play
    labels = {"replications": t("Replications"), "accounts": t("Accounts"), "days": t("Days")}
    for option, label in labels.items():
        with held(f"play_{option}", play[option]):
            st.text_input(
                label, key=f"play_{option}", on_change=_played,
                placeholder="" if option == "replications" else t("as in the inputs"),
            )  # fmt: skip


def _played() -> None:
    s = st.session_state
    play = {option: str(s.get(f"play_{option}", "")).strip() for option in USUAL}
    play["replications"] = play["replications"] or USUAL["replications"]
    state.save(
        state.now().with_(
            strategies=tuple(s["play_strategies"]), baseline=s["play_baseline"] or "", play=play
        )
    )


def _run() -> None:
    desk = state.laid(state.now())
    start(desk, words_of(desk, desk.chosen, desk.draft.baseline))


def start(desk: Desk, words: list[str]) -> None:
    """Put a run in the queue and remember it in the draft; what is refused is said later."""
    try:
        state.save(desk.draft.with_(run=work.start(words)))
    except BadInput as refused:
        st.session_state["dl_refused"] = refused


# --- what came of it -----------------------------------------------------------------------------


def result(t: Words, desk: Desk) -> None:
    """Show how the draft's last run stands, and whether it still answers what is asked."""
    if problem := st.session_state.pop("dl_refused", None):
        frame.refusal(t, problem)
    name = address.read("run") or desk.draft.run
    if not name:
        return
    status = work.follow(t, name)
    if status is None:
        if address.read("run"):
            cards.broken_link(t, "run", name, results.names())
        return
    address.write(run=name)
    if status.state != "complete" or not results.folder(name).finished():
        return
    apart = differing(t, desk, name)
    if apart:
        _stale(t, desk, name, apart)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(
            f'<p class="dl-small">{cards.chip(t, "complete")} '
            + escape(t("The run of these inputs is finished."))
            + "</p>"
        )
        if st.button(t("Open in Compare"), key="to_compare"):
            address.go("compare", run=name, before=_before(name))


def _before(name: str) -> str | None:
    """Return the stored run to read a run beside: of the same book, best with nothing changed."""
    asked = results.folder(name).manifest["question"]
    keys = ("strategies", "replications", "accounts", "days", "seed")
    runs = [
        run for run in RunStore().list()
        if run.path.name != name and run.head.state == "complete"
        and run.head.question.get("source") == asked.get("source")
        and not results.is_trial(run.path)
    ]  # fmt: skip
    if not runs:
        return None

    def likeness(run: RunFolder) -> tuple[bool, int]:
        there = run.head.question
        return not there.get("settings"), sum(there.get(k) == asked.get(k) for k in keys)

    near = max(runs, key=likeness)
    return near.path.name


def differing(t: Words, desk: Desk, name: str) -> list[str]:
    """Return in words what differs between what a run was asked and the draft now."""
    asked = results.folder(name).manifest["question"]
    found = []
    if asked.get("source") != desk.draft.base:
        found.append(t("Base scenario"))
    then, now = set(asked.get("settings", ())), set(settings(desk.draft.changes))
    paths = sorted({text.partition("=")[0] for text in then ^ now})
    found += [names.label(t, path) for path in paths]
    if _book_of(asked) != desk.draft.portfolio:
        found.append(t("Your portfolio"))
    alone = asked["strategies"] == [desk.draft.baseline]  # the reality check of an own book
    if set(asked["strategies"]) != set(desk.chosen) and not (alone and _book_of(asked)):
        found.append(t("Strategies"))
    elif asked.get("baseline") != desk.draft.baseline:
        found.append(t("Baseline"))
    return found


def _book_of(asked: Mapping[str, Any]) -> str:
    """Return the id of the own book that a run was played on; empty where it was drawn."""
    return Path((asked.get("portfolio") or {}).get("path", "")).stem


def _stale(t: Words, desk: Desk, name: str, apart: list[str]) -> None:
    shown = t.listed(apart[:4]) + (" …" if len(apart) > 4 else "")
    cards.card(
        t, "stale",
        t("This answers an older question: {k} inputs changed since ({names}).",
          k=len(apart), names=shown),
    )  # fmt: skip
    with st.container(horizontal=True):
        st.button(
            t("Run again"), key="run_again", on_click=_run, disabled=bool(reason(t, desk)),
        )  # fmt: skip
        st.button(t("Back to those inputs"), key="back_to", on_click=_back, args=(name,))
        if st.button(t("Open in Compare"), key="to_compare"):
            address.go("compare", run=name)


def _back(name: str) -> None:
    """Take the inputs of a stored run; the step can be undone."""
    asked = results.folder(name).manifest["question"]
    changes = {}
    for text in asked.get("settings", ()):
        path, _, value = text.partition("=")
        changes[path] = tomllib.loads(f"x = {value}")["x"]
    base = asked["source"] if asked["source"] in shelf() else None
    draft, book = state.now().put(changes, base), _book_of(asked)
    strategies = draft.strategies if book and len(asked["strategies"]) == 1 else ()
    state.save(
        draft.with_(
            strategies=strategies or tuple(asked["strategies"]), baseline=asked["baseline"],
            portfolio=book if drafts.is_portfolio(book) else "", run=name,
        )
    )  # fmt: skip
