"""Price of rules: the same book and luck, played with each rule and without it."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import streamlit as st

from sim.scenario.articles import ARTICLES
from sim.show.charts import frame
from sim.show.charts.effects import Effect, effects
from sim.ui import address, cards, pictures
from sim.ui.compare.experiments import answers, asks, tells
from sim.ui.words import Words

LAB = "prices"
RUNS = 20
GATES = {a.code: a for a in ARTICLES if a.rule is not None}


def show(t: Words) -> None:
    """Ask for a strategy, and show what each rule costs it."""
    _ask(t)
    name = answers.current(
        t, LAB, t("It plays a strategy with every rule in force, and without each of them in turn.")
    )
    if name is not None:
        _result(t, name)


def _ask(t: Words) -> None:
    with st.expander(t("Play a new one"), expanded=not answers.listed(LAB)):
        with st.grid(min_column_width=240):
            at = asks.book(t)
            who = address.select(t, "one", t("Strategy"), asks.titles(t), "process")
        if at is None or who is None:
            return
        size = asks.size(t, LAB, runs=RUNS)
        rules = sum(a.pack == at.scenario.law.pack for a in GATES.values())
        ends = (asks.seconds(size.runs, size)[0], asks.seconds(size.runs * (1 + rules), size)[0])
        said = t(
            "{r} runs with every rule, and up to as many without each of at most {k} rules, {t}.",
            r=size.runs,
            k=rules,
            t=asks.about(t, ends),
        )
        words = ["rules", at.source, "--strategy", asks.token(who), "--price"]
        words += [*size.words, *at.words, "--json"]
        asks.offer(t, LAB, t("Play with and without"), words, said, size.why, ends)


def _result(t: Words, name: str) -> None:
    found, words = answers.answer(name), answers.words_of(name)
    rows, who = found["prices"], asks.titles(t).get(found["strategy"], found["strategy"])
    st.caption(" · ".join((who, t("{n} runs", n=found["replications"]))))
    if found["unlawful"]:
        cards.card(
            t,
            "refused",
            t(
                "This was played in the sandbox or with rules suspended: no "
                "lender may work like this."
            ),
        )
    tells.say([sentence(t, rows, who)])
    _picture(t, [r for r in rows if r["refused"] or _moved(r)])
    heads = (
        t("Rule"),
        t("Refused in a run"),
        t("Net value per 1,000 accounts"),
        t("Recovery rate, points"),
        t("Complaints per 1,000 accounts"),
    )
    ranked = sorted(rows, key=lambda r: r["net_value"]["mean"] or 0.0)
    st.html(
        cards.table(
            heads,
            [_row(t, r) for r in ranked],
            t(
                "With the rule less without it, from the first day on; 95 % intervals. A rule that "
                "refused nothing costs this strategy nothing; a bolder one may pay more."
            ),
        )
    )
    command, python = found.get("command", answers.command_of(words)), found.get("python", "")
    tells.foot(t, LAB, command, python, {t("rules"): _frame(t, rows)})


def sentence(t: Words, rows: list[dict[str, Any]], who: str) -> str:
    """Say which rule costs most, as far as it is known, and how many never mattered."""
    idle = sum(not r["refused"] and not _moved(r) for r in rows)
    known = [r for r in rows if _sure(r["net_value"]) and r["net_value"]["high"] < 0]
    gap = "" if t.lang == "zh" else " "
    if known:
        dear = min(known, key=lambda r: r["net_value"]["mean"])
        said = t(
            "“{rule}” costs “{who}” most: {money} per 1,000 accounts.",
            rule=_title(t, dear),
            who=who,
            money=_money(t, dear["net_value"]),
        )
    else:
        said = t("No rule is shown to cost “{who}” anything in net value.", who=who)
    return said + gap + t("{k} of {n} rules refused it nothing.", k=idle, n=len(rows))


def _sure(gap: dict[str, Any]) -> bool:
    ends = gap["low"], gap["high"]
    return None not in ends and (ends[0] > 0 or ends[1] < 0)


def _moved(row: dict[str, Any]) -> bool:
    return any(row[m]["mean"] for m in ("net_value", "recovery_rate", "complaints"))


def _title(t: Words, row: dict[str, Any]) -> str:
    article = GATES.get(row["rule"])
    return t.pick((article.en, article.zh)) if article else str(row["rule"])


def _money(t: Words, gap: dict[str, Any]) -> str:
    return tells.span(t, gap["mean"], gap["low"], gap["high"], money=True)


def _row(t: Words, row: dict[str, Any]) -> tuple[str, ...]:
    gaps = [row[m] for m in ("recovery_rate", "complaints")]
    told = [tells.span(t, g["mean"], g["low"], g["high"]) for g in gaps]
    return (
        f"{row['rule']} · {_title(t, row)}",
        t.number(row["refused"]),
        _money(t, row["net_value"]),
        *told,
    )


def _picture(t: Words, rows: list[dict[str, Any]]) -> None:
    """Draw what the rules that refused something cost."""
    if not rows:
        return
    scale, unit = frame.scale(frame.MONEY, t.lang)
    bars = []
    for r in sorted(rows, key=lambda r: r["net_value"]["mean"] or 0.0):
        gap = r["net_value"]
        at, low, high = (
            (gap[e] if gap[e] is not None else math.nan) / scale for e in ("mean", "low", "high")
        )
        bars.append(Effect(f"{r['rule']} {_title(t, r)}", at, low, high, clear=_sure(gap)))
    title = t("Net value with the rule less without it, {unit}", unit=unit)
    pictures.chart(
        t,
        effects(t.lang, bars, title),
        key="chart_prices",
        alt=t("Bars of {n} rules by what they cost in net value, the dearest above.", n=len(bars)),
        sentence=t(
            "Left of zero the rule costs; filled: distinguishable from noise (95 %), hollow: not. "
            "Rules that refused nothing are left out."
        ),
    )


def _frame(t: Words, rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"rule": r["rule"], "title": _title(t, r), "refused": r["refused"]}
            | {
                f"{m}_{k}": v
                for m in ("net_value", "recovery_rate", "complaints")
                for k, v in r[m].items()
            }
            for r in rows
        ]
    )
