"""What every picture shares: colours, type, axes, units, names, and how a figure leaves the house.

One challenger is chosen and drawn in the accent; the baseline is a dark ring or outline; all
others are grey and named where they stand, so that no reader needs to tell colours apart.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from itertools import pairwise
from textwrap import wrap
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from sim.compare import figures
from sim.compare.comparison import METRICS, Comparison
from sim.compare.verdict import FEWEST
from sim.scenario import Text
from sim.strategies import Strategy

ACCENT, WORSE, GREY, INK, LINE = "#0B6E99", "#B45309", "#6B7280", "#1F2933", "#D5DAE0"
PAPER = "#FFFFFF"  #: behind labels, so that lines do not run through them
#: The same colours on a dark page.
DARK = {
    ACCENT: "#5FB3D9", WORSE: "#F5A524", GREY: "#9CA3AF", INK: "#E6E9ED", LINE: "#3A424D",
    PAPER: "#14181D",
}  # fmt: skip
FONTS = (
    'system-ui, "Noto Sans SC", "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif'
)
CONFIG = {"displayModeBar": False, "responsive": True, "showLink": False, "scrollZoom": False}
MONEY = "CNY per 1,000 accounts"
GAP = 17.0  #: pixels between two labels
WIDTH = 50  #: letters of a heading that fit a phone


# --- words and units ------------------------------------------------------------------------------


def say(lang: str, en: str, zh: str, **words: str) -> str:
    """Return the sentence in *lang* with its words filled in."""
    return (zh if lang == "zh" else en).format_map(words)


def title(text: Text, lang: str) -> str:
    """Return a title in *lang*, in English where the other is missing."""
    return (text.zh if lang == "zh" else text.en) or text.en or text.zh


def strategy(comparison: Comparison, name: str) -> Strategy:
    """Return one of the compared strategies by its name."""
    return next(s for s in comparison.strategies if s.name == name)


def name_of(comparison: Comparison, name: str, lang: str) -> str:
    """Return a strategy's title."""
    return title(strategy(comparison, name).title, lang) or name


def listed(names: Sequence[str], lang: str) -> str:
    """Return names as a list in a sentence."""
    if lang == "zh":
        return "、".join(f"“{n}”" for n in names)
    return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1]


def scale(unit: str, lang: str) -> tuple[float, str]:
    """Return what numbers of *unit* are divided by, and the unit that then stands beside them."""
    if unit == MONEY:
        return (1e4, "万元/千户") if lang == "zh" else (1e3, "CNY thousand per 1,000 accounts")
    return 1.0, figures.unit(unit, lang)


def amount(value: float, lang: str, half_width: float | None = None) -> str:
    """Return money per 1,000 accounts with its sign."""
    return figures.money(value, half_width, lang=lang, signed=True)


# --- what is drawn --------------------------------------------------------------------------------


def challengers(comparison: Comparison) -> list[str]:
    """Names of all that may win against the baseline."""
    return [s.name for s in comparison.candidates(comparison.baseline)]


def chosen(comparison: Comparison, challenger: str | None = None) -> str:
    """Return the challenger asked for, else the one that leads in net value."""
    if challenger is not None:
        return challenger
    names = sorted(challengers(comparison))
    return max(names, key=lambda n: np.nan_to_num(comparison.ratio(n, "net_value").estimate))


def sure(comparison: Comparison) -> bool:
    """Tell whether there are replications enough to show an interval."""
    return len(comparison.replications) >= FEWEST


def colour(comparison: Comparison, name: str, challenger: str) -> str:
    """Return the colour of a strategy: the chosen one stands out."""
    return ACCENT if name == challenger else INK if name == comparison.baseline else GREY


def differences(
    comparison: Comparison, challenger: str, metric: str = "net_value"
) -> NDArray[np.float64]:
    """Return the difference from the baseline in every replication that has one."""
    gaps = comparison.values(challenger, metric) - comparison.values(comparison.baseline, metric)
    return np.asarray(gaps[np.isfinite(gaps)], dtype=float)


def metric_title(metric: str, lang: str) -> str:
    """Return a metric's title."""
    return title(METRICS[metric].title, lang)


# --- drawing --------------------------------------------------------------------------------------


def blank(lang: str, *, x: str = "", y: str = "", height: int = 380, right: int = 24) -> go.Figure:
    """Return an empty figure in the house's type, with the titles of its axes."""
    axis = {
        "gridcolor": LINE, "zerolinecolor": GREY, "linecolor": LINE, "automargin": True,
        "tickangle": 0, "separatethousands": True, "tickfont": {"size": 12},
        "title": {"font": {"size": 12}, "standoff": 10},
    }  # fmt: skip
    figure = go.Figure(
        layout={
            "template": "none", "height": height, "showlegend": False, "dragmode": False,
            "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
            "margin": {"l": 16, "r": right, "t": 28 + 16 * len(wrap(y, WIDTH)), "b": 16},
            "font": {"family": FONTS, "size": 13, "color": INK},
            "hoverlabel": {"font": {"family": FONTS, "size": 12}},
            "separators": ".,", "xaxis": axis, "yaxis": axis,
        }
    )  # fmt: skip
    figure.update_layout(
        xaxis={"title": {"text": folded(x, WIDTH - 8)}, "fixedrange": True, "nticks": 7},
        yaxis={"fixedrange": True},
    )
    if y:
        _heading(figure, y)
    return figure


def _heading(figure: go.Figure, text: str) -> None:
    """Write the title of the upright axis above it, where it can be read."""
    figure.add_annotation(
        text=folded(text, WIDTH), x=0, y=1, xref="paper", yref="paper", xanchor="left",
        yanchor="bottom", align="left", yshift=8, showarrow=False, font={"size": 12, "color": INK},
    )  # fmt: skip


def folded(text: str, width: int) -> str:
    """Return *text* in lines of at most *width* letters, safe inside a figure."""
    return "<br>".join(html.escape(line) for line in wrap(text, width))


def narrow(text: str, lang: str) -> str:
    """Return a name in lines that leave room for the picture on a phone."""
    return folded(text, 10 if lang == "zh" else 19)


def label(figure: go.Figure, text: str, *, x: Any, y: Any, **look: Any) -> None:
    """Write *text*, safe or escaped, into the figure; look: whatever an annotation knows."""
    plain = {
        "showarrow": False, "bgcolor": f"{PAPER}B3", "borderpad": 0,
        "font": {"size": 12, "color": look.pop("color", GREY)},
    }  # fmt: skip
    figure.add_annotation(text=text, x=x, y=y, **{**plain, **look})


def apart(places: Sequence[float], gap: float = GAP) -> list[float]:
    """Return *places* moved as little as needed to lie at least *gap* apart, order kept."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    moved = [float(p) for p in places]
    for _ in range(50):
        clear = True
        for low, high in pairwise(order):
            short = gap - (moved[high] - moved[low])
            if short > 1e-6:
                moved[low], moved[high], clear = (
                    moved[low] - short / 2,
                    moved[high] + short / 2,
                    False,
                )
        if clear:
            break
    return moved


def padded(values: Sequence[float], below: float = 0.08, above: float = 0.08) -> list[float]:
    """Return an axis range around the finite *values*."""
    finite = [v for v in values if np.isfinite(v)] or [0.0, 1.0]
    low, high = min(finite), max(finite)
    width = (high - low) or abs(high) or 1.0
    return [low - below * width, high + above * width]


def plain(values: Sequence[float] | NDArray[np.float64]) -> list[float | None]:
    """Return numbers as a list that JSON knows: missing ones are None."""
    return [float(v) if np.isfinite(v) else None for v in values]
