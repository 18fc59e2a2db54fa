"""How an experiment is told: what was found, what was played, numbers with intervals, files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import pandas as pd
import streamlit as st

from sim.experiments.sweep import Sweep
from sim.scenario import Scenario
from sim.scenario.files import names as scenarios
from sim.ui import address, export, names
from sim.ui.words import Words

METRICS = ("net_value", "recovery_rate", "complaints", "breaches", "satisfaction")


def say(lines: Sequence[str]) -> None:
    """Show what an experiment found, the first sentence in front."""
    first, *more = filter(None, lines)
    rest = "".join(f"<p>{escape(line)}</p>" for line in more)
    st.html(
        '<div class="dl-card dl-edge-accent" role="status" data-state="found">'
        f'<p class="dl-lead">{escape(first)}</p>{rest}</div>'
    )


def facts(t: Words, swept: Sweep) -> None:
    """Write in one line what a sweep played."""
    d = swept.design
    title = t.pick(Scenario.load(d.scenario).title) if d.scenario in scenarios() else ""
    said = [
        title,
        t.listed([swept.title(s, t.lang) for s in swept.strategies]),
        t("{n} settings", n=t.count(len(swept.points))),
        t("{n} runs", n=d.replications),
    ]
    if d.accounts:
        said.append(t("{n} accounts", n=t.count(d.accounts)))
    if d.days:
        said.append(t("{n} days", n=d.days))
    if broke := len(swept.failures):
        said.append(t("{n} failed", n=broke))
    st.caption(" · ".join(filter(None, said)))


def labels(t: Words, swept: Sweep) -> dict[str, str]:
    """Return what the inputs of a sweep are called."""
    return {path: names.label(t, path) for path in swept.design.inputs}


def metric(t: Words, swept: Sweep) -> str | None:
    """Ask for the metric, of those that the sweep holds."""
    from sim.compare.comparison import METRICS as KNOWN

    held = set(swept.table["metric"])
    options = {m: t.pick(KNOWN[m].title) for m in METRICS if m in held}
    return address.pick(t, "metric", t("Metric"), options) if options else None


def foot(
    t: Words,
    lab: str,
    command: str,
    snippet: str,
    tables: Mapping[str, pd.DataFrame],
    more: str = "",
) -> None:
    """Offer the tables as files, and say how to make them again."""
    with st.container(horizontal=True):
        for key, (name, table) in enumerate(tables.items()):
            st.download_button(
                t("Download the table: {name}", name=name)
                if len(tables) > 1
                else t("Download the table"),
                export.csv(table),
                file_name=f"{lab}-{key + 1}.csv",
                mime="text/csv",
                key=f"{lab}_csv_{key}",
                on_click="ignore",
            )
    with st.expander(t("Reproduce")):
        if more:
            st.code(more, language="toml", wrap_lines=True)
        st.code(command, language="bash", wrap_lines=True)
        if snippet:
            st.code(snippet, language="python", wrap_lines=True)


def span(
    t: Words,
    mean: float | None,
    low: float | None,
    high: float | None,
    *,
    money: bool = False,
    signed: bool = True,
) -> str:
    """Return a number with its interval."""
    if mean is None or mean != mean:
        return t("none")
    if low is None or high is None or low != low or high != high:
        return t.money(mean, signed=signed) if money else t.number(mean, signed=signed)
    half = (high - low) / 2
    if half == 0.0 and mean == 0.0:
        return "0"
    say = t.money if money else t.number
    ends = [say(x, half, signed=signed) for x in (low, high)]
    joined = f"{ends[0]} 至 {ends[1]}" if t.lang == "zh" else f"{ends[0]} to {ends[1]}"
    return (
        f"{say(mean, half, signed=signed)}（{joined}）"
        if t.lang == "zh"
        else f"{say(mean, half, signed=signed)} ({joined})"
    )
