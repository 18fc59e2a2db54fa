"""The verdict as a picture, and the money behind it from cash to net value."""

from __future__ import annotations

import html
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from sim.compare import figures
from sim.compare.comparison import Comparison
from sim.show.charts import frame
from sim.show.charts.frame import ACCENT, GREY, INK, MONEY, WORSE, say

BUDGETED = ("cost_staff", "cost_variable", "cost_fixed", "cost_one_off")
#: Parts of net value that a comparison may hold, each as it counts; they sum to it.
PARTS = ("value_cash", "value_open", "value_cost", "value_complaints")


class Stand(NamedTuple):
    """One challenger on the money axis, in the axis's unit, and its chance to be the best."""

    name: str
    at: float
    low: float
    high: float
    best: float


def stands(comparison: Comparison, lang: str) -> list[Stand]:
    """Return the challengers, the one that leads first."""
    size, best = frame.scale(MONEY, lang)[0], comparison.p_best()
    gaps = comparison.differences().to_dict("records")
    known = {str(gap["strategy"]): gap for gap in gaps if gap["metric"] == "net_value"}
    rows = []
    for name in frame.challengers(comparison):
        at, low, high = (
            float(known[name][key]) / size for key in ("difference", "ci_low", "ci_high")
        )
        rows.append(Stand(name, at, low, high, float(best[name])))
    return sorted((r for r in rows if np.isfinite(r.at)), key=lambda r: -r.at)


def verdict_bars(
    comparison: Comparison, lang: str = "en", *, challenger: str | None = None
) -> go.Figure:
    """Draw each challenger's gain with its interval; what does not matter is shaded."""
    pick, rows = frame.chosen(comparison, challenger), stands(comparison, lang)
    size, unit = frame.scale(MONEY, lang)
    title = say(lang, "net value ahead of {C}, {u}", "净收益领先“{C}”，{u}",
                C=frame.name_of(comparison, comparison.baseline, lang), u=unit)  # fmt: skip
    figure = frame.blank(lang, y=title, height=116 + 46 * len(rows), right=20)
    margin = abs(comparison.margin("net_value")) / size
    figure.add_shape(
        type="rect", x0=-margin, x1=margin, y0=0, y1=1, yref="paper", fillcolor=GREY,
        opacity=0.16, line_width=0,
    )  # fmt: skip
    places = list(range(len(rows)))[::-1]
    known = frame.sure(comparison)
    for row, place in zip(rows, places, strict=True):
        shade = ACCENT if row.name == pick and row.at >= 0 else WORSE if row.high < 0 else GREY
        if known:
            figure.add_trace(_range(row, place, shade))
        figure.add_trace(_mean(comparison, row, place, shade, lang, known=known))
        figure.add_trace(
            go.Bar(x=[100.0 * row.best], y=[place], orientation="h", width=0.42, xaxis="x2",
                   marker={"color": shade}, hoverinfo="skip",
                   text=[figures.chance(row.best, lang)] if known else [""],
                   textposition="outside", cliponaxis=False)
        )  # fmt: skip
    ends = [v for r in rows for v in (r.at, r.low, r.high)] + [-margin, margin]
    names = [frame.narrow(frame.name_of(comparison, r.name, lang), lang) for r in rows]
    figure.update_layout(
        xaxis={"domain": [0.0, 0.7], "range": frame.padded(ends, 0.05, 0.05), "zeroline": True,
               "zerolinewidth": 2, "zerolinecolor": INK, "nticks": 6},
        xaxis2={"domain": [0.76, 1.0], "range": [0, 230], "showgrid": False, "zeroline": False,
                "showticklabels": False, "fixedrange": True},
        yaxis={"tickvals": places, "ticktext": names, "showgrid": False, "zeroline": False,
               "range": [-0.6, len(rows) - 0.4]},
    )  # fmt: skip
    _captions(figure, lang)
    return figure


