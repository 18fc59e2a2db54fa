"""Better levers: a search within limits, its frontier with the shelf on it, and the best one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from sim.compare.comparison import METRICS
from sim.core.errors import BadInput
from sim.experiments.tune import reaches_of
from sim.show.charts import frame
from sim.show.charts.front import Point, front
from sim.store import drafts
from sim.strategies import SHELF, USUAL, named, recipe
from sim.strategies.recipe import params_of
from sim.ui import address, cards, pictures
from sim.ui.compare.experiments import answers, asks, tells
from sim.ui.levers import LEVER_TITLES, PARAM_TITLES
from sim.ui.words import Words

LAB = "levers"
BEGIN = ("coaching_hours", "inspection", "legal_share")
TRIALS, HELD = 40, 20
FILE = "tuned.toml"


def show(t: Words) -> None:
    """Ask which levers may move, and show what was found."""
    _ask(t)
    name = answers.current(
        t,
        LAB,
        t(
            "It tries sets of levers with the same luck, stops those that are "
            "surely beaten, and checks the winners on luck that it never "
            "saw."
        ),
    )
    if name is not None:
        _result(t, name)


def _ask(t: Words) -> None:
    with st.expander(t("Play a new one"), expanded=not answers.listed(LAB)):
        with st.grid(min_column_width=240):
            at = asks.book(t)
            base = address.select(t, "one", t("Begin with"), asks.titles(t), "process")
            trials, wrong = asks.whole(
                t, t("Sets of levers to try"), f"{LAB}_trials", TRIALS, 4, 500
            )
        if at is None or base is None:
            return
        base = asks.token(base)
        known = _movable(base)
        moved = st.multiselect(
            t("Levers that move"),
            known,
            [n for n in BEGIN if n in known],
            format_func=lambda n: _title(t, n),
            key=f"{LAB}_moved_{base}",
            placeholder=t("Choose"),
        )
        size = asks.size(t, LAB, runs=6)
        most = trials * size.runs + (len(USUAL) + 12) * (size.runs + HELD)
        ends = (asks.seconds(most // 3, size)[0], asks.seconds(most, size)[0])
        said = t(
            "{n} sets of levers × up to {r} runs, {h} more for the winners, {t}.",
            n=trials,
            r=size.runs,
            h=HELD,
            t=asks.about(t, ends),
        )
        why = wrong or size.why or ("" if moved else t("Choose at least one lever."))
        words = ["tune", at.source, "--base", base, "--levers", ",".join(moved)]
        words += ["--trials", str(trials), "--held-out", str(HELD), *size.words, *at.words]
        words += ["--out", f"{{folder}}/{FILE}", "--json"]
        asks.offer(t, LAB, t("Search"), words, said, why, ends)


def _movable(base: str) -> list[str]:
    """Return the levers and parameters of a strategy that a search may move by itself."""
    chosen = named(base)
    found = []
    for name in (*chosen.organisation._asdict(), *params_of(chosen)):
        try:
            reaches_of(chosen, name)
        except BadInput:
            continue
        found.append(name)
    return found


def _title(t: Words, lever: str) -> str:
    text = (LEVER_TITLES | PARAM_TITLES).get(lever)
    return f"{t(text)} ({lever})" if text else lever


def _result(t: Words, name: str) -> None:
    found = answers.answer(name)
    tells.say([found["sentence"][t.lang], found["warning"][t.lang]])
    rows = found["frontier"]
    known = [m for m in METRICS if rows and f"{m}_held" in rows[0]]
    if rows:
        _picture(t, found, known)
        _table(t, found, known)
    _best(t, found, name)
    tells.foot(
        t,
        LAB,
        found["command"],
        found["python"],
        {t("frontier"): pd.DataFrame(rows), t("trials"): pd.DataFrame(found["trials"])},
    )


def _name(t: Words, row: dict[str, Any]) -> str:
    if row["kind"] == "tuned":
        return t("set {n}", n=row["name"].removeprefix("trial "))
    return t.pick(SHELF[row["name"]].title) if row["name"] in SHELF else str(row["name"])


def _picture(t: Words, found: dict[str, Any], known: list[str]) -> None:
    """Draw what is gained over what it takes, on luck that was held out."""
    ups = [m for m in ("net_value", "amount_recovered") if m in known]
    takes = [m for m in known if m not in ups]
    with st.grid(min_column_width=240):
        x = address.select(
            t,
            "takes",
            t("Against"),
            {m: t.pick(METRICS[m].title) for m in takes},
            "complaints" if "complaints" in takes else takes[0],
        )
        y = address.select(t, "gains", t("Gain"), {m: t.pick(METRICS[m].title) for m in ups})
    if x is None or y is None:
        return
    (sx, ux), (sy, uy) = (frame.scale(METRICS[m].unit, t.lang) for m in (x, y))
    best = f"trial {found['best']['trial']}" if found["best"] else ""
    points = [
        Point(
            _name(t, r),
            r["kind"],
            r[f"{x}_held"] / sx,
            r[f"{y}_held"] / sy,
            r["name"] == best,
        )
        for r in found["frontier"]
        if r[f"{x}_held"] is not None and r[f"{y}_held"] is not None
    ]
    titles = [f"{t.pick(METRICS[m].title)} · {u}" for m, u in ((x, ux), (y, uy))]
    pictures.chart(
        t,
        front(t.lang, points, *titles, more_is_better=METRICS[x].better == "higher"),
        key="chart_levers",
        alt=t(
            "Scatter of {n} strategies: {y} over {x}; the dotted line joins those that nothing "
            "beats.",
            n=len(points),
            y=t.pick(METRICS[y].title),
            x=t.pick(METRICS[x].title),
        ),
        sentence=t(
            "Circles: sets of levers; star: the best compromise; ring: where the search "
            "began; diamonds: the shelf. All on luck that the search never saw."
        ),
    )


def _table(t: Words, found: dict[str, Any], known: list[str]) -> None:
    shown = [m for m in ("amount_recovered", "cost", "complaints") if m in known]
    heads = (
        t("Strategy"),
        t("On the frontier"),
        t("Keeps the limits"),
        t("Net value over where it began"),
        *(t.pick(METRICS[m].title) for m in shown),
        t("Promised above it"),
    )
    rows = []
    for r in found["frontier"]:
        gain = tells.span(t, r["gain_held"], r["gain_low"], r["gain_high"], money=True)
        rows.append(
            (
                _name(t, r),
                t("yes") if r["front_held"] else t("no"),
                t("yes") if r["keeps_held"] else t("no"),
                t("baseline") if r["kind"] == "base" else gain,
                *(_value(t, m, r[f"{m}_held"]) for m in shown),
                t.money(r["optimism"] or 0.0, signed=True),
            )
        )
    st.html(
        cards.table(
            heads,
            rows,
            t(
                "On luck that was held out; 95 % intervals. Promised above it: by how much the "
                "search's own luck flattered the net value."
            ),
        )
    )


def _value(t: Words, metric: str, value: float | None) -> str:
    if value is None:
        return t("none")
    return t.money(value) if METRICS[metric].unit == frame.MONEY else t.number(value)


def _best(t: Words, found: dict[str, Any], name: str) -> None:
    """Show the levers of the best compromise, and offer to keep it as a strategy."""
    if not found["best"]:
        return
    rows = [(_title(t, n), t.number(float(v))) for n, v in found["best"]["levers"].items()]
    st.html(cards.table((t("Lever"), t("Best compromise")), rows))
    place = answers.root() / name / FILE
    if not place.exists():
        return
    with st.container(horizontal=True):
        st.button(
            t("Keep it among my strategies"),
            key="levers_keep",
            type="primary",
            on_click=_keep,
            args=(place,),
        )
        st.download_button(
            t("Strategy file"),
            place.read_bytes(),
            file_name=FILE,
            mime="application/toml",
            key="levers_file",
            on_click="ignore",
        )
    if kept := st.session_state.pop("dl_kept", ""):
        cards.card(
            t, "complete", t("Kept: it can be edited under Tune and played in a comparison.")
        )
    if refused := st.session_state.pop("dl_keep_refused", None):
        cards.card(t, "refused", str(refused), kept)


def _keep(place: Path) -> None:
    try:
        st.session_state["dl_kept"] = drafts.save_strategy(recipe(place))
    except BadInput as refused:
        st.session_state["dl_keep_refused"] = refused
