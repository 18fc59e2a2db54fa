"""The layout "table": one row per account under our names, or names mapped to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.store.portfolio import derived
from sim.store.portfolio.checks import Checked, Ints, Refusal, Rule, check, identify, refusals
from sim.store.portfolio.columns import Hints, closed, column, day_of_rows, distinct
from sim.store.portfolio.files import Cells
from sim.store.portfolio.forms import Twofold, day_in, is_missing
from sim.store.portfolio.naming import HELPERS, Naming, named, sayable
from sim.store.portfolio.naming import guessed as guessed_in
from sim.store.portfolio.privacy import (
    is_personal_number,
    refuse_personal,
    speaks_of_persons,
    why_personal,
)
from sim.store.portfolio.privacy import shown as safe
from sim.store.portfolio.told import Told, tell

LARGEST = 1_000_000_000  # currency units per account; keeps sums in cents inside 64 bits
MONTHS_UNKNOWN = 12  # assumed: old enough for a history, as in the UCI file
UNKNOWN = -1  # days since a payment that nobody recorded

COLUMNS = (
    *("account_id", "balance", "past_due", "instalment", "instalments_left", "months_on_book"),
    *("dpd", "bucket", "grade", "region", "product", "late_months", "days_since_payment"),
    *("last_payment", "promises_kept", "promises_broken", "last_bucket", "months_seen"),
    *("promise_in_days", "promised", "plan_status", "plan_kept", "known"),
)
#: What a file may say or not: bit *i* of ``known`` tells whether the row says the *i*-th of these.
TOLD = (
    *("months_on_book", "grade", "late_months", "days_since_payment", "last_payment"),
    *("promises_kept", "promises_broken", "last_bucket", "months_seen"),
    *("promise_in_days", "promised", "plan_status", "plan_kept", "past_due"),
)


def money(low: int, needed: bool = False) -> Rule:
    """Return the rule for an amount of at least *low* cents."""
    least = "above 0" if low else "of 0 or more"
    words = f"an amount {least} and at most {LARGEST}, such as 1234.56"
    return Rule(low, LARGEST * 100, True, needed, words)


def count(low: int, high: int, needed: bool = False, age: str = "") -> Rule:
    """Return the rule for a whole number."""
    return Rule(low, high, False, needed, f"a whole number from {low} to {high}", age)


RULES = {
    "balance": money(1, needed=True),
    # Nothing falls due any more on a loan past its last day: an empty cell has a rule.
    "instalment": money(1)._replace(low=0, must=True),
    "dpd": count(0, 3650, needed=True, age="late"),
    "past_due": money(0),
    "months_on_book": count(0, 1200),
    "grade": count(0, 4),
    "region": count(0, 3),
    "product": count(0, 99),
    "late_months": count(0, 1200),
    "days_since_payment": count(-1, 36500, age="since"),
    "last_payment": money(0),
    "promises_kept": count(0, 1000),
    "promises_broken": count(0, 1000),
    "last_bucket": count(0, 122),
    "months_seen": count(1, 1200),
    "promise_in_days": count(-1, 365),
    "promised": money(0),
    "plan_status": count(0, 3),
    "plan_kept": count(0, 100),
}
NAMES = ("account_id", *RULES)
NEEDED = ("account_id", "balance", "instalment", "dpd")
#: Codes that a lender may have of its own; they are kept as segments.
CODED = ("grade", "region", "product")
MOST_VALUES = 100  #: of a segment
#: What helps to make a column of ours: an amount or a count, none of them needed.
MAKING = {
    "loan_amount": money(0),
    "principal_paid": money(0),
    "term": count(0, 1200),
    "instalments_left": count(0, 1200),
}


class Accepted(NamedTuple):
    """What a layout made of a file.

    Parameters
    ----------
    accounts
        One row per account.
    refused
        The refused cells.
    told
        How the file was read.
    segments
        The lender's own categories, a row per account; no column where it has none.
    debtors
        One number per account, the same for loans of one debtor; empty where unknown.
    """

    accounts: pd.DataFrame
    refused: list[Refusal]
    told: tuple[Told, ...] = ()
    segments: pd.DataFrame = pd.DataFrame()
    debtors: npt.NDArray[np.int64] = np.empty(0, dtype=np.int64)


def accounts(cells: Cells, mapping: dict[str, str]) -> Accepted:
    """Return the accounts of *cells* and the refusals.

    Parameters
    ----------
    cells
        The file.
    mapping
        Our column name to the file's; "" for a column that the file does not have, ``=5`` for
        one value in all rows; and the choices of `naming.CHOICES`.

    Raises
    ------
    BadInput
        A mapping that fits no column, a column missing, or one that looks like personal data.
    """
    naming = named(cells, mapping, NAMES, NEEDED)
    cells, used = naming.cells, dict(naming.used)
    told = [*naming.told, *_private(cells, used, mapping)]
    cells, left = _open_ones(cells, used)
    told += left
    cells = _currents(cells, used)
    segments, aside = _segments(cells, used, mapping)
    told += aside
    checked = check(cells, used, {**RULES, **MAKING}, _hints(cells, used, naming))
    checked = derived.filled(cells, used, checked)
    checked = _consistent(cells, used, checked)
    checked, numbered = _identified(cells, used, checked)
    frame = finish(checked)
    kept = ~checked.bad
    told += [
        *checked.told,
        *numbered,
        _columns(naming, used, segments),
        *_difference(cells, checked),
    ]
    debtors, loans = _debtors(cells, used, kept)
    return Accepted(frame, checked.refused, (*told, *loans),
                    segments.loc[kept].reset_index(drop=True), debtors)  # fmt: skip


def finish(checked: Checked) -> pd.DataFrame:
    """Fill what is absent, add what follows, and return the rows that were not refused."""
    known = _known(checked)
    values = dict(checked.values)
    bucket = ceil_div(values["dpd"], 30)
    values["bucket"] = bucket
    values["instalments_left"] = ceil_div(values["balance"], np.maximum(values["instalment"], 1))
    absent = {
        "past_due": np.minimum(values["balance"], values["instalment"] * bucket),
        "months_on_book": np.maximum(MONTHS_UNKNOWN, bucket),
        "late_months": np.maximum(bucket - 1, 0),  # the closes it must have passed to get here
        "grade": np.full_like(bucket, 2),
        "days_since_payment": np.full_like(bucket, UNKNOWN),
        "promise_in_days": np.full_like(bucket, UNKNOWN),
    }
    values["known"] = known
    for name, default in absent.items():
        if name not in checked.empty:
            values[name] = default
            continue
        values[name] = np.where(checked.empty[name], default, values[name])
    frame = pd.DataFrame({name: values[name] for name in COLUMNS})
    return frame.loc[~checked.bad].reset_index(drop=True)


def _known(checked: Checked) -> Ints:
    """Return, as bits in the order of `TOLD`, what each row says."""
    bits: Ints = np.zeros_like(checked.values["dpd"])
    for i, name in enumerate(TOLD):
        if name in checked.empty:
            bits |= np.where(checked.empty[name], 0, 1 << i)
        else:
            checked.values[name] = np.zeros_like(bits)
    return bits


def with_facts(row: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return a row of accounts with None for every fact that the file did not say."""
    bits = row.get("known", 0)
    unsaid = {name: None for i, name in enumerate(TOLD) if not bits >> i & 1}
    if row["days_since_payment"] < 0:
        unsaid |= {"days_since_payment": None}
    return {**row, "facts": {name: row[name] for name in TOLD if name in row} | unsaid}


