"""One borrower's story as data: what happened, step by step, and where two stories part.

With the same luck two treatments of one borrower are told side by side. The first step in which
they differ has a cause: *policy* (the strategy acted otherwise), *queue* (the same action, at
another time, by another seat, or left undone) or *means* (the same was done, by other means: the
seat's skill, the contact data or the lender's name has become another). Luck is never a cause:
both stories are played with the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import pandas as pd

from sim.agents.population import SERIAL
from sim.core.domain import DAY, Reason
from sim.core.errors import BadInput
from sim.play.run import Run

Cause = Literal["policy", "queue", "means"]

TOUCHES = ("dialled", "reached", "sent", "visited", "filed", "unserved", "stale", "blocked",
           "unfunded", "closed", "breach")  # fmt: skip
CALLS = ("answered", "abandoned")
UNDONE = ("unserved", "stale", "unfunded", "closed")

# What a step is called; {action} is the channel in its tone with its offer.
# fmt: off
_EVENTS = {
    "due": ("an instalment of {amount} falls due", "到期应还 {amount}"),
    "missed": ("an instalment is missed", "未按期还款"),
    "paid": ("pays {amount}", "还款 {amount}"),
    "cured": ("is up to date again", "结清逾期"),
    "rolled": ("is now {dpd} days late", "逾期达 {dpd} 天"),
    "promised": ("promises {amount}", "承诺还款 {amount}"),
    "kept": ("keeps the promise", "履约"),
    "broken": ("breaks the promise", "跳票"),
    "plan": ("agrees to a plan over {amount}", "达成协商分期 {amount}"),
    "plan_kept": ("pays the plan's instalment", "按分期还款"),
    "plan_broken": ("breaks the plan", "分期违约"),
    "queued": ("{action}: in the queue", "{action}：排队"),
    "unserved": ("{action}: no seat before closing", "{action}：当日未作业"),
    "stale": ("{action}: no longer needed", "{action}：已无必要"),
    "blocked": ("{action}: refused by the rules ({rule})", "{action}：被规则拦截（{rule}）"),
    "unfunded": ("{action}: the purse has no {amount} today", "{action}：今日经费不足 {amount}"),
    "closed": ("{action}: nobody works there", "{action}：无此岗位"),
    "dialled": ("{action}: {outcome}", "{action}：{outcome}"),
    "reached": ("{action}: {outcome}", "{action}：{outcome}"),
    "sent": ("{action}: {outcome}", "{action}：{outcome}"),
    "delivered": ("{action} arrives: {outcome}", "{action}送达：{outcome}"),
    "visited": ("{action}: {outcome}", "{action}：{outcome}"),
    "filed": ("suit filed", "立案"),
    "judged": ("judgment", "判决"),
    "enforced": ("enforcement", "执行"),
    "rang": ("calls in", "来电"),
    "abandoned": ("hangs up waiting", "放弃等待"),
    "answered": ("is answered: {outcome}", "接听：{outcome}"),
    "revealed": ("says why: {reason}", "说明原因：{reason}"),
    "disputed": ("disputes the claim", "提出异议"),
    "complained": ("complains", "投诉"),
    "written_down": ("{amount} written down", "减免本金 {amount}"),
    "waived": ("{amount} waived", "减免 {amount}"),
    "placed": ("goes to an agency", "委外"),
    "mediated": ("a mediator invites both", "进入调解"),
    "charged_off": ("is written off", "核销"),
    "tapped": ("the bound card is drawn on: {amount}", "代扣 {amount}"),
    "listed": ("is reported to the credit bureau", "报送征信"),
    "sold": ("the claim is sold", "债权转让"),
    "opened": ("{dpd} days late, {balance} open", "逾期 {dpd} 天，余额 {balance}"),
    "entered": ("enters the book, {balance} open", "新入册，余额 {balance}"),
    "breach": ("{action}: against the rules ({rule})", "{action}：违规（{rule}）"),
}
_WORDS = {
    "phone": "电话", "bot": "智能语音", "sms": "短信", "push": "App推送", "email": "邮件",
    "social": "社交消息", "letter": "信函", "lawyer_letter": "律师函", "visit": "外访",
    "litigation": "诉讼", "agency": "委外",
    "warm": "温和", "neutral": "中性", "firm": "坚定", "stern": "严厉",
    "abusive": "辱骂", "instalments": "分期", "extension": "展期", "waiver": "减免",
    "write_down": "减免本金", "care": "关怀回访", "listened": "倾听",
    "none": "无", "no_answer": "未接", "other_person": "他人接听",
    "invalid": "空号或停机",
    "paid": "还款", "plan": "达成分期", "promised": "承诺还款", "put_off": "推脱",
    "refused": "拒绝", "disputed": "异议", "hung_up": "挂断", "delivered": "已送达",
    "not_delivered": "未送达", "dropped": "未执行", "unknown": "未知", "forgot": "忘记",
    "short_of_cash": "资金周转困难", "away": "外出", "income_lost": "收入中断",
    "too_many_debts": "共债过多", "disputes_claim": "对债务有异议",
}
_PLAIN = {
    "phone": "call", "bot": "bot call", "sms": "text message", "push": "app message",
    "email": "e-mail", "social": "social message", "litigation": "suit",
    "agency": "placement with an agency", "invalid": "the number reaches nobody",
}
# fmt: on


class Step(NamedTuple):
    """One fact of a borrower's story. Money in cents."""

    time: int  #: seconds from the start; facts that are known by the day stand at its beginning
    event: str
    channel: str
    tone: str
    offer: str
    seat: int  #: collector's post, or -1
    outcome: str
    amount: int
    dpd: int
    balance: int
    waited: int  #: seconds for a seat
    talked: int  #: seconds
    rule: str

    @property
    def day(self) -> int:
        """Day of the run, from 0."""
        return self.time // DAY

    @property
    def ready(self) -> int:
        """Second at which the action could have begun."""
        return self.time - self.talked - self.waited

    @property
    def is_touch(self) -> bool:
        """True for what the lender did, or wanted to do."""
        return self.event in TOUCHES

    @property
    def action(self) -> tuple[str, str, str]:
        """What was done: channel, tone, offer."""
        return self.channel, self.tone, self.offer


