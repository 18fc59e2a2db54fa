"""What stands beside net value: how far one looks, and where the doubt comes from."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import numpy as np

from sim.compare import figures
from sim.compare.comparison import Comparison
from sim.compare.comparison.result import ADDED
from sim.compare.verdict import FEWEST
from sim.show.charts.frame import metric_title, name_of
from sim.show.report.words import text


def lines(comparison: Comparison, lang: str) -> list[str]:
    """Return how open claims are valued, and one line per strategy on horizon and on doubt."""
    rivals = comparison.candidates(comparison.baseline)
    if len(comparison.replications) < FEWEST or not rivals:
        return []
    return [
        *late_cash(comparison, lang),
        valued(comparison, lang),
        *horizons(comparison, lang),
        *sources(comparison, lang),
    ]


def late_cash(comparison: Comparison, lang: str) -> list[str]:
    """Return a sentence where what was paid late and all cash surely differ in sign, else none."""
    rows = comparison.differences().to_dict("records")
    late, cash = (
        {str(row["strategy"]): row for row in rows if row["metric"] == metric}
        for metric in (ADDED.name, "value_cash")
    )
    gaps = {
        who: abs(float(cash[who]["difference"] - late[who]["difference"]))
        for who in (s.name for s in comparison.candidates(comparison.baseline))
        if who in late and who in cash and _sign(late[who]) * _sign(cash[who]) < 0
    }
    if not gaps:
        return []
    who = max(gaps, key=lambda name: gaps[name])
    half = min(_half(late[who]), _half(cash[who]))
    one, whole = float(late[who]["difference"]), float(cash[who]["difference"])
    return [
        text(
            "late_cash", lang, added=metric_title(ADDED.name, lang),
            cash=metric_title("value_cash", lang),
            who=name_of(comparison, who, lang), C=name_of(comparison, comparison.baseline, lang),
            late=_signed(one, half, lang),
            rest=_signed(whole - one, half, lang), sum=_signed(whole, half, lang),
        )
    ]  # fmt: skip


def valued(comparison: Comparison, lang: str) -> str:
    """Return how what is open at the end is valued."""
    at = comparison.setting
    if at.value == "table":
        return text("valued_table", lang)
    if at.continuation == "own":
        return text("valued_own", lang)
    from sim.strategies import SHELF

    return text("valued_played", lang, who=str(getattr(SHELF[at.continuation].title, lang)))


def horizons(comparison: Comparison, lang: str) -> list[str]:
    """Return per strategy its difference by how many days open claims are played on."""
    rows = comparison.horizons().to_dict("records")
    found = []
    for name, group in groupby(rows, key=lambda row: row["strategy"]):
        parts = [
            text(
                "on_days", lang, n=row["days"], d=_signed(row["difference"], _half(row), lang),
                lo=_signed(row["ci_low"], _half(row), lang),
                hi=_signed(row["ci_high"], _half(row), lang),
            )
            for row in group
        ]  # fmt: skip
        joined = "；" if lang == "zh" else "; "
        who = name_of(comparison, str(name), lang)
        found.append(text("horizons", lang, who=who, parts=joined.join(parts)))
    return found


def sources(comparison: Comparison, lang: str) -> list[str]:
    """Return per strategy how much luck, pools and fits move one replication's difference."""
    groups, found = len(set(comparison.labels)), []
    for row in comparison.doubts().to_dict("records"):
        shown = [
            text(f"from_{part}", lang, sd=_money(float(row[part]), lang))
            for part in ("luck", "pool", "fit")
            if np.isfinite(row[part]) and (row[part] > 0 or part != "fit")
        ]
        if not np.isfinite(row["luck"]):
            shown[:0] = [text("from_all", lang, sd=_money(float(row["total"]), lang))]
        who = name_of(comparison, str(row["strategy"]), lang)
        joined = "，" if lang == "zh" else ", "
        found.append(text("doubts", lang, who=who, k=groups, parts=joined.join(shown)))
    return found


def _sign(row: Any) -> int:
    """Return the sign that the whole interval has, 0 where it holds zero."""
    return int(row["ci_low"] > 0) - int(row["ci_high"] < 0)


def _half(row: Any) -> float:
    return float(row["ci_high"] - row["ci_low"]) / 2


def _signed(value: float, half: float, lang: str) -> str:
    known = half if np.isfinite(half) and half > 0 else None
    return figures.money(float(value), known, lang=lang, signed=True)


def _money(value: float, lang: str) -> str:
    return figures.money(value, value / 5 or None, lang=lang)
