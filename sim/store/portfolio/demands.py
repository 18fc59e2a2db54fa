"""The layout "demands": one row for each amount that fell due, as loan software exports them.

The columns are those of Frappe Lending's Loan Demand. What is open is added up for each loan; its
oldest open day says how late it is.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.core.errors import BadInput
from sim.store.portfolio.checks import Rule
from sim.store.portfolio.columns import Hints, column, day_of_rows
from sim.store.portfolio.files import Cells
from sim.store.portfolio.forms import Twofold, day_in
from sim.store.portfolio.names import key_of
from sim.store.portfolio.naming import split
from sim.store.portfolio.table import Accepted
from sim.store.portfolio.table import accounts as one_row_each
from sim.store.portfolio.told import tell

LOAN, DAY, DEMAND, OPEN = "loan", "demanddate", "demandamount", "outstandingamount"
SIGNATURE = {LOAN, DAY, DEMAND, OPEN}
_MONEY = Rule(0, 10**15, True, False, "an amount")


def recognised(header: list[str]) -> bool:
    """Tell whether *header* is that of a list of demands."""
    return {key_of(name) for name in header} >= SIGNATURE


def accounts(cells: Cells, mapping: dict[str, str]) -> Accepted:
    """Return the accounts of a list of demands; ages are counted to the day that is named.

    Raises
    ------
    BadInput
        No day of the report, or cells that are no amounts or days.
    """
    rest, choices = split(mapping)
    if rest:
        raise BadInput("mapping", "column", next(iter(rest)), "none in the layout 'demands'")
    at = {key_of(name): name for name in reversed(cells.header)}
    rows = pd.DataFrame(
        {"loan": cells.frame[at[LOAN]], "day": _days(cells, at[DAY], choices.get("dates", "")),
         "due": _amounts(cells, at[DEMAND]), "open": _amounts(cells, at[OPEN])}
    )  # fmt: skip
    as_of = _as_of(cells, choices)
    late = rows[(rows["open"] > 0) & (rows["day"] <= as_of)]
    by = rows.groupby("loan", sort=False)
    table = pd.DataFrame({"balance": by["open"].sum()})
    table["instalment"] = rows.groupby(["loan", "day"])["due"].sum().groupby("loan").mean()
    first = late.groupby("loan")["day"].min().reindex(table.index)
    table["dpd"] = (as_of - first).dt.days.fillna(0).astype(int)
    table["past_due"] = late.groupby("loan")["open"].sum().reindex(table.index).fillna(0.0)
    told = tell("demands", n=len(rows), accounts=len(table))
    found = one_row_each(_as_cells(cells, table), {})
    return found._replace(told=(told, *found.told))


def _as_of(cells: Cells, choices: dict[str, str]) -> pd.Timestamp:
    if "as_of" not in choices:
        allowed = "the day of the report: --as-of 2026-09-30"
        raise BadInput(cells.name, "as_of", "", allowed)
    return pd.Timestamp(day_in("mapping", "as_of", choices["as_of"]).astype(object))


def _days(cells: Cells, header: str, choice: str) -> pd.Series[pd.Timestamp]:
    days = day_of_rows(cells.frame[header], choice)
    if days is None:
        value = next(iter(cells.frame[header]), "")
        raise BadInput(cells.name, header, value, "dates of one form, such as 2026-09-30")
    return pd.Series(pd.to_datetime(days))


def _amounts(cells: Cells, header: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    try:
        found = column(header, cells.frame[header], _MONEY, Hints(delimiter=cells.delimiter))
    except Twofold as twofold:
        raise BadInput(cells.name, header, twofold.cell, twofold.allowed) from None
    bad = ~found.empty & ~np.isfinite(found.units)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        where = f"line {cells.lines[row]}, {header}"
        raise BadInput(cells.name, where, cells.frame[header].iloc[row][:24], "an amount")
    return np.nan_to_num(found.units)


def _as_cells(cells: Cells, table: pd.DataFrame) -> Cells:
    """Return the loans that owe anything as a table of one row each."""
    table = table[table["balance"] > 0].reset_index(names="account_id")
    text = table.map(lambda value: f"{value:.2f}" if isinstance(value, float) else str(value))
    lines = np.arange(len(text), dtype=np.int64) + 2
    return cells._replace(frame=text.astype("str"), lines=lines, twice={})
