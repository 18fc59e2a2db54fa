"""A timetable as bars over the months, and people and spending as areas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from sim.show.charts import frame
from sim.show.charts.frame import ACCENT, GREY, INK, say
from sim.strategies.timetable import Entry, Timetable

ROW, MOST = 34, 2  #: pixels of a measure; lines of its name
SHADES = ("CC", "80", "4D", "26")  #: of the areas from below; told apart by their names as well


def gantt(table: Timetable, months: int, lang: str = "en") -> go.Figure:
    """Draw each measure from its first month to its last; pale while it takes effect."""
    entries = table.entries
    figure = frame.blank(
        lang, x=say(lang, "month", "月"), height=110 + ROW * max(1, len(entries)), right=16
    )
    places = list(range(len(entries)))[::-1]
    for pale in (True, False):
        ends = [_ends(e, months, pale) for e in entries]
        figure.add_trace(
            go.Bar(
                base=[a for a, _ in ends], x=[b - a for a, b in ends], y=places, orientation="h",
                width=0.6, marker={"color": f"{ACCENT}66" if pale else ACCENT}, hoverinfo="skip",
            )
        )  # fmt: skip
    _phases(figure, table, months, lang)
    figure.update_layout(
        barmode="overlay", margin={"t": 58},
        xaxis={"range": [0, months], "tickvals": [m + 0.5 for m in range(months)],
               "ticktext": [str(m + 1) for m in range(months)], "showgrid": False},
        yaxis={"tickvals": places, "ticktext": [_name(e, lang) for e in entries],
               "showgrid": False, "zeroline": False, "range": [-0.7, len(entries) - 0.3]},
    )  # fmt: skip
    return figure


def _ends(entry: Entry, months: int, pale: bool) -> tuple[float, float]:
    """Return from when to when a measure takes effect, or is in full force; months from 0."""
    last = min(months, entry.last or months)
    first = min(entry.start - 1, last)
    full = min(last, first + max(0, entry.ramp - 1))
    return (first, full) if pale else (full, last)


def _name(entry: Entry, lang: str) -> str:
    title = entry.title.zh if lang == "zh" else entry.title.en
    lines = frame.folded(title, 12 if lang == "zh" else 24).split("<br>")
    return "<br>".join(lines if len(lines) <= MOST else [lines[0], f"{lines[1]}…"])


def _phases(figure: go.Figure, table: Timetable, months: int, lang: str) -> None:
    """Mark where a phase begins; its name stands above."""
    for phase in table.phases:
        if phase.first > months:
            continue
        at = phase.first - 1
        figure.add_shape(
            type="line", x0=at, x1=at, y0=0, y1=1, yref="paper",
            line={"color": GREY, "width": 1, "dash": "dot"},
        )  # fmt: skip
        title = phase.title.zh if lang == "zh" else phase.title.en
        frame.label(
            figure, frame.narrow(title, lang), x=at, y=1, yref="paper", xanchor="left", xshift=3,
            yanchor="bottom", align="left",
        )  # fmt: skip


def sentence_gantt(table: Timetable, lang: str = "en") -> str:
    """Say when the first and the last measure begin, and which one takes longest."""
    starts = sorted(e.start for e in table.entries)
    if not starts:
        return say(lang, "Nothing is planned.", "尚无措施。")
    slow = max(table.entries, key=lambda e: e.ramp)
    text = say(
        lang, "{n} measures, from month {a} to month {b}; pale: taking effect.",
        "{n} 项措施，从第 {a} 个月到第 {b} 个月陆续启动；浅色：逐步见效。",
        n=str(len(starts)), a=str(starts[0]), b=str(starts[-1]),
    )  # fmt: skip
    if slow.ramp < 2:
        return text
    title = slow.title.zh if lang == "zh" else slow.title.en
    return text + say(
        lang, " “{x}” takes longest: {k} months to full effect.", "“{x}”最慢：{k} 个月后完全见效。",
        x=title, k=str(slow.ramp),
    )  # fmt: skip


def calendar(
    rows: Sequence[tuple[str, float, float, str]], days: int, lang: str = "en"
) -> go.Figure:
    """Draw from which day past due to which each means is used; its tone and pace on the bar."""
    figure = frame.blank(
        lang, x=say(lang, "days past due", "逾期天数"), height=100 + ROW * max(1, len(rows)),
        right=16,
    )  # fmt: skip
    places = list(range(len(rows)))[::-1]
    figure.add_trace(
        go.Bar(
            base=[first for _, first, _, _ in rows], y=places, orientation="h", width=0.6,
            x=[max(0.0, min(until, days) - first) for _, first, until, _ in rows],
            marker={"color": f"{ACCENT}66"}, hoverinfo="skip",
        )
    )  # fmt: skip
    for (_, first, _, text), place in zip(rows, places, strict=True):
        left = first <= 0.55 * days
        frame.label(
            figure, frame.folded(text, 60), x=min(max(first, 0.0), days), y=place,
            xanchor="left" if left else "right", xshift=4 if left else -4, color=INK, bgcolor=None,
        )  # fmt: skip
    figure.update_layout(
        xaxis={"range": [0, days], "dtick": 30},
        yaxis={"tickvals": places, "ticktext": [frame.narrow(name, lang) for name, *_ in rows],
               "showgrid": False, "zeroline": False, "range": [-0.7, len(rows) - 0.3]},
    )  # fmt: skip
    return figure


def areas(
    parts: Mapping[str, NDArray[np.float64]], months: Sequence[int], y: str, lang: str = "en"
) -> go.Figure:
    """Draw parts of a whole one upon the other over the months; the largest lies below."""
    order = sorted(parts, key=lambda name: -float(parts[name].sum()))
    figure = frame.blank(lang, x=say(lang, "month", "月"), y=y, height=260, right=128)
    below, places = np.zeros(len(months)), []
    for i, name in enumerate(order):
        top = below + parts[name]
        shade = SHADES[min(i, len(SHADES) - 1)]
        figure.add_trace(
            go.Scatter(
                x=[*months, *list(months)[::-1]], y=frame.plain([*top, *below[::-1]]),
                mode="lines", fill="toself", fillcolor=f"{ACCENT}{shade}",
                line={"width": 1, "color": ACCENT}, hoverinfo="skip",
            )
        )  # fmt: skip
        places.append(float(top[-1] + below[-1]) / 2)
        below = top
    high = 1.08 * max(float(below.max(initial=0.0)), 1e-9)
    pixels = [place / high * 170 for place in places]
    for name, place, old, new in zip(order, places, pixels, frame.apart(pixels, 26.0), strict=True):
        frame.label(
            figure, frame.narrow(name, lang), x=months[-1], y=place, xanchor="left", xshift=6,
            yshift=new - old, align="left",
        )  # fmt: skip
    figure.update_yaxes(range=[0, high], rangemode="tozero")
    figure.update_xaxes(range=[months[0], max(months[-1], months[0] + 1)], dtick=1)
    return figure


__all__ = ["areas", "calendar", "gantt", "sentence_gantt"]
