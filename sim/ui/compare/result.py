"""One result: what was asked, the verdict, the table, the trade-off, and a closer look."""

from __future__ import annotations

import streamlit as st

from sim.compare.comparison import Comparison
from sim.core.errors import BadInput
from sim.experiments.question import Question, from_manifest, prints
from sim.show import charts
from sim.show.report import parts
from sim.store.jobs import Status
from sim.ui import address, asking, cards, pictures, results, work
from sim.ui.compare import before, closer, doubts, draft, trials
from sim.ui.library import listing
from sim.ui.train import floors
from sim.ui.words import Words

FIRST = 1.5  #: seconds between two looks for the first numbers of a run
EARLY = 4.0  #: seconds between two looks at the numbers of a run that goes on
AXES = {"complaints": "trade_off", "hours": "trade_off_hours", "cost": "trade_off_cost"}


def show(t: Words) -> None:
    """Show the run in the link, else the newest."""
    name = address.read("run") or _usual()
    if name is None:
        _empty(t)
        return
    status = work.follow(t, name)
    if status is None:
        cards.broken_link(t, "run", name, results.names())
        return
    address.write(run=name)
    if not _finished(name):
        if status.live:
            _await(name)
            st.subheader(t("While you wait: the same borrowers, two floors"))
            floors.show(t, floors.usual(), key="floors_wait", download=False)
        return
    results.question_bar(t, name)
    for line in results.comparison(name).damaged:
        cards.card(
            t, "note", t("A part of this run cannot be read and is left out: {what}", what=line)
        )
    _actions(t, name)
    if status.state == "complete":
        _whole(t, name)
    else:
        _early(t, name, status)


def _finished(name: str) -> bool:
    """Tell whether there is a number to show."""
    folder = results.folder(name)
    return folder.path.is_dir() and bool(folder.finished())


def _await(name: str) -> None:
    """Draw the page again as soon as the first numbers are there."""

    @st.fragment(run_every=FIRST)
    def first() -> None:
        if _finished(name):
            st.rerun()

    first()


def _usual() -> str | None:
    """Return the newest run with results, else what is in the queue."""
    live = work.queue().live()
    return results.newest() or (live[0].name if live else None)


def _empty(t: Words) -> None:
    """Offer the usual question where nothing was ever played."""
    question = asking.usual("weilidai")
    long = t.duration(asking.seconds(question, asking.Timing()))
    cards.card(
        t, "empty", t("No run is stored yet."),
        t("The usual comparison plays {n} strategies and takes about {t}.",
          n=len(question.strategies), t=long),
    )  # fmt: skip
    with st.container(horizontal=True):
        work.button(t, t("Play the usual comparison"), asking.words(question), key="first")
        st.button(t("Set up another"), key="to_setup", on_click=address.write,
                  kwargs={"view": "setup"})  # fmt: skip


# --- the question ---------------------------------------------------------------------------------


def _actions(t: Words, name: str) -> None:
    """Offer to change the question, to pass it on, to take it away and to repeat it."""
    manifest = results.folder(name).manifest
    with st.container(horizontal=True, key="actions"):
        st.button(t("Change"), key="change", on_click=address.write,
                  kwargs={"view": "setup", "scenario": None})  # fmt: skip
        with st.popover(t("Copy link"), key="copy"):
            st.caption(t("This link opens the same result on this machine."))
            st.code(_link(t, name), language=None, wrap_lines=True)
        with st.popover(t("Download"), key="download"):
            listing.downloads(t, name, results.folder(name))
        with st.popover(t("Reproduce"), key="reproduce"):
            st.caption(t("The same numbers from the command line, or from Python."))
            st.code(manifest["command"], language="bash", wrap_lines=True)
            st.code(manifest["python"], language="python", wrap_lines=True)


def _link(t: Words, name: str) -> str:
    root = (st.context.url or "").split("?")[0].removesuffix("/compare").rstrip("/")
    return root + address.link("compare", t, view="result", run=name)


def _question(name: str) -> Question:
    folder = results.folder(name)
    return from_manifest(folder.path, folder.manifest)


# --- what is known --------------------------------------------------------------------------------


def _early(t: Words, name: str, status: Status) -> None:
    """Show the numbers so far, without a verdict."""

    @st.fragment(run_every=EARLY if status.live else None)
    def numbers() -> None:
        now = work.queue().status(name) or status
        cards.card(t, "note", _so_far(t, now))
        results.table(t, name)
        found = results.comparison(name)
        if found.replications and found.candidates(found.baseline):
            pictures.picture(t, found, "luck", challenger=charts.chosen(found))

    numbers()


def _so_far(t: Words, now: Status) -> str:
    """Say how far the numbers go: all runs may be done while the verdict is still being drawn."""
    if now.live and now.runs and now.runs == now.runs_planned:
        return t("All {N} runs are done; the verdict is being drawn up.", N=now.runs_planned)
    return t("{n} of {N} runs done: early numbers, no verdict yet.",
             n=now.runs, N=now.runs_planned)  # fmt: skip


def _whole(t: Words, name: str) -> None:
    """Show a finished comparison from the verdict down."""
    found, question = results.comparison(name), _question(name)
    _stale(t, name, question)
    if len(found.failures):
        cards.card(
            t, "failed",
            t("{f} plays failed; the table uses the others. The first: {reason}",
              f=len(found.failures), reason=str(found.failures["reason"].iloc[0])[:300]),
        )  # fmt: skip
    rivals = bool(found.replications and found.candidates(found.baseline))
    if rivals:
        pictures.picture(t, found, "verdict")
    place = doubts.show_verdict(t, name, found, question) if rivals else None
    before.show(t, name, found)
    results.table(t, name)
    if not rivals:
        return
    doubts.complete_verdict(t, name, found, place)
    _worth(t, found)
    st.subheader(t("The trade-off"))
    _trade_off(t, name, question)
    closer.show(t, name, found, question)


def _worth(t: Words, found: Comparison) -> None:
    """Show how much of the lead is cash, and how a gain per 1,000 becomes one on the book."""
    leader = found.verdict().strategy
    if leader is None:
        return
    pictures.picture(t, found, "worth", challenger=leader)
    if said := parts.book_sum(found, t.lang):
        st.caption(said)


def _stale(t: Words, name: str, question: Question) -> None:
    """Say that the inputs, or the strategies themselves, have changed since."""
    if changed := draft.changes(name):
        cards.card(
            t, "stale",
            t("This answers an older question: {k} inputs changed since ({names}).",
              k=len(changed), names=t.listed(draft.titles(t, changed))),
        )  # fmt: skip
        with st.container(horizontal=True):
            try:
                words, why = asking.words(draft.applied(question, changed)), ""
            except BadInput as refused:
                words, why = [], str(refused)
            work.button(t, t("Run with the changes"), words, key="rerun", reason=why)
            st.button(t("Back to those inputs"), key="back_to", on_click=draft.forget)
    elif prints(question) != results.folder(name).manifest["fingerprints"]:
        cards.card(
            t, "stale",
            t("The strategies or the scenario were changed after this run; a new run may say "
              "otherwise."),
        )  # fmt: skip
        work.button(t, t("Run again"), asking.words(question), key="rerun", primary=False)


def _trade_off(t: Words, name: str, question: Question) -> None:
    """Draw net value against what it takes."""
    axes = {"complaints": t("Complaints"), "hours": t("Collector hours"), "cost": t("Cost")}
    axis = address.pick(t, "axis", t("Against"), axes)
    if axis is None:
        return
    pictures.picture(t, results.comparison(name), AXES[axis])
    if axis == "cost":
        trials.budgets(t, name, question)
