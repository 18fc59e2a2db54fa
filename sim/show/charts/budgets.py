"""Net value over budgets: what every strategy makes of less money, and of more."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from sim.compare import figures, stats
from sim.compare.comparison import Comparison
from sim.show.charts import frame
from sim.show.charts.frame import ACCENT, GREY, INK, MONEY, say

HEIGHT = 400


def curves(
    found: Mapping[float, Comparison], now: float, lang: str = "en", *, challenger: str
) -> go.Figure:
    """Draw net value over the monthly budget, one line per strategy.

    Parameters
    ----------
    found
        Comparisons by their monthly budget, CNY for the real book.
    now
        The budget of the question itself; it is marked.
    challenger
        The strategy in the accent, with the 95 % interval of its own mean.
    """
    size, unit = frame.scale(MONEY, lang)
    money = 1e4 if lang == "zh" else 1e6
    budgets = sorted(found)
    one = found[now]
    figure = frame.blank(
        lang, height=HEIGHT, right=120,
        x=say(lang, "budget a month for the real book, CNY million", "每月预算（实际规模），万元"),
        y=frame.metric_title("net_value", lang) + say(lang, ", ", "，") + unit,
    )  # fmt: skip
    ends = []
    for s in one.strategies:
        if s.reference:  # it spends nothing, at any budget
            continue
        own = [found[b].ratio(s.name, "net_value") for b in budgets]
        shade = frame.colour(one, s.name, challenger)
        half = [stats.half_width(r.residuals) / size for r in own]
        figure.add_trace(
            go.Scatter(
                x=[b / money for b in budgets],
                y=frame.plain(np.array([r.estimate for r in own]) / size),
                mode="lines+markers", name=frame.name_of(one, s.name, lang),
                line={"color": shade, "width": 2.5 if s.name == challenger else 1.5},
                error_y={"array": half, "visible": s.name == challenger, "color": ACCENT},
            )
        )  # fmt: skip
        ends.append((s.name, own[-1].estimate / size))
    _named(figure, one, ends, budgets[-1] / money, (lang, challenger))
    figure.add_shape(type="line", x0=now / money, x1=now / money, y0=0, y1=1, yref="paper",
                     line={"color": INK, "dash": "dash", "width": 1.2})  # fmt: skip
    frame.label(figure, say(lang, "now", "当前"), x=now / money, y=1, yref="paper",
                yanchor="bottom", color=INK)  # fmt: skip
    return figure


def _named(
    figure: go.Figure,
    one: Comparison,
    ends: list[tuple[str, float]],
    last: float,
    how: tuple[str, str],
) -> None:
    """Write each strategy's name at the end of its line, apart from the others."""
    lang, challenger = how
    drawn = [v for trace in figure.data for v in trace.y if v is not None]
    low, high = frame.padded(drawn, 0.06, 0.06)
    figure.update_yaxes(range=[low, high], zeroline=False)
    pixels = [(v - low) / (high - low) * (HEIGHT - 90) for _, v in ends]
    for (name, value), old, new in zip(ends, pixels, frame.apart(pixels), strict=True):
        frame.label(
            figure, frame.narrow(frame.name_of(one, name, lang), lang), x=last, y=value,
            xanchor="left", xshift=8, yshift=new - old, align="left",
            color=frame.colour(one, name, challenger) if name == challenger else GREY,
        )  # fmt: skip


def sentence_curves(found: Mapping[float, Comparison], now: float, lang: str = "en") -> str:
    """Name the strategy that leads at each budget, where it changes."""
    leaders = {budget: frame.chosen(found[budget]) for budget in sorted(found)}
    titles = {b: frame.name_of(found[b], name, lang) for b, name in leaders.items()}
    if len(set(leaders.values())) == 1:
        return say(
            lang, "{X} has the highest net value of the challengers at every budget tried.",
            "在试过的各档预算下，净收益最高的备选方案都是“{X}”。", X=titles[now],
        )  # fmt: skip
    parts = [
        say(lang, "{X} at {b}", "{b} 时为“{X}”", X=title, b=figures.money(budget, lang=lang))
        for budget, title in titles.items()
    ]
    return say(
        lang, "The challenger with the highest net value changes with the budget: {list}.",
        "净收益最高的备选方案随预算变化：{list}。",
        list=("，" if lang == "zh" else ", ").join(parts),
    )  # fmt: skip
