"""A draft: a scenario on the shelf, what was changed in it, and how it is to be played."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

UNDO = 50  #: steps that can be taken back


@dataclass(frozen=True)
class Draft:
    """A draft.

    Attributes
    ----------
    id
        Random; empty until something is changed.
    base
        A scenario on the shelf.
    changes
        Knob by its path, as typed: what cannot be played stays, so that nothing typed is lost.
    undone
        Earlier (base, changes), the latest last.
    title
        What the user calls it; empty for one that was not saved by name.
    run, baseline
        The last run that was started from it; what the others are measured by.
    strategies
        What is to be compared: names on the shelf, and names of own strategies.
    play
        Options of the command line: replications, accounts, days.
    recipe
        The strategy that is being edited.
    portfolio
        Id of the user's own book; empty for a drawn one.
    """

    id: str = ""
    base: str = "weilidai"
    changes: dict[str, Any] = field(default_factory=dict)
    undone: tuple[tuple[str, dict[str, Any]], ...] = ()
    title: str = ""
    run: str = ""
    baseline: str = "phone_only"
    strategies: tuple[str, ...] = ("phone_only", "team", "process", "ai", "do_nothing")
    play: dict[str, str] = field(default_factory=dict)
    recipe: dict[str, Any] = field(default_factory=dict)
    portfolio: str = ""

    def with_(self, **entries: Any) -> Draft:
        """Return the draft with other entries; nothing to undo in them."""
        return replace(self, **entries)

    def put(self, changes: Mapping[str, Any], base: str | None = None) -> Draft:
        """Return the draft with these changes and no others; the step can be undone."""
        steps = (*self.undone, (self.base, self.changes))[-UNDO:]
        return replace(self, base=base or self.base, changes=dict(changes), undone=steps)

    def undo(self) -> Draft:
        """Take the last step back."""
        if not self.undone:
            return self
        base, changes = self.undone[-1]
        return replace(self, base=base, changes=dict(changes), undone=self.undone[:-1])
