"""What a lender's file can say of an account, and the same seen at the donors.

A donor is a late account at a month end of a life that the model itself has lived; its row of
this table holds what the lender's file would have said of it on that day.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents import loan as loans
from sim.agents.population import Filed
from sim.play.likeness.lives import AFTER, MONTH, Ints, Lives, days_since_payment, loans_of

Table = NDArray[np.float32]
Floats = NDArray[np.float64]
ALWAYS = ("bucket", "days_in", "left")  #: what every file says
#: What a file may say beside it and what tells of a person; where somebody lives does not.
KNOWN = (
    "months_on_book", "grade", "late_months", "days_since_payment", "last_payment",
    "promises_kept", "promises_broken", "last_bucket", "promise_in_days", "plan_status",
    "plan_kept", "past_due",
)  # fmt: skip
WINDOWS = (3, 4, 6, 12)  #: months over which a file may count late months; else all there were
OLDEST, LONGEST, LARGEST = 20, 720, 6.0  #: bucket, days, instalments beyond which all is one


class Pattern(NamedTuple):
    """Which of the optional facts a row has, and over how many months late ones are counted."""

    names: tuple[str, ...]
    window: int  #: 0: all months


def pattern_of(filed: Filed) -> Pattern:
    """Return what the file says of this account beside what it must."""
    seen = filed.seen
    names = tuple(name for name in KNOWN if getattr(seen, name) is not None)
    if "days_since_payment" not in names:  # an amount of 0 then says nothing
        names = tuple(name for name in names if name != "last_payment")
    months = seen.months_seen or 0
    window = min((w for w in WINDOWS if w >= months), default=0) if months else 0
    return Pattern(names, window if "late_months" in names else 0)


def of_file(filed: Sequence[Filed], pattern: Pattern) -> Table:
    """Return one row per account of the file."""
    columns = [_file_column(filed, name) for name in (*ALWAYS, *pattern.names)]
    return np.column_stack(columns).astype(np.float32)


def _file_column(filed: Sequence[Filed], name: str) -> Floats:
    if name in ALWAYS:
        return np.array([_base(f)[ALWAYS.index(name)] for f in filed], dtype=np.float64)
    values = np.array([float(getattr(f.seen, name)) for f in filed])
    if name in ("last_payment", "past_due"):
        values = values / np.array([f.account.loan.instalment for f in filed])
    if name == "past_due":
        values = values - np.array([f.account.deeds.bucket for f in filed]) + 1.0
    return _bounded(name, values)


def _base(filed: Filed) -> tuple[float, float, float]:
    account = filed.account
    loan, bucket = account.loan, min(OLDEST, account.deeds.bucket)
    late = loans.dpd(loan, 0)
    left = -(-loans.balance(loan) // loan.instalment)
    return float(bucket), float(late - 30 * (account.deeds.bucket - 1)), float(left)


def _bounded(name: str, values: Floats) -> Floats:
    """Return values as far as they tell anything."""
    most = {"days_since_payment": LONGEST, "last_payment": LARGEST, "last_bucket": OLDEST,
            "past_due": 1.0}  # fmt: skip
    least = 0.0 if name == "past_due" else -1.0
    bounded: Floats = np.clip(values, least, most.get(name, 1e9)).astype(np.float64)
    return bounded


def of_donors(lives: Lives, pattern: Pattern) -> Table:
    """Return one row per donor: what a file would say of it."""
    names = (*ALWAYS, *pattern.names)
    columns = [_donor_column(lives, name, pattern.window) for name in names]
    return np.column_stack(columns).astype(np.float32)


def _donor_column(lives: Lives, name: str, window: int) -> Floats:
    rows, day = lives.rows, MONTH * lives.month.astype(np.int64)
    simple = {"bucket": "deeds_bucket", "promises_kept": "deeds_promises_kept",
              "promises_broken": "deeds_promises_broken", "plan_status": "deeds_plan_status",
              "plan_kept": "deeds_plan_kept"}  # fmt: skip
    if name in simple:
        values = np.asarray(rows[simple[name]], dtype=np.float64)
        return np.asarray(np.minimum(values, OLDEST)) if name == "bucket" else values
    if name == "grade":
        grade: Floats = lives.traits["grade"][lives.life].astype(np.float64)
        return grade
    return _bounded(name, _made[name](lives, day, window))


def _days_in(lives: Lives, day: Ints, window: int) -> Floats:
    late = np.array([loans.dpd(*one) for one in loans_of(lives.rows, day)])
    began = 30 * (lives.rows["deeds_bucket"].astype(np.int64) - 1)
    return np.asarray(late - began, dtype=np.float64)


def _oldest_open(lives: Lives, day: Ints, window: int) -> Floats:
    """Return how much of the oldest instalment is still owed."""
    due = np.array([loans.past_due(*one) for one in loans_of(lives.rows, day)])
    share = due / lives.rows["loan_instalment"] - lives.rows["deeds_bucket"].astype(np.int64) + 1.0
    return np.asarray(share, dtype=np.float64)


def _left(lives: Lives, day: Ints, window: int) -> Floats:
    r = lives.rows
    claim = r["loan_instalment"] * r["loan_count"].astype(np.int64)
    open_cents = claim - r["loan_waived"] - r["loan_credited"] - r["loan_paid"]
    left: Floats = np.ceil(open_cents / r["loan_instalment"]).astype(np.float64)
    return left


def _last_bucket(lives: Lives, day: Ints, window: int) -> Floats:
    return lives.bucket[lives.life, lives.month - 1].astype(np.float64)


def late_before(late: NDArray[np.bool_], window: int) -> Ints:
    """Return, by life and month end, the earlier month ends that were late, within *window*."""
    total = np.cumsum(np.pad(late.astype(np.int64), ((0, 0), (1, 0))), axis=1)
    before = total[:, :-1]
    if window:
        before = before - np.pad(total, ((0, 0), (window, 0)))[:, : before.shape[1]]
    return before.astype(np.int64)


def _late_months(lives: Lives, day: Ints, window: int) -> Floats:
    counted = late_before(lives.bucket > 0, window)
    return counted[lives.life, lives.month].astype(np.float64)


def _days_since(lives: Lives, day: Ints, window: int) -> Floats:
    return days_since_payment(lives).astype(np.float64)


def _last_payment(lives: Lives, day: Ints, window: int) -> Floats:
    return np.asarray(lives.last_paid / lives.rows["loan_instalment"], dtype=np.float64)


def _promise(lives: Lives, day: Ints, window: int) -> Floats:
    when = lives.rows["promise_day"].astype(np.int64)
    return np.where(when > -MONTH, when - day, -1).astype(np.float64)


def _months_on_book(lives: Lives, day: Ints, window: int) -> Floats:
    paid_up: Floats = lives.traits["months_on_book"][lives.life].astype(np.float64)
    return paid_up + lives.month.astype(np.float64)


_made = {
    "days_in": _days_in, "left": _left, "last_bucket": _last_bucket, "late_months": _late_months,
    "days_since_payment": _days_since, "last_payment": _last_payment,
    "promise_in_days": _promise, "months_on_book": _months_on_book, "past_due": _oldest_open,
}  # fmt: skip


def goals(lives: Lives) -> Table:
    """Return what donors in one neighbourhood should share: what comes of them, and who they are.

    Each column has spread one, times its weight: what follows counts twice.
    """
    life, month = lives.life, lives.month
    day = MONTH * month.astype(np.int64)
    bucket = [lives.bucket[life, month + k].astype(np.int64) for k in range(AFTER + 1)]
    instalment, traits = lives.instalment[life], lives.traits[life]
    cash = [lives.paid[life, month + k] / instalment for k in range(AFTER)]
    slack = np.log(traits["slack"] / instalment)
    columns = {
        "cured": (bucket[1] == 0, 2.0), "worse": (bucket[1] > bucket[0], 1.0),
        "cured later": (bucket[AFTER] == 0, 2.0), "pays": (np.log1p(cash[0]), 2.0),
        "pays later": (np.log1p(cash[1] + cash[2]), 1.0), "will": (traits["will"], 1.0),
        "slack": (slack, 1.0), "short": (lives.rows["cash_shocked"], 1.0),
        "burden": (np.log(np.maximum(1.0, _left(lives, day, 0))) - slack, 1.0),
        "unreachable": (lives.rows["case_number_dead"], 0.5),
    }  # fmt: skip
    return np.column_stack([_scaled(v, w) for v, w in columns.values()]).astype(np.float32)


def _scaled(values: Floats, weight: float) -> Floats:
    plain = np.asarray(values, dtype=np.float64)
    spread = float(plain.std()) or 1.0
    return np.asarray(weight * (plain - plain.mean()) / spread)
