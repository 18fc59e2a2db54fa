"""Plan the pilot: the live test simulated, its bias, its size, and one page to hand over."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
import streamlit as st

from sim.compare.comparison import METRICS
from sim.show.charts import frame
from sim.show.charts.effects import Effect, effects
from sim.ui import address, cards, pictures
from sim.ui.compare.experiments import answers, asks, tells
from sim.ui.words import Words

LAB = "pilots"
SHARES = {"0.1": "10 %", "0.2": "20 %", "0.3": "30 %", "0.5": "50 %"}
POWERS = {"0.8": "80 %", "0.9": "90 %"}
PAGE = "plan.html"


def show(t: Words) -> None:
    """Ask for a test, and show its plan."""
    _ask(t)
    name = answers.current(
        t,
        LAB,
        t(
            "It plays the live test itself many times: what it reads, how far "
            "that is from the truth, and how many accounts and weeks it "
            "takes."
        ),
    )
    if name is not None:
        _result(t, name)


def _ask(t: Words) -> None:
    with st.expander(t("Play a new one"), expanded=not answers.listed(LAB)):
        with st.grid(min_column_width=240):
            at, pair = asks.book(t), asks.pair(t)
            share = address.select(t, "share", t("Share of accounts"), SHARES, "0.2")
            power = address.select(t, "power", t("Chance to find what matters"), POWERS)
        if at is None or pair is None or share is None or power is None:
            return
        with st.grid(min_column_width=160):
            asked = [
                asks.whole(t, label, f"{LAB}_{key}", usual, low, high)
                for label, key, usual, low, high in (
                    (t("Weeks"), "weeks", 8, 1, 52),
                    (t("Simulated accounts"), "accounts", 300, 50, asks.MOST_ACCOUNTS),
                    (t("Runs"), "runs", 20, 2, asks.MOST_RUNS),
                )
            ]
        (weeks, accounts, runs), why = (v for v, _ in asked), next((w for _, w in asked if w), "")
        days = 7 * weeks
        size = asks.Size(accounts, runs, days, why)
        ends = (asks.seconds(3 * 4 * runs, size)[0],) * 2
        said = t(
            "{r} simulated tests of half, the whole and twice {w} weeks, {t}.",
            r=runs,
            w=weeks,
            t=asks.about(t, ends),
        )
        words = ["pilot", at.source, "--champion", pair[1], "--challenger", pair[0]]
        words += ["--share", share, "--weeks", str(weeks), "--power", power]
        words += ["--replications", str(runs), "--accounts", str(accounts), *at.words]
        words += ["--plan", f"{{folder}}/{PAGE}", "--lang", t.lang]
        words += ["--out", f"{{folder}}/{answers.PLAYS}", "--json"]
        asks.offer(t, LAB, t("Simulate the test"), words, said, why, ends)


def _result(t: Words, name: str) -> None:
    found, words = answers.answer(name), answers.words_of(name)
    metric = METRICS[answers.option(words, "--metric", "net_value")]
    unit = t.unit(metric.unit, difference=True)
    share = float(answers.option(words, "--share", "0.2"))
    tells.say([_advice(t, found, metric.unit, share), found["sentences"][t.lang]])
    _picture(t, found, metric.unit)
    _bias(t, found, unit)
    _size(t, found)
    _plan(t, found, name)
    tells.foot(
        t,
        LAB,
        found["command"],
        found["python"],
        {
            t("bias"): pd.DataFrame(found["bias"]),
            t("size"): pd.DataFrame(found["size"]),
            t("limit"): pd.DataFrame(found["guard"]),
        },
    )


def _advice(t: Words, found: dict[str, Any], unit: str, share: float) -> str:
    """Say in one sentence how long to test, with how much of the book, and how true it reads."""
    chances = {r["weeks"]: r["power_matters"] for r in _deciding(found["size"])}
    best = min(_deciding(found["bias"]), key=lambda r: (-round(chances[r["weeks"]], 1), r["weeks"]))
    size, name = frame.scale(unit, t.lang)
    far = max(abs(best["ci_low"]), abs(best["ci_high"]))
    money = unit == frame.MONEY
    within = t.money(far) if money else f"{t.number(far / size)} {name}"
    return t(
        "Run {w} weeks with {share} of the book; it will read within {m} of the truth per 1,000 "
        "accounts and finds what matters {p} of the time.", w=best["weeks"],
        share=t.percent(share), m=within, p=t.percent(chances[best["weeks"]]),
    )  # fmt: skip


def _picture(t: Words, found: dict[str, Any], unit: str) -> None:
    """Draw how far from the truth the test reads, by how long it lasts."""
    size, name = frame.scale(unit, t.lang)
    rows = [
        Effect(
            t("{w} weeks", w=r["weeks"]), r["bias"] / size, r["ci_low"] / size,
            r["ci_high"] / size, clear=r["ci_low"] > 0 or r["ci_high"] < 0,
        )
        for r in _deciding(found["bias"])
    ]  # fmt: skip
    said = t("How far the test reads from the truth, by how long it lasts")
    st.markdown(f"**{said}**")
    pictures.chart(t, effects(t.lang, rows, name), key="chart_pilot", alt=said)


def _deciding(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [r for r in rows if r["metric"] == rows[0]["metric"]]


def _bias(t: Words, found: dict[str, Any], unit: str) -> None:
    rows = []
    for r in _deciding(found["bias"]):
        half = (r["ci_high"] - r["ci_low"]) / 2
        left = (r["left_high"] - r["left_low"]) / 2
        rows.append(
            (
                t.count(r["weeks"]),
                t.number(r["estimate"], half, signed=True),
                t.number(r["policy"], half, signed=True),
                tells.span(t, r["bias"], r["ci_low"], r["ci_high"]),
                t.number(r["rollout"], left, signed=True),
                tells.span(t, r["left_out"], r["left_low"], r["left_high"]),
            )
        )
    heads = (
        t("Weeks"),
        t("The test reads"),
        t("True on the same floor"),
        t("Bias"),
        t("Full roll-out"),
        t("The test lacks"),
    )
    st.markdown(f"**{t('What the test reads, and what is true')}**")
    st.html(
        cards.table(
            heads,
            rows,
            t(
                "{metric}, {unit}; 95 % intervals. Both arms share seats, so the "
                "test reads something else than a full roll-out would bring.",
                metric=t.pick(METRICS[found["bias"][0]["metric"]].title),
                unit=unit,
            ),
        )
    )


def _size(t: Words, found: dict[str, Any]) -> None:
    guard = {r["weeks"]: r for r in found["guard"]}
    rows = []
    for r in _deciding(found["size"]):
        watch = guard[r["weeks"]]
        rows.append(
            (
                t.count(r["weeks"]),
                t.number(r["matters"]),
                _accounts(t, r["needed_matters"]),
                t.percent(r["power_matters"]),
                t.percent(watch["notices"]),
                t.percent(watch["shows_kept"]),
            )
        )
    heads = (
        t("Weeks"),
        t("Difference that matters"),
        t("Accounts needed"),
        t("Found with the whole book"),
        t("Too many complaints noticed"),
        t("Limit shown to be kept"),
    )
    st.markdown(f"**{t('How large, and how well guarded')}**")
    st.html(
        cards.table(
            heads, rows, t("Accounts of both arms together. Chances are those of one test.")
        )
    )


def _accounts(t: Words, needed: float | None) -> str:
    return t("more than there can be") if needed is None else t.count(round(needed))


def _plan(t: Words, found: dict[str, Any], name: str) -> None:
    """Show the page to hand over, and offer it as a file."""
    with st.expander(t("The test plan, one page"), expanded=True):
        st.markdown(_smaller(found["plan"][t.lang]))
    place = answers.root() / name / PAGE
    with st.container(horizontal=True):
        st.download_button(
            t("Test plan (text)"),
            found["plan"][t.lang].encode(),
            file_name="test-plan.md",
            mime="text/markdown",
            key="pilots_plan",
            on_click="ignore",
            type="primary",
        )
        if place.exists():
            st.download_button(
                t("Test plan (page to print)"),
                place.read_bytes(),
                file_name="test-plan.html",
                mime="text/html",
                key="pilots_page",
                on_click="ignore",
            )


def _smaller(plan: str) -> str:
    """Return the plan with its headings as bold lines, which leave it one page."""
    return re.sub(r"^#+ (.+)$", r"**\1**", plan, flags=re.MULTILINE)