def ceil_div(amount: Ints, parts: Ints | int) -> Ints:
    """Return *amount* / *parts*, rounded up."""
    return -(-amount // parts)


def guessed(header: list[str]) -> dict[str, str]:
    """Return our name to the file's where exactly one column fits; the user decides the rest."""
    return guessed_in(header, NAMES)


# --- what may be read ----------------------------------------------------------------------------


def _private(cells: Cells, used: dict[str, str], mapping: Mapping[str, str]) -> list[Told]:
    """Refuse a needed or mapped column of personal data; set another aside."""
    told = []
    for ours, header in list(used.items()):
        if ours in HELPERS or (ours in CODED and not speaks_of_persons(header)):
            continue
        if ours in NEEDED or ours in mapping:
            refuse_personal(cells.name, header, cells.frame[header])
        elif why := why_personal(header, cells.frame[header]):
            del used[ours]
            told.append(tell("aside", column=safe(header), ours=ours, why=why))
    return told


def _open_ones(cells: Cells, used: dict[str, str]) -> tuple[Cells, list[Told]]:
    """Leave out accounts that a state calls paid or closed."""
    done = np.zeros(len(cells.lines), dtype=np.bool_)
    for ours in ("status", "dpd"):
        if ours in used:
            done |= closed(cells.frame[used[ours]])
    if not done.any():
        return cells, []
    return cells.keep(~done), [tell("closed", n=int(done.sum()))]


def _currents(cells: Cells, used: dict[str, str]) -> Cells:
    """Write 0 days late where the cell is empty and the state says that nothing is late."""
    if "status" not in used or used["dpd"] == used["status"]:
        return cells
    state, days = distinct(cells.frame[used["status"]]), cells.frame[used["dpd"]]
    good = state.spread({text: derived.on_time(text) for text in state.texts}) == 1.0
    empty = np.array([is_missing(text) for text in days], dtype=np.bool_)
    return cells._replace(
        frame=cells.frame.assign(**{used["dpd"]: days.where(~(good & empty), "0")})
    )


def _hints(cells: Cells, used: Mapping[str, str], naming: Naming) -> Hints:
    """Return what the user and the file's dates say beside the columns themselves."""
    choice = naming.choices.get("dates", "")
    as_of = None
    if text := naming.choices.get("as_of"):
        as_of = np.array([day_in("mapping", "as_of", text)])
    elif "report_date" in used:
        as_of = day_of_rows(cells.frame[used["report_date"]], choice)
    return Hints(naming.choices.get("decimal", ""), choice, as_of, cells.delimiter)  # type: ignore[arg-type]


def _segments(
    cells: Cells, used: dict[str, str], mapping: Mapping[str, str]
) -> tuple[pd.DataFrame, list[Told]]:
    """Take columns that are coded otherwise than ours out of *used*, and keep them as segments."""
    kept: dict[str, pd.Series[str]] = {}
    told = []
    for ours in CODED:
        if ours not in used:
            continue
        header = used[ours]
        values = cells.frame[header].map(lambda text: "" if is_missing(text) else text)
        n = values[values != ""].nunique()
        if _ours(cells, header, RULES[ours]):
            if ours == "product" and 1 < n <= MOST_VALUES:  # the model has no names for them
                kept[ours] = values
            continue
        del used[ours]
        if n > MOST_VALUES or any(is_personal_number(text) for text in values.unique()):
            why = f"{n} values; at most {MOST_VALUES}, none of them a person's number"
            told.append(tell("aside", column=header, ours=ours, why=why))
            continue
        kept[ours] = values
        told.append(tell("categories", column=header, ours=ours, n=n, allowed=RULES[ours].allowed))
    return pd.DataFrame(kept, index=cells.frame.index), told


def _ours(cells: Cells, header: str, rule: Rule) -> bool:
    """Tell whether a column holds our codes, but for few slips."""
    try:
        found = column(header, cells.frame[header], rule, Hints(decimal="."))
    except Twofold:
        return False
    units = found.units[~found.empty]
    fits = (units >= rule.low) & (units <= rule.high) & (units % 1 == 0)
    return bool(20 * (~fits).sum() <= len(fits))


def _identified(
    cells: Cells, used: Mapping[str, str], checked: Checked
) -> tuple[Checked, list[Told]]:
    """Add the account numbers; rows number accounts where the column is empty."""
    header = used["account_id"]
    if len(cells.lines) and (cells.frame[header] == "").all():
        rows = np.arange(1, len(cells.lines) + 1, dtype=np.int64)
        checked = checked._replace(values={"account_id": rows, **checked.values})
        return checked, [tell("unnumbered", column=header)]
    return identify(cells, header, checked), []


def _debtors(
    cells: Cells, used: Mapping[str, str], kept: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.int64], list[Told]]:
    """Number the debtors of the accounts; who has no number is somebody of their own."""
    if "customer" not in used:
        return np.empty(0, dtype=np.int64), []
    text = cells.frame[used["customer"]]
    alone = [f"\0{i}" if is_missing(one) else one for i, one in enumerate(text)]
    codes = pd.factorize(np.array(alone, dtype=object))[0].astype(np.int64)[kept]
    loans = np.bincount(codes) if len(codes) else np.empty(0, dtype=np.int64)
    several = loans[loans > 1]
    told = [tell("debtors", n=len(several), loans=int(several.sum()))] if len(several) else []
    return codes, told


