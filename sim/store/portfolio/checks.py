"""Check text cells against rules; keep every refusal, go on with the other rows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.core.errors import BadInput
from sim.store.portfolio.columns import Hints, column, with_usual
from sim.store.portfolio.forms import Floats, Twofold
from sim.store.portfolio.privacy import is_personal, masked, shown
from sim.store.portfolio.text import matches
from sim.store.portfolio.told import Told, tell

if TYPE_CHECKING:
    from sim.store.portfolio.files import Cells

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

WHOLE_ID = r"[0-9]{1,18}"
# What spreadsheets make of a long account number: the digits are lost.
SHORTENED = r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]+"


class Refusal(NamedTuple):
    """A cell that keeps its row out of the portfolio.

    Parameters
    ----------
    line
        Line in the file; the header is line 1.
    column
        The file's name for the column; ``(row)`` where the row itself is at fault.
    value
        What stands there, shortened; masked where it may identify a person.
    allowed
        What would be accepted.
    """

    line: int
    column: str
    value: str
    allowed: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.column} = {self.value!r}: {self.allowed}"


class Rule(NamedTuple):
    """What a column may hold.

    Parameters
    ----------
    low, high
        Smallest and largest value; in cents where `money`.
    money
        The cells are currency units, their values cents.
    needed
        An empty cell is refused.
    allowed
        The rule in words.
    age
        The value is an age in days: durations and dates are read too; ``late`` takes labels.
    must
        The column is never set aside, though its cells may be empty.
    """

    low: int
    high: int
    money: bool
    needed: bool
    allowed: str
    age: str = ""
    must: bool = False


class Checked(NamedTuple):
    """The values of the checked columns.

    Parameters
    ----------
    values
        Our column name to int64 values; 0 where bad or empty.
    empty
        Our column name to a bool per row: nothing stands there.
    bad
        bool per row: at least one cell was refused.
    refused
        The refusals.
    told
        How columns were read, where that is worth a line.
    """

    values: dict[str, Ints]
    empty: dict[str, Bools]
    bad: Bools
    refused: list[Refusal]
    told: tuple[Told, ...] = ()

    def refuse(self, rows: Bools, refusals: list[Refusal]) -> Checked:
        """Return the same with *rows* refused for the reasons in *refusals*."""
        return self._replace(bad=self.bad | rows, refused=[*self.refused, *refusals])


def check(
    cells: Cells, used: dict[str, str], rules: dict[str, Rule], hints: Hints | None = None
) -> Checked:
    """Turn text into numbers.

    Parameters
    ----------
    cells
        The file.
    used
        Our column name to the file's, for the columns that the file has.
    rules
        Our column name to its rule; a column that is not in *used* is empty.
    hints
        What is known of the file's forms beside the column itself.

    Raises
    ------
    BadInput
        A column that is needed fits two forms.
    """
    size = len(cells.lines)
    hints = with_usual(cells, used, rules, hints or Hints())
    checked = Checked({}, {}, np.zeros(size, dtype=np.bool_), [])
    for ours, rule in rules.items():
        checked.values[ours] = np.zeros(size, dtype=np.int64)
        checked.empty[ours] = np.ones(size, dtype=np.bool_)
        if ours in used:
            checked = _checked(cells, used[ours], ours, rule, hints, checked)
    return checked


def _checked(
    cells: Cells, header: str, ours: str, rule: Rule, hints: Hints, checked: Checked
) -> Checked:
    """Add the values of one column, or set an optional column aside and say why."""
    text = cells.frame[header]
    try:
        found = column(header, text, rule, hints)
    except Twofold as twofold:
        if rule.needed or rule.must:
            raise BadInput(cells.name, header, twofold.cell, twofold.allowed) from None
        aside = tell("aside", column=header, ours=ours, why=twofold.allowed)
        return checked._replace(told=(*checked.told, aside))
    values, bad = _within(found.units, found.empty, rule)
    filled = ~found.empty
    if not (rule.needed or rule.must) and bad.sum() > 1 and 2 * bad.sum() > filled.sum():
        aside = tell("aside", column=header, ours=ours, why=rule.allowed)
        return checked._replace(told=(*checked.told, aside))
    checked.values[ours], checked.empty[ours] = values, found.empty
    checked = checked._replace(told=(*checked.told, *found.told))
    return checked.refuse(bad, refusals(cells, header, bad, rule.allowed))


def refusals(cells: Cells, header: str, rows: Bools, allowed: str) -> list[Refusal]:
    """Return one refusal of column *header* for each of *rows*."""
    text = cells.frame.loc[rows, header]
    return [
        Refusal(int(line), header, shown(value), allowed)
        for line, value in zip(cells.lines[rows], text, strict=True)
    ]


def _within(units: Floats, empty: Bools, rule: Rule) -> tuple[Ints, Bools]:
    """Return the values, and which are bad."""
    number = np.isfinite(units)
    exact = np.where(number, units, 0.0)
    if rule.money:
        exact = np.floor(exact * 100 + 0.5)  # to the nearest cent
    inside = (exact >= rule.low) & (exact <= rule.high) & (rule.money | (exact % 1 == 0))
    bad = np.where(empty, rule.needed, ~number | ~inside)
    return np.where(bad | empty, 0, exact).astype(np.int64), bad


def identify(cells: Cells, header: str, checked: Checked) -> Checked:
    """Add ``account_id``: the file's integers, or the row's number where it has texts.

    Texts are replaced by 1, 2, 3 ... in the order of the file's rows and kept nowhere; refused
    rows count too, so that the number still finds the account in the lender's own file.
    """
    keys = [_key(text) for text in cells.frame[header]]
    whole = matches(keys, WHOLE_ID)
    reasons = _reasons(keys)
    # A total line with a word in it must not turn a file of numbers into a file of texts.
    sound = ~checked.bad & (reasons == "")
    if sound.any() and whole[sound].all():
        reasons[(reasons == "") & ~whole] = "a whole number, as in the other rows"
        ids = [int(key) if fits else 0 for key, fits in zip(keys, whole, strict=True)]
        values = np.array(ids, dtype=np.int64)
    else:
        values = np.arange(1, len(keys) + 1, dtype=np.int64)
    found = [
        Refusal(int(line), header, _shown_id(key), reason)
        for line, key, reason in zip(cells.lines, keys, reasons, strict=True)
        if reason
    ]
    checked = checked.refuse(reasons != "", found)
    return checked._replace(values={"account_id": values, **checked.values})


def _key(text: str) -> str:
    """Return *text* so that equal account numbers are equal: 7, 007 and 7.0 are one."""
    if re.fullmatch(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.0+)?", text):
        text = text.replace(",", "")
    number = re.fullmatch(r"0*([0-9]+)(?:\.0+)?", text)
    return number[1] if number else text


def _reasons(keys: list[str]) -> npt.NDArray[np.object_]:
    """Return why each account number is refused, "" where it is not."""
    reasons = np.full(len(keys), "", dtype=object)
    reasons[pd.Series(keys, dtype="str").duplicated()] = "each account once; an earlier row has it"
    reasons[matches(keys, SHORTENED)] = "all digits; a spreadsheet has shortened this number"
    reasons[matches(keys, r"-[0-9]+")] = "0 or more"
    reasons[[is_personal(key) for key in keys]] = "no phone number, identity number or name"
    reasons[matches(keys, "")] = "a number or a text"
    return reasons


def _shown_id(key: str) -> str:
    """Return an account number for a message; texts are kept nowhere."""
    number = re.fullmatch(rf"-?[0-9]*|{SHORTENED}", key)
    return shown(key) if number else masked(key)
