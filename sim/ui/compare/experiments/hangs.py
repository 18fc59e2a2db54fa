"""What it hangs on: inputs ranked by what they do to a difference, luck kept apart."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from sim.compare.comparison import METRICS
from sim.experiments.sensitivity import Sensitivity, analysed
from sim.show.charts import frame
from sim.show.charts.effects import Effect, effects
from sim.ui import cards, pictures
from sim.ui.compare.experiments import answers, asks, tells
from sim.ui.siblings import DOUBTS
from sim.ui.words import Words

LAB = "hangs"
DRAWN = 12  #: inputs in the picture; the table has all
PATHS = 8  #: trajectories of Morris
USUAL = (*DOUBTS, "people.wage")


def show(t: Words) -> None:
    """Ask for a screening, and show the stored one."""
    _ask(t)
    name = answers.current(
        t,
        LAB,
        t(
            "It ranks inputs by what their whole range does to the "
            "difference, each with its interval."
        ),
    )
    if name is not None:
        _result(t, name)


def _ask(t: Words) -> None:
    with st.expander(t("Play a new one"), expanded=not answers.listed(LAB)):
        with st.grid(min_column_width=240):
            at, pair = asks.book(t), asks.pair(t)
        if at is None or pair is None:
            return
        moved = asks.inputs(t, LAB, at, USUAL)
        size = asks.size(t, LAB, runs=3)
        points = PATHS * (len(moved) + 1)
        plays = points * 2 * size.runs
        ends = asks.seconds(plays, size, books=points)
        words = ["sensitivity", at.source, "--method", "morris", "--inputs", ",".join(moved)]
        words += ["--difference", ":".join(pair), "--n", str(PATHS), *size.words, *at.words]
        said = t(
            "{k} inputs, {p} settings × 2 strategies × {r} runs = {n} plays, {t}.",
            k=len(moved),
            p=points,
            r=size.runs,
            n=t.count(plays),
            t=asks.about(t, ends),
        )
        why = size.why or ("" if moved else t("Choose at least one input."))
        asks.offer(
            t,
            LAB,
            t("Play the screening"),
            [*words, "--out", f"{{folder}}/{answers.TABLE}"],
            said,
            why,
            ends,
        )


def _result(t: Words, name: str) -> None:
    swept = answers.sweep(name)
    tells.facts(t, swept)
    metric = tells.metric(t, swept)
    if metric is None:
        return
    found = analysed(swept, swept.strategies[:2], (metric,))
    labels, table = tells.labels(t, swept), found.table
    tells.say([found.sentence(t.lang, metric, labels)])
    morris = found.method == "morris"
    _picture(t, found, metric, labels, morris=morris)
    heads = (
        t("Input"),
        t("Effect of the whole range") if morris else t("Share with all it works together with"),
        t("Luck alone") if morris else t("Share alone"),
        t("Distinguishable from noise"),
    )
    rows = [_row(t, row, labels, morris=morris) for row in table.to_dict(orient="records")]
    note = (
        t(
            "Effects in {unit}. Luck alone: what an input that does nothing would show. Only "
            "what is distinguishable from noise should be acted on.",
            unit=_unit(t, metric),
        )
        if morris
        else t("Shares of what moves between settings; luck is kept apart.")
    )
    st.html(cards.table(heads, rows, note))
    _dropped(t, found)
    tells.foot(t, LAB, found.command, found.snippet, {t("inputs"): _frame(table, labels)})


def _unit(t: Words, metric: str) -> str:
    return t.unit(METRICS[metric].unit, difference=True) if metric in METRICS else ""


def _picture(
    t: Words, found: Sensitivity, metric: str, labels: dict[str, str], *, morris: bool
) -> None:
    at, low, high = (
        ("effect", "ci_low", "ci_high") if morris else ("total", "total_low", "total_high")
    )
    scale, unit = frame.scale(METRICS[metric].unit, t.lang) if morris else (0.01, "%")
    bars = [
        Effect(
            labels[r["input"]],
            r[at] / scale,
            r[low] / scale,
            r[high] / scale,
            bool(r["clear"]),
            r["luck"] / scale if morris else math.nan,
        )
        for r in found.table.head(DRAWN).to_dict(orient="records")
    ]
    title = (
        t("What the whole range of an input does, {unit}", unit=unit)
        if morris
        else t("Share of what moves between settings, {unit}", unit=unit)
    )
    told = t(
        "Filled: distinguishable from noise (95 %); hollow: not. Line: 95 % interval. Dotted: "
        "what an input that does nothing would show."
    )
    alt = t(
        "Bars of {n} inputs by their effect, the largest above: {list}.",
        n=len(bars),
        list=t.listed([bar.name for bar in bars[:3]]),
    )
    pictures.chart(t, effects(t.lang, bars, title), key="chart_hangs", alt=alt, sentence=told)


def _row(
    t: Words, row: Mapping[Any, Any], labels: dict[str, str], *, morris: bool
) -> tuple[str, ...]:
    name = f"{int(row['rank'])}. {labels[row['input']]} · {row['input']}"
    clear = t("yes") if row["clear"] else t("no")
    if morris:
        money = row["metric"] == "net_value"
        effect = tells.span(
            t, row["effect"], row["ci_low"], row["ci_high"], money=money, signed=False
        )
        return name, effect, t.money(row["luck"]) if money else t.number(row["luck"]), clear
    total = (row[c] for c in ("total", "total_low", "total_high"))
    first = (row[c] for c in ("first", "first_low", "first_high"))
    return name, tells.span(t, *total, signed=False), tells.span(t, *first, signed=False), clear


def _dropped(t: Words, found: Sensitivity) -> None:
    """Say what broke off."""
    row = found.noise.iloc[0]
    if row["dropped"]:
        whole = int(row["dropped"] + row["blocks"])
        st.caption(t("{n} of {m} paths failed and are left out.", n=int(row["dropped"]), m=whole))


def _frame(table: pd.DataFrame, labels: dict[str, str]) -> pd.DataFrame:
    return table.assign(label=table["input"].map(labels))
