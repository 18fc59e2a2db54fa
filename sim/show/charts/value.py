"""What is won and what it costs: the trade-off, and where the difference in money comes from."""

from __future__ import annotations

import html
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from sim.compare import figures, stats
from sim.compare.comparison import METRICS, Comparison
from sim.show.charts import frame
from sim.show.charts.frame import ACCENT, GREY, INK, MONEY, WORSE, say
from sim.show.charts.spots import Box, spots

AXES = ("complaints", "cost", "collector_hours")
HEIGHT = 420
ROOM = (430.0, 330.0)  #: pixels on which names are laid out; the page may give more
COSTS = ("cost_staff", "cost_variable", "cost_fixed", "cost_one_off", "cost_complaints")


class Dot(NamedTuple):
    """One strategy in the trade-off, in the units of the axes."""

    name: str
    x: float
    y: float
    x_half: float
    y_half: float


def dots(comparison: Comparison, lang: str, x: str) -> list[Dot]:
    """Place every strategy; the half-widths are those of the difference from the baseline."""
    x_scale, y_scale = frame.scale(METRICS[x].unit, lang)[0], frame.scale(MONEY, lang)[0]
    placed = []
    for s in comparison.strategies:
        at, half = [], []
        for metric, size in ((x, x_scale), ("net_value", y_scale)):
            own, base = (
                comparison.ratio(s.name, metric),
                comparison.ratio(comparison.baseline, metric),
            )
            at.append(own.estimate / size)
            half.append(stats.half_width(stats.paired(own, base).residuals) / size)
        placed.append(Dot(s.name, *at, *half))
    return [d for d in placed if np.isfinite(d.x) and np.isfinite(d.y)]


def trade_off(
    comparison: Comparison,
    lang: str = "en",
    *,
    x: str = "complaints",
    challenger: str | None = None,
) -> go.Figure:
    """Draw net value against what it takes: complaints, cost or collector hours.

    One dot per strategy; whiskers are the 95 % interval of the difference from the baseline.
    Over complaints, what lies beyond the baseline's level plus the limit is hatched.
    """
    placed, pick = dots(comparison, lang, x), frame.chosen(comparison, challenger)
    units = [frame.scale(METRICS[m].unit, lang)[1] for m in (x, "net_value")]
    comma = say(lang, ", ", "，")
    figure = frame.blank(
        lang,
        x=frame.metric_title(x, lang) + comma + units[0],
        y=frame.metric_title("net_value", lang) + comma + units[1],
        height=HEIGHT,
    )
    known = frame.sure(comparison)
    ends = [
        (d.x + k * d.x_half, d.y + k * d.y_half)
        for d in placed
        for k in ((-1, 1) if known else (0,))
    ]
    limit = _limit(comparison) if x == "complaints" else float("nan")
    across = frame.padded([e[0] for e in ends] + [limit], 0.06, 0.3)
    up = frame.padded([e[1] for e in ends], 0.08, 0.1)
    figure.update_xaxes(range=across, zeroline=False)
    figure.update_yaxes(range=up, zeroline=False)
    if np.isfinite(limit):
        _forbidden(figure, limit, across, up, lang)
    for d in placed:
        figure.add_trace(_dot(comparison, d, pick, lang, known))
    _names(figure, comparison, placed, (across, up), pick, lang)
    return figure


def _limit(comparison: Comparison) -> float:
    level = comparison.ratio(comparison.baseline, "complaints").estimate
    return level + comparison.margin("complaints")


def _forbidden(
    figure: go.Figure, limit: float, across: list[float], up: list[float], lang: str
) -> None:
    """Hatch what lies over the limit."""
    figure.add_trace(
        go.Scatter(
            x=[limit, across[1], across[1], limit, limit],
            y=[up[0], up[0], up[1], up[1], up[0]],
            mode="lines", line={"width": 0}, fill="toself", hoverinfo="skip",
            fillcolor="rgba(0,0,0,0)",
            fillpattern={"shape": "/", "fgcolor": WORSE, "fgopacity": 0.28, "size": 9,
                         "fillmode": "replace", "bgcolor": "rgba(0,0,0,0)"},
        )
    )  # fmt: skip
    figure.add_shape(
        type="line", x0=limit, x1=limit, y0=0, y1=1, yref="paper",
        line={"color": WORSE, "dash": "dash", "width": 1.5},
    )  # fmt: skip
    text = say(lang, "over your limit", "超出上限")
    frame.label(
        figure, text, x=1, xref="paper", y=0, yref="paper", xanchor="right", yanchor="bottom",
        color=WORSE,
    )  # fmt: skip


