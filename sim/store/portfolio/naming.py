"""Which column of a file is which of ours: by the user's word, by known names, or by neither."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from sim.core.errors import BadInput, choose
from sim.store.portfolio.files import Cells, used_once
from sim.store.portfolio.names import (
    CHINESE,
    GUESSES,
    PUBLISHED,
    full_key,
    key_of,
    split_unit,
)
from sim.store.portfolio.phrases import by_phrase, is_name
from sim.store.portfolio.privacy import is_personal_number, shown
from sim.store.portfolio.told import Told, tell

#: Columns that help to make ours, read where they are in the file.
HELPERS = ("due_date", "last_payment_date", "report_date", "status", "loan_amount", "term",
           "principal_paid", "instalments_left", "customer")  # fmt: skip
#: What a mapping may decide beside columns, and how.
LONGEST = 40  #: letters of a header that a message repeats
CHOICES = {
    "decimal": (".", ","),
    "dates": ("day-first", "month-first", "year-first"),
    "as_of": (),
    "sheet": (),
}


class Naming(NamedTuple):
    """A file's columns under our names.

    Parameters
    ----------
    cells
        The file, with columns of one value that the user has set.
    used
        Our name to the file's.
    choices
        What the user decides beside columns.
    told
        What was ambiguous and is not needed.
    header
        The file's own names.
    """

    cells: Cells
    used: dict[str, str]
    choices: dict[str, str]
    told: tuple[Told, ...]
    header: list[str]


def split(mapping: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return what a mapping says of columns, and what it decides beside them."""
    choices = {key: value for key, value in mapping.items() if key in CHOICES}
    for key, value in choices.items():
        if CHOICES[key] and value:
            choose("mapping", key, value, CHOICES[key])
    columns = {key: value for key, value in mapping.items() if key not in CHOICES}
    return columns, {key: value for key, value in choices.items() if value}


def named(
    cells: Cells, mapping: Mapping[str, str], names: Sequence[str], needed: Sequence[str]
) -> Naming:
    """Return which column is which.

    Raises
    ------
    BadInput
        A mapping that fits no column, several columns for one that is needed, or none.
    """
    columns, choices = split(mapping)
    known = (*names, *HELPERS)
    header = cells.header
    used: dict[str, str] = {}
    for ours, theirs in columns.items():
        choose("mapping", "column", ours, known)
        if theirs.startswith("="):
            cells = cells._replace(frame=cells.frame.assign(**{theirs: theirs[1:].strip()}))
            used[ours] = theirs
        elif theirs:
            used[ours] = used_once(cells, named_column(cells.name, ours, theirs, header))
    told = _guesses(cells, used, [n for n in (*names, *HELPERS) if n not in columns], needed)
    used = _stand_ins(used)
    _refuse_missing(cells, used, needed)
    return Naming(cells, used, choices, tuple(told), header)


def named_column(where: str, ours: str, theirs: str, header: Sequence[str]) -> str:
    """Return the file's column that a user names, letter by letter or nearly so."""
    if theirs in header:
        return theirs
    near = [one for one in header if full_key(one) == full_key(theirs)]
    if len(near) == 1:
        return near[0]
    # Without a header line, line 1 is a debtor: no message may list the numbers in it.
    sayable = [one for one in header if not is_personal_number(one)]
    return choose(where, f"mapping.{ours}", theirs, sayable)


def sayable(header: Sequence[str]) -> dict[str, str]:
    """Return how a message names each column: in full where the line is surely a header.

    Without a header line, line 1 is a debtor, of whom nothing is repeated.
    """
    sure = sum(map(is_name, header)) > 1
    full = {one: one if len(one) <= LONGEST else f"{one[:LONGEST]}…" for one in header}
    return {
        one: full[one] if (sure or is_name(one)) and not is_personal_number(one)
        else shown(one) for one in header
    }  # fmt: skip


def _guesses(
    cells: Cells, used: dict[str, str], wanted: Sequence[str], needed: Collection[str]
) -> list[Told]:
    """Add what known names tell; several columns for what is not needed are none."""
    told = []
    free = [header for header in cells.header if header not in used.values()]
    for ours in wanted:
        # A claim of one payment: the user's instalment may be the balance too.
        fitting = guess(ours, free) or (guess(ours, cells.header) if ours == "balance" else [])
        if len(fitting) > 1 and ours in needed:
            allowed = f"several columns fit {ours}; say which by the mapping"
            raise BadInput(cells.name, "columns", ", ".join(fitting), allowed)
        if len(fitting) > 1:
            says = sayable(cells.header)
            columns = ", ".join(says[one] for one in fitting)
            told.append(tell("aside", column=columns, ours=ours, why="several columns fit"))
        if len(fitting) == 1 and (ours in needed or fitting[0] not in cells.twice):
            used[ours] = used_once(cells, fitting[0])
            free = [header for header in free if header != fitting[0]]
    return told


def guess(ours: str, free: Sequence[str]) -> list[str]:
    """Return the columns in *free* that are *ours*: by our name, a usual, a published, a phrase."""
    if ours in free:
        return [ours]
    fitting = [header for header in free if _fits(header, (ours, *GUESSES.get(ours, ())))]
    if fitting:
        return fitting
    for name in PUBLISHED.get(ours, ()):
        for header in free:
            if _fits(header, (name,)):
                return [header]
    return by_phrase(ours, free)


def _fits(header: str, names: Collection[str]) -> bool:
    full, short = full_key(header), key_of(header)
    return any(full_key(n) == full or (not split_unit(n)[1] and key_of(n) == short) for n in names)


def guessed(header: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    """Return our name to the file's where exactly one column fits."""
    found: dict[str, str] = {}
    for ours in names:
        fitting = guess(ours, [column for column in header if column not in found.values()])
        if len(fitting) == 1:
            found[ours] = fitting[0]
    return found


def _stand_ins(used: dict[str, str]) -> dict[str, str]:
    """Let dates stand in for ages, and a state for days past due."""
    found = dict(used)
    for ours, others in (("dpd", ("due_date", "status")),
                         ("days_since_payment", ("last_payment_date",))):  # fmt: skip
        for other in others:
            if ours not in found and other in found:
                found[ours] = found[other]
    return found


#: What a needed column can be made of, where it is not in the file.
MADE_OF = {
    "balance": (("loan_amount", "principal_paid"), ("past_due",)),
    "instalment": (("instalments_left",), ("loan_amount", "term"), ("past_due",)),
}


def _refuse_missing(cells: Cells, used: Mapping[str, str], needed: Sequence[str]) -> None:
    missing = [
        name for name in needed
        if name not in used and not any(set(ways) <= set(used) for ways in MADE_OF.get(name, ()))
    ]  # fmt: skip
    if not missing:
        return
    theirs = [header for header in used.values() if not header.startswith("=")]
    says = sayable(cells.header)
    known = ", ".join(says[header] for header in dict.fromkeys(theirs)) or "none of ours"
    chinese = any(not header.isascii() for header in theirs)
    wanted = ", ".join(f"{n} ({CHINESE[n]})" if chinese and n in CHINESE else n for n in missing)
    allowed = f"needed too: {wanted}; name them so or give a mapping{_near(cells, missing)}"
    raise BadInput(cells.name, "columns", known, allowed)


def _near(cells: Cells, missing: Sequence[str]) -> str:
    """Return the column whose name is nearest to the first that is missing."""
    usable = [header for header in cells.header if not is_personal_number(header)]
    near = difflib.get_close_matches(missing[0], usable, n=1, cutoff=0.75)
    return f", such as {missing[0]}={near[0]}" if near else ""
