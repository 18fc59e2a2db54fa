"""What every experiment asks: book, strategies, inputs and size; how long it takes; and the button.

An experiment is a command line of `dunning` in the queue.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

import streamlit as st

from sim.core.errors import BadInput
from sim.experiments.question import from_manifest
from sim.experiments.sensitivity import inputs_of
from sim.scenario import Scenario
from sim.scenario.files import names as scenarios
from sim.store.drafts.strategies import mine, strategy_file
from sim.store.jobs import record
from sim.store.runs import RunStore
from sim.strategies import SHELF
from sim.ui import address, asking, cards, frame, names, press, results, work
from sim.ui.held import held
from sim.ui.words import Words

RUN = "run"  #: the choice of a book: that of the result in the link
MOST_ACCOUNTS, MOST_RUNS, MOST_DAYS = 5_000, 500, 720
BOOK = 5.0  #: seconds that a book of its own takes, as measured on two busy cores


class Book(NamedTuple):
    """A scenario by name or file, with what is set in it."""

    source: str
    settings: tuple[str, ...] = ()
    portfolio: bool = False  #: whether the result had accounts of the reader's own

    @property
    def scenario(self) -> Scenario:
        """The scenario itself."""
        return Scenario.load(self.source, self.settings)

    @property
    def words(self) -> list[str]:
        """The settings, as the command line takes them."""
        return [word for text in self.settings for word in ("--set", text)]


class Size(NamedTuple):
    """How large an experiment is; *why* says what is not allowed about it."""

    accounts: int
    runs: int
    days: int
    why: str = ""

    @property
    def words(self) -> list[str]:
        """The size, as the command line takes it."""
        return [
            "--replications",
            str(self.runs),
            "--accounts",
            str(self.accounts),
            "--days",
            str(self.days),
        ]


def book(t: Words) -> Book | None:
    """Ask for the book; the one of the result in the link stands first."""
    options = {n: t.pick(Scenario.load(n).title) or n for n in sorted(scenarios(), key=_weilidai)}
    own = _of_run()
    if own is not None:
        options = {RUN: t("As in the open result"), **options}
    chosen = address.select(t, "world", t("Book"), options)
    if own is None or chosen != RUN:
        return None if chosen is None else Book(chosen)
    if own.portfolio:
        st.caption(
            t("The portfolio of the open result is not played here: a drawn book stands for it.")
        )
    return own


def _weilidai(name: str) -> tuple[bool, str]:
    return name != "weilidai", name


def _of_run() -> Book | None:
    name = address.read("run")
    if not name or not record.NAME.fullmatch(name) or name not in results.names():
        return None
    folder = results.folder(name)
    with suppress(BadInput):
        question = from_manifest(folder.path, folder.manifest)
        return Book(question.source, question.settings, question.portfolio is not None)
    return None


def titles(t: Words) -> dict[str, str]:
    """Return the strategies that may win, by name: those on the shelf, then the reader's own."""
    known = {n: t.pick(s.title) for n, s in SHELF.items() if not s.reference}
    own = {n: one.strategy.title for n, one in mine().items()}
    return known | {n: t("{title} (custom)", title=t.pick(title)) for n, title in own.items()}


def token(name: str) -> str:
    """Return what the command line calls a strategy: its name, or the file of an own one."""
    return str(strategy_file(name)) if name in mine() else name


def pair(t: Words) -> tuple[str, str] | None:
    """Ask for a strategy and the one that it is measured against; return their tokens."""
    rivals = titles(t)
    lead, line = _winner(rivals)
    one = address.select(t, "one", t("Strategy"), rivals, lead)
    rest = {n: title for n, title in rivals.items() if n != one}
    if one is not None and address.read("other") == one:
        address.write(other=None)  # the reader has just chosen it for the first place
    usual = line if one != line else lead
    other = address.select(t, "other", t("Measured against"), rest, usual)
    return None if one is None or other is None else (token(one), token(other))


def _winner(rivals: Mapping[str, str]) -> tuple[str, str]:
    """Return the strategy that the open result's verdict speaks of, and its baseline."""
    usual = ("process", "phone_only")
    with suppress(BadInput, ValueError, KeyError):
        name = address.read("run") or results.newest()
        if name in results.names():
            found = results.comparison(name)
            pair = (found.verdict().strategy or "", found.baseline)
            return pair if set(pair) <= set(rivals) and pair[0] != pair[1] else usual
    return usual


