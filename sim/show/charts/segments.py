"""Who gains and who is hurt: differences from the baseline by group of borrowers."""

from __future__ import annotations

import html

import numpy as np
import plotly.graph_objects as go

from sim.compare import figures
from sim.compare.comparison import METRICS, Comparison, groups
from sim.compare.comparison.groups import Gap
from sim.core.domain import Kind
from sim.lessons.words import KINDS
from sim.play.metrics.segments import VULNERABLE
from sim.scenario import Text
from sim.show.charts import frame
from sim.show.charts.frame import ACCENT, GREY, WORSE, say
from sim.show.charts.unpaid import stage_title

GAIN = "recovery_rate"
HARMS = ("complaints", "harsh_contacts", "satisfaction")
SEGMENTS = {
    "region": Text(en="Region", zh="地区"),
    "grade": Text(en="Credit grade", zh="信用等级"),
    "stage": Text(en="Lateness at the start", zh="入催时逾期阶段"),
    "kind": Text(en="Kind of borrower (latent)", zh="客户类型（潜在）"),
}
OWN_SEGMENTS = {
    "own:region": Text(en="Region, your own codes", zh="地区（自有编码）"),
    "own:grade": Text(en="Grade, your own codes", zh="等级（自有编码）"),
    "own:product": Text(en="Product, your own codes", zh="产品（自有编码）"),
}
FLAG = "◆"  #: before kinds who cannot pay, whatever is said to them
ENDS = {
    "region": (Text(en="near", zh="近"), Text(en="remote", zh="远")),
    "grade": (Text(en="good", zh="好"), Text(en="bad", zh="差")),
}
LAST = {"region": 3, "grade": 4}
SIDES = {"better": ACCENT, "worse": WORSE}
HALVES = ((0.0, 0.46), (0.54, 1.0))


def segments_of(comparison: Comparison) -> dict[str, Text]:
    """Return what this comparison's accounts are sorted by: the lender's own codes before ours."""
    own = {key: title for key, title in OWN_SEGMENTS.items() if groups.known(comparison, key)}
    ours = {key: title for key, title in SEGMENTS.items() if f"own:{key}" not in own}
    return {**own, **ours}


def label(comparison: Comparison, segment: str, group: int, lang: str) -> str:
    """Return a group's name, the lender's own where it is one of its categories."""
    names = comparison.own_names.get(segment)
    if names is None:
        return name_of(segment, group, lang)
    return names[group] or say(lang, "(empty)", "（空）")


def name_of(segment: str, group: int, lang: str) -> str:
    """Return a group's name."""
    if segment == "stage":
        if group == 0:
            return say(lang, "not late yet", "尚未逾期")
        return stage_title(group, lang)
    if segment == "kind":
        kind = Kind(group)
        flag = f"{FLAG} " if kind in VULNERABLE else ""
        return flag + frame.title(KINDS[kind], lang)
    said = "ABCDE"[group] if segment == "grade" else str(group + 1)
    if group not in (0, LAST[segment]):
        return said
    end = frame.title(ENDS[segment][group > 0], lang)
    return f"{said}（{end}）" if lang == "zh" else f"{said} ({end})"


def gains(
    comparison: Comparison, lang: str = "en", *, segment: str = "region",
    harm: str = "complaints", challenger: str | None = None,
) -> go.Figure:  # fmt: skip
    """Draw per group what is recovered more, and beside it what it costs the borrowers.

    A dot per group with its interval; grey and hollow where the difference is not shown to matter.
    """
    pick = frame.chosen(comparison, challenger)
    order = groups.groups(comparison, segment, "harsh_contacts")
    height = 120 + 38 * max(1, len(order))
    figure = frame.blank(lang, height=height, right=16)
    names = {g: frame.narrow(label(comparison, segment, g, lang), lang) for g in order}
    for place, (metric, domain) in enumerate(zip((GAIN, harm), HALVES, strict=True)):
        axis = "xaxis" if place == 0 else "xaxis2"
        _panel(figure, comparison, groups.gaps(comparison, pick, segment, metric), place, names)
        figure.update_layout(
            {axis: {**figure.layout.xaxis.to_plotly_json(), "domain": domain, "nticks": 5,
                    "range": _range(figure.data[place]), "zeroline": True, "anchor": "y"}}
        )  # fmt: skip
        figure.add_annotation(
            text=frame.folded(_heading(metric, lang), 24), x=domain[0], y=1, xref="paper",
            yref="paper", xanchor="left", yanchor="bottom", align="left", yshift=8,
            showarrow=False, font={"size": 12},
        )  # fmt: skip
    figure.update_layout(margin={"t": 64})
    figure.update_yaxes(
        range=[len(order) - 0.5, -0.5], tickvals=list(range(len(order))),
        ticktext=[names[g] for g in order], zeroline=False,
    )  # fmt: skip
    return figure


