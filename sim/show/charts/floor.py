"""The floor and the law: how busy the seats are, how long calls wait, what the rules refused."""

from __future__ import annotations

import html
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from sim.compare import figures, stats
from sim.compare.comparison import Comparison
from sim.show.charts import frame
from sim.show.charts.frame import ACCENT, GREY, INK, WORSE, say

MARK = 85.0  #: per cent busy beyond which waits grow fast
BUSY = ("busy_phone", "busy_bot", "busy_field", "busy_legal", "busy_supervisor", "busy_complaints")


class Bar(NamedTuple):
    """One bar: strategy, value and half-width in the metric's unit."""

    strategy: str
    value: float
    half_width: float


def bars(comparison: Comparison, metric: str) -> list[Bar]:
    """Return one bar per strategy that has the number."""
    if metric not in {m.name for m in comparison.metrics}:
        return []
    ratios = {s.name: comparison.ratio(s.name, metric) for s in comparison.strategies}
    return [
        Bar(name, one.estimate, stats.half_width(one.residuals))
        for name, one in ratios.items()
        if np.isfinite(one.estimate)
    ]


def _number(bar: Bar, largest: float = 0.0) -> str:
    """Return a bar's number, no finer than its uncertainty or than the picture can show."""
    half = max(np.nan_to_num(bar.half_width), largest / 300) if bar.value else 0.0
    return figures.number(bar.value, half or None)


def _stacked(
    comparison: Comparison, lang: str, groups: list[tuple[str, list[Bar]]], x: str, pick: str
) -> go.Figure:
    """Draw groups of horizontal bars, each under its heading, with the number at its end."""
    rows: list[tuple[str, Bar | None]] = []
    for heading, members in groups:
        rows += [(f"<b>{html.escape(heading)}</b>", None)] if len(groups) > 1 else []
        names = [frame.narrow(frame.name_of(comparison, b.strategy, lang), lang) for b in members]
        rows += list(zip(names, members, strict=True))
    largest = max((bar.value for _, bar in rows if bar), default=0.0)
    shades = [_shade(comparison, bar, pick) for _, bar in rows]
    figure = frame.blank(lang, x=x, height=90 + 26 * len(rows), right=48)
    figure.add_trace(
        go.Bar(
            orientation="h", width=0.66, y=list(range(len(rows))),
            x=[bar.value if bar else None for _, bar in rows],
            text=[_number(bar, largest) if bar else "" for _, bar in rows],
            textposition="outside", cliponaxis=False, hoverinfo="none",
            marker={"color": [fill for fill, _ in shades],
                    "line": {"color": [edge for _, edge in shades], "width": 2}},
        )
    )  # fmt: skip
    figure.update_yaxes(
        range=[len(rows) - 0.4, -0.6], tickvals=list(range(len(rows))),
        ticktext=[name for name, _ in rows], showgrid=False, zeroline=False,
    )  # fmt: skip
    return figure


def _shade(comparison: Comparison, bar: Bar | None, pick: str) -> tuple[str, str]:
    """Return fill and edge: the chosen in the accent, the baseline hollow, others grey."""
    if bar is None or bar.strategy == comparison.baseline:
        return "rgba(0,0,0,0)", INK
    shade = ACCENT if bar.strategy == pick else GREY
    return shade, shade


def _pick(comparison: Comparison, challenger: str | None) -> str:
    return frame.chosen(comparison, challenger) if frame.challengers(comparison) else ""


def loads(comparison: Comparison) -> dict[str, list[Bar]]:
    """Return how busy each role is under each strategy, roles that work only."""
    found = {metric: bars(comparison, metric) for metric in BUSY}
    return {metric: rows for metric, rows in found.items() if rows}


def seats(comparison: Comparison, lang: str = "en", *, challenger: str | None = None) -> go.Figure:
    """Draw how busy each role is under each strategy, with a mark at 85 %."""
    groups = [(frame.metric_title(m, lang), rows) for m, rows in loads(comparison).items()]
    x = say(lang, "% of the time open", "占开放时间的 %")
    figure = _stacked(comparison, lang, groups, x, _pick(comparison, challenger))
    figure.update_xaxes(range=[0, 118], tickvals=[0, 25, 50, 75, 100], zeroline=False)
    figure.add_shape(
        type="line", x0=MARK, x1=MARK, y0=0, y1=1, yref="paper",
        line={"color": WORSE, "dash": "dash", "width": 1.5},
    )  # fmt: skip
    frame.label(figure, "85 %", x=MARK, y=1, yref="paper", yanchor="bottom", color=WORSE)
    # The numbers stand in a column of their own: at the bars' ends the mark would cross them.
    (trace,) = figure.data
    for y, text in zip(trace.y, trace.text, strict=True):
        frame.label(figure, text, x=1, xref="paper", y=y, xanchor="right", color=INK)
    trace.textposition = "none"
    return figure


