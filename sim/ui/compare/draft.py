"""What a reader has changed of a question and not run yet; the rest stays the question's own.

One draft per reader; it knows of which run or scenario it is a draft. The link holds its id, so
that a reload finds it again.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import streamlit as st

from sim.core.errors import BadInput
from sim.experiments.question import Question
from sim.store.drafts import Setup, open_setup, save_setup
from sim.ui import address, asking
from sim.ui.words import Words, mark

KEY, LINK = "dl_setup", "ask"  #: in the session; in the link
#: What can be changed, as the page calls it.
NAMES = {
    "real": mark("Accounts in your book"),
    "entrants": mark("New late accounts a month"),
    "loan": mark("Median loan"),
    "heads": mark("Collectors"),
    "strategies": mark("Strategies"),
    "baseline": mark("Baseline"),
    "accounts": mark("Simulated accounts"),
    "days": mark("Days"),
    "replications": mark("Runs"),
    "start": mark("Start"),
    "rule": mark("Budget rule"),
    "gain": mark("Net value that matters"),
    "complaints": mark("Complaints may rise by"),
    "satisfaction": mark("Satisfaction may fall by"),
}
WHOLE = {"accounts", "days", "replications"}  #: numbers that are counted, never measured
FIELDS = {"accounts", "days", "replications", "start", "baseline", "strategies"}
#: Knobs of the same number, and what the page's number is divided by.
KNOBS = {
    "loan": ("book.loan_median", 1.0),
    "gain": ("difference.net_value", 100.0),
    "complaints": ("difference.complaints", 100.0),
    "satisfaction": ("difference.satisfaction", 1.0),
}


def changes(of: str) -> dict[str, Any]:
    """Return what is changed of the question *of*; changes of another one are not carried over."""
    kept = st.session_state.get(KEY)
    if kept is None and (name := address.read(LINK)):
        kept = st.session_state[KEY] = open_setup(name)
    if kept is None or kept.of != of:
        return {}
    return {key: value for key, value in kept.changes.items() if key in NAMES}


def change(of: str, key: str, value: Any) -> None:
    """Note a change; what is counted stays a whole number, whatever a widget made of it."""
    if key in WHOLE and isinstance(value, int | float):
        value = round(value)
    kept = st.session_state[KEY] = Setup(of, {**changes(of), key: value})
    with suppress(BadInput):  # where nothing can be written it lasts as long as the session
        address.write(**{LINK: save_setup(kept, address.read(LINK) or "")})


def forget() -> None:
    """Take all changes back."""
    st.session_state.pop(KEY, None)
    address.write(**{LINK: None})


def applied(base: Question, changed: dict[str, Any]) -> Question:
    """Return the question with the changes in it.

    Raises
    ------
    BadInput
        A number that is missing or not allowed.
    """
    for key, value in changed.items():
        if value is None:
            raise BadInput("setup", key, "", "a number")
    found = asking.with_settings(base, _knobs(base, changed))
    if "heads" in changed:  # needs the wage and the book as they are now
        monthly = asking.spend(found.scenario, changed["heads"])
        found = asking.with_settings(found, {"budget.monthly": round(max(1.0, monthly))})
    fields = {key: value for key, value in changed.items() if key in FIELDS}
    if "rule" in changed:
        fields["budget"] = changed["rule"]
    if "strategies" in fields and fields.get("baseline", base.baseline) not in fields["strategies"]:
        fields["baseline"] = next(iter(fields["strategies"]), "")
    return replace(found, **fields)


def _knobs(base: Question, changed: dict[str, Any]) -> dict[str, float | None]:
    found: dict[str, float | None] = {
        path: changed[key] / size for key, (path, size) in KNOBS.items() if key in changed
    }
    real = changed.get("real", base.scenario.book.real_accounts)
    if "real" in changed:
        found["book.real_accounts"] = real
    if "entrants" in changed:
        if real < 1:
            raise BadInput("setup", "real", real, "1 or more")
        found["book.entry_rate"] = changed["entrants"] / real
    return found


def value(question: Question, key: str) -> Any:
    """Return what stands in the field *key* under this question."""
    book, matter = question.scenario.book, question.scenario.difference
    found = {
        "real": book.real_accounts,
        "entrants": round(book.entry_rate * book.real_accounts),
        "loan": book.loan_median,
        "heads": round(asking.collectors(question.scenario), 1),
        "rule": question.budget,
        "gain": 100.0 * matter.net_value,
        "complaints": 100.0 * matter.complaints,
        "satisfaction": matter.satisfaction,
    }
    return found[key] if key in found else getattr(question, key)


def titles(t: Words, changed: dict[str, Any]) -> list[str]:
    """Return the names of what is changed."""
    return [t(NAMES[key]) for key in changed]
