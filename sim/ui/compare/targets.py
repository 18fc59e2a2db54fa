"""Four targets: in how many of the simulated runs each strategy meets them, and all at once."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from sim.compare.comparison import METRICS, Comparison
from sim.show.charts.frame import metric_title, name_of
from sim.ui import cards
from sim.ui.held import held
from sim.ui.words import Words

#: Metric, and whether it must reach the target from above.
TARGETS = {
    "recovery_rate": True,
    "overdue_rate": False,
    "complaints": False,
    "satisfaction": True,
}
KEY = "dl_targets"


def show(t: Words, found: Comparison) -> None:
    """Ask for the targets and show how often each strategy meets them."""
    st.caption(t("Type what you want to reach; the first values are the baseline's averages."))
    wanted = {}
    with st.grid(min_column_width=200):
        for metric in TARGETS:
            wanted[metric] = _ask(t, found, metric)
    if None in wanted.values():
        cards.card(t, "note", t("A number is missing."))
        return
    targets = {metric: float(value) for metric, value in wanted.items() if value is not None}
    heads = (t("Strategy"), *(_sign(t, m, v) for m, v in targets.items()), t("all four"))
    st.html(
        cards.table(
            heads,
            [_row(t, found, s.name, targets) for s in found.strategies],
            t("In how many of the simulated runs a strategy meets the target."),
        )
    )


def _ask(t: Words, found: Comparison, metric: str) -> float | None:
    """Return the target for *metric*; the baseline's average until the reader types another."""
    widget = f"target_{metric}"
    kept = st.session_state.setdefault(KEY, {})
    usual = float(np.nan_to_num(round(found.ratio(found.baseline, metric).estimate, 2)))
    unit = t.unit(METRICS[metric].unit)
    title = metric_title(metric, t.lang)
    least = t("at least") if TARGETS[metric] else t("at most")
    with held(widget, kept.get(metric, usual)):
        value = st.number_input(
            f"{title}，{least}（{unit}）" if t.lang == "zh" else f"{title}, {least} ({unit})",
            key=widget, format="%.2f", step=0.1, on_change=_keep, args=(metric,),
        )  # fmt: skip
    return None if value is None else float(value)


def _keep(metric: str) -> None:
    st.session_state.setdefault(KEY, {})[metric] = st.session_state[f"target_{metric}"]


def _sign(t: Words, metric: str, target: float) -> str:
    return f"{metric_title(metric, t.lang)} {'≥' if TARGETS[metric] else '≤'} {t.number(target)}"


def met(found: Comparison, strategy: str, metric: str, target: float) -> NDArray[np.bool_]:
    """Tell for each replication whether the strategy meets the target."""
    values = found.values(strategy, metric)
    reached: NDArray[np.bool_] = values >= target if TARGETS[metric] else values <= target
    return reached


def _row(t: Words, found: Comparison, strategy: str, targets: dict[str, float]) -> tuple[str, ...]:
    each = [met(found, strategy, metric, target) for metric, target in targets.items()]
    both = np.logical_and.reduce(each)
    counts = [int(one.sum()) for one in (*each, both)]
    n = len(both)
    return (
        name_of(found, strategy, t.lang),
        *(t("met in {k} of {n} runs", k=k, n=n) for k in counts),
    )
