"""Effects one under the other, each a bar with its interval; what luck alone would make as a tick.

Plain numbers come in: what an outcome hangs on, what a rule costs, what a lever brings.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from sim.show.charts import frame
from sim.show.charts.frame import ACCENT, GREY, INK, WORSE

LINE, GAP = 15, 12  #: pixels: a line of a name, and between two names
MOST = 3  #: lines of a name


class Effect(NamedTuple):
    """One bar: its name, its length with both ends of its interval, and whether it is told."""

    name: str
    at: float
    low: float = math.nan
    high: float = math.nan
    clear: bool = True
    luck: float = math.nan  #: what an input that does nothing would show
    whole: bool = False  #: the sum of the others


def effects(lang: str, rows: Sequence[Effect], x: str) -> go.Figure:
    """Draw effects from above to below; what luck alone could make is hollow and grey."""
    names = [_name(r.name, lang) for r in rows]
    row = max(34, GAP + LINE * max((n.count("<br>") + 1 for n in names), default=1))
    figure = frame.blank(lang, x=x, height=96 + row * len(rows), right=28)
    places = list(range(len(rows)))[::-1]
    figure.add_trace(
        go.Bar(
            x=[r.at for r in rows], y=places, orientation="h", width=0.56,
            marker={
                "color": [_colour(r) if r.clear else "rgba(0,0,0,0)" for r in rows],
                "line": {"color": [_colour(r) for r in rows], "width": 1.5},
            },
            error_x={
                "type": "data", "symmetric": False, "color": INK, "thickness": 1.3, "width": 4,
                "array": [_reach(r.high - r.at) for r in rows],
                "arrayminus": [_reach(r.at - r.low) for r in rows],
            },
            hovertemplate="%{x:,.3g}<extra></extra>",
        )
    )  # fmt: skip
    for r, place in zip(rows, places, strict=True):
        if math.isfinite(r.luck):
            figure.add_shape(
                type="line", x0=r.luck, x1=r.luck, y0=place - 0.42, y1=place + 0.42,
                line={"color": WORSE, "width": 2, "dash": "dot"},
            )  # fmt: skip
    ends = [v for r in rows for v in (r.at, r.low, r.high, r.luck, 0.0)]
    figure.update_layout(
        xaxis={"range": frame.padded(ends, 0.04, 0.06), "zeroline": True, "zerolinewidth": 1},
        yaxis={
            "tickvals": places, "ticktext": names,
            "showgrid": False, "zeroline": False, "range": [-0.7, len(rows) - 0.3],
        },
    )  # fmt: skip
    return figure


def _name(text: str, lang: str) -> str:
    """Return a name in few lines that leave room for the bars on a phone."""
    lines = frame.folded(text, 12 if lang == "zh" else 24).split("<br>")
    return "<br>".join(lines if len(lines) <= MOST else [*lines[: MOST - 1], f"{lines[MOST - 1]}…"])


def _colour(row: Effect) -> str:
    if not row.clear:
        return GREY
    return INK if row.whole else ACCENT if row.at >= 0 else WORSE


def _reach(length: float) -> float:
    return max(0.0, length) if math.isfinite(length) else 0.0


__all__ = ["Effect", "effects"]
