"""Where it comes from: a difference by lever, by group, spill-over, and who is worse off."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from sim.compare.comparison import METRICS
from sim.experiments.explain import BY_ACCOUNT
from sim.experiments.explain.levers import TITLES, players
from sim.experiments.explain.telling import group_title
from sim.show.charts import frame
from sim.show.charts.effects import Effect, effects
from sim.strategies import named
from sim.ui import address, cards, pictures
from sim.ui.compare.experiments import answers, asks, tells
from sim.ui.words import Words, mark

LAB = "parts"
FEW = 30  #: accounts in all runs, below which nothing is said of a group
#: Rows of the spill-over, as `sim.experiments.explain` names them.
SPILL = {
    "organisation": mark("The organisation, contacts as before"),
    "treated": mark("Half are treated: those who are"),
    "untreated": mark("Half are treated: the others, who share the floor"),
    "crowded": mark("When everybody is treated: lost or won through the floor"),
    "everyone": mark("Everybody treated, against nobody"),
    "total": mark("Organisation and everybody treated"),
    "naive": mark("What a test with a shared floor would read"),
}


def show(t: Words) -> None:
    """Ask for two strategies, and show where their difference comes from."""
    _ask(t)
    name = answers.current(
        t,
        LAB,
        t(
            "It splits a difference into levers that sum to the whole, into "
            "groups of borrowers, and into spill-over."
        ),
    )
    if name is not None:
        _result(t, name)


def _ask(t: Words) -> None:
    with st.expander(t("Play a new one"), expanded=not answers.listed(LAB)):
        known = {m: t.pick(METRICS[m].title) for m in BY_ACCOUNT}
        with st.grid(min_column_width=240):
            at, pair = asks.book(t), asks.pair(t)
            metric = address.select(t, "of", t("Metric"), known)
        if at is None or pair is None or metric is None:
            return
        size = asks.size(t, LAB, runs=10)
        joining = len(players(named(pair[0]), named(pair[1])))
        worlds = 2**joining + 6
        ends = (asks.seconds(worlds * size.runs, size)[0],) * 2
        said = t(
            "{k} levers, about {w} worlds × {r} runs, {t}.",
            k=joining,
            w=worlds,
            r=size.runs,
            t=asks.about(t, ends),
        )
        words = ["explain", at.source, "--strategy", pair[0], "--against", pair[1]]
        words += ["--metric", metric, *size.words, *at.words]
        words += ["--out", f"{{folder}}/{answers.PLAYS}", "--json"]
        asks.offer(t, LAB, t("Play the parts"), words, said, size.why, ends)


def _result(t: Words, name: str) -> None:
    found = answers.answer(name)
    unit = t.unit(METRICS[found["metric"]].unit, difference=True)
    st.caption(
        f"{t.pick(METRICS[found['metric']].title)} · {unit} · "
        f"{t('{n} runs', n=found['replications'])}"
    )
    tells.say(found["sentences"][t.lang])
    if "levers" in found:
        _levers(t, found)
    if "spill" in found:
        _spill(t, found)
    if "harm" in found:
        _harm(t, found)
    kept = ("levers", "segments", "spill", "harm", "models", "break_even")
    titles = {
        "levers": t("levers"),
        "segments": t("groups"),
        "spill": t("spill-over"),
        "harm": t("harm"),
        "models": t("models"),
        "break_even": t("break-even"),
    }
    tells.foot(
        t,
        LAB,
        found["command"],
        found["python"],
        {titles[k]: pd.DataFrame(found[k]) for k in kept if k in found},
    )


def _title(t: Words, lever: str) -> str:
    return t.pick(TITLES[lever]) if lever in TITLES else lever


def _levers(t: Words, found: dict[str, Any]) -> None:
    """Draw the levers and, beneath, the whole to which they sum."""
    scale, unit = frame.scale(METRICS[found["metric"]].unit, t.lang)
    bars = [
        Effect(
            _title(t, r["lever"]),
            r["effect"] / scale,
            _or(r["ci_low"]) / scale,
            _or(r["ci_high"]) / scale,
            clear=_sure(r),
        )
        for r in found["levers"]
    ]
    bars.append(Effect(t("Whole difference"), found["difference"] / scale, whole=True))
    pictures.chart(
        t,
        effects(t.lang, bars, f"{t.pick(METRICS[found['metric']].title)} · {unit}"),
        key="chart_parts",
        alt=t(
            "Bars of {n} levers that sum to the whole difference, the last bar.", n=len(bars) - 1
        ),
        sentence=t(
            "The bars above sum to the last one. Filled: distinguishable from noise (95 %), "
            "hollow: not; line: 95 % interval."
        ),
    )
    heads = (t("Lever"), t("Brings"), t("If it joins first"), t("If it joins last"))
    rows = [
        (
            _title(t, r["lever"]),
            tells.span(t, r["effect"], r["ci_low"], r["ci_high"], money=_money(found)),
            *(_number(t, r, key, money=_money(found)) for key in ("alone", "last")),
        )
        for r in found["levers"]
    ]
    rows.append(
        (
            t("Whole difference"),
            (t.money if _money(found) else t.number)(found["difference"], signed=True),
            "",
            "",
        )
    )
    st.html(
        cards.table(
            heads,
            rows,
            t(
                "A lever brings the average over all orders of joining "
                "(Shapley), so that the parts sum to the whole."
            ),
        )
    )


def _money(found: dict[str, Any]) -> bool:
    return bool(METRICS[found["metric"]].unit == frame.MONEY)


def _number(t: Words, row: dict[str, Any], key: str, *, money: bool) -> str:
    half = (_or(row["ci_high"]) - _or(row["ci_low"])) / 2
    if row[key] is None:
        return t("not played")
    known = half if half == half and half > 0 else None
    return (t.money if money else t.number)(row[key], known, signed=True)


def _or(value: float | None) -> float:
    return float("nan") if value is None else value


def _sure(row: dict[str, Any]) -> bool:
    return bool(_or(row["ci_low"]) > 0 or _or(row["ci_high"]) < 0)


def _spill(t: Words, found: dict[str, Any]) -> None:
    rows = [
        (
            t(SPILL[r["effect"]]),
            tells.span(t, r["difference"], r["ci_low"], r["ci_high"], money=_money(found)),
        )
        for r in found["spill"]
        if r["effect"] in SPILL
    ]
    st.markdown(f"**{t('On those treated, and on those who only share the floor')}**")
    st.html(
        cards.table(
            (t("Effect"), t("Difference")),
            rows,
            t("Without salaries and fixed costs; 95 % intervals."),
        )
    )


def _harm(t: Words, found: dict[str, Any]) -> None:
    rows = [
        (
            group_title(r["segment"], int(r["group"]), t.lang == "zh"),
            t.number(r["accounts"]),
            _share(t, r),
            t.percent(r["spared"]),
        )
        for r in found["harm"]
        if r["segment"] in ("vulnerable", "kind") and r["accounts"] * found["replications"] >= FEW
    ]
    st.markdown(f"**{t('Who is worse off')}**")
    st.html(
        cards.table(
            (t("Borrowers"), t("Accounts in a run"), t("Worse off"), t("Better off")),
            rows,
            t(
                "Worse off: more resentment at the end, or a higher risk of a complaint, than "
                "under the other strategy. Groups with fewer than {n} accounts in all runs are "
                "left out.",
                n=FEW,
            ),
        )
    )


def _share(t: Words, row: dict[str, Any]) -> str:
    ends = row["ci_low"], row["ci_high"]
    if None in ends:
        return t.percent(row["harmed"])
    return t(
        "{at} ({low} to {high})",
        at=t.percent(row["harmed"]),
        low=t.percent(ends[0]),
        high=t.percent(ends[1]),
    )