def _dot(comparison: Comparison, d: Dot, pick: str, lang: str, known: bool) -> go.Scatter:
    """Return one strategy's dot; the baseline is a ring, the reference line a cross."""
    shade = frame.colour(comparison, d.name, pick)
    reference = frame.strategy(comparison, d.name).reference
    symbol = "x-thin" if reference else "circle-open" if d.name == comparison.baseline else "circle"
    whisker = {"color": shade, "thickness": 1.4, "width": 4}
    bars = known and d.name != comparison.baseline and not reference
    name, half = frame.name_of(comparison, d.name, lang), (d.x_half, d.y_half)
    at = (figures.number(v, h, lang=lang) for v, h in zip((d.x, d.y), half, strict=True))
    return go.Scatter(
        x=[d.x], y=[d.y], mode="markers", name=name,
        marker={"symbol": symbol, "size": 9 if reference else 12, "color": shade,
                "line": {"width": 2.2, "color": shade}},
        error_x={"array": [d.x_half], "visible": bars, **whisker},
        error_y={"array": [d.y_half], "visible": bars, **whisker},
        hovertext=f"{html.escape(name)}<br>{' · '.join(at)}", hoverinfo="text",
    )  # fmt: skip


def _names(
    figure: go.Figure,
    comparison: Comparison,
    placed: list[Dot],
    ranges: tuple[list[float], list[float]],
    pick: str,
    lang: str,
) -> None:
    """Write each strategy's name beside its dot, where it hides least."""
    dots, bars = _pixels(placed, *ranges)
    names = [
        say(lang, "without collecting", "不催收")
        if frame.strategy(comparison, d.name).reference
        else frame.name_of(comparison, d.name, lang)
        for d in placed
    ]
    room = Box(0.0, ROOM[0], 0.0, ROOM[1])
    for d, name, spot in zip(placed, names, spots(dots, bars, names, room), strict=True):
        frame.label(
            figure, html.escape(name), x=d.x, y=d.y, yshift=spot.above,
            xanchor="left" if spot.right else "right", xshift=9 if spot.right else -9,
            color=frame.colour(comparison, d.name, pick),
        )  # fmt: skip


def _pixels(
    placed: list[Dot], across: list[float], up: list[float]
) -> tuple[list[tuple[float, float]], list[Box]]:
    """Return dots and whiskers in pixels of a picture of middle width."""
    wide, tall = (size / (r[1] - r[0]) for size, r in zip(ROOM, (across, up), strict=True))
    dots = [((d.x - across[0]) * wide, (d.y - up[0]) * tall) for d in placed]
    bars = []
    for d, (x, y) in zip(placed, dots, strict=True):
        half = [np.nan_to_num(d.x_half) * wide, np.nan_to_num(d.y_half) * tall]
        bars.append(Box(x - half[0], x + half[0], y - 1, y + 1))
        bars.append(Box(x - 1, x + 1, y - half[1], y + half[1]))
    return dots, bars


def unbeaten(comparison: Comparison, x: str = "complaints") -> list[str]:
    """Names of the strategies that no other is shown to beat on both axes."""
    names = [s.name for s in comparison.strategies if not s.reference]

    def beats(a: str, b: str) -> bool:
        value = stats.paired(comparison.ratio(a, "net_value"), comparison.ratio(b, "net_value"))
        price = stats.paired(comparison.ratio(a, x), comparison.ratio(b, x))
        return stats.interval(value)[0] > 0 and stats.interval(price)[1] < 0

    return [b for b in names if not any(beats(a, b) for a in names if a != b)]


