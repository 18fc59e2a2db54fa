"""Pictures of a comparison: one function per picture, and one sentence that says what it means."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from sim.compare.comparison import Comparison
from sim.scenario import Text
from sim.show.charts.backlog import backlog, sentence_backlog
from sim.show.charts.budgets import curves, sentence_curves
from sim.show.charts.chance import luck, sentence_luck
from sim.show.charts.course import overdue, path, sentence_overdue, sentence_path
from sim.show.charts.dose import dose_response, sentence_dose_response
from sim.show.charts.floor import (
    bars,
    blocked,
    loads,
    seats,
    sentence_blocked,
    sentence_seats,
    sentence_waits,
    waits,
)
from sim.show.charts.frame import CONFIG, DARK, challengers, chosen
from sim.show.charts.lanes import treatments
from sim.show.charts.lost import has_refusals, sentence_wishes, wishes
from sim.show.charts.rungs import ladder, sentence_ladder
from sim.show.charts.segments import gains, sentence_gains
from sim.show.charts.unpaid import sentence_stages, sentence_unpaid, shares, stages, unpaid
from sim.show.charts.value import AXES, money, sentence_money, sentence_trade_off, trade_off
from sim.show.charts.worth import sentence_verdict_bars, sentence_worth, verdict_bars, worth


class Picture(NamedTuple):
    """A picture: its title, how it is drawn, what it says, and what it needs."""

    title: Text
    draw: Callable[..., go.Figure]
    sentence: Callable[..., str]
    needs: str = "rivals"  #: rivals, days, causes, seats, refusals or wishes


#: In the order of the report.
PICTURES: dict[str, Picture] = {
    "verdict": Picture(
        Text(en="Who is ahead, and how surely", zh="谁领先，把握多大"),
        verdict_bars,
        sentence_verdict_bars,
    ),
    "worth": Picture(Text(en="How much of it is cash", zh="其中多少是现金"), worth, sentence_worth),
    "trade_off": Picture(
        Text(en="What each gains, at what price in complaints", zh="收益与投诉的取舍"),
        trade_off,
        sentence_trade_off,
    ),
    "luck": Picture(Text(en="How much is luck", zh="运气有多大"), luck, sentence_luck),
    "path": Picture(
        Text(en="Cash ahead, day by day", zh="逐日回款差"), path, sentence_path, "days"
    ),
    "overdue": Picture(
        Text(en="What is still past due", zh="仍逾期的金额"), overdue, sentence_overdue, "days"
    ),
    "money": Picture(
        Text(en="Where the difference comes from", zh="差异从何而来"), money, sentence_money
    ),
    "trade_off_cost": Picture(
        Text(en="What each gains for what it costs", zh="收益与成本"),
        partial(trade_off, x="cost"),
        partial(sentence_trade_off, x="cost"),
    ),
    "trade_off_hours": Picture(
        Text(en="What each gains for how many hours", zh="收益与工时"),
        partial(trade_off, x="collector_hours"),
        partial(sentence_trade_off, x="collector_hours"),
    ),
    "unpaid": Picture(
        Text(en="Why it is still unpaid", zh="为何仍未还"), unpaid, sentence_unpaid, "causes"
    ),
    "seats": Picture(
        Text(en="How busy the seats are", zh="坐席有多忙"), seats, sentence_seats, "seats"
    ),
    "waits": Picture(
        Text(en="How long calls wait", zh="通话等待多久"), waits, sentence_waits, "seats"
    ),
    "blocked": Picture(
        Text(en="What the rules refused", zh="被规则拦截的动作"),
        blocked,
        sentence_blocked,
        "refusals",
    ),
    "wishes": Picture(
        Text(en="From wish to work", zh="从意愿到执行"), wishes, sentence_wishes, "wishes"
    ),
}


def available(comparison: Comparison) -> list[str]:
    """Names of the pictures that the comparison has the numbers for."""
    rivals = bool(comparison.replications and challengers(comparison))
    have = {
        "rivals": rivals,
        "days": rivals and not comparison.daily.empty,
        "causes": rivals and bool(shares(comparison)),
        "seats": bool(comparison.replications) and bool(loads(comparison)),
    }
    have["refusals"] = (
        any(bar.value > 0 for bar in bars(comparison, "blocked")) if rivals else False
    )
    have["wishes"] = rivals and has_refusals(comparison)
    return [name for name, picture in PICTURES.items() if have[picture.needs]]


def script() -> str:
    """Return the drawing library, for a page that asks nobody for anything."""
    return str(get_plotlyjs())


def darkened(figure: go.Figure) -> go.Figure:
    """Return the figure in the colours for a dark page."""
    text = str(figure.to_json())
    for light, dark in DARK.items():
        text = text.replace(light, dark)
    return go.Figure(json.loads(text))


def as_json(figure: go.Figure) -> str:
    """Return a figure as JSON that may stand inside an HTML page."""
    text = str(figure.to_json())
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


__all__ = [
    "AXES",
    "CONFIG",
    "DARK",
    "PICTURES",
    "Picture",
    "as_json",
    "available",
    "backlog",
    "blocked",
    "chosen",
    "curves",
    "darkened",
    "dose_response",
    "gains",
    "ladder",
    "luck",
    "money",
    "overdue",
    "path",
    "script",
    "seats",
    "sentence_backlog",
    "sentence_blocked",
    "sentence_curves",
    "sentence_dose_response",
    "sentence_gains",
    "sentence_ladder",
    "sentence_luck",
    "sentence_money",
    "sentence_overdue",
    "sentence_path",
    "sentence_seats",
    "sentence_stages",
    "sentence_trade_off",
    "sentence_unpaid",
    "sentence_waits",
    "sentence_wishes",
    "stages",
    "trade_off",
    "treatments",
    "unpaid",
    "waits",
    "wishes",
]  # fmt: skip
