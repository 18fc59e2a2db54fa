"""How things go day by day: the gap in recovered cash, and what is still overdue."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from sim.compare import figures
from sim.compare.comparison import Comparison
from sim.show.charts import frame
from sim.show.charts.frame import ACCENT, GREY, MONEY, say

Days = NDArray[np.float64]
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
HEIGHT = 380
RIGHT = 120  #: pixels for the names at the ends of the lines
SHADES = {(0, 4): "26", (1, 3): "4D"}  #: opacity of nine in ten, and of half of the runs


def by_day(comparison: Comparison, name: str, column: str) -> Days:
    """Return *column* of the book per 1,000 accounts: one row per replication, one column per day.

    In CNY; only replications that every strategy has finished.
    """
    daily = comparison.daily
    mine = daily[(daily["strategy"] == name) & daily["replication"].isin(comparison.replications)]
    table = mine.pivot_table(index="replication", columns="day", values=column, aggfunc="sum")
    sizes = comparison.measures
    sizes = sizes[(sizes["strategy"] == name) & (sizes["metric"] == "amount_recovered")]
    thousands = sizes.set_index("replication")["denominator"].loc[table.index]
    return np.asarray(table.to_numpy(dtype=float) / 100.0 / thousands.to_numpy()[:, None])


def gap(comparison: Comparison, name: str) -> Days:
    """Return the running total of recovered cash less that of the baseline, by run and day."""
    mine, base = (by_day(comparison, n, "cash") for n in (name, comparison.baseline))
    return np.cumsum(mine - base, axis=1)


def path(comparison: Comparison, lang: str = "en", *, challenger: str | None = None) -> go.Figure:
    """Draw the running difference in recovered cash from the baseline.

    The line is the middle run; the bands hold half and nine in ten of the runs: a spread, not an
    interval of the mean. The other challengers are grey lines.
    """
    pick = frame.chosen(comparison, challenger)
    size, unit = frame.scale(MONEY, lang)
    figure = frame.blank(
        lang,
        x=_below(comparison, lang),
        y=say(lang, "cash ahead of {C}, {u}", "较“{C}”多回收，{u}",
              C=frame.name_of(comparison, comparison.baseline, lang), u=unit),
        height=HEIGHT, right=RIGHT,
    )  # fmt: skip
    ends: list[tuple[str, float]] = []
    for name in [n for n in frame.challengers(comparison) if n != pick] + [pick]:
        levels = np.quantile(gap(comparison, name) / size, QUANTILES, axis=0)
        if name == pick and frame.sure(comparison):
            _bands(figure, levels)
        shade = frame.colour(comparison, name, pick)
        figure.add_trace(_line(levels[2], frame.name_of(comparison, name, lang), shade))
        ends.append((name, float(levels[2][-1])))
    _ends(figure, comparison, ends, pick, lang)
    return figure


def _bands(figure: go.Figure, levels: Days) -> None:
    days = list(range(1, levels.shape[1] + 1))
    for (low, high), opacity in SHADES.items():
        figure.add_trace(
            go.Scatter(
                x=days + days[::-1],
                y=frame.plain([*levels[low], *levels[high][::-1]]),
                mode="lines", line={"width": 0}, fill="toself", fillcolor=ACCENT + opacity,
                hoverinfo="skip",
            )
        )  # fmt: skip


def _below(comparison: Comparison, lang: str) -> str:
    """Return the title of the day axis, with what the bands mean where there are any."""
    if not frame.sure(comparison):
        return say(lang, "day", "天")
    return say(
        lang,
        "day. Dark band: half of the runs; light band: nine in ten",
        "天。深色带：一半的模拟；浅色带：九成的模拟",
    )


def _line(values: Days, name: str, shade: str) -> go.Scatter:
    return go.Scatter(
        x=list(range(1, len(values) + 1)), y=frame.plain(values), mode="lines", name=name,
        line={"color": shade, "width": 1.5 if shade == GREY else 2.5},
    )  # fmt: skip


def _ends(
    figure: go.Figure, comparison: Comparison, ends: list[tuple[str, float]], pick: str, lang: str
) -> None:
    """Write the names at the ends of the lines, apart from one another."""
    drawn = [v for t in figure.data for v in t.y if v is not None]
    low, high = frame.padded(drawn, 0.05, 0.05)
    figure.update_yaxes(range=[low, high])
    last = max(t.x[-1] for t in figure.data if t.fill is None)
    figure.update_xaxes(range=[1, max(last, 2)])
    pixels = [(v - low) / (high - low) * (HEIGHT - 90) for _, v in ends]
    for (name, value), old, new in zip(ends, pixels, frame.apart(pixels), strict=True):
        frame.label(
            figure, frame.narrow(frame.name_of(comparison, name, lang), lang), x=last, y=value,
            xanchor="left", xshift=6, yshift=new - old, align="left",
            color=frame.colour(comparison, name, pick),
        )  # fmt: skip


def overdue(
    comparison: Comparison, lang: str = "en", *, challenger: str | None = None
) -> go.Figure:
    """Draw what is past due at the end of each day, mean over the runs, one line per strategy."""
    pick = frame.chosen(comparison, challenger) if frame.challengers(comparison) else ""
    size, unit = frame.scale(MONEY, lang)
    figure = frame.blank(
        lang, x=say(lang, "day", "天"), y=say(lang, "past due, {u}", "逾期金额，{u}", u=unit),
        height=HEIGHT, right=RIGHT,
    )  # fmt: skip
    ends: list[tuple[str, float]] = []
    for s in comparison.strategies:
        mean = by_day(comparison, s.name, "past_due").mean(axis=0) / size
        line = _line(mean, frame.name_of(comparison, s.name, lang),
                     frame.colour(comparison, s.name, pick))  # fmt: skip
        if s.reference:
            line.line.dash = "dot"
        figure.add_trace(line)
        ends.append((s.name, float(mean[-1])))
    _ends(figure, comparison, ends, pick, lang)
    return figure


def sentence_path(
    comparison: Comparison, lang: str = "en", *, challenger: str | None = None
) -> str:
    """Say where the middle run ends, and the spread of the runs."""
    pick = frame.chosen(comparison, challenger)
    gaps = gap(comparison, pick)
    low, middle, high = np.quantile(gaps[:, -1], (0.05, 0.5, 0.95))
    half = (high - low) / 10 or None
    name = frame.name_of(comparison, comparison.baseline, lang)
    spread = say(
        lang, "; nine in ten runs lie between {lo} and {hi}", "；九成的模拟介于 {lo} 与 {hi} 之间",
        lo=frame.amount(low, lang, half), hi=frame.amount(high, lang, half),
    )  # fmt: skip
    return say(
        lang,
        "By day {D}, {X} is {m} {side} {C} in cash recovered per 1,000 accounts in the middle "
        "run{s}.",
        "到第 {D} 天，“{X}”每千户回款{side}“{C}” {m}（中位）{s}。",
        D=str(gaps.shape[1]), X=frame.name_of(comparison, pick, lang), C=name,
        m=figures.money(abs(middle), half, lang=lang),
        side=say(lang, "behind", "落后") if middle < 0 else say(lang, "ahead of", "领先"),
        s=spread if frame.sure(comparison) else "",
    )  # fmt: skip


def sentence_overdue(
    comparison: Comparison, lang: str = "en", *, challenger: str | None = None
) -> str:
    """Name the strategies with the least and the most past due at the end."""
    ends = sorted(
        (float(by_day(comparison, s.name, "past_due")[:, -1].mean()), s.name)
        for s in comparison.strategies
    )
    (least, first), (most, last) = ends[0], ends[-1]
    return say(
        lang,
        "At the end {a} leaves {low} past due per 1,000 accounts, {b} {high}.",
        "期末每千户逾期金额：“{a}”最少，为 {low}；“{b}”最多，为 {high}。",
        a=frame.name_of(comparison, first, lang), low=figures.money(least, lang=lang),
        b=frame.name_of(comparison, last, lang), high=figures.money(most, lang=lang),
    )  # fmt: skip
