"""The decision table: the baseline's values, then each challenger's paired differences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from rich.table import Table
from rich.text import Text

from sim.cli.say import plain_table
from sim.compare import figures
from sim.compare.comparison import DECIDING, METRICS, Comparison
from sim.play.metrics import Metric
from sim.strategies import Strategy

LABEL, COLUMN = 33, 23  #: widths
GROUPS: dict[str, tuple[tuple[str, str], tuple[str, ...]]] = {
    "money": (
        ("Money", "资金"),
        ("net_value", "value_cash", "value_open", "value_cost", "value_complaints",
         "recovery_rate", "added_recovery", "success_rate", "npl_share", "npl_share_aged",
         "npl_started", "cost", "cost_per_100", "cash_per_hour"),
    ),
    "law": (
        ("Customers and law", "客户与合规"),
        ("complaints", "complaints_regulator", "breaches", "satisfaction"),
    ),
    "means": (
        ("Means", "资源"),
        ("collector_hours", "busy_phone", "hang_ups", "budget_spent"),
    ),
}  # fmt: skip
COLOURS = {"better": "blue", "worse": "dark_orange"}
LEGEND = {
    "en": (
        "Differences from the baseline; the range is the 95 % interval of the average difference.",
        "* rows decide: their ranges hold together. All others are for information.",
    ),
    "zh": (
        "与基准的差异；区间为平均差异的 95% 区间。",
        "带 * 的为决策行，其区间同时成立；其余仅供参考。",
    ),
}


def legend(lang: str) -> list[str]:
    """Return what the signs and the ranges mean."""
    order = ("better", "worse", "small", "same", "open")
    signs = [f"{figures.glyph(cell)} {figures.word(cell, lang)}" for cell in order]
    return ["   ".join(signs), *LEGEND[lang]]


LUCK = {
    "en": ("luck", "", "known to", "matters", "runs for that", "variance ratio", "runs saved"),
    "zh": ("随机性", "", "已知到", "有意义", "所需次数", "方差比", "节省次数"),
}


def luck_table(lines: Sequence[tuple[str, ...]], lang: str) -> Table:
    """Return how narrow each deciding difference is, and what the shared luck saved."""
    return plain_table(LUCK[lang], lines, {})


def decision_tables(found: Comparison, lang: str, width: int) -> Iterator[Table]:
    """Yield the table, in several parts where the challengers do not fit beside one another."""
    others = [s for s in found.strategies if s.name != found.baseline]
    challengers = [s for s in others if not s.reference]
    references = [s for s in others if s.reference]
    fit = max(1, (width - LABEL) // COLUMN - 1 - len(references))
    rows = found.differences().set_index(["strategy", "metric"])
    means = found.summary().set_index(["strategy", "metric"])
    for i in range(0, max(1, len(challengers)), fit):
        yield _table(found, challengers[i : i + fit], references, rows, means, lang)


def _table(
    found: Comparison,
    challengers: Sequence[Strategy],
    references: Sequence[Strategy],
    rows: pd.DataFrame,
    means: pd.DataFrame,
    lang: str,
) -> Table:
    zh = lang == "zh"
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("", width=LABEL - 2)
    base = next(s for s in found.strategies if s.name == found.baseline)
    heads = [
        (base, "基准" if zh else "baseline"),
        *((s, _ahead(found, s, rows, zh)) for s in challengers),
    ]
    heads += [(s, "参考线" if zh else "reference") for s in references]
    for strategy, under in heads:
        table.add_column(f"{getattr(strategy.title, lang)}\n{under}", width=COLUMN - 2)
    present = {m.name for m in found.metrics}
    for title, names in GROUPS.values():
        table.add_row(Text(title[zh], style="bold underline"))
        for metric in (METRICS[name] for name in names if name in present):
            values = [_value(means.loc[base.name, metric.name], lang)]
            values += [
                _difference(rows.loc[s.name, metric.name], metric, lang) for s in challengers
            ]
            values += [_value(means.loc[s.name, metric.name], lang) for s in references]
            table.add_row(_label(metric, lang), *values)
    return table


def _ahead(found: Comparison, strategy: Strategy, rows: pd.DataFrame, zh: bool) -> str:
    """In how many replications a challenger has the higher net value."""
    row: Any = rows.loc[strategy.name, "net_value"]
    wins, of = int(row.wins), int(row.replications)
    return f"{of} 次中 {wins} 次领先" if zh else f"ahead in {wins} of {of}"


def _label(metric: Metric, lang: str) -> Text:
    star = " *" if metric.name in DECIDING else ""
    unit = figures.unit(metric.unit, lang)
    if (apart := figures.unit(metric.unit, lang, difference=True)) != unit:
        unit += f"，差异为{apart}" if lang == "zh" else f", differences in {apart}"
    return Text(getattr(metric.title, lang) + star).append(f"\n  {unit}", style="dim")


def _value(row: Any, lang: str) -> Text:
    return Text(figures.number(row["mean"], _half(row), lang=lang))


def _difference(row: Any, metric: Metric, lang: str) -> Text:
    """Two lines: sign, difference and word; the interval."""
    difference, half = float(row["difference"]), _half(row)
    digits = figures.number(difference, half, signed=True, lang=lang)
    ends = figures.interval(row["ci_low"], row["ci_high"], half, signed=True, lang=lang)
    if metric.better == "neither" or not np.isfinite(difference):
        return Text(f"  {digits}").append(f"\n  {ends}", style="dim")
    cell = str(row["better"])
    first = f"{figures.glyph(cell)} {digits} {figures.short(cell, lang)}"
    return Text(first, style=COLOURS.get(cell, "")).append(f"\n  {ends}", style="dim")


def _half(row: Any) -> float:
    return float(row["ci_high"] - row["ci_low"]) / 2
