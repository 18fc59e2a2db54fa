"""Set up: which book, whose numbers, which strategies, what matters; then run."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import streamlit as st

from sim.core.errors import BadInput
from sim.experiments.question import Question, from_manifest
from sim.scenario import Scenario
from sim.scenario.files import names as scenarios
from sim.store.runs import RunStore
from sim.strategies import SHELF
from sim.ui import address, asking, cards, frame, press, results, work
from sim.ui.compare import draft, shelf
from sim.ui.held import held
from sim.ui.words import Words, mark

FIRST = "weilidai"  #: the scenario that is asked about where nothing was asked yet
FIFTH = 0.8
STARTS = {"in_place": mark("in place"), "from_today": mark("from today")}
RULES = {"same": mark("the same budget for all"), "own": mark("each strategy its own")}


def show(t: Words) -> None:
    """Show the four steps and the bar that runs what they ask."""
    base = _base(t)
    if base is None:
        return
    of, question = base
    changed = draft.changes(of)
    problem: BadInput | None = None
    try:
        question = draft.applied(question, changed)
        asking.check(question)
    except BadInput as refused:
        problem = refused
    st.subheader(t("1 · Which book"))
    _scenarios(t, question)
    st.subheader(t("2 · Make it mine"))
    field = partial(_field, t, of, changed, question)
    _mine(t, of, question, field)
    st.subheader(t("3 · Which strategies"))
    _strategies(t, of, question)
    with st.expander(t("4 · Limits, horizon and runs")):
        _details(t, of, question, field)
    _bar(t, of, question, changed, problem)


def _base(t: Words) -> tuple[str, Question] | None:
    """Return the question to begin with, and its name: a scenario's or a stored run's."""
    shelved = address.known(t, "scenario", scenarios())
    if address.read("scenario") is not None:
        return (f"scenario:{shelved}", asking.usual(shelved)) if shelved else None
    name = address.read("run") or results.newest()
    if name is None:
        return f"scenario:{FIRST}", asking.usual(FIRST)
    if work.queue().status(name) is None:
        cards.broken_link(t, "run", name, results.names())
        return None
    folder = results.folder(name)
    if not folder.path.is_dir():  # it waits, and nothing of it is written yet
        return f"scenario:{FIRST}", asking.usual(FIRST)
    return name, from_manifest(folder.path, folder.manifest)


# --- 1 · which book -------------------------------------------------------------------------------


def _scenarios(t: Words, question: Question) -> None:
    with st.grid(min_column_width=250):
        for name in sorted(scenarios(), key=lambda name: name != FIRST):
            with st.container(border=True, height="stretch"):
                st.html(shelf.scenario_card(t, Scenario.load(name)))
                here = name == question.source
                label = t("chosen") if here else t("Choose this")
                st.button(
                    label, key=f"scenario_{name}", disabled=here,
                    on_click=address.write, kwargs={"scenario": name},
                )  # fmt: skip
    if question.portfolio:
        st.caption(t("Played on your own book, {n} accounts.", n=t.count(question.accounts)))
    if question.source not in scenarios():
        st.caption(t("Now: a scenario of your own, {name}.", name=question.scenario.name))


# --- 2 · make it mine -----------------------------------------------------------------------------


def _field(
    t: Words, of: str, changed: dict[str, Any], question: Question, key: str,
    *, size: float = 1.0, unit: str = "", whole: bool = True,
) -> None:  # fmt: skip
    """Ask for a number; the draft keeps it, in its own unit: the number shown times *size*."""
    now = changed[key] if key in changed else draft.value(question, key)
    widget = f"setup_{key}"
    exact = None if now is None else now / size
    shown = exact if exact is None else round(exact) if whole else float(exact)
    _shown()[key] = (size, shown)
    name = t(draft.NAMES[key])
    measure = "" if not unit else f"（{unit}）" if t.lang == "zh" else f" ({unit})"
    with held(widget, shown):
        st.number_input(
            f"{name}{measure}",
            key=widget, on_change=_changed, args=(of, key, size),
            **({"step": 1} if whole else {"format": "%.1f", "step": 0.1}),
        )  # fmt: skip


def _shown() -> dict[str, tuple[float, float | None]]:
    """Return what stood in each number box when the page was last drawn, and its unit."""
    fields: dict[str, tuple[float, float | None]] = st.session_state.setdefault("dl_fields", {})
    return fields


def _changed(of: str, key: str, size: float) -> None:
    entered = st.session_state[f"setup_{key}"]
    draft.change(of, key, None if entered is None else entered * size)


def _mine(t: Words, of: str, question: Question, field: Any) -> None:
    """Ask for the five numbers that make the book and the floor the reader's own."""
    with st.grid(min_column_width=200):
        field("real")
        field("entrants")
        field("loan", unit=t.unit("CNY"))
        field("heads")
        _spend(t, of, question)
    with st.container(horizontal=True):
        for label, share, key in (
            (t("A fifth fewer collectors"), FIFTH, "fewer"),
            (t("A quarter more"), 1.0 / FIFTH, "more"),
        ):
            press.act(label, key, _staff, of, question, share, primary=False)
        st.button(t("Take all changes back"), key="forget", on_click=draft.forget,
                  disabled=not draft.changes(of))  # fmt: skip
    st.caption(_scaled(t, question))
    _short(t, of, question)


