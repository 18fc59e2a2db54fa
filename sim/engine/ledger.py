"""The ledger: postings as columns, as a table that other tools read, and its audit.

Facts are recorded once; every number is derived from these tables later.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import IntEnum
from itertools import repeat
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core.domain import (
    DAY,
    HOUR,
    Account,
    Channel,
    Event,
    Loan,
    Offer,
    Outcome,
    Posting,
    Rule,
    Tone,
)

Columns = dict[str, NDArray[Any]]

#: a posting's fields, and what each is kept as; readers take any other width too
KEPT_AS: dict[str, type[np.generic]] = {
    "time": np.int64, "account": np.int64, "event": np.uint8, "channel": np.uint8,
    "tone": np.uint8, "offer": np.uint8, "resource": np.int32, "outcome": np.uint8,
    "amount": np.int64, "cost": np.float64, "dpd": np.int32, "balance": np.int64,
    "wait_seconds": np.int32, "talk_seconds": np.int32, "p_complaint": np.float64,
    "p_regulator": np.float64, "p_breach": np.float64, "rule": np.uint8,
}  # fmt: skip

TABLE = (
    "account_id", "time", "timestamp", "event", "channel", "tone", "offer", "resource_id",
    "outcome", "amount", "cost", "strategy", "replication", "dpd", "balance", "wait_minutes",
    "talk_minutes", "risk", "rule", "p_complaint", "p_regulator", "p_breach",
)  # fmt: skip


def columns(postings: Sequence[Posting]) -> Columns:
    """Return the postings as one array per field."""
    fields = zip(*postings, strict=True) if postings else repeat((), len(KEPT_AS))
    return {
        name: np.array(values, dtype=kind)
        for (name, kind), values in zip(KEPT_AS.items(), fields, strict=True)
    }


class _Part(NamedTuple):
    """A column of the accounts at the end."""

    path: str  #: where an account has it
    kind: type[np.generic]


#: the accounts at the end: a whole number, a number or a yes for each account
FINAL: dict[str, _Part] = {
    "id": _Part("id", np.int64),
    "bucket": _Part("deeds.bucket", np.int64),
    "balance": _Part("", np.int64),  # cents of the whole open claim
    "instalment": _Part("loan.instalment", np.int64),
    "grade": _Part("traits.grade", np.int64),
    "region": _Part("traits.region", np.int64),
    "kind": _Part("traits.kind", np.int64),
    "talks": _Part("contacts.talks", np.int64),
    "attempts": _Part("contacts.attempts", np.int64),
    "unanswered": _Part("contacts.unanswered", np.int64),
    "promise_day": _Part("promise.day", np.int64),
    "plan_left": _Part("plan.left", np.int64),
    "plan_status": _Part("deeds.plan_status", np.int64),
    "late_months": _Part("deeds.late_months", np.int64),
    "reason": _Part("case.reason", np.int64),
    "disputed": _Part("case.disputed", np.bool_),
    "complained": _Part("case.complained", np.bool_),
    "paused_until": _Part("case.paused_until", np.int64),
    "number_dead": _Part("case.number_dead", np.bool_),
    "address_failed": _Part("case.address_failed", np.bool_),
    "trust": _Part("mind.trust", np.float64),
    "resentment": _Part("mind.resentment", np.float64),
    "nudge": _Part("mind.nudge", np.float64),
    "slack": _Part("traits.slack", np.float64),
    "buffer": _Part("cash.buffer", np.float64),
    "shocked": _Part("cash.shocked", np.bool_),
    "hold_day": _Part("loan.hold_day", np.int64),
    "payment_day": _Part("deeds.payment_day", np.int64),
    "talk_day": _Part("contacts.talk_day", np.int64),
    "legal_day": _Part("case.legal_day", np.int64),
}


def final_columns(accounts: Columns | Sequence[Account]) -> Columns:
    """Return the accounts at the end as one array per name in `FINAL`; columns stay as they are."""
    if isinstance(accounts, dict):
        return accounts
    claims = {"balance": [_open(a.loan) for a in accounts]}
    for name, part in FINAL.items():
        if part.path:
            claims[name] = list(map(attrgetter(part.path), accounts))
    return {name: np.array(claims[name], dtype=part.kind) for name, part in FINAL.items()}


def _open(loan: Loan) -> int:
    return loan.instalment * loan.count - loan.waived - loan.credited - loan.paid


def _words(codes: NDArray[Any], enum: type[IntEnum]) -> pd.Categorical[str]:
    members = list(enum)
    place = np.full(max(int(m) for m in members) + 1, -1, dtype=np.int64)
    for i, member in enumerate(members):
        place[int(member)] = i
    names = pd.Index([m.name.lower() for m in members])
    return pd.Categorical.from_codes(place[codes.astype(np.int64)], categories=names)


def table(c: Columns, *, strategy: str, replication: int, start: date) -> pd.DataFrame:
    """Return the ledger as a table with words for codes; amounts and costs in cents.

    Parameters
    ----------
    start
        Date of day 0; ``timestamp`` is local time.
    """
    whole = {
        k: c[k].astype(np.int64, copy=False)
        for k in ("account", "time", "resource", "amount", "dpd", "balance")
    }
    channel = _words(c["channel"], Channel)
    return pd.DataFrame(
        {
            "account_id": whole["account"],
            "time": whole["time"],
            "timestamp": pd.Timestamp(start) + pd.to_timedelta(whole["time"], unit="s"),
            "event": _words(c["event"], Event),
            "channel": channel,
            "tone": _words(c["tone"], Tone),
            "offer": _words(c["offer"], Offer),
            "resource_id": whole["resource"],
            "outcome": _words(c["outcome"], Outcome),
            "amount": whole["amount"],
            "cost": c["cost"],
            "strategy": pd.Categorical([strategy] * len(channel)),
            "replication": replication,
            "dpd": whole["dpd"],
            "balance": whole["balance"],
            "wait_minutes": c["wait_seconds"] / 60.0,
            "talk_minutes": c["talk_seconds"] / 60.0,
            "risk": c["p_complaint"] + c["p_regulator"],
            "rule": _words(c["rule"], Rule),
            "p_complaint": c["p_complaint"],
            "p_regulator": c["p_regulator"],
            "p_breach": c["p_breach"],
        },
        columns=list(TABLE),
    )


SEATS = ("day", "role", "open", "busy", "overtime", "tickets", "abandoned", "unserved", "waited",
         "paid", "wages")  # fmt: skip
DAILY = ("day", "bucket", "accounts", "balance", "past_due")


def frame(rows: NDArray[Any] | Sequence[tuple[float, ...]], names: Sequence[str]) -> pd.DataFrame:
    """Return rows of numbers as a table."""
    whole = rows if isinstance(rows, np.ndarray) else list(rows)
    return pd.DataFrame(whole, columns=list(names))


def audit(
    ledger: pd.DataFrame,
    *,
    talks_a_day: int = 3,
    attempts_a_day: int = 6,
    quiet_from: int = 22,
    quiet_to: int = 8,
    pause_days: int = 15,
    dispute_days: int = 30,
    sandbox: bool = False,
) -> pd.DataFrame:
    """Check the finished ledger against the law, independently of the gate that kept it.

    Returns
    -------
    DataFrame
        One row per breach found: rule, account_id, time. Empty at full adherence.
    """
    touches = ledger[ledger["event"].isin(["dialled", "reached", "visited", "sent"])]
    touches = touches.assign(day=touches["time"] // DAY, hour=touches["time"] % DAY // HOUR)
    electronic = touches[~touches["channel"].isin(["letter", "lawyer_letter"])]
    # A talk is posted at its end; it is lawful if it began before closing.
    talked = (60 * electronic["talk_minutes"]).round().astype("int64")
    began = (electronic["time"] - talked) % DAY // HOUR
    found = [
        _breaches("cn_01", electronic[(began < quiet_to) | (began >= quiet_from)]),
        _breaches("cn_02", _beyond(_voice(touches, "reached"), talks_a_day)),
        _breaches("cn_03", _beyond(_voice(touches, "dialled"), attempts_a_day)),
        _breaches("cn_25", _while_paused(ledger, touches, "complained", pause_days)),
        _breaches("cn_25", _while_paused(ledger, touches, "disputed", dispute_days)),
    ]
    if not sandbox:
        found.append(_breaches("cn_14", touches[touches["tone"] == "abusive"]))
    return pd.concat(found, ignore_index=True)


def _voice(touches: pd.DataFrame, event: str) -> pd.DataFrame:
    return touches[(touches["event"] == event) & touches["channel"].isin(["phone", "bot"])]


def _beyond(touches: pd.DataFrame, most: int) -> pd.DataFrame:
    """Touches of an account beyond the first *most* of a day."""
    return touches[touches.groupby(["account_id", "day"]).cumcount() >= most]


def _while_paused(
    ledger: pd.DataFrame, touches: pd.DataFrame, event: str, days: int
) -> pd.DataFrame:
    """Touches after a complaint or dispute, before the morning on which its pause is over."""
    pauses = ledger.loc[ledger["event"] == event, ["account_id", "time"]]
    pairs = touches.merge(pauses, on="account_id", suffixes=("", "_pause"))
    over = (pairs["time_pause"] // DAY + days) * DAY
    return pairs[(pairs["time"] > pairs["time_pause"]) & (pairs["time"] < over)]


def _breaches(rule: str, rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {"rule": rule, "account_id": rows["account_id"], "time": rows["time"]}
    ).reset_index(drop=True)