def sentence_trade_off(comparison: Comparison, lang: str = "en", *, x: str = "complaints") -> str:
    """Say which strategies nothing here is shown to beat on both axes."""
    if not frame.sure(comparison):
        return say(lang, "Too few runs to say which is better.", "运行次数太少，尚不能判断优劣。")
    names = unbeaten(comparison, x)
    whole = len(names) == sum(not s.reference for s in comparison.strategies)
    first = (
        ("No strategy here is shown to be beaten on both net value and {x}.",
         "没有方案被证明在净收益与{x}两方面都更差。")
        if whole
        else ("On net value and {x} together nothing here is shown to beat {names}.",
              "就净收益与{x}两方面而言，没有方案被证明优于{names}。")
    )  # fmt: skip
    price = frame.metric_title(x, lang)
    return say(
        lang, *first,
        names=frame.listed([frame.name_of(comparison, n, lang) for n in names], lang),
        x=price if lang == "zh" else price.lower(),
    ) + say(
        lang,
        " Whiskers: the 95 % interval of the difference from {C}.",
        "误差线为与“{C}”差异的 95% 区间。",
        C=frame.name_of(comparison, comparison.baseline, lang),
    )  # fmt: skip


# --- where the money went -------------------------------------------------------------------------


def parts(comparison: Comparison, challenger: str) -> list[tuple[str, str, float]]:
    """Return the parts of the difference in net value: title in English, in Chinese, CNY.

    They sum to the difference. What is neither recovered cash nor cost is the value of open
    claims at the end, instalments paid on their day, and discounting.
    """

    def gap(metric: str) -> float:
        return float(
            comparison.ratio(challenger, metric).estimate
            - comparison.ratio(comparison.baseline, metric).estimate
        )

    cash, net, cost = gap("amount_recovered"), gap("net_value"), gap("cost")
    rows = [
        ("Cash recovered", "回收金额", cash),
        ("Still open, paid on time, discounting", "未结余额、按期还款与折现", net + cost - cash),
    ]
    named = [m for m in COSTS if m in {one.name for one in comparison.metrics}]
    rows += [(METRICS[m].title.en, METRICS[m].title.zh, -gap(m)) for m in named]
    other = -cost - sum(-gap(m) for m in named)
    if abs(other) > 1e-6 * max(1.0, abs(cost)):
        rows.append(("Other cost", "其他成本", other))
    return rows


def money(comparison: Comparison, lang: str = "en", *, challenger: str | None = None) -> go.Figure:
    """Draw how the difference in net value comes about, as a waterfall; costs saved count up."""
    pick = frame.chosen(comparison, challenger)
    size, unit = frame.scale(MONEY, lang)
    rows = parts(comparison, pick)
    total = sum(value for *_, value in rows)
    values = [value / size for *_, value in rows] + [total / size]
    titles = [zh if lang == "zh" else en for en, zh, _ in rows]
    names = [frame.narrow(t, lang) for t in [*titles, frame.metric_title("net_value", lang)]]
    figure = frame.blank(lang, y=unit, height=90 + 36 * len(names), right=48)
    figure.add_trace(
        go.Waterfall(
            orientation="h", y=names, x=values, measure=["relative"] * len(rows) + ["total"],
            text=[figures.number(v, max(map(abs, values)) / 50, signed=True) for v in values],
            textposition="outside", cliponaxis=False, hoverinfo="y+text",
            increasing={"marker": {"color": ACCENT}}, decreasing={"marker": {"color": WORSE}},
            totals={"marker": {"color": GREY}}, connector={"line": {"color": GREY, "width": 1}},
        )
    )  # fmt: skip
    steps = np.cumsum(values[:-1])
    figure.update_xaxes(range=frame.padded([0.0, *steps], 0.4, 0.3), zeroline=True)
    figure.update_yaxes(autorange="reversed", showgrid=False, dtick=1)
    figure.update_layout(font={"color": INK})
    return figure


def sentence_money(
    comparison: Comparison, lang: str = "en", *, challenger: str | None = None
) -> str:
    """Name the difference in net value and its two largest parts."""
    pick = frame.chosen(comparison, challenger)
    rows = parts(comparison, pick)
    largest = sorted(rows, key=lambda row: -abs(row[2]))[:2]
    named = [
        f"{f'“{zh}”' if lang == 'zh' else f'“{en}”'} {frame.amount(v, lang)}"
        for en, zh, v in largest
    ]
    return say(
        lang,
        "{X} against {C}: {net} of net value per 1,000 accounts; the largest parts are {parts}.",
        "“{X}”与“{C}”相比，每千户净收益 {net}；其中最大的是{parts}。",
        X=frame.name_of(comparison, pick, lang),
        C=frame.name_of(comparison, comparison.baseline, lang),
        net=frame.amount(sum(v for *_, v in rows), lang),
        parts=("，" if lang == "zh" else " and ").join(named),
    )
