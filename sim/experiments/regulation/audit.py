"""The check of a finished ledger against the pack in force, independent of the gate that kept it.

It counts in the ledger's own rows what the gate counted on the account, month by month with the
law of that month.
"""

from __future__ import annotations

from datetime import timedelta

import pandas as pd

from sim.core.domain import DAY, HOUR, Reason, Rule
from sim.engine.ledger import audit
from sim.scenario import Scenario
from sim.scenario.articles import CONDUCT, in_force
from sim.scenario.lender import Law

TOUCHES = ("dialled", "reached", "visited", "sent")
MESSAGES = ("push", "sms", "email", "social")
LETTERS = ("letter", "lawyer_letter")
MONTH = 30 * DAY
#: Reasons that call for breathing space, as the ledger tells them.
HARDSHIP = (Reason.SHORT_OF_CASH, Reason.INCOME_LOST, Reason.TOO_MANY_DEBTS)
NOTICE_HOLDS = 30  #: days


def audited(ledger: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return one row per breach found: rule, account_id, time. Empty at full adherence.

    What cannot be seen in the ledger stays unchecked: who stood at the door (CN-08), and the terms
    of what was only offered (CN-26).
    """
    found = [pd.DataFrame({"rule": [], "account_id": [], "time": []})]
    months = range(int(ledger["time"].max() // MONTH) + 1) if len(ledger) else range(0)
    stretches = sorted({scenario.since_month(month) for month in months})
    for i, first in enumerate(stretches):
        law = scenario.in_month(first).law
        rules = in_force(law, scenario.book.start + timedelta(days=30 * first))
        end = stretches[i + 1] if i + 1 < len(stretches) else months.stop
        rows = _by(law, ledger)
        kept = [rules[Rule[name.upper()]] for name in rows["rule"]]
        inside = rows["time"].between(first * MONTH, end * MONTH, inclusive="left")
        found.append(rows[inside & pd.Series(kept, index=rows.index, dtype=bool)])
    return pd.concat([part for part in found if len(part)] or found[:1], ignore_index=True)


def _by(law: Law, ledger: pd.DataFrame) -> pd.DataFrame:
    """Every breach of the pack as if all its rules had always been in force."""
    if law.pack == "cn":
        first = audit(
            ledger, talks_a_day=law.talks_a_day, attempts_a_day=law.attempts_a_day,
            quiet_from=law.quiet_from, quiet_to=law.quiet_to, pause_days=law.pause_days,
            dispute_days=law.dispute_days, sandbox=law.sandbox,
        )  # fmt: skip
        more = [
            _rows("cn_12", _unannounced(ledger, law.notice_days)),
            _rows("cn_28", _beyond(_messages(ledger), law.messages_a_day)),
        ]
        return pd.concat([first, *more], ignore_index=True)
    found = [_rows(CONDUCT[law.pack].name.lower(), _abusive(ledger, law.sandbox))]
    disputes = _at_rest(ledger, _began(ledger, "disputed"), law.dispute_days)
    if law.pack == "us":
        found += [
            _rows("us_01", _eighth(ledger, law.calls_a_week)),
            _rows("us_02", _after_talk(ledger, law.peace_days)),
            _rows("us_05", _late(ledger, law)),
            _rows("us_07", disputes),
        ]
    else:
        told = _began(ledger, "revealed")
        hardship = told[told["amount"].isin(HARDSHIP)]
        found += [
            _rows("uk_01", _late(ledger, law)),
            _rows("uk_03", _unannounced(ledger, law.notice_days)),
            _rows("uk_04", _at_rest(ledger, hardship, law.hardship_days)),
            _rows("uk_05", disputes),
        ]
    return pd.concat(found, ignore_index=True)


def _touches(ledger: pd.DataFrame) -> pd.DataFrame:
    """Touches of the lender's own accord, with the second at which each began."""
    rows = ledger[ledger["event"].isin(TOUCHES)]
    talked = (60 * rows["talk_minutes"]).round().astype("int64")
    return rows.assign(began=rows["time"] - talked, day=rows["time"] // DAY)


def _calls(ledger: pd.DataFrame) -> pd.DataFrame:
    rows = _touches(ledger)
    return rows[rows["event"].isin(["dialled", "reached"]) & rows["channel"].isin(["phone", "bot"])]


def _messages(ledger: pd.DataFrame) -> pd.DataFrame:
    rows = _touches(ledger)
    return rows[(rows["event"] == "sent") & rows["channel"].isin(MESSAGES)]


def _late(ledger: pd.DataFrame, law: Law) -> pd.DataFrame:
    rows = _touches(ledger)
    hour = rows["began"] % DAY // HOUR
    outside = (hour < law.convenient_from) | (hour >= law.convenient_to)
    return rows[outside & ~rows["channel"].isin(LETTERS)]


def _abusive(ledger: pd.DataFrame, sandbox: bool) -> pd.DataFrame:
    rows = _touches(ledger)
    return rows[(rows["tone"] == "abusive") & (not sandbox)]


def _beyond(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    return rows[rows.groupby(["account_id", "day"]).cumcount() >= most]


def _eighth(ledger: pd.DataFrame, most: int) -> pd.DataFrame:
    """Calls that have as many before them, on the same day and the six days before it."""
    rows = _calls(ledger)
    rows = rows.assign(order=range(len(rows)))
    pairs = rows.merge(rows[["account_id", "day", "order"]], on="account_id", suffixes=("", "_b"))
    before = pairs[(pairs["order_b"] < pairs["order"]) & (pairs["day"] - pairs["day_b"] < 7)]
    count = before.groupby("order").size().reindex(rows["order"], fill_value=0)
    return rows[count.to_numpy() >= most]


def _after_talk(ledger: pd.DataFrame, days: int) -> pd.DataFrame:
    """Calls within so many days after a talk, whoever rang; the talk's own day counts."""
    talked = ledger["event"].isin(["reached", "visited", "answered"])
    talked &= ~ledger["outcome"].isin(["no_answer", "other_person"])
    talks = ledger.loc[talked, ["account_id", "time"]].assign(talk=lambda t: t["time"] // DAY)
    rows = _calls(ledger)
    pairs = rows.reset_index().merge(talks, on="account_id", suffixes=("", "_talk"))
    soon = (pairs["began"] >= pairs["time_talk"]) & (pairs["day"] - pairs["talk"] < days)
    return rows.loc[sorted(set(pairs.loc[soon, "index"]))]


def _unannounced(ledger: pd.DataFrame, days: int) -> pd.DataFrame:
    """Visits before which nothing was said so many days earlier.

    What was said before the first day is not in the ledger: young visits of old accounts pass.
    """
    rows = _touches(ledger)
    old = ledger.loc[ledger["event"] == "opened", "account_id"]
    seen = (rows["day"] >= NOTICE_HOLDS) | ~rows["account_id"].isin(old)
    visits = rows[(rows["event"] == "visited") & seen]
    said = ledger[ledger["event"].isin(["sent", "reached", "answered", "visited"])]
    said = said[~said["outcome"].isin(["no_answer", "other_person"])]
    said = said.assign(said=said["time"] // DAY)[["account_id", "said"]]
    pairs = visits.reset_index().merge(said, on="account_id")
    told = set(pairs.loc[pairs["day"] - pairs["said"] >= days, "index"])
    return visits[~visits.index.isin(told)]


def _began(ledger: pd.DataFrame, event: str) -> pd.DataFrame:
    return ledger.loc[ledger["event"] == event, ["account_id", "time", "amount"]]


def _at_rest(ledger: pd.DataFrame, pauses: pd.DataFrame, days: int) -> pd.DataFrame:
    """Touches begun after a pause began and before the morning on which it is over."""
    rows = _touches(ledger)
    pairs = rows.merge(pauses[["account_id", "time"]], on="account_id", suffixes=("", "_pause"))
    over = (pairs["time_pause"] // DAY + days) * DAY
    return pairs[(pairs["began"] > pairs["time_pause"]) & (pairs["time"] < over)]


def _rows(rule: str, rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {"rule": rule, "account_id": rows["account_id"], "time": rows["time"]}
    ).reset_index(drop=True)
