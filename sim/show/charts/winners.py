"""Who wins over two inputs: a cell for each pair of values, told by letter, sign and colour.

Nobody has to tell colours apart: each cell holds the letter of its winner, and a question mark
where the lead may be a tie; such cells are pale.
"""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from sim.experiments.landscape import Landscape
from sim.scenario.changes import shown
from sim.show.charts import frame

#: Okabe and Ito's colours, which the colour-blind tell apart; the same on a light and a dark page.
SHADES = ("#56B4E9", "#E69F00", "#009E73", "#F0E442", "#CC79A7", "#D55E00", "#0072B2", "#BBBBBB")
BLACK, WHITE = "#101010", "#FDFDFD"
ROW = 54  #: pixels


def letters(found: Landscape) -> dict[str, str]:
    """Return the letter of each strategy, in the order in which they were asked."""
    names = [s for s in found.sweep.strategies if s not in found.sweep.about["reference"]]
    return {name: chr(ord("A") + i) for i, name in enumerate(names)}


def winners(found: Landscape, lang: str, names: Mapping[str, str]) -> go.Figure:
    """Draw who wins in each cell; *names* are what the inputs are called."""
    first, second = found.knobs
    table, by = found.table, letters(found)
    rows, columns = (sorted(table[knob].unique()) for knob in (first, second))
    figure = frame.blank(
        lang, x=names.get(second, second), y=names.get(first, first),
        height=140 + ROW * len(rows), right=16,
    )  # fmt: skip
    for cell in table.to_dict(orient="records"):
        shade = SHADES[list(by).index(cell["winner"]) % len(SHADES)]
        fill = shade if cell["sure"] else pale(shade)
        x, y = columns.index(cell[second]), rows.index(cell[first])
        figure.add_shape(
            type="rect", x0=x - 0.48, x1=x + 0.48, y0=y - 0.46, y1=y + 0.46, fillcolor=fill,
            line={"width": 0}, layer="below",
        )  # fmt: skip
        text = by[cell["winner"]] + ("" if cell["sure"] else " ?")
        figure.add_annotation(
            text=f"<b>{text}</b>", x=x, y=y, showarrow=False,
            font={"size": 15, "color": readable(fill)},
        )  # fmt: skip
    figure.add_trace(
        go.Scatter(x=[0, len(columns) - 1], y=[0, len(rows) - 1], mode="markers",
                   marker={"opacity": 0}, hoverinfo="skip")
    )  # fmt: skip
    for axis, values in (("xaxis", columns), ("yaxis", rows)):
        figure.update_layout({
            axis: {"tickvals": list(range(len(values))), "ticktext": [shown(v) for v in values],
                   "range": [-0.55, len(values) - 0.45], "showgrid": False, "zeroline": False},
        })  # fmt: skip
    return figure


def pale(shade: str) -> str:
    """Return a colour mixed with much white."""
    parts = [int(shade[i : i + 2], 16) for i in (1, 3, 5)]
    return "#" + "".join(f"{int(p + 0.6 * (255 - p)):02X}" for p in parts)


def readable(fill: str) -> str:
    """Return black or white, whichever stands out more on *fill*."""
    light = brightness(fill)
    return BLACK if (light + 0.05) ** 2 > 0.05 * 1.05 else WHITE


def brightness(colour: str) -> float:
    """Return the relative luminance of a colour, 0 to 1 (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    line = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * line[0] + 0.7152 * line[1] + 0.0722 * line[2]


__all__ = ["SHADES", "brightness", "letters", "pale", "readable", "winners"]
