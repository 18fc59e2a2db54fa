"""The ladder film: each account a dot on the rung where it stands, under two strategies at once."""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from sim.lessons import RUNGS, Film
from sim.show.charts import frame
from sim.show.charts.frame import ACCENT, GREY, INK, LINE, WORSE, say

DEEP = 4  #: dots on top of each other within a rung
ROW, BETWEEN = 34, 44  #: pixels
HEAD = 1.4  #: rows above the first rung, where the day is written
MOST_FRAMES = 120
ANGRY = 1.5  #: resentment at which a dot is darkest and largest
CALM, LARGE = 5.0, 9.0  #: pixels
FRAME, QUICK = 350, 120  #: milliseconds a day is shown, at 1x and 3x


def places(stages: NDArray[np.int8]) -> NDArray[np.int32]:
    """Return each account's seat in its rung, by day; who stays keeps the seat.

    Parameters
    ----------
    stages
        ``[day, account]``: the rung.
    """
    days, accounts = stages.shape
    seats = np.zeros((days, accounts), dtype=np.int32)
    free: dict[int, list[int]] = {}
    most: dict[int, int] = {}
    for day in range(days):
        moved = np.arange(accounts) if day == 0 else np.flatnonzero(stages[day] != stages[day - 1])
        if day:
            seats[day] = seats[day - 1]
            for who in moved:
                heapq.heappush(free.setdefault(int(stages[day - 1, who]), []), int(seats[day, who]))
        for who in moved:
            rung = int(stages[day, who])
            if free.get(rung):
                seats[day, who] = heapq.heappop(free[rung])
            else:
                seats[day, who] = most.get(rung, 0)
                most[rung] = most.get(rung, 0) + 1
    return seats


def ladder(film: Film, day: int = 0, lang: str = "en", *, plays: bool = True) -> go.Figure:
    """Draw the accounts on *day*; with *plays*, buttons let the days go by."""
    seats = [places(stages) for stages in film.stages]
    wide = 1 + max(int(s.max()) for s in seats) // DEEP
    room = int((len(RUNGS) + HEAD) * ROW)
    whole = 2 * room + BETWEEN
    figure = frame.blank(lang, height=whole + (130 if plays else 70), right=16)
    figure.update_layout(
        margin={"t": 56, "l": 8},
        xaxis={"range": [-1, wide + 1], "visible": False, "anchor": "y2"},
    )
    for i, title in enumerate(film.titles):
        top = 1.0 - i * (room + BETWEEN) / whole
        _floor(figure, i, [max(0.0, top - room / whole), top], frame.title(title, lang), lang)
        figure.add_trace(_dots(film, seats[i], i, day))
    figure.add_trace(_day(day, wide, lang))
    if plays:
        _playable(figure, film, seats, wide, lang)
    return figure


def _floor(figure: go.Figure, i: int, domain: list[float], title: str, lang: str) -> None:
    """Give a strategy its ladder: one row per rung."""
    names = [frame.title(rung.title, lang) for rung in RUNGS]
    axis = {
        "domain": domain, "fixedrange": True, "automargin": True,
        "range": [len(RUNGS) - 0.45, -HEAD],
        "tickvals": list(range(len(RUNGS))), "ticktext": names, "gridcolor": LINE,
        "zeroline": False, "tickfont": {"size": 12},
    }  # fmt: skip
    figure.update_layout({"yaxis" if i == 0 else "yaxis2": axis})
    figure.add_annotation(
        text=f"<b>{frame.folded(title, frame.WIDTH)}</b>", x=0, xref="paper", xanchor="left",
        y=domain[1], yref="paper", yanchor="bottom", yshift=4, showarrow=False, font={"size": 13},
    )  # fmt: skip