def _panel(
    figure: go.Figure, comparison: Comparison, rows: list[Gap], place: int, names: dict[int, str]
) -> None:
    known, order = frame.sure(comparison), list(names)
    shades = [SIDES.get(row.state, GREY) if known else GREY for row in rows]
    figure.add_trace(
        go.Scatter(
            x=[row.difference for row in rows], y=[order.index(row.group) for row in rows],
            xaxis="x" if place == 0 else "x2", mode="markers", hoverinfo="x",
            marker={"size": 10, "color": shades,
                    "symbol": ["circle-open" if s == GREY else "circle" for s in shades]},
            error_x={"array": [(row.high - row.low) / 2 for row in rows], "visible": known,
                     "color": GREY, "thickness": 1.4, "width": 4},
        )
    )  # fmt: skip


def _range(trace: go.Scatter) -> list[float]:
    middles = np.array(trace.x or (), dtype=float)
    halves = np.array(trace.error_x.array, dtype=float)
    if not trace.error_x.visible:
        halves = np.zeros_like(middles)
    return frame.padded([0.0, *(middles - halves), *(middles + halves)], 0.1, 0.1)


def _heading(metric: str, lang: str) -> str:
    title, unit = frame.metric_title(metric, lang), figures.unit(METRICS[metric].unit, lang,
                                                                 difference=True)  # fmt: skip
    return f"{title}，{unit}" if lang == "zh" else f"{title}, {unit}"


def sentence_gains(
    comparison: Comparison, lang: str = "en", *, segment: str = "region",
    harm: str = "complaints", challenger: str | None = None,
) -> str:  # fmt: skip
    """Name the group that gains most and the one that is hurt most, where either is shown."""
    pick = frame.chosen(comparison, challenger)
    if not frame.sure(comparison):
        return say(lang, "Too few runs to say who gains.", "模拟次数太少，尚不能说谁受益。")
    rows = [
        gap for metric in (GAIN, *HARMS) for gap in groups.gaps(comparison, pick, segment, metric)
    ]
    # Differences of unlike metrics are compared by how far the baseline's level moves.
    good = [r for r in rows if r.state == "better"]
    bad = [r for r in rows if r.state == "worse"]
    if not good and not bad:
        return say(
            lang, "No group is shown to gain or to be hurt.", "尚无群体显示出受益或受损。"
        )  # fmt: skip
    said = []
    if good:
        told = _told(comparison, max(good, key=_size), segment, lang)
        said.append(say(lang, "Largest gain: {x}.", "受益最大：{x}。", x=told))
    told = _told(comparison, max(bad, key=_size), segment, lang) if bad else ""
    said.append(
        say(lang, "Largest harm: {x}.", "受损最大：{x}。", x=told)
        if bad
        else say(lang, "No group is shown to be hurt.", "尚无群体显示出受损。")
    )
    return ("" if lang == "zh" else " ").join(said)


def _size(gap: Gap) -> float:
    """Return the difference relative to the baseline's level."""
    return abs(gap.difference) / max(abs(gap.level), 1e-9)


def _told(comparison: Comparison, gap: Gap, segment: str, lang: str) -> str:
    half = (gap.high - gap.low) / 2 or None
    unit = figures.unit(METRICS[gap.metric].unit, lang, difference=True)
    return say(
        lang, "{group}, {metric} {d} {u}", "{group}，{metric} {d} {u}",
        group=html.unescape(label(comparison, segment, gap.group, lang)),
        metric=frame.metric_title(gap.metric, lang),
        d=figures.number(gap.difference, half, signed=True), u=unit,
    )  # fmt: skip
