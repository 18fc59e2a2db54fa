"""The one way to refuse what a user gave us."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable

LONGEST = 2_000  #: letters of a line
WIDEST = 160  #: letters of a value, a key or a place in it
#: Unicode's categories of what a terminal obeys instead of showing: controls, marks that turn the
#: direction of writing, halves of pairs, the ends of lines.
OBEYED = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def legible(text: object, most: int = LONGEST) -> str:
    """Return *text* as it may be shown anywhere: control characters escaped, long ones cut.

    Whatever comes from outside goes through this door on its way to a terminal.
    """
    whole = str(text)
    short = whole if len(whole) <= most else f"{whole[: most - 20]}… ({len(whole)} letters)"
    if short.isprintable():
        return short
    return "".join(_escaped(letter) for letter in short)


def _escaped(letter: str) -> str:
    return ascii(letter)[1:-1] if unicodedata.category(letter) in OBEYED else letter


def quoted(value: object) -> str:
    """Return *value* as Python writes it, cut where it is long and whatever it is."""
    try:
        return legible(repr(value), WIDEST)
    except (ValueError, RecursionError):  # a number of thousands of digits; lists in lists
        return "…"


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
        # SimPy makes what a process raises again, from its arguments.
        super().__init__(str(where), key, value, allowed)

    def __str__(self) -> str:
        place = legible(self.where, WIDEST)
        place = f"{place}: {legible(self.key, WIDEST)}" if self.key else place
        return legible(f"{place} = {quoted(self.value)}: {legible(self.allowed, LONGEST)}")

    def __reduce__(self) -> tuple[type[BadInput], tuple[object, ...]]:
        """Travel between processes by what it was made of."""
        return type(self), (self.where, self.key, self.value, self.allowed)


def choose(where: object, key: str, value: str, known: Iterable[str]) -> str:
    """Return *value* if it is one of *known*; refuse it otherwise, naming the nearest."""
    names = sorted(known)
    if isinstance(value, str) and value in names:
        return value
    near = difflib.get_close_matches(str(value)[:WIDEST], names, n=1, cutoff=0.6)
    hint = f"; did you mean {near[0]!r}?" if near and isinstance(value, str) else ""
    raise BadInput(where, key, value, f"allowed: {', '.join(names)}{hint}")
