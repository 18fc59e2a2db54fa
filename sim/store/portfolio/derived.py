"""Rules for what a file does not say: each is stated to the user with the accounts it met."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from sim.store.portfolio.ages import lateness
from sim.store.portfolio.checks import Checked, Ints, refusals
from sim.store.portfolio.told import tell

if TYPE_CHECKING:
    from sim.store.portfolio.files import Cells


def on_time(text: str) -> float:
    """Return 1 where a state says that nothing is late, else 0."""
    return float(lateness(text) == 0)


def filled(cells: Cells, used: Mapping[str, str], checked: Checked) -> Checked:
    """Make balances and instalments that are not in the file, and hold claims to what is due."""
    checked = _balance(cells, used, checked)
    checked = _claim(used, checked)
    return _instalment(used, checked)


def _balance(cells: Cells, used: Mapping[str, str], checked: Checked) -> Checked:
    if "balance" in used:
        return checked
    v = checked.values
    if "principal_paid" in used and "loan_amount" in used:
        made, rule = v["loan_amount"] - v["principal_paid"], "the amount lent less principal paid"
        source = used["loan_amount"]
    else:
        made, rule, source = v["past_due"], "what is past due stands for it", used["past_due"]
    nothing = (made <= 0) & ~checked.bad
    checked = checked.refuse(
        nothing, refusals(cells, source, nothing, f"a claim above 0; balance: {rule}")
    )
    told = (*checked.told, tell("made", ours="balance", rule=rule))
    return checked._replace(values={**v, "balance": np.maximum(made, 0)}, told=told)


def _claim(used: Mapping[str, str], checked: Checked) -> Checked:
    """Raise a balance below what is past due: the file's balance is principal only."""
    if "past_due" not in used or "balance" not in used:
        return checked
    v = checked.values
    low = ~checked.bad & (v["past_due"] > v["balance"])
    if not low.any():
        return checked
    told = (*checked.told, tell("principal", n=int(low.sum())))
    balance = np.where(low, v["past_due"], v["balance"])
    return checked._replace(values={**v, "balance": balance}, told=told)


def _instalment(used: Mapping[str, str], checked: Checked) -> Checked:
    v, told = dict(checked.values), list(checked.told)
    if "instalment" not in used:
        v["instalment"], rule = _made(used, v)
        told.append(tell("made", ours="instalment", rule=rule))
    matured = ~checked.bad & (v["instalment"] <= 0)
    if matured.any():
        told.append(tell("matured", n=int(matured.sum())))
    v["instalment"] = np.where(v["instalment"] <= 0, v["balance"], v["instalment"])
    return checked._replace(values=v, told=tuple(told))


def _made(used: Mapping[str, str], v: Mapping[str, Ints]) -> tuple[Ints, str]:
    """Return instalments made of what the file has, and by which rule."""
    if "instalments_left" in used:
        parts, whole, rule = v["instalments_left"], v["balance"], "the balance over what is left"
    elif "loan_amount" in used and "term" in used:
        parts, whole, rule = v["term"], v["loan_amount"], "the amount lent over its term"
    else:
        parts, whole = -(-v["dpd"] // 30), v["past_due"]
        rule = "what is past due over the months late"
    return np.where(parts > 0, -(-whole // np.maximum(parts, 1)), 0), rule
