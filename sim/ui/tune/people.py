"""Collectors and spend: the monthly budget, which the schema knows, as the people it pays."""

from __future__ import annotations

import streamlit as st

from sim.agents import budget
from sim.ui import asking, press
from sim.ui.held import held
from sim.ui.siblings import BUDGET
from sim.ui.tune import state
from sim.ui.tune.state import Desk
from sim.ui.words import Words

GROUPS = ("people", "money")  #: of the inputs among which this is looked for
#: What somebody types who looks for it.
SOUGHT = ("collector", "staff", "people", "seat", "spend", "budget",
          "催收员", "人员", "员工", "坐席", "支出", "预算")  # fmt: skip
FIFTH = 0.8


def sought(group: str, wanted: str) -> bool:
    """Tell whether the reader looks for the number of people."""
    typed = wanted.casefold().strip()
    if not typed:
        return group in GROUPS
    return any(word.startswith(typed) or word in typed for word in SOUGHT)


def show(t: Words, desk: Desk) -> None:
    """Say how many collectors the budget pays, and let it be fewer or more."""
    if desk.scenario is None:
        return
    size = 1e4 if t.lang == "zh" else 1e3
    heads = asking.collectors(desk.scenario)
    spend = round(budget.monthly(desk.scenario) / size)
    with st.container(key="tune_write_people", border=True):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            with held("people_heads", round(heads)):
                st.number_input(t("Collectors"), key="people_heads", step=1, on_change=_heads)
            with held("people_spend", spend):
                st.number_input(
                    t("Spend a month ({unit})", unit=t("CNY thousand")), key="people_spend",
                    step=1, on_change=_spend, args=(size,),
                )  # fmt: skip
            for label, share, key in (
                (t("A fifth fewer collectors"), FIFTH, "people_fewer"),
                (t("A quarter more"), 1.0 / FIFTH, "people_more"),
            ):
                press.act(label, key, _change, heads * share, primary=False)
        st.caption(
            t("Two faces of one input, {path}: the money of a month, and the collectors of the "
              "real book at the usual wage that it pays beside the complaint desk.", path=BUDGET)
        )  # fmt: skip


def _heads() -> None:
    _change(st.session_state["people_heads"])


def _spend(size: float) -> None:
    entered = st.session_state["people_spend"]
    _keep(None if entered is None else entered * size)


def _change(heads: float | None) -> None:
    scenario = state.laid(state.now()).scenario
    if scenario is not None:
        _keep(None if heads is None else asking.spend(scenario, heads))


def _keep(monthly: float | None) -> None:
    """Write the budget into the draft; nothing takes it back to the base's own."""
    draft = state.now()
    changes = {path: value for path, value in draft.changes.items() if path != BUDGET}
    if monthly is not None:
        changes[BUDGET] = float(round(max(1.0, monthly)))
    state.save(draft.put(changes))
