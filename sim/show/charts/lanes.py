"""One borrower under two treatments: what was done and said day by day, and what it did to them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from sim.lessons import TwoLives
from sim.lessons.borrower import Life
from sim.lessons.words import CAUSES
from sim.scenario import Text
from sim.show.charts import frame
from sim.show.charts.frame import ACCENT, GREY, INK, LINE, WORSE, say

LANES = {
    "contact": Text(en="contacts", zh="接触"),
    "talk": Text(en="talks", zh="通话"),
    "promise": Text(en="promises", zh="承诺"),
    "payment": Text(en="payments", zh="还款"),
    "plan": Text(en="plan", zh="分期"),
    "complaint": Text(en="complaints", zh="投诉"),
}
#: Tone of a contact: sign and colour. Pressure turns the sign upside down.
TONES = {
    "warm": ("triangle-up-open", ACCENT),
    "neutral": ("triangle-up", GREY),
    "firm": ("triangle-up", INK),
    "stern": ("triangle-down-open", WORSE),
    "abusive": ("triangle-down", WORSE),
}
#: Lane: sign and colour of what is open, kept, broken.
SIGNS = {
    "promise": (("diamond-open", INK), ("diamond", ACCENT), ("x", WORSE)),
    "plan": (("square-open", INK), ("square", ACCENT), ("x", WORSE)),
}
MOODS = {
    "trust": Text(en="trust", zh="信任"),
    "resentment": Text(en="resentment, 0 to 4", zh="抵触情绪（0–4）"),
}
LEAST_TOP = {"trust": 1.0, "resentment": 1.0}  #: a calm life shall not look like a storm
NARROW = 42  #: letters of a panel's heading that fit a phone
LANE, MOOD, BETWEEN = 30, 90, 40  #: pixels


def treatments(two: TwoLives, days: int, lang: str = "en") -> go.Figure:
    """Draw both stories on one axis of days, each event in its lane, then trust and resentment.

    Parameters
    ----------
    two
        One borrower under two treatments.
    days
        Horizon of the lesson.
    """
    lanes = [name for name in LANES if any((m.marks["lane"] == name).any() for m in two.lives)]
    rooms = _rooms(len(lanes))
    figure = frame.blank(lang, x=_below(two, lang), height=rooms.pop("height"))
    figure.update_layout(
        margin={"t": 52}, xaxis={"range": [-1, days + 1], "showgrid": False, "anchor": "y4"}
    )
    for i, (life, title) in enumerate(zip(two.lives, two.titles, strict=True)):
        _story(figure, life, lanes, i, lang)
        _axis(figure, i, rooms[i], frame.title(title, lang))
        at = {
            "range": [len(lanes) - 0.4, -0.6], "tickvals": list(range(len(lanes))),
            "ticktext": [frame.title(LANES[name], lang) for name in lanes], "zeroline": False,
        }  # fmt: skip
        figure.update_layout({_y(i): at})
    for i, mood in enumerate(MOODS, start=2):
        _feeling(figure, two, mood, i, lang)
        _axis(figure, i, rooms[i], frame.title(MOODS[mood], lang))
    _parting(figure, two, lang)
    return figure


def _below(two: TwoLives, lang: str) -> str:
    """Return the title of the axis, with what the two lines of the lower panels mean."""
    one, other = (frame.title(title, lang) for title in two.titles)
    return say(
        lang, "day. Dotted line: {a}; solid line: {b}", "天。点线：{a}；实线：{b}", a=one, b=other
    )


def _rooms(lanes: int) -> dict[Any, Any]:
    """Return the height in pixels, and each panel's place from top to bottom as shares of it."""
    heights = [LANE * lanes, LANE * lanes, MOOD, MOOD]
    whole = sum(heights) + BETWEEN * (len(heights) - 1)
    rooms: dict[Any, Any] = {"height": whole + 80}
    top = float(whole)
    for i, height in enumerate(heights):
        rooms[i] = [max(0.0, (top - height) / whole), top / whole]
        top -= height + BETWEEN
    return rooms


def _y(i: int) -> str:
    return "yaxis" if i == 0 else f"yaxis{i + 1}"


