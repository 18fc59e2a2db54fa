"""Is a small book a part of a large one? The same question at several sizes, and the drift."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from sim.compare import figures, stats
from sim.compare.comparison import Comparison, compare
from sim.compare.comparison.result import DECIDING, METRICS
from sim.core.errors import BadInput
from sim.scenario import Scenario

SIZES = (300, 1_000, 5_000, 20_000)
USUAL = ("phone_only", "team", "process", "ai")
GAIN = "net_value gain"  #: over the first strategy, with the same luck
#: Accounts in all at each size: small books are drawn more often.
ACCOUNTS = 20_000
FEWEST, MOST = 4, 40  #: replications at one size


class Row(NamedTuple):
    """One deciding measure of one strategy at one size, against the largest size."""

    strategy: str
    metric: str
    accounts: int
    replications: int
    value: float
    half_width: float
    drift: float  #: from the value at the largest size
    drift_half_width: float
    matters: float  #: the difference that matters
    state: str  #: ``small`` below what matters, ``drifts`` above it, ``open``; ``-`` at the largest


def replications_at(accounts: int, budget: int = ACCOUNTS) -> int:
    """Return how often a book of *accounts* is drawn, so that sizes are known alike."""
    return max(FEWEST, min(MOST, budget // accounts))


def scaled(
    scenario: Scenario,
    strategies: Sequence[str] = USUAL,
    *,
    sizes: Sequence[int] = SIZES,
    days: int | None = None,
    seed: int = 0,
    budget: int = ACCOUNTS,
    played: Callable[[int, int], None] | None = None,
) -> list[Row]:
    """Play *scenario* at each of *sizes* and return every deciding measure with its drift."""
    if len(set(sizes)) < 2 or min(sizes) < 50:
        raise BadInput("--sizes", "", ",".join(map(str, sizes)), "two or more, each at least 50")
    found = {}
    for i, accounts in enumerate(sorted(set(sizes))):
        found[accounts] = compare(
            scenario, list(strategies), replications=replications_at(accounts, budget),
            accounts=accounts, days=days, seed=seed, baseline=strategies[0],
        )  # fmt: skip
        if played is not None:
            played(i + 1, len(set(sizes)))
    rows = [
        row
        for name in strategies
        for metric in DECIDING
        for row in _rows(found, name, metric, _level)
    ]
    gains = [row for name in strategies[1:] for row in _rows(found, name, "net_value", _gain)]
    return rows + [row._replace(metric=GAIN) for row in gains]


Known = Callable[[Comparison, str, str], tuple[float, float]]


def _rows(found: dict[int, Comparison], strategy: str, metric: str, known: Known) -> list[Row]:
    largest = max(found)
    top, top_half = known(found[largest], strategy, metric)
    matters = found[largest].margin(metric)
    rows = []
    for accounts, one in found.items():
        value, half = known(one, strategy, metric)
        drift, width = value - top, float(np.hypot(half, top_half))
        state = "-" if accounts == largest else _state(drift, width, matters)
        rows.append(
            Row(strategy, metric, accounts, len(one.replications), value, half, drift, width,
                matters, state)
        )  # fmt: skip
    return rows


def _level(one: Comparison, strategy: str, metric: str) -> tuple[float, float]:
    """Return a measure's mean and the half-width of its 95 % interval."""
    ratio = one.ratio(strategy, metric)
    low, high = stats.interval(ratio)
    return float(ratio.estimate), (high - low) / 2.0


def _gain(one: Comparison, strategy: str, metric: str) -> tuple[float, float]:
    """Return a strategy's gain over the first one, paired by luck, and its half-width."""
    rows = one.differences(one.baseline)
    row = rows[(rows["strategy"] == strategy) & (rows["metric"] == metric)].iloc[0]
    return float(row["difference"]), float(row["ci_high"] - row["ci_low"]) / 2.0


def _state(drift: float, width: float, matters: float) -> str:
    if abs(drift) + width <= matters:
        return "small"
    return "drifts" if abs(drift) - width > matters else "open"


def sentence(rows: Sequence[Row], lang: str = "en") -> str:
    """Say by how much the measures of small books are off, and where that matters."""
    wrong = [r for r in rows if r.state == "drifts"]
    if not wrong:
        asked = sum(r.state != "-" for r in rows)
        unsettled = sum(r.state == "open" for r in rows)
        text = (
            "No deciding measure is shown to drift with the size of the book by more than matters; "
            f"for {unsettled} of {asked} luck does not settle it.",
            "未发现决策指标随账本规模漂移超过有意义的差别；"
            f"{asked} 项中有 {unsettled} 项因随机波动尚不能判定。",
        )
        return text[lang == "zh"]
    worst = max(wrong, key=lambda r: abs(r.drift) / r.matters if r.matters else 0.0)
    title = getattr(METRICS[worst.metric.partition(" ")[0]].title, lang)
    drift = figures.number(worst.drift, worst.drift_half_width, signed=True, lang=lang)
    matters = figures.number(worst.matters, worst.matters / 10.0, lang=lang)
    if lang == "zh":
        return (
            f"{len(wrong)} 项指标随规模漂移；最大的是 {worst.accounts} 户时“{worst.strategy}”的"
            f"{title}：偏离 {drift}（有意义的差别 {matters}）。"
        )
    return (
        f"{len(wrong)} measures drift with size; most of all {title} of {worst.strategy} at "
        f"{worst.accounts:,} accounts: off by {drift}, where {matters} matters."
    )
