"""The layout "uci": the accounts of the UCI card file that are late at the August close.

"Default of Credit Card Clients", UCI Machine Learning Repository, I-Cheng Yeh,
doi 10.24432/C55S3H, CC BY 4.0. Month 1 is September 2005, month 6 is April.
``PAY_AMTk`` is paid in month k against ``BILL_AMT(k+1)``, so August's status was decided by
September's payment. September is what happens next and is read nowhere in this module.
"""

from __future__ import annotations

import numpy as np

from sim.core.errors import BadInput
from sim.store.portfolio.checks import Checked, Ints, Rule, check, identify
from sim.store.portfolio.files import Cells
from sim.store.portfolio.privacy import refuse_personal
from sim.store.portfolio.table import LARGEST, UNKNOWN, Accepted, ceil_div, finish, money
from sim.store.portfolio.text import matches

STATUS, BILL, IDENTITY = "PAY_2", "BILL_AMT2", "ID"
EARLIER = ("PAY_3", "PAY_4", "PAY_5", "PAY_6")
#: Facts that the file does not have.
ABSENT = ("region", "product", "promises_kept", "promises_broken", "past_due", "months_on_book",
          "grade")  # fmt: skip
PAYMENTS = ("PAY_AMT2", "PAY_AMT3", "PAY_AMT4", "PAY_AMT5", "PAY_AMT6")
SIGNATURE = (IDENTITY, "LIMIT_BAL", STATUS, *EARLIER, BILL, *PAYMENTS)

NOT_LATE = r"(?:-[12]|0)(?:\.0*)?"
FIRST_LATE = 2  # of April to August; code 1 is rare there and mostly on bills of 0 or less
MIDDLE, MONTH = 15, 30  # the file gives the month of a payment only: assumed mid-month

RULES = {
    STATUS: Rule(
        2, 8, False, True, "-2, -1 or 0 (not late) or 2 to 8 (late); 1 is no late bucket in August"
    ),
    BILL: Rule(1, LARGEST * 100, True, True, f"an amount above 0 and at most {LARGEST}"),
    **{name: Rule(-2, 8, False, True, "a whole number from -2 to 8") for name in EARLIER},
    **{name: money(0, needed=True) for name in PAYMENTS},
}


def recognised(header: list[str]) -> bool:
    """Tell whether *header* is that of the UCI card file."""
    return set(SIGNATURE) <= set(header)


def accounts(cells: Cells, mapping: dict[str, str]) -> Accepted:
    """Return the accounts late at the August close and the refusals.

    Raises
    ------
    BadInput
        A mapping, which this layout has no use for, or a column missing.
    """
    if mapping:
        raise BadInput("mapping", "column", next(iter(mapping)), "none in the layout 'uci'")
    missing = [name for name in SIGNATURE if name not in cells.header]
    if missing:
        allowed = "the layout 'uci' needs these columns of the UCI card file"
        raise BadInput(cells.name, "missing columns", ", ".join(missing), allowed)
    refuse_personal(cells.name, IDENTITY, cells.frame[IDENTITY])
    late = ~matches(cells.frame[STATUS], NOT_LATE)
    cells = cells.keep(late)
    checked = check(cells, {name: name for name in RULES}, RULES)
    checked = _as_accounts(identify(cells, IDENTITY, checked))
    return Accepted(finish(checked), checked.refused)


def _as_accounts(checked: Checked) -> Checked:
    """Return our columns in place of the file's."""
    card = checked.values
    balance, bucket = card[BILL], card[STATUS] - 1
    zero = np.zeros_like(balance)
    last, days = _last_payment(card)
    values = {
        "account_id": card["account_id"],
        "balance": balance,
        # A card has no instalment: take the minimum due, 1/12 of the bill or 5 %, rounded up.
        "instalment": np.maximum(ceil_div(balance, 12), ceil_div(balance, 20)),
        # The file gives the month only: spread the days evenly inside it, the same every time.
        "dpd": 30 * (bucket - 1) + 1 + card["account_id"] % 30 * 7919 % 30,
        "late_months": np.sum([card[name] >= FIRST_LATE for name in EARLIER], axis=0),
        "last_payment": last,
        "days_since_payment": days,
        "last_bucket": np.maximum(card[EARLIER[0]] - 1, 0),
        "months_seen": np.full_like(zero, len(EARLIER)),
        **dict.fromkeys(ABSENT, zero),
    }
    given = {name: np.zeros(len(zero), dtype=np.bool_) for name in values}
    absent = np.ones(len(zero), dtype=np.bool_)
    empty = {**given, **dict.fromkeys(ABSENT, absent)}
    return checked._replace(values=values, empty=empty)


def _last_payment(card: dict[str, Ints]) -> tuple[Ints, Ints]:
    """Return the latest payment before the close, in cents, and its age in days."""
    last = np.zeros_like(card[BILL])
    days = np.full_like(last, UNKNOWN)
    for months, name in reversed(list(enumerate(PAYMENTS))):
        paid = card[name] > 0
        last = np.where(paid, card[name], last)
        days = np.where(paid, MIDDLE + MONTH * months, days)
    return last, days