def _captions(figure: go.Figure, lang: str) -> None:
    frame.label(
        figure, say(lang, "shaded: too little to matter", "阴影：不足以影响决策"),
        x=0, xref="paper", y=0, yref="paper", xanchor="left", yanchor="top", yshift=-26,
    )  # fmt: skip
    frame.label(
        figure, say(lang, "chance to be best", "最优的可能"), x=0.76, xref="paper", y=0,
        yref="paper", xanchor="left", yanchor="top", yshift=-4,
    )  # fmt: skip


def _range(row: Stand, place: int, shade: str) -> go.Scatter:
    return go.Scatter(
        x=[row.low, row.high], y=[place, place], mode="lines", hoverinfo="skip",
        line={"color": shade, "width": 10}, opacity=0.45,
    )  # fmt: skip


def _mean(
    comparison: Comparison, row: Stand, place: int, shade: str, lang: str, *, known: bool
) -> go.Scatter:
    half = (row.high - row.low) / 2 if known else None
    text = figures.number(row.at, half, signed=True, lang=lang)
    if known:
        text += f" ({figures.interval(row.low, row.high, half, signed=True, lang=lang)})"
    name = html.escape(frame.name_of(comparison, row.name, lang))
    return go.Scatter(
        x=[row.at], y=[place], mode="markers", marker={"color": shade, "size": 13},
        hovertext=f"{name}<br>{text}", hoverinfo="text",
    )  # fmt: skip


def sentence_verdict_bars(
    comparison: Comparison, lang: str = "en", *, challenger: str | None = None
) -> str:
    """Say what the picture's marks are."""
    if not frame.sure(comparison):
        return say(
            lang, "Too few runs to show how sure this is.", "运行次数太少，无法显示把握有多大。"
        )
    return say(
        lang, "Dot: the average gain; bar: its 95 % range; shaded: less than the {m} that matters.",
        "圆点为平均增益，横条为 95% 区间；阴影内不足以影响决策（{m}）。",
        m=figures.money(abs(comparison.margin("net_value")), lang=lang),
    )  # fmt: skip


# --- from cash to net value -----------------------------------------------------------------------


def worth_parts(comparison: Comparison, challenger: str) -> list[tuple[str, str, float]]:
    """Return the difference in net value as cash, claims, discounting, cost and complaints.

    Title in English, in Chinese, and CNY per 1,000 accounts. The parts sum to the difference:
    what no measure names of its own is the last of the unnamed.
    """
    present = {m.name for m in comparison.metrics}

    def gap(metric: str) -> float:
        one, base = (comparison.ratio(s, metric) for s in (challenger, comparison.baseline))
        return float(one.estimate - base.estimate)

    cash, net = gap("amount_recovered"), gap("net_value")
    rows = [("Cash recovered", "逾期回款", cash)]
    if present >= set(PARTS):
        now = {name: gap(name) for name in PARTS}
        rows += [
            ("What open claims are worth", "未结债权价值", now["value_open"]),
            ("Paid on its day, discounting", "按期还款与折现", now["value_cash"] - cash),
            ("Cost", "成本", -now["value_cost"]),
            ("Complaints and fines", "投诉与罚款", -now["value_complaints"]),
        ]
        rest = net - sum(value for *_, value in rows)
        return rows if abs(rest) <= 1e-6 * max(1.0, abs(net)) else [*rows, ("Other", "其他", rest)]
    complaints = gap("cost_complaints") if "cost_complaints" in present else 0.0
    cost = gap("cost") - complaints
    rows.append(
        ("What open claims are worth, discounting", "未结债权价值与折现",
         net + cost + complaints - cash)
    )  # fmt: skip
    rows.append(("Cost", "成本", -cost))
    if "cost_complaints" in present:
        rows.append(("Complaints and fines", "投诉与罚款", -complaints))
    return rows