def _axis(figure: go.Figure, i: int, domain: list[float], title: str) -> None:
    look = {
        "domain": domain, "fixedrange": True, "automargin": True, "gridcolor": LINE,
        "linecolor": LINE, "tickfont": {"size": 12}, "zerolinecolor": LINE,
    }  # fmt: skip
    figure.update_layout({_y(i): look})
    figure.add_annotation(
        text=f"<b>{frame.folded(title, NARROW)}</b>", x=0, xref="paper", xanchor="left",
        y=domain[1], yref="paper", yanchor="bottom", yshift=4, showarrow=False,
        font={"size": 12}, align="left",
    )  # fmt: skip


# --- what was done --------------------------------------------------------------------------------


def _story(figure: go.Figure, life: Life, lanes: list[str], panel: int, lang: str) -> None:
    marks = life.marks
    for row, lane in enumerate(lanes):
        rows = marks[marks["lane"] == lane]
        looks = [_look(lane, mark) for mark in rows.itertuples()]
        figure.add_trace(
            go.Scatter(
                x=rows["day"].tolist(), y=[row] * len(rows), mode="markers",
                yaxis="y" if panel == 0 else f"y{panel + 1}", cliponaxis=False,
                marker={
                    "symbol": [look[0] for look in looks], "color": [look[1] for look in looks],
                    "size": _sizes(lane, rows),
                    "line": {"width": 1.5, "color": [look[1] for look in looks]},
                },
                text=[_words(mark, lang) for mark in rows.itertuples()], hoverinfo="text",
                name=f"{life.arm} {lane}",
            )
        )  # fmt: skip


def _look(lane: str, mark: Any) -> tuple[str, str]:
    """Return sign and colour of one mark."""
    if lane == "contact":
        return TONES.get(mark.tone, TONES["neutral"])
    if lane in SIGNS:
        return SIGNS[lane][0 if mark.kept is None else 1 if mark.kept else 2]
    return {"payment": ("circle", ACCENT), "complaint": ("star", WORSE)}.get(
        lane, ("line-ns-open", INK)
    )


def _sizes(lane: str, rows: pd.DataFrame) -> list[float]:
    """Payments grow with the amount; everything else is as large as it must be to be seen."""
    if lane != "payment" or rows.empty:
        return [9.0] * len(rows)
    amounts = rows["amount"].to_numpy(dtype=float)
    grown = 7.0 + 11.0 * np.sqrt(amounts / max(amounts.max(), 1.0))
    return [float(size) for size in grown]


def _words(mark: Any, lang: str) -> str:
    return say(
        lang, "day {d}: {w}", "第 {d} 天：{w}",
        d=str(mark.day), w=frame.folded(mark.zh if lang == "zh" else mark.en, 40),
    )  # fmt: skip


# --- what it did ----------------------------------------------------------------------------------


def _feeling(figure: go.Figure, two: TwoLives, mood: str, panel: int, lang: str) -> None:
    """Draw one mood as two lines: the baseline dotted, the treatment solid; hover names it."""
    looks = ((INK, "dot"), (ACCENT, "solid"))
    low, top = 0.0, LEAST_TOP[mood]
    for life, (colour, dash), name in zip(two.lives, looks, two.titles, strict=True):
        days, values = life.moods["day"], life.moods[mood]
        low, top = min([low, *values]), max([top, *values])
        figure.add_trace(
            go.Scatter(
                x=days.tolist(), y=frame.plain(values.to_numpy(dtype=float)), mode="lines",
                yaxis=f"y{panel + 1}", line={"color": colour, "width": 2, "dash": dash},
                name=frame.title(name, lang),
                hovertemplate="%{x}: %{y:.2f}<extra>%{fullData.name}</extra>",
            )
        )  # fmt: skip
    figure.update_layout(
        {_y(panel): {"range": [low - 0.08 * (top - low), 1.08 * top], "nticks": 3}}
    )


def _parting(figure: go.Figure, two: TwoLives, lang: str) -> None:
    """Draw where the two part, and why."""
    if two.parting is None:
        return
    day = two.parting.day
    figure.add_shape(
        type="line", x0=day, x1=day, y0=0, y1=1, yref="paper", layer="below",
        line={"color": GREY, "width": 1.5, "dash": "dash"},
    )  # fmt: skip
    cause = frame.title(CAUSES[two.parting.cause], lang)
    frame.label(
        figure, say(lang, "they part: {c}", "分歧：{c}", c=cause), x=day, y=1, yref="paper",
        yanchor="bottom", xanchor="left" if day < 20 else "right", yshift=24, color=INK,
    )  # fmt: skip
