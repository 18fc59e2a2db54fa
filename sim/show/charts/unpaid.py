"""Why is it still unpaid, as a bar of 100 % per strategy; and how late what is left is."""

from __future__ import annotations

import html
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from sim.compare import figures, stats
from sim.compare.comparison import Comparison
from sim.show.charts import frame
from sim.show.charts.frame import ACCENT, GREY, INK, MONEY, PAPER, WORSE, say

#: In the order of precedence. Two causes share a colour, one of them hatched: what has an answer
#: already, what never got through, what was not worked, what the borrower cannot or will not do.
CAUSES = (
    ("unpaid_plan", GREY, ""),
    ("unpaid_hold", GREY, "/"),
    ("unpaid_contact", ACCENT, ""),
    ("unpaid_unreached", ACCENT, "/"),
    ("unpaid_capacity", WORSE, ""),
    ("unpaid_money", WORSE, "x"),
    ("unpaid_law", WORSE, "/"),
    ("unpaid_cannot", INK, ""),
    ("unpaid_will_not", INK, "/"),
)
OLDEST = 7  #: stage of what is more than 180 days late
READABLE = 6.0  #: per cent from which a part is wide enough for its number


def shares(comparison: Comparison) -> dict[str, dict[str, float]]:
    """Return per cause the share of late accounts open at the end, % by strategy."""
    present = {m.name for m in comparison.metrics}
    names = [s.name for s in comparison.strategies]
    found = {
        cause: {name: comparison.ratio(name, cause).estimate for name in names}
        for cause, *_ in CAUSES
        if cause in present
    }
    return {cause: row for cause, row in found.items() if any(np.isfinite(v) for v in row.values())}