def _dots(film: Film, seats: NDArray[np.int32], i: int, day: int) -> go.Scatter:
    """Return the dots of one day; arrays of numbers, which a figure takes quickly."""
    anger = np.clip(film.shade[i, day] / ANGRY, 0.0, 1.0)
    return go.Scatter(
        **_spots(film, seats, i, day), mode="markers", yaxis="y" if i == 0 else "y2",
        ids=np.arange(seats.shape[1]), hoverinfo="skip", cliponaxis=False,
        marker={
            "color": anger, "cmin": 0.0, "cmax": 1.0, "colorscale": [[0, GREY], [1, WORSE]],
            "size": np.round(CALM + (LARGE - CALM) * anger, 1), "line": {"width": 0},
        },
    )  # fmt: skip


def _spots(film: Film, seats: NDArray[np.int32], i: int, day: int) -> dict[str, Any]:
    """Return where the dots are: filled from the left, a few on top of each other."""
    across, up = np.divmod(seats[day], DEEP)
    rows = film.stages[i, day] + (up - (DEEP - 1) / 2) * 0.2
    return {"x": across.astype(np.int16), "y": np.round(rows, 2).astype(np.float32)}


def _day(day: int, wide: int, lang: str) -> go.Scatter:
    """Write the day as a mark of its own, so that it goes on with the frames."""
    told = say(lang, "day {d}", "第 {d} 天", d=str(day + 1))
    return go.Scatter(
        x=[wide], y=[-0.95], mode="text", text=[told], textposition="middle left", yaxis="y",
        textfont={"size": 15, "color": INK}, cliponaxis=False, hoverinfo="skip",
    )  # fmt: skip


def _playable(
    figure: go.Figure, film: Film, seats: list[NDArray[np.int32]], wide: int, lang: str
) -> None:
    """Add a frame per day, and buttons: nothing moves before one is pressed."""
    days = range(0, film.days, max(1, -(-film.days // MOST_FRAMES)))
    figure.frames = [
        go.Frame(
            name=str(day), traces=[0, 1, 2],
            data=[*(_dots(film, seats[i], i, day) for i in range(2)), _day(day, wide, lang)],
        )
        for day in days
    ]  # fmt: skip
    buttons = [
        (say(lang, "▶ Play", "▶ 播放"), None, FRAME),
        (say(lang, "▶▶ three times as fast", "▶▶ 三倍速"), None, QUICK),
        (say(lang, "❚❚ Pause", "❚❚ 暂停"), [None], 0),
        (say(lang, "⟲ First day", "⟲ 回到首日"), ["0"], 0),
    ]
    figure.update_layout(
        updatemenus=[
            {
                "type": "buttons", "direction": "right", "showactive": False, "x": 0, "y": 0,
                "xanchor": "left", "yanchor": "top", "pad": {"t": 12}, "bgcolor": frame.PAPER,
                "bordercolor": ACCENT, "font": {"size": 12, "color": INK},
                "buttons": [
                    {"label": label, "method": "animate", "args": [what, _pace(pace)]}
                    for label, what, pace in buttons
                ],
            }
        ]
    )  # fmt: skip


def _pace(milliseconds: int) -> dict[str, Any]:
    return {
        "mode": "immediate", "fromcurrent": True,
        "frame": {"duration": milliseconds, "redraw": False},
        "transition": {"duration": int(0.7 * milliseconds), "easing": "linear"},
    }  # fmt: skip


def sentence_ladder(film: Film, day: int, lang: str = "en") -> str:
    """Say how many have paid or closed under each strategy by *day*."""
    counts = film.counts(day).loc[["paid", "closed"]].sum()
    first, second = (frame.title(title, lang) for title in film.titles)
    one, other = (str(int(counts[name])) for name in film.strategies)
    return say(
        lang,
        "After {d} days {a} of {n} accounts are paid or closed under {x}, {b} under {y}.",
        "{d} 天后，{n} 户中已还或结清的：“{x}”{a} 户，“{y}”{b} 户。",
        d=str(day + 1), a=one, b=other, n=str(film.stages.shape[2]), x=first, y=second,
    )  # fmt: skip
