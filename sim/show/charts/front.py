"""What a search found, the strategies of the shelf among it, and those that nothing beats."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from sim.show.charts import frame
from sim.show.charts.frame import ACCENT, GREY, INK
from sim.show.charts.spots import Box, spots
from sim.show.charts.value import ROOM

HEIGHT = 420


class Point(NamedTuple):
    """A strategy or a set of levers: its name, kind, place, and whether it is the best."""

    name: str
    kind: str  #: tuned, base or shelf
    x: float
    y: float
    best: bool = False


def front(
    lang: str, points: Sequence[Point], x: str, y: str, *, more_is_better: bool = False
) -> go.Figure:
    """Draw what is gained over what it takes; steps join those that nothing beats on both."""
    figure = frame.blank(lang, x=x, y=y, height=HEIGHT)
    across = frame.padded([p.x for p in points], 0.08, 0.25)
    up = frame.padded([p.y for p in points], 0.1, 0.12)
    figure.update_xaxes(range=across, zeroline=False)
    figure.update_yaxes(range=up, zeroline=False)
    _steps(figure, points, more_is_better=more_is_better)
    for p in points:
        figure.add_trace(_dot(p))
    _names(figure, points, across, up)
    return figure


def _steps(figure: go.Figure, points: Sequence[Point], *, more_is_better: bool) -> None:
    """Join those that nothing beats on both axes."""
    sign = -1.0 if more_is_better else 1.0
    kept: list[Point] = []
    for p in sorted(points, key=lambda p: (sign * p.x, -p.y)):
        if not kept or p.y > kept[-1].y:
            kept.append(p)
    figure.add_trace(
        go.Scatter(
            x=[p.x for p in kept], y=[p.y for p in kept], mode="lines", hoverinfo="skip",
            line={"color": ACCENT, "width": 1.5, "dash": "dot", "shape": "hv"},
        )
    )  # fmt: skip


def _dot(p: Point) -> go.Scatter:
    colour = {"tuned": ACCENT, "base": INK, "shelf": GREY}[p.kind]
    symbol = {"tuned": "circle", "base": "circle-open", "shelf": "diamond"}
    mark = "star" if p.best else symbol[p.kind]
    size = 17 if p.best else 12
    return go.Scatter(
        x=[p.x], y=[p.y], mode="markers", hovertext=html.escape(p.name or ""), hoverinfo="text",
        marker={"symbol": mark, "size": size, "color": colour,
                "line": {"width": 2 if p.kind == "base" else 0, "color": colour}},
    )  # fmt: skip


def _names(
    figure: go.Figure, points: Sequence[Point], across: list[float], up: list[float]
) -> None:
    wide, tall = (size / (r[1] - r[0]) for size, r in zip(ROOM, (across, up), strict=True))
    dots = [((p.x - across[0]) * wide, (p.y - up[0]) * tall) for p in points]
    room = Box(0.0, ROOM[0], 0.0, ROOM[1])
    for p, spot in zip(points, spots(dots, [], [p.name for p in points], room), strict=True):
        frame.label(
            figure, html.escape(p.name), x=p.x, y=p.y, yshift=spot.above,
            xanchor="left" if spot.right else "right", xshift=10 if spot.right else -10,
            color={"tuned": ACCENT, "base": INK}.get(p.kind, GREY),
        )  # fmt: skip


__all__ = ["Point", "front"]