def unpaid(comparison: Comparison, lang: str = "en", *, challenger: str | None = None) -> go.Figure:
    """Draw one bar per strategy: which cause holds how many of the accounts that are still late."""
    found = shares(comparison)
    names = [s.name for s in comparison.strategies]
    figure = frame.blank(
        lang, x=say(lang, "% of late accounts open at the end", "期末仍逾期账户的 %"),
        height=170 + 44 * len(names) + 22 * ((len(found) + 1) // 2), right=16,
    )  # fmt: skip
    rows = [frame.narrow(frame.name_of(comparison, name, lang), lang) for name in names]
    ends = np.zeros(len(names))
    for cause, shade, shape in CAUSES:
        if cause in found:
            values = np.nan_to_num([found[cause][name] for name in names])
            figure.add_trace(_part(_short(cause, lang), rows, values.tolist(), shade, shape))
            if shape:
                _numbers(figure, rows, values, ends + values / 2)
            ends = ends + values
    figure.update_layout(
        barmode="stack", bargap=0.35, showlegend=True,
        legend={"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0,
                "traceorder": "normal", "entrywidth": 145, "font": {"size": 12}, "itemclick": False,
                "itemdoubleclick": False},
    )  # fmt: skip
    figure.update_layout(margin={"b": 40 + 22 * ((len(found) + 1) // 2)})
    figure.update_xaxes(range=[0, 100], zeroline=False)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure


def _part(title: str, rows: list[str], values: list[float], shade: str, shape: str) -> go.Bar:
    """Return one cause through all bars."""
    pattern = {"shape": shape, "fgcolor": shade, "bgcolor": PAPER, "solidity": 0.3, "size": 6}
    return go.Bar(
        orientation="h", y=rows, x=values, name=html.escape(title),
        text=["" if shape or v < READABLE else figures.number(v, 5.0) for v in values],
        textposition="inside", insidetextanchor="middle", textangle=0, cliponaxis=True,
        textfont={"color": PAPER, "size": 12}, hoverinfo="name+x",
        marker={"color": shade, "line": {"color": shade, "width": 1},
                "pattern": pattern if shape else {}},
    )  # fmt: skip


def _numbers(
    figure: go.Figure, rows: list[str], values: NDArray[np.float64], middles: NDArray[np.float64]
) -> None:
    """Write the numbers of a hatched cause on paper of their own, where they can be read."""
    for row, value, middle in zip(rows, values, middles, strict=True):
        if value >= READABLE:
            frame.label(figure, figures.number(value, 5.0), x=middle, y=row, color=INK)


def _short(cause: str, lang: str) -> str:
    """Return a cause's title without the words that all of them share."""
    text = frame.metric_title(cause, lang)
    text = text.rpartition("：" if lang == "zh" else ": ")[2]
    return text[:1].upper() + text[1:]


def sentence_unpaid(
    comparison: Comparison, lang: str = "en", *, challenger: str | None = None
) -> str:
    """Name the largest cause under the baseline, and where the challenger differs most."""
    found, base = shares(comparison), comparison.baseline
    if not found:
        return say(lang, "No account was late at the end.", "期末没有逾期账户。")
    first = max(found, key=lambda cause: np.nan_to_num(found[cause][base]))
    said = say(
        lang, "Under {C} most of what is still late: {cause}, {v} %.",
        "“{C}”下仍逾期的主要原因：{cause}，{v}%。",
        C=frame.name_of(comparison, base, lang), cause=_lower(first, lang),
        v=figures.number(found[first][base], 5.0),
    )  # fmt: skip
    if not frame.challengers(comparison):
        return said
    pick = frame.chosen(comparison, challenger)
    gap = {cause: row[pick] - row[base] for cause, row in found.items()}
    most = max(gap, key=lambda cause: abs(np.nan_to_num(gap[cause])))
    return said + say(
        lang, " {X} differs most in: {cause}, {d} pp.",
        "“{X}”差别最大的是：{cause}，{d} 个百分点。",
        X=frame.name_of(comparison, pick, lang), cause=_lower(most, lang),
        d=figures.number(gap[most], 5.0, signed=True),
    )  # fmt: skip


def _lower(cause: str, lang: str) -> str:
    text = _short(cause, lang)
    return text[:1].lower() + text[1:]


# --- how late what is left is ---------------------------------------------------------------------


def by_stage(comparison: Comparison, challenger: str) -> list[tuple[int, float, float, float]]:
    """Return per stage of lateness the difference in open balance at the end, and its interval.

    In CNY per 1,000 accounts, challenger minus baseline; stages without any account are left out.
    """
    daily = comparison.daily
    last = daily[daily["day"] == daily["day"].max()]
    rows = []
    last = last.assign(bucket=last["bucket"].clip(upper=OLDEST))
    for stage in sorted(int(b) for b in last["bucket"].unique() if b > 0):
        mine, base = (
            stats.ratio(*_balance(comparison, last, name, stage))
            for name in (challenger, comparison.baseline)
        )
        if mine.estimate or base.estimate:
            gap = stats.paired(mine, base)
            rows.append((stage, gap.estimate, *stats.interval(gap)))
    return rows


def _balance(
    comparison: Comparison, last: Any, name: str, stage: int
) -> tuple[list[float], list[float]]:
    """Return the balance in a stage and the thousands of accounts of each replication."""
    table = last[(last["strategy"] == name) & (last["bucket"] == stage)]
    held = table.groupby("replication")["balance"].sum()
    sizes = comparison.measures
    sizes = sizes[(sizes["strategy"] == name) & (sizes["metric"] == "amount_recovered")]
    thousands = sizes.set_index("replication")["denominator"]
    runs = comparison.replications
    return [float(held.get(r, 0.0)) / 100.0 for r in runs], [float(thousands[r]) for r in runs]


def stages(comparison: Comparison, lang: str = "en", *, challenger: str | None = None) -> go.Figure:
    """Draw the difference in open balance at the end, one dot with its interval per stage."""
    pick = frame.chosen(comparison, challenger)
    size, unit = frame.scale(MONEY, lang)
    rows = by_stage(comparison, pick)
    figure = frame.blank(
        lang, height=110 + 40 * max(1, len(rows)), right=40,
        y=say(lang, "open balance at the end against {C}, {u}", "期末未结余额，较“{C}”，{u}",
              C=frame.name_of(comparison, comparison.baseline, lang), u=unit),
    )  # fmt: skip
    known = frame.sure(comparison)
    half = [(high - low) / 2 / size if known else 0.0 for _, _, low, high in rows]
    sides = [_side(low, high) if known else GREY for _, _, low, high in rows]
    figure.add_trace(
        go.Scatter(
            x=[value / size for _, value, *_ in rows], y=[stage_title(s, lang) for s, *_ in rows],
            mode="markers", hoverinfo="x+y",
            marker={"size": 11, "color": sides,
                    "symbol": ["circle-open" if c == GREY else "circle" for c in sides]},
            error_x={"array": half, "visible": known, "color": GREY, "thickness": 1.4, "width": 4},
        )
    )  # fmt: skip
    ends = [
        end / size for _, value, low, high in rows for end in ((low, high) if known else [value])
    ]
    figure.update_xaxes(range=frame.padded([0.0, *ends], 0.1, 0.1), zeroline=True)
    figure.update_yaxes(autorange="reversed")
    return figure


def _side(low: float, high: float) -> str:
    """Return the colour: less open is better; grey where the range includes no difference."""
    return ACCENT if high < 0 else WORSE if low > 0 else GREY


def stage_title(stage: int, lang: str) -> str:
    """Return a stage of lateness in days."""
    if stage >= OLDEST:
        return say(lang, "over {n} days late", "逾期 {n} 天以上", n=str(30 * (OLDEST - 1)))
    low, high = str(30 * stage - 29), str(30 * stage)
    return say(lang, "{low} to {high} days late", "逾期 {low}–{high} 天", low=low, high=high)


def sentence_stages(
    comparison: Comparison, lang: str = "en", *, challenger: str | None = None
) -> str:
    """Name the stage that shrinks most and the one that grows most, if any is shown to."""
    pick = frame.chosen(comparison, challenger)
    sure = [row for row in by_stage(comparison, pick) if _side(*row[2:]) != GREY]
    if not sure or not frame.sure(comparison):
        return say(lang, "No stage is shown to differ yet.", "尚无账龄阶段显示出差异。")
    words = [
        say(lang, "{stage} {v}", "{stage} {v}", stage=stage_title(stage, lang),
            v=frame.amount(value, lang, (high - low) / 2))
        for stage, value, low, high in sorted(sure, key=lambda row: -abs(row[1]))[:2]
    ]  # fmt: skip
    return say(
        lang, "Shown to differ per 1,000 accounts: {list}.", "已显示差异（每千户）：{list}。",
        list=("，" if lang == "zh" else "; ").join(words),
    )  # fmt: skip
