"""What inputs mean: now in the accent, the base behind it in grey. Plain numbers come in."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from sim.compare import figures
from sim.show.charts import frame
from sim.show.charts.frame import ACCENT, GREY, INK, PAPER, WORSE

Floats = NDArray[np.float64]
DEEP = 0.6  #: of the darkest cell; from here on dark letters are hard to read
#: A seat's day: what is done, and in which colour.
DOING = {
    "away": WORSE,
    "dial": f"{ACCENT}55",
    "talk": ACCENT,
    "wrap": f"{ACCENT}99",
    "rest": f"{GREY}40",
}


def bars(
    lang: str, names: Sequence[str], now: Sequence[float], base: Sequence[float] | None, x: str
) -> go.Figure:
    """Draw shares in per cent as bars from above to below; the base as a grey bar behind."""
    figure = frame.blank(lang, x=x, height=70 + 34 * len(names), right=44)
    places = list(range(len(names)))[::-1]
    if base is not None:
        figure.add_trace(
            go.Bar(
                x=[100 * v for v in base], y=places, orientation="h", width=0.84,
                marker={"color": f"{GREY}40"}, hoverinfo="skip",
            )
        )  # fmt: skip
    figure.add_trace(
        go.Bar(
            x=[100 * v for v in now], y=places, orientation="h", width=0.5,
            marker={"color": ACCENT}, text=[f"{100 * v:.1f}" for v in now],
            textposition="outside", cliponaxis=False, hovertemplate="%{x:.1f} %<extra></extra>",
        )
    )  # fmt: skip
    figure.update_layout(
        barmode="overlay",
        yaxis={
            "tickvals": places, "ticktext": [frame.narrow(n, lang) for n in names],
            "showgrid": False, "zeroline": False,
        },
        xaxis={"rangemode": "tozero"},
    )  # fmt: skip
    return figure


def _round(low: float, high: float) -> list[float]:
    """Return round amounts between two powers of ten: 1, 2 and 5 of each, or 1 alone."""
    steps = (1.0, 2.0, 5.0) if high - low < 2.5 else (1.0,)
    powers = range(math.floor(low), math.ceil(high) + 1)
    return [s * 10.0**p for p in powers for s in steps if low <= math.log10(s * 10.0**p) <= high]


def spread(lang: str, now: Floats, base: Floats | None, x: str, y: str) -> go.Figure:
    """Draw how amounts are spread, as shares of a logarithmic scale's steps."""
    every = np.concatenate([v for v in (now, base) if v is not None])
    low, high = np.floor(np.log10(every.min()) * 4) / 4, np.ceil(np.log10(every.max()) * 4) / 4
    edges = np.linspace(low, high, 25)
    middle = 10 ** ((edges[:-1] + edges[1:]) / 2)
    figure = frame.blank(lang, x=x, y=y, height=300)
    for values, colour, fill in ((base, GREY, f"{GREY}40"), (now, ACCENT, f"{ACCENT}33")):
        if values is None:
            continue
        counts, _ = np.histogram(np.log10(values), edges)
        figure.add_trace(
            go.Scatter(
                x=middle.tolist(), y=(100 * counts / len(values)).tolist(), mode="lines",
                line={"color": colour, "width": 2, "shape": "hvh"}, fill="tozeroy",
                fillcolor=fill, hovertemplate="%{x:,.0f}: %{y:.1f} %<extra></extra>",
            )
        )  # fmt: skip
    figure.update_layout(
        xaxis={
            "type": "log",
            "range": [low, high],
            "tickvals": _round(low, high),
            "ticktext": [figures.number(v) for v in _round(low, high)],
        }
    )
    return figure


