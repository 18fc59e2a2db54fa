"""From wish to work: what a strategy asked for, what was refused, and what was done instead."""

from __future__ import annotations

import plotly.graph_objects as go

from sim.compare import figures
from sim.compare.comparison import Comparison
from sim.compare.comparison.lost import REASONS, Flow, flows
from sim.core.domain import Channel, Refused
from sim.show.charts import frame
from sim.show.charts.frame import ACCENT, GREY, INK, WORSE, say

CHANNELS = {
    Channel.PUSH: ("app messages", "App推送"), Channel.SMS: ("text messages", "短信"),
    Channel.EMAIL: ("e-mails", "邮件"), Channel.SOCIAL: ("social messages", "社交消息"),
    Channel.BOT: ("bot calls", "智能语音"), Channel.PHONE: ("calls", "电话"),
    Channel.LETTER: ("letters", "信函"), Channel.LAWYER_LETTER: ("lawyer's letters", "律师函"),
    Channel.VISIT: ("visits", "外访"), Channel.LITIGATION: ("suits", "诉讼"),
    Channel.AGENCY: ("placements", "委外"),
}  # fmt: skip
WHY = {
    Refused.MONEY: ("no money", "经费不足"), Refused.SEAT: ("no seat", "坐席不足"),
    Refused.LAW: ("the law", "规则拦截"), Refused.CLOSED: ("no such desk", "无此岗位"),
}  # fmt: skip
DONE, INSTEAD, LOST = ("done", "已执行"), ("other work that day", "当日改做他项"), ("lost", "落空")
VEIL = "66"  #: how much of a colour a stream has


def channel_name(channel: Channel, lang: str) -> str:
    """Return what touches by a channel are called."""
    return CHANNELS[channel][lang == "zh"]


def has_refusals(comparison: Comparison) -> bool:
    """Tell whether anything was refused to a compared strategy."""
    return any(
        sum(flow.refused.values()) > 0
        for s in comparison.strategies
        for flow in flows(comparison, s.name)
    )


def wishes(comparison: Comparison, lang: str = "en", *, challenger: str | None = None) -> go.Figure:
    """Draw the streams: wish by channel, done or refused and why, other work or lost."""
    found = flows(comparison, frame.chosen(comparison, challenger))
    nodes = [_channel_label(flow, lang) for flow in found]
    first = len(nodes)
    nodes += [DONE[lang == "zh"], *(_reason_label(found, r, lang) for r in REASONS)]
    nodes += [INSTEAD[lang == "zh"], LOST[lang == "zh"]]
    links = _links(found, first)
    figure = frame.blank(lang, height=200 + 34 * len(found))
    shades = [*[INK] * first, ACCENT, *[WORSE] * len(REASONS), ACCENT, GREY]
    figure.add_trace(
        go.Sankey(
            node={"label": nodes, "color": shades, "pad": 14, "thickness": 12,
                  "line": {"width": 0}},
            link={"source": [a for a, _, _ in links], "target": [b for _, b, _ in links],
                  "value": [v for _, _, v in links],
                  "color": [shades[b] + VEIL for _, b, _ in links]},
            valueformat=",.0f", textfont={"size": 12, "color": INK},
        )
    )  # fmt: skip
    return figure


def _channel_label(flow: Flow, lang: str) -> str:
    """Name a channel with its wishes and what the done ones cost."""
    cost = figures.money(flow.cost, lang=lang)
    return f"{channel_name(flow.channel, lang)} {figures.number(flow.wished)} ({cost})"


def _reason_label(found: list[Flow], why: Refused, lang: str) -> str:
    """Name a reason; want of money with the money."""
    name = WHY[why][lang == "zh"]
    if why != Refused.MONEY:
        return name
    return f"{name} ({figures.money(sum(flow.lacked for flow in found), lang=lang)})"


def _links(found: list[Flow], first: int) -> list[tuple[int, int, float]]:
    """Return streams between nodes: channels, then done, the reasons, other work, lost."""
    instead = first + 1 + len(REASONS)
    links = [(i, first, flow.done) for i, flow in enumerate(found)]
    for k, why in enumerate(REASONS, start=first + 1):
        links += [(i, k, flow.refused[why]) for i, flow in enumerate(found)]
        replaced = sum(flow.replaced[why] for flow in found)
        lost = sum(flow.refused[why] for flow in found) - replaced
        links += [(k, instead, replaced), (k, instead + 1, lost)]
    return [link for link in links if link[2] > 0]


def sentence_wishes(
    comparison: Comparison, lang: str = "en", *, challenger: str | None = None
) -> str:
    """Say how much of what a strategy wished was done, and how much was lost for the day."""
    pick = frame.chosen(comparison, challenger)
    found = flows(comparison, pick)
    wished, done = (sum(getattr(flow, n) for flow in found) for n in ("wished", "done"))
    replaced = sum(sum(flow.replaced.values()) for flow in found)
    if wished == 0:
        return say(lang, "Nothing was wished in these runs.", "这些模拟中没有催收意愿。")
    return say(
        lang,
        "Of {n} wishes of {X} in a run {d} % were done; for {r} % other work was done that day, "
        "{l} % were lost.",
        "“{X}”每次模拟有 {n} 项催收意愿：{d}% 已执行，{r}% 当日改做他项，{l}% 落空。",
        X=frame.name_of(comparison, pick, lang), n=figures.number(wished),
        d=_percent(done, wished), r=_percent(replaced, wished),
        l=_percent(wished - done - replaced, wished),
    )  # fmt: skip


def _percent(part: float, whole: float) -> str:
    return figures.number(100.0 * part / whole, 0.5)
