"""How far luck alone moves the difference: one dot per replication."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from sim.compare import figures, stats
from sim.compare.comparison import Comparison
from sim.show.charts import frame
from sim.show.charts.frame import ACCENT, GREY, MONEY, WORSE, say

BINS = 24
QUARTER = 90  #: days
TENTH = 10  #: replications from which the worst tenth is a number


def heaps(values: list[float]) -> tuple[list[float], list[int]]:
    """Return where each dot lies: the middle of its bin, and its place in the heap from 1."""
    low, high = min([*values, 0.0]), max([*values, 0.0])
    width = (high - low) / BINS or 1.0
    across, up, seen = list[float](), list[int](), dict[float, int]()
    for value in sorted(values):
        # Bins begin at 0, so that no heap holds both gains and losses; ties stand on the line.
        middle = (float(np.floor(value / width)) + 0.5) * width if value else 0.0
        seen[middle] = seen.get(middle, 0) + 1
        across.append(middle)
        up.append(seen[middle])
    return across, up


def luck(comparison: Comparison, lang: str = "en", *, challenger: str | None = None) -> go.Figure:
    """Draw the difference in net value of every replication: losses left of 0, gains right."""
    pick = frame.chosen(comparison, challenger)
    size, unit = frame.scale(MONEY, lang)
    gaps = frame.differences(comparison, pick) / size
    across, up = heaps(gaps.tolist())
    figure = frame.blank(
        lang,
        y=say(lang, "net value ahead of {C}, {u}; dotted: what matters",
              "净收益较“{C}”，{u}；自虚线起有意义",
              C=frame.name_of(comparison, comparison.baseline, lang), u=unit),
        height=max(220, 130 + 22 * max(up, default=1)),
    )  # fmt: skip
    figure.add_trace(
        go.Scatter(
            x=across, y=up, mode="markers",
            hovertext=[figures.number(v, signed=True) for v in sorted(gaps)], hoverinfo="text",
            marker={"size": 13, "color": [(GREY, ACCENT, WORSE)[int(np.sign(x))] for x in across],
                    "symbol": ["diamond" if x < 0 else "circle" for x in across]},
        )
    )  # fmt: skip
    top = max(up, default=1) + 1.0
    figure.update_yaxes(visible=False, range=[0.3, top + 0.5])
    margin = comparison.margin("net_value") / size
    figure.update_xaxes(range=frame.padded([*across, 0.0, margin], 0.2, 0.12), zeroline=False)
    _marks(figure, margin, lang)
    return figure


def _marks(figure: go.Figure, margin: float, lang: str) -> None:
    """Draw the lines at no difference and at the difference that matters, and name the sides."""
    for x, dash in ((0.0, "solid"), (margin, "dot")):
        if np.isfinite(x):
            figure.add_shape(type="line", x0=x, x1=x, y0=0, y1=1, yref="paper",
                             line={"color": GREY, "dash": dash, "width": 1.2})  # fmt: skip
    sides = (
        ("right", -6, WORSE, say(lang, "◆ behind", "◆ 落后")),
        ("left", 6, ACCENT, say(lang, "● ahead", "● 领先")),
    )
    for anchor, shift, shade, text in sides:
        frame.label(figure, text, x=0.0, y=1, yref="paper", xanchor=anchor, xshift=shift,
                    yanchor="top", color=shade)  # fmt: skip


def sentence_luck(
    comparison: Comparison, lang: str = "en", *, challenger: str | None = None
) -> str:
    """Say in how many runs the challenger did better, and what happens in the worst tenth."""
    pick = frame.chosen(comparison, challenger)
    names = {
        "X": frame.name_of(comparison, pick, lang),
        "C": frame.name_of(comparison, comparison.baseline, lang),
    }
    gaps = frame.differences(comparison, pick)
    mine, theirs = (comparison.values(n, "net_value") for n in (pick, comparison.baseline))
    one_quarter = comparison.setting.days == QUARTER
    ahead = say(
        lang,
        "{X} was ahead of {C} in {k} of {n} simulated "
        + ("quarters" if one_quarter else "runs"),
        "模拟的 {n} 个季度中“{X}”有 {k} 个领先“{C}”" if one_quarter
        else "{n} 次模拟中“{X}”有 {k} 次领先“{C}”",
        k=str(stats.wins(mine, theirs, True)), n=str(len(gaps)), **names,
    )  # fmt: skip
    if len(gaps) < TENTH:
        return ahead + say(lang, ".", "。")
    worst = float(np.quantile(gaps, 0.1))
    tail = (
        ("; in the worst tenth it fell behind by {w} or more per 1,000 accounts.",
         "；最差的一成情形每千户落后 {w} 以上。")
        if worst < 0
        else ("; in one of ten its lead was {w} per 1,000 accounts or less.",
              "；约每十次有一次，每千户领先仅 {w} 或更少。")
    )  # fmt: skip
    half = float(np.std(gaps)) / 4 or None
    return ahead + say(lang, *tail, w=figures.money(abs(worst), half, lang=lang))
