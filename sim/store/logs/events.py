"""The ledger as an event log: one row per event, with its start, its end and who did it."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

DAY = 86_400


class Meaning(NamedTuple):
    """What an event of the ledger records, and whether it is known to the second or by the day."""

    en: str
    zh: str
    exact: bool = False


#: Every event of the ledger. Exact ones carry their second; the others hold for their day.
DICTIONARY: dict[str, Meaning] = {
    "due": Meaning("an instalment falls due", "到期应还"),
    "missed": Meaning("an instalment is not paid on its day", "未按期还款"),
    "paid": Meaning("a payment comes in", "还款", True),
    "cured": Meaning("nothing is past due any more", "结清逾期", True),
    "rolled": Meaning("the account enters a later bucket", "账龄滚动"),
    "promised": Meaning("a payment is promised", "承诺还款", True),
    "kept": Meaning("a promise is kept", "履约"),
    "broken": Meaning("a promise is broken", "跳票"),
    "plan": Meaning("a plan is agreed", "达成协商分期", True),
    "plan_kept": Meaning("an instalment of a plan is paid", "按分期还款"),
    "plan_broken": Meaning("a plan ends unpaid", "分期违约"),
    "queued": Meaning("reserved: waits are told by the touch itself", "保留：等待见触达本身", True),
    "unserved": Meaning("a touch found no seat before closing", "当日无坐席", True),
    "stale": Meaning("a touch was no longer needed when its seat was free", "已无必要", True),
    "blocked": Meaning("a touch was refused by the law", "被规则拦截", True),
    "unfunded": Meaning("a touch was refused for want of money", "经费不足", True),
    "dialled": Meaning("a call without the borrower", "拨打未达本人", True),
    "reached": Meaning("a call with the borrower, posted at its end", "本人接通", True),
    "sent": Meaning("a message or letter goes out", "已发送", True),
    "delivered": Meaning("a message or letter arrives, or does not", "送达结果"),
    "visited": Meaning("a visit, posted at its end", "外访", True),
    "filed": Meaning("a suit is filed", "立案", True),
    "judged": Meaning("a judgment", "判决"),
    "enforced": Meaning("an enforcement", "执行"),
    "rang": Meaning("the borrower calls in", "来电", True),
    "abandoned": Meaning("the borrower hangs up waiting", "放弃等待", True),
    "answered": Meaning("a call of the borrower is answered, posted at its end", "来电接听", True),
    "revealed": Meaning("the borrower says why nothing was paid", "说明原因", True),
    "disputed": Meaning("the borrower contests the claim", "提出异议", True),
    "complained": Meaning("the borrower complains", "投诉"),
    "written_down": Meaning("a part of the claim is written down", "减免本金", True),
    "waived": Meaning("arrears or charges are waived", "减免", True),
    "sold": Meaning("the open claim is sold", "债权转让"),
    "opened": Meaning("the account as the run begins", "期初在册"),
    "entered": Meaning("the account falls late during the run", "新入册"),
    "breach": Meaning("a touch against a rule in force", "违规", True),
    "placed": Meaning("the account goes to an agency", "委外", True),
    "closed": Meaning("a touch was wished of a desk or crew that nobody has", "无对应岗位", True),
    "mediated": Meaning("a mediator invites both sides", "进入调解", True),
    "charged_off": Meaning("the claim is written off and handed to outside collectors", "核销"),
    "tapped": Meaning("the bound card is drawn on; 0 where too little lay on it", "代扣"),
    "listed": Meaning("the default is reported to the credit bureau", "报送征信"),
}
TOUCHES = ("dialled", "reached", "sent", "visited", "filed", "answered", "placed", "mediated")
COLUMNS = (
    "account_id", "event", "activity", "start", "end", "waited_minutes", "resource", "channel",
    "tone", "offer", "outcome", "amount", "cost", "dpd", "balance", "rule", "strategy",
    "replication",
)  # fmt: skip


def events(ledger: pd.DataFrame) -> pd.DataFrame:
    """Return the ledger as an event log, in order of account and start.

    Parameters
    ----------
    ledger
        As `Run.ledger` has it: amounts in cents, ``timestamp`` at the end of a talk or visit.

    Returns
    -------
    DataFrame
        `COLUMNS`. ``activity`` is the event with its channel where there is one; ``start`` and
        ``end`` differ by the talk; ``waited_minutes`` lie before the start; amounts in CNY.
    """
    end = ledger["timestamp"]
    talked = pd.to_timedelta((ledger["talk_minutes"] * 60).round(), unit="s")
    channel = ledger["channel"].astype(str)
    event = ledger["event"].astype(str)
    seat = ledger["resource_id"].astype("int64")
    found = pd.DataFrame(
        {
            "account_id": ledger["account_id"].astype("int64"),
            "event": event,
            "activity": event.where(channel == "none", event + ": " + channel),
            "start": end - talked,
            "end": end,
            "waited_minutes": ledger["wait_minutes"],
            "resource": ("seat " + seat.astype(str)).where(seat >= 0, ""),
            "channel": channel,
            "tone": ledger["tone"].astype(str),
            "offer": ledger["offer"].astype(str),
            "outcome": ledger["outcome"].astype(str),
            "amount": ledger["amount"] / 100.0,
            "cost": ledger["cost"] / 100.0,
            "dpd": ledger["dpd"],
            "balance": ledger["balance"] / 100.0,
            "rule": ledger["rule"].astype(str),
            "strategy": ledger["strategy"].astype(str),
            "replication": ledger["replication"],
        },
        columns=list(COLUMNS),
    )
    return found.sort_values(["account_id", "start"], kind="stable").reset_index(drop=True)
