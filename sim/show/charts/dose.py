"""Dose and response: four outcomes over one dial, where the best lies, and where the law ends."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from sim.lessons import DIALS, Dose
from sim.scenario import Text
from sim.show.charts import frame
from sim.show.charts.frame import ACCENT, LINE, WORSE, say

OUTCOMES = {
    "net": Text(en="net value, CNY per account", zh="净收益，元/户"),
    "cash": Text(en="cash, CNY per account", zh="回款，元/户"),
    "complaints": Text(en="expected complaints per 1,000", zh="预期投诉，件/千户"),
    "resentment": Text(en="resentment, 0 to 4", zh="抵触情绪，0–4"),
}
TONES = (
    Text(en="warm", zh="温和"),
    Text(en="neutral", zh="中性"),
    Text(en="firm", zh="坚定"),
    Text(en="stern", zh="严厉"),
    Text(en="abusive", zh="辱骂"),
)
PANEL, BETWEEN = 120, 44  #: pixels


def dose_response(dose: Dose, horizon: int, lang: str = "en") -> go.Figure:
    """Draw each outcome over the dial with its 95 % ribbon.

    The shaded band holds the best points of nine in ten resamples; the dashed line is the last
    lawful value.
    """
    dial = DIALS[dose.dial]
    unit = frame.title(dial.unit, lang)
    title = frame.title(dial.title, lang)
    x = title if dose.dial == "tone" else say(lang, "{t}, {u}", "{t}（{u}）", t=title, u=unit)
    whole = len(OUTCOMES) * PANEL + (len(OUTCOMES) - 1) * BETWEEN
    figure = frame.blank(lang, x=x, height=whole + 110, right=20)
    rows = dose.rows(horizon)
    for i, (name, words) in enumerate(OUTCOMES.items()):
        top = 1.0 - i * (PANEL + BETWEEN) / whole
        _panel(figure, i, [max(0.0, top - PANEL / whole), top], frame.title(words, lang))
        _outcome(figure, i, rows[rows["measure"] == name])
    width = (dose.points[-1] - dose.points[0]) / 40
    figure.update_layout(
        xaxis={
            "range": [dose.points[0] - width, dose.points[-1] + width],
            "anchor": "y4",
            "zeroline": False,
        }
    )
    if dose.dial == "tone":
        names = [frame.title(tone, lang) for tone in TONES]
        figure.update_layout(xaxis={"tickvals": list(dose.points), "ticktext": names})
    else:
        figure.update_layout(xaxis={"tickvals": list(dose.points)})
    _turning(figure, dose, horizon, lang)
    _limit(figure, dose, lang)
    return figure


def _panel(figure: go.Figure, i: int, domain: list[float], title: str) -> None:
    axis = {
        "domain": domain, "fixedrange": True, "automargin": True, "gridcolor": LINE, "nticks": 4,
        "linecolor": LINE, "tickfont": {"size": 12}, "zeroline": False, "separatethousands": True,
    }  # fmt: skip
    figure.update_layout({"yaxis" if i == 0 else f"yaxis{i + 1}": axis})
    figure.add_annotation(
        text=f"<b>{frame.folded(title, frame.WIDTH)}</b>", x=0, xref="paper", xanchor="left",
        y=domain[1], yref="paper", yanchor="bottom", yshift=4, showarrow=False, font={"size": 12},
    )  # fmt: skip


def _outcome(figure: go.Figure, i: int, rows: pd.DataFrame) -> None:
    x, low, high = (rows[name].tolist() for name in ("x", "low", "high"))
    axis = "y" if i == 0 else f"y{i + 1}"
    figure.add_trace(
        go.Scatter(
            x=x + x[::-1], y=high + low[::-1], mode="lines", line={"width": 0}, fill="toself",
            fillcolor=f"{ACCENT}26", hoverinfo="skip", yaxis=axis,
        )
    )  # fmt: skip
    figure.add_trace(
        go.Scatter(
            x=x, y=rows["mean"].tolist(), mode="lines+markers", yaxis=axis,
            line={"color": ACCENT, "width": 2}, marker={"size": 7, "color": ACCENT},
            hovertemplate="%{x}: %{y:,.1f}<extra></extra>",
        )
    )  # fmt: skip


def _turning(figure: go.Figure, dose: Dose, horizon: int, lang: str) -> None:
    """Shade where net value is highest; a band of one point is as wide as a mark."""
    turning = dose.turning(horizon)
    least = (dose.points[-1] - dose.points[0]) / 100
    figure.add_shape(
        type="rect", x0=turning.low - least, x1=turning.high + least, y0=0, y1=1, yref="y domain",
        fillcolor=f"{ACCENT}33", line={"color": ACCENT, "width": 1}, layer="below",
    )  # fmt: skip
    middle = (turning.low + turning.high) / 2
    late = middle > (dose.points[0] + dose.points[-1]) / 2
    frame.label(
        figure, say(lang, "best is here", "最佳在此"), x=turning.high if late else turning.low,
        y=0.02, yref="y domain", yanchor="bottom", xanchor="right" if late else "left",
        color=ACCENT,
    )  # fmt: skip


def _limit(figure: go.Figure, dose: Dose, lang: str) -> None:
    """Draw the last lawful value, where the dial reaches it."""
    limit = dose.limit
    if limit.at is None or not dose.points[0] <= limit.at <= dose.points[-1]:
        return
    figure.add_shape(
        type="line", x0=limit.at, x1=limit.at, y0=0, y1=1, yref="paper",
        line={"color": WORSE, "width": 2, "dash": "dash"},
    )  # fmt: skip
    frame.label(
        figure, say(lang, "the law ends here", "法律到此为止"), x=limit.at, y=1, yref="paper",
        yanchor="top", xanchor="right", xshift=-4, color=WORSE,
    )  # fmt: skip


def sentence_dose_response(dose: Dose, horizon: int, lang: str = "en") -> str:
    """Say where more becomes less."""
    return dose.sentence(horizon, lang)