def waits(comparison: Comparison, lang: str = "en", *, challenger: str | None = None) -> go.Figure:
    """Draw the mean wait for a phone seat under each strategy."""
    x = frame.metric_title("wait_phone", lang) + say(lang, ", minutes", "，分钟")
    return _single(comparison, lang, "wait_phone", x, challenger)


def blocked(
    comparison: Comparison, lang: str = "en", *, challenger: str | None = None
) -> go.Figure:
    """Draw what each strategy asked for and the rules refused."""
    x = say(lang, "refused actions per 1,000 accounts", "被拦截动作，次/千户")
    return _single(comparison, lang, "blocked", x, challenger)


def _single(
    comparison: Comparison, lang: str, metric: str, x: str, challenger: str | None
) -> go.Figure:
    rows = bars(comparison, metric)
    figure = _stacked(comparison, lang, [("", rows)], x, _pick(comparison, challenger))
    figure.update_xaxes(range=frame.padded([0.0, *(b.value for b in rows)], 0.0, 0.18))
    return figure


def sentence_seats(
    comparison: Comparison, lang: str = "en", *, challenger: str | None = None
) -> str:
    """Name the busiest role, and what is beyond the mark."""
    rows = [
        (bar.value, metric, bar) for metric, found in loads(comparison).items() for bar in found
    ]
    if not rows:
        return say(lang, "No seat worked in these runs.", "这些模拟中没有坐席作业。")
    _, metric, bar = max(rows, key=lambda row: row[0])
    beyond = sum(1 for row in rows if row[0] > MARK)
    more = say(
        lang, " Beyond 85 % waits grow fast: {n} of {N} bars are there.",
        "超过 85% 后等待迅速变长：{N} 项中有 {n} 项。", n=str(beyond), N=str(len(rows)),
    )  # fmt: skip
    first = say(
        lang, "{role}: {v} % at most, under {X}.", "{role}最高 {v}%（“{X}”）。",
        role=frame.metric_title(metric, lang), v=_number(bar),
        X=frame.name_of(comparison, bar.strategy, lang),
    )  # fmt: skip
    return first + more


def sentence_waits(
    comparison: Comparison, lang: str = "en", *, challenger: str | None = None
) -> str:
    """Name the longest and the shortest wait."""
    rows = sorted(bars(comparison, "wait_phone"), key=lambda b: b.value)
    if not rows:
        return say(lang, "No call waited in these runs.", "这些模拟中没有等待的通话。")
    (a, x), (b, y) = (
        (frame.name_of(comparison, bar.strategy, lang), _number(bar)) for bar in (rows[0], rows[-1])
    )
    return say(
        lang,
        "A call waits {a} minutes on average under {A}, {b} under {B}.",
        "平均等待：“{A}”{a} 分钟，“{B}”{b} 分钟。",
        a=x, A=a, b=y, B=b,
    )  # fmt: skip


def sentence_blocked(
    comparison: Comparison, lang: str = "en", *, challenger: str | None = None
) -> str:
    """Say what the rules refused, and whether any of it was done all the same."""
    rows = bars(comparison, "blocked")
    most = max(rows, key=lambda b: b.value, default=None)
    if most is None or most.value == 0:
        return say(
            lang, "The rules had nothing to refuse in these runs.", "这些模拟中没有动作被规则拦截。"
        )
    kept = comparison.setting.scenario.law.adherence >= 1.0
    carried = (
        say(lang, "None of it was carried out.", "这些动作均未执行。")
        if kept
        else say(
            lang, "Some of it was done all the same: see breaches.", "其中一部分仍被执行：见违规。"
        )
    )
    return say(
        lang,
        "What the strategies asked for and the rules refused; most under {X}: {n} per 1,000 "
        "accounts. {c}",
        "策略曾请求、被规则拦截的动作；“{X}”最多：每千户 {n} 次。{c}",
        X=frame.name_of(comparison, most.strategy, lang),
        n=_number(most), c=carried,
    )  # fmt: skip
