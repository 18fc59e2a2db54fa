"""The measures of a lesson: what one life is told as, and how lives add up.

A life's row holds money in CNY. Shares are in per cent of the twins, so that 61 means 61 of 100.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.agents import loan as loans
from sim.core.domain import DAY, Account, Channel, Event, Outcome, Posting
from sim.core.errors import BadInput
from sim.scenario import Scenario, Text
from sim.scenario.world import World

GOALS = ("repaid", "up_to_date", "in_touch", "planned")
#: measure -> title, unit; the mean over lives, times `TIMES`
MEASURES: dict[str, tuple[Text, Text]] = {
    name: (Text(en=en, zh=zh), Text(en=unit, zh=unit_zh))
    for name, en, zh, unit, unit_zh in (
        ("repaid", "arrears paid off", "还清当初的逾期款", "%", "%"),
        ("up_to_date", "not late at the end", "期末无逾期", "%", "%"),
        ("in_touch", "spoken to", "取得联系", "%", "%"),
        ("planned", "plan agreed", "达成分期", "%", "%"),
        ("net", "net per account", "每户净收益", "CNY", "元"),
        ("cash", "cash per account", "每户回款", "CNY", "元"),
        ("cost", "cost per account", "每户成本", "CNY", "元"),
        ("complaints", "expected complaints", "预期投诉", "per 1,000", "件/千户"),
        ("disputes", "disputes", "异议", "per 1,000", "件/千户"),
        ("promises", "promises", "承诺还款", "per account", "次/户"),
        ("promises_kept", "promises kept", "履约率", "%", "%"),
        ("plans_kept", "plan instalments kept", "分期履约", "per account", "期/户"),
        ("plans_broken", "plans broken", "分期违约", "%", "%"),
        ("lapses", "times late again", "再次逾期", "per account", "次/户"),
        ("touches", "touches", "接触次数", "per account", "次/户"),
        ("talks", "talks", "通话", "per account", "次/户"),
        ("agreement_days", "days to the first agreement", "首次达成的天数", "days", "天"),
        ("resentment", "resentment at the end", "期末抵触情绪", "0-4", "0-4"),
        ("trust", "trust at the end", "期末信任", "0-1", "0-1"),
    )
}
TIMES = dict.fromkeys(GOALS, 100.0) | {"plans_broken": 100.0, "complaints": 1e3, "disputes": 1e3}
MONEY = ("cash", "net", "cost", "complaints")
FIRST = {"in_touch": "talk_day", "agreed": "agreement_days"}  #: share of lives by their first day
BY_DAY = (*MONEY, *FIRST)  #: measures that can be asked for by a day: cash@7
TALKED = (Event.REACHED, Event.ANSWERED, Event.VISITED)
TRIED = (Event.DIALLED, Event.REACHED, Event.SENT, Event.VISITED, Event.FILED)
SENIOR = (Channel.VISIT, Channel.LAWYER_LETTER, Channel.LITIGATION)


class Flow(NamedTuple):
    """Money and risk of one posting; CNY, and expected complaints to lender and regulator."""

    day: int
    cash: float
    cost: float
    risk: float


def parted(measure: str, where: str = "lesson") -> tuple[str, int | None]:
    """Split ``cash@7`` into the measure and the day by which it is counted."""
    name, at, day = measure.partition("@")
    if not at:
        return name, None
    if name not in BY_DAY or not day.isdigit() or int(day) < 1:
        allowed = f"one of {', '.join(BY_DAY)}, then @ and a day from 1"
        raise BadInput(where, "question.measures", measure, allowed)
    return name, int(day)


def second_of_seat(scenario: Scenario, wage: float) -> float:
    """CNY that a paid second of a seat costs at a monthly *wage* in CNY."""
    f = scenario.floor
    return wage / (f.shift_hours * f.days_a_month * 3_600.0)


def flows(scenario: Scenario, world: World, postings: Sequence[Posting]) -> list[Flow]:
    """Return what each posting brought, cost and risked; seats are paid by the second."""
    people, money = scenario.people, scenario.money
    plain = second_of_seat(scenario, people.wage * world.organisation.wage_factor)
    senior = second_of_seat(scenario, people.wage_senior)
    found = []
    for p in postings:
        cash = p.amount / 100.0 if p.event == Event.PAID else 0.0
        seconds = p.talk_seconds if p.channel != Channel.BOT else 0
        if p.event in (Event.SENT, Event.FILED):
            seconds = int(60.0 * world.channels[p.channel].desk_minutes)
        rate = senior if p.channel in SENIOR else plain
        heads = scenario.floor.crew if p.channel == Channel.VISIT else 1
        cost = p.cost / 100.0 + seconds * rate * heads
        cost += p.p_complaint * money.complaint_cost + p.p_regulator * money.sanction * money.fine
        cost += money.dispute_cost if p.event == Event.DISPUTED else 0.0
        if cash or cost or p.p_complaint:
            found.append(Flow(p.time // DAY, cash, cost, p.p_complaint + p.p_regulator))
    return found


def discounted(
    scenario: Scenario, cash: NDArray[np.float64], day: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return cash as of day 0."""
    worth: NDArray[np.float64] = cash * (1.0 + scenario.money.discount) ** (-day / 365.0)
    return worth