class Divergence(NamedTuple):
    """The first row in which two stories differ, its day, and why."""

    row: int
    day: int
    cause: Cause


def story(run: Run, account: int) -> tuple[Step, ...]:
    """Return what happened to *account* in *run*, in order.

    Raises
    ------
    BadInput
        If no such account is in the book.
    """
    rows = run.ledger[run.ledger["account_id"] == account]
    if rows.empty:
        ids = run.ledger["account_id"]
        book, later = ids[(ids >= 0) & (ids < SERIAL)], ids[ids >= SERIAL]
        more = f", or one that enters later, such as {later.iloc[0]}" if len(later) else ""
        allowed = f"an account of the book, {book.min()} to {book.max()}{more}"
        raise BadInput("--account", "", account, allowed)
    return steps_of(rows)


def steps_of(rows: pd.DataFrame) -> tuple[Step, ...]:
    """Return the rows of a ledger that are of one account as its steps."""
    return tuple(_steps(rows))


def _steps(rows: pd.DataFrame) -> list[Step]:
    seconds = {k: (60.0 * rows[k]).round().astype(int) for k in ("wait_minutes", "talk_minutes")}
    columns = [
        rows["time"], *(rows[k].astype(str) for k in ("event", "channel", "tone", "offer")),
        rows["resource_id"], rows["outcome"].astype(str), rows["amount"], rows["dpd"],
        rows["balance"], seconds["wait_minutes"], seconds["talk_minutes"],
        rows["rule"].astype(str),
    ]  # fmt: skip
    return [Step(*values) for values in zip(*(c.tolist() for c in columns), strict=True)]


def divergence(mine: Sequence[Step], theirs: Sequence[Step]) -> Divergence | None:
    """Return the first step in which two stories differ, with its cause; None if they do not."""
    for i in range(max(len(mine), len(theirs))):
        a = mine[i] if i < len(mine) else None
        b = theirs[i] if i < len(theirs) else None
        if a != b:
            day = min(step.day for step in (a, b) if step is not None)
            return Divergence(i, day, _cause(mine[i:], theirs[i:], day))
    return None


def _cause(mine: Sequence[Step], theirs: Sequence[Step], day: int) -> Cause:
    """Say why two stories part on *day*; both begin with the step in which they differ."""
    a, b = (_of_lender(steps, day) for steps in (mine, theirs))
    first = [steps[0] for steps in (mine, theirs) if steps and steps[0].day == day]
    if all(step.event in CALLS for step in first):
        return "queue" if len(first) == 2 else "means"
    if not any(step.is_touch for step in first):
        return "means"
    if a is None or b is None or a.action != b.action:
        return "policy"
    if (a.event in UNDONE) != (b.event in UNDONE):
        return "queue"
    if a.ready != b.ready:
        return "policy"
    return "queue" if (a.time - a.talked, a.seat) != (b.time - b.talked, b.seat) else "means"


def _of_lender(steps: Sequence[Step], day: int) -> Step | None:
    """The lender's first step of *day*."""
    return next((step for step in steps if step.is_touch and step.day == day), None)


def aligned(mine: Sequence[Step], theirs: Sequence[Step]) -> list[tuple[Step | None, Step | None]]:
    """Put two stories side by side: equal steps in one row, the others in order of time."""
    rows: list[tuple[Step | None, Step | None]] = []
    i = j = 0
    while i < len(mine) or j < len(theirs):
        a = mine[i] if i < len(mine) else None
        b = theirs[j] if j < len(theirs) else None
        if a is not None and (b is None or a.day < b.day):
            b = None
        elif b is not None and (a is None or b.day < a.day):
            a = None
        rows.append((a, b))
        i, j = i + (a is not None), j + (b is not None)
    return rows


def sentence(step: Step, lang: str = "en") -> str:
    """Return the step in words."""
    zh = lang == "zh"
    details = [word for word in (step.tone, step.offer) if word != "none"]
    if step.channel in ("letter", "none"):
        details = []
    action = _word(step.channel, zh)
    if details:
        inside = ("，" if zh else ", ").join(_word(word, zh) for word in details)
        action += f"（{inside}）" if zh else f" ({inside})"
    return _EVENTS[step.event][zh].format(
        action=action,
        amount=_yuan(step.amount, zh),
        balance=_yuan(step.balance, zh),
        dpd=step.dpd,
        outcome=_word(step.outcome, zh),
        reason=_word(Reason(min(step.amount, max(Reason))).name.lower(), zh),
        rule=step.rule.upper().replace("_", "-"),
    )


def _word(name: str, zh: bool) -> str:
    return _WORDS.get(name, name) if zh else _PLAIN.get(name, name.replace("_", " "))


def _yuan(cents: int, zh: bool) -> str:
    return f"{cents / 100:,.2f} 元" if zh else f"CNY {cents / 100:,.2f}"
