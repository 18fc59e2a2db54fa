"""Response: four outcomes over one knob, a line for each strategy with its interval."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from sim.compare.comparison import METRICS as MEASURES
from sim.experiments.response import METRICS, Response
from sim.show.charts import frame
from sim.show.charts.frame import ACCENT, GREY, INK, LINE, say

PANEL, BETWEEN = 170, 46  #: pixels


def response(
    found: Response, lang: str, *, knob: str, now: str | None = None, chosen: str | None = None
) -> go.Figure:
    """Draw each outcome over the knob.

    Parameters
    ----------
    knob
        What the knob is called, with its unit.
    now
        What its present value is called; nothing is marked where None.
    chosen
        Strategy that stands out; the second one where None. The first is the dark line.
    """
    names = [name for name, *_ in found.asked.strategies]
    first = names[0]
    chosen = chosen or (names[1] if len(names) > 1 else first)
    whole = len(METRICS) * PANEL + (len(METRICS) - 1) * BETWEEN
    figure = frame.blank(lang, x=knob, height=whole + 120, right=112)
    for i, metric in enumerate(METRICS):
        top = 1.0 - i * (PANEL + BETWEEN) / whole
        unit = MEASURES[metric].unit
        size, word = frame.scale(unit, lang)
        title = say(lang, "{m}, {u}", "{m}，{u}", m=frame.metric_title(metric, lang), u=word)
        domain = [max(0.0, top - PANEL / whole), top]
        _panel(figure, i, domain, title, _span(found, metric, size))
        _lines(figure, found, i, metric, size, (first, chosen))
        _labels(figure, found, i, metric, size, lang, (first, chosen))
    x = found.values
    width = (x[-1] - x[0]) / 30 or 1.0
    figure.update_layout(
        xaxis={"range": [x[0] - width, x[-1] + width], "anchor": f"y{len(METRICS)}"}
    )
    figure.update_layout(margin={"t": 56})
    if now is not None and x[0] <= found.asked.base <= x[-1]:
        _now(figure, found.asked.base, now)
    return figure


def _panel(
    figure: go.Figure, i: int, domain: list[float], title: str, span: tuple[float, float]
) -> None:
    axis = {
        "domain": domain, "range": list(span), "fixedrange": True, "automargin": True,
        "gridcolor": LINE, "nticks": 5,
        "linecolor": LINE, "tickfont": {"size": 12}, "zeroline": False, "separatethousands": True,
    }  # fmt: skip
    figure.update_layout({"yaxis" if i == 0 else f"yaxis{i + 1}": axis})
    figure.add_annotation(
        text=f"<b>{frame.folded(title, frame.WIDTH)}</b>", x=0, xref="paper", xanchor="left",
        y=domain[1], yref="paper", yanchor="bottom", yshift=4, showarrow=False, font={"size": 12},
    )  # fmt: skip


def _look(name: str, marked: tuple[str, str]) -> str:
    first, chosen = marked
    return INK if name == first else ACCENT if name == chosen else GREY


def _lines(
    figure: go.Figure,
    found: Response,
    i: int,
    metric: str,
    size: float,
    marked: tuple[str, str],
) -> None:
    axis = "y" if i == 0 else f"y{i + 1}"
    for name, *_ in found.asked.strategies:
        points, colour = found.line(name, metric), _look(name, marked)
        x = [p.value for p in points]
        low, high = [p.low / size for p in points], [p.high / size for p in points]
        if np.isfinite([*low, *high]).all():
            figure.add_trace(
                go.Scatter(
                    x=x + x[::-1], y=high + low[::-1], mode="lines", line={"width": 0},
                    fill="toself", fillcolor=f"{colour}1F", hoverinfo="skip", yaxis=axis,
                )
            )  # fmt: skip
        figure.add_trace(
            go.Scatter(
                x=x, y=frame.plain([p.mean / size for p in points]), mode="lines+markers",
                yaxis=axis, marker={"size": 6, "color": colour},
                line={"color": colour, "width": 1 if colour == GREY else 2},
                hovertemplate="%{x}: %{y:,.2f}<extra></extra>",
            )
        )  # fmt: skip


def _labels(
    figure: go.Figure,
    found: Response,
    i: int,
    metric: str,
    size: float,
    lang: str,
    marked: tuple[str, str],
) -> None:
    """Name every line where it ends; names that would lie on each other move apart."""
    low, high = _span(found, metric, size)
    ends = []
    for name, en, zh in found.asked.strategies:
        last = found.line(name, metric)[-1].mean / size
        if np.isfinite(last):
            title = (zh if lang == "zh" else en) or en or name
            ends.append((_short(title, lang), last, _look(name, marked)))
    scale = PANEL / (high - low)
    places = frame.apart([y * scale for _, y, _ in ends], 15.0)
    axis = "y" if i == 0 else f"y{i + 1}"
    for (text, y, colour), place in zip(ends, places, strict=True):
        frame.label(
            figure, frame.folded(text, 40), x=found.values[-1], y=y, yref=axis, xanchor="left",
            xshift=9, yshift=place - y * scale, color=colour, bgcolor="rgba(0,0,0,0)",
        )  # fmt: skip


def _span(found: Response, metric: str, size: float) -> tuple[float, float]:
    """Return the ends of a panel's axis: every line with its ribbon."""
    points = [p for p in found.points if p.metric == metric]
    low, high = frame.padded([v / size for p in points for v in (p.mean, p.low, p.high)])
    return low, high


def _short(text: str, lang: str) -> str:
    most = 8 if lang == "zh" else 16
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _now(figure: go.Figure, at: float, text: str) -> None:
    figure.add_shape(
        type="line", x0=at, x1=at, y0=0, y1=1, yref="paper",
        line={"color": GREY, "width": 1, "dash": "dot"},
    )  # fmt: skip
    frame.label(
        figure, frame.folded(text, 30), x=at, y=1, yref="paper", yanchor="bottom", yshift=18,
    )  # fmt: skip


def names_of(found: Response, lang: str) -> dict[str, str]:
    """Return the strategies' titles by name."""
    return {n: (zh if lang == "zh" else en) or en or n for n, en, zh in found.asked.strategies}
