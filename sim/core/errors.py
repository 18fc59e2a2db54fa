"""The one way to refuse what a user gave us."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class BadInput(ValueError):
    """Refused input: one line that names the place, the key, the value and what is allowed.

    Parameters
    ----------
    where
        The file, option or argument that holds the value.
    key
        The dotted key, column or line inside it; empty where the place itself is at fault.
    value
        What was found there.
    allowed
        What would be accepted, as a phrase.
    """

    def __init__(self, where: object, key: str, value: object, allowed: str) -> None:
        self.where, self.key, self.value, self.allowed = str(where), key, value, allowed
        # An engine of processes makes an error anew of its arguments: they are all four.
        super().__init__(self.where, key, value, allowed)

    def __str__(self) -> str:
        """Return the line."""
        place = f"{self.where}: {self.key}" if self.key else self.where
        return f"{place} = {self.value!r}: {self.allowed}"

    def __reduce__(self) -> tuple[type[BadInput], tuple[object, ...]]:
        """Travel between processes by what it was made of."""
        return type(self), (self.where, self.key, self.value, self.allowed)


def choose(where: object, key: str, value: str, known: Iterable[str]) -> str:
    """Return *value* if it is one of *known*; refuse it otherwise, naming the nearest."""
    names = sorted(known)
    if value in names:
        return value
    near = difflib.get_close_matches(value, names, n=1, cutoff=0.6)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise BadInput(where, key, value, f"allowed: {', '.join(names)}{hint}")