def ranges(
    lang: str,
    names: Sequence[str],
    now: Sequence[tuple[float, float, float]],
    base: Sequence[tuple[float, float, float]] | None,
    x: str,
) -> go.Figure:
    """Draw low, middle and high of each name; the base as a grey bar behind."""
    figure = frame.blank(lang, x=x, height=70 + 34 * len(names))
    places = list(range(len(names)))[::-1]
    for i, place in enumerate(places):
        if base is not None:
            _stretch(figure, base[i], place, f"{GREY}59", 14)
        _stretch(figure, now[i], place, ACCENT, 3)
    for rows, colour, symbol in ((base, GREY, "circle-open"), (now, ACCENT, "circle")):
        if rows is not None:
            figure.add_trace(
                go.Scatter(
                    x=[r[1] for r in rows], y=places, mode="markers",
                    marker={"size": 10, "color": colour, "symbol": symbol},
                    hovertemplate="%{x:.2f}<extra></extra>",
                )
            )  # fmt: skip
    figure.add_shape(
        type="line", x0=1, x1=1, y0=0, y1=1, yref="paper",
        line={"color": INK, "width": 1, "dash": "dot"},
    )  # fmt: skip
    figure.update_layout(
        yaxis={
            "tickvals": places, "ticktext": [frame.narrow(n, lang) for n in names],
            "showgrid": False, "zeroline": False, "range": [-0.6, len(names) - 0.4],
        },
        xaxis={"rangemode": "tozero"},
    )  # fmt: skip
    return figure


def _stretch(
    figure: go.Figure, row: tuple[float, float, float], y: float, colour: str, width: int
) -> None:
    figure.add_trace(
        go.Scatter(
            x=[row[0], row[2]], y=[y, y], mode="lines", line={"color": colour, "width": width},
            hoverinfo="skip",
        )
    )  # fmt: skip


def heat(lang: str, names: Sequence[str], values: Sequence[Floats], x: str) -> go.Figure:
    """Draw a chance in per cent by name and hour of the day; darker is higher."""
    figure = frame.blank(lang, x=x, height=90 + 32 * len(names))
    z = [[100 * float(v) for v in row] for row in values]
    figure.add_trace(
        go.Heatmap(
            z=z[::-1], x=list(range(24)), y=list(range(len(names))), xgap=1, ygap=1, zmin=0,
            colorscale=[[0.0, f"{GREY}14"], [0.01, f"{ACCENT}26"], [1.0, ACCENT]],
            showscale=False, hovertemplate="%{x}:00, %{z:.0f} %<extra></extra>",
        )
    )  # fmt: skip
    for i, row in enumerate(z[::-1]):
        best = int(np.argmax(row))
        if row[best] > 0:
            frame.label(
                figure, f"{row[best]:.0f} %", x=best, y=i, bgcolor="rgba(0,0,0,0)",
                color=PAPER if row[best] > DEEP * max(map(max, z)) else INK,
            )  # fmt: skip
    figure.update_layout(
        yaxis={
            "tickvals": list(range(len(names))), "showgrid": False, "zeroline": False,
            "ticktext": [frame.narrow(n, lang) for n in names[::-1]],
        },
        xaxis={"tickvals": [0, 4, 8, 12, 16, 20, 23], "showgrid": False, "zeroline": False},
    )  # fmt: skip
    return figure


Blocks = Sequence[tuple[str, float, float]]


def day(lang: str, rows: Sequence[tuple[str, Blocks]], words: Mapping[str, str]) -> go.Figure:
    """Draw a seat's day as a bar along the clock; later rows stand beneath, in grey."""
    figure = frame.blank(lang, height=100 + 58 * len(rows))
    for i, (_, blocks) in enumerate(rows):
        for what, begins, ends in blocks:
            colour = DOING[what] if i == 0 else f"{GREY}{'B3' if what == 'talk' else '4D'}"
            figure.add_trace(
                go.Bar(
                    x=[ends - begins], base=[begins], y=[-i], orientation="h", width=0.6,
                    marker={"color": colour, "line": {"width": 0}},
                    hovertemplate=f"{words[what]}<extra></extra>",
                )
            )  # fmt: skip
    hours = [h for _, blocks in rows for _, a, b in blocks for h in (a, b)]
    ticks = list(range(int(min(hours)), int(max(hours)) + 2, 3))
    figure.update_layout(
        barmode="overlay",
        xaxis={"tickvals": ticks, "ticktext": [f"{h}:00" for h in ticks]},
        yaxis={
            "tickvals": [-i for i in range(len(rows))], "showgrid": False, "zeroline": False,
            "ticktext": [frame.narrow(name, lang) for name, _ in rows],
        },
    )  # fmt: skip
    return figure