def several(t: Words, lab: str, usual: Sequence[str]) -> list[str]:
    """Ask for two strategies or more; return their tokens."""
    known = titles(t)
    chosen = st.multiselect(
        t("Strategies"),
        list(known),
        list(usual),
        format_func=lambda n: known[n],
        key=f"{lab}_strategies",
        placeholder=t("Choose"),
    )
    return [token(name) for name in chosen]


def inputs(t: Words, lab: str, at: Book, usual: Sequence[str]) -> list[str]:
    """Ask for the inputs that move; those with a range of their own are offered."""
    ranges = ranged(at)
    return st.multiselect(
        t("Inputs that move"),
        list(ranges),
        [p for p in usual if p in ranges],
        format_func=lambda p: f"{names.label(t, p)} ({p})",
        key=f"{lab}_inputs",
        placeholder=t("Choose"),
    )


def ranged(at: Book) -> dict[str, tuple[float, float]]:
    """Return the inputs that are beliefs and have a range, assumed ones first."""
    marks = {row.path: row.mark for row in at.scenario.knobs()}
    found = inputs_of(at.scenario, "all")
    order = sorted(found, key=lambda path: marks[path] != "assumed")
    return {p: (float(found[p].values[0]), float(found[p].values[1])) for p in order}


def size(t: Words, lab: str, *, runs: int, accounts: int = 300, days: int = 60) -> Size:
    """Ask for accounts, replications and days."""
    asked = (
        (t("Simulated accounts"), "accounts", accounts, 50, MOST_ACCOUNTS),
        (t("Runs"), "runs", runs, 2, MOST_RUNS),
        (t("Days"), "days", days, 10, MOST_DAYS),
    )
    found, why = [], ""
    with st.grid(min_column_width=160):
        for label, key, usual, low, high in asked:
            value, wrong = whole(t, label, f"{lab}_{key}", usual, low, high)
            found.append(value)
            why = why or wrong
    return Size(found[0], found[1], found[2], why)


def whole(t: Words, label: str, key: str, usual: int, low: int, high: int) -> tuple[int, str]:
    """Ask for a whole number; return it, and what is wrong with it."""
    with held(key, st.session_state.get(key, usual)):
        value = st.number_input(label, key=key, step=1)
    if value is None or not low <= value <= high:
        said = "" if value is None else str(value)
        return usual, t(
            "{low} to {high} allowed, you entered {value}.",
            low=t.count(low),
            high=t.count(high),
            value=said,
        )
    return int(value), ""


def seconds(plays: int, at: Size, *, books: int = 1) -> tuple[float, float]:
    """Return about how long so many plays take: with one book, and with *books* to make ready."""
    timing = asking.timing(RunStore().list()[:8])
    least = timing.ready + timing.pace * plays * at.accounts * at.days
    return least, least + max(BOOK, timing.ready) * (books - 1)


def about(t: Words, ends: tuple[float, float]) -> str:
    """Return a length of time in words, a range where its ends lie apart."""
    low, high = (t.duration(s) for s in ends)
    return (
        t("about {t}", t=low) if ends[1] < 1.5 * ends[0] else t("about {a} to {b}", a=low, b=high)
    )


def offer(
    t: Words,
    lab: str,
    label: str,
    words: Sequence[str] | Callable[[], Sequence[str]],
    said: str,
    why: str,
    ends: tuple[float, float],
) -> None:
    """Say how long it takes, and offer to play it."""
    if why:
        cards.card(t, "refused", why)
    else:
        st.caption(f"{said} {_behind(t)}".strip())
    press.act(label, f"{lab}_run", _start, lab, words, ends, why=why)
    if refused := st.session_state.pop("dl_refused", None):
        frame.refusal(t, refused)


def _behind(t: Words) -> str:
    waiting = len(work.queue().live())
    return t("{n} are before it in the queue.", n=waiting) if waiting else ""


def _start(
    lab: str, words: Sequence[str] | Callable[[], Sequence[str]], ends: tuple[float, float]
) -> None:
    try:
        asked = words() if callable(words) else words
        name = work.submit(asked, out=False)
        address.write(**{lab: name})
        st.session_state[f"dl_ends_{name}"] = ends
    except BadInput as refused:
        st.session_state["dl_refused"] = refused