def life_row(
    scenario: Scenario,
    before: Account,
    after: Account,
    postings: Sequence[Posting],
    money: Sequence[Flow],
) -> dict[str, float]:
    """Tell one life as numbers; money in CNY."""
    count = np.bincount([p.event for p in postings], minlength=max(Event) + 1)
    cash = sum(f.cash for f in money)
    owed = first_arrears(scenario, before) / 100.0
    talks = [p for p in postings if p.event in TALKED and p.outcome > Outcome.OTHER_PERSON]
    worth = discounted(
        scenario, np.array([f.cash for f in money]), np.array([float(f.day) for f in money])
    )
    cost = sum(f.cost for f in money)
    return {
        "repaid": float(cash >= owed - 0.005 or loans.balance(after.loan) == 0),
        "up_to_date": float(loans.balance(after.loan) == 0 or _current(after)),
        "in_touch": float(bool(talks)),
        "planned": float(count[Event.PLAN] > 0),
        "net": float(worth.sum()) - cost,
        "cash": cash,
        "cost": cost,
        "complaints": sum(f.risk for f in money),
        "disputes": float(count[Event.DISPUTED]),
        "promises": float(count[Event.PROMISED]),
        "promises_kept": float(count[Event.KEPT]),
        "promises_due": float(count[Event.KEPT] + count[Event.BROKEN]),
        "plans_kept": float(count[Event.PLAN_KEPT]),
        "plans_broken": float(count[Event.PLAN_BROKEN] > 0),
        "lapses": float(count[Event.MISSED]),
        "touches": float(sum(count[e] for e in TRIED)),
        "talks": float(len(talks)),
        "talk_day": float(talks[0].time // DAY) if talks else float("nan"),
        "agreement_days": _agreed(postings),
        "resentment": after.mind.resentment,
        "trust": after.mind.trust,
    }


def _current(account: Account) -> bool:
    return account.deeds.bucket == 0 and account.plan.left == 0


def first_arrears(scenario: Scenario, account: Account) -> int:
    """Cents due on the first day; the whole claim where it is called in on that day."""
    if loans.dpd(account.loan, 0) > scenario.law.accelerate_dpd:
        return loans.balance(account.loan)
    return loans.past_due(account.loan, 0)


def _agreed(postings: Sequence[Posting]) -> float:
    """Day of the first promise or plan; missing where there is none."""
    for p in postings:
        if p.event in (Event.PROMISED, Event.PLAN):
            return float(p.time // DAY)
    return float("nan")


def added_up(lives: pd.DataFrame) -> pd.DataFrame:
    """Return each measure by arm, in the measure's unit: the mean over lives, means of shares."""
    arms = lives.groupby("arm", sort=False)
    found = arms[list(MEASURES)].mean()
    for name, times in TIMES.items():
        found[name] *= times
    # A rate of promises counts promises, not people.
    found["promises_kept"] = 100.0 * arms["promises_kept"].sum() / arms["promises_due"].sum()
    return found
