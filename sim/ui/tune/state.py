"""The draft that a page works on: found by its id in the link, written at every step."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import streamlit as st

from sim.agents import budget
from sim.core.errors import BadInput
from sim.scenario import Scenario
from sim.scenario.changes import Problem, changed, values_of
from sim.store.drafts import Draft, Mine, keep, mine, open_draft
from sim.strategies import SHELF, Strategy
from sim.ui import address, cards
from sim.ui.words import Words

LAST = "dl_draft"  #: in the session, so that the draft outlives a change of page


@dataclass(frozen=True)
class Desk:
    """What lies on the desk: the draft, the scenario it begins with, and what came of them."""

    draft: Draft
    base: Scenario
    scenario: Scenario | None
    problems: tuple[Problem, ...]

    @cached_property
    def values(self) -> dict[str, Any]:
        """The base's values by path."""
        return values_of(self.base)

    @cached_property
    def mine(self) -> dict[str, Mine]:
        """The user's own strategies."""
        return mine()

    @cached_property
    def strategies(self) -> dict[str, Strategy]:
        """All strategies that can be played, the shelf's before own ones."""
        return SHELF | {name: one.strategy for name, one in self.mine.items()}

    @cached_property
    def chosen(self) -> tuple[str, ...]:
        """Strategies to compare that exist."""
        return tuple(name for name in self.draft.strategies if name in self.strategies)

    def title(self, t: Words, name: str) -> str:
        """Return a strategy's title."""
        one = self.strategies.get(name)
        return t.pick(one.title) if one else name

    def unaffordable(self, rule: str = "same") -> list[str]:
        """Return the chosen strategies whose fixed costs the budget does not pay."""
        found = []
        for name in self.chosen if self.scenario else ():
            try:
                budget.staff(self.scenario, self.strategies[name].organisation, 100, rule)  # type: ignore[arg-type]
            except BadInput:
                found.append(name)
        return found


def desk(t: Words) -> Desk | None:
    """Return what lies on the desk; None where the link's draft is not here, which is said."""
    asked = address.read("draft") or st.session_state.get(LAST)
    draft = open_draft(asked) if asked else Draft()
    if draft is None and address.read("draft"):
        _elsewhere(t)
        return None
    draft = draft or Draft()
    if draft.id:
        address.write(draft=draft.id)
        st.session_state[LAST] = draft.id
    return laid(draft)


def laid(draft: Draft) -> Desk:
    """Return what lies on the desk with this draft."""
    base = Scenario.load(draft.base)
    scenario, problems = changed(base, draft.changes)
    return Desk(draft, base, scenario, tuple(problems))


def now() -> Draft:
    """Return the draft as it stands on disk: what a callback works on."""
    asked = address.read("draft") or st.session_state.get(LAST)
    return (open_draft(asked) if asked else None) or Draft()


def save(draft: Draft) -> Draft:
    """Write the draft, and its id into the link."""
    kept = keep(draft)
    st.session_state[LAST] = kept.id
    address.write(draft=kept.id)
    return kept


def _elsewhere(t: Words) -> None:
    cards.card(
        t, "link",
        t("This draft lives on another machine, or was deleted; ask for its file and upload it."),
    )  # fmt: skip
    st.button(t("Begin a new draft"), key="new_draft", on_click=begin)


def begin() -> None:
    """Leave the draft and begin with nothing changed."""
    st.session_state.pop(LAST, None)
    address.write(draft=None, run=None)
