"""The layout "table": one row per account under our names, or names mapped to them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd

from sim.core.errors import BadInput, choose
from sim.store.portfolio.checks import Checked, Ints, Refusal, Rule, check, identify, refusals
from sim.store.portfolio.files import Cells
from sim.store.portfolio.privacy import is_personal_number, refuse_personal, shown

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


def count(low: int, high: int, needed: bool = False) -> Rule:
    """Return the rule for a whole number."""
    return Rule(low, high, False, needed, f"a whole number from {low} to {high}")


RULES = {
    "balance": money(1, needed=True),
    "instalment": money(1, needed=True),
    "dpd": count(0, 3650, needed=True),
    "past_due": money(0),
    "months_on_book": count(0, 1200),
    "grade": count(0, 4),
    "region": count(0, 3),
    "product": count(0, 99),
    "late_months": count(0, 1200),
    "days_since_payment": count(-1, 36500),
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
NEEDED = ("account_id", *(name for name, rule in RULES.items() if rule.needed))

# Headers seen in lenders' exports: lower case, spaces as "_".
GUESSES = {
    "account_id": ("账户号", "账号", "合同号", "合同编号", "借据号", "account", "loan_id"),
    "balance": ("余额", "贷款余额", "剩余本金", "outstanding", "outstanding_balance"),
    "past_due": ("逾期金额", "逾期总额", "past_due_amount", "overdue_amount"),
    "instalment": ("每期应还", "月供", "期供", "installment", "monthly_payment"),
    "dpd": ("逾期天数", "days_past_due", "days_overdue"),
    "months_on_book": ("账龄", "mob"),
    "late_months": ("历史逾期次数", "历史逾期月数"),
    "last_payment": ("最近还款金额", "last_payment_amount"),
    "days_since_payment": ("距上次还款天数",),
    "last_bucket": ("上月逾期期数", "last_month_bucket"),
    "promises_kept": ("履约承诺次数",),
    "promises_broken": ("失约次数", "违约承诺次数"),
    "promise_in_days": ("距承诺还款日天数",),
    "promised": ("承诺金额", "promised_amount"),
    "plan_status": ("分期协议状态",),
    "plan_kept": ("分期协议已还期数",),
}


def accounts(cells: Cells, mapping: dict[str, str]) -> tuple[pd.DataFrame, list[Refusal]]:
    """Return the accounts of *cells* and the refusals.

    Parameters
    ----------
    cells
        The file.
    mapping
        Our column name to the file's.

    Raises
    ------
    BadInput
        A mapping that fits no column, a column missing, or one that looks like personal data.
    """
    used = _used(cells, mapping)
    for header in dict.fromkeys(used.values()):
        refuse_personal(cells.name, header, cells.frame[header])
    checked = _consistent(cells, used, check(cells, used, RULES))
    checked = identify(cells, used["account_id"], checked)
    return finish(checked), checked.refused


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


def _used(cells: Cells, mapping: dict[str, str]) -> dict[str, str]:
    """Return our name to the file's for each of our columns that the file has."""
    # Without a header line, line 1 is a debtor: no message may list the numbers in it.
    sayable = [header for header in cells.header if not is_personal_number(header)]
    used = {
        choose("mapping", "column", ours, NAMES): choose(
            cells.name, f"mapping.{ours}", header, sayable
        )
        for ours, header in mapping.items()
    }
    free = [header for header in cells.header if header not in used.values()]
    for ours in NAMES:
        if ours not in used and (header := _guess(cells.name, ours, free)):
            used[ours] = header
    missing = [name for name in NEEDED if name not in used]
    if missing:
        known = ", ".join(shown(header) for header in used.values()) or "none of ours"
        allowed = f"needed too: {', '.join(missing)}; name them so or give a mapping"
        raise BadInput(cells.name, "columns", known, allowed)
    return used


def _guess(where: str, ours: str, free: list[str]) -> str:
    """Return the one header in *free* that stands for *ours*, "" if there is none."""
    if ours in free:
        return ours
    names = (ours, *GUESSES.get(ours, ()))
    fitting = [header for header in free if header.casefold().replace(" ", "_") in names]
    if len(fitting) > 1:
        allowed = f"several columns fit {ours}; say which by the mapping"
        raise BadInput(where, "columns", ", ".join(fitting), allowed)
    return fitting[0] if fitting else ""


def guessed(header: list[str]) -> dict[str, str]:
    """Return our name to the file's where exactly one column fits; the user decides the rest."""
    found: dict[str, str] = {}
    for ours in NAMES:
        free = [column for column in header if column not in found.values()]
        with suppress(BadInput):
            if column := _guess("", ours, free):
                found[ours] = column
    return found


def _consistent(cells: Cells, used: dict[str, str], checked: Checked) -> Checked:
    """Refuse arrears above the whole claim, and days past due with nothing past due."""
    if "past_due" not in used:
        return checked
    past_due, balance = checked.values["past_due"], checked.values["balance"]
    given = ~checked.bad & ~checked.empty["past_due"]
    for rows, allowed in (
        (given & (past_due > balance), "at most the balance"),
        (given & (past_due == 0) & (checked.values["dpd"] > 0), "above 0 where dpd is above 0"),
    ):
        checked = checked.refuse(rows, refusals(cells, used["past_due"], rows, allowed))
    return checked
