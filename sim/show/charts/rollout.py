"""Roll-out: the cumulative net difference with its bands, and the risks month by month."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from sim.compare import figures
from sim.experiments.rollout import PRESENT, Rollout
from sim.experiments.rollout.result import Floats
from sim.experiments.rollout.telling import ahead, pick, sure, title, unit
from sim.play.metrics import SHELF
from sim.show.charts import frame
from sim.show.charts.frame import ACCENT, GREY, INK, say

HEIGHT, RIGHT = 380, 128
DASHES = ("solid", "dash")  #: of the first timetable and of the second


def _looks(found: Rollout) -> dict[str, tuple[str, str]]:
    """Return colour and dash of each arm: no two differ by colour alone."""
    colours = (ACCENT, GREY)
    looks = {arm: (colours[i], DASHES[i]) for i, arm in enumerate(found.asked.arms[1:3])}
    return {PRESENT: (INK, "dot"), **looks}


def cumulative(found: Rollout, lang: str = "en") -> go.Figure:
    """Draw the middle run of each timetable and the band of nine in ten runs, by month."""
    size, word = unit(lang)
    below = say(lang, "months from today; band: nine in ten runs at each month",
                "自今日起的月数；色带：每个月九成的模拟") if sure(found) else say(
                lang, "months from today", "自今日起的月数")  # fmt: skip
    heading = say(
        lang, "net value ahead of the present practice, cumulative, {u}",
        "与现行做法相比的累计净收益差，{u}", u=word,
    )  # fmt: skip
    figure = frame.blank(lang, x=below, y=heading, height=HEIGHT, right=RIGHT)
    months, ends = [0, *found.months], []
    for arm, (colour, dash) in _looks(found).items():
        if arm == PRESENT:
            continue
        low, middle, high = (np.append(0.0, line) / size for line in found.band(arm))
        if sure(found):
            figure.add_trace(
                go.Scatter(
                    x=months + months[::-1], y=frame.plain([*low, *high[::-1]]), mode="lines",
                    line={"width": 0}, fill="toself", fillcolor=f"{colour}26", hoverinfo="skip",
                )
            )  # fmt: skip
        figure.add_trace(_line(months, middle, title(found, arm, lang), colour, dash))
        ends.append((title(found, arm, lang), float(middle[-1]), colour))
        _mark(figure, found, arm, colour, lang)
    _label(figure, ends, found.asked.months, lang)
    return figure


def _line(x: list[int], y: Floats, name: str, colour: str, dash: str) -> go.Scatter:
    return go.Scatter(
        x=x, y=frame.plain(y), mode="lines", name=name,
        line={"color": colour, "width": 2.5, "dash": dash},
    )  # fmt: skip


def _mark(figure: go.Figure, found: Rollout, arm: str, colour: str, lang: str) -> None:
    """Mark the month by which half of the runs have paid back."""
    month = float(np.quantile(found.paid_back(arm), 0.5, method="higher"))
    if not (np.isfinite(month) and sure(found)):
        return
    figure.add_trace(
        go.Scatter(
            x=[month], y=[0.0], mode="markers", hoverinfo="skip",
            marker={"symbol": "diamond", "size": 11, "color": colour},
        )
    )  # fmt: skip
    first = arm == found.asked.arms[1]
    frame.label(
        figure, say(lang, "paid back: month {m}", "回本：第 {m} 个月", m=f"{month:.0f}"),
        x=month, y=0.0, yanchor="top" if first else "bottom", yshift=-8 if first else 8,
        xanchor="left" if month <= found.asked.months / 2 else "right", color=colour,
    )  # fmt: skip


def _label(figure: go.Figure, ends: list[tuple[str, float, str]], last: int, lang: str) -> None:
    """Write the names at the ends of the lines, apart from one another."""
    drawn = [v for t in figure.data for v in t.y if v is not None]
    low, high = frame.padded([*drawn, 0.0], 0.08, 0.08)
    figure.update_yaxes(range=[low, high])
    figure.update_xaxes(range=[0, last], dtick=1 if last <= 12 else 3)
    pixels = [(v - low) / (high - low) * (HEIGHT - 90) for _, v, _ in ends]
    for (name, value, colour), old, new in zip(
        ends, pixels, frame.apart(pixels, 34.0), strict=True
    ):
        frame.label(
            figure, frame.narrow(name, lang), x=last, y=value, xanchor="left", xshift=6,
            yshift=new - old, align="left", color=colour,
        )  # fmt: skip


def sentence_cumulative(found: Rollout, lang: str = "en") -> str:
    """Say where each timetable ends, and how the runs spread."""
    return ("" if lang == "zh" else " ").join(ahead(found, a, lang) for a in found.asked.arms[1:])


def risks(found: Rollout, lang: str = "en", *, metric: str = "complaints") -> go.Figure:
    """Draw the expected complaints or breaches of each month, mean over the runs.

    A line stands where each timetable's compliance begins.
    """
    word = pick(SHELF[metric].title, lang)
    figure = frame.blank(
        lang, x=say(lang, "month", "月"),
        y=say(lang, "{m} expected in the month, real book", "{m}（当月预期，按实际规模）", m=word),
        height=300, right=RIGHT,
    )  # fmt: skip
    months, ends = list(found.months), []
    for arm, (colour, dash) in _looks(found).items():
        mean = found.monthly(arm, metric).mean(axis=0)
        figure.add_trace(_line(months, mean, title(found, arm, lang), colour, dash))
        ends.append((title(found, arm, lang), float(mean[-1]), colour))
    _label(figure, ends, found.asked.months, lang)
    figure.update_xaxes(range=[1, max(2, found.asked.months)])
    begins = {a: found.asked.programme(a).timetable.compliance for a in found.asked.arms[1:]}
    for at in sorted({m for m in begins.values() if m and 1 < m <= found.asked.months}):
        figure.add_shape(
            type="line", x0=at, x1=at, y0=0, y1=1, yref="paper",
            line={"color": GREY, "width": 1, "dash": "dot"},
        )  # fmt: skip
        frame.label(figure, say(lang, "compliance begins", "合规启动"), x=at, y=1, yref="paper",
                    xanchor="left", xshift=4, yanchor="top")  # fmt: skip
    return figure


def sentence_risks(found: Rollout, lang: str = "en", *, metric: str = "complaints") -> str:
    """Name the year's total of each arm."""
    word = pick(SHELF[metric].title, lang)
    parts = []
    for arm in found.asked.arms:
        total = float(found.monthly(arm, metric).sum(axis=1).mean())
        half = max(total / 20.0, 0.05)
        parts.append(
            say(lang, "{X} {n}", "“{X}” {n}", X=title(found, arm, lang),
                n=figures.number(total, half, lang=lang))
        )  # fmt: skip
    return say(
        lang, "{m} expected in {M} months: {list}.", "{M} 个月预期{m}：{list}。",
        m=word, M=str(found.asked.months), list=("；" if lang == "zh" else "; ").join(parts),
    )  # fmt: skip