def _short(t: Words, of: str, question: Question) -> None:
    """Name each strategy that the budget does not pay, beside the field, with both ways out."""
    for name in asking.unaffordable(question):
        needs, title = asking.least(question, name), t.pick(SHELF[name].title)
        cards.card(
            t, "refused",
            t("“{strategy}” needs {m} a month: leave it out, or raise the budget.",
              strategy=title, m=t.money(needs)),
        )  # fmt: skip
        rest = tuple(n for n in question.strategies if n != name)
        with st.container(horizontal=True):
            st.button(
                t("Leave “{strategy}” out", strategy=title), key=f"leave_{name}",
                on_click=draft.change, args=(of, "strategies", rest),
            )  # fmt: skip
            st.button(
                t("Raise the budget to {m}", m=t.money(needs)), key=f"raise_{name}",
                on_click=_raise, args=(of, question, needs),
            )  # fmt: skip


def _raise(of: str, question: Question, monthly: float) -> None:
    none = asking.spend(question.scenario, 0.0)
    draft.change(of, "heads", math.ceil((monthly - none) / question.scenario.people.wage))


def _staff(of: str, question: Question, share: float) -> None:
    draft.change(of, "heads", round(share * asking.collectors(question.scenario), 1))


def _spend(t: Words, of: str, question: Question) -> None:
    """Ask for the monthly budget: the other face of the number of collectors."""
    size = 1e4 if t.lang == "zh" else 1e3
    monthly = asking.spend(question.scenario, asking.collectors(question.scenario))
    with held("setup_spend", round(monthly / size)):
        st.number_input(
            t("Spend a month ({unit})", unit=t("CNY thousand")), key="setup_spend", step=1,
            on_change=_spent, args=(of, question, size),
        )  # fmt: skip


def _spent(of: str, question: Question, size: float) -> None:
    entered = st.session_state["setup_spend"]
    if entered is None:
        draft.change(of, "heads", None)
        return
    none = asking.spend(question.scenario, 0.0)
    draft.change(of, "heads", (entered * size - none) / question.scenario.people.wage)


def _scaled(t: Words, question: Question) -> str:
    """Say what the simulated floor stands for."""
    ratio = question.scenario.book.real_accounts / max(1, question.accounts)
    heads = asking.collectors(question.scenario)
    return t(
        "Simulated at 1 : {r}: {n} accounts and {c} collectors stand for {N} and {C}. Every "
        "strategy may spend this money in its own way; what is not spent counts as value.",
        r=t.number(ratio), n=t.count(question.accounts), c=t.number(heads / ratio),
        N=t.count(question.scenario.book.real_accounts), C=t.count(round(heads)),
    )  # fmt: skip


# --- 3 · which strategies -------------------------------------------------------------------------