# --- what is told --------------------------------------------------------------------------------


def _columns(naming: Naming, used: Mapping[str, str], segments: pd.DataFrame) -> Told:
    """Say which columns are used, ignored, and dropped because they speak of persons."""
    taken = {**used, **{str(ours): naming.used[str(ours)] for ours in segments}}
    other = [h for h in naming.header if h not in taken.values()]
    says = sayable(naming.header)
    dropped = [says[h] for h in other if speaks_of_persons(h)]
    ignored = [says[h] for h in other if not speaks_of_persons(h)]
    pairs = [f"{o} = {says.get(h, h)}" if o != h else o for o, h in taken.items()]
    return tell("columns", used=_listed(pairs, 20), ignored=_listed(ignored, 8),
                dropped=_listed(dropped, 8))  # fmt: skip


def _listed(names: list[str], most: int) -> str:
    more = f" (+{len(names) - most})" if len(names) > most else ""
    return ", ".join(names[:most]) + more or "-"


def _difference(cells: Cells, checked: Checked) -> list[Told]:
    """Say how the accepted accounts differ from the file's, since refusals select."""
    told, good = [], ~checked.bad
    current = int((good & (checked.values["dpd"] == 0)).sum())
    if current:
        told.append(tell("current", n=current))
    rows = len(cells.lines) + len(cells.refused)
    if good.sum() == rows or not good.any():
        return told
    balance, late = checked.values["balance"], checked.values["dpd"]
    known = ~checked.empty["dpd"] & ~checked.empty["balance"]
    said = tell("difference", n=int(good.sum()), rows=rows,
                money=f"{balance[good].sum() / 100:,.0f}",
                total=f"{balance.sum() / 100:,.0f}", late=f"{late[good].mean():.0f}",
                all=f"{late[known | good].mean():.0f}")  # fmt: skip
    return [*told, said]


def _consistent(cells: Cells, used: dict[str, str], checked: Checked) -> Checked:
    """Refuse days past due with nothing past due."""
    if "past_due" not in used:
        return checked
    given = ~checked.bad & ~checked.empty["past_due"]
    rows = given & (checked.values["past_due"] == 0) & (checked.values["dpd"] > 0)
    allowed = "above 0 where dpd is above 0"
    return checked.refuse(rows, refusals(cells, used["past_due"], rows, allowed))
