"""What is left undone week by week."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from sim.compare import figures
from sim.compare.comparison import Comparison, groups
from sim.show.charts import frame
from sim.show.charts.frame import GREY, say

HEIGHT, RIGHT = 360, 120


def backlog(
    comparison: Comparison, lang: str = "en", *, challenger: str | None = None
) -> go.Figure:
    """Draw per week the touches planned but not served by closing time, a line per strategy."""
    pick = frame.chosen(comparison, challenger) if frame.challengers(comparison) else ""
    figure = frame.blank(
        lang, x=say(lang, "week", "周"), height=HEIGHT, right=RIGHT,
        y=say(lang, "left at closing in the week, per 1,000 accounts", "当周未作业，次/千户"),
    )  # fmt: skip
    lines = _lines(comparison)
    high = max((float(line.max()) for line in lines.values()), default=0.0)
    top = 1.08 * high or 1.0
    figure.update_yaxes(range=[-0.04 * top, top])
    for name, values in lines.items():
        shade = frame.colour(comparison, name, pick)
        figure.add_trace(
            go.Scatter(
                x=list(range(1, len(values) + 1)), y=frame.plain(values), mode="lines+markers",
                name=frame.name_of(comparison, name, lang), marker={"size": 5, "color": shade},
                line={"color": shade, "width": 1.5 if shade == GREY else 2.5},
            )
        )  # fmt: skip
    _names(figure, comparison, lines, top, pick, lang)
    return figure


def _lines(comparison: Comparison) -> dict[str, NDArray[np.float64]]:
    """Return the weekly backlog of every strategy that collects."""
    return {
        s.name: groups.by_group(comparison, s.name, "week", "unserved")
        for s in comparison.strategies
        if not s.reference
    }


def _names(
    figure: go.Figure, comparison: Comparison, lines: dict[str, NDArray[np.float64]], top: float,
    pick: str, lang: str,
) -> None:  # fmt: skip
    """Write the names at the ends of the lines, apart from one another."""
    ends = [float(line[-1]) for line in lines.values()]
    pixels = [end / top * (HEIGHT - 100) for end in ends]
    for name, end, old, new in zip(lines, ends, pixels, frame.apart(pixels), strict=True):
        frame.label(
            figure, frame.narrow(frame.name_of(comparison, name, lang), lang), x=len(lines[name]),
            y=end, xanchor="left", xshift=8, yshift=new - old, align="left",
            color=frame.colour(comparison, name, pick),
        )  # fmt: skip


def sentence_backlog(
    comparison: Comparison, lang: str = "en", *, challenger: str | None = None
) -> str:
    """Say in which week the most is left undone, and under which strategy."""
    lines = _lines(comparison)
    name = max(lines, key=lambda n: float(lines[n].max()), default="")
    if not name or lines[name].max() <= 0:
        return say(lang, "No planned work was left at closing.", "没有计划工作在收工时未完成。")
    week = int(lines[name].argmax())
    return say(
        lang,
        "Most is left at closing in week {w} under {X}: {n} touches per 1,000 accounts.",
        "未作业最多的是“{X}”的第 {w} 周：每千户 {n} 次。",
        w=str(week + 1), X=frame.name_of(comparison, name, lang),
        n=figures.number(float(lines[name][week])),
    )  # fmt: skip
