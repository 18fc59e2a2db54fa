"""Two runs side by side: first in what their questions differ, then what each says."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from html import escape
from typing import Any

import streamlit as st

from sim.compare import figures, stats
from sim.compare.comparison import METRICS, Comparison
from sim.compare.verdict import FEWEST
from sim.scenario import Scenario
from sim.show.charts.frame import metric_title, name_of, scale
from sim.show.report.table import DECISION
from sim.store.runs import RunStore
from sim.store.runs.apart import Gap, gaps, mixed
from sim.strategies import SHELF
from sim.ui import address, cards, results
from sim.ui.results import strategy_title
from sim.ui.words import Words, mark

KINDS = {
    "question": mark("question"),
    "strategies": mark("strategies"),
    "input": mark("input"),
    "code": mark("strategy's code"),
    "version": mark("version"),
}
ASKED = {
    "scenario": mark("scenario"),
    "replications": mark("runs"),
    "seed": mark("seed"),
    "accounts": mark("accounts"),
    "days": mark("days"),
    "budget": mark("budget"),
    "start": mark("start"),
    "book": mark("book"),
    "engine": mark("engine"),
    "baseline": mark("baseline"),
    "portfolio": mark("portfolio"),
    "strategies": mark("strategies"),
}
MOST = 60  #: differences that are listed


def show(t: Words) -> None:
    """Show both runs, whose names stand in the link as `run` and `other`."""
    if st.button(t("Back to the list"), key="back"):
        address.go("library")
    names = [run.path.name for run in RunStore().list() if run.finished()]
    pair = [address.known(t, key, names) for key in ("run", "other")]
    if address.read("run") is None or address.read("other") is None:
        cards.card(t, "empty", t("Two runs are needed; choose them in the list."))
    if pair[0] is None or pair[1] is None:
        return
    one, other = (results.folder(name) for name in pair if name)
    _question(t, gaps(one.manifest, other.manifest))
    _answers(t, pair[0], pair[1])


def _question(t: Words, found: Sequence[Gap]) -> None:
    """List what differs in the question, and say what that means for the answers."""
    st.subheader(t("What differs in the question"))
    if not found:
        cards.card(
            t, "note", t("Nothing: both runs ask the same, so only luck could tell them apart.")
        )
        return
    if mixed(list(found)):
        cards.card(
            t, "note", t("More than the strategies differs: differences below mix both causes.")
        )
    rows = [
        (_key(t, gap), t(KINDS[gap.kind]), _value(t, gap.one), _value(t, gap.other))
        for gap in found[:MOST]
    ]
    more = t("{n} more are not listed.", n=len(found) - MOST) if len(found) > MOST else ""
    heads = (t("What"), t("Kind"), t("Run A"), t("Run B"))
    st.html(cards.table(heads, rows, more))


def _key(t: Words, gap: Gap) -> str:
    """Return what differs in the reader's words; an input has its path beside them."""
    if gap.kind == "input" and gap.key in (meanings := _meanings()):
        return t("{meaning} · {path}", meaning=t.knob(meanings[gap.key]), path=gap.key)
    if gap.kind == "code":
        return strategy_title(t, gap.key)
    return (
        t(ASKED[gap.key])
        if gap.kind in ("question", "strategies") and gap.key in ASKED
        else gap.key
    )


def _value(t: Words, value: Any) -> str:
    if value is None:
        return t("none")
    if isinstance(value, bool):
        return t("yes") if value else t("no")
    if isinstance(value, float | int):
        return f"{value:,.12g}"
    if isinstance(value, list | tuple):
        return t.listed(
            [strategy_title(t, one) if one in SHELF else _value(t, one) for one in value]
        )
    return str(value)[:80]


@cache
def _meanings() -> dict[str, str]:
    return {row.path: row.text for row in Scenario().knobs()}


def _answers(t: Words, one: str, other: str) -> None:
    """Put both verdicts, then the numbers of one strategy, side by side."""
    st.subheader(t("What each says"))
    for label, name, column in zip(
        (t("Run A"), t("Run B")), (one, other), st.columns(2), strict=True
    ):
        with column:
            st.html(f'<p class="dl-facts"><span><strong>{escape(label)}</strong></span>'
                    f"<span>{escape(name)}</span></p>")  # fmt: skip
            results.question_bar(t, name)
            results.verdict(t, name)
    found = results.comparison(one), results.comparison(other)
    shared = [
        s.name for s in found[0].strategies if s.name in {s.name for s in found[1].strategies}
    ]
    if not shared:
        cards.card(t, "note", t("The two runs have no strategy in common."))
        return
    titles = {name: name_of(found[0], name, t.lang) for name in shared}
    st.subheader(t("One strategy in both"))
    if strategy := address.select(t, "strategy", t("Strategy"), titles):
        st.html(numbers(t, found, strategy))


def numbers(t: Words, pair: tuple[Comparison, Comparison], strategy: str) -> str:
    """Return a strategy's means in both runs, with their intervals, as a table."""
    present = [{m.name for m in found.metrics} for found in pair]
    metrics = [m for group in DECISION.values() for m in group if all(m in p for p in present)]
    rows = [(_metric(t, m), *(_mean(t, found, strategy, m) for found in pair)) for m in metrics]
    caption = t("Averages, not differences; in brackets the 95 % interval.")
    return cards.table((t("Metric"), t("Run A"), t("Run B")), rows, caption)


def _metric(t: Words, metric: str) -> str:
    unit = scale(METRICS[metric].unit, t.lang)[1]
    return f"{metric_title(metric, t.lang)}（{unit}）" if t.lang == "zh" else (
        f"{metric_title(metric, t.lang)} ({unit})"
    )  # fmt: skip


def _mean(t: Words, found: Comparison, strategy: str, metric: str) -> str:
    size, own = scale(METRICS[metric].unit, t.lang)[0], found.ratio(strategy, metric)
    if len(found.replications) < FEWEST:
        return t.number(own.estimate / size)
    low, high = (end / size for end in stats.interval(own))
    half = (high - low) / 2 or None
    value = t.number(own.estimate / size, half)
    ends = figures.interval(low, high, half, lang=t.lang)
    return f"{value}（{ends}）" if t.lang == "zh" else f"{value} ({ends})"
