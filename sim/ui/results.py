"""Stored runs as pages show them: read once, kept for all, never in a session."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

from sim.compare.comparison import Comparison
from sim.experiments import replay
from sim.experiments.ensemble.doubt import FILE as DRAWS
from sim.show import report
from sim.show.report import parts
from sim.store.jobs import record
from sim.store.runs import RunFolder, RunStore
from sim.store.runs.manifest import MANIFEST
from sim.strategies import SHELF
from sim.ui import cards
from sim.ui.words import Words

KEPT = 6  #: results in memory
TRIAL = "--no-report"  #: the word of a command that only tries another value


def strategy_title(t: Words, name: str, asked: Mapping[str, Any] | None = None) -> str:
    """Return a strategy's title; its name where neither this version nor the run has one.

    Parameters
    ----------
    asked
        The question of a run: it holds the recipes of strategies of the user's own.
    """
    own = (asked or {}).get("own", {}).get(name, {}).get("recipe", {}).get("title")
    if own:
        title = (own.get(t.lang) or own.get("en")) if isinstance(own, Mapping) else own
        return str(title or name)
    return t.pick(SHELF[name].title) if name in SHELF else name


def folder(name: str) -> RunFolder:
    """Return the folder of a run; its files are not verified again."""
    return RunFolder(RunStore().root / name)


def names() -> list[str]:
    """Return the names of the stored runs, newest first."""
    return [run.path.name for run in RunStore().list()]


def newest() -> str | None:
    """Return the newest run that has something to show; None where there is none.

    A trial of another run's assumptions is shown with that run, never in its place.
    """
    done = (run.path for run in RunStore().list() if run.counts())
    return next((path.name for path in done if not is_trial(path)), None)


def is_trial(path: Path) -> bool:
    """Tell whether a stored run only tried another value for another run."""
    job = record.read(path.parent, path.name)
    return job is not None and TRIAL in job.words


class Age(NamedTuple):
    """What a cached answer about a run depends on: which folder, when it was written, how far."""

    path: str
    written: int  #: nanoseconds
    finished: int
    drawn: int = 0  #: bytes of draws of other assumptions


def age(name: str) -> Age:
    """Return what answers about a run are kept under; another one whenever the run has changed."""
    run = folder(name)
    written = (run.path / MANIFEST).stat().st_mtime_ns if run.path.is_dir() else 0
    drawn = run.path / DRAWS
    size = drawn.stat().st_size if drawn.is_file() else 0
    return Age(str(run.path.absolute()), written, len(run.finished()), size)


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def _read(run: Age) -> Comparison:
    return replay.stored(RunFolder(Path(run.path)))


def comparison(name: str) -> Comparison:
    """Return a stored run's comparison, as far as it is finished.

    Raises
    ------
    BadInput
        Where there is no such run, or nothing of it is finished.
    """
    return _read(age(name))


@st.cache_data(max_entries=4 * KEPT, show_spinner=False)
def _page(run: Age, lang: str) -> dict[str, Any]:
    found = _read(run)
    rivals = bool(found.replications and found.candidates(found.baseline))
    return {
        "title": found.setting.scenario.title.zh
        if lang == "zh"
        else found.setting.scenario.title.en,
        "facts": parts.facts(found, lang),
        "card": parts.card(found, lang) if rivals else None,
        "table": report.decision_table(found, lang),
    }


def page_of(t: Words, name: str) -> dict[str, Any]:
    """Return a run's title, facts, verdict card and decision table in the reader's language."""
    return _page(age(name), t.lang)


def question_bar(t: Words, name: str) -> None:
    """Write in one line what was asked."""
    page = page_of(t, name)
    facts = "".join(f"<span>{escape(fact)}</span>" for fact in page["facts"])
    st.html(f'<p class="dl-facts"><span><strong>{escape(page["title"])}</strong></span>{facts}</p>')


def verdict(t: Words, name: str) -> None:
    """Show the verdict card; before the plan is complete only how far it is."""
    if folder(name).manifest["state"] != "complete":
        found = comparison(name)
        n, planned = t.count(len(found.replications)), t.count(found.planned)
        cards.card(
            t, "partial",
            t("{n} of {N} runs done: early numbers, no verdict yet.", n=n, N=planned),
        )  # fmt: skip
    elif card := page_of(t, name)["card"]:
        st.html(cards.verdict(t, card))


def table(t: Words, name: str) -> None:
    """Show the decision table."""
    st.html(page_of(t, name)["table"])
