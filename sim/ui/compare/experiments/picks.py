"""Best of many: candidates, an indifference and a confidence; those out of reach leave early."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from sim.compare import figures
from sim.compare.comparison import METRICS
from sim.compare.selection import FIRST
from sim.ui import address, cards
from sim.ui.compare.experiments import answers, asks, tells
from sim.ui.held import held
from sim.ui.words import Words

LAB = "picks"
SURE = {"0.9": "90 %", "0.95": "95 %", "0.99": "99 %"}
USUAL = {
    "net_value": 5_000.0,
    "recovery_rate": 0.5,
    "complaints": 0.1,
    "breaches": 0.1,
    "satisfaction": 1.0,
}


def show(t: Words) -> None:
    """Ask for candidates, and show which was found."""
    _ask(t)
    name = answers.current(
        t,
        LAB,
        t(
            "It plays all of them, and puts out those that are surely beaten "
            "as soon as that is known."
        ),
    )
    if name is not None:
        _result(t, name)


def _ask(t: Words) -> None:
    with st.expander(t("Play a new one"), expanded=not answers.listed(LAB)):
        known = {m: t.pick(METRICS[m].title) for m in tells.METRICS}
        with st.grid(min_column_width=240):
            at = asks.book(t)
            metric = address.select(t, "metric", t("Best in"), known)
        if at is None or metric is None:
            return
        rivals = asks.several(t, LAB, list(asks.titles(t)))
        with st.grid(min_column_width=240):
            zone, wrong = _zone(t, metric)
            sure = address.select(t, "sure", t("How surely"), SURE, "0.95")
        size = asks.size(t, LAB, runs=60)
        if sure is None:
            return
        most = max(size.runs, FIRST)
        least, longest = (asks.seconds(len(rivals) * n, size)[0] for n in (FIRST, most))
        said = t(
            "{s} strategies, {a} to {b} runs each, {t}.",
            s=len(rivals),
            a=FIRST,
            b=most,
            t=asks.about(t, (least, longest)),
        )
        why = wrong or size.why or ("" if len(rivals) > 1 else t("Choose two strategies or more."))
        words = ["select", at.source, "--strategies", ",".join(rivals), "--pick", metric]
        words += ["--indifference", f"{zone:g}", "--confidence", sure, "--most", str(most)]
        words += ["--accounts", str(size.accounts), "--days", str(size.days), *at.words, "--json"]
        asks.offer(t, LAB, t("Find the best"), words, said, why, (least, longest))


def _zone(t: Words, metric: str) -> tuple[float, str]:
    """Ask for the difference that does not matter."""
    key, unit = f"{LAB}_zone_{metric}", t.unit(METRICS[metric].unit, difference=True)
    label = t("A difference that does not matter, {unit}", unit=unit)
    with held(key, st.session_state.get(key, USUAL[metric])):
        value = st.number_input(label, key=key, step=None, format="%g")
    if value is None or not 0 < value < float("inf"):
        return USUAL[metric], t("A number above zero is needed.")
    return float(value), ""


def _result(t: Words, name: str) -> None:
    found, titles = answers.answer(name), asks.titles(t)
    metric = METRICS[found["pick"]]
    unit = t.unit(metric.unit, difference=True)
    tells.say(
        [
            sentence(t, found, titles),
            t("Limits are not looked at: the one that is found is a candidate for a comparison."),
        ]
    )
    heads = (
        t("Strategy"),
        f"{t.pick(metric.title)} · {unit}",
        t("Runs"),
        t("Put out by"),
        t("Behind it by"),
    )
    st.html(
        cards.table(
            heads,
            rows(t, found, titles),
            t(
                "{n} plays instead of {m} with everybody to the end. A value of one that left "
                "early is from the runs until then.",
                n=t.count(found["plays"]),
                m=t.count(found["plays_alike"]),
            ),
        )
    )
    tells.foot(t, LAB, found["command"], found.get("python", ""), {t("strategies"): _frame(found)})


def sentence(t: Words, found: dict[str, Any], titles: dict[str, str]) -> str:
    """Say which is selected and with what confidence, or who is left."""
    best = titles.get(found["best"], found["best"])
    zone = t.number(found["indifference"])
    unit = t.unit(METRICS[found["pick"]].unit, difference=True)
    if found["decided"]:
        return t(
            "“{best}” is selected: the best with at least {p} confidence if it leads by {zone} "
            "({unit}) or more; otherwise one that is behind by less.",
            best=best,
            p=figures.chance(found["confidence"]),
            zone=zone,
            unit=unit,
        )
    others = [titles.get(n, n) for n in found["left"] if n != found["best"]]
    return t(
        "Not decided within these runs: “{best}” is ahead; not out yet: {list}.",
        best=best,
        list=t.listed(others),
    )


def rows(t: Words, found: dict[str, Any], titles: dict[str, str]) -> list[tuple[str, ...]]:
    """Return the candidates, the best first, then as late as they were put out."""
    zone, out = found["indifference"] / 2, {one["name"]: one for one in found["out"]}
    order = [found["best"], *(n for n in found["left"] if n != found["best"])]
    order += [one["name"] for one in reversed(found["out"])]
    told: list[tuple[str, ...]] = []
    for n in order:
        gone = out.get(n)
        runs = gone["replications"] if gone else found["replications"]
        told.append(
            (
                titles.get(n, n),
                t.number(found["values"][n], zone),
                t.count(runs),
                titles.get(gone["by"], gone["by"]) if gone else "",
                t.number(gone["behind"], zone) if gone else "",
            )
        )
    return told


def _frame(found: dict[str, Any]) -> pd.DataFrame:
    out = {one["name"]: one for one in found["out"]}
    return pd.DataFrame(
        [
            {
                "strategy": n,
                "value": v,
                "replications": out.get(n, found)["replications"],
                "out_by": out[n]["by"] if n in out else "",
                "behind": out[n]["behind"] if n in out else 0.0,
            }
            for n, v in found["values"].items()
        ]
    )
