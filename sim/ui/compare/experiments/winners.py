"""Map of two inputs: who wins in each cell, told by letter, sign and colour."""

from __future__ import annotations

import streamlit as st

from sim.experiments.landscape import LEVELS, Landscape
from sim.scenario.changes import shown
from sim.show.charts import winners as drawn
from sim.ui import address, cards, names, pictures
from sim.ui.compare.experiments import answers, asks, tells
from sim.ui.words import Words

LAB = "winners"
FIRST, SECOND = "people.wage", "book.phone_valid"


def show(t: Words) -> None:
    """Ask for two inputs, and show who wins where."""
    _ask(t)
    name = answers.current(
        t,
        LAB,
        t("It shows which strategy wins at each pair of values, and where that may be a tie."),
    )
    if name is not None:
        _result(t, name)


def _ask(t: Words) -> None:
    with st.expander(t("Play a new one"), expanded=not answers.listed(LAB)):
        at = asks.book(t)
        if at is None:
            return
        ranges = {p: f"{names.label(t, p)} ({p})" for p in asks.ranged(at)}
        with st.grid(min_column_width=280):
            down = address.select(t, "down", t("First input"), ranges, FIRST)
            rest = {p: label for p, label in ranges.items() if p != down}
            if down is not None and address.read("across") == down:
                address.write(across=None)
            usual = SECOND if down != SECOND else FIRST
            across = address.select(t, "across", t("Second input"), rest, usual)
        if down is None or across is None:
            return
        rivals = asks.several(t, LAB, ("phone_only", "process", "team"))
        size = asks.size(t, LAB, runs=3)
        plays = LEVELS**2 * len(rivals) * size.runs
        ends = asks.seconds(plays, size, books=LEVELS**2)
        said = t(
            "{p} cells × {s} strategies × {r} runs = {n} plays, {t}.",
            p=LEVELS**2,
            s=len(rivals),
            r=size.runs,
            n=t.count(plays),
            t=asks.about(t, ends),
        )
        why = size.why or ("" if len(rivals) > 1 else t("Choose two strategies or more."))
        words = [
            "response",
            at.source,
            "--knob",
            down,
            "--and",
            across,
            "--strategies",
            ",".join(rivals),
            *size.words,
            *at.words,
            "--out",
            "{folder}",
        ]
        asks.offer(t, LAB, t("Play the map"), words, said, why, ends)


def _result(t: Words, name: str) -> None:
    swept = answers.sweep(name)
    tells.facts(t, swept)
    metric = tells.metric(t, swept)
    if metric is None:
        return
    found, labels = Landscape(swept, metric), tells.labels(t, swept)
    tells.say([found.sentence(t.lang, labels)])
    letters = drawn.letters(found)
    legend = [f"{letter} = {swept.title(s, t.lang)}" for s, letter in letters.items()]
    told = t(
        "{legend}. Question mark and pale: the lead over the second may be a tie.",
        legend=t.listed(legend),
    )
    st.markdown(told)
    pictures.chart(
        t,
        drawn.winners(found, t.lang, labels),
        key="chart_winners",
        alt=t(
            "Grid of who wins over “{a}” and “{b}”: {sentence}",
            a=labels[found.knobs[0]],
            b=labels[found.knobs[1]],
            sentence=found.sentence(t.lang, labels),
        ),
        sentence=_now(t, found, labels),
    )
    _table(t, found, labels)
    tells.foot(t, LAB, found.command, found.snippet, {t("cells"): found.table})


def _now(t: Words, found: Landscape, labels: dict[str, str]) -> str:
    base = found.sweep.about["base"]
    now = [f"{labels[k]} = {shown(base[k])}" for k in found.knobs if k in base]
    first, second = (labels[k] for k in found.knobs)
    said = t("Upwards: {a}; to the right: {b}.", a=first, b=second)
    gap = "" if t.lang == "zh" else " "
    return said + gap + t("Now: {list}.", list=t.listed(now)) if now else said


def _table(t: Words, found: Landscape, labels: dict[str, str]) -> None:
    """Show the same in words, for who cannot see the picture."""
    heat = found.heat(t.lang)
    first, second = (labels[k] for k in found.knobs)
    heads = (f"{first} ↓ · {second} →", *(shown(v) for v in heat.columns))
    rows = [
        (shown(value), *map(str, cells))
        for value, cells in zip(heat.index, heat.to_numpy(), strict=True)
    ]
    with st.expander(t("The same as a table")):
        st.html(cards.table(heads, rows))