def worth(comparison: Comparison, lang: str = "en", *, challenger: str | None = None) -> go.Figure:
    """Draw the difference in net value as a waterfall from cash to the whole."""
    pick = frame.chosen(comparison, challenger)
    size, unit = frame.scale(MONEY, lang)
    rows = worth_parts(comparison, pick)
    values = [value / size for *_, value in rows]
    titles = [zh if lang == "zh" else en for en, zh, _ in rows]
    names = [frame.narrow(x, lang) for x in [*titles, frame.metric_title("net_value", lang)]]
    figure = frame.blank(lang, y=unit, height=96 + 42 * len(names), right=56)
    half = max(map(abs, values)) / 50
    figure.add_trace(
        go.Waterfall(
            orientation="h", y=names, x=[*values, sum(values)],
            measure=["relative"] * len(values) + ["total"],
            text=[figures.number(v, half, signed=True) for v in [*values, sum(values)]],
            textposition="outside", cliponaxis=False, hoverinfo="y+text",
            increasing={"marker": {"color": ACCENT}}, decreasing={"marker": {"color": WORSE}},
            totals={"marker": {"color": GREY}}, connector={"line": {"color": GREY, "width": 1}},
        )
    )  # fmt: skip
    figure.update_xaxes(range=frame.padded([0.0, *np.cumsum(values)], 0.25, 0.25), zeroline=True)
    figure.update_yaxes(autorange="reversed", showgrid=False, dtick=1)
    return figure


def sentence_worth(
    comparison: Comparison, lang: str = "en", *, challenger: str | None = None
) -> str:
    """Say how much of the gain is cash and how much a valuation, and what might be re-ageing."""
    pick = frame.chosen(comparison, challenger)
    rows = worth_parts(comparison, pick)
    net, cash, claims = sum(v for *_, v in rows), rows[0][2], rows[1][2]
    parts = net > 0 and cash >= 0 and claims >= 0  # of a whole one can say how much is which
    amounts = {"net": net, "cash": cash, "claims": claims}
    text = say(
        lang,
        "Of {net} per 1,000 accounts {cash} is cash in these {d} days and {claims} is what open "
        "claims are worth after them: a valuation, not money yet."
        if parts else
        "Net value changes by {net} per 1,000 accounts: cash in these {d} days by {cash}, what "
        "open claims are worth after them by {claims}: a valuation, not money yet.",
        "每千户净收益 {net} 中，{d} 天内的回款为 {cash}，"
        "期末未结债权的价值为 {claims}：后者是估值，尚非现金。"
        if parts else
        "每千户净收益变化 {net}：{d} 天内的回款变化 {cash}，"
        "期末未结债权的价值变化 {claims}：后者是估值，尚非现金。",
        **{k: figures.money(v, signed=not parts, lang=lang) for k, v in amounts.items()},
        d=str(comparison.setting.days),
    )  # fmt: skip
    plan = _on_plans(comparison, pick)
    if plan is None:
        return text
    return text + say(
        lang,
        " At the end {p} % of what is still late runs on a plan ({b} % under {C}): ask whether "
        "that is re-ageing.",
        "期末仍逾期的账户中有 {p}% 在履行分期（“{C}”为 {b}%）：请核对这是否只是展期。",
        p=figures.number(plan[0], 0.5), b=figures.number(plan[1], 0.5),
        C=frame.name_of(comparison, comparison.baseline, lang),
    )  # fmt: skip


def _on_plans(comparison: Comparison, challenger: str) -> tuple[float, float] | None:
    """Return the share of late accounts on a running plan, of both strategies, %."""
    if "unpaid_plan" not in {m.name for m in comparison.metrics}:
        return None
    shares = [
        comparison.ratio(s, "unpaid_plan").estimate for s in (challenger, comparison.baseline)
    ]
    return (shares[0], shares[1]) if np.isfinite(shares).all() else None


__all__ = [
    "Stand", "sentence_verdict_bars", "sentence_worth", "stands", "verdict_bars", "worth",
    "worth_parts",
]  # fmt: skip
