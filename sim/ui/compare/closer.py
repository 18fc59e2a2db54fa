"""Look closer: one question at a time about a finished comparison; only that one is computed."""

from __future__ import annotations

import streamlit as st

from sim.compare import figures
from sim.compare.comparison import METRICS, Comparison
from sim.compare.comparison.groups import known
from sim.experiments.question import Question
from sim.show import charts
from sim.show.charts.frame import challengers, metric_title, name_of, scale
from sim.show.report import parts
from sim.ui import address, cards, pictures, results
from sim.ui.compare import doubts, groups, targets
from sim.ui.train import floors
from sim.ui.words import Words, mark

LOOKS = {
    "luck": mark("Luck"),
    "floors": mark("Two floors"),
    "time": mark("Time"),
    "who": mark("Who gains"),
    "unpaid": mark("Why unpaid"),
    "money": mark("Money"),
    "floor": mark("Floor"),
    "law": mark("Law"),
    "targets": mark("Targets"),
    "assumptions": mark("Assumptions"),
}
LAW = (
    "blocked", "breaches", "breaches_realised", "complaints", "complaints_realised",
    "complaints_regulator", "disputes", "harsh_contacts", "satisfaction",
)  # fmt: skip
FLOOR = ("wait_phone", "hang_ups", "unserved", "collector_hours", "cash_per_hour")


def show(t: Words, name: str, found: Comparison, question: Question) -> None:
    """Show the look that the link asks for, at the challenger it asks for."""
    st.subheader(t("Look closer"))
    look = address.pick(t, "look", t("Look closer"), {key: t(word) for key, word in LOOKS.items()})
    rivals = {n: name_of(found, n, t.lang) for n in challengers(found)}
    challenger: str | None = charts.chosen(found)
    if len(rivals) > 1 and look not in ("targets", "assumptions", "law"):
        challenger = address.pick(t, "challenger", t("Challenger"), rivals, challenger)
    if look is None or challenger is None:
        return
    if look == "floors":
        _floors(t, name, found, challenger)
    elif look == "assumptions":
        doubts.look(t, name, found, question)
    elif look == "targets":
        targets.show(t, found)
    else:
        PARTS[look](t, found, challenger)


def _floors(t: Words, name: str, found: Comparison, challenger: str) -> None:
    """Show one draw of luck on both floors."""
    which = floors.of_run(found, results.folder(name).manifest["question"], challenger)
    if which is None:
        cards.card(
            t, "note", t("Floors are shown of scenarios and strategies on the shelf only."),
        )  # fmt: skip
        return
    floors.show(t, which, key="floors_run")


def _picture(t: Words, found: Comparison, name: str, challenger: str) -> None:
    """Show a picture, or say that these runs hold no numbers for it."""
    if name not in charts.available(found):
        cards.card(t, "note", t("These runs hold no numbers for “{title}”.",
                                title=t.pick(charts.PICTURES[name].title)))  # fmt: skip
        return
    pictures.picture(t, found, name, challenger=challenger)


def _luck(t: Words, found: Comparison, challenger: str) -> None:
    _picture(t, found, "luck", challenger)
    heads = (t("Strategy"), t("Ahead of the baseline"), t("Better on average"),
             t("Best on average, given these runs"))  # fmt: skip
    base = name_of(found, found.baseline, t.lang)
    rows = [
        (row[0], t("baseline"), t("baseline"), row[3]) if row[0] == base else row
        for row in parts.standing(found, t.lang)
    ]
    st.html(
        cards.table(
            heads, rows,
            t("Chances speak of luck alone: they take every assumption as it is."),
        )
    )  # fmt: skip
    _widths(t, found)


def _widths(t: Words, found: Comparison) -> None:
    """Show how narrow each deciding difference is, and what the shared luck was worth."""
    heads = (
        t("Strategy"), t("Metric"), t("Known to"), t("Difference that matters"),
        t("Runs that this takes"), t("Variance ratio"), t("Runs saved"),
    )  # fmt: skip
    if lines := parts.luck(found, t.lang):
        st.html(
            cards.table(
                heads, lines,
                t("Every strategy meets the same luck: a variance ratio of 0.1 means that separate "
                  "luck would take ten times the runs. Ranges of the deciding rows hold together."),
            )
        )  # fmt: skip


def _time(t: Words, found: Comparison, challenger: str) -> None:
    _picture(t, found, "path", challenger)
    _picture(t, found, "overdue", challenger)


def _who(t: Words, found: Comparison, challenger: str) -> None:
    """Show who gains and who is hurt, and where the balance moves."""
    if known(found, "region"):
        groups.people(t, found, challenger)
    else:
        groups.missing(t)
    if not found.daily.empty:
        title = t("Less or more left open, by how late it is")
        st.markdown(f"**{title}**")
        pictures.chart(
            t, charts.stages(found, t.lang, challenger=challenger), key="chart_stages",
            alt=title, sentence=charts.sentence_stages(found, t.lang, challenger=challenger),
        )  # fmt: skip


def _unpaid(t: Words, found: Comparison, challenger: str) -> None:
    _picture(t, found, "unpaid", challenger)
    st.caption(t("Each late account has one cause, the first that applies, from left to right."))


def _money(t: Words, found: Comparison, challenger: str) -> None:
    _picture(t, found, "money", challenger)


def _floor(t: Words, found: Comparison, challenger: str) -> None:
    _picture(t, found, "seats", challenger)
    _picture(t, found, "waits", challenger)
    _picture(t, found, "wishes", challenger)
    if known(found, "wait"):
        groups.floor(t, found, challenger)
    else:
        groups.missing(t)
    _levels(t, found, FLOOR)


def _law(t: Words, found: Comparison, challenger: str) -> None:
    if "blocked" in charts.available(found):
        _picture(t, found, "blocked", challenger)
    else:
        cards.card(t, "note", charts.sentence_blocked(found, t.lang))
    if known(found, "rule"):
        groups.law(t, found)
    else:
        groups.missing(t)
    _levels(t, found, LAW)


def _levels(t: Words, found: Comparison, metrics: tuple[str, ...]) -> None:
    """Show some metrics of all strategies as they are, not as differences."""
    present = {m.name for m in found.metrics}
    heads = (t("Metric"), *(name_of(found, s.name, t.lang) for s in found.strategies))
    rows = [
        (_label(t, metric), *(_level(t, found, s.name, metric) for s in found.strategies))
        for metric in metrics
        if metric in present
    ]
    st.html(cards.table(heads, rows, t("Averages over all runs.")))


def _label(t: Words, metric: str) -> str:
    title, unit = metric_title(metric, t.lang), scale(METRICS[metric].unit, t.lang)[1]
    return f"{title}（{unit}）" if t.lang == "zh" else f"{title} ({unit})"


def _level(t: Words, found: Comparison, strategy: str, metric: str) -> str:
    value = found.ratio(strategy, metric).estimate
    return figures.number(value / scale(METRICS[metric].unit, t.lang)[0], lang=t.lang)


PARTS = {
    "luck": _luck, "time": _time, "who": _who, "unpaid": _unpaid, "money": _money,
    "floor": _floor, "law": _law,
}  # fmt: skip