def _strategies(t: Words, of: str, question: Question) -> None:
    with st.grid(min_column_width=300):
        for name, strategy in sorted(SHELF.items(), key=lambda pair: pair[1].reference):
            widget = f"setup_use_{name}"
            with st.container(border=True, height="stretch"):
                with held(widget, name in question.strategies):
                    st.checkbox(
                        f"**{t.pick(strategy.title)}**", key=widget, on_change=_used,
                        args=(of, name),
                    )  # fmt: skip
                st.html(shelf.strategy_card(t, strategy))
    options = [name for name in question.strategies if name in SHELF]
    if options:
        _choice(t, of, "baseline", question.baseline,
                {name: t.pick(SHELF[name].title) for name in options})  # fmt: skip


def _used(of: str, name: str) -> None:
    before = {*draft.changes(of).get("strategies", _base_question(of).strategies)}
    wanted = before | {name} if st.session_state[f"setup_use_{name}"] else before - {name}
    draft.change(of, "strategies", tuple(n for n in SHELF if n in wanted))


def _choice(t: Words, of: str, key: str, now: str, options: dict[str, str]) -> None:
    """Ask for one of a few."""
    widget = f"setup_{key}"
    with held(widget, now if now in options else next(iter(options))):
        st.selectbox(
            t(draft.NAMES[key]), list(options), format_func=lambda i: options[i], key=widget,
            on_change=_changed_choice, args=(of, key), placeholder=t("Choose"),
        )  # fmt: skip


def _changed_choice(of: str, key: str) -> None:
    draft.change(of, key, st.session_state[f"setup_{key}"])


# --- 4 · limits, horizon and runs -----------------------------------------------------------------


def _details(t: Words, of: str, question: Question, field: Any) -> None:
    with st.grid(min_column_width=200):
        field("gain", unit=t("% of the opening balance"), whole=False)
        field("complaints", unit="%", whole=False)
        field("satisfaction", unit=t.unit("points"), whole=False)
        field("days")
        field("accounts")
        field("replications")
        _choice(t, of, "start", question.start, {k: t(v) for k, v in STARTS.items()})
        _choice(t, of, "rule", question.budget, {k: t(v) for k, v in RULES.items()})
    st.caption(
        t("More runs narrow the range of luck. They say nothing about the assumptions, which can "
          "be changed under Tune.")
    )  # fmt: skip


# --- the bar --------------------------------------------------------------------------------------


def _bar(
    t: Words, of: str, question: Question, changed: dict[str, Any], problem: BadInput | None
) -> None:
    """Say what would run and how long it takes; run it."""
    if problem:
        frame.refusal(t, problem)
    timing = asking.timing(RunStore().list()[:8])
    said = t(
        "{s} strategies × {n} runs, about {t}", s=len(question.strategies),
        n=question.replications or asking.RUNS, t=t.duration(asking.seconds(question, timing)),
    )  # fmt: skip
    more = t("changed: {names}", names=t.listed(draft.titles(t, changed))) if changed else ""
    with st.bottom, st.container(horizontal=True, vertical_alignment="center", key="runbar"):
        st.markdown(f"**{said}**" + (f" · {more}" if more else ""), width="stretch")
        st.button(
            t("Run"), key="run_it", type="primary", disabled=problem is not None,
            help=t("This cannot run: {why}", why=str(problem)) if problem else None,
            on_click=_run, args=(of,),
        )  # fmt: skip
    if refused := st.session_state.pop("dl_refused", None):
        frame.refusal(t, refused)


def _run(of: str) -> None:
    """Put the question in the queue and show how it goes, beside the run it came from.

    It is the question as it stands now: who types a number and presses at once has both meant.
    """
    for key, (size, before) in _shown().items():
        if st.session_state.get(f"setup_{key}", before) != before:
            _changed(of, key, size)
    try:
        question = draft.applied(_base_question(of), draft.changes(of))
        asking.check(question)
        work.start(asking.words(question))
    except BadInput as refused:
        st.session_state["dl_refused"] = refused
        return
    draft.forget()
    address.write(
        view="result", scenario=None, before=None if of.startswith("scenario:") else of
    )  # fmt: skip


def _base_question(of: str) -> Question:
    """Return the question that a draft changes: a scenario's or a stored run's."""
    if of.startswith("scenario:"):
        return asking.usual(of.partition(":")[2])
    folder = results.folder(of)
    return from_manifest(folder.path, folder.manifest)
